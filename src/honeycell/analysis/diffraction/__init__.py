"""Powder diffraction: patterns into lines, cells and specimen height; structures into lines; series fitted jointly."""

from honeycell.analysis.diffraction.reduce import reduce_patterns

__all__ = ["reduce_patterns"]
