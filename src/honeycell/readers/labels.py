"""What the labels of impedance tables mean, and those of plain Battery Data Format tables."""

from __future__ import annotations

from honeycell.readers.vocabulary import UNITS, Meaning, Vocabulary

__all__ = ["IMPEDANCE", "UNITS", "Meaning", "is_spectrum", "meaning", "meanings"]

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
}
SIGNED = ("imaginary", "phase")
EXACT = {  # words of one program each, too short or too odd to be taken for this elsewhere
    "Z1 /ohm": Meaning("real", 1.0, True),  # Ivium
    "Z2 /ohm": Meaning("imaginary", 1.0, True),
    "Zdash": Meaning("real", 1.0, False),  # PSTrace
    "Zdashneg": Meaning("imaginary", -1.0, False),
}


IMPEDANCE = Vocabulary(NAMES, DIMENSION, SIGNED, EXACT)


def meaning(label: str) -> Meaning | None:
    """Meaning of ``label``, None when it has none here.

    A leading minus is taken at its word. A unit that does not suit the quantity, such as ohm cm2, gives None.

    >>> meaning("-Im(Z)/Ohm")
    Meaning(quantity='imaginary', factor=-1.0, stated=True, offset=0.0)
    >>> meaning("Frequency (kHz)").factor
    1000.0
    >>> meaning("Z' / ohm cm2") is None
    True
    """
    return IMPEDANCE.meaning(label)


def meanings(labels: tuple[str, ...]) -> dict[str, list[int]]:
    """Quantity to the columns that mean it, in the order of the file."""
    return IMPEDANCE.meanings(labels)


def is_spectrum(labels: tuple[str, ...]) -> bool:
    """True when the labels name frequency and impedance, as real and imaginary part or as modulus and phase."""
    found = meanings(labels)
    return "frequency" in found and ({"real", "imaginary"} <= set(found) or {"modulus", "phase"} <= set(found))
