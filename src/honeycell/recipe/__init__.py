"""Recipes: what is made and how it is measured, as frozen models read from TOML."""
