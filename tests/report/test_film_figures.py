"""What a caption says of depths beyond the quench library."""

from __future__ import annotations

import json

import pytest
import xarray as xr

from honeycell.report.film_figures import _reach

OUTSIDE, FAILED = "outside_library: 4 of 50 depths lie outside", "own_quench: 1 of 3 failed: it had not set"


@pytest.mark.parametrize(
    ("own", "flags", "said"),
    [
        (0, [], ""),
        (0, [OUTSIDE], "Beware: 4 of 50 depths lie outside."),
        (1, [], "1 quench was run for depths beyond the quench library."),
        (3, [OUTSIDE, FAILED], "3 quenches were run for depths beyond the quench library. "
         "Beware: 4 of 50 depths lie outside. Of these quenches 1 of 3 failed: it had not set."),
    ],
)  # fmt: skip
def test_a_caption_says_what_depths_beyond_the_library_stand_on(own: int, flags: list[str], said: str) -> None:
    records = {f"quench_{n}": xr.Dataset() for n in range(own)}
    assert _reach(records, xr.Dataset(attrs={"flags": json.dumps(flags)})).strip() == said
