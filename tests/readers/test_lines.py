"""Lines kept as bytes are those of the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honeycell.readers import Source
from honeycell.readers import lines as module
from honeycell.readers import source as source_module
from honeycell.readers.lines import Lines

TEXTS = st.text(st.sampled_from("ab,\u00e9\u5145\r\n\n\n\x1a"), max_size=40)


@given(TEXTS, st.integers(-6, 45), st.integers(-6, 45), st.integers(1, 3))
def test_they_are_those_that_splitting_gives(text: str, first: int, last: int, step: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_CHUNK", 7)
        lines, expected = Lines(text.encode()), text.split("\n")
    assert list(lines) == expected
    assert len(lines) == len(expected)
    assert [lines[k] for k in range(-len(lines), len(lines))] == expected + expected
    assert lines[first:last:step] == expected[first:last:step]
    assert lines.leading(0, len(lines)).tolist() == [(line + "\n").encode()[0] for line in expected]
    with pytest.raises(IndexError):
        lines[len(lines)]


@given(
    st.lists(st.lists(st.sampled_from(("", "1", "-2", "+a", "x3", "\u5145", ".5")), max_size=4), min_size=1, max_size=9)
)
def test_lines_without_a_digit_at_the_beginning_of_a_cell_are_found(rows: list[list[str]]) -> None:
    lines = Lines("\n".join(map(",".join, rows)).encode())
    lacking = [not any(cell.lstrip("+-")[:1].isdigit() for cell in [*row[:1], *row[2:3]]) for row in rows]
    assert list(lines.without_digit(",", (0, 2), 0, len(rows))) == [k for k, each in enumerate(lacking) if each]


@given(TEXTS, st.sampled_from(("utf-8", "utf-8-sig", "utf-16", "gbk", "utf-16-le")))
def test_a_large_text_has_the_lines_of_a_small_one(text: str, encoding: str) -> None:
    content = ("a,b\n" + text.replace("\u00e9", "e")).encode(encoding)
    small = list(Source("x", content).lines)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source_module, "LARGE", 0)
        large = Source("x", content).lines
        assert isinstance(large, Lines)
    assert list(large) == small


@given(
    st.binary(max_size=60).map(lambda raw: raw.translate(bytes(b"ab\r\n"[byte % 4] for byte in range(256)))),
    st.integers(0, 9),
)
def test_no_line_is_too_long_where_the_longest_is_not(content: bytes, most: int) -> None:
    assert source_module._lines_within(content, most) == (source_module._longest_line(content) <= most)
