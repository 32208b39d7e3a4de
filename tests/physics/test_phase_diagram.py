"""Laws of the phase diagram, and the figures of the reference set."""

from __future__ import annotations

import numpy as np
import pytest

from honeycell.physics.flory_huggins import TernaryMixture, second_derivatives, third_derivatives
from honeycell.physics.phase_diagram import (
    binodal,
    cloud_water,
    critical_point,
    spinodal_curve,
    spinodal_water,
    tie_line,
)
from honeycell.quantities.errors import InputError

R2 = 96.4 / 18.07
BASE = TernaryMixture(R2, 22600 / 18.07, 0.785, 0.665, 2.09, 0.43)
SETS = (
    [BASE]
    + [
        TernaryMixture(R2, r3, a, b, chi13, chi23)
        for r3 in (50.0, 1250.7, 12500.0)
        for a, b in ((0.785, 0.665), (0.5, 0.0))
        for chi13 in (1.7, 3.5)
        for chi23 in (0.2, 0.5)
    ]
    + [TernaryMixture(R2, 1250.7, 0.785, 0.665, 2.4, 0.43, chi123) for chi123 in (-0.6, 0.4)]
)
every_set = pytest.mark.parametrize("m", SETS, ids=lambda m: f"{m.r3:g}-{m.g12_slope}-{m.chi13}-{m.chi23}-{m.chi123}")


def equal_potentials(m, line, tol=1e-9):
    lean = m.chemical_potentials(line.lean[0], line.lean[2], log_phi3=line.log_lean_polymer)
    rich = m.chemical_potentials(line.rich[0], line.rich[2])
    # mu3 is r3 times sums of rounded terms of order one
    assert abs(float(lean[0] - rich[0])) < tol
    assert abs(float(lean[2] - rich[2])) < tol + 1e-15 * m.r3
    # phi2 = 1 - phi1 - phi3 is only as good as its rounding, which matters where little solvent is left
    least = min(line.lean[1], line.rich[1])
    if least > 1e-13:
        assert abs(float(lean[1] - rich[1])) < tol + 4e-16 / least


@pytest.mark.parametrize(("phi3", "phi1"), [(0.06, 0.080), (0.1, 0.084), (0.2, 0.101), (0.4, 0.138)])
def test_spinodal_of_the_reference(phi3, phi1):
    assert float(spinodal_water(BASE, phi3)) == pytest.approx(phi1, abs=0.002)


@pytest.mark.parametrize(
    ("chi13", "chi23", "a", "b", "phi1"),
    [
        (2.09, 0.2, 0.785, 0.665, 0.128),
        (1.7, 0.3, 0.785, 0.665, 0.207),
        (3.5, 0.43, 0.785, 0.665, 0.011),
        (2.09, 0.43, 0.5, 0.0, 0.019),
    ],
)
def test_spinodal_of_other_sets_of_the_reference(chi13, chi23, a, b, phi1):
    m = TernaryMixture(R2, 22600 / 18.07, a, b, chi13, chi23)
    assert float(spinodal_water(m, 0.06)) == pytest.approx(phi1, rel=0.05)


@pytest.mark.parametrize(("phi1", "rich"), [(0.15, 0.36), (0.20, 0.47), (0.30, 0.56), (0.50, 0.62), (0.70, 0.77)])
def test_tie_lines_of_the_reference(phi1, rich):
    line = tie_line(BASE, (phi1, 0.06))
    assert line is not None
    assert line.rich[2] == pytest.approx(rich, abs=0.02)
    assert line.lean[2] < 1e-4


@every_set
def test_spinodal_has_no_determinant(m):
    curve = spinodal_curve(m, 25)
    assert curve.shape == (25, 2)
    assert np.all(np.isfinite(curve))
    p1, p3 = curve[1:-1].T
    f11, f13, f33 = second_derivatives(m, p1, p3)
    assert np.max(np.abs((f33 - f13**2 / f11) / (f33 + f13**2 / f11))) < 1e-8
    np.testing.assert_allclose(curve[[0, -1]].sum(axis=1), 1)


@every_set
def test_critical_point_is_critical(m):
    p1, p3 = critical_point(m)
    f11, f13, f33 = second_derivatives(m, p1, p3)
    f111, f113, f133, f333 = third_derivatives(m, p1, p3)
    v = -f13 / f11
    terms = np.array([f111 * v**3, 3 * f113 * v**2, 3 * f133 * v, f333])
    assert abs(f33 - f13**2 / f11) < 1e-9 * abs(f33)
    assert abs(terms.sum()) < 1e-7 * np.abs(terms).max()


@every_set
def test_binodal_lies_outside_the_spinodal_and_meets_it_at_the_critical_point(m):
    lines = binodal(m, 20)
    assert len(lines) == 20
    p1, p3 = critical_point(m)
    np.testing.assert_allclose(lines[0].lean[::2], (p1, p3), rtol=0.02)
    np.testing.assert_allclose(lines[0].rich[::2], (p1, p3), rtol=0.02)
    assert lines[-1].lean[1] < 1e-12
    for line in lines[:-1]:
        for phase in (line.lean, line.rich):
            if phase[2] > 1e-300 and phase[1] > 1e-9:
                assert float(m.spinodal_determinant(phase[0], phase[2])) > 0
    for phi3 in (0.02, 0.06, 0.1, 0.2, 0.4):
        cloud, unstable = cloud_water(m, phi3), float(spinodal_water(m, phi3))
        assert cloud <= unstable or np.isnan(unstable)
    assert cloud_water(m, p3) == pytest.approx(p1, abs=1e-9)
    z = np.log(p3 / (1 - p3))
    for side in (-0.03, 0.03):
        near = 1 / (1 + np.exp(-(z + side)))
        assert cloud_water(m, near) == pytest.approx(float(spinodal_water(m, near)), rel=1e-3)


@every_set
def test_ends_are_in_equilibrium_and_the_lever_rule_closes(m):
    cloud = cloud_water(m, 0.06)
    for phi1 in (cloud + 1e-6, cloud + 1e-3, cloud + 0.02, 0.4, 0.7, 0.9, 0.94):
        if phi1 < cloud:
            continue
        line = tie_line(m, (phi1, 0.06))
        assert line is not None
        equal_potentials(m, line)
        assert 0 <= line.share_rich <= 1
        for overall, lean, rich in zip((phi1, 0.94 - phi1, 0.06), line.lean, line.rich, strict=True):
            assert lean + line.share_rich * (rich - lean) == pytest.approx(overall, abs=1e-12)
        assert sum(line.lean) == pytest.approx(1, abs=1e-14)
        assert sum(line.rich) == pytest.approx(1, abs=1e-14)
    assert tie_line(m, (cloud - 1e-5, 0.06)) is None


@every_set
def test_every_middle_of_the_binodal_finds_its_own_tie_line(m):
    for line in binodal(m, 15)[1:]:
        equal_potentials(m, line)
        found = tie_line(m, ((line.lean[0] + line.rich[0]) / 2, (line.lean[2] + line.rich[2]) / 2))
        assert found is not None
        np.testing.assert_allclose(found.rich, line.rich, atol=1e-7)
        assert found.share_rich == pytest.approx(0.5, abs=1e-4)


@every_set
def test_the_common_tangent_plane_lies_below_the_free_energy(m):
    line = tie_line(m, (0.5, 0.06))
    assert line is not None
    mu1, mu2, mu3 = m.chemical_potentials(line.rich[0], line.rich[2])
    p3, w = np.meshgrid(np.geomspace(1e-6, 0.99, 150), np.linspace(1e-3, 0.999, 150))
    p1 = w * (1 - p3)
    plane = mu1 * p1 + mu2 / m.r2 * (1 - p1 - p3) + mu3 / m.r3 * p3
    assert np.min(m.free_energy(p1, p3) - plane) > -1e-12


def test_polymer_free_and_edge_compositions():
    assert tie_line(BASE, (0.5, 0.0)) is None
    assert tie_line(BASE, (0.0, 0.5)) is None
    edge = tie_line(BASE, (0.94, 0.06))
    assert edge is not None
    assert edge.lean[1] < 1e-15
    assert np.isnan(cloud_water(BASE, 0.95))
    assert np.isnan(spinodal_water(BASE, [0.0, 1.0, 0.999])).all()


def test_clean_under_strict_floating_point():
    m = TernaryMixture(R2, 12500.0, 0.785, 0.665, 3.5, 0.3)
    with np.errstate(all="raise"):
        cloud_water(m, 0.06)
        line = tie_line(m, (0.9, 0.06))
        binodal(m, 10)
    assert line is not None
    assert line.lean[2] == 0.0
    assert line.log_lean_polymer < -1000


@pytest.mark.parametrize(
    "call",
    [
        lambda: tie_line(BASE, (0.9, 0.2)),
        lambda: tie_line(BASE, (-0.1, 0.2)),
        lambda: cloud_water(BASE, 0.0),
        lambda: binodal(BASE, 1),
        lambda: spinodal_curve(BASE, 1),
        lambda: critical_point(TernaryMixture(R2, 1250.0, 0.785, 0.665, 0.4, 0.43)),
        lambda: critical_point(TernaryMixture(R2, 1250.0, 3.0, 0.0, 2.09, 0.43)),
        lambda: critical_point(TernaryMixture(R2, 1250.0, 0.785, 0.665, 2.09, 1.0)),
    ],
)
def test_what_is_not_covered_is_refused(call):
    with pytest.raises(InputError):
        call()
