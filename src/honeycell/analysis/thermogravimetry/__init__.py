"""Thermogravimetry: onset, temperatures of given losses, steps and residue of a thermogram."""

from honeycell.analysis.thermogravimetry.reduce import reduce_thermograms

__all__ = ["reduce_thermograms"]
