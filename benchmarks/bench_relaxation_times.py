"""The distribution of relaxation times of one spectrum."""

from __future__ import annotations

from functools import partial
from typing import Any

import forge
import ours
import peers
from harness import at_most, in_turns, row

NAME = "relaxation_times"
SECONDS = 0.05


def rows() -> list[dict[str, Any]]:
    # bounded at low frequency, as the method wants it
    case = forge.drawn("three arcs", 1, 0.002)[0]
    own, peer = ours.relaxation_times(), peers.pyimpspec_relaxation_times()
    each, other = in_turns([None if isinstance(call, str) else partial(call, case) for call in (own, peer)])
    note = "; ".join(text for text in (own, peer) if isinstance(text, str)) or None
    numbers = {"ours_seconds": each, "peer": f"{peers.PYIMPSPEC} TR-NNLS", "peer_seconds": other, "note": note}
    return [row(NAME, "three arcs, 60 points", **numbers, **at_most(each, SECONDS))]
