"""The demixing engine: conservation, falling energy, orders in space and time, growth of small waves, late coarsening."""

from __future__ import annotations

import math

import numpy as np
import pytest

from honeycell.numerics.chords import chord_lengths
from honeycell.numerics.conserved_field import ConservedField, EulerSteps, SuperSteps, evolve, seed_noise
from honeycell.numerics.local_law import LawTable, polynomial_law, tabulated_law
from honeycell.numerics.super_stepping import reach, super_step_coefficients

DOUBLE_WELL = polynomial_law([0.25, 0.0, -0.5, 0.0, 0.25])
KNOTS = np.linspace(-1.6, 1.6, 4001)


def slowing(n: float = 2.0):
    """The same double well as a table, with a mobility that falls a hundredfold across phi = 0.5."""
    return tabulated_law(-1.6, 1.6, KNOTS**3 - KNOTS, 10.0 ** (-n / (1.0 + np.exp(-(KNOTS - 0.5) / 0.1))))


LAWS = {"polynomial": DOUBLE_WELL, "table": slowing()}
SHAPES = ((24, 40), (12, 10, 14))


@pytest.mark.parametrize("periodic", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("stepper", [EulerSteps(), SuperSteps(5), SuperSteps(15)])
def test_mass_stays_and_energy_falls(name: str, shape: tuple[int, ...], periodic: bool, stepper) -> None:
    law, field = LAWS[name], ConservedField(0.8, 1.2, periodic)
    phi = seed_noise(shape, 0.1, 0.3, seed=1)
    energies = [field.free_energy(phi, law)]
    after = evolve(field, phi, 60.0, law, stepper, lambda _, now: energies.append(field.free_energy(now, law)))
    assert abs(after.mean() - phi.mean()) < 1e-12
    assert after.shape == phi.shape
    assert len(energies) > 3
    assert np.all(np.diff(energies) <= 1e-12 * abs(energies[0]))
    assert energies[-1] < 0.9 * energies[0]


@pytest.mark.parametrize("periodic", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", LAWS)
def test_a_uniform_field_stays_and_flows_add_up_to_nothing(name: str, shape: tuple[int, ...], periodic: bool) -> None:
    law, field = LAWS[name], ConservedField(0.8, 0.7, periodic)
    rate = field.rate(seed_noise(shape, 0.1, 0.3, seed=2), law)
    assert abs(rate.sum()) < 1e-13 * np.abs(rate).sum()
    assert field.rate(np.full(shape, 0.2), law) == pytest.approx(0.0, abs=1e-13)


def test_descent_is_the_dissipation() -> None:
    """-dF/dt is the sum over faces of M (grad w)^2, written out here for a row of cells."""
    law, h, K = slowing(), 0.7, 0.8
    field = ConservedField(K, h, periodic=False)
    row = seed_noise((2, 30), 0.1, 0.3, seed=4)
    row[1] = row[0]
    rate = field.rate(row, law)
    step = 1e-5
    descent = (field.free_energy(row - step * rate, law) - field.free_energy(row + step * rate, law)) / (2.0 * step)
    padded = np.concatenate([row[0, :1], row[0], row[0, -1:]])
    w = np.interp(row[0], KNOTS, law.table[:, 0]) - K / h**2 * (padded[2:] + padded[:-2] - 2.0 * row[0])
    m = np.interp(row[0], KNOTS, law.table[:, 2])
    faces = 0.5 * (m[1:] + m[:-1]) * (np.diff(w) / h) ** 2
    assert descent == pytest.approx(2.0 * faces.sum() * h**2, rel=1e-6)


def test_a_table_is_its_polynomial() -> None:
    fine = np.linspace(-1.6, 1.6, 64001)
    table, field = tabulated_law(-1.6, 1.6, fine**3 - fine), ConservedField(1.0)
    phi = seed_noise((16, 16), 0.0, 0.4, seed=5)
    assert field.rate(phi, table) == pytest.approx(field.rate(phi, DOUBLE_WELL), abs=1e-7)
    shift = field.free_energy(np.zeros((16, 16)), table) - field.free_energy(np.zeros((16, 16)), DOUBLE_WELL)
    assert field.free_energy(phi, table) - field.free_energy(phi, DOUBLE_WELL) == pytest.approx(shift, rel=1e-7)
    assert field.stable_step(phi, table) == pytest.approx(field.stable_step(phi, DOUBLE_WELL), rel=1e-3)


def test_polynomials_of_other_degrees() -> None:
    quadratic, sextic = polynomial_law([0.0, 0.0, 0.5], 2.0), polynomial_law([0.0, 0.0, 0.5, 0.0, 0.0, 0.0, 1.0])
    phi, field = seed_noise((12, 12), 0.0, 0.4, seed=6), ConservedField(0.0)
    assert field.rate(phi, quadratic) == pytest.approx(2.0 * laplacian(phi), abs=1e-12)
    assert field.rate(phi, sextic) == pytest.approx(laplacian(phi + 6.0 * phi**5), abs=1e-11)


def laplacian(phi: np.ndarray) -> np.ndarray:
    return sum(np.roll(phi, s, a) for a in range(phi.ndim) for s in (1, -1)) - 2.0 * phi.ndim * phi


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("periodic", [True, False])
def test_second_order_in_space(dimensions: int, periodic: bool) -> None:
    r"""Manufactured: phi = a prod cos(pi n x), M = 1 + phi, f' = phi^3 - phi, whose rate is known in closed form."""
    sympy = pytest.importorskip("sympy")
    names = sympy.symbols("x y z")[:dimensions]
    wave = 2 * sympy.pi if periodic else sympy.pi
    phi = sympy.Rational(1, 5) + sympy.Rational(3, 10) * sympy.Mul(*(sympy.cos(wave * n) for n in names))
    K = 0.02
    w = phi**3 - phi - K * sum(sympy.diff(phi, n, 2) for n in names)
    exact = sum(sympy.diff((1 + phi) * sympy.diff(w, n), n) for n in names)
    known, field_of = sympy.lambdify(names, exact), sympy.lambdify(names, phi)
    fine = np.linspace(-1.0, 1.0, 200001)
    law = tabulated_law(-1.0, 1.0, fine**3 - fine, 1.0 + fine)
    errors = []
    sizes = (16, 32, 64) if dimensions == 3 else (32, 64, 128)
    for n in sizes:
        at = np.meshgrid(*[(np.arange(n) + 0.5) / n] * dimensions, indexing="ij")
        rate = ConservedField(K, 1.0 / n, periodic).rate(field_of(*at), law)
        errors.append(np.sqrt(np.mean((rate - known(*at)) ** 2)))
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert orders[-1] == pytest.approx(2.0, abs=0.05)


@pytest.mark.parametrize(("stepper", "order"), [(EulerSteps, 1.0), (lambda step: SuperSteps(5, step), 2.0)])
def test_order_in_time(stepper, order: float) -> None:
    field, law = ConservedField(1.0), slowing()
    x = 2.0 * math.pi * np.arange(32) / 32
    phi = 0.1 + 0.3 * np.cos(x)[:, None] * np.cos(x)[None, :] + 0.05 * np.cos(2.0 * x)[None, :]
    T, longest = 8.0, field.stable_step(phi, law)
    exact = evolve(field, phi, T, law, SuperSteps(5, T / 4096))
    counts = np.array([512, 1024, 2048])
    assert T / counts[0] < 2.0 * longest
    errors = [np.abs(evolve(field, phi, T, law, stepper(T / n)) - exact).max() for n in counts]
    if order == 1.0:
        orders = np.log2(np.array(errors[:-1]) / errors[1:])
        assert orders == pytest.approx(order, abs=0.06)
    else:
        coarse = [np.abs(evolve(field, phi, T, law, stepper(T / n)) - exact).max() for n in (64, 128, 256)]
        assert np.log2(np.array(coarse[:-1]) / coarse[1:]) == pytest.approx(order, abs=0.15)
        assert errors[0] < coarse[0]


def test_a_law_that_changes_is_followed_to_second_order() -> None:
    labels = np.linspace(0.0, 1.0, 3)
    rows = LawTable(labels, -1.6, 1.6, labels[:, None] * (KNOTS**3 - 2.0 * KNOTS), np.ones((3, KNOTS.size)))
    field, phi, T = ConservedField(1.0), seed_noise((16, 16), 0.0, 0.1, seed=7), 6.0
    ends = [evolve(field, phi, T, lambda t: rows.at(t / T), SuperSteps(5, T / n)) for n in (60, 120, 240, 1920)]
    errors = [np.abs(end - ends[-1]).max() for end in ends[:-1]]
    assert np.log2(errors[0] / errors[1]) == pytest.approx(2.0, abs=0.2)
    with pytest.raises(ValueError, match="label"):
        rows.at(1.1)


@pytest.mark.parametrize("shape", [(8, 64), (4, 4, 64)])
@pytest.mark.parametrize("waves", [2, 4, 6])
def test_small_waves_grow_as_the_dispersion_relation_says(shape: tuple[int, ...], waves: int) -> None:
    law, field = slowing(), ConservedField(1.0, 1.0)
    q = 2.0 * math.pi * waves / shape[-1]
    wave = np.broadcast_to(np.cos(q * (np.arange(shape[-1]) + 0.5)), shape)
    T, small = 3.0, 1e-5
    after = evolve(field, 0.1 + small * wave, T, law, SuperSteps(5, 0.02))
    grown = 2.0 * np.mean((after - 0.1) * wave) / small
    expected = field.growth_rate(0.1, q, law)
    assert math.log(grown) / T == pytest.approx(expected, rel=2e-3)
    m = 10.0 ** (-2.0 / (1.0 + math.exp(4.0)))
    continuum = m * q**2 * (1.0 - 3.0 * 0.1**2 - q**2)
    # the grid sees (2 sin(q/2))^2 for q^2
    assert expected == pytest.approx(continuum, rel=0.1)


def test_two_and_three_dimensions_agree_on_a_plane_wave() -> None:
    plane = seed_noise((18, 20), 0.1, 0.2, seed=8)
    for periodic in (True, False):
        field = ConservedField(0.9, 1.0, periodic)
        for law in LAWS.values():
            flat = evolve(field, plane, 5.0, law, SuperSteps(7, 0.05))
            deep = evolve(field, np.repeat(plane[None], 5, axis=0), 5.0, law, SuperSteps(7, 0.05))
            turned = evolve(field, np.repeat(plane.T[:, :, None], 5, axis=2), 5.0, law, SuperSteps(7, 0.05))
            assert deep == pytest.approx(np.repeat(flat[None], 5, axis=0), abs=1e-12)
            assert np.abs(turned[:, :, 0].T - flat).max() < 1e-12


def test_closed_edges_are_mirrors() -> None:
    """A box with closed edges is a quarter of the periodic box of the field and its mirror images."""
    phi = seed_noise((12, 15), 0.0, 0.3, seed=9)
    whole = np.concatenate([phi, phi[::-1]])
    whole = np.concatenate([whole, whole[:, ::-1]], axis=1)
    law = slowing()
    closed, periodic = (ConservedField(1.0, 1.0, each) for each in (False, True))
    one = evolve(closed, phi, 10.0, law, SuperSteps(5, 0.05))
    four = evolve(periodic, whole, 10.0, law, SuperSteps(5, 0.05))
    assert four[:12, :15] == pytest.approx(one, abs=1e-11)
    assert 4.0 * closed.free_energy(phi, law) == pytest.approx(periodic.free_energy(whole, law), rel=1e-12)


def test_the_stable_step_is_where_stability_ends() -> None:
    """The bound is the exact limit of the linear problem: a hair below nothing grows, a little above the checkerboard does."""
    law, field = polynomial_law([0.0, 0.0, 0.5], 3.0), ConservedField(0.7, 1.3)
    checkers = np.indices((8, 8)).sum(0) % 2 * 2.0 - 1.0
    longest = field.stable_step(checkers, law)
    for factor, grows in ((0.99, False), (1.02, True)):
        after = evolve(field, 1e-3 * checkers, 300.0 * factor * longest, law, EulerSteps(factor * longest))
        assert bool(np.abs(after).max() > 1e-3) is grows


def test_super_steps_reach_as_far_as_they_say() -> None:
    """|stability polynomial| <= 1 up to the reach and not far beyond it; its series is exp to second order."""

    def polynomial(stages: int, z: np.ndarray) -> np.ndarray:
        rows = super_step_coefficients(stages)
        before, now = np.ones_like(z), 1.0 + rows[0, 3] * z
        for mu, nu, rest, forward, back in rows[1:]:
            before, now = now, mu * now + nu * before + rest + forward * z * now + back * z
        return now

    for stages in (3, 5, 11, 15):
        end = 2.0 * reach(stages)
        assert np.abs(polynomial(stages, np.linspace(-end, 0.0, 4001))).max() <= 1.0 + 1e-12
        assert abs(polynomial(stages, np.array([-1.7 * end]))[0]) > 1.0
        z = np.array([-1e-2, -2e-2])
        wrong = np.abs(polynomial(stages, z) - np.exp(z))
        assert np.log2(wrong[1] / wrong[0]) == pytest.approx(3.0, abs=0.1)
    for bad in (1, 2, 4):
        with pytest.raises(ValueError, match="stages"):
            SuperSteps(bad)


def test_super_steps_give_eulers_patterns() -> None:
    """Mean wall and pore of four patterns within 0.3 % of Euler's; the energy of each too.

    One pattern alone scatters by some 0.5 %, with few stages as with many: which of two necks breaks first hangs on small things.
    """
    law, field = slowing(3.0), ConservedField(1.0, 1.0)
    lengths = np.zeros((2, 2))
    for seed in range(4):
        phi = seed_noise((128, 128), 0.1, 0.05, seed)
        ends = [evolve(field, phi, 60.0, law, stepper) for stepper in (EulerSteps(), SuperSteps(11))]
        lengths += [[mean_chord(phase) for phase in (end > 0.2, end <= 0.2)] for end in ends]
        energies = [field.free_energy(end, law) for end in ends]
        assert energies[1] == pytest.approx(energies[0], rel=3e-3)
    assert lengths[1] == pytest.approx(lengths[0], rel=3e-3)


def mean_chord(phase: np.ndarray) -> float:
    return float(np.mean([chord_lengths(phase, axis).mean() for axis in range(phase.ndim)]))


def test_the_seed_has_its_mean_and_is_the_same_every_time() -> None:
    one, again, other = (
        seed_noise((16, 16), 0.06, 0.01, 3),
        seed_noise((16, 16), 0.06, 0.01, 3),
        seed_noise((16, 16), 0.06, 0.01, 4),
    )
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
    assert one.mean() == pytest.approx(0.06, abs=1e-15)
    assert one.std() == pytest.approx(0.01, rel=0.2)


def test_what_cannot_be_evolved_is_refused() -> None:
    field = ConservedField(1.0)
    for phi in (np.zeros(8), np.zeros((2, 2, 2, 2)), np.zeros((1, 8)), np.full((8, 8), np.nan)):
        with pytest.raises(ValueError, match="field"):
            evolve(field, phi, 1.0, DOUBLE_WELL)
    with pytest.raises(FloatingPointError), np.errstate(all="ignore"):
        evolve(field, seed_noise((8, 8), 0.0, 1.0, 1), 1e4, DOUBLE_WELL, EulerSteps(1.0))
    for make in (
        lambda: ConservedField(-1.0),
        lambda: ConservedField(1.0, 0.0),
        lambda: polynomial_law([1.0, 2.0]),
        lambda: polynomial_law([1.0, 2.0, 3.0], 0.0),
        lambda: tabulated_law(0.0, 1.0, [1.0]),
        lambda: tabulated_law(1.0, 0.0, [1.0, 2.0]),
        lambda: tabulated_law(0.0, 1.0, [1.0, np.inf]),
        lambda: tabulated_law(0.0, 1.0, [1.0, 2.0], [1.0, -1.0]),
    ):
        with pytest.raises(ValueError, match=r"expected|must"):
            make()


def test_nothing_moves_where_nothing_can() -> None:
    law = tabulated_law(0.0, 1.0, [0.0, 1.0], 0.0)
    phi = seed_noise((8, 8), 0.5, 0.1, 1)
    assert ConservedField(1.0).stable_step(phi, law) == math.inf
    assert evolve(ConservedField(1.0), phi, 1.0, law) == pytest.approx(phi, abs=1e-14)


@pytest.mark.slow
def test_late_coarsening_follows_the_third_root_of_time() -> None:
    """Mean chord ~ t^(1/3) at constant mobility (Lifshitz-Slyozov): the exponent over a decade, corrected for nothing.

    The length is energy's: with thin interfaces the excess energy is tension times surface, so 1/F falls as the surface per volume.
    """
    field, exponents = ConservedField(1.0, 1.0), []
    for seed in range(3):
        phi = seed_noise((256, 256), 0.0, 0.1, seed)
        times, energies = np.geomspace(300.0, 4000.0, 9), []
        now, t = phi, 0.0
        for until in times:
            now, t = evolve(field, now, until - t, DOUBLE_WELL, SuperSteps(15)), until
            energies.append(field.free_energy(now, DOUBLE_WELL))
        exponents.append(-np.polyfit(np.log(times), np.log(energies), 1)[0])
    assert np.mean(exponents) == pytest.approx(0.33, abs=0.03)
