"""Transference number of a symmetric cell from a current transient and the spectra around it (Bruce and Vincent)."""

from honeycell.analysis.transference.reduce import reduce_transference, reduce_transients

__all__ = ["reduce_transference", "reduce_transients"]
