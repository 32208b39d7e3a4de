"""What a column's label means: a quantity, and how its numbers become SI. Each kind of table has a vocabulary of its own."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_MARKS = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "′": "'", '"': "''", "″": "''", "“": "''", "”": "''"})
_DASHES = str.maketrans({"−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-"})
_FORMS = (
    re.compile(r"(.+?)\s*/\s*([^/]+)"),
    re.compile(r"(.+?)\s*/\s*([^/]+/[^/]+)"),
    re.compile(r"(.+?)\s*\[([^\[\]]+)\]"),
    re.compile(r"(.+?)\s*\(([^()]+)\)"),
    re.compile(r"(.+)_([^_]+)"),
    re.compile(r"(.+?),?\s+(?:in\s+)?(\S+)"),
)
_NOISE = re.compile(r"[\s_*.]")
_ZERO_CELSIUS = 273.15  # K, exact by definition


@dataclass(frozen=True, slots=True)
class Meaning:
    """``quantity``; SI = ``factor`` * number + ``offset``, sign included; ``stated`` is False when the label gives no unit."""

    quantity: str
    factor: float
    stated: bool
    offset: float = 0.0


@dataclass(frozen=True)
class Vocabulary:
    """The quantities of one kind of table.

    Parameters
    ----------
    names : quantity to its names, blank-separated, in lower case without blanks, underscores, stars and points.
    dimensions : quantity to the dimension its unit must have, a value of :data:`UNITS`; quantities without one are bare words.
    signed : quantities before whose name a minus is taken at its word.
    exact : labels of one program each, too short or too odd to be taken for this elsewhere.
    """

    names: Mapping[str, str]
    dimensions: Mapping[str, str]
    signed: tuple[str, ...] = ()
    exact: Mapping[str, Meaning] = field(default_factory=dict)

    @cached_property
    def _named(self) -> dict[str, str]:
        return {name: quantity for quantity, names in self.names.items() for name in names.split()}

    @cached_property
    def _known(self) -> dict[str, Meaning | None]:
        return {}

    def meaning(self, label: str) -> Meaning | None:
        """Meaning of ``label``, None when it has none here: unknown, or its unit does not suit."""
        if label not in self._known:
            if len(self._known) > 4096:
                self._known.clear()
            self._known[label] = self._meaning(label)
        return self._known[label]

    def meanings(self, labels: tuple[str, ...]) -> dict[str, list[int]]:
        """Quantity to the columns that mean it, in the order of the file."""
        result: dict[str, list[int]] = {}
        for index, label in enumerate(labels):
            if found := self.meaning(label):
                result.setdefault(found.quantity, []).append(index)
        return result

    def _meaning(self, label: str) -> Meaning | None:
        if exact := self.exact.get(label.strip()):
            return exact
        text = unicodedata.normalize("NFKC", label.translate(_MARKS)).translate(_MARKS).translate(_DASHES).strip()
        for form in _FORMS:
            found = form.fullmatch(text[:200])
            named = self._quantity(found[1]) if found else None
            if found and named:
                dimension, text_of_unit = self.dimensions.get(named[0], ""), found[2].strip()
                unit = SHARED.get((text_of_unit, dimension)) or UNITS.get(text_of_unit)
                if unit and unit[0] == dimension:
                    return Meaning(named[0], named[1] * unit[1], True, OFFSETS.get((text_of_unit, dimension), 0.0))
        named = self._quantity(text)
        return Meaning(named[0], named[1], False) if named else None

    def _quantity(self, name: str) -> tuple[str, float] | None:
        key = _NOISE.sub("", name).lower()
        for minus in ("-", "minus", "negative", "neg"):
            if key.startswith(minus):
                rest = key.removeprefix(minus)
                named = self._named.get(rest) or self._named.get(rest.removeprefix("(").removesuffix(")"))
                return (named, -1.0) if named in self.signed else None
        named = self._named.get(key)
        return (named, 1.0) if named else None


def _units() -> dict[str, tuple[str, float]]:
    """Unit as written to dimension and factor; ``mhz`` and ``MOHM`` are absent, being milli or mega."""
    table: dict[str, tuple[str, float]] = {}
    prefixes = {"": 1.0, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "m": 1e-3, "u": 1e-6, "μ": 1e-6}
    fine = {**prefixes, "n": 1e-9, "p": 1e-12}
    words = {"": 1.0, "kilo": 1e3, "mega": 1e6, "milli": 1e-3, "giga": 1e9}
    spelled = {"Hz": "frequency", "ohm": "impedance", "ohms": "impedance", "Ohm": "impedance", "Ohms": "impedance"}
    spelled |= {"Ω": "impedance", "V": "voltage", "s": "time", "W": "power"}
    for base, dimension in spelled.items():
        table |= {prefix + base: (dimension, factor) for prefix, factor in prefixes.items()}
    for base, dimension in {"A": "current", "N": "force", "m": "length"}.items():
        table |= {prefix + base: (dimension, factor) for prefix, factor in fine.items()}
    long = {"hertz": "frequency", "ohm": "impedance", "volt": "voltage", "ampere": "current", "second": "time"}
    for base, dimension in long.items():
        for word, factor in words.items():
            table |= {word + base + end: (dimension, factor) for end in ("", "s")}
    table |= {"kilohm": ("impedance", 1e3), "megohm": ("impedance", 1e6), "hz": ("frequency", 1.0)}
    table |= {"HZ": ("frequency", 1.0), "khz": ("frequency", 1e3), "KHZ": ("frequency", 1e3)}
    table |= {"OHM": ("impedance", 1.0), "OHMS": ("impedance", 1.0), "KOHM": ("impedance", 1e3)}
    table |= dict.fromkeys(("deg", "degree", "degrees", "°", "Deg", "DEG", "Degree"), ("angle", math.pi / 180.0))
    table |= dict.fromkeys(("rad", "radian", "radians", "Rad"), ("angle", 1.0))
    table |= dict.fromkeys(("sec", "Sec", "Sec.", "sec.", "seconds"), ("time", 1.0)) | dict.fromkeys(
        ("min", "minute"), ("time", 60.0)
    )
    table |= dict.fromkeys(("minutes", "Min"), ("time", 60.0))
    table |= dict.fromkeys(("degC", "°C", "Cel", "celsius", "K", "kelvin"), ("temperature", 1.0))
    table |= {
        "kg": ("mass", 1.0),
        "g": ("mass", 1e-3),
        "mg": ("mass", 1e-6),
        "ug": ("mass", 1e-9),
        "μg": ("mass", 1e-9),
    }
    for hour in ("h", "·h", ".h", " h", "*h"):
        table |= {
            f"{prefix}A{hour}": ("charge", 3600.0 * f)
            for prefix, f in (("", 1.0), ("m", 1e-3), ("u", 1e-6), ("μ", 1e-6))
        }
        table |= {
            f"{prefix}W{hour}": ("energy", 3600.0 * f)
            for prefix, f in (("", 1.0), ("m", 1e-3), ("u", 1e-6), ("μ", 1e-6))
        }
        table |= {f"mA{hour}/g": ("specific charge", 3600.0), f"A{hour}/kg": ("specific charge", 3600.0)}
        table |= {f"mW{hour}/g": ("specific energy", 3600.0), f"W{hour}/kg": ("specific energy", 3600.0)}
    table |= dict.fromkeys(("ampere_hour", "amperehour", "AH", "Ahr"), ("charge", 3600.0)) | {"mAH": ("charge", 3.6)}
    table |= {"C": ("charge", 1.0), "mC": ("charge", 1e-3), "J": ("energy", 1.0), "coulomb": ("charge", 1.0)}
    table |= dict.fromkeys(("counts", "count", "cts", "Counts", "a.u.", "au", "arb. units"), ("intensity", 1.0))
    table |= dict.fromkeys(("cps", "counts/s"), ("intensity", 1.0)) | {"%": ("share", 0.01)}
    return table | dict.fromkeys(("h", "hour", "hr"), ("time", 3600.0)) | dict.fromkeys(("1", "#"), ("count", 1.0))


UNITS = _units()
# units whose sign stands for something else elsewhere: by the quantity they belong to
SHARED = {(text, "temperature"): ("temperature", 1.0) for text in ("C", "deg C", "degree C", "deg", "°")}
OFFSETS = {
    (text, "temperature"): _ZERO_CELSIUS
    for text in ("degC", "°C", "Cel", "celsius", "C", "deg C", "degree C", "deg", "°")
}
