"""The powder lines of a crystal structure, by structure factors."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from honeycell.analysis.diffraction.phases import Phase
from honeycell.physics.diffraction import plane_spacings, reciprocal_metric, structure_factor_squared
from honeycell.quantities.errors import InputError

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MOST_LINES = 400_000  # reflections generated: more is no powder pattern
BLOCK = 2_000_000  # products of reflection and atom held at once
SAME_SITE = 1e-3  # of a cell edge: images of a site closer than this are one atom
ABSENT = 1e-7  # of the strongest: forbidden, to rounding
POSITIVE = 2**48  # more than any code of three indices
SHORTEST = 0.75e-10  # m: spacings computed where no wavelength bounds them


@dataclass(frozen=True)
class CrystalLines:
    """The ``phase`` of a structure, with the ``multiplicity`` (n,) and ``square`` |F|2 (n,) of its lines; ``flags`` on how they were found."""

    phase: Phase
    multiplicity: Floats
    square: Floats
    flags: tuple[str, ...]


def lines_of_crystal(record: xr.Dataset, wavelength: float | None = None, largest: float = math.pi) -> CrystalLines:
    """All lines of a ``crystal/1`` record, by falling spacing.

    Parameters
    ----------
    record : with the attributes ``elements`` and ``symmetry_operations`` (JSON lists).
    wavelength : [m], lines up to the angle ``largest`` [rad]; without one, spacings down to 0.75 angstrom.

    Notes
    -----
    Neutral atoms, scattering factors of International Tables C (1992), table 6.1.1.4; no anomalous scattering. A site without a
    displacement factor is taken at rest, which a flag says.

    Raises
    ------
    InputError : no elements or operations, too many reflections.
    """
    shortest = SHORTEST if wavelength is None else wavelength / (2.0 * math.sin(largest / 2.0))
    lengths, angles = record["cell_length"].values.astype(float), record["cell_angle"].values.astype(float)
    operations = _operations(record)
    flags: list[str] = []
    positions, elements, occupancy, b = _atoms(record, operations, flags)
    metric = reciprocal_metric(lengths, angles)
    indices = _reflections(metric, lengths, shortest)
    indices, multiplicity = _families(indices, operations)
    spacing = plane_spacings(metric, indices)
    square = np.zeros(len(indices))
    rows = max(BLOCK // max(len(positions), 1), 1)
    for start in range(0, len(indices), rows):
        part = slice(start, start + rows)
        amplitudes = _amplitudes(elements, occupancy, b, spacing[part])
        square[part] = structure_factor_squared(indices[part], positions, amplitudes)
    strength = multiplicity * square
    there = np.flatnonzero(strength > ABSENT * strength.max(initial=0.0))
    order = there[np.argsort(-spacing[there], kind="stable")]
    title = str(record.attrs.get("title") or record.attrs.get("sample", ""))
    a, b_, c = (float(v) for v in lengths)
    alpha, beta, gamma = (float(v) for v in angles)
    phase = Phase(
        title, title, str(record.attrs.get("space_group", "")), _system(lengths, angles, operations), (a, b_, c), (alpha, beta, gamma),
        indices[order], strength[order],
    )  # fmt: skip
    return CrystalLines(phase, multiplicity[order], square[order], tuple(flags))


def _operations(record: xr.Dataset) -> list[tuple[NDArray[np.int_], Floats]]:
    import gemmi

    try:
        triplets = json.loads(record.attrs["symmetry_operations"])
        found = [gemmi.Op(str(each)) for each in triplets]
    except (KeyError, TypeError, ValueError, RuntimeError):
        raise InputError(
            "no symmetry operations in the structure", "symmetry_operations", "Read it from a CIF."
        ) from None
    if not found:
        raise InputError("no symmetry operations in the structure", "symmetry_operations", "Read it from a CIF.")
    return [(np.array(op.rot, int) // op.DEN, np.array([each / op.DEN for each in op.tran])) for op in found]


def _atoms(
    record: xr.Dataset, operations: list[tuple[NDArray[np.int_], Floats]], flags: list[str]
) -> tuple[Floats, list[str], Floats, Floats]:
    """All atoms of the cell: each site under each operation, those that coincide once."""
    sites = record["fractional_position"].values.astype(float)
    elements = [str(each) for each in json.loads(record.attrs.get("elements", "[]"))]
    if len(elements) != len(sites):
        raise InputError("the structure does not name the element of each site", "elements", "Read it from a CIF.")
    b = record["displacement_factor"].values.astype(float)
    if np.isnan(b).any():
        flags.append(
            f"displacement_factor: {int(np.isnan(b).sum())} sites have none and are taken at rest; high-angle lines come out too strong"
        )
    positions, owner = [], []
    for i, site in enumerate(sites):
        images: list[Floats] = []
        for rotation, shift in operations:
            image = (rotation @ site + shift) % 1.0
            if not images or np.min(np.abs((np.array(images) - image + 0.5) % 1.0 - 0.5).max(axis=1)) > SAME_SITE:
                images.append(image)
        positions += images
        owner += [i] * len(images)
    own = np.array(owner)
    return (
        np.array(positions),
        [elements[i] for i in owner],
        record["occupancy"].values.astype(float)[own],
        np.nan_to_num(b)[own],
    )


def _reflections(metric: Floats, lengths: Floats, shortest: float) -> NDArray[np.int_]:
    """Half of all indices with spacings of ``shortest`` or more."""
    # |h| <= a/d holds in any cell
    most = np.floor(lengths / shortest).astype(int)
    if np.prod(2.0 * most + 1.0) > 4 * MOST_LINES:
        raise InputError(
            f"the structure has some {np.prod(2.0 * most + 1.0):.2g} reflections",
            "wavelength",
            "Use a longer wavelength.",
        )
    h, k, l = np.meshgrid(*(np.arange(-n, n + 1) for n in most), indexing="ij")
    indices = np.stack([h.ravel(), k.ravel(), l.ravel()], axis=1)
    half = (indices[:, 0] > 0) | (
        (indices[:, 0] == 0) & ((indices[:, 1] > 0) | ((indices[:, 1] == 0) & (indices[:, 2] > 0)))
    )
    indices = indices[half]
    return indices[plane_spacings(metric, indices) >= shortest * (1.0 - 1e-9)]


def _families(
    indices: NDArray[np.int_], operations: list[tuple[NDArray[np.int_], Floats]]
) -> tuple[NDArray[np.int_], Floats]:
    """One of each set of symmetry-equivalent reflections, and how many belong to it."""
    if not len(indices):
        return indices, np.zeros(0)
    base = 2 * int(np.abs(indices).max()) * 3 + 3  # room for sums of indices in hexagonal axes
    rotations = np.unique(np.array([rotation for rotation, _ in operations]), axis=0)
    best = np.full(len(indices), -(2**62))
    for rotation in [*rotations, *-rotations]:
        turned = indices @ rotation
        code = (turned[:, 0] * base + turned[:, 1]) * base + turned[:, 2]
        # the name of a family: none of its indices negative if that can be, then the largest first
        best = np.maximum(best, code + POSITIVE * np.sum(turned >= 0, axis=1))
    _, first, count = np.unique(best, return_index=True, return_counts=True)
    code = (best[first] + POSITIVE // 2) % POSITIVE - POSITIVE // 2
    l = (code + base // 2) % base - base // 2
    rest = (code - l) // base
    k = (rest + base // 2) % base - base // 2
    return np.stack([(rest - k) // base, k, l], axis=1), 2.0 * count.astype(np.float64)


def _amplitudes(elements: list[str], occupancy: Floats, b: Floats, spacing: Floats) -> Floats:
    """Scattering factors (reflection, atom), damped by exp(-B/(4 d2))."""
    import gemmi

    stol2 = 1.0 / (2.0 * spacing) ** 2  # m^-2
    per_square_angstrom = stol2 * 1e-20
    result = np.empty((len(spacing), len(elements)))
    known = {
        symbol: np.array([gemmi.Element(symbol).it92.calculate_sf(s) for s in per_square_angstrom])
        for symbol in dict.fromkeys(elements)
    }
    for j, symbol in enumerate(elements):
        result[:, j] = known[symbol]
    return result * occupancy * np.exp(-np.outer(stol2, b))


def _system(lengths: Floats, angles: Floats, operations: list[tuple[NDArray[np.int_], Floats]]) -> str:
    """Crystal system by the rotations of the group, in the axes of the cell."""
    orders = [_order(rotation) for rotation, _ in operations]
    axes = {order: sum(each == order for each in orders) for order in (2, 3, 4, 6)}
    lattice = sum(np.array_equal(rotation, np.eye(3)) for rotation, _ in operations) or 1
    threefold, fourfold = axes[3] / lattice, axes[4] / lattice
    if threefold >= 8:
        return "cubic"
    if fourfold:
        return "tetragonal"
    if threefold or axes[6]:
        return "hexagonal" if abs(angles[2] - 2.0 * math.pi / 3.0) < 1e-3 else "rhombohedral"
    directions = {tuple(_axis(rotation)) for rotation, _ in operations if _order(rotation) == 2}
    if len(directions) >= 3:
        return "orthorhombic"
    if len(directions) == 1 and abs(angles[0] - math.pi / 2) < 1e-6 and abs(angles[2] - math.pi / 2) < 1e-6:
        return "monoclinic"
    return "triclinic"


def _order(rotation: NDArray[np.int_]) -> int:
    """Order of the proper part of a rotation."""
    proper = rotation * round(float(np.linalg.det(rotation)))
    return {3: 1, 2: 6, 1: 4, 0: 3, -1: 2}.get(int(np.trace(proper)), 1)


def _axis(rotation: NDArray[np.int_]) -> NDArray[np.int_]:
    """Direction that a twofold axis leaves alone: any column of 1 + R."""
    proper = rotation * round(float(np.linalg.det(rotation)))
    columns = (np.eye(3, dtype=int) + proper).T
    longest = columns[np.argmax(np.abs(columns).sum(axis=1))]
    divided = longest // np.gcd.reduce(longest)
    return divided if divided[np.flatnonzero(divided)[0]] > 0 else -divided
