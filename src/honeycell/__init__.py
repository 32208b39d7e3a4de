"""honeycell: a virtual laboratory for quasi-solid-state sodium cells, and the data reduction for the real one."""

__version__ = "0.1.0"
