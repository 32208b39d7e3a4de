"""Powder diffraction: patterns into lines, cells and specimen height; structures into lines; series fitted jointly."""

from honeycell.analysis.diffraction.reduce import reduce_patterns
from honeycell.analysis.diffraction.series import reduce_in_situ

__all__ = ["reduce_in_situ", "reduce_patterns"]
