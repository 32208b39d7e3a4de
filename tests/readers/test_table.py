"""Long tables are converted column by column, to exactly what reading them cell by cell gives."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honeycell.quantities.errors import ReadError
from honeycell.readers import Source
from honeycell.readers import table as module
from honeycell.readers.regular import RegularRows
from honeycell.readers.table import read_table

LABELS = ("a", "b", "c")
CELLS = (
    *("1", "2.5", "+5", " 5", "5 ", "1e5", "1E-3", "", "nan", "inf", "-inf", "0x1", "1_0", "5.", ".5", "-.5", "1e400"),
    *("1e-400", "abc", "#x", "1,5", "٣", "1 2", "--1", "1e", "\v3", "\u00a04", "é", "0.1234567890123456789", "9" * 30),
)


def outcome(lines: list[str], mark: str, long: int) -> list[Any]:
    """Everything a table can be asked for, or the refusal."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "LONG", long)
        try:
            table = read_table(Source("x", "\n".join([mark.join(LABELS), *lines]).encode()), LABELS, 1, separator=mark)
        except ReadError as error:
            return [str(error)]
        result: list[Any] = [[list(row) for row in table.rows], list(table.lines), table.separator]
        for columns in ([0], [1], [2], [0, 1, 2]):
            try:
                result.append([values.tolist() for values in table.numbers(columns)])
            except ReadError as error:
                result.append(str(error))
        numbers, numeric, text = table.raw()
        return [*result, numbers.tolist(), numeric, text, [list(table.cells(column)) for column in range(3)]]


@given(data=st.data(), mark=st.sampled_from(",;\t"), end=st.booleans())
def test_both_ways_agree(data: st.DataObject, mark: str, end: bool) -> None:
    columns = [data.draw(st.lists(st.sampled_from(CELLS), min_size=1, max_size=3)) for _ in LABELS]
    row = st.tuples(*(st.sampled_from(each) for each in columns))
    rows = data.draw(st.lists(row, min_size=1, max_size=5))
    lines = [mark.join(cells) + mark * end for cells in rows]
    if data.draw(st.integers(0, 4)) == 0:  # a row that was cut off, or has a cell too many
        place = data.draw(st.integers(0, len(lines) - 1))
        lines[place] = data.draw(st.sampled_from((lines[place].rpartition(mark)[0], lines[place] + mark + "1", "1")))
    assert outcome(lines, mark, 1) == outcome(lines, mark, 10**9)


@pytest.mark.parametrize("place", [0, 1000, -1])
def test_a_long_table_names_the_row_that_was_cut_off(place: int) -> None:
    lines = ["1,2,x"] * module.LONG
    lines[place] = "1,2"
    with pytest.raises(ReadError, match=f"line {(place % len(lines)) + 1}"):
        read_table(Source("x", "\n".join(lines).encode()), LABELS, 0)


def test_the_quick_way_is_taken_for_long_regular_tables_only() -> None:
    regular = ["1,2,x"] * module.LONG
    assert isinstance(read_table(Source("x", "\n".join(regular).encode()), LABELS, 0).rows, RegularRows)
    comma = "\n".join(["1,5\t2\tx"] * module.LONG).encode()
    table = read_table(Source("x", comma), LABELS, 0)
    assert isinstance(table.rows, RegularRows)
    assert table.numbers([0, 1])[0].tolist() == [1.5] * module.LONG
    for odd in ("", "# a comment", '"1",2,x', "1,2,x,"):
        rows = read_table(Source("x", "\n".join([*regular, odd, "1,2,x"]).encode()), LABELS, 0).rows
        assert isinstance(rows, list)
