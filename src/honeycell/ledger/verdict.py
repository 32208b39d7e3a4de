"""From a claim, a number and its sampled spread to a verdict. Rules, no judgement."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean, stdev
from typing import TYPE_CHECKING

from honeycell.quantities.units import conversion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from honeycell.ledger.claims import Claim

SHARE_TO_AGREE = 0.9
RELATIVE_LIMIT = 0.25
FEWEST_DRAWS = 4
ROUND_OFF = 1e-9


@dataclass(frozen=True)
class Outcome:
    """A number in the claim's unit, its standard error, the share of draws that keep a sign, and the verdict."""

    value: float | str
    standard_error: float | None
    robustness: float | None
    verdict: str
    note: str = ""


def judge(claim: Claim, value: float | str, draws: Sequence[float]) -> Outcome:
    """Verdict of one reading.

    Parameters
    ----------
    claim : what was claimed.
    value : our number in SI, or text for a protocol.
    draws : the same number over sampled parameters; fewer than four mean no spread is known.

    A number agrees when it lies within the tolerance (half the width, for a range; one-sided, for a bound) plus twice
    its standard error u, provided u is at most the larger of the tolerance and a quarter of the claimed value. A sign or a yes
    agrees when nine of ten draws do, disagrees when nine of ten do not.
    """
    if isinstance(value, str) or claim.kind == "protocol":
        return Outcome(value, None, None, "agrees" if str(value) == str(claim.value) else "disagrees")
    if claim.kind in ("sign", "binary"):
        return _judge_share(claim, value, draws)
    scale, offset, _ = conversion(claim.unit or "1")
    ours = (value - offset) / scale
    spread = stdev(draws) / scale if len(draws) >= FEWEST_DRAWS else None
    u = spread or 0.0
    distance, tolerance, size = _distance(claim, ours)
    if distance <= tolerance + 2.0 * u and u > max(tolerance, RELATIVE_LIMIT * size):
        return Outcome(ours, spread, None, "open", "too uncertain")
    return Outcome(ours, spread, None, "agrees" if distance <= tolerance + 2.0 * u else "disagrees")


def judge_range(claim: Claim, value: tuple[float, float], draws: Sequence[tuple[float, float]]) -> Outcome:
    """Verdict of a range [SI] of ours that should cover the one claimed: as a yes or no of each draw, shown as text."""
    if not isinstance(claim.value, tuple):
        raise TypeError(f"claim {claim.id}: a range of ours needs a range claimed")
    scale, offset, _ = conversion(claim.unit or "1")
    low, high = claim.value
    slack = (claim.tolerance or 0.0) + ROUND_OFF * max(abs(low), abs(high), abs(offset))

    def covers(ours: tuple[float, float]) -> bool:
        a, b = ((end - offset) / scale for end in ours)
        return a <= low + slack and b >= high - slack

    a, b = ((end - offset) / scale for end in value)
    return _by_share(f"{a:.4g} to {b:.4g}", covers(value), [covers(each) for each in draws])


def _distance(claim: Claim, ours: float) -> tuple[float, float, float]:
    """Distance from what was claimed, its tolerance, and the size of the claimed value."""
    size = max((abs(each) for each in claim.value), default=0.0) if isinstance(claim.value, tuple) else claim.value
    tolerance = (claim.tolerance or 0.0) + ROUND_OFF * (abs(size) if isinstance(size, float) else 0.0)
    if isinstance(claim.value, tuple):
        low, high = claim.value
        middle = 0.5 * (low + high)
        return abs(ours - middle), 0.5 * (high - low) + tolerance, abs(middle)
    if not isinstance(claim.value, float):
        raise TypeError(f"claim {claim.id}: a {claim.kind} needs a number")
    gap = ours - claim.value
    if claim.kind == "bound":
        gap = max(-gap if claim.side == ">" else gap, 0.0)
    return abs(gap), tolerance, abs(claim.value)


def _judge_share(claim: Claim, value: float, draws: Sequence[float]) -> Outcome:
    def holds(number: float) -> bool:
        if claim.kind == "sign":
            return number < 0.0 if claim.value == "less" else number > 0.0
        return (number >= 0.5) == (claim.value != "no")

    nominal = holds(value)
    answer: float | str = value if claim.kind == "sign" else "yes" if value >= 0.5 else "no"
    return _by_share(answer, nominal, [holds(each) for each in draws])


def _by_share(answer: float | str, nominal: bool, draws: Sequence[bool]) -> Outcome:
    """Verdict by the share of draws in which the claim holds; by the nominal case alone, of unknown robustness, where they are too few."""
    share = fmean(draws) if len(draws) >= FEWEST_DRAWS else None
    if nominal and (share is None or share >= SHARE_TO_AGREE):
        return Outcome(answer, None, share, "agrees")
    if not nominal and (share is None or 1.0 - share >= SHARE_TO_AGREE):
        return Outcome(answer, None, share, "disagrees")
    return Outcome(answer, None, share, "open", "too uncertain")
