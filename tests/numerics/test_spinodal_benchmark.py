"""PFHub benchmark 1, spinodal decomposition: free energy against time, and the energy of a flat wall.

Problem: A. M. Jokisaari, P. W. Voorhees, J. E. Guyer, J. Warren & O. G. Heinonen, Comput. Mater. Sci. 126 (2017) 139,
doi:10.1016/j.commatsci.2016.09.022. Compared with the uploads memphis_1a and memphis_1b of PFHub (R. Dingreville, 3 February 2020;
usnistgov/pfhub, _data/simulations/memphis_1a/meta.yaml and memphis_1b), whose numbers are in memphis-snl/memphis at commit 214cce0,
benchmark/BM_001/1a_free-energy_explicit-euler.csv and 1b_free-energy_explicit-euler.csv (200 x 200 points, explicit Euler, steps of 1e-3).
Other uploads differ from it, and from each other, by up to some ten per cent at late times: this is agreement with Memphis, not with PFHub.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from honeycell.numerics.conserved_field import ConservedField, SuperSteps, evolve
from honeycell.numerics.local_law import polynomial_law

LEAN, RICH, BARRIER, GRADIENT, MOBILITY = 0.3, 0.7, 5.0, 2.0, 5.0
P = np.polynomial.Polynomial
LAW = polynomial_law((BARRIER * P([-LEAN, 1.0]) ** 2 * P([RICH, -1.0]) ** 2).coef.tolist(), MOBILITY)
SIZE = 200
# time: total free energy
MEMPHIS = {
    True: {
        0: 319.099361293, 1: 318.860653773, 2: 318.547166495, 5: 316.415790963, 10: 297.757406262,
        100: 135.220691271, 200: 116.584542683, 300: 107.066411714, 400: 101.794688858, 500: 97.8764565560,
    },
    False: {
        0: 319.045881093, 1: 318.841295146, 2: 318.572746250, 5: 317.023367912, 10: 304.078240614,
        100: 128.069111035, 200: 109.342084727, 300: 101.364427116, 400: 95.5538516421, 500: 90.5826465101,
    },
}  # fmt: skip


def start() -> np.ndarray:
    x, y = np.meshgrid(*[np.arange(SIZE) + 0.5] * 2, indexing="ij")
    waves = np.cos(0.105 * x) * np.cos(0.11 * y) + (np.cos(0.13 * x) * np.cos(0.087 * y)) ** 2
    return 0.5 + 0.01 * (waves + np.cos(0.025 * x - 0.15 * y) * np.cos(0.07 * x - 0.02 * y))


def compare(periodic: bool, last: float) -> None:
    field, phi, now = ConservedField(GRADIENT, 1.0, periodic), start(), 0.0
    for time, theirs in MEMPHIS[periodic].items():
        if time > last:
            break
        if time > now:
            phi, now = evolve(field, phi, time - now, LAW), float(time)
        assert field.free_energy(phi, LAW) == pytest.approx(theirs, rel=0.01 if time <= 10 else 0.03), time


@pytest.mark.parametrize("periodic", [True, False])
def test_onset_of_demixing(periodic: bool) -> None:
    compare(periodic, 10.0)


@pytest.mark.slow
@pytest.mark.parametrize("periodic", [True, False])
def test_coarsening(periodic: bool) -> None:
    compare(periodic, 500.0)


def test_a_flat_wall_has_its_energy() -> None:
    """sqrt(2 kappa rho) (c_b - c_a)^3 / 6 = 0.0477 per length."""
    h, n = 0.5, 160
    x = (np.arange(n) + 0.5) * h
    phi = np.where(np.abs(x - 0.5 * n * h) < 0.25 * n * h, 0.69, 0.31)
    field = ConservedField(GRADIENT, h)
    across = np.repeat(phi[None], 2, axis=0)
    settled = evolve(field, across, 400.0, LAW, SuperSteps(21))
    wall = field.free_energy(settled, LAW) / (2.0 * 2.0 * h)  # two walls, two rows of width h
    exact = math.sqrt(2.0 * GRADIENT * BARRIER) * (RICH - LEAN) ** 3 / 6.0
    assert exact == pytest.approx(0.0477, abs=5e-5)
    assert wall == pytest.approx(exact, rel=0.01)
    assert settled.max() == pytest.approx(RICH, abs=1e-3)
