"""The header that every CH Instruments text begins with: date, technique, model, ``key = value`` settings, the program's own results."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

IMPEDANCE = "a.c. impedance"
SWEEPS = (
    "cyclic voltammetry",
    "linear sweep voltammetry",
    "staircase voltammetry",
    "tafel plot",
    "hydrodynamic modulation voltammetry",
)
CURRENTS = (
    "amperometric i-t curve",
    "chronoamperometry",
    "multi-potential steps",
    "differential pulse amperometry",
    "double differential pulse amperometry",
    "triple pulse amperometry",
    "integrated pulse amperometric detection",
)
POTENTIALS = (
    "chronopotentiometry",
    "chronopotentiometry with current ramp",
    "multi-current steps",
    "open circuit potential - time",
    "potentiometric stripping analysis",
)
OTHERS = (  # not a plain course of current or potential
    "chronocoulometry",
    "differential pulse voltammetry",
    "normal pulse voltammetry",
    "differential normal pulse voltammetry",
    "square wave voltammetry",
    "a.c. voltammetry",
    "second harmonic a.c. voltammetry",
    "fourier transform a.c. voltammetry",
    "bulk electrolysis with coulometry",
    "impedance - time",
    "impedance - potential",
    "sweep-step functions",
    "electrochemical noise measurement",
    "quartz crystal microbalance",
)
TECHNIQUES = (IMPEDANCE, *SWEEPS, *CURRENTS, *POTENTIALS, *OTHERS)
SEARCHED = 60  # lines: no header has the technique or a setting later
SETTINGS = {  # a setting's name to an attribute
    "Init E (V)": "initial_potential_V",
    "High E (V)": "high_potential_V",
    "Low E (V)": "low_potential_V",
    "Final E (V)": "final_potential_V",
    "Segment": "declared_segments",
    "Step": "declared_steps",
    "Sample Interval (V)": "sample_interval_V",
    "Sample Interval (s)": "sample_interval_s",
    "Data Storage Interval (s)": "sample_interval_s",
    "Pulse Width (sec)": "pulse_width_s",
    "Run Time (sec)": "run_time_s",
    "Quiet Time (sec)": "quiet_time_s",
    "Sensitivity (A/V)": "sensitivity_A_per_V",
    "Cathodic Current (A)": "cathodic_current_A",
    "Anodic Current (A)": "anodic_current_A",
    "High E Limit (V)": "high_limit_V",
    "Low E Limit (V)": "low_limit_V",
    "Cathodic Time (s)": "cathodic_time_s",
    "Anodic Time (s)": "anodic_time_s",
    "Comp R (ohm)": "compensated_resistance_ohm",
}
_MODEL = re.compile(r"Instrument Model:(.*)", re.IGNORECASE)
_SETTING = re.compile(r"([^=:]{1,60}?)\s{0,9}=\s{0,9}([+-]?\d+[.,]?\d*(?:e[+-]?\d{1,3})?)", re.IGNORECASE)
_WORD = re.compile(r"([^=:]{1,60}?)\s{0,9}=\s{0,9}([^=]{1,80})")
_DATE = re.compile(r"[A-Z][a-z]{2,8}\.? \d+, \d{4}")
_MARK = re.compile(r"(segment|step|cycle|channel)\s{1,9}\d{1,6}:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ChiHeader:
    """``settings`` by the program's names; ``technique`` in lower case and empty where no line names one; ``date`` as in the file."""

    technique: str
    model: str
    date: str
    settings: dict[str, float]
    words: dict[str, str]

    def attributes(self) -> dict[str, float | str]:
        """Settings under the names of :data:`SETTINGS`, and the date."""
        result: dict[str, float | str] = {
            name: self.settings[key] for key, name in SETTINGS.items() if key in self.settings
        }
        if "Init P/N" in self.words:
            result["initial_polarity"] = self.words["Init P/N"]
        if self.technique:
            result["technique"] = self.technique
        return result | ({"measured_on": self.date} if self.date else {})


def chi_header(lines: Sequence[str]) -> ChiHeader:
    """What the ``lines`` before the labels say; decimal commas are read too.

    >>> chi_header(["Cyclic Voltammetry", "Init E (V) = -0,04", "Init P/N = N"]).settings
    {'Init E (V)': -0.04}
    """
    stripped = [line.strip() for line in lines]
    technique = next((line.lower() for line in stripped[:SEARCHED] if line.lower() in TECHNIQUES), "")
    models = [found[1].strip() for line in stripped if (found := _MODEL.match(line))]
    settings = {found[1]: float(found[2].replace(",", ".")) for line in stripped if (found := _SETTING.fullmatch(line))}
    words = {
        found[1]: found[2].strip() for line in stripped if (found := _WORD.fullmatch(line)) and found[1] not in settings
    }
    date = stripped[0] if stripped and _DATE.match(stripped[0]) else ""
    return ChiHeader(technique, models[0] if models else "CH Instruments", date, settings, words)


def is_chi(lines: Sequence[str]) -> bool:
    """True when the first lines name a technique of CH Instruments or a model, or hold settings under its names."""
    head = [line.strip() for line in lines[:SEARCHED]]
    if any(re.match(r"Instrument Model:\s*CHI", line) for line in head):
        return True
    settings = {found[1] for line in head if (found := _SETTING.fullmatch(line))}
    if {"High Frequency (Hz)", "Low Frequency (Hz)"} <= settings:
        return True
    known = len(settings & set(SETTINGS))
    named = any(line.lower() in TECHNIQUES for line in head)
    modelled = any(_MODEL.match(line) for line in head)
    return any(line.lower() == IMPEDANCE for line in head) or (named and (known > 0 or modelled)) or known > 2


def is_mark(line: str) -> bool:
    """True for a line such as ``Segment 2:`` that stands between the rows of two segments."""
    return bool(_MARK.fullmatch(line.strip()))
