"""Groups of overlapping lines fitted to a pattern."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from honeycell.numerics.least_squares import levenberg_marquardt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Start = tuple[float, float, float]
    """Position and width [rad] and height of a line before its fit: (position, height, width)."""

REACH = 5.0  # widths on either side of a line that its fit sees: a Lorentzian tail is 1 % of the top there
LARGEST_GROUP = 14  # lines fitted together; longer chains are cut at their widest gap
GAUSSIAN = 4.0 * math.log(2.0)
MISFIT = 3.0  # standard deviations of chi-square beyond which errors are scaled by it
START_MIXING = 0.0  # logit of the Lorentzian share, half
WIDEST_CHANGE = 1.5  # of any scaled parameter in one step
STEPS = 120  # of a fit; most end within twenty
PURE = 1e-4  # nearest to 0 or 1 that a held Lorentzian share is
PINNED = 1e6  # standard error of a logit that the data do not bound


@dataclass(frozen=True, slots=True)
class Doublet:
    """Second line of a tube: ``ratio`` of wavelengths alpha2/alpha1 and its ``share`` of the height of the first."""

    ratio: float
    share: float


@dataclass(frozen=True, slots=True)
class Line:
    """A fitted line: ``position`` 2 theta, ``height``, ``width`` (full width at half maximum), ``area``; errors, all in rad and counts.

    ``mixing`` is the Lorentzian share of the pseudo-Voigt; ``chi_square`` is per degree of freedom of its group.
    """

    position: float
    height: float
    width: float
    area: float
    mixing: float
    position_error: float
    height_error: float
    width_error: float
    area_error: float
    mixing_error: float
    chi_square: float

    @property
    def start(self) -> Start:
        """Where a further fit begins."""
        return self.position, self.height, self.width


def pseudo_voigt(x: Floats, position: float, width: float, mixing: float) -> Floats:
    """Profile of unit height at x (n,): eta Lorentzian + (1 - eta) Gaussian of one full width at half maximum.

    Source: Wertheim, Butler, West & Buchanan, Rev. Sci. Instrum. 45 (1974) 1369, doi:10.1063/1.1686503.
    """
    t2 = ((x - position) / width) ** 2
    return mixing / (1.0 + 4.0 * t2) + (1.0 - mixing) * np.exp(-GAUSSIAN * t2)


def area_factor(mixing: float) -> float:
    """Area over height times width."""
    return mixing * math.pi / 2.0 + (1.0 - mixing) * math.sqrt(math.pi / GAUSSIAN)


def second_position(position: Floats, doublet: Doublet) -> tuple[Floats, Floats]:
    """Where alpha2 diffracts from the planes that bring alpha1 to ``position``, and its derivative."""
    sine = np.minimum(doublet.ratio * np.sin(position / 2.0), 1.0 - 1e-12)
    return 2.0 * np.arcsin(sine), doublet.ratio * np.cos(position / 2.0) / np.sqrt(1.0 - sine**2)


@dataclass(frozen=True, slots=True)
class Pattern:
    """Net intensities over 2 theta [rad] with their standard errors."""

    x: Floats
    net: Floats
    error: Floats


def groups_of(position: Floats, width: Floats) -> list[NDArray[np.intp]]:
    """Indices of lines (sorted by position) whose windows overlap."""
    if not position.size:
        return []
    begin, end = position - REACH * width, position + REACH * width
    reached = np.maximum.accumulate(end)
    cuts = np.flatnonzero(begin[1:] > reached[:-1]) + 1
    result: list[NDArray[np.intp]] = []
    todo = [part.astype(np.intp) for part in np.split(np.arange(position.size), cuts)]
    while todo:
        part = todo.pop()
        if part.size <= LARGEST_GROUP:
            result.append(part)
            continue
        gaps = np.diff(position[part])[1:-1]
        cut = int(np.argmax(gaps)) + 2
        todo += [part[:cut], part[cut:]]
    return sorted(result, key=lambda part: part[0])


def curve_of(lines: Sequence[Line], x: Floats, doublet: Doublet | None) -> Floats:
    """Sum of the lines at x (n,) [rad], tails and all."""
    result = np.zeros_like(x)
    for line in lines:
        result += line.height * pseudo_voigt(x, line.position, line.width, line.mixing)
        if doublet is not None:
            second = float(second_position(np.array(line.position), doublet)[0])
            result += doublet.share * line.height * pseudo_voigt(x, second, line.width, line.mixing)
    return result


def fit_group(
    pattern: Pattern, starts: Sequence[Start], doublet: Doublet | None, *, mixing: float | None = None
) -> tuple[list[Line], slice]:
    """Lines from ``starts``, with a straight correction of the baseline beneath.

    One Lorentzian share for all lines of the group; where it is given as ``mixing``, it and the widths are held. Errors are of the
    linearised fit, scaled by chi-square where that is beyond chance.

    Returns
    -------
    Lines in the order of ``starts``; the window of the pattern.
    """
    position, height, width = (np.array(column, float) for column in zip(*starts, strict=True))
    low = np.searchsorted(pattern.x, (position - REACH * width).min())
    high = np.searchsorted(pattern.x, (position + REACH * width).max(), side="right")
    missing = 3 * position.size + 6 - int(high - low)
    if missing > 0:
        low, high = max(int(low) - missing, 0), min(int(high) + missing, pattern.x.size)
    window = slice(int(low), int(high))
    model = _Model(pattern.x[window], pattern.net[window], pattern.error[window], position, height, width, doublet)
    frozen = np.zeros(model.size, bool)
    if mixing is not None:
        frozen[2 * model.n : 3 * model.n + 1] = True
        share = min(max(mixing, PURE), 1.0 - PURE)
        model.start[3 * model.n] = math.log(share / (1.0 - share))
    found = levenberg_marquardt(
        model.evaluate, model.start[None], tolerance=1e-8, steps=STEPS, reach=WIDEST_CHANGE, frozen=frozen
    )
    return model.lines(found.x[0], found.curvature[0], float(found.cost[0]), frozen), window


class _Model:
    """Parameters: position in starting widths, log height, log width of each line; logit mixing; offset and slope of the baseline."""

    def __init__(
        self,
        x: Floats,
        y: Floats,
        error: Floats,
        position: Floats,
        height: Floats,
        width: Floats,
        doublet: Doublet | None,
    ) -> None:
        self.x, self.y, self.error, self.doublet = x, y, error, doublet
        self.position, self.width, self.n = position, width, position.size
        self.size = 3 * self.n + 3
        self.middle, self.half = 0.5 * (x[0] + x[-1]), max(0.5 * (x[-1] - x[0]), 1e-9)
        self.level = float(np.median(error))
        self.start = np.concatenate(
            [np.zeros(self.n), np.log(np.maximum(height, 1e-12)), np.zeros(self.n), [START_MIXING, 0.0, 0.0]]
        )

    def _unpack(self, p: Floats) -> tuple[Floats, Floats, Floats, float]:
        n = self.n
        bounded = np.clip(p, -60.0, 60.0)
        position = self.position + self.width * p[:n]
        return (
            position,
            np.exp(bounded[n : 2 * n]),
            self.width * np.exp(bounded[2 * n : 3 * n]),
            float(1.0 / (1.0 + np.exp(-bounded[3 * n]))),
        )

    def _evaluate_one(self, p: Floats) -> tuple[Floats, Floats]:
        n = self.n
        position, height, width, mixing = self._unpack(p)
        jacobian = np.zeros((self.size, self.x.size))
        curve = np.zeros_like(self.x)
        places: list[tuple[Floats, Floats | float, float]] = [(position, 1.0, 1.0)]
        if self.doublet is not None:
            second, slope = second_position(position, self.doublet)
            places.append((second, slope, self.doublet.share))
        for place, slope, share in places:
            t = (self.x - place[:, None]) / width[:, None]
            lorentz = 1.0 / (1.0 + 4.0 * t**2)
            gauss = np.exp(-GAUSSIAN * t**2)
            top = share * height[:, None]
            shape = top * (mixing * lorentz + (1.0 - mixing) * gauss)
            # derivative by t, from which those by position and width follow
            by_t = top * (-8.0 * mixing * t * lorentz**2 - 2.0 * GAUSSIAN * (1.0 - mixing) * t * gauss)
            curve += shape.sum(axis=0)
            jacobian[:n] -= by_t / width[:, None] * (self.width * slope)[:, None]
            jacobian[n : 2 * n] += shape
            jacobian[2 * n : 3 * n] -= by_t * t
            jacobian[3 * n] += np.sum(top * (lorentz - gauss), axis=0) * mixing * (1.0 - mixing)
        ramp = (self.x - self.middle) / self.half
        jacobian[3 * n + 1], jacobian[3 * n + 2] = self.level, self.level * ramp
        curve += self.level * (p[3 * n + 1] + p[3 * n + 2] * ramp)
        return (curve - self.y) / self.error, jacobian / self.error

    def evaluate(self, p: Floats, rows: NDArray[np.intp]) -> tuple[Floats, Floats]:
        """Residuals and Jacobians of the one member that the batch has."""
        del rows
        pairs = [self._evaluate_one(each) for each in p]
        return np.stack([r for r, _ in pairs]), np.stack([j for _, j in pairs])

    def lines(self, p: Floats, curvature: Floats, cost: float, frozen: NDArray[np.bool_]) -> list[Line]:
        """The lines with errors by the inverse of the curvature."""
        n = self.n
        position, height, width, mixing = self._unpack(p)
        free = ~frozen
        freedom = max(self.x.size - int(free.sum()), 1)
        reduced = cost / freedom
        scale = reduced if reduced > 1.0 + MISFIT * math.sqrt(2.0 / freedom) else 1.0
        covariance = np.zeros((self.size, self.size))
        inner = curvature[np.ix_(free, free)]
        root = np.sqrt(np.maximum(np.diag(inner), 1e-30))
        # a logit at its end has no curvature: the ridge says no more than that it is anywhere
        scaled = inner / np.outer(root, root) + np.eye(len(root)) * 1e-12
        covariance[np.ix_(free, free)] = scale * np.linalg.pinv(scaled, hermitian=True) / np.outer(root, root)
        error = np.minimum(np.sqrt(np.maximum(np.diag(covariance), 0.0)), PINNED)
        factor = area_factor(mixing)
        by_mixing = (math.pi / 2.0 - math.sqrt(math.pi / GAUSSIAN)) / factor * mixing * (1.0 - mixing)
        total = 1.0 + (self.doublet.share if self.doublet is not None else 0.0)
        result = []
        for i in range(n):
            gradient = np.zeros(self.size)
            gradient[[n + i, 2 * n + i, 3 * n]] = 1.0, 1.0, by_mixing
            relative = math.sqrt(max(float(gradient @ covariance @ gradient), 0.0))
            area = float(height[i] * width[i] * factor * total)
            result.append(
                Line(
                    float(position[i]), float(height[i]), float(width[i]), area, mixing,
                    float(error[i] * self.width[i]), float(error[n + i] * height[i]), float(error[2 * n + i] * width[i]),
                    relative * area, min(float(error[3 * n]) * mixing * (1.0 - mixing), 1.0), reduced,
                )
            )  # fmt: skip
        return result
