"""One self-contained HTML page that can be opened anywhere, printed, and read without scripts."""

from __future__ import annotations

import json
import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from honeycell.plot.figures import BASES, GF_COLOUR, HJ_COLOUR, VERDICT_COLOURS
from honeycell.quantities.errors import InputError

if TYPE_CHECKING:
    from jinja2 import Environment

VERDICTS = tuple(VERDICT_COLOURS)
_NOTHING = "–"
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_SIDES = {
    "above": "≥", "at least": "≥", "lower": "≥", "min": "≥", "minimum": "≥", ">": ">", ">=": "≥",
    "below": "≤", "at most": "≤", "upper": "≤", "max": "≤", "maximum": "≤", "<": "<", "<=": "≤",
    "about": "≈", "approximately": "≈",
}  # fmt: skip
_SVG_ELEMENTS = frozenset({"svg", "g", "defs", "path", "use", "clipPath", "rect", "circle", "text", "tspan", "image",
                           "title", "desc", "pattern", "linearGradient", "stop", "line", "polygon"})  # fmt: skip


def number(value: object, digits: int = 4) -> str:
    """A value as a reader wants it: ``digits`` significant digits, a true minus, powers of ten written out.

    >>> number(0.123456), number(-1.5e-7), number(123456.0), number(None)
    ('0.1235', '−1.5×10⁻⁷', '1.235×10⁵', '–')
    >>> number([1, 2.5]), number("yes"), number(True), number(12000)
    ('1, 2.5', 'yes', 'yes', '12000')
    """
    if value is None or value == "":
        return _NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {number(item, digits)}" for key, item in value.items()) or _NOTHING
    if isinstance(value, Sequence):
        return ", ".join(number(item, digits) for item in value) or _NOTHING
    try:
        real = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return str(value)
    if math.isnan(real):
        return _NOTHING
    if math.isinf(real):
        return "∞" if real > 0 else "−∞"
    if real.is_integer() and abs(real) < 1e5:
        text = str(int(real))
    else:
        exact = f"{real:.{digits - 1}e}"
        mantissa, power = exact.split("e")
        if -4 <= int(power) < 5:
            text = f"{float(exact):.{max(digits - 1 - int(power), 0)}f}"
            text = text.rstrip("0").rstrip(".") if "." in text else text
        else:
            mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
            text = f"{mantissa}×10{str(int(power)).translate(_SUPERSCRIPT)}"
    return text.replace("-", "−")


def unit_text(unit: object) -> str:
    """Unit as printed; nothing for a pure number.

    >>> unit_text("um"), unit_text("S/m**2"), unit_text("1")
    ('µm', 'S/m²', '')
    """
    text = "" if unit in (None, "1") else str(unit)
    text = re.sub(r"\*\*(-?\d+)", lambda found: found[1].translate(_SUPERSCRIPT), text).replace("*", "·")
    return {"ohm": "Ω", "degC": "°C"}.get(
        text, re.sub(r"\bu(?=(?:m|s|A|V|g|L|l|mol)\b)", "µ", text).replace("ohm", "Ω")
    )


def quantity(value: object, unit: object = None) -> str:
    """Number with its unit, e.g. ``12.3 µm``."""
    text = number(value)
    sign = "" if text == _NOTHING else unit_text(unit)
    return f"{text}\u00a0{sign}" if sign else text


def render(
    *,
    title: str,
    recipes: dict[str, list[dict[str, Any]]],
    figures: list[dict[str, Any]],
    assumptions: list[dict[str, Any]],
    findings: list[dict[str, Any]],
    ledger: list[dict[str, Any]],
    sources: dict[str, dict[str, Any]],
    settings: dict[str, Any],
) -> str:
    """The whole report as one HTML page without outside requests.

    Parameters
    ----------
    title : heading of the page.
    recipes : by sample, rows of ``field``, ``value``, ``status``.
    figures : ``title``, ``svg`` (from :func:`honeycell.plot.svg`) and ``caption``.
    assumptions : ``field``, ``sample``, ``value``, ``range``, ``status``, ``reason``.
    findings : ``title`` and ``text``.
    ledger : one row a claim; any value may be None.
    sources : by key, the parts of a citation; a ``doi`` becomes a link.
    settings : what the run was made with.

    Raises
    ------
    InputError : a figure that is not an SVG of the kind :func:`honeycell.plot.svg` writes.
    """
    claims = [_claim(row) for row in ledger]
    verdicts = [*VERDICTS, *sorted({c["verdict"] for c in claims} - set(VERDICTS))]
    bases = [*BASES, *sorted({c["basis"] for c in claims} - set(BASES))]
    own = [c for c in claims if not c["same_as"]]  # a restated claim is not counted twice
    counts = {v: {b: sum(c["verdict"] == v and c["basis"] == b for c in own) for b in bases} for v in verdicts}
    return _environment().get_template("page.html.j2").render(
        title=title,
        samples=list(recipes),
        recipes=_side_by_side(recipes),
        figures=[{**figure, "svg": _own_svg(figure), "wide": _wide(figure["svg"])} for figure in figures],
        assumptions=assumptions,
        findings=findings,
        claims=claims,
        verdicts=verdicts,
        bases=bases,
        types=sorted({c["type"] for c in claims if c["type"]}),
        counts=counts,
        own=len(own),
        sources=[_source(key, parts) for key, parts in sources.items()],
        settings=_settings(settings),
        colours={"HJ": HJ_COLOUR, "GF": GF_COLOUR},
        verdict_colours=VERDICT_COLOURS,
    )  # fmt: skip


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    def load(name: str) -> str:
        return (resources.files("honeycell.report") / name).read_text(encoding="utf-8")

    environment = Environment(
        loader=FunctionLoader(load), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(number=number, quantity=quantity, breakable=_breakable)
    return environment


def _breakable(name: str) -> Any:
    """A dotted name that may break after a dot or an underscore, and nowhere else."""
    from markupsafe import Markup, escape

    return Markup(re.sub(r"([._/])", r"\1<wbr>", str(escape(name))))


def _own_svg(figure: Mapping[str, Any]) -> Any:
    """The figure marked safe once it holds nothing but inert drawing."""
    from markupsafe import Markup

    text = str(figure.get("svg") or "").strip()
    where = f"figure {figure.get('title')!r}"
    cure = "Make it with honeycell.plot.svg."
    if not text.startswith("<svg") or "<!" in text or "<?" in text:
        raise InputError("the drawing is not a bare SVG element", where, cure)
    try:
        root = ET.fromstring(text)
    except ET.ParseError as error:
        raise InputError(f"the drawing is not well-formed ({error})", where, cure) from None
    for element in root.iter():
        tag = str(element.tag).rpartition("}")[2]
        if tag not in _SVG_ELEMENTS:
            raise InputError(f"the drawing holds <{tag}>", where, cure)
        for name, value in element.attrib.items():
            local = name.rpartition("}")[2].lower()
            outside = local in ("href", "src") and not value.startswith(("#", "data:image/png;base64,"))
            if local.startswith("on") or outside or re.search(r"url\((?!#)", value):
                raise InputError(f"the drawing has {local}={value[:40]!r}", where, cure)
    return Markup(text)


def _wide(svg: str) -> bool:
    """Whether a drawing wants the whole width of the page."""
    found = re.search(r'viewBox="\S+ \S+ ([\d.]+) [\d.]+"', svg)
    return found is not None and float(found[1]) > 480.0


def _claim(row: Mapping[str, Any]) -> dict[str, Any]:
    claimed, twin = row.get("claimed") or {}, row.get("twin") or {}
    side = str(claimed.get("side") or "")
    sign = _SIDES.get(side.lower(), "")
    kind = str(claimed.get("kind") or "")
    target = quantity(claimed.get("value"), claimed.get("unit"))
    ends = claimed.get("value")
    if kind == "range" and isinstance(ends, list | tuple) and len(ends) == 2:
        target = f"{number(ends[0])} to {quantity(ends[1], claimed.get('unit'))}"
    details = [
        f"tolerance {number(claimed['tolerance'])}" if claimed.get("tolerance") else "",
        kind if kind != "value" else "",
        side if side and not sign else "",
    ]
    identifier = _text(row.get("id"))
    claim: dict[str, Any] = {
        key: _text(row.get(key)) for key in ("where", "claim", "condition", "type", "same_as", "note", "record")
    } | {
        "id": identifier,
        "anchor": _anchor(identifier),
        "same_as_anchor": _anchor(_text(row.get("same_as"))),
        "claimed": f"{sign}\u00a0{target}" if sign and target != _NOTHING else target,
        "claimed_details": [detail for detail in details if detail],
        "twin": quantity(twin.get("value"), twin.get("unit")),
        "standard_error": number(twin["standard_error"], 3) if twin.get("standard_error") else "",
        "robustness": number(twin["robustness"], 3) if twin.get("robustness") is not None else "",
        "basis": _text(row.get("basis")) or "none",
        "fitted": [_text(name).removeprefix("recipe.") for name in row.get("fitted_parameters") or []],
        "verdict": _text(row.get("verdict")) or "open",
        "readings": [
            {
                "who": _text(reading.get("who")) or "unnamed",
                "value": quantity(reading.get("value"), reading.get("unit")),
                "verdict": _text(reading.get("verdict")),
            }
            for reading in row.get("readings") or []
        ],
    }
    if len(claim["readings"]) == 1 and claim["readings"][0]["value"] == claim["twin"]:
        claim["who"] = claim["readings"].pop()["who"]
    words = [claim[key] for key in ("id", "where", "claim", "condition", "type", "note", "same_as", "record")]
    words += [*claim["fitted"], *(reading["who"] for reading in claim["readings"])]
    return claim | {"words": " ".join([*words, claim.get("who", "")]).lower()}


def _text(value: object) -> str:
    return "" if value is None or value == "" else number(value)


def _anchor(identifier: str) -> str:
    return f"claim-{re.sub(r'[^A-Za-z0-9_.-]+', '-', identifier)}" if identifier else ""


def _side_by_side(recipes: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """One row a field, one cell a sample; ``differs`` where the samples do not say the same."""
    cells = {
        sample: {_text(row.get("field")): (number(row.get("value")), _text(row.get("status"))) for row in rows}
        for sample, rows in recipes.items()
    }
    fields = dict.fromkeys(field for rows in cells.values() for field in rows)
    table = []
    for field in fields:
        row = [rows.get(field, (_NOTHING, "")) for rows in cells.values()]
        table.append({"field": field, "cells": row, "differs": len(set(row)) > 1})
    return table


def _source(key: str, parts: Mapping[str, Any]) -> dict[str, str]:
    doi = re.sub(r"^(?:https?://(?:dx\.)?doi\.org/|doi:\s*)", "", _text(parts.get("doi")).strip(), flags=re.IGNORECASE)
    authors = parts.get("authors", parts.get("author"))
    words = [
        "; ".join(map(str, authors)) if isinstance(authors, list | tuple) else _text(authors),
        *(_text(parts.get(name)) for name in ("title", "journal")),
        " ".join(text for text in (_text(parts.get(name)) for name in ("volume", "pages")) if text),
        _year(parts.get("year")),
    ]
    used = {"doi", "authors", "author", "title", "journal", "volume", "pages", "year"}
    words += [
        f"{name}: {number(value)}" for name, value in parts.items() if name not in used and value not in (None, "")
    ]
    link = f"https://doi.org/{quote(doi, safe='/:;()._-')}" if re.fullmatch(r"10\.\d{4,9}/\S+", doi) else ""
    text = " ".join(word if word.endswith((".", "?", "!")) else f"{word}." for word in words if word)
    return {"key": key, "text": text, "doi": doi, "link": link}


def _year(value: object) -> str:
    return "" if value is None else str(value)


def _settings(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    rows = []
    for key, value in settings.items():
        nested = isinstance(value, Mapping | list | tuple)
        rows.append((str(key), json.dumps(value, ensure_ascii=False, default=str) if nested else _plain(value)))
    return rows


def _plain(value: object) -> str:
    """A setting exactly as it was; a seed or a version is never rounded."""
    return _NOTHING if value is None else str(value)
