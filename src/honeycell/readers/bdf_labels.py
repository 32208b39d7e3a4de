"""What the labels of a Battery Data Format table mean, as the format prefers them, as machine names, or with other units."""

from __future__ import annotations

from honeycell.quantities.battery_data_format import TERMS, Term
from honeycell.readers.vocabulary import Meaning, Vocabulary

_WITHOUT_UNIT = ("step_id", "step_type")
# terms that no variable takes: kept as they stand, without a warning
_KEPT = """
unix_time record_index step_index step_record_index step_time step_type net_capacity cumulative_capacity cycle_net_capacity
cycle_cumulative_capacity net_energy cumulative_energy cycle_net_energy cycle_cumulative_energy power internal_resistance
ambient_pressure applied_pressure surface_pressure temperature_t2 temperature_t3 temperature_t4 temperature_t5
surface_temperature_t2 surface_temperature_t3 surface_temperature_t4 surface_temperature_t5 frequency real_impedance
imaginary_impedance absolute_impedance phase date_time
"""
KEPT = frozenset(_KEPT.split())
_DIMENSION = {"test_time": "time", "voltage": "voltage", "current": "current", "cycle": "count", "step": "count"}
_ALIASES = {  # of words that mean nothing else
    "cycle_count": "cyclenumber cycleindex cycle",
    "voltage": "cellvoltage",
    "charging_capacity": "chargecapacity",
    "discharging_capacity": "dischargecapacity",
    "charging_energy": "chargeenergy",
    "discharging_energy": "dischargeenergy",
}


def stem(machine: str) -> str:
    """The machine name without its unit."""
    return machine if machine in _WITHOUT_UNIT or machine.endswith("_count") else machine.rpartition("_")[0]


def _dimension(variable: str) -> str:
    if variable.endswith("temperature"):
        return "temperature"
    return _DIMENSION.get(variable) or ("energy" if variable.endswith("energy") else "charge")


def _vocabulary() -> Vocabulary:
    """Terms by their stem, so that other units than the format's are understood too."""
    names, dimensions, exact = {}, {}, {}
    for term in TERMS:
        key = stem(term.machine)
        names[key] = f"{key.replace('_', '')} {_ALIASES.get(key, '')}"
        dimensions[key] = _dimension(term.variable)
        exact[term.label] = exact[term.machine] = Meaning(key, term.factor, True, term.offset)
    return Vocabulary(names, dimensions, exact=exact)


BDF = _vocabulary()
BY_STEM = {stem(term.machine): term for term in TERMS}


def chosen(labels: tuple[str, ...]) -> dict[str, tuple[int, Meaning, Term]]:
    """For each variable the column that gives it: its index, meaning and term."""
    found = BDF.meanings(labels)
    result: dict[str, tuple[int, Meaning, Term]] = {}
    for term in TERMS:
        key = stem(term.machine)
        if term.variable not in result and key in found:
            means = BDF.meaning(labels[found[key][0]])
            assert means is not None
            result[term.variable] = (found[key][0], means, term)
    return result


def is_bdf(labels: tuple[str, ...]) -> bool:
    """True for test time, voltage and current, or for a count of cycles beside two of them."""
    found = set(BDF.meanings(labels))
    needed = {"test_time", "voltage", "current"} & found
    return len(needed) == 3 or ("cycle_count" in found and len(needed) == 2)


def is_known(label: str) -> bool:
    """True for any term of the format, whatever its unit."""
    word = label.strip().partition(" / ")[0].lower().replace(" ", "_")
    return BDF.meaning(label) is not None or bool({word, stem(word)} & KEPT)
