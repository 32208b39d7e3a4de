"""Many times are read at once, to exactly what reading them one by one gives."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from honeycell.readers import clock

CELLS = (
    *("0:00:00", "5:05:59.5", "12:59:07.000001", "1234:7:3.25", "00:99:99", "0:00:12.123456789", "26:00:00.1"),
    *("", "1:2", "1:2:3:4", "a:1:2", "1:2:3.", "1:2:.5", "1:2:3.4.5", "1.5:2:3", "1:2.5:3", "1:100:3", "1:2:100"),
    *(
        "::",
        "1::2",
        "-1:2:3",
        "1:2:3\n",
        "1 02:03:04",
        "1:2:3,5",
        "\u0663:1:1",
        "1d 02:00:00",
        "1:2:3 ",
        "1:2:3." + "0" * 20,
    ),
)


@given(st.lists(st.sampled_from(CELLS[:7]) | st.sampled_from(CELLS), min_size=1, max_size=4))
@example(list(CELLS[:7]))
@example([CELLS[-1]])
def test_both_ways_agree(cells: list[str]) -> None:
    found = []
    for many in (1, 10**9):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(clock, "MANY", many)
            times = clock.seconds(cells)
            found.append(None if times is None else times.tolist())
    assert found[0] == found[1]


def test_the_quick_way_is_taken_where_there_are_many() -> None:
    assert clock._all_alike(list(CELLS[:7]) * 20) is not None
    assert clock._all_alike(list(CELLS[:7])) is None
