"""What an ammeter adds to a current."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def current_range(current: Floats) -> float:
    """Full scale [A] that is chosen for these currents: the decade at or above the largest.

    >>> current_range(np.array([2e-4, -3e-3]))
    0.01
    """
    largest = float(np.max(np.abs(current)))
    return 10.0 ** math.ceil(math.log10(largest)) if largest > 0.0 else 0.0


def read_current(current: Floats, noise: float, rng: Generator) -> Floats:
    """Currents as read: with independent normal errors of ``noise`` [1] times full scale."""
    return current + noise * current_range(current) * rng.standard_normal(current.size)
