"""What a calibration found, in words for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from honeycell.campaign.calibration import Calibration
    from honeycell.campaign.fit import Fit

MET = 1.0  # tolerances within which a claim counts as met


def calibration_text(found: Calibration) -> str:
    """Tables of knobs and claims, what was dropped, and what the claims tell of all knobs together."""
    return "\n".join([*_knobs(found), "", *_claims(found), "", *_together(found.first, found.fit)])


def _knobs(found: Calibration) -> Iterable[str]:
    yield f"{'value':<38}{'declared':>12}{'fitted':>12}  {'unit':<8}{'left':>6}{'left if all else is free':>26}"
    for k, knob in enumerate(found.fit.knobs):
        fitted, left, free = knob.number(float(found.fit.t[k])), found.fit.spread[k], found.fit.spread_with_all_free[k]
        edge = "  at the end of its range" if found.fit.at_edge(k) else ""
        row = f"{knob.key:<38}{knob.value.number:>12.4g}{fitted:>12.4g}  {knob.value.unit:<8}"
        yield f"{row}{left:>6.2f}{free:>26.2f}{edge}"
    for key, why in found.dropped.items():
        knob = next(knob for knob in found.first.knobs if knob.key == key)
        yield f"{key:<38}{knob.value.number:>12.4g}{'-':>12}  {knob.value.unit:<8}{why}"
    yield "left: standard deviation over the declared one; what is left of a dropped value's is all of it"


def _claims(found: Calibration) -> Iterable[str]:
    yield f"{'claim':<8}{'claimed':>14}{'declared':>12}{'fitted':>12}  unit"
    for target in found.targets:
        before, after = target.ours(found.before), target.ours(found.fit.found)
        missed = "" if abs(target.residual(found.fit.found)) <= MET else "  not met"
        yield f"{target.claim:<8}{target.said:>14}{before:>12.4g}{after:>12.4g}  {target.unit}{missed}"


def _together(first: Fit, fit: Fit) -> Iterable[str]:
    yield "All knobs at once (tolerances per declared spread; below 1 a combination is not determined):"
    yield "  singular values " + ", ".join(f"{x:.2g}" for x in first.singular_values)
    for title, each in (("  correlation of all knobs", first), ("  correlation of those fitted", fit)):
        if len(each.knobs) > 1:
            yield title
            for knob, row in zip(each.knobs, each.correlation, strict=True):
                yield f"    {knob.key:<38}" + "".join(f"{x:>7.2f}" for x in row)
