"""Claims, as a table states them, and how each is read from a run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from honeycell.data.tables import read_toml, root
from honeycell.quantities.errors import InputError, TableError
from honeycell.quantities.units import conversion

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable
    from pathlib import Path

TYPES = ("R", "M", "Q", "I", "L")
KINDS = ("value", "bound", "range", "sign", "binary", "protocol")
CLAIM_FIELDS = frozenset(
    [
        "id",
        "where",
        "claim",
        "condition",
        "type",
        "kind",
        "value",
        "unit",
        "tolerance",
        "side",
        "same_as",
        "instruments",
        "untestable",
        "contested",
        "reading",
        "beside",
    ]
)
READING_FIELDS = frozenset({"who", "quantity", "versus", "times", "over", "upto", "text", "within"})


@dataclass(frozen=True)
class Reading:
    """One way to read a claim from a run.

    ``quantity`` is the address ``sample/record/name`` of a number (a recipe field is ``sample/recipe/section.field``); ``versus``, ``times`` so
    much where only a difference that a measurement can tell counts, is subtracted from it, ``over`` divides it, and ``within`` asks whether
    that ratio lies within this share of one. ``upto`` is the upper end of a range of which ``quantity`` is the lower, and which must cover the
    one claimed. ``text`` is a template of recipe fields, ``"{film.plate_length|cm} cm"``.
    """

    who: str
    quantity: str = ""
    versus: str = ""
    over: str = ""
    upto: str = ""
    text: str = ""
    sample: str = ""
    within: float | None = None
    times: float = 1.0

    def addresses(self) -> list[str]:
        """Every quantity this reading needs."""
        fields = [f"{self.sample}/recipe/{name}" for name in re.findall(r"{([a-z_.]+)[|}]", self.text)]
        return [each for each in (self.quantity, self.versus, self.over, self.upto) if each] + fields


@dataclass(frozen=True)
class Claim:
    """One row of a claims table; values stay in the claim's own unit.

    ``beside`` are numbers that a row names in its note and that nothing is judged by.
    """

    id: str
    claim: str
    type: str
    kind: str
    where: str = ""
    condition: str = ""
    value: float | str | tuple[float, float] | None = None
    unit: str = ""
    tolerance: float | None = None
    side: str = ""
    same_as: str = ""
    instruments: tuple[str, ...] = ()
    untestable: str = ""
    readings: tuple[Reading, ...] = ()
    beside: tuple[Reading, ...] = ()


def paper_claims() -> list[Claim]:
    """The 192 claims of the paper."""
    return read_claims(root() / "claims" / "paper.toml", "hj-4-6")


def read_claims(path: Traversable | Path, sample: str) -> list[Claim]:
    """Claims of a table; an address without a sample means ``sample``.

    Raises
    ------
    TableError : damaged file, unknown field or kind, a repeated id, or ``same_as`` that names no head.
    """
    given = read_toml(path).get("claim", [])
    if not isinstance(given, list) or not all(isinstance(row, dict) for row in given):
        raise TableError("'claim' is not a list of tables", path.name, "Write [[claim]] blocks.")
    rows = [_claim(row, f"{path.name} claim {row.get('id', '?')}", sample) for row in given]
    if not rows:
        raise TableError("holds no [[claim]]", path.name, "See 'honeycell ledger --help' for the form of a claim.")
    heads = {row.id for row in rows if not row.same_as}
    if len({row.id for row in rows}) < len(rows):
        raise TableError("a claim id occurs twice", path.name)
    for row in rows:
        if row.same_as and row.same_as not in heads:
            raise TableError(f"same_as {row.same_as!r} is not a claim of its own", f"{path.name} claim {row.id}")
    return rows


def _claim(row: dict[str, Any], where: str, sample: str) -> Claim:
    if unknown := set(row) - CLAIM_FIELDS:
        raise TableError(f"unknown field {sorted(unknown)[0]!r}", where, f"Known: {', '.join(sorted(CLAIM_FIELDS))}.")
    for name, known in (("type", TYPES), ("kind", KINDS)):
        if row.get(name) not in known:
            raise TableError(f"{name} is {row.get(name)!r}", where, f"It must be one of {', '.join(known)}.")
    for name in ("id", "claim"):
        if not isinstance(row.get(name), str):
            raise TableError(f"no {name}", where)
    value = row.get("value")
    _check_shape(row, value, where)
    return Claim(
        row["id"],
        row["claim"],
        row["type"],
        row["kind"],
        row.get("where", ""),
        row.get("condition", ""),
        (float(value[0]), float(value[1]))
        if isinstance(value, list)
        else float(value)
        if isinstance(value, int)
        else value,
        row.get("unit", ""),
        row.get("tolerance"),
        row.get("side", ""),
        row.get("same_as", ""),
        tuple(row.get("instruments", ())),
        row.get("untestable", ""),
        tuple(_reading(each, where, sample) for each in row.get("reading", ())),
        tuple(_beside(each, where, sample) for each in row.get("beside", ())),
    )


def _check_shape(row: dict[str, Any], value: Any, where: str) -> None:
    """A claim's value, unit, tolerance and side fit its kind."""

    def number(given: Any) -> bool:
        return isinstance(given, int | float) and not isinstance(given, bool)

    kind = row["kind"]
    fits = {
        "value": number(value),
        "bound": number(value),
        "range": isinstance(value, list) and len(value) == 2 and all(map(number, value)) and value[0] < value[1],
        "sign": value in ("less", "greater"),
        "binary": value in ("yes", "no", None),
        "protocol": value is None or isinstance(value, str),
    }
    if not fits[kind]:
        expected = {
            "value": "a number",
            "bound": "a number",
            "range": "[low, high]",
            "sign": "'less' or 'greater'",
            "binary": "'yes' or 'no'",
            "protocol": "text",
        }
        raise TableError(f"value is {value!r}", where, f"A {kind} needs {expected[kind]}.")
    if kind == "bound" and row.get("side") not in (">", "<"):
        raise TableError(f"side is {row.get('side')!r}", where, "A bound needs side = '>' or '<'.")
    if not number(row.get("tolerance", 0)):
        raise TableError(f"tolerance is {row['tolerance']!r}", where, "It must be a number in the claim's unit.")
    if kind in ("value", "bound", "range"):
        try:
            conversion(row.get("unit", "") or "1")
        except InputError as error:
            raise TableError(error.what, where, error.cure) from None


def _beside(given: dict[str, Any], where: str, sample: str) -> Reading:
    if set(given) != {"who", "quantity"}:
        raise TableError("what stands beside a claim needs 'who' and 'quantity' alone", where)
    return _reading(given, where, sample)


def _reading(given: dict[str, Any], where: str, sample: str) -> Reading:
    if unknown := set(given) - READING_FIELDS:
        raise TableError(
            f"unknown field {sorted(unknown)[0]!r} in a reading", where, f"Known: {', '.join(sorted(READING_FIELDS))}."
        )
    if ("quantity" in given) == ("text" in given):
        raise TableError("a reading needs either 'quantity' or 'text'", where)

    within = given.get("within")
    if within is not None and ("over" not in given or not isinstance(within, int | float) or not 0.0 < within < 1.0):
        raise TableError(f"within is {within!r}", where, "It is a share of one, and needs 'over'.")

    times = given.get("times", 1.0)
    if (
        isinstance(times, bool)
        or not isinstance(times, int | float)
        or times <= 0.0
        or not ("versus" in given or times == 1.0)
    ):
        raise TableError(f"times is {times!r}", where, "It is a positive number, and needs 'versus'.")

    if "upto" in given and "quantity" not in given:
        raise TableError("'upto' needs 'quantity', the lower end", where)

    def whole(address: str) -> str:
        return f"{sample}/{address}" if address.count("/") == 1 else address

    addresses = {name: whole(given[name]) for name in ("quantity", "versus", "over", "upto") if name in given}
    return Reading(
        given.get("who", "twin"),
        text=given.get("text", ""),
        sample=sample,
        within=within,
        times=float(times),
        **addresses,
    )
