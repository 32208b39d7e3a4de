from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture(scope="session")
def waves():
    """Makes a periodic two-phase block from random waves of about one length, as late demixing leaves it."""

    def make(n: int, length: float, share: float, seed: int) -> np.ndarray:
        rng = np.random.default_rng(seed)
        k = np.sqrt(sum(f**2 for f in np.meshgrid(*[np.fft.fftfreq(n)] * 3, indexing="ij")))
        spectrum = np.fft.fftn(rng.standard_normal((n,) * 3)) * np.exp(-0.5 * ((k * length - 1.0) / 0.25) ** 2)
        field = np.fft.ifftn(spectrum).real
        return field > np.quantile(field, 1.0 - share)

    return make
