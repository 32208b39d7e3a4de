"""Ageing of the cell, one mechanism per file."""
