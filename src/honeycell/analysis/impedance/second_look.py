"""A second look from a fit: each arc set down elsewhere in the measured window, to see whether it would rather stay there.

A small arc beside a large one is found from few of the drawn starts, and the fit without it leaves hardly more than noise; so nothing
but a search tells that it was missed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from honeycell.analysis.impedance.fit import refine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from honeycell.analysis.impedance.circuit import Circuit
    from honeycell.analysis.impedance.fit import Fit

    Floats = NDArray[np.float64]

PLACES = 7  # over the window: a decade apart, as far as an arc finds its way
SHARE = 0.1  # of all arcs' resistance, for the arc set down
EXPONENT = 0.9


def look_again(fits: Sequence[Fit]) -> list[Fit]:
    """Fits of one circuit, each continued from its minima and from every arc set down elsewhere; never worse than they came."""
    if not fits or len(fits[0].circuit.arcs) < 2:
        return list(fits)
    starts = [
        np.concatenate(
            [np.stack([m.x for m in (fit, *fit.minima[1:])]), elsewhere(fit.circuit, fit.x, fit.spectrum.frequency)]
        )
        for fit in fits
    ]
    again = refine([fit.spectrum for fit in fits], fits[0].circuit, starts)
    return [max(before, after, key=lambda fit: fit.likelihood) for before, after in zip(fits, again, strict=True)]


def elsewhere(circuit: Circuit, x: Floats, frequency: Floats) -> Floats:
    """``x`` (k,) with one arc without diffusion at another place of the window of ``frequency`` [Hz]: (arcs * PLACES, k)."""
    slow, fast = np.log(2.0 * np.pi * frequency.min()), np.log(2.0 * np.pi * frequency.max())
    whole = np.logaddexp.reduce([x[arc.resistance] for arc in circuit.arcs])
    made = [np.empty((0, len(x)))]
    for arc in circuit.arcs:
        if arc.tail:
            continue
        new = np.tile(x, (PLACES, 1))
        alpha = 1.0
        if arc.exponent is not None:
            alpha = EXPONENT
            new[:, arc.exponent] = circuit.parameters[arc.exponent].inside(np.array(alpha))
        new[:, arc.resistance] = whole + np.log(SHARE)
        new[:, arc.capacity] = -new[:, arc.resistance] - alpha * np.linspace(slow, fast, PLACES + 2)[1:-1]
        made.append(new)
    return np.concatenate(made)
