"""Charge-discharge records: cycles, rates, ageing, and dQ/dV."""

from honeycell.analysis.cycling.reduce import reduce_cyclings

__all__ = ["reduce_cyclings"]
