"""Impedance spectra fitted without a guess: how often the truth is found, what a fit says when it is not, and how fast."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import forge
import ours
import peers
from harness import at_least, at_most, in_turns, memory_of, once, row

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from forge import Case

NAME = "fit"
BATCH = 100
SECONDS = 0.03  # per spectrum
RIGHT = 0.98  # share of identifiable spectra whose targets are found
LOW, HIGH = 0.002, 0.01
TWO_ARCS = "two arcs and Warburg"
ASKED = {"circuit given": True, "circuit chosen": False}


def rows() -> list[dict[str, Any]]:
    fit = ours.fitting()
    if isinstance(fit, str):
        return [row(NAME, "fits without a guess", note=fit), *guesses()]
    return [*timing(fit), *guesses(), *truth(fit)]


def suites() -> dict[str, list[Case]]:
    """Every set of spectra that the fits are judged on."""
    made = {f"reference, noise {noise:.1%}": forge.reference(BATCH, noise) for noise in (LOW, HIGH)}
    made |= {f"drawn over decades, noise {noise:.1%}": forge.drawn(TWO_ARCS, 50, noise) for noise in (LOW, HIGH)}
    others = [name for name in forge.KINDS if name != TWO_ARCS]
    made |= {f"{name}, noise {LOW:.1%}": forge.drawn(name, 20, LOW) for name in others}
    made |= {f"one arc, 10 to 200 points, noise {HIGH:.1%}": forge.drawn("one arc", 20, HIGH, points=None)}
    made |= {f"{TWO_ARCS}, 10 to 200 points, noise {LOW:.1%}": forge.drawn(TWO_ARCS, 20, LOW, points=None)}
    made |= {f"{TWO_ARCS}, 3 outliers, noise {LOW:.1%}": forge.drawn(TWO_ARCS, 20, LOW, outliers=3)}
    return made


def truth(fit: ours.FitMany) -> list[dict[str, Any]]:
    """The share found within max(10 %, 4 Cramer-Rao deviations), and what the others say."""
    made = []
    for what, cases in suites().items():
        for label, given in ASKED.items():
            answers = fit(cases, cases[0].kind.circuit if given else None)
            wrong = [(c, a) for c, a in zip(cases, answers, strict=True) if not c.right(a.found)]
            share = 1.0 - len(wrong) / len(cases)
            said = complaint(wrong, len(cases)) if wrong else None
            made.append(row(NAME, f"{what}: {label}, right", ours=round(share, 3), **at_least(share, RIGHT), note=said))
            silent = sum(not answer.flagged for _, answer in wrong)
            made.append(row(NAME, f"{what}: {label}, wrong and not flagged", ours=silent, **at_most(silent, 0, "")))
    return made


def complaint(wrong: Sequence[tuple[Case, ours.Answer]], count: int) -> str:
    """How many are wrong, say so, and could not have been told from the truth by these data."""
    flagged = sum(answer.flagged for _, answer in wrong)
    alike = sum(case.as_likely(answer.curve) for case, answer in wrong)
    silent = sum(not answer.flagged and not case.as_likely(answer.curve) for case, answer in wrong)
    return f"{len(wrong)} of {count} wrong: {flagged} flagged, {alike} explain the data as well as the truth, {silent} neither"


def timing(fit: ours.FitMany) -> list[dict[str, Any]]:
    """Seconds per spectrum in a batch, in turns with the peer that is told a near guess."""
    cases = forge.reference(BATCH, LOW)
    near = peers.impedance_fit(peers.near)
    made = []
    for label, given in ASKED.items():
        circuit = cases[0].kind.circuit if given else None
        peer = None if isinstance(near, str) else partial(near, cases[0])
        batch, single = in_turns([partial(fit, cases, circuit), peer], repeats=3)
        each = None if batch is None else batch / BATCH
        code = f"import forge, ours; f = ours.fitting(); f(forge.reference({BATCH}, {LOW}), {circuit!r})"
        numbers = {"ours_seconds": each, "peer": peers.IMPEDANCE, "peer_seconds": single, "memory_mb": memory_of(code)}
        note = near if isinstance(near, str) else "the peer starts from a near guess, with the circuit given"
        what = f"reference, no guess, {label}, per spectrum of a batch of {BATCH}"
        made.append(row(NAME, what, **numbers, **at_most(each, SECONDS), note=note))
    return made + against_automatic(fit)


def against_automatic(fit: ours.FitMany) -> list[dict[str, Any]]:
    """One spectrum at a time against the peer that needs no guess; five, for it takes long."""
    auto = peers.pyimpspec_fit()
    cases = forge.reference(5, LOW, seed=3)
    circuit = cases[0].kind.circuit
    fit(cases[:1], circuit)
    times: dict[str, list[tuple[float, bool]]] = {"ours": [], "peer": []}
    for case in cases:
        taken, (answer,) = once(partial(fit, [case], circuit))
        times["ours"].append((taken, case.right(answer.found)))
        if not isinstance(auto, str):
            taken, found = once(partial(auto, case))
            times["peer"].append((taken, case.right(found)))
    mean = {who: sum(t for t, _ in each) / len(each) if each else None for who, each in times.items()}
    note = auto if isinstance(auto, str) else f"right: ours {_right(times['ours'])}, peer {_right(times['peer'])}"
    numbers = {"ours_seconds": mean["ours"], "peer": peers.PYIMPSPEC, "peer_seconds": mean["peer"], "note": note}
    return [row(NAME, "reference, no guess, circuit given, one spectrum", **numbers)]


def _right(each: Sequence[tuple[float, bool]]) -> str:
    return f"{sum(right for _, right in each)} of {len(each)}"


def guesses() -> list[dict[str, Any]]:
    """What a guess is worth to the peer that needs one: correctness of the same fit from near and from round numbers."""
    cases = forge.reference(5, LOW, seed=4)
    starts: dict[str, Callable[[Case], dict[str, float]]] = {"near": peers.near, "round": lambda _: peers.ROUND}
    made = []
    for label, start in starts.items():
        what = f"reference, circuit given, {label} numbers as the guess"
        peer = peers.impedance_fit(start)
        if isinstance(peer, str):
            made.append(row(NAME, what, peer=peers.IMPEDANCE, note=peer))
            continue
        done = [once(partial(peer, case)) for case in cases]
        right = [(taken, case.right(found)) for case, (taken, found) in zip(cases, done, strict=True)]
        mean = sum(taken for taken, _ in right) / len(right)
        made.append(row(NAME, what, peer=peers.IMPEDANCE, peer_seconds=mean, note=f"right: peer {_right(right)}"))
    return made
