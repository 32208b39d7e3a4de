"""What holds for every test."""

from __future__ import annotations

import os

from hypothesis import settings

# as the command line does, before numpy comes: threads on small matrices wait for one another
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

# the same examples in every run, and no clock: the first example pays for imports
settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")
