"""What the current of a transient may be made of, from the simplest on, with slopes for a fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from honeycell.analysis.transference.relaxation import relaxation_and_slopes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

POLARISATION, LENGTH = (-9.0, 5.0), (-16.0, 5.0)  # ln of N and of tau over the record's length: beyond, nothing changes
FASTEST = 15.0  # the interfaces' rate times the record's length, at most: faster is the double layer, not a film
SLOWEST = 1e-3  # likewise: slower is in proportion to time
STEP = 1e-6  # of a numerical slope


@dataclass(frozen=True, slots=True)
class Model:
    """The first ``size`` of: I0, ln N, ln tau, the interfaces' growth, a number for its rate; ``words`` for people.

    The growth is the change of their resistance by the end over the cell's whole resistance: it divides the current.
    """

    size: int
    words: str


CONSTANT = Model(1, "a constant current")
DIFFUSION = Model(3, "diffusion of the salt between two electrodes")
CHANGING = Model(5, "diffusion of the salt between two electrodes with interfaces that change")


def value_and_slopes(model: Model, x: Floats, time: Floats) -> tuple[Floats, Floats]:
    """Currents (b, m) of parameters (b, k) at times (m,) over the record's length, and their slopes (b, k, m)."""
    if model is CONSTANT:
        return np.repeat(x, time.size, axis=1), np.ones((len(x), 1, time.size))
    x = within_bounds(x)
    N, tau = np.exp(x[:, 1:2]), np.exp(x[:, 2:3])
    shape, over_time, over_N = relaxation_and_slopes(time / tau, N)
    value = x[:, :1] * shape
    slopes = [shape, x[:, :1] * over_N, -x[:, :1] * over_time]
    if model is CHANGING:
        share = film_share(x[:, 4:5], time)
        steeper = (film_share(x[:, 4:5] + STEP, time) - share) / STEP
        left = 1.0 + x[:, 3:4] * share
        with np.errstate(divide="ignore", invalid="ignore"):  # a wild step of a fit, which is then refused
            value = value / left
            slopes = [*(slope / left for slope in slopes), -value * share / left, -value * x[:, 3:4] * steeper / left]
    return value, np.stack(slopes, axis=1)


def within_bounds(x: Floats) -> Floats:
    """Parameters (..., k) with ln N and ln tau held where they still change something."""
    result = x.copy()
    for place, bounds in ((1, POLARISATION), (2, LENGTH)):
        if x.shape[-1] > place:
            result[..., place] = np.clip(x[..., place], *bounds)
    return result


def film_share(rate: Floats, time: Floats) -> Floats:
    """The interfaces' growth at some times over that at the end, (1 - exp(-k t))/(1 - exp(-k)), k bounded by a logistic of ``rate``."""
    k = SLOWEST + FASTEST / (1.0 + np.exp(-np.clip(rate, -30.0, 30.0)))
    return np.expm1(-k * time) / np.expm1(-k)
