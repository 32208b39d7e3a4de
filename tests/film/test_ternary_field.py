"""One field against two: the same growth where solvents are fast, and less of it by the stated share where they are not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from honeycell.film.quench import STIFFNESS
from honeycell.film.reduced_energy import slope, water_beside
from honeycell.film.ternary_field import TernaryField
from honeycell.numerics.conserved_field import ConservedField, SuperSteps, evolve
from honeycell.numerics.local_law import tabulated_law
from honeycell.physics.flory_huggins import TernaryMixture, second_derivatives
from honeycell.quantities.errors import InputError, NotConverged

MIXTURE = TernaryMixture(5.335, 1250.7, 0.785, 0.665, 2.09, 0.43)
DOPE = 0.06


def fastest(label: float) -> tuple[float, float, float, np.ndarray]:
    """Fastest wave number, its growth with one field (M = 1, continuum), phi1 and the second derivatives."""
    phi1 = float(water_beside(MIXTURE, np.array([DOPE]), label)[0])
    f = second_derivatives(MIXTURE, np.array([phi1]), np.array([DOPE]))
    drive = -float(slope(MIXTURE, np.array([DOPE]), label)[0])
    return math.sqrt(drive / (2.0 * STIFFNESS)), drive**2 / (4.0 * STIFFNESS), phi1, np.array(f).ravel()


def eigenvalue(Q: float, exchange: float, phi1: float, f: np.ndarray) -> float:
    """Growth of the pair of fields for the (grid's) squared wave number Q."""
    w = phi1 / (1.0 - DOPE)
    mobility = np.array([[exchange + w * w, -w], [-w, 1.0]])
    curvature = np.array([[f[0], f[1]], [f[1], f[2] + STIFFNESS * Q]])
    return float(np.linalg.eigvals(-Q * mobility @ curvature).real.max())


# the ratio of the diffusivities M_x f11 of the solvents and M_p f33 of the polymer; by how much one field grows too fast, at most
@pytest.mark.parametrize(
    ("label", "ratio", "stated"),
    [
        (0.10, 10, 0.002),
        (0.12, 10, 0.01),
        (0.15, 10, 0.03),
        (0.20, 10, 0.10),
        (0.12, 30, 0.003),
        (0.15, 30, 0.012),
        (0.20, 30, 0.04),
    ],
)
def test_one_field_grows_faster_by_no_more_than_stated(label: float, ratio: float, stated: float) -> None:
    q, one, phi1, f = fastest(label)
    Q = np.linspace(0.3, 1.7, 141) ** 2 * q**2
    two = max(eigenvalue(each, ratio * f[2] / f[0], phi1, f) for each in Q)
    assert 0.0 <= 1.0 - two / one <= stated


@pytest.mark.parametrize(("label", "ratio"), [(0.12, 30.0), (0.15, 10.0)])
def test_both_solvers_grow_a_wave_as_linear_theory_says(label: float, ratio: float) -> None:
    q, rate, phi1, f = fastest(label)
    n = 24
    h = 2.0 * math.pi / q / n
    Q = (2.0 / h * math.sin(0.5 * q * h)) ** 2
    small = 1e-6
    polymer = np.broadcast_to(DOPE + small * np.cos(2.0 * math.pi * (np.arange(n) + 0.5) / n), (4, n))
    water = water_beside(MIXTURE, polymer.ravel(), label).reshape(polymer.shape)
    exchange = ratio * f[2] / f[0]
    pair = TernaryField(MIXTURE, STIFFNESS, h, exchange, cutoff=1e-4)
    T = 1.0 / rate
    early = pair.evolve(water, polymer, 0.3 * T)
    late = pair.evolve(*early, T)
    both = math.log(np.ptp(late[1]) / np.ptp(early[1])) / T
    assert both == pytest.approx(eigenvalue(Q, exchange, phi1, f), rel=2e-3)
    knots = np.linspace(0.05, 0.07, 2001)
    from honeycell.film.reduced_energy import potential_of

    law = tabulated_law(0.05, 0.07, potential_of(MIXTURE, knots, label))
    first = evolve(ConservedField(STIFFNESS, h), polymer, 0.3 * T, law, SuperSteps(5))
    second = evolve(ConservedField(STIFFNESS, h), first, T, law, SuperSteps(5))
    single = math.log(np.ptp(second) / np.ptp(first)) / T
    assert single == pytest.approx(-Q * (float(slope(MIXTURE, np.array([DOPE]), label)[0]) + STIFFNESS * Q), rel=2e-3)
    assert 0.0 < 1.0 - both / single < (0.003 if ratio == 30.0 else 0.03)


@pytest.mark.parametrize("shape", [(20, 24), (10, 12, 14)])
def test_each_species_is_conserved_and_energy_falls(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(1)
    polymer = DOPE + 0.01 * rng.uniform(-1.0, 1.0, shape)
    water = 0.14 + 0.005 * rng.uniform(-1.0, 1.0, shape)
    falling = 10.0 ** (-2.0 / (1.0 + np.exp(-(np.linspace(0.0, 1.0, 101) - 0.12) / 0.02)))
    field = TernaryField(MIXTURE, STIFFNESS, 5.0, 0.5, falling, cutoff=1e-4)
    energies, now = [field.free_energy(water, polymer)], (water, polymer)
    for _ in range(6):
        now = field.evolve(*now, 100.0)
        energies.append(field.free_energy(now[0], np.maximum(now[1], 1e-12)))
    assert now[0].mean() == pytest.approx(water.mean(), rel=1e-12)
    assert now[1].mean() == pytest.approx(polymer.mean(), rel=1e-12)
    assert np.all(np.diff(energies) < 0.0)


@pytest.mark.parametrize("drift", [1.0, 0.0])
def test_the_rates_are_those_of_the_mixtures_potentials(drift: float) -> None:
    """One tiny step of the compiled loops against the potentials of ``flory_huggins``."""
    rng = np.random.default_rng(2)
    polymer, water = 0.1 + 0.02 * rng.uniform(-1.0, 1.0, (6, 8)), 0.2 + 0.02 * rng.uniform(-1.0, 1.0, (6, 8))
    h, exchange, step = 2.0, 0.3, 1e-6
    field = TernaryField(MIXTURE, STIFFNESS, h, exchange, cutoff=1e-4, drift=drift)
    after = field.evolve(water, polymer, step, step)
    mu1, mu3 = MIXTURE.exchange_potentials(water, polymer)
    mu3 = mu3 - STIFFNESS / h**2 * (sum(np.roll(polymer, s, a) for a in (0, 1) for s in (1, -1)) - 4.0 * polymer)
    w = drift * water / (1.0 - polymer)
    change = np.zeros((2, 6, 8))
    for axis in (0, 1):
        d1, d3 = (np.roll(mu, -1, axis) - mu for mu in (mu1, mu3))
        face = 0.5 * (w + np.roll(w, -1, axis))
        J3 = d3 - face * d1
        J1 = exchange * d1 - face * J3
        change += [(J - np.roll(J, 1, axis)) / h**2 for J in (J1, J3)]
    for new, old, rate in zip(after, (water, polymer), change, strict=True):
        assert (new - old) / step == pytest.approx(rate, abs=1e-7)


def test_bad_fields_are_refused() -> None:
    field = TernaryField(MIXTURE, STIFFNESS, 5.0, 0.5)
    with pytest.raises(InputError, match="shape"):
        field.evolve(np.full((8, 8), 0.1), np.full((8, 9), 0.1), 1.0)
    with pytest.raises(InputError, match="dimensions"):
        field.evolve(np.full(8, 0.1), np.full(8, 0.1), 1.0)
    with pytest.raises(InputError, match="positive"):
        TernaryField(MIXTURE, STIFFNESS, 0.0, 0.5)
    rng = np.random.default_rng(3)
    with pytest.raises(NotConverged, match="triangle"):
        field.evolve(0.14 + 0.05 * rng.uniform(-1, 1, (8, 8)), 0.06 + 0.05 * rng.uniform(-1, 1, (8, 8)), 1e5, 1e4)
