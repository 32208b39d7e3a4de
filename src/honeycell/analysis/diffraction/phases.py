"""Crystalline phases: the cell, which of its edges are free, and its lines; and their best cell for measured lines."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from honeycell.data.tables import load_phase, phase_names
from honeycell.physics.diffraction import bragg_angle, lorentz_polarisation, plane_spacings, reciprocal_metric
from honeycell.quantities.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ALIASES = {"zsm5": "mfi", "zsm-5": "mfi", "na": "sodium", "al": "aluminium", "si": "silicon"}
ALIASES |= {"aluminum": "aluminium", "pba": "pba_cubic", "prussian_blue": "pba_cubic"}
RIGHT = math.pi / 2.0
FREE: dict[str, tuple[str, ...]] = {
    "cubic": ("a",),
    "tetragonal": ("a", "c"),
    "hexagonal": ("a", "c"),
    "orthorhombic": ("a", "b", "c"),
    "rhombohedral": ("a", "alpha"),
    "monoclinic": ("a", "b", "c", "beta"),
    "triclinic": ("a", "b", "c", "alpha", "beta", "gamma"),
}
EDGES = "abc"


@dataclass(frozen=True)
class Phase:
    """A phase: ``lengths`` (3,) [m], ``angles`` (3,) [rad], ``system``; ``indices`` (n, 3) with ``strength`` (n,), multiplicity times |F|2."""

    name: str
    title: str
    space_group: str
    system: str
    lengths: tuple[float, float, float]
    angles: tuple[float, float, float]
    indices: NDArray[np.int_]
    strength: Floats

    @property
    def free(self) -> tuple[str, ...]:
        """Names of the cell's independent edges and angles."""
        return FREE[self.system]

    @property
    def parameters(self) -> Floats:
        """Their values [m, rad]."""
        names: tuple[str, ...] = ("a", "b", "c", "alpha", "beta", "gamma")
        known: dict[str, float] = dict(zip(names, (*self.lengths, *self.angles), strict=True))
        return np.array([known[name] for name in self.free])

    def with_parameters(self, values: Floats) -> Phase:
        """The phase in another cell of its system."""
        given = dict(zip(self.free, (float(v) for v in values), strict=True))
        a = given["a"]
        lengths = (a, given.get("b", a), given.get("c", a))
        if self.system == "rhombohedral":
            return replace(self, lengths=lengths, angles=(given["alpha"],) * 3)
        alpha, beta, gamma = (
            given.get(name, old) for name, old in zip(("alpha", "beta", "gamma"), self.angles, strict=True)
        )
        return replace(self, lengths=lengths, angles=(alpha, beta, gamma))

    def two_theta(self, wavelength: float) -> Floats:
        """Where its lines lie [rad], (n,); NaN where they do not diffract at this wavelength [m]."""
        return bragg_angle(plane_spacings(reciprocal_metric(self.lengths, self.angles), self.indices), wavelength)

    def heights(self, wavelength: float) -> Floats:
        """Expected intensities (n,), the strongest that diffracts 1; 0 where a line does not."""
        angle = self.two_theta(wavelength)
        there = np.isfinite(angle) & (angle < math.pi - 1e-6)
        value = np.where(there, self.strength * lorentz_polarisation(np.where(there, angle, RIGHT)), 0.0)
        return value / max(float(value.max(initial=0.0)), 1e-300)

    def as_text(self) -> str:
        """JSON that :func:`phase_of` reads back, to travel in a setting."""
        return json.dumps(
            {
                "name": self.name,
                "title": self.title,
                "space_group": self.space_group,
                "system": self.system,
                "lengths": self.lengths,
                "angles": self.angles,
                "lines": [[*map(int, h), float(s)] for h, s in zip(self.indices, self.strength, strict=True)],
            }
        )


def phases_of(text: str, where: str = "phase") -> tuple[Phase, ...]:
    """Phases of a setting: names apart by comma or plus, or the JSON of :meth:`Phase.as_text` (one object, or a list).

    Raises
    ------
    InputError : a name that is not shipped, or damaged JSON.
    """
    text = text.strip()
    if text.startswith(("{", "[")):
        try:
            content = json.loads(text)
            several = content if isinstance(content, list) else [content]
            found = [_from_json(each) if isinstance(each, dict) else shipped(str(each), where) for each in several]
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"is no phase ({error})", where, "Give a name, or a CIF file.") from None
        return tuple(found)
    return tuple(shipped(name, where) for name in text.replace("+", ",").split(",") if name.strip())


def _from_json(content: dict) -> Phase:
    lines = np.asarray(content["lines"], float).reshape(-1, 4)
    a, b, c = (float(v) for v in content["lengths"])
    alpha, beta, gamma = (float(v) for v in content["angles"])
    if content["system"] not in FREE:
        raise ValueError(f"system {content['system']!r}")
    return Phase(
        str(content["name"]), str(content["title"]), str(content["space_group"]), str(content["system"]),
        (a, b, c), (alpha, beta, gamma), lines[:, :3].astype(int), lines[:, 3],
    )  # fmt: skip


def shipped(name: str, where: str = "phase") -> Phase:
    """A phase that the package knows, by name or alias.

    Raises
    ------
    InputError : no such phase.
    """
    key = name.strip().lower().replace(" ", "_")
    key = ALIASES.get(key, key)
    if key not in phase_names():
        raise InputError(
            f"unknown phase {name.strip()!r}",
            where,
            f"Known: {', '.join(phase_names())}; or give the path of a CIF file.",
        )
    values, lines = load_phase(key)
    text = {k: str(values[k].value) for k in ("system", "space_group", "title_text") if k in values}
    number = {k: float(v.value) for k, v in values.items() if isinstance(v.value, float)}
    a = number["a"]
    lengths = (a, number.get("b", a), number.get("c", a))
    angles = (
        number.get("alpha", RIGHT),
        number.get("beta", RIGHT),
        number.get("gamma", 2.0 * math.pi / 3.0 if text["system"] == "hexagonal" else RIGHT),
    )
    table = np.asarray(lines, float)
    return Phase(key, key, text["space_group"], text["system"], lengths, angles, table[:, :3].astype(int), table[:, 3])
