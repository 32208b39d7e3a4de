"""Voltammograms to peaks, pairs, b-values and diffusion coefficients."""

from honeycell.analysis.voltammetry.rates import reduce_rates
from honeycell.analysis.voltammetry.reduce import reduce_voltammograms

__all__ = ["reduce_rates", "reduce_voltammograms"]
