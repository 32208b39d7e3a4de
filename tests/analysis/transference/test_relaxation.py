"""The settling current: limits, both series where they meet, slopes, and the equation it solves."""

import numpy as np
import pytest

from honeycell.analysis.transference.relaxation import SHORT, eigenvalues, relaxation, relaxation_and_slopes

POLARISATIONS = np.array([[0.01], [0.4], [2.0], [30.0]])


def test_from_one_to_the_steady_share() -> None:
    ends = relaxation(np.array([[0.0, 1e6]] * 4), POLARISATIONS)
    assert ends[:, 0] == pytest.approx(1.0)
    assert ends[:, 1] == pytest.approx(1.0 / (1.0 + POLARISATIONS[:, 0]))


def test_the_series_for_short_and_long_times_meet() -> None:
    around = relaxation(np.array([[SHORT * (1.0 - 1e-9), SHORT]] * 4), POLARISATIONS)
    assert around[:, 0] == pytest.approx(around[:, 1], rel=1e-8)


def test_roots() -> None:
    N = POLARISATIONS[:, 0]
    beta = eigenvalues(N)
    assert beta / np.tan(beta) == pytest.approx(np.broadcast_to(-N[:, None], beta.shape), rel=1e-9)


def test_it_solves_the_equation_that_it_claims() -> None:
    """u_t = u_xx, u = 0 in the middle, u_x = i = 1 - N u at the electrode; by explicit steps on a grid."""
    N, n = 2.0, 100
    h = 1.0 / n
    dt = 0.4 * h * h
    u = np.zeros(n + 1)
    found = []
    steps = int(1.0 / dt)
    for step in range(1, steps + 1):
        ghost = u[-2] + 2.0 * h * (1.0 - N * u[-1])
        u[1:] += dt / h**2 * np.diff(np.append(u, ghost), 2)
        if step % (steps // 20) == 0:
            found.append((step * dt, 1.0 - N * u[-1]))
    time, current = np.array(found).T
    assert current == pytest.approx(relaxation(time[None, :], np.array([[N]]))[0], rel=2e-3)


@pytest.mark.parametrize("theta", [0.01, 0.2, 1.0])
def test_slopes_are_those_of_differences(theta: float) -> None:
    h = 1e-5
    time = np.full((4, 1), theta)
    _, over_time, over_N = relaxation_and_slopes(time, POLARISATIONS)
    later, earlier = (relaxation(time * np.exp(sign * h), POLARISATIONS) for sign in (1, -1))
    more, less = (relaxation(time, POLARISATIONS * np.exp(sign * h)) for sign in (1, -1))
    assert over_time == pytest.approx((later - earlier) / (2.0 * h), abs=1e-8)
    assert over_N == pytest.approx((more - less) / (2.0 * h), abs=1e-8)
