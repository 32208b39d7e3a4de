"""The report page made from forged parts."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from honeycell.plot import figure_ledger_counts, svg
from honeycell.quantities.errors import InputError
from honeycell.report import render
from honeycell.report.page import number, quantity, unit_text

KEYS = ("id", "where", "claim", "condition", "type", "claimed", "twin", "basis", "fitted_parameters", "verdict",
        "readings", "same_as", "note", "record")  # fmt: skip


def ledger(count: int = 192) -> list[dict[str, Any]]:
    rows = []
    for i in range(count):
        verdict = ("agrees", "disagrees", "contested", "untestable", "open")[i % 5]
        rows.append(
            {
                "id": f"C{i:03d}",
                "where": f"p. {i % 12}, Fig. {i % 7}",
                "claim": f"the ionic conductivity of sample {i} is above that of the glass fibre",
                "condition": "25 °C" if i % 3 else None,
                "type": ("number", "trend", "comparison")[i % 3],
                "claimed": {"value": 1.23456e-3 * i, "unit": "S/cm", "tolerance": 0.1, "kind": "relative"},
                "twin": {"value": 1.3e-3 * i, "unit": "S/cm", "standard_error": 1.23456e-5, "robustness": 0.87},
                "basis": ("given", "calibrated", "predicted", "none")[i % 4],
                "fitted_parameters": ["tortuosity_scale"] if i % 4 == 1 else [],
                "verdict": verdict,
                "readings": [
                    {"who": "text", "value": 1.0, "unit": "um", "verdict": "agrees"},
                    {"who": "figure", "value": 2.0, "unit": "um", "verdict": "disagrees"},
                ]
                if verdict == "contested"
                else [],
                "same_as": "C001" if i == 7 else None,
                "note": "read from the figure" if i % 6 == 0 else None,
                "record": f"r{i}" if i % 2 else None,
            }
        )
    return rows


def page(**changes: Any) -> str:
    parts: dict[str, Any] = {
        "title": "Twin of a quasi-solid cell",
        "recipes": {
            "hj": [
                {"field": "film.thickness", "value": "100 um", "status": "given"},
                {"field": "film.zeolite", "value": 0.123456, "status": "estimated"},
            ],
            "gf": [{"field": "film.thickness", "value": "675 um", "status": "literature"}],
        },
        "figures": [
            {
                "title": "Counts",
                "svg": svg(figure_ledger_counts(ledger()), "Counts"),
                "caption": "What agrees with what.",
            }
        ],
        "assumptions": [
            {
                "field": "bath.temperature",
                "sample": "hj",
                "value": 298.15,
                "range": [293.15, 303.15],
                "status": "assumed",
                "reason": "nobody said",
            },
        ],
        "findings": [{"title": "The arc", "text": "The arc is set by the front skin."}],
        "ledger": ledger(),
        "sources": {
            "flory1953": {
                "authors": ["P. J. Flory"],
                "title": "Principles of Polymer Chemistry",
                "year": 1953,
                "doi": "10.1000/abc<d>",
                "url": "https://example.org/x",
            },
            "memory": {"note": None},
        },
        "settings": {"seed": 20240101, "grid": {"nodes": 400}, "version": "0.1.0", "none": None},
    }
    return render(**(parts | changes))


class Collector(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def tags(text: str) -> list[tuple[str, dict[str, str | None]]]:
    collector = Collector()
    collector.feed(text)
    return collector.tags


def test_nothing_is_fetched() -> None:
    found = tags(page())
    for tag, attributes in found:
        assert tag not in ("link", "iframe", "object", "embed", "base")
        for name in ("src", "href", "xlink:href", "action", "srcset"):
            target = attributes.get(name) or ""
            if re.match(r"(?i)https?:|//", target):
                assert tag == "a"
                assert name == "href"
                assert target.startswith("https://doi.org/")
    text = page()
    assert "@import" not in text
    assert re.search(r"url\((?!#)", text) is None
    policy = next(a["content"] for t, a in found if t == "meta" and a.get("http-equiv") == "Content-Security-Policy")
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"


def test_every_claim_has_a_row_and_contested_ones_their_readings() -> None:
    found = tags(page())
    rows = [a for t, a in found if t == "tr" and "claim" in (a.get("class") or "").split()]
    assert len(rows) == 192
    entries = [a for t, a in found if t == "tbody" and a.get("class") == "entry"]
    assert len(entries) == 192
    assert not any("hidden" in a for a in entries)
    contested = sum(row["verdict"] == "contested" for row in ledger())
    assert sum(t == "tr" and a.get("class") == "readings" for t, a in found) == contested
    assert page().count("<li><span>text</span>") == contested


def test_ids_are_unique_and_inner_links_lead_somewhere() -> None:
    found = tags(page())
    ids = [a["id"] for _, a in found if a.get("id")]
    assert len(ids) == len(set(ids))
    for tag, attributes in found:
        target = attributes.get("href") or ""
        if tag == "a" and target.startswith("#"):
            assert target[1:] in ids


def test_hostile_text_is_escaped() -> None:
    evil = "<script>alert('x')</script>\"><img src=https://x onerror=alert(1)>"
    row = dict.fromkeys(KEYS, evil) | {
        "claimed": {"value": evil, "unit": evil, "tolerance": evil, "kind": evil, "side": evil},
        "twin": {"value": evil, "unit": evil, "standard_error": evil, "robustness": evil},
        "fitted_parameters": [evil],
        "readings": [{"who": evil, "value": evil, "unit": evil, "verdict": evil}],
    }
    text = page(
        title=evil,
        recipes={evil: [{"field": evil, "value": evil, "status": evil}]},
        assumptions=[dict.fromkeys(("field", "sample", "value", "range", "status", "reason"), evil)],
        findings=[{"title": evil, "text": evil}],
        ledger=[row],
        sources={evil: {"title": evil, "doi": "javascript:" + evil, evil: evil}},
        settings={evil: evil},
    )
    found = tags(text)
    assert sum(t == "script" for t, _ in found) == 1
    assert not any(t == "img" for t, _ in found)
    assert not any(name.startswith("on") for _, a in found for name in a)
    assert not any((a.get("href") or "").startswith("javascript") for _, a in found)


def test_drawings_with_anything_but_drawing_are_refused() -> None:
    for bad in (
        "<p>no</p>",
        "<svg",
        None,
        "<svg><script>1</script></svg>",
        '<svg onload="x()"/>',
        '<svg><image href="https://x/y.png"/></svg>',
        '<svg><rect style="fill:url(https://x)"/></svg>',
        "<svg><foreignObject/></svg>",
        "<svg><style>@import 'x'</style></svg>",
        "<svg><!-- x --></svg>",
    ):
        with pytest.raises(InputError, match=r"honeycell\.plot\.svg"):
            page(figures=[{"title": "f", "svg": bad, "caption": ""}])


def test_nulls_everywhere() -> None:
    rows = [
        dict.fromkeys(KEYS),
        {},
        dict.fromkeys(KEYS)
        | {
            "claimed": dict.fromkeys(("value", "unit", "tolerance", "kind", "side")),
            "twin": dict.fromkeys(("value", "unit", "standard_error", "robustness")),
            "readings": [dict.fromkeys(("who", "value", "unit", "verdict"))],
        },
    ]
    text = page(
        ledger=rows,
        recipes={"hj": [dict.fromkeys(("field", "value", "status"))]},
        assumptions=[dict.fromkeys(("field", "sample", "value", "range", "status", "reason")), {}],
        findings=[{"title": None, "text": None}],
    )
    assert text.count('<tr class="claim') == 3
    assert "None" not in re.sub(r"<code>.*?</code>", "", text)


def test_empty_report() -> None:
    text = page(recipes={}, figures=[], assumptions=[], findings=[], ledger=[], sources={}, settings={})
    assert "0 claims in the ledger" in text


def test_summary_counts_and_legend() -> None:
    text = page()
    assert "192 claims in the ledger" in text
    for word in ("given", "calibrated", "predicted"):
        assert f"<strong>{word}</strong>" in text
    assert "#0072B2" in text
    assert "#D55E00" in text


def test_same_page_twice() -> None:
    assert page() == page()


def test_numbers_read_well() -> None:
    assert number(1.23456e-3) == "0.001235"
    assert number(9.99996) == "10"
    assert number(-0.00001) == "−1×10⁻⁵"
    assert number(float("nan")) == "–"
    assert number(float("-inf")) == "−∞"
    assert number(1999.96) == "2000"
    assert quantity(12.0, "um") == "12\u00a0µm"
    assert quantity(None, "um") == "–"
    assert unit_text("ohm*cm**2") == "Ω·cm²"
    assert unit_text("mAh/g") == "mAh/g"


def test_sides_and_settings_are_shown() -> None:
    text = page(ledger=[{"id": "x", "claimed": {"value": 3, "unit": "V", "side": "at least"}}])
    assert "≥\u00a03\u00a0V" in text
    assert "20240101" in text
    assert "675 um" in text


def test_one_reading_that_is_the_twins_own_number_is_not_repeated() -> None:
    twin = {"value": 3.0, "unit": "V", "standard_error": 0.0}
    row = {
        "id": "x",
        "note": "",
        "condition": "",
        "twin": twin,
        "readings": [{"who": "twin", **twin, "verdict": "agrees"}],
    }
    text = page(ledger=[row])
    assert 'aria-label="Readings"' not in text
    assert "s.e. 0" not in text
    assert '<p class="note' not in text
    assert 'aria-label="Readings"' in page(ledger=[row | {"readings": [{"who": "twin", "value": 4.0, "unit": "V"}]}])


def test_a_claimed_range_reads_as_one() -> None:
    text = page(ledger=[{"id": "x", "claimed": {"value": [-20, 60], "unit": "degC", "kind": "range"}}])
    assert "−20 to 60\u00a0°C" in text


def test_assumed_ranges_are_in_the_unit_written() -> None:
    from honeycell.quantities.entry import read_value
    from honeycell.report.campaign import _range, _shown

    thick = read_value({"value": 480, "unit": "um", "range": [200, 675], "status": "assumed"}, "m", "x")
    assert (_shown(thick), _range(thick)) == ("480\u00a0µm", "200 to 675\u00a0µm")
    warm = read_value({"value": "25 degC", "range": ["18 degC", "30 degC"], "status": "assumed"}, "K", "x")
    assert (_shown(warm), _range(warm)) == ("25\u00a0°C", "18 to 30\u00a0°C")
    share = read_value({"value": 0.9, "range": [0.8, 0.93], "status": "assumed"}, "1", "x")
    assert (_shown(share), _range(share)) == ("0.9", "0.8 to 0.93")
    assert _shown(read_value("GF/D", "text", "x")) == "GF/D"
