"""From spectra to fits: Kramers-Kronig test, points left out, circuit chosen or given, fit."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.analysis.impedance.batch import Spectrum, prepare
from honeycell.analysis.impedance.circuit import parse_circuit
from honeycell.analysis.impedance.family import are_rivals, choose, with_odds
from honeycell.analysis.impedance.fit import ACCURACY, EXACT, fit_circuit, in_order, refine, rivals
from honeycell.analysis.impedance.kramers_kronig import kramers_kronig_test
from honeycell.analysis.impedance.second_look import look_again
from honeycell.analysis.impedance.strays import strayness, stretches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from honeycell.analysis.impedance.circuit import Circuit
    from honeycell.analysis.impedance.fit import Fit
    from honeycell.analysis.impedance.kramers_kronig import KramersKronigTest

    Floats = NDArray[np.float64]
    Complexes = NDArray[np.complexfloating[Any, Any]]

FAR = 6.0  # standard deviations of a point's residual beyond which it is left out
MOST_LEFT_OUT = 0.1  # of the points
SPARSE = 20
POOR = 1.3  # residuals over noise from which a fit is begun again
MANY_STARTS, MANY_DRAWS = 64, 4000
LONGEST_JUMP = 3.0  # of a fitted number between neighbours, beyond which a jump is a jump
CANDIDATE_CIRCUITS = 3  # of a series


@dataclass(frozen=True, slots=True)
class Examined:
    """A spectrum with its Kramers-Kronig test and its fit; ``fit.spectrum.weight`` is zero at the points left out."""

    test: KramersKronigTest
    fit: Fit


def fit(frequency: Floats, impedance: Complexes, circuit: str | None = None) -> Fit:
    """Fit of one spectrum; see :func:`fit_many`."""
    return fit_many([(frequency, impedance)], circuit)[0]


def fit_many(spectra: Sequence[tuple[Floats, Complexes]], circuit: str | None = None) -> list[Fit]:
    """Fits of many spectra, no guess needed.

    Parameters
    ----------
    spectra : pairs of frequency [Hz] (n,) and impedance [ohm] (n,), in any order of frequency, each with its own n.
    circuit : text of a circuit, e.g. ``"R-(R CPE)-([R W] CPE)"``; chosen from a nested family where None.

    Raises
    ------
    InputError : a circuit that cannot be parsed.
    """
    return [examined.fit for examined in examine(spectra, circuit)]


def examine(spectra: Sequence[tuple[Floats, Complexes]], circuit: str | None = None) -> list[Examined]:
    """As :func:`fit_many`, with the tests."""
    if not spectra:
        return []
    prepare(len(spectra))
    tests = [kramers_kronig_test(frequency, impedance) for frequency, impedance in spectra]
    prepared = [_prepared(f, Z, t) for (f, Z), t in zip(spectra, tests, strict=True)]
    # of few points the test cannot tell noise from shape
    noise = [test.noise if len(test.residuals) >= SPARSE else 0.0 for test in tests]
    fits = choose(prepared, noise) if circuit is None else _given(prepared, noise, parse_circuit(circuit))
    kept = circuit is not None
    return [
        Examined(test, in_order(_without_strays(found), keep_text=kept))
        for test, found in zip(tests, fits, strict=True)
    ]


def _given(spectra: Sequence[Spectrum], noise: Sequence[float], circuit: Circuit) -> list[Fit]:
    """Fits of a given circuit; where they leave more than noise, once more from many more starts; then a second look at all."""
    fits = fit_circuit(spectra, circuit)
    poor = [i for i, fit in enumerate(fits) if 0.0 < POOR * max(noise[i], ACCURACY) < fit.noise]
    again = fit_circuit([spectra[i] for i in poor], circuit, MANY_STARTS, MANY_DRAWS) if poor else []
    for i, fit in zip(poor, again, strict=True):
        if fit.cost < fits[i].cost:
            fits[i] = fit
    return look_again(fits)


def examine_series(spectra: Sequence[tuple[Floats, Complexes]], circuit: str | None = None) -> list[Examined]:
    """Spectra of one cell in their order, fitted with one circuit; each also starts where its neighbours ended.

    The circuit, unless given, is the one with the most evidence from all together. Where a spectrum has several minima, the
    path through the series is taken that explains most while its parameters jump least.
    """
    alone = examine(spectra, circuit)
    prepared = [examined.fit.spectrum for examined in alone]
    if circuit is None:
        texts = sorted(
            {examined.fit.circuit.text for examined in alone},
            key=lambda text: -sum(examined.fit.circuit.text == text for examined in alone),
        )[:CANDIDATE_CIRCUITS]
        tried = [[with_odds(found) for found in _series(prepared, parse_circuit(text))] for text in texts]
        fits = max(tried, key=lambda series: sum(found.worth for found in series))
    else:
        fits = _series(prepared, parse_circuit(circuit))
    return [replace(e, fit=in_order(found, keep_text=True)) for e, found in zip(alone, fits, strict=True)]


def _series(spectra: Sequence[Spectrum], circuit: Circuit) -> list[Fit]:
    fits = fit_circuit(spectra, circuit)
    minima = [[m.x for m in found.minima] for found in fits]
    starts = []
    for i in range(len(spectra)):
        near = [x for j in (i - 1, i, i + 1) if 0 <= j < len(spectra) for x in minima[j]]
        starts.append(np.stack(near))
    return _smoothest(
        [[in_order(m, keep_text=True) for m in found.minima] for found in refine(spectra, circuit, starts)]
    )


def _smoothest(minima: list[list[Fit]]) -> list[Fit]:
    """The path through the minima of highest likelihood less jumps (Viterbi).

    A jump of one in a fitted number costs half a unit, at most ``LONGEST_JUMP`` squared over two.
    """
    score = np.array([m.likelihood for m in minima[0]])
    back: list[NDArray[np.intp]] = []
    for before, after in itertools.pairwise(minima):
        steps = np.abs(np.stack([m.x for m in after])[:, None] - np.stack([m.x for m in before]))
        total = score - 0.5 * (np.minimum(steps, LONGEST_JUMP) ** 2).sum(axis=2)
        back.append(np.argmax(total, axis=1))
        score = total.max(axis=1) + np.array([m.likelihood for m in after])
    path = [int(np.argmax(score))]
    for step in reversed(back):
        path.append(int(step[path[-1]]))
    chosen = [options[place] for options, place in zip(minima, reversed(path), strict=True)]
    return [
        replace(one, minima=tuple(options), alternatives=rivals(one, [m for m in options if m is not one]))
        for one, options in zip(chosen, minima, strict=True)
    ]


def _prepared(frequency: Floats, impedance: Complexes, test: KramersKronigTest) -> Spectrum:
    weight = np.ones(len(frequency))
    weight[list(test.outliers)] = 0.0
    return Spectrum(np.asarray(frequency, float), np.asarray(impedance, complex), weight)


def _without_strays(found: Fit) -> Fit:
    """Refitted without points that lie far off the curve, which the test without a circuit may have missed."""
    spectrum = found.spectrum
    used = spectrum.weight > 0.0
    allowed = int(MOST_LEFT_OUT * len(used)) - int(np.count_nonzero(~used))
    left_out: list[int] = []
    while len(left_out) < allowed:
        size = strayness(spectrum.frequency, found.residuals, used)
        worst = int(np.argmax(np.where(used, size, 0.0)))
        if size[worst] < FAR or found.noise < EXACT:
            break
        used[worst] = False
        left_out.append(worst)
    # together with those the Kramers-Kronig test left out, a run of them is a stretch the model misses
    whole = stretches(spectrum.frequency, np.flatnonzero(~used).tolist())
    used[[i for i in left_out if i in whole]] = True
    if all(i in whole for i in left_out):
        return found
    starts = np.stack([m.x for m in (found, *found.minima[1:3]) if m.circuit is found.circuit])
    fewer = [replace(spectrum, weight=used.astype(float))]
    again = refine(fewer, found.circuit, [starts])[0]
    # rivals found with the stray in it are judged anew without it
    others = [refine(fewer, m.circuit, [m.x[None, :]])[0] for m in found.alternatives if m.circuit is not found.circuit]
    if not others and found.odds == 0.0:
        return again
    again = with_odds(again)
    told = [other for other in map(with_odds, others) if are_rivals(again, other)]
    return replace(again, alternatives=(*again.alternatives, *told), minima=(*again.minima, *told))
