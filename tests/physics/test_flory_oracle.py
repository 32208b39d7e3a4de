"""Coexisting phases against the package ``flory`` (constant interaction parameters only)."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from honeycell.physics.flory_huggins import TernaryMixture
from honeycell.physics.phase_diagram import tie_line


@pytest.mark.oracle
@pytest.mark.parametrize(
    ("chi13", "chi23", "overall"), [(2.09, 0.43, (0.3, 0.15)), (1.7, 0.2, (0.4, 0.2)), (2.09, 0.3, (0.2, 0.2))]
)
def test_coexisting_phases_agree(chi13, chi23, overall):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        flory = pytest.importorskip("flory")
        m = TernaryMixture(5.335, 50.0, 0.5, 0.0, chi13, chi23)
        c12, c23 = m.g12_constant, chi23 / m.r2
        phases = flory.find_coexisting_phases(
            3,
            np.array([[0.0, c12, chi13], [c12, 0.0, c23], [chi13, c23, 0.0]]),
            np.array([overall[0], 1 - sum(overall), overall[1]]),
            sizes=np.array([1.0, m.r2, m.r3]),
            rng=np.random.default_rng(1),
            tolerance=1e-9,
            max_steps=10_000_000,
            progress=False,
        )
    assert len(phases.volumes) == 2
    lean, rich = np.argsort(phases.fractions[:, 2])
    line = tie_line(m, overall)
    assert line is not None
    np.testing.assert_allclose(line.lean, phases.fractions[lean], atol=1e-6)
    np.testing.assert_allclose(line.rich, phases.fractions[rich], atol=1e-6)
    assert line.share_rich == pytest.approx(phases.volumes[rich] / phases.volumes.sum(), abs=1e-6)
