"""Numerical methods that both sides of the house share; no physics, no files."""
