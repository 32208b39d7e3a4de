"""Which circuit? A nested family, grown until more elements explain nothing more, and judged by evidence.

A member has up to three arcs (a resistance beside a constant-phase element) and one tail: none, a Warburg element, a finite
one, or a constant-phase element, in series or behind the charge transfer inside an arc; an inductance in front where the data
ask for it; a capacitor in place of a constant-phase element where its exponent is one. A circuit is held the less likely
beforehand the more parameters it has.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from honeycell.analysis.impedance.batch import Spectrum
from honeycell.analysis.impedance.circuit import Circuit, Leaf, parse_circuit
from honeycell.analysis.impedance.fit import ACCURACY, AS_GOOD, OUT_OF_ORDER, Fit, explore, refine, starts_for
from honeycell.analysis.impedance.member import DIFFUSION, MOST_ARCS, Member
from honeycell.analysis.impedance.second_look import look_again
from honeycell.analysis.impedance.variants import (
    TOP,
    with_arc_for_diffusion,
    with_capacitor,
    with_inductance,
    with_tail_moved,
    without_inductance,
    without_unknown,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

CLOSED_TAILS = ("", "[W]", "Ws", "[Ws]")
OPEN_TAILS = ("", "W", "[W]", "CPE", "Wo", "[Wo]", "Ws", "[Ws]")
PLAIN_TAILS = ("", "[W]", "W")
KEPT_TAILS = (3, 2)  # other tails tried again with two arcs, and with three
LEAD = 8.0  # log odds within which a circuit's variants are tried
MOST_LEADERS = 3
STARTS = (2, 5, 6, 6)  # by number of arcs
MORE_STARTS = 3  # for a finite element, whose time constant hides well
DRAWS = 240  # candidates for each circuit at most
EXPLORING_POINTS = 30  # points on which circuits are compared at first
HOPELESS = 40.0  # a circuit whose best candidate is this much worse than another's is not tried
NEAR = 3.0  # residuals over noise from which on circuits are brought to their minima before another arc is tried
UNEXPLAINED = 1.5  # standard deviations by which residuals must exceed the noise for another arc to be tried
INDUCTIVE_POINTS = 3
CERTAIN = 3.0  # standard errors by which -Z'' must rise or fall towards low frequency to rule tails out
PARAMETER_COST = (
    2.5  # log odds against each parameter beforehand: the family is searched for what explains the noise, too
)
ARC_COST = 1.5  # log odds against each arc beforehand: one constant-phase element rather than two capacitors
OUTSIDE_COST = 10.0  # log odds against each time constant outside the window
FASTEST, SLOWEST = 1.5, 10.0  # of the window's ends: an arc's top must be measured, its slow side need not
SERIES_COST = 2.0  # log odds against diffusion in series with arcs rather than behind a charge transfer
CONTENDER = 30.0  # log odds within which a circuit that is not yet at its minimum may still win
MATERIAL = 0.05  # of a reported number
MOST_RIVALS = 4


@dataclass(eq=False)
class Search:
    """What has been tried on one spectrum."""

    spectrum: Spectrum
    noise: float
    tails: tuple[str, ...]
    inductive: bool
    thin: Spectrum = field(init=False)
    explored: dict[Member, Fit] = field(default_factory=dict)
    places: dict[Member, Floats] = field(default_factory=dict)
    finished: dict[str, Fit] = field(default_factory=dict)

    def __post_init__(self) -> None:
        s = self.spectrum
        keep = slice(None, None, max(1, len(s.frequency) // EXPLORING_POINTS))
        self.thin = Spectrum(s.frequency[keep], s.impedance[keep], s.weight[keep])

    @property
    def best(self) -> Fit:
        """The fit in the lead: of those brought to their minimum where there are any."""
        return max((self.finished or self.explored).values(), key=lambda fit: fit.worth)

    @property
    def explained(self) -> bool:
        """True where the residuals are no larger than the noise, as far as that is known from so many points."""
        fit = self.best
        return fit.noise**2 <= self.noise**2 * (1.0 + UNEXPLAINED * math.sqrt(2.0 / fit.freedom)) + ACCURACY**2

    @property
    def near(self) -> bool:
        """True where a few more steps may explain the rest."""
        return self.best.noise <= NEAR * max(self.noise, ACCURACY)

    def stuck(self, arcs: int) -> bool:
        """True where the last arc bought no evidence, as far as that can be told: only where the noise is not known otherwise."""
        best = {n: max(self._worth_of(n, tail) for tail in self.tails) for n in (arcs - 1, arcs)}
        return self.noise == 0.0 and best[arcs] <= best[arcs - 1]

    def tails_for(self, arcs: int) -> tuple[str, ...]:
        """The tails to try with so many arcs: the plain ones, and of the others those that did best with one arc less."""
        if arcs == 1:
            return self.tails
        always = [tail for tail in PLAIN_TAILS if tail in self.tails]
        others = sorted(set(self.tails) - set(always), key=lambda tail: (-self._worth_of(arcs - 1, tail), tail))
        return *always, *others[: KEPT_TAILS[arcs - 2]]

    @property
    def leaders(self) -> list[Fit]:
        """The few fits in the lead, best first."""
        ranked = sorted(self.finished.values(), key=lambda fit: fit.worth, reverse=True)[:MOST_LEADERS]
        return [fit for fit in ranked if ranked[0].worth - fit.worth < LEAD]

    def start_again(self, *, inductive: bool) -> None:
        """Forget what was only explored; what was finished stays."""
        self.inductive, self.explored, self.places = inductive, {}, {}

    def _worth_of(self, arcs: int, tail: str) -> float:
        fit = self.explored.get(Member(arcs, tail, self.inductive))
        return -math.inf if fit is None else fit.worth


def with_odds(fit: Fit) -> Fit:
    """``fit`` with what is held of its circuit beforehand, its minima likewise."""
    minima = tuple(replace(minimum, odds=_odds(minimum)) for minimum in fit.minima)
    return replace(fit, odds=_odds(fit), minima=minima)


def _odds(fit: Fit) -> float:
    facts = _facts(fit.circuit.text)
    return facts.odds - OUTSIDE_COST * _outside(fit, facts) - OUT_OF_ORDER * _is_fast(fit, facts)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is held of a circuit whatever its numbers: log odds, and columns of ln tau of its finite elements, and of those that close."""

    odds: float
    finite: tuple[int, ...]
    closing: tuple[int, ...]


@cache
def _facts(text: str) -> _Facts:
    circuit = parse_circuit(text)
    arcs = len(circuit.arcs)
    diffusion = any(isinstance(block, Leaf) and block.element.symbol in DIFFUSION for block in circuit.blocks)
    cost = PARAMETER_COST * len(circuit.parameters) + ARC_COST * arcs + SERIES_COST * (diffusion and arcs > 0)
    finite, closing = (
        tuple(leaf.first + 1 for leaf in circuit.leaves if leaf.element.symbol in kinds)
        for kinds in (("Wo", "Ws"), ("Ws",))
    )
    return _Facts(-cost, finite, closing)


def _is_fast(fit: Fit, facts: _Facts) -> bool:
    """True where diffusion of finite length is over before the slowest charge transfer."""
    tops = [float(fit.x[place]) - math.log(TOP) for place in facts.closing]
    return bool(tops) and len(fit.times) > 0 and min(tops) < float(fit.times.max())


def _outside(fit: Fit, facts: _Facts) -> int:
    """How many of its time constants lie where nothing was measured."""
    early, late = fit.spectrum.window
    times = [*fit.times.tolist(), *(float(fit.x[place]) for place in facts.finite)]
    return sum(not early - math.log(FASTEST) <= time <= late + math.log(SLOWEST) for time in times)


def choose(spectra: Sequence[Spectrum], noise: Sequence[float]) -> list[Fit]:
    """The circuit of the family that each spectrum supports, fitted.

    Parameters
    ----------
    spectra : any number.
    noise : of each, the relative standard deviation of the real and of the imaginary part from a test that needs no circuit; 0 where unknown.
    """
    searches = [Search(s, n, *_prospects(s, n)) for s, n in zip(spectra, noise, strict=True)]
    _grow(searches)
    _vary(searches, with_tail_moved)
    _vary(searches, with_arc_for_diffusion)
    _vary(searches, without_unknown)
    _look_again(searches)
    _with_capacitors(searches)
    before = [search.best.worth for search in searches]
    _vary(searches, with_inductance, leaders=1)
    inductive = [s for s, least in zip(searches, before, strict=True) if s.best.worth > least + AS_GOOD]
    for search in inductive:
        search.start_again(inductive=True)
    _grow(inductive)
    _vary(inductive, with_arc_for_diffusion)
    _vary(searches, without_inductance)
    _with_capacitors(inductive)
    return [_conclude(search) for search in searches]


def _grow(searches: Sequence[Search]) -> None:
    """Arc by arc, until the residuals are explained or another arc does not pay."""
    growing = list(searches)
    for arcs in range(1, MOST_ARCS + 1):
        first = [(search, Member(0, tail, search.inductive)) for search in growing for tail in search.tails]
        wanted = [
            (search, Member(arcs, tail, search.inductive)) for search in growing for tail in search.tails_for(arcs)
        ]
        _try(first + wanted if arcs == 1 else wanted)
        done = [s for s in growing if arcs == MOST_ARCS or s.near or s.stuck(arcs)]
        _finish(done)
        growing = [s for s in growing if not (s.explained or s.stuck(arcs))]


def _prospects(spectrum: Spectrum, noise: float) -> tuple[tuple[str, ...], bool]:
    """Which tails the low frequencies allow, and whether the high ones are inductive."""
    used = spectrum.weight > 0.0
    f, Z = spectrum.frequency[used], spectrum.impedance[used]
    order = np.argsort(f)
    f, Z = f[order], Z[order]
    low = f <= max(10.0 * f[0], f[min(4, len(f) - 1)])
    x, y = np.log(f[low]), -Z.imag[low]
    tails = OPEN_TAILS
    if len(x) >= 4:
        design = np.stack([np.ones_like(x), x - x.mean(), (x - x.mean()) ** 2], 1)[:, : 3 if len(x) > 5 else 2]
        solution, *_ = np.linalg.lstsq(design, y, rcond=None)
        spread = np.sqrt(np.sum((y - design @ solution) ** 2) / max(len(x) - design.shape[1], 1))
        error = spread / np.sqrt(np.sum((x - x.mean()) ** 2)) + 1e-12 * abs(y).max()
        if solution[1] > CERTAIN * error:  # -Z'' falls towards low frequency: the last arc closes
            tails = CLOSED_TAILS
    top = Z.imag[-INDUCTIVE_POINTS:] / abs(Z[-INDUCTIVE_POINTS:])
    return tails, bool(top.mean() > CERTAIN * max(noise, 1e-4))


def _try(requests: Iterable[tuple[Search, Member]]) -> None:
    """Explore every request that its candidates do not already rule out, those of one circuit together."""
    groups: dict[Member, list[Search]] = defaultdict(list)
    for search, member in requests:
        if member.exists and len(member.circuit.parameters) < 2 * search.thin.used - 1:
            groups[member].append(search)
    starts: dict[Member, list[tuple[Search, Floats, float]]] = {}
    least: dict[int, float] = defaultdict(lambda: np.inf)
    for member, group in groups.items():
        count = STARTS[member.arcs] + MORE_STARTS * ("Ws" in member.tail or "Wo" in member.tail)
        drawn = starts_for([search.thin for search in group], member.circuit, count, DRAWS)
        starts[member] = [(search, x, cost) for search, (x, cost) in zip(group, drawn, strict=True)]
        for search, _, cost in starts[member]:
            least[id(search)] = min(least[id(search)], cost)
    for member, given in starts.items():
        hopeful = [(search, x) for search, x, cost in given if cost <= HOPELESS * least[id(search)] + search.noise**2]
        if hopeful:
            reached = explore([search.thin for search, _ in hopeful], member.circuit, [x for _, x in hopeful])
            for (search, _), (fit, places) in zip(hopeful, reached, strict=True):
                search.explored[member], search.places[member] = with_odds(fit), places


def _finish(searches: Sequence[Search]) -> None:
    """Bring the circuits that may still win to their minima, on all points."""
    groups: dict[str, list[tuple[Search, Floats]]] = defaultdict(list)
    for search in searches:
        least = max(fit.worth for fit in search.explored.values()) - CONTENDER
        for member, fit in search.explored.items():
            if fit.worth > least and member.circuit.text not in search.finished:
                groups[member.circuit.text].append((search, search.places[member]))
    _refit(groups)


def _with_capacitors(searches: Sequence[Search]) -> None:
    for _ in range(MOST_ARCS):
        _vary(searches, with_capacitor)


def _vary(
    searches: Sequence[Search], variant: Callable[[Fit], tuple[str, Floats] | None], leaders: int = MOST_LEADERS
) -> None:
    """Fit a variant of each circuit in the lead, begun where that circuit ended."""
    groups: dict[str, list[tuple[Search, Floats]]] = defaultdict(list)
    for search in searches:
        wanted: dict[str, list[Floats]] = defaultdict(list)
        for fit in search.leaders[:leaders]:
            made = variant(fit)
            if made is not None and made[0] not in search.finished:
                wanted[made[0]].append(made[1])
        for text, starts in wanted.items():
            groups[text].append((search, np.concatenate(starts)))
    _refit(groups)


def _refit(groups: dict[str, list[tuple[Search, Floats]]]) -> None:
    for text, group in groups.items():
        fits = refine(
            [search.spectrum for search, _ in group], parse_circuit(text), [np.atleast_2d(x) for _, x in group]
        )
        for (search, _), fit in zip(group, fits, strict=True):
            search.finished[text] = with_odds(fit)


def _look_again(searches: Sequence[Search]) -> None:
    """A second look from the fit in the lead, before anything is taken away from it."""
    groups: dict[str, list[Search]] = defaultdict(list)
    for search in searches:
        groups[search.best.circuit.text].append(search)
    for text, group in groups.items():
        for search, fit in zip(group, look_again([search.best for search in group]), strict=True):
            search.finished[text] = with_odds(fit)


def _conclude(search: Search) -> Fit:
    best = search.best
    minima = sorted((m for fit in search.finished.values() for m in (fit.minima or (fit,))), key=lambda m: -m.worth)
    rivals = tuple(m for m in minima if m.circuit.text != best.circuit.text and are_rivals(best, m))
    return replace(best, alternatives=(*best.alternatives, *rivals[:MOST_RIVALS]), minima=tuple(minima[:12]))


def are_rivals(best: Fit, other: Fit) -> bool:
    """True where ``other`` is about as good, and says something else."""
    if best.worth - other.worth < AS_GOOD and not _extends(other.circuit, best.circuit):
        return True
    # more elements can always share out a resistance in other ways; the same number must not
    no_larger = len(other.circuit.leaves) <= len(best.circuit.leaves)
    return no_larger and best.evidence - other.evidence < AS_GOOD and _differ(best, other)


def _differ(best: Fit, other: Fit) -> bool:
    """True where a reported number moves by more than its error and more than a few per cent; arcs that one of them lacks do not count."""
    (ours, error), (theirs, _) = best.reported, other.reported
    if len(ours) != len(theirs):
        ours, error, theirs = ours[:1], error[:1], theirs[:1]
    apart = np.abs(ours - theirs)
    return bool(np.any((apart > MATERIAL) & (apart > 2.0 * error)))


def _extends(larger: Circuit, smaller: Circuit) -> bool:
    """True where ``larger`` becomes ``smaller`` when some of its elements vanish or reach a limit."""

    def count(circuit: Circuit) -> dict[str, int]:
        shape = circuit.shape.replace("CPE", "Q")
        bare = shape.replace("Wo", "W").replace("Ws", "W")
        return {
            "arcs": shape.count("("),
            "nested": bare.count("-W]"),
            "series": bare.count("W") - bare.count("-W]"),
            "finite": shape.count("Wo") + shape.count("Ws"),
            "Q": shape.count("Q"),
            "Q tail": shape.count("-Q"),
            "L": shape.count("L"),
        }

    a, b = count(larger), count(smaller)
    return all(a[name] >= b[name] for name in a)
