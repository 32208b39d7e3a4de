"""Micrographs: particles and pores, their sizes, and how much of the area is open."""

from honeycell.analysis.micrograph.reduce import reduce_micrographs

__all__ = ["reduce_micrographs"]
