"""Laws of the free energy: analytic derivatives, Gibbs-Duhem, limits."""

from __future__ import annotations

import numpy as np
import pytest

from honeycell.physics.flory_huggins import TernaryMixture, second_derivatives, third_derivatives
from honeycell.quantities.errors import InputError

MIXTURES = [
    TernaryMixture(5.335, 1250.7, 0.785, 0.665, 2.09, 0.43),
    TernaryMixture(5.335, 12500.0, 0.785, 0.665, 3.5, 0.2),
    TernaryMixture(2.0, 50.0, 0.5, 0.0, 1.7, 0.5),
    TernaryMixture(5.335, 1250.7, 0.785, 0.665, 2.4, 0.43, -0.6),
]
PHI1 = np.array([[0.05], [0.2], [0.45]])
PHI3 = np.array([0.02, 0.1, 0.3, 0.5])


@pytest.mark.parametrize("m", MIXTURES)
def test_gradient_is_that_of_the_free_energy(m):
    h = 1e-6
    d1, d3 = m.exchange_potentials(PHI1, PHI3)
    assert d1.shape == d3.shape == (3, 4)
    n1 = (m.free_energy(PHI1 + h, PHI3) - m.free_energy(PHI1 - h, PHI3)) / (2 * h)
    n3 = (m.free_energy(PHI1, PHI3 + h) - m.free_energy(PHI1, PHI3 - h)) / (2 * h)
    np.testing.assert_allclose(d1, n1, atol=1e-8)
    np.testing.assert_allclose(d3, n3, atol=1e-8)


@pytest.mark.parametrize("m", MIXTURES)
def test_hessian_is_that_of_the_gradient(m):
    h = 1e-6
    hessian = m.hessian(PHI1, PHI3)
    assert hessian.shape == (3, 4, 2, 2)
    up, down = m.exchange_potentials(PHI1 + h, PHI3), m.exchange_potentials(PHI1 - h, PHI3)
    right, left = m.exchange_potentials(PHI1, PHI3 + h), m.exchange_potentials(PHI1, PHI3 - h)
    for i in range(2):
        np.testing.assert_allclose(hessian[..., i, 0], (up[i] - down[i]) / (2 * h), rtol=1e-6, atol=1e-7)
        np.testing.assert_allclose(hessian[..., i, 1], (right[i] - left[i]) / (2 * h), rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(m.spinodal_determinant(PHI1, PHI3), np.linalg.det(hessian), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("m", MIXTURES)
def test_third_derivatives(m):
    h = 1e-6
    p1, p3 = np.broadcast_arrays(PHI1, PHI3)
    f111, f113, f133, f333 = third_derivatives(m, p1, p3)
    up, down = second_derivatives(m, p1 + h, p3), second_derivatives(m, p1 - h, p3)
    right, left = second_derivatives(m, p1, p3 + h), second_derivatives(m, p1, p3 - h)
    for exact, plus, minus in (
        (f111, up[0], down[0]),
        (f113, up[1], down[1]),
        (f113, right[0], left[0]),
        (f133, up[2], down[2]),
        (f133, right[1], left[1]),
        (f333, right[2], left[2]),
    ):
        np.testing.assert_allclose(exact, (plus - minus) / (2 * h), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("m", MIXTURES)
def test_potentials_sum_to_the_free_energy_and_obey_gibbs_duhem(m):
    mu = m.chemical_potentials(PHI1, PHI3)
    p2 = 1 - PHI1 - PHI3
    total = PHI1 * mu[0] + p2 * mu[1] / m.r2 + PHI3 * mu[2] / m.r3
    np.testing.assert_allclose(total, m.free_energy(PHI1, PHI3), atol=1e-13)
    h = 1e-5
    for d1, d3 in ((h, 0.0), (0.0, h), (h, -h)):
        up, down = m.chemical_potentials(PHI1 + d1, PHI3 + d3), m.chemical_potentials(PHI1 - d1, PHI3 - d3)
        s = [(a - b) / (2 * h) for a, b in zip(up, down, strict=True)]
        np.testing.assert_allclose(PHI1 * s[0] + p2 * s[1] / m.r2 + PHI3 * s[2] / m.r3, 0, atol=1e-6)


def test_pure_components_and_traces_are_clean():
    m = MIXTURES[0]
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(m.free_energy([1.0, 0.0, 0.0], [0.0, 0.0, 1.0]), 0.0)
        for k, (p1, p3) in enumerate([(1.0, 0.0), (0.0, 0.0), (0.0, 1.0)]):
            mu = m.chemical_potentials(p1, p3)
            assert abs(float(mu[k])) < 1e-9
            assert all(np.isneginf(mu[j]) for j in range(3) if j != k)
        trace = m.chemical_potentials(0.3, 0.0, log_phi3=-1e4)
    assert np.isfinite(trace[2])


@pytest.mark.parametrize("change", [{"r2": 0.5}, {"r3": 0.0}, {"chi13": float("nan")}])
def test_bad_parameters_are_refused(change):
    good = {"r2": 5.0, "r3": 100.0, "g12_constant": 0.5, "g12_slope": 0.0, "chi13": 2.0, "chi23": 0.4}
    with pytest.raises(InputError):
        TernaryMixture(**{**good, **change})
