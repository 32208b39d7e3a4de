"""What a reader must know before using a transference number: amplitude, interfaces, steadiness, the first rows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from honeycell.analysis.transference.interface import PLACES

if TYPE_CHECKING:
    from honeycell.analysis.result import Estimate
    from honeycell.analysis.transference.fit import Currents
    from honeycell.analysis.transference.interface import Interface

LINEAR = 10e-3  # V: the largest step whose error Bruce & Vincent held acceptable (Polymer 28 (1987) 2324)
DOMINATED = 0.5  # of the step: from here on a relative error of R0 grows on its way into the result
STILL = 0.01  # of Is, left of the salt's fall at the end
DRIFTS = 0.005  # of Is, changed by the interfaces in the last tenth of the record
CHANGED, CLEAR = 0.1, 3.0  # of R0, and standard errors
LATE = 0.3  # share of the salt's fall that is over when the rows begin to count
DISAGREE = 0.05  # of I0, between transient and Ohm's law
SLOW_ARC = 0.1  # of the salt's relaxation time, from which on an arc may be diffusion
POOR = 2.0  # residuals over the scatter of neighbouring rows


def shares_of(found: Currents, step: float, before: Interface, after: Interface) -> tuple[float, float]:
    """Shares of the step [V] that the interfaces take at first and at the end."""
    return found.initial * before.resistance / step, found.steady * after.resistance / step


def of_the_step(step: float) -> list[str]:
    """Whether it [V] is small enough."""
    if step <= LINEAR * (1.0 + 1e-9):
        return []
    return [f"amplitude: {1e3 * step:.3g} mV, beyond the 10 mV up to which the formula is linear enough"]


def of_the_number(found: Currents, step: float, before: Interface, after: Interface, estimate: Estimate) -> list[str]:
    """What the step, the interfaces and Ohm's law say against it; ``step`` [V]."""
    flags: list[str] = []
    dV = step
    shares = shares_of(found, dV, before, after)
    if max(shares) > DOMINATED:
        flags.append(
            f"interface_dominated: the interfaces take {100.0 * shares[0]:.0f} % of the step at first and {100.0 * shares[1]:.0f} % at the end, "
            f"so that an error of 1 % in their resistance is one of {shares[0] / abs(1.0 - shares[0]):.1f} % in the number"
        )
    if before.bulk is not None:
        I0 = dV / (before.bulk[0] + before.resistance)
        spread = math.hypot(before.bulk[1] or 0.0, before.error or 0.0) / (before.bulk[0] + before.resistance)
        error = math.hypot(math.sqrt(max(float(found.covariance[0, 0]), 0.0)), I0 * spread)
        if abs(I0 - found.initial) > max(CLEAR * error, DISAGREE * found.initial):
            flags.append(
                f"initial_current: the transient gives {found.initial:.4g} A, Ohm's law with the spectrum before {I0:.4g} A; see alternatives"
            )
    flags += [flag for flag in estimate.flags if flag.startswith("out_of_range")]
    return flags


def of_the_transient(found: Currents) -> list[str]:
    """What was left out, extrapolated or badly fitted."""
    flags: list[str] = []
    if found.left_out:
        flags.append(
            f"spike: {found.left_out} rows before {found.first:.3g} s, where the double layer charges, are left out"
        )
    if found.passed > LATE:
        flags.append(
            f"initial_current: {100.0 * found.passed:.0f} % of the salt's fall is over at {found.first:.3g} s, the first row that counts; "
            "the initial current is extrapolated: record faster"
        )
    if found.remaining > STILL:
        flags.append(
            f"not_steady: at the end the current is still {100.0 * found.remaining:.1f} % above what it tends to, which is extrapolated"
        )
    if abs(found.drift) > DRIFTS:
        flags.append(
            f"not_steady: the interfaces still change the current, by {100.0 * found.drift:+.1f} % over the last tenth of the record; "
            "the steady current is that of their state at its end"
        )
    if found.relaxation_time is None:
        flags.append("no_relaxation: the current does not fall beyond its noise")
    if found.misfit > POOR:
        flags.append(
            f"poor_fit: residuals are {found.misfit:.1f} times the scatter of neighbouring rows; errors are widened accordingly"
        )
    return flags


def of_the_interfaces(found: Currents, before: Interface | None, after: Interface | None) -> list[str]:
    """Whether they changed, and whether they are interfaces."""
    flags: list[str] = []
    if before is not None and after is not None:
        change = after.resistance - before.resistance
        error = math.hypot(before.error or 0.0, after.error or 0.0)
        if abs(change) > max(CLEAR * error, CHANGED * before.resistance):
            flags.append(f"interface_changed: from {before.resistance:.4g} to {after.resistance:.4g} ohm")
    for place, each in zip(PLACES, (before, after), strict=True):
        if each is None or each.slowest is None or found.relaxation_time is None:
            continue
        if each.slowest > SLOW_ARC * found.relaxation_time:
            flags.append(
                f"slow_arc: the slowest arc {place} has a time constant of {each.slowest:.2g} s, near the salt's "
                f"{found.relaxation_time:.2g} s: it may be diffusion, which is no interface; give a circuit with Ws instead"
            )
    return flags
