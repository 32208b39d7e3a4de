"""Effective conductivity of a voxel map, one component of its tensor: finite volumes, conjugate gradients, multigrid."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from honeycell.numerics.distance import in_slabs
from honeycell.numerics.multigrid import Multigrid
from honeycell.numerics.topology import percolating_part

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

TOLERANCE = 1e-6  # currents gone astray over the current that passes; the value is then right to about the square of it
MOST_ITERATIONS = 500  # hard cases (white noise at the percolation threshold, contrast 1e6) take some forty
LEAST_HALVED = 4  # voxels along an axis below which half the resolution tells nothing


@dataclass(frozen=True, slots=True)
class Conduction:
    """What a map conducts along one axis.

    ``value`` is in the unit of the conductivities given; ``residual`` the sum of the currents that go astray in the voxels over the
    current that passes, ``imbalance`` what leaves less what enters over the same: never more than the residual.
    ``half_resolution`` is the value of the map with every second voxel only, None where it was not asked for or cannot be had.
    """

    value: float
    residual: float
    imbalance: float
    iterations: int
    percolates: bool
    half_resolution: float | None = None
    flags: tuple[str, ...] = ()

    @property
    def discretisation_error(self) -> float | None:
        """Change of the value on halving the resolution: the error, where that falls as the voxel."""
        return None if self.half_resolution is None else abs(self.value - self.half_resolution)

    @property
    def extrapolated(self) -> float | None:
        """Richardson's value for voxels of no size, for bodies that the map resolves; bounds on the value do not bind it."""
        return None if self.half_resolution is None else 2.0 * self.value - self.half_resolution


@dataclass(frozen=True, slots=True)
class Tortuosity:
    """``factor`` tau in D_eff/D = eps/tau (a factor, not its square root), ``share`` eps of the phase, infinite tau where nothing passes."""

    factor: float
    share: float
    conduction: Conduction


def effective_conductivity(
    phases: ArrayLike,
    conductivities: Mapping[int, float],
    axis: int = 0,
    voxel_size: float | Sequence[float] = 1.0,
    *,
    periodic: bool = True,
    tolerance: float = TOLERANCE,
    with_error: bool = True,
) -> Conduction:
    """Conductivity of a map of phases between two opposite faces held at fixed potentials.

    Parameters
    ----------
    phases : whole numbers, two or three dimensions.
    conductivities : one for each number that occurs, not negative; zero insulates.
    axis : along which the current passes.
    voxel_size : edge length, one for all axes or one for each.
    periodic : whether the map goes on beyond its side walls; else these insulate. Beyond the two faces lie ideal electrodes.
    tolerance : bound of the residual.
    with_error : whether two maps of half the resolution are solved too, for the discretisation error (a quarter more time).

    Returns
    -------
    Conduction. Where no way leads from face to face the value is 0 and ``flags`` says ``not_percolating``.

    Raises
    ------
    ValueError : another number of dimensions, an empty map, an axis or sizes that cannot be, a phase without conductivity.

    Between the centres of two voxels lie half of each in series (harmonic mean), so that layers across or along the current are exact;
    the error of a smooth body falls about as the voxel, that of touching corners as a power below one of it (Keller, J. Math. Phys. 28 (1987)
    2516, doi:10.1063/1.527741). Walls of one or two voxels are not resolved. Memory: about 170 bytes a voxel.
    """
    labels = np.asarray(phases)
    sizes = _checked(labels, axis, voxel_size)
    if labels.ndim == 2:
        labels, sizes = labels[:, :, None], (*sizes, 1.0)
    k = _looked_up(np.moveaxis(labels, axis, 0), conductivities)
    order = [axis, *(a for a in range(3) if a != axis)]
    spacing = tuple(sizes[a] for a in order)
    half = None
    if with_error and all(n == 1 or n >= LEAST_HALVED for n in k.shape):
        wide = _doubled(spacing, k.shape)
        half = 0.5 * sum(_solved(_half(k, shift), wide, periodic, tolerance).value for shift in (0, 1))
    return replace(_solved(k, spacing, periodic, tolerance), half_resolution=half)


def tortuosity_factor(
    phase: ArrayLike,
    axis: int = 0,
    voxel_size: float | Sequence[float] = 1.0,
    *,
    periodic: bool = True,
    tolerance: float = TOLERANCE,
    with_error: bool = True,
) -> Tortuosity:
    r"""Tortuosity factor of one phase, all others insulating.

    .. math:: D_\mathrm{eff} / D = \varepsilon / \tau

    with the share :math:`\varepsilon` of the whole phase, dead ends and islands included.

    Parameters
    ----------
    phase : booleans;  the rest as for :func:`effective_conductivity`.

    Source: the convention of Cooper et al., SoftwareX 5 (2016) 203, doi:10.1016/j.softx.2016.09.002.

    >>> tortuosity_factor(np.ones((4, 4, 4), bool)).factor
    1.0
    """
    inside = np.asarray(phase, bool)
    found = effective_conductivity(
        inside, {0: 0.0, 1: 1.0}, axis, voxel_size, periodic=periodic, tolerance=tolerance, with_error=with_error
    )
    share = float(inside.mean())
    return Tortuosity(share / found.value if found.value > 0.0 else math.inf, share, found)


def _checked(labels: NDArray[np.generic], axis: int, voxel_size: float | Sequence[float]) -> tuple[float, ...]:
    if labels.ndim not in (2, 3) or labels.size == 0:
        raise ValueError(f"a map of shape {labels.shape}; expected two or three dimensions")
    if labels.dtype.kind not in "biu":
        raise ValueError(f"phases are of type {labels.dtype}; expected whole numbers")
    if axis not in range(labels.ndim):
        raise ValueError(f"axis {axis} of a map of {labels.ndim} dimensions")
    sizes = np.broadcast_to(np.asarray(voxel_size, float), (labels.ndim,))
    if not (np.isfinite(sizes).all() and (sizes > 0.0).all()):
        raise ValueError(f"voxel_size {voxel_size!r} is not positive")
    return tuple(sizes.tolist())


def _looked_up(labels: NDArray[np.generic], conductivities: Mapping[int, float]) -> Floats:
    """Conductivity of each voxel, a copy of its own in the order of memory."""
    present, place = np.unique(labels, return_inverse=True)
    values = []
    for label in present.tolist():
        value = conductivities.get(int(label))
        if value is None or not (math.isfinite(value) and value >= 0.0):
            raise ValueError(f"conductivity of phase {int(label)} is {value!r}; expected a number of zero or more")
        values.append(float(value))
    return np.ascontiguousarray(np.array(values)[place.reshape(labels.shape)])


def _half(k: Floats, shift: int) -> Floats:
    """Every second voxel along each axis; of an odd number the last is left out."""
    return np.ascontiguousarray(k[tuple(slice(None) if n == 1 else slice(shift, n - n % 2, 2) for n in k.shape)])


def _doubled(spacing: tuple[float, ...], shape: tuple[int, ...]) -> tuple[float, ...]:
    return tuple(d if n == 1 else 2.0 * d for d, n in zip(spacing, shape, strict=True))


def _solved(k: Floats, spacing: tuple[float, ...], periodic: bool, tolerance: float) -> Conduction:
    """Current along the first axis between potentials 1 and 0; ``k`` may be changed."""
    largest = float(k.max())
    if largest == 0.0 or not _way_through(k, periodic):
        return Conduction(0.0, 0.0, 0.0, 0, False, flags=("not_percolating: no conducting way from face to face",))
    k /= largest
    spacing = tuple(d / spacing[0] for d in spacing)  # single precision holds no nanometres cubed
    volume = math.prod(spacing)
    along = [_conductances(k, axis, volume / spacing[axis] ** 2, axis > 0 and periodic) for axis in range(3)]
    source, ground = np.zeros_like(k), np.zeros_like(k)
    source[0] = 2.0 * k[0] * volume / spacing[0] ** 2
    ground[0] = source[0]
    ground[-1] += 2.0 * k[-1] * volume / spacing[0] ** 2
    height = k.shape[0]
    x = np.where(k > 0.0, 1.0 - (np.arange(height)[:, None, None] + 0.5) / height, 0.0)
    residual, iterations = _conjugate_gradients(along, ground, source, x, tolerance)
    # the energy, right to second order in what is left of the residual r: sum of the source - b.x - x.r
    left = source - _image(along, ground, x)
    entering = float(np.sum(source[0] * (1.0 - x[0])))
    leaving = float(np.sum((ground[-1] - (source[-1] if height == 1 else 0.0)) * x[-1]))
    energy = float(source[0].sum()) - float(np.vdot(source[0], x[0])) - float(np.vdot(x, left))
    factor = largest * height * spacing[0] / (math.prod(k.shape[1:]) * volume / spacing[0])
    flags = () if residual <= tolerance else (f"not_converged: residual {residual:.1e} after {iterations} iterations",)
    return Conduction(factor * energy, residual, abs(entering - leaving) / energy, iterations, True, flags=flags)


def _way_through(k: Floats, periodic: bool) -> bool:
    """Whether some way leads through; what lies on none is made insulating, as it carries no current."""
    if k.min() > 0.0:
        return True
    part = percolating_part(k > 0.0, 0, periodic=(False, periodic, periodic))
    k[~part] = 0.0
    return bool(part.any())


def _conductances(k: Floats, axis: int, scale: float, periodic: bool) -> Floats:
    """From each voxel to the next along ``axis``, the last one's to the first."""
    after = np.roll(k, -1, axis)
    result = np.zeros_like(k)
    np.divide(2.0 * scale * k * after, k + after, out=result, where=(k > 0.0) & (after > 0.0))
    if not periodic or k.shape[axis] == 1:
        result[(slice(None),) * axis + (-1,)] = 0.0
    return result


def _conjugate_gradients(
    along: list[Floats], ground: Floats, source: Floats, x: Floats, tolerance: float
) -> tuple[float, int]:
    """Improves ``x`` in place; returns the residual and the number of iterations.

    Flexible form (Polak & Ribiere's), as the preconditioner is not the same matrix each time.
    """
    inverse = Multigrid((along[0], along[1], along[2]), ground)
    n = len(x)
    sums = np.zeros((3, n))
    p, q = np.zeros_like(x), np.zeros_like(x)
    r = source - _image(along, ground, x)
    astray = float(np.abs(r).sum())
    step = before = 1.0
    for iteration in range(MOST_ITERATIONS + 1):
        current = float(np.sum(source[0] * (1.0 - x[0])))
        if astray <= tolerance * current or iteration == MOST_ITERATIONS:
            return astray / current if current > 0.0 else math.inf, iteration
        z = inverse(r)
        in_slabs(partial(_products, r, q, z, sums), n)
        rz, qz = sums[0].sum(), sums[1].sum()
        beta = -step * qz / before if iteration else 0.0
        in_slabs(partial(_turn, p, z, beta, r, sums), n)
        in_slabs(partial(_image_of, *along, ground, p, q, sums), n)
        step = sums[0].sum() / sums[1].sum()
        in_slabs(partial(_move, x, r, p, q, step, sums), n)
        astray, before = float(sums[0].sum()), rz
    raise AssertionError


def _image(along: list[Floats], ground: Floats, x: Floats) -> Floats:
    result, sums = np.empty_like(x), np.zeros((3, len(x)))
    in_slabs(partial(_image_of, *along, ground, x, result, sums), len(x))
    return result


@njit(cache=True, nogil=True)
def _products(r, q, z, sums, first, last):  # pragma: no cover  (compiled)
    for i in range(first, last):
        rz = qz = 0.0
        for j in range(r.shape[1]):
            for k in range(r.shape[2]):
                rz += r[i, j, k] * z[i, j, k]
                qz += q[i, j, k] * z[i, j, k]
        sums[0, i], sums[1, i] = rz, qz


@njit(cache=True, nogil=True)
def _turn(p, z, beta, r, sums, first, last):  # pragma: no cover  (compiled)
    for i in range(first, last):
        rp = 0.0
        for j in range(r.shape[1]):
            for k in range(r.shape[2]):
                p[i, j, k] = z[i, j, k] + beta * p[i, j, k]
                rp += r[i, j, k] * p[i, j, k]
        sums[0, i] = rp


@njit(cache=True, nogil=True)
def _move(x, r, p, q, step, sums, first, last):  # pragma: no cover  (compiled)
    for i in range(first, last):
        astray = 0.0
        for j in range(r.shape[1]):
            for k in range(r.shape[2]):
                x[i, j, k] += step * p[i, j, k]
                r[i, j, k] -= step * q[i, j, k]
                astray += abs(r[i, j, k])
        sums[0, i] = astray


@njit(cache=True, nogil=True)
def _image_of(a0, a1, a2, ground, x, image, sums, first, last):  # pragma: no cover  (compiled)
    """``image`` = A x, and x.A x by planes."""
    n0, n1, n2 = x.shape
    for i in range(first, last):
        h, l = (i - 1) % n0, (i + 1) % n0
        total = 0.0
        for j in range(n1):
            g, m = (j - 1) % n1, (j + 1) % n1
            for k in range(n2):
                f = k - 1 if k > 0 else n2 - 1
                n = k + 1 if k < n2 - 1 else 0
                c = x[i, j, k]
                out = a0[h, j, k] * (c - x[h, j, k]) + a0[i, j, k] * (c - x[l, j, k])
                out += a1[i, g, k] * (c - x[i, g, k]) + a1[i, j, k] * (c - x[i, m, k])
                out += a2[i, j, f] * (c - x[i, j, f]) + a2[i, j, k] * (c - x[i, j, n])
                out += ground[i, j, k] * c
                image[i, j, k] = out
                total += c * out
        sums[1, i] = total
