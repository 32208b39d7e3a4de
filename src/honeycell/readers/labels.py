"""What a column's label means: quantity, and the factor that makes its numbers SI."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_MARKS = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "′": "'", '"': "''", "″": "''", "“": "''", "”": "''"})
_DASHES = str.maketrans({"−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-"})
_FORMS = (
    re.compile(r"(.+?)\s*/\s*([^/]+)"),
    re.compile(r"(.+?)\s*\[([^\[\]]+)\]"),
    re.compile(r"(.+?)\s*\(([^()]+)\)"),
    re.compile(r"(.+)_([^_]+)"),
    re.compile(r"(.+?),?\s+(?:in\s+)?(\S+)"),
)
_NOISE = re.compile(r"[\s_*.]")


@dataclass(frozen=True, slots=True)
class Meaning:
    """``quantity`` with the ``factor`` to SI, sign included; ``stated`` is False when the label gives no unit."""

    quantity: str
    factor: float
    stated: bool


def _units() -> dict[str, tuple[str, float]]:
    """Unit as written to dimension and factor; ``mhz`` and ``MOHM`` are absent, being milli or mega."""
    table: dict[str, tuple[str, float]] = {}
    prefixes = {"": 1.0, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "m": 1e-3, "u": 1e-6, "μ": 1e-6}
    words = {"": 1.0, "kilo": 1e3, "mega": 1e6, "milli": 1e-3, "giga": 1e9}
    spelled = {"Hz": "frequency", "ohm": "impedance", "ohms": "impedance", "Ohm": "impedance", "Ohms": "impedance"}
    spelled |= {"Ω": "impedance", "V": "voltage", "A": "current", "s": "time"}
    for base, dimension in spelled.items():
        table |= {prefix + base: (dimension, factor) for prefix, factor in prefixes.items()}
    long = {"hertz": "frequency", "ohm": "impedance", "volt": "voltage", "ampere": "current", "second": "time"}
    for base, dimension in long.items():
        for word, factor in words.items():
            table |= {word + base + end: (dimension, factor) for end in ("", "s")}
    table |= {"kilohm": ("impedance", 1e3), "megohm": ("impedance", 1e6), "hz": ("frequency", 1.0)}
    table |= {"HZ": ("frequency", 1.0), "khz": ("frequency", 1e3), "KHZ": ("frequency", 1e3)}
    table |= {"OHM": ("impedance", 1.0), "OHMS": ("impedance", 1.0), "KOHM": ("impedance", 1e3)}
    table |= dict.fromkeys(("deg", "degree", "degrees", "°", "Deg", "DEG", "Degree"), ("angle", math.pi / 180.0))
    table |= dict.fromkeys(("rad", "radian", "radians", "Rad"), ("angle", 1.0))
    table |= dict.fromkeys(("sec", "Sec", "seconds"), ("time", 1.0)) | dict.fromkeys(("min", "minute"), ("time", 60.0))
    return table | dict.fromkeys(("h", "hour", "hr"), ("time", 3600.0)) | dict.fromkeys(("1", "#"), ("count", 1.0))


UNITS = _units()
DIMENSION = {
    "frequency": "frequency",
    "real": "impedance",
    "imaginary": "impedance",
    "modulus": "impedance",
    "phase": "angle",
    "time": "time",
    "voltage": "voltage",
    "current": "current",
    "cycle": "count",
    "step": "count",
}
NAMES = {
    name: quantity
    for quantity, names in {
        "frequency": "frequency freq f freq(hz) frequencies 频率",
        "real": "z' zs' z'(a) zre zreal re(z) rez real re real(z) realz realimpedance impedancereal realpart z-real zr "
        "realpartofimpedance realpartofz 实部 阻抗实部",
        "imaginary": "z'' zs'' z''(b) zim zimg zimag im(z) imz imag im imag(z) imagz imaginaryimpedance impedanceimaginary zi imaginary "
        "imaginarypart z-imag imaginarypartofimpedance imaginarypartofz zimaginary 虚部 阻抗虚部",
        "modulus": "|z| zmod mod(z) modz modulus abs(z) absz magnitude zmag z impedance impedancemodulus absoluteimpedance "
        "impedancemagnitude |impedance| 阻抗 阻抗模",
        "phase": "phase phase(z) phasez zphz phaseangle theta θ phi φ arg(z) argz angle zphase impedancephase 相位 相角 相位角",
        "time": "testtime",
        "voltage": "voltage",
        "current": "current",
        "cycle": "cyclecount",
        "step": "stepcount",
    }.items()
    for name in names.split()
}
SIGNED = ("imaginary", "phase")
EXACT = {  # words of one program each, too short or too odd to be taken for this elsewhere
    "Z1 /ohm": Meaning("real", 1.0, True),  # Ivium
    "Z2 /ohm": Meaning("imaginary", 1.0, True),
    "Zdash": Meaning("real", 1.0, False),  # PSTrace
    "Zdashneg": Meaning("imaginary", -1.0, False),
}


@lru_cache(4096)
def meaning(label: str) -> Meaning | None:
    """Meaning of ``label``, None when it has none here.

    A leading minus is taken at its word. A unit that does not suit the quantity, such as ohm cm2, gives None.

    >>> meaning("-Im(Z)/Ohm")
    Meaning(quantity='imaginary', factor=-1.0, stated=True)
    >>> meaning("Frequency (kHz)").factor
    1000.0
    >>> meaning("Z' / ohm cm2") is None
    True
    """
    if exact := EXACT.get(label.strip()):
        return exact
    text = unicodedata.normalize("NFKC", label.translate(_MARKS)).translate(_MARKS).translate(_DASHES).strip()
    for form in _FORMS:
        found = form.fullmatch(text[:200])
        if found and (unit := UNITS.get(found[2].strip())):
            named = _quantity(found[1])
            if named and DIMENSION[named[0]] == unit[0]:
                return Meaning(named[0], named[1] * unit[1], True)
    named = _quantity(text)
    return Meaning(named[0], named[1], False) if named else None


def _quantity(name: str) -> tuple[str, float] | None:
    key = _NOISE.sub("", name).lower()
    for minus in ("-", "minus", "negative", "neg"):
        if key.startswith(minus):
            rest = key.removeprefix(minus)
            named = NAMES.get(rest) or NAMES.get(rest.removeprefix("(").removesuffix(")"))
            return (named, -1.0) if named in SIGNED else None
    named = NAMES.get(key)
    return (named, 1.0) if named else None


def meanings(labels: tuple[str, ...]) -> dict[str, list[int]]:
    """Quantity to the columns that mean it, in the order of the file."""
    result: dict[str, list[int]] = {}
    for index, label in enumerate(labels):
        if found := meaning(label):
            result.setdefault(found.quantity, []).append(index)
    return result


def is_spectrum(labels: tuple[str, ...]) -> bool:
    """True when the labels name frequency and impedance, as real and imaginary part or as modulus and phase."""
    found = meanings(labels)
    return "frequency" in found and ({"real", "imaginary"} <= set(found) or {"modulus", "phase"} <= set(found))
