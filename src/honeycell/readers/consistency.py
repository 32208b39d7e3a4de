"""Do modulus and phase, where a file has them besides the parts, say the same?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from honeycell.readers.labels import meaning, meanings

if TYPE_CHECKING:
    from numpy.typing import NDArray


def checked_against_the_rest(
    z: NDArray[np.complex128], labels: tuple[str, ...], columns: dict[int, NDArray[np.float64]]
) -> tuple[NDArray[np.complex128], list[str]]:
    """The impedances [ohm], and flags for what contradicts them.

    Parameters
    ----------
    z : as the columns of the parts say.
    labels : what the columns mean.
    columns : index to the values of every numeric column, in the file's units.

    Returns
    -------
    ``z``, or its conjugate where the file's negative phase shows that a plain ``Z''`` holds the negative too; flags ``sign`` and
    ``disagreement``.
    """
    if not _is_conjugate(z, labels, columns):
        return z, _disagreements(z, labels, columns)
    flag = "sign: the imaginary part is negated, as the column of the negative phase says"
    return z.conj(), [flag, *_disagreements(z.conj(), labels, columns)]


def _is_conjugate(z: NDArray[np.complex128], labels: tuple[str, ...], columns: dict[int, NDArray[np.float64]]) -> bool:
    """True for ``neg. Phase`` next to a plain ``Z''`` that holds the negative too, as some PSTrace versions write it."""
    found = meanings(labels)
    imaginary, phase = (meaning(labels[found[each][0]]) if each in found else None for each in ("imaginary", "phase"))
    if not imaginary or not phase or imaginary.factor < 0.0 or phase.factor > 0.0 or not phase.stated:
        return False
    if found["phase"][0] not in columns or "real" not in found:
        return False
    angle = columns[found["phase"][0]] * phase.factor
    return _angle_off(z, angle) > 0.2 > _angle_off(z.conj(), angle)


def _angle_off(z: NDArray[np.complex128], angle: NDArray[np.float64]) -> float:
    """Mean difference of phases over the mean phase; small ones are written to 0.1 degree only."""
    with np.errstate(all="ignore"):
        return float(np.abs(np.angle(z * np.exp(-1j * angle))).mean() / (np.abs(np.angle(z)).mean() + 0.005))


def _disagreements(
    z: NDArray[np.complex128], labels: tuple[str, ...], columns: dict[int, NDArray[np.float64]]
) -> list[str]:
    """Flags for columns of modulus and phase that do not fit the parts: a sign or a column may be mislabelled."""
    flags: list[str] = []
    for index, values in columns.items():
        means = meaning(labels[index])
        if means is None or not means.stated or means.quantity not in ("modulus", "phase"):
            continue
        with np.errstate(all="ignore"):
            if means.quantity == "modulus":
                off = float(np.median(np.abs(values * means.factor / np.abs(z) - 1.0)))
            else:
                off = _angle_off(z, values * means.factor)
        if not off < 0.2:
            flags.append(f"disagreement: column {labels[index][:40]!r} does not fit the real and imaginary part")
    return flags
