"""The ledger: one row per claim, verdict and basis computed from a run's quantities and their ancestry."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from honeycell.ledger.verdict import Outcome, judge, judge_range
from honeycell.quantities.units import from_si

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from honeycell.ledger.claims import Claim, Reading
    from honeycell.quantities.record import Ancestry
    from honeycell.quantities.value import Value

DIGITS = 6


@dataclass(frozen=True)
class Quantity:
    """A number (or text) of a run: SI value, unit, where it came from, what it descends from, and its draws.

    ``method`` and ``flags`` are those of the reduction that found it.
    """

    value: float | str | tuple[float, ...]
    unit: str
    record: str
    ancestry: Ancestry
    draws: tuple[float, ...] = ()
    given: bool = False
    method: str = ""
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """All quantities of a run by address, and the description of every value by ``(sample, key)``."""

    quantities: Mapping[str, Quantity]
    values: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)

    def claims_used(self, sample: str, ancestry: Ancestry) -> frozenset[str]:
        """Claims that some value in the ancestry was fitted to or taken from, or a mechanism introduced for."""
        known = self.values.get(sample, {})
        used = {
            claim for key in ancestry.keys if key in known for claim in known[key].fitted_to + known[key].taken_from
        }
        return frozenset(used) | ancestry.introduced_for

    def fitted_keys(self, sample: str, ancestry: Ancestry) -> set[str]:
        """Keys of the ancestry whose value was fitted or taken from a claim."""
        known = self.values.get(sample, {})
        return {key for key in ancestry.keys if key in known and (known[key].fitted_to or known[key].taken_from)}


def build_ledger(claims: Sequence[Claim], evidence: Evidence) -> list[dict[str, Any]]:
    """Rows of ``ledger.json``, in the order of ``claims``; restated claims follow their head."""
    heads = {claim.id: _row(claim, claims, evidence) for claim in claims if not claim.same_as}
    rows = []
    for claim in claims:
        if claim.same_as:
            head = heads[claim.same_as]
            rows.append({**head, **_stated(claim), "same_as": claim.same_as, "readings": []})
        else:
            rows.append(heads[claim.id])
    return rows


def _stated(claim: Claim) -> dict[str, Any]:
    value = list(claim.value) if isinstance(claim.value, tuple) else claim.value
    claimed: dict[str, Any] = {
        "value": value,
        "unit": claim.unit or None,
        "tolerance": claim.tolerance,
        "kind": claim.kind,
    }
    if claim.side:
        claimed["side"] = claim.side
    return {
        "id": claim.id,
        "where": claim.where,
        "claim": claim.claim,
        "condition": claim.condition,
        "type": claim.type,
        "claimed": claimed,
    }


def _row(claim: Claim, claims: Sequence[Claim], evidence: Evidence) -> dict[str, Any]:
    row = _stated(claim) | {
        "twin": {"value": None, "unit": None, "standard_error": None, "robustness": None},
        "basis": "none",
        "fitted_parameters": [],
        "verdict": "open",
        "readings": [],
        "same_as": None,
        "note": "",
        "record": None,
    }
    if claim.untestable:
        return row | {"verdict": "untestable", "note": claim.untestable}
    outcomes = [(reading, _outcome(claim, reading, evidence)) for reading in claim.readings]
    found = [(reading, outcome) for reading, outcome in outcomes if outcome is not None]
    if not found:
        return row | {"note": "no model computes this yet" if not claim.readings else "the run holds no such quantity"}
    reading, main = found[0]
    verdicts = {outcome.verdict for _, outcome in found}
    verdict = "contested" if {"agrees", "disagrees"} <= verdicts else main.verdict
    quantities = [evidence.quantities[address] for address in reading.addresses()]
    plain = claim.unit or ("1" if reading.over else quantities[0].unit)
    unit = None if isinstance(main.value, str) else plain
    return row | {
        "twin": {
            "value": _rounded(main.value),
            "unit": unit,
            "standard_error": _rounded(main.standard_error),
            "robustness": _rounded(main.robustness),
        },
        "basis": _basis(claim, claims, reading, evidence),
        "fitted_parameters": sorted({key for address in reading.addresses() for key in _fitted(address, evidence)}),
        "verdict": verdict,
        "readings": [
            {"who": each.who, "value": _rounded(outcome.value), "unit": unit, "verdict": outcome.verdict}
            for each, outcome in found
        ],
        "note": "; ".join(filter(None, [main.note, *_beside(claim, evidence)])),
        "record": quantities[0].record,
    }


def _beside(claim: Claim, evidence: Evidence) -> list[str]:
    """Numbers of the run that stand beside the claim, "none" where one is not a number."""
    said = []
    for each in claim.beside:
        if (quantity := evidence.quantities.get(each.quantity)) and isinstance(quantity.value, float):
            unit = "" if quantity.unit == "1" else f" {quantity.unit}"
            said.append(f"{each.who}: {f'{quantity.value:.3g}{unit}' if math.isfinite(quantity.value) else 'none'}")
    return said


def _fitted(address: str, evidence: Evidence) -> set[str]:
    return evidence.fitted_keys(address.split("/")[0], evidence.quantities[address].ancestry)


def _basis(claim: Claim, claims: Sequence[Claim], reading: Reading, evidence: Evidence) -> str:
    """Given, calibrated or predicted: a fact about the ancestry, never a statement of the claim's author."""
    quantities = {address: evidence.quantities[address] for address in reading.addresses()}
    if claim.type == "R" and all(quantity.given for quantity in quantities.values()):
        return "given"
    family = {claim.id} | {each.id for each in claims if each.same_as == claim.id}
    used = {
        each
        for address, quantity in quantities.items()
        for each in evidence.claims_used(address.split("/")[0], quantity.ancestry)
    }
    return "calibrated" if used & family else "predicted"


def _outcome(claim: Claim, reading: Reading, evidence: Evidence) -> Outcome | None:
    """The reading's outcome, None where the run lacks a quantity or it is not a number."""
    if any(address not in evidence.quantities for address in reading.addresses()):
        return None
    if reading.text:
        return judge(claim, _filled(reading, evidence), ())
    main = evidence.quantities[reading.quantity]
    if isinstance(main.value, str):
        return judge(claim, main.value, ())
    if not all(isinstance(evidence.quantities[address].value, float) for address in reading.addresses()):
        return None
    if reading.upto:
        return _range_outcome(claim, main, evidence.quantities[reading.upto])
    combine = _combination(reading, evidence)
    value = combine(main.value, None)
    if not math.isfinite(value):
        return None
    # A number without draws (a recipe's own choice) is the same in all of them.
    count = min(
        (drawn for address in reading.addresses() if (drawn := len(evidence.quantities[address].draws))), default=0
    )
    draws = [combine(main.draws[i] if main.draws else main.value, i) for i in range(count)]
    return judge(claim, value, [each for each in draws if math.isfinite(each)])


def _range_outcome(claim: Claim, low: Quantity, high: Quantity) -> Outcome | None:
    """Whether our range covers the one claimed, by the share of draws in which it does."""
    if not isinstance(low.value, float) or not isinstance(high.value, float):
        return None
    drawn = zip(low.draws, high.draws, strict=False)
    draws = [(a, b) for a, b in drawn if math.isfinite(a) and math.isfinite(b)]
    return judge_range(claim, (low.value, high.value), draws)


def _combination(reading: Reading, evidence: Evidence) -> Any:
    def other(address: str, draw: int | None) -> float:
        quantity = evidence.quantities[address]
        if draw is not None and quantity.draws:
            return quantity.draws[draw]
        return quantity.value if isinstance(quantity.value, float) else math.nan

    def combine(number: float, draw: int | None) -> float:
        if reading.versus:
            return number - reading.times * other(reading.versus, draw)
        if reading.over:
            divisor = other(reading.over, draw)
            ratio = number / divisor if divisor else math.nan
            if reading.within is None or math.isnan(ratio):
                return ratio
            return float(abs(ratio - 1.0) <= reading.within)
        return number

    return combine


def _filled(reading: Reading, evidence: Evidence) -> str:
    def put(match: re.Match[str]) -> str:
        quantity = evidence.quantities[f"{reading.sample}/recipe/{match[1]}"]
        if isinstance(quantity.value, tuple):
            return ", ".join(f"{each:g}" for each in quantity.value)
        return quantity.value if isinstance(quantity.value, str) else f"{from_si(quantity.value, match[2] or '1'):g}"

    return re.sub(r"{([a-z_.]+)(?:\|([^}]+))?}", put, reading.text)


def _rounded(number: Any) -> Any:
    return float(f"{number:.{DIGITS}g}") if isinstance(number, float) else number


def count(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """``{verdict: {basis: number}}`` over the rows that are not restatements."""
    result: dict[str, dict[str, int]] = {}
    for row in rows:
        if not row["same_as"]:
            by = result.setdefault(row["verdict"], {})
            by[row["basis"]] = by.get(row["basis"], 0) + 1
    return result
