"""A cube of voxels as seen from outside, in parallel perspective: where each line of sight meets solid, and how bright it is there.

Shading is for the eye, no optics: a lamp from above, hollows and depths darker, surfaces where the cube was cut flat and pale.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

TURN, RISE = math.radians(32.0), math.radians(27.0)  # of the eye round the cube and above it
LAMP = (-0.18, 0.62, 0.76)  # towards it: right, towards the eye, up
ROUNDING = 0.7  # voxels by which the map is smoothed, so that its steps do not show
STEP = 0.5  # voxels from one look to the next along a line of sight
AMBIENT, DIFFUSE = 0.45, 0.62
HOLLOW = 0.75  # of the light that solid all around takes
REACH = (2.0, 4.0, 8.0, 14.0)  # voxels above a surface where solid takes light
FADE = 0.30  # of the cube's edge, after which a line of sight into it has lost 63 % of the light that it can lose
LEAST = 0.30  # of the light that stays
CUT = 1.06  # brightness of a cut against a surface that faces the lamp as the cut does


def cast_rays(phase: NDArray[np.uint8], pixels: int) -> tuple[Floats, NDArray[np.uint8], NDArray[np.bool_]]:
    """A cube from its corner, its first layer on top.

    Parameters
    ----------
    phase : (n, n, n) numbers of phases, 0 is seen through;  pixels : of the picture's side.

    Returns
    -------
    ``light`` (pixels, pixels), first row on top, ``met`` the phase, 0 where nothing is met, ``cut`` where that is a face of the cube.
    """
    from scipy import ndimage

    solid = np.asarray(phase != 0, np.float32)
    smooth = np.ascontiguousarray(ndimage.gaussian_filter(solid, ROUNDING, mode="nearest"))
    across = np.array([math.cos(TURN), -math.sin(TURN), 0.0])  # axes: x right, y away, z up
    away = np.array([math.sin(TURN) * math.cos(RISE), math.cos(TURN) * math.cos(RISE), -math.sin(RISE)])
    up = np.cross(across, away)
    lamp = across * LAMP[0] - np.array([math.sin(TURN), math.cos(TURN), 0.0]) * LAMP[1] + np.array([0.0, 0.0, LAMP[2]])
    light = np.zeros((pixels, pixels))
    met, cut = np.zeros((pixels, pixels), np.uint8), np.zeros((pixels, pixels), np.bool_)
    _cast(smooth, np.ascontiguousarray(phase), across, up, away, lamp, light, met, cut)
    return light, met, cut


def outline() -> tuple[Floats, Floats]:
    """The cube's edges in the picture: its eight corners (8, 2) as right and up, a unit cube centred at 0, and the pairs (9, 2) that are seen."""
    across = np.array([math.cos(TURN), -math.sin(TURN), 0.0])
    away = np.array([math.sin(TURN) * math.cos(RISE), math.cos(TURN) * math.cos(RISE), -math.sin(RISE)])
    up = np.cross(across, away)
    corners = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
    seen = np.array([[0, 1], [0, 2], [0, 4], [1, 3], [1, 5], [4, 5], [2, 3], [3, 7], [5, 7], [4, 6], [6, 7], [2, 6]])
    hidden = int(np.argmax(corners @ away))
    return np.column_stack([corners @ across, corners @ up]), seen[~(seen == hidden).any(axis=1)]


@njit(cache=True)
def _sample(field, z, y, x):  # pragma: no cover  (compiled)
    """The field at a place [voxels], linear between centres, nothing outside."""
    n = field.shape[0]
    a, b, c = z - 0.5, y - 0.5, x - 0.5
    if not (-0.5 <= a < n - 0.5 and -0.5 <= b < n - 0.5 and -0.5 <= c < n - 0.5):
        return 0.0
    a, b, c = min(max(a, 0.0), n - 1.001), min(max(b, 0.0), n - 1.001), min(max(c, 0.0), n - 1.001)
    i, j, k = int(a), int(b), int(c)
    a, b, c = a - i, b - j, c - k
    near = (1.0 - b) * ((1.0 - c) * field[i, j, k] + c * field[i, j, k + 1])
    near += b * ((1.0 - c) * field[i, j + 1, k] + c * field[i, j + 1, k + 1])
    far = (1.0 - b) * ((1.0 - c) * field[i + 1, j, k] + c * field[i + 1, j, k + 1])
    far += b * ((1.0 - c) * field[i + 1, j + 1, k] + c * field[i + 1, j + 1, k + 1])
    return (1.0 - a) * near + a * far


@njit(cache=True)
def _cast(smooth, phase, across, up, away, lamp, light, met, cut):  # pragma: no cover  (compiled)
    n = smooth.shape[0]
    pixels = light.shape[0]
    half = 0.5 * n
    scale = n * math.sqrt(3.0) / pixels
    for row in range(pixels):
        for column in range(pixels):
            right, high = (column + 0.5 - 0.5 * pixels) * scale, (0.5 * pixels - row - 0.5) * scale
            enter, leave, face = -1e9, 1e9, 0
            for axis in range(3):
                start = across[axis] * right + up[axis] * high
                if abs(away[axis]) < 1e-12:
                    if abs(start) > half:
                        leave = -2e9
                    continue
                one, other = (-half - start) / away[axis], (half - start) / away[axis]
                if min(one, other) > enter:
                    enter, face = min(one, other), axis
                leave = min(leave, max(one, other))
            if leave <= enter:
                continue
            t = enter + 1e-6
            before = 0.0
            first = True
            while t < leave:
                x = across[0] * right + up[0] * high + away[0] * t + half
                y = across[1] * right + up[1] * high + away[1] * t + half
                z = half - (across[2] * right + up[2] * high + away[2] * t)
                now = _sample(smooth, z, y, x)
                if now >= 0.5:
                    if not first:
                        back = (now - 0.5) / (now - before) * STEP
                        t -= back
                        x, y, z = x - away[0] * back, y - away[1] * back, z + away[2] * back
                    _shade(
                        smooth, phase, x, y, z, t - enter, face if first else -1, away, lamp, light, met, row, column
                    )
                    cut[row, column] = first
                    break
                before, first = now, False
                t += STEP


@njit(cache=True)
def _shade(smooth, phase, x, y, z, way, face, away, lamp, light, met, row, column):  # pragma: no cover  (compiled)
    n = smooth.shape[0]
    gx, gy, gz = 0.0, 0.0, 0.0
    if face == 0:
        gx = -np.sign(away[0])
    elif face == 1:
        gy = -np.sign(away[1])
    elif face == 2:
        gz = -np.sign(away[2])
    else:
        gx = _sample(smooth, z, y, x - 1.0) - _sample(smooth, z, y, x + 1.0)
        gy = _sample(smooth, z, y - 1.0, x) - _sample(smooth, z, y + 1.0, x)
        gz = _sample(smooth, z + 1.0, y, x) - _sample(smooth, z - 1.0, y, x)
        length = math.sqrt(gx * gx + gy * gy + gz * gz) + 1e-12
        gx, gy, gz = gx / length, gy / length, gz / length
    bright = AMBIENT + DIFFUSE * max(gx * lamp[0] + gy * lamp[1] + gz * lamp[2], 0.0)
    if face >= 0:
        bright *= CUT
    else:
        hollow = 0.0
        for reach in REACH:
            hollow += _sample(smooth, z - gz * reach, y + gy * reach, x + gx * reach) / len(REACH)
        bright *= 1.0 - HOLLOW * hollow
        bright *= LEAST + (1.0 - LEAST) * math.exp(-way / (FADE * n))
    light[row, column] = bright
    for deeper in range(4):  # the phase under the surface
        i = min(max(int(z - away[2] * 0.7 * deeper), 0), n - 1)
        j = min(max(int(y + away[1] * 0.7 * deeper), 0), n - 1)
        k = min(max(int(x + away[0] * 0.7 * deeper), 0), n - 1)
        if phase[i, j, k] != 0:
            met[row, column] = phase[i, j, k]
            break
    if met[row, column] == 0:
        met[row, column] = 1
