"""What holds for every test."""

from __future__ import annotations

from hypothesis import settings

# the same examples in every run, and no clock: the first example pays for imports
settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")
