"""What holds for every test."""

from __future__ import annotations

import os
from dataclasses import dataclass

import pytest
from hypothesis import settings

# as the command line does, before numpy comes: threads on small matrices wait for one another
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

# the same examples in every run, and no clock: the first example pays for imports
settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")


@dataclass(frozen=True)
class Coverage:
    """So many forged records, and what share of their 68 % intervals may hold the truth: two and a half standard deviations."""

    seeds: int
    low: float
    high: float

    def agrees(self, held: float) -> bool:
        """Whether so many intervals held the truth as often as they say, no oftener and no less often."""
        return self.low <= held / self.seeds <= self.high


@pytest.fixture(
    params=[pytest.param((40, 0.5, 0.865), id="40"), pytest.param((200, 0.6, 0.765), id="200", marks=pytest.mark.slow)]
)
def coverage(request: pytest.FixtureRequest) -> Coverage:
    """Few seeds in every run, which tell an error that is half or twice what it should be; many in the slow one."""
    return Coverage(*request.param)
