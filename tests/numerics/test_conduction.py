"""The solver against what is known without it: layers, arrays of spheres, chessboards, bounds, other people's values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from honeycell.numerics.conduction import effective_conductivity, tortuosity_factor

TWO = {0: 1.0, 1: 0.03}


def blobs(shape: tuple[int, ...], width: float, share: float, seed: int) -> np.ndarray:
    field = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal(shape), width, mode="wrap")
    return field < np.quantile(field, share)


@pytest.mark.parametrize("contrast", [0.5, 1e-3, 1e-6])
@pytest.mark.parametrize("shape", [(24, 12, 20), (17, 9)])
def test_layers_are_exact(shape: tuple[int, ...], contrast: float) -> None:
    """Across the layers resistances add, along them conductances."""
    layers = np.zeros(shape, int)
    layers[4:9] = 1
    layers[12] = 2
    k = {0: 2.0, 1: 2.0 * contrast, 2: 0.7}
    shares = np.bincount(layers[:, 0].ravel(), minlength=3) / layers[:, 0].size
    values = np.array([k[0], k[1], k[2]])
    across = effective_conductivity(layers, k, 0, with_error=False, tolerance=1e-9)
    assert across.value == pytest.approx(1.0 / np.sum(shares / values), rel=1e-9)
    for axis in range(1, len(shape)):
        beside = effective_conductivity(layers, k, axis, with_error=False)
        assert beside.value == pytest.approx(np.sum(shares * values), rel=1e-9)


def of_spheres(share: float, ratio: float) -> float:
    """Conductivity of a simple cubic array of spheres over that of the matrix, up to the multipoles of order 9.

    Sangani & Acrivos, Proc. R. Soc. Lond. A 386 (1983) 263, doi:10.1098/rspa.1983.0036; constants of the simple cubic lattice.
    """
    L1, L2, L3, L4, L5 = ((ratio - 1.0) / (ratio + 2.0 * n / (2.0 * n - 1.0)) for n in range(1, 6))
    f = share
    D = (
        -1.0 / L1
        + f
        + 1.3047 * L2 * f ** (10 / 3) * (1.0 + 0.2305 * L3 * f ** (11 / 3)) / (1.0 - 0.4054 * L2 * f ** (7 / 3))
    )
    D += 0.07231 * L3 * f ** (14 / 3) + 0.1526 * L4 * f**6 + 0.0105 * L5 * f ** (22 / 3)
    return 1.0 - 3.0 * f / D


def eighth_of_a_cell(n: int, share: float) -> np.ndarray:
    squared = (((np.indices((n,) * 3) + 0.5) / n) ** 2).sum(axis=0)
    return squared < np.sort(squared.ravel())[round(share * n**3)]


@pytest.mark.parametrize("ratio", [0.0, 0.1, 10.0, 1e6])
@pytest.mark.parametrize("share", [0.1, 0.25, 0.4])
def test_arrays_of_spheres(share: float, ratio: float) -> None:
    """Cells of 112 voxels; mirror planes are equipotentials or insulate, so an eighth of the cell is enough."""
    sphere = eighth_of_a_cell(56, share)
    found = effective_conductivity(sphere, {0: 1.0, 1: ratio}, periodic=False)
    expected = of_spheres(sphere.mean(), ratio)
    assert found.extrapolated == pytest.approx(expected, rel=5e-3)
    # what the map itself has is off by no more than it says, give or take the noise of the digital spheres
    assert abs(found.value - expected) < 1.5 * found.discretisation_error + 1e-3 * expected


@pytest.mark.parametrize("ratio", [2.0, 10.0])
def test_a_chessboard_converges_as_its_corners_allow(ratio: float) -> None:
    """sqrt(k1 k2) (Dykhne 1970, Keller 1964); the error falls as h^(2 lambda), lambda = 4/pi atan(k2/k1)^(1/2) (Kellogg 1975)."""
    error = []
    for n in (8, 16, 32, 64):
        board = np.zeros((2 * n, 2 * n), int)
        board[:n, :n] = board[n:, n:] = 1
        # electrodes in the middle of the squares, where symmetry makes the potential constant
        found = effective_conductivity(np.roll(board, n // 2, 0), {0: 1.0, 1: ratio}, with_error=False)
        error.append(1.0 - found.value / np.sqrt(ratio))
    order = np.log2(error[-2] / error[-1])
    assert order == pytest.approx(8.0 / np.pi * np.arctan(ratio**-0.5), abs=0.04)


def test_exchanged_phases_in_a_plane_are_reciprocal() -> None:
    """k_x of a medium and k_y of its dual multiply to k1 k2 (Keller, J. Math. Phys. 5 (1964) 548); with electrodes, the dual insulates."""
    medium = blobs((256, 256), 12.0, 0.4, 1)
    k = effective_conductivity(medium, {0: 1.0, 1: 4.0}, 0, periodic=False)
    dual = effective_conductivity(medium, {0: 4.0, 1: 1.0}, 1, periodic=False)
    assert k.extrapolated * dual.extrapolated == pytest.approx(4.0, rel=0.01)


@given(
    st.integers(0, 10**6),
    st.sampled_from([0.0, 1.0, 2.0]),
    st.floats(0.05, 0.95),
    st.sampled_from([0.0, 1e-6, 1e-3, 0.3]),
)
def test_bounds_are_kept(seed: int, width: float, share: float, low: float) -> None:
    """Wiener's for every map; they hold for the voxels' own network too, as it is a medium whose fields are tested in parts."""
    phase = blobs((12, 10, 11), width, share, seed)
    f = phase.mean()
    found = effective_conductivity(phase, {0: low, 1: 1.0}, with_error=False)
    assert found.value <= (f + (1.0 - f) * low) * (1.0 + 1e-9)
    assert found.value >= (1.0 / (f + (1.0 - f) / low) if low else 0.0) * (1.0 - 1e-6)
    assert found.imbalance <= found.residual + 1e-12
    assert not [flag for flag in found.flags if flag.startswith("not_converged")]


@settings(max_examples=8)
@given(st.integers(0, 10**6), st.floats(0.1, 0.9), st.sampled_from([1e-3, 0.1, 5.0]))
def test_bounds_of_isotropic_media_are_kept(seed: int, share: float, ratio: float) -> None:
    """Hashin & Shtrikman, J. Appl. Phys. 33 (1962) 3125, within the spread of the three axes of a small map."""
    phase = blobs((16, 16, 16), 1.2, share, seed)
    f = phase.mean()
    k = [effective_conductivity(phase, {0: 1.0, 1: ratio}, axis, with_error=False).value for axis in range(3)]
    ends = [
        1.0 + f / (1.0 / (ratio - 1.0) + (1.0 - f) / 3.0),
        ratio + (1.0 - f) / (1.0 / (1.0 - ratio) + f / (3.0 * ratio)),
    ]
    spread = float(np.ptp(k))
    assert min(ends) - spread <= np.mean(k) <= max(ends) + spread


@settings(max_examples=8)
@given(st.integers(0, 10**6))
def test_turning_scaling_and_magnifying(seed: int) -> None:
    phase = blobs((10, 12, 14), 1.0, 0.5, seed)
    found = effective_conductivity(phase, TWO, 2, with_error=False, tolerance=1e-9).value
    for other, axis in ((phase.T, 0), (np.swapaxes(phase, 0, 1), 2), (phase[:, :, ::-1], 2), (phase[:, ::-1], 2)):
        assert effective_conductivity(other, TWO, axis, with_error=False, tolerance=1e-9).value == pytest.approx(
            found, rel=1e-7
        )
    seven = {label: 7e-3 * value for label, value in TWO.items()}
    assert effective_conductivity(phase, seven, 2, 3e-9, with_error=False).value == pytest.approx(
        7e-3 * found, rel=1e-7
    )
    moved = np.roll(phase, 3, 0)
    assert effective_conductivity(moved, TWO, 2, with_error=False).value == pytest.approx(found, rel=1e-7)


def test_oblong_voxels_are_what_several_cubes_are() -> None:
    layers = np.random.default_rng(0).integers(0, 3, (6, 1, 1))
    cubes = np.repeat(layers, 4, axis=0)
    k = {0: 1.0, 1: 0.2, 2: 5.0}
    one = effective_conductivity(np.broadcast_to(layers, (6, 5, 5)), k, 0, (4.0, 1.0, 1.0), with_error=False)
    other = effective_conductivity(np.broadcast_to(cubes, (24, 5, 5)), k, 0, with_error=False)
    assert one.value == pytest.approx(other.value, rel=1e-9)


def test_three_phases_lie_between_the_two_that_bracket_them() -> None:
    field = ndimage.gaussian_filter(np.random.default_rng(3).standard_normal((24,) * 3), 2.0, mode="wrap")
    phase = np.digitize(field, np.quantile(field, [0.4, 0.8]))
    low, mid, high = (
        effective_conductivity(phase, {0: 1.0, 1: k, 2: 1e-3}, with_error=False).value for k in (1e-3, 0.1, 1.0)
    )
    assert low < mid < high


@pytest.mark.parametrize("low", [0.0, 1e-6])
def test_white_noise_near_its_threshold_is_solved(low: float) -> None:
    """Sites open at 0.35, percolating from 0.3116: islands, dead ends and a contrast of 1e6."""
    phase = np.random.default_rng(0).random((40,) * 3) < 0.35
    found = effective_conductivity(phase, {0: low, 1: 1.0}, with_error=False)
    assert found.iterations < 60
    assert 0.003 < found.value < 0.02
    assert found.imbalance <= found.residual < 1e-6


def test_no_way_through_is_nothing_and_says_so() -> None:
    phase = np.ones((8, 8, 8), bool)
    phase[4] = False
    found = tortuosity_factor(phase)
    assert found.factor == np.inf
    assert found.conduction.value == 0.0
    assert not found.conduction.percolates
    assert found.conduction.flags[0].startswith("not_percolating")
    # diagonal neighbours do not conduct
    stairs = np.eye(6, dtype=bool)[:, :, None].repeat(4, axis=2)
    assert tortuosity_factor(stairs).conduction.value == 0.0


def test_a_way_across_the_side_walls_needs_them_open() -> None:
    phase = np.zeros((6, 6, 4), bool)
    phase[:4, 0] = phase[3:, 5] = True
    assert tortuosity_factor(phase, periodic=False).conduction.value == 0.0
    assert tortuosity_factor(phase, periodic=True).conduction.value > 0.0


def test_a_staircase_is_a_chain_of_squares() -> None:
    """Columns of 2 x 2 that step aside at every layer: 18 squares of resistors from corner to corner (1 each), 19 links, two ends.

    At an end all four corners lead to the electrode by 2 each: from the inner corner 1 / (4 - 2/3.5).
    """
    n = 20
    stairs = np.zeros((n, n + 1, n + 1), bool)
    for i in range(n):
        stairs[i, i : i + 2, i : i + 2] = True
    found = tortuosity_factor(stairs, periodic=False, with_error=False)
    resistance = 18.0 + 19.0 + 2.0 / (4.0 - 2.0 / 3.5)
    assert found.factor == pytest.approx(4.0 * resistance / n, rel=1e-9)


def test_values_of_porespy() -> None:
    """Square lattice of discs: 1.359947 in PMEAL/porespy, test/unit/test_dns.py; random pores: PoreSpy 3.2.0 with OpenPNM 3.6.4, typed in.

    Its electrodes lie at the centres of the end voxels, half a voxel inside ours: some tenths of a per cent.
    """
    y, x = np.indices((200, 200))
    pores = np.ones((200, 200), bool)
    for a in range(8, 200, 26):
        for b in range(8, 200, 26):
            pores &= np.hypot(y - a, x - b) >= 8.0
    assert pores.mean() == 0.6912
    assert tortuosity_factor(pores, 1, periodic=False).factor == pytest.approx(1.359947, rel=2e-3)
    random = blobs((64, 64, 64), 3.0, 0.5, 0)
    for axis, value in enumerate((1.985049, 2.297800, 1.934713)):
        found = tortuosity_factor(random, axis, periodic=False, with_error=False)
        assert found.factor == pytest.approx(value, rel=0.01)


@pytest.mark.parametrize(
    ("phase", "k", "axis", "size"),
    [
        (np.zeros((0, 3)), {0: 1.0}, 0, 1.0),
        (np.zeros(5, int), {0: 1.0}, 0, 1.0),
        (np.zeros((3, 3)), {0: 1.0}, 0, 1.0),
        (np.zeros((3, 3), int), {1: 1.0}, 0, 1.0),
        (np.zeros((3, 3), int), {0: -1.0}, 0, 1.0),
        (np.zeros((3, 3), int), {0: np.nan}, 0, 1.0),
        (np.zeros((3, 3), int), {0: 1.0}, 2, 1.0),
        (np.zeros((3, 3), int), {0: 1.0}, 0, 0.0),
    ],
)
def test_what_makes_no_sense_is_refused(phase: np.ndarray, k: dict[int, float], axis: int, size: float) -> None:
    with pytest.raises(ValueError, match=r"map|phase|axis|voxel_size"):
        effective_conductivity(phase, k, axis, size)
