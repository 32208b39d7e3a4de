"""Groups of values that are fitted together: one module each, which defines ``GROUP``."""
