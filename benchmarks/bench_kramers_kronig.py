"""The linear Kramers-Kronig test of one spectrum."""

from __future__ import annotations

from functools import partial
from typing import Any

import forge
import ours
import peers
from harness import at_most, in_turns, row

NAME = "kramers_kronig"
SECONDS = 0.03
CALLS = 20  # ours is timed over this many spectra a turn: one is too short for the clock beside the peers


def rows() -> list[dict[str, Any]]:
    cases = forge.reference(CALLS, 0.002)
    own = ours.kramers_kronig()
    others = {peers.IMPEDANCE: peers.impedance_kramers_kronig(), peers.PYIMPSPEC: peers.pyimpspec_kramers_kronig()}
    calls = [None if isinstance(own, str) else lambda: [own(case) for case in cases]]
    calls += [None if isinstance(peer, str) else partial(peer, cases[0]) for peer in others.values()]
    total, *taken = in_turns(calls, repeats=3)
    each = None if total is None else total / CALLS
    return [
        row(
            NAME,
            f"reference, 60 points, against {name}",
            ours_seconds=each,
            peer=name,
            peer_seconds=seconds,
            **at_most(each, SECONDS),
            note="; ".join(text for text in (own, others[name]) if isinstance(text, str)) or None,
        )
        for name, seconds in zip(others, taken, strict=True)
    ]
