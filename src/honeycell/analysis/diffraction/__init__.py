"""Powder patterns into peaks and cells."""
