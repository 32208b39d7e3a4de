"""What a file lacks and its user states: ``--set KEY=VALUE`` and ``sample.toml``, parsed into values.

Nothing is defaulted: a key that nobody gives is not there.
"""

from __future__ import annotations

import difflib
import fnmatch
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from honeycell.quantities.errors import HoneycellError, InputError
from honeycell.quantities.units import parse, parse_difference, si_unit
from honeycell.quantities.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SAMPLE_FILE = "sample.toml"


@dataclass(frozen=True, slots=True)
class Key:
    """A quantity with its ``unit``, or words (``unit`` empty) that may be bound to ``choices``."""

    unit: str = ""
    positive: bool = True
    choices: tuple[str, ...] = ()


KEYS: dict[str, Key] = {
    "thickness": Key("um"),
    "area": Key("cm^2"),
    "mass": Key("mg"),
    "electrode_role": Key(),
    "one_c_current": Key("mA"),
    "wavelength": Key("angstrom"),
    "pixel_size": Key("um"),
    "tip_radius": Key("nm"),
    "tip_shape": Key(),
    "tip_angle": Key("degree"),
    "spring_constant": Key("N/m"),
    "poisson_ratio": Key("1", positive=False),
    "temperature": Key("degC"),
    "atmosphere": Key(),
    "phase": Key(),
    "circuit": Key(),
    "intervals": Key(choices=("linear", "profile")),
    "distribution": Key(choices=("yes", "no")),
    "current_sign": Key(choices=("charge positive", "discharge positive", "anodic positive", "cathodic positive")),
    "reference_cycle": Key("1"),
    "scan_rate": Key("mV/s"),
    "concentration": Key("mol/l"),
    "electrons": Key("1"),
    "series_resistance": Key("ohm"),
    "potential_step": Key("mV"),
    "resistance_before": Key("ohm"),
    "resistance_after": Key("ohm"),
    "internal_standard": Key(),
    "goniometer_radius": Key("mm"),
    "voltage": Key("V", positive=False),  # of one file in a series
    "contact_model": Key(),
    "feature": Key(choices=("particles", "pores")),
}
_PLUS_MINUS = re.compile(r"\s*(?:\+\s*/?\s*[-−]|±)\s*")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_SIGNS = str.maketrans({"²": "^2", "³": "^3", "·": "*", "−": "-", "Å": "angstrom", "\u00a0": " ", "\u202f": " "})
_POWER = re.compile(r"(?<=[A-Za-z])([23])(?![0-9A-Za-z])")


def parse_assignments(words: Iterable[str]) -> dict[str, Value]:
    """Settings of ``--set`` words such as ``"thickness=24 +- 1 um"``.

    Raises
    ------
    InputError : no '=', an unknown or repeated key, a wrong dimension, a value that cannot be.
    """
    settings: dict[str, Value] = {}
    for word in words:
        key, sign, given = word.partition("=")
        key = key.strip()
        if not sign:
            raise InputError(f"got {word!r} without '='", "--set", "Write e.g. --set thickness='24 um'.")
        _known(key, "--set")
        if key in settings:
            raise InputError(f"{key} is given twice", "--set", "Give it once.")
        settings[key] = parse_setting(key, given, f"--set {key}")
    return settings


def parse_setting(key: str, given: Any, where: str) -> Value:
    """One setting as a :class:`Value` in SI units, ``u`` its standard uncertainty where one is stated.

    Parameters
    ----------
    key : one of :data:`KEYS`.
    given : text such as ``"24 um"``, ``"24 +- 1 um"``, ``"24 um ± 4 %"``, or a table ``{value = "24 um", u = "1 um"}``.
    where : for the message.

    Raises
    ------
    InputError : another dimension, no unit, not positive where it must be, an uncertainty that is not positive.
    """
    known = _known(key, where)
    if not known.unit:
        return _text(known, given, where)
    if isinstance(given, dict):
        if unknown := set(given) - {"value", "u"}:
            raise InputError(f"unknown field {sorted(unknown)[0]!r}", where, 'Write { value = "24 um", u = "1 um" }.')
        if "value" not in given:
            raise InputError("no 'value'", where, 'Write { value = "24 um", u = "1 um" }.')
        text, spread = given["value"], given.get("u")
        if isinstance(text, str) and _PLUS_MINUS.search(text):
            raise InputError(f"value is {text!r}", where, "State the uncertainty once, in 'u'.")
    else:
        text, spread = _split(given)
    if known.unit != "1" and not isinstance(text, str):
        raise InputError(f"got {text!r} without a unit", where, f'Write e.g. "{_example(known)}".')
    value = parse(_clean(text), known.unit, where)
    if known.positive and value <= 0.0:
        raise InputError(f"got {text!r}, which is not positive", where, f'Write e.g. "{_example(known)}".')
    if key == "poisson_ratio" and not -1.0 < value <= 0.5:
        raise InputError(f"got {text!r}, outside -1 to 0.5", where, "Write e.g. 0.3.")
    u = None if spread is None else _uncertainty(known, value, spread, where)
    shown = f"{text}" if spread is None else f"{text} +- {spread}"
    return Value(value, si_unit(known.unit), u=u, distribution="exact" if u is None else "normal", given_as=shown)


def settings_of(path: str, given: Mapping[str, Value], samples: SampleFiles) -> dict[str, Value]:
    """Settings of one file: its folder's ``sample.toml``, then its own tables there, then ``given``.

    Raises
    ------
    InputError : the ``sample.toml`` beside the file cannot be used.
    """
    return {**samples.of(Path(path)), **given}


class SampleFiles:
    """The ``sample.toml`` of each folder, read once."""

    def __init__(self) -> None:
        self._read: dict[Path, tuple[dict[str, Value], list[tuple[str, dict[str, Value]]]] | HoneycellError] = {}

    def of(self, path: Path) -> dict[str, Value]:
        """What the ``sample.toml`` beside ``path`` says of it; later tables win over earlier ones.

        Raises
        ------
        InputError : that file is damaged, or says what cannot be.
        """
        folder = path.parent
        if folder not in self._read:
            try:
                self._read[folder] = _read_sample(folder / SAMPLE_FILE)
            except HoneycellError as error:
                self._read[folder] = error
        found = self._read[folder]
        if isinstance(found, HoneycellError):
            raise InputError(found.what, found.where, found.cure)
        settings, tables = dict(found[0]), found[1]
        for pattern, table in tables:
            if fnmatch.fnmatchcase(path.name, pattern):
                settings.update(table)
        return settings


def _read_sample(path: Path) -> tuple[dict[str, Value], list[tuple[str, dict[str, Value]]]]:
    where = str(path)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        return {}, []
    except (OSError, UnicodeDecodeError, ValueError) as error:  # ValueError: TOML's own, and a null byte in the path
        raise InputError(f"is not readable TOML ({error})", where, 'Write lines such as thickness = "24 um".') from None
    files = content.pop("files", {})
    if not isinstance(files, dict) or not all(isinstance(table, dict) for table in files.values()):
        raise InputError("'files' is not a set of tables", where, 'Write [files."run7*"] and keys below it.')
    return _table(content, where), [(name, _table(table, f"{where}, files.{name}")) for name, table in files.items()]


def _table(content: Mapping[str, Any], where: str) -> dict[str, Value]:
    return {key: parse_setting(key, given, f"{where}, {key}") for key, given in content.items()}


def _known(key: str, where: str) -> Key:
    if key in KEYS:
        return KEYS[key]
    near = difflib.get_close_matches(key, KEYS, n=1)
    hint = f"Did you mean {near[0]}? " if near else ""
    raise InputError(f"unknown key {key!r}", where, f"{hint}Known: {', '.join(KEYS)}.")


def _text(known: Key, given: Any, where: str) -> Value:
    if not isinstance(given, str) or not given.strip():
        raise InputError(f"got {given!r}, expected words", where)
    words = given.strip()
    if known.choices and words not in known.choices:
        raise InputError(f"got {words!r}", where, f"It must be one of {', '.join(known.choices)}.")
    return Value(words, "1", given_as=words)


def _split(given: Any) -> tuple[Any, str | None]:
    """``value`` and uncertainty of ``"24 +- 1 um"``, the unit taken from the second where the first has none."""
    if not isinstance(given, str):
        return given, None
    parts = _PLUS_MINUS.split(given.strip().replace("(", "").replace(")", "") if _PLUS_MINUS.search(given) else given)
    if len(parts) != 2:
        return given, None
    value, spread = (part.strip() for part in parts)
    if number := _NUMBER.match(spread):
        unit = spread[number.end() :].strip()
        if _NUMBER.fullmatch(value) and unit not in ("", "%"):
            value = f"{value} {unit}"
        elif not unit and (first := _NUMBER.match(value)):
            spread = f"{spread} {value[first.end() :].strip()}".strip()
    return value, spread


def _uncertainty(known: Key, value: float, given: Any, where: str) -> float:
    cure = f'Write e.g. "{_example(known)} +- 2 %", or leave it out.'
    if isinstance(given, str) and given.strip().endswith("%"):
        u = abs(value) * parse(given, "1", where)
    elif isinstance(given, str):
        u = parse_difference(_clean(given), known.unit, where)
    elif known.unit == "1":
        u = parse(given, "1", where)
    else:
        raise InputError(f"uncertainty {given!r} has no unit", where, cure)
    if not u > 0.0:
        raise InputError(f"uncertainty {given!r} is not positive", where, cure)
    return u


def _clean(given: Any) -> Any:
    """Units as chemists write them (cm², cm2) in the form that the unit registry knows."""
    return _POWER.sub(r"^\1", given.translate(_SIGNS)) if isinstance(given, str) else given


def _example(known: Key) -> str:
    return f"1 {known.unit}" if known.unit != "1" else "0.3"


def describe(settings: Mapping[str, Value]) -> Sequence[str]:
    """``key = as given`` for people."""
    return [f"{key} = {value.given_as}" for key, value in settings.items()]
