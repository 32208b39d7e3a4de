"""What a reader must know before using a modulus: flags of the curve and of the fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from honeycell.analysis.force_curve.curve import far_baseline
from honeycell.physics.contact import tabor_parameter

if TYPE_CHECKING:
    from honeycell.analysis.force_curve.curve import Branch, Curve
    from honeycell.analysis.force_curve.fit import Fit
    from honeycell.analysis.force_curve.tip import Tip
    from honeycell.analysis.result import Settings

DEEP = 0.3  # of the tip radius: Hertz' force is some 3 % too large there, and a real tip no ball any more
BUCKLE = 0.1  # of the film's thickness: deeper, the substrate is felt (Bueckle's rule)
SHALLOW = 10.0  # depth over standard error of the contact point, below which that point decides the modulus
SOFT = 20.0  # contact over cantilever stiffness from which on the deflection hardly depends on the modulus
MISFIT = 1.5  # residuals over noise
LOST = 0.1  # share of the work of indentation that is not given back
PLASTIC = 0.1  # depth at which the unloading force is gone, over the greatest depth
STICKY = 0.05  # adhesion over peak force from which on a law without adhesion is doubtful
SATURATED = 5  # rows of one and the same force at the end of the approach
ATTRACTED = 6.0  # depth of a dip before contact, over noise
SPACING = (
    0.3e-9  # m, of surfaces in contact: 0.2 to 0.4 nm in the literature on Tabor's parameter, an interatomic distance
)
DMT_BELOW, JKR_ABOVE, BETWEEN = (
    0.1,
    5.0,
    1.0,
)  # Tabor's parameter; Johnson & Greenwood 1997, and about the middle of the gap


def flags_of_fit(fit: Fit, tip: Tip, settings: Settings) -> list[str]:
    """Flags that concern the modulus."""
    found: list[str] = []
    R = tip.radius
    if R is not None and tip.shape == "sphere":
        if fit.deepest > R:
            found.append(f"depth: {fit.deepest / R:.2g} times the tip radius; the tip is no ball so far up")
        elif fit.deepest > DEEP * R and "Sneddon" not in fit.law.title:
            found.append(f"depth: {fit.deepest / R:.2g} of the tip radius, beyond {DEEP:g} where Hertz' geometry holds")
    if "thickness" in settings:
        share = fit.deepest / settings["thickness"].number
        if share > BUCKLE:
            found.append(
                f"substrate: the tip goes {100 * share:.0f} % into the film; beyond 10 % what lies under it is felt"
            )
    if fit.deepest < SHALLOW * fit.contact_error:
        found.append(
            f"shallow: the depth of {1e9 * fit.deepest:.2g} nm is only {fit.deepest / fit.contact_error:.1f} times the error of the contact"
        )
    if fit.misfit > MISFIT:
        found.append(f"misfit: the residuals are {fit.misfit:.1f} times the noise")
    if fit.stiffness_ratio > SOFT:
        found.append(
            f"compliance: the contact is {fit.stiffness_ratio:.0f} times stiffer than the cantilever, which hardly feels it"
        )
    return found


def tabor_of(fit: Fit, radius: float, adhesion: float) -> float:
    """Tabor's parameter [1] of a pull-off force [N] and the modulus that a law gives."""
    w = adhesion / ((1.5 if fit.law.title == "JKR" else 2.0) * np.pi * radius)
    return tabor_parameter(w, fit.strength / fit.law.factor, radius, SPACING)


def flags_of_adhesion(fit: Fit, radius: float, adhesion: float) -> list[str]:
    """Whether the law of adhesion is the one that holds for so soft or stiff a contact."""
    mu = tabor_of(fit, radius, adhesion)
    said = f"Tabor's parameter is about {mu:.2g} (surfaces {1e9 * SPACING:.1f} nm apart)"
    if fit.law.title == "DMT" and mu > BETWEEN:
        return [f"adhesion: {said}, so that JKR's law is nearer the truth than DMT's"]
    if fit.law.title == "JKR" and mu < BETWEEN:
        return [f"adhesion: {said}, so that DMT's law is nearer the truth than JKR's"]
    if DMT_BELOW < mu < JKR_ABOVE:
        return [f"adhesion: {said}, between DMT's law and JKR's, neither of which is exact there"]
    return []


def flags_of_curve(curve: Curve, fit: Fit) -> list[str]:
    """Flags that concern the whole curve."""
    found: list[str] = []
    top = curve.approach.force.max()
    at_top = np.flatnonzero(curve.approach.force == top)
    if at_top.size >= SATURATED and np.ptp(at_top) == at_top.size - 1:
        found.append(
            f"saturation: the last {at_top.size} forces of the approach are one and the same; the detector is at its end"
        )
    before = curve.approach.z < fit.contact
    if before.sum() > 5:
        line = far_baseline(curve.approach, curve.noise) or fit.baseline
        free = curve.approach.force[before] - np.asarray(line.at(curve.approach.z[before]), float)
        dip = float(np.convolve(free, np.ones(3) / 3.0, mode="valid").min())
        if dip < -ATTRACTED * curve.noise:
            found.append(
                f"attraction: the tip is pulled by {-dip:.2g} N before it touches, which the laws for an approach do not know"
            )
    if curve.retract is not None:
        found += _not_given_back(curve.approach, curve.retract, fit, curve.noise)
    return found


def _not_given_back(approach: Branch, retract: Branch, fit: Fit, noise: float) -> list[str]:
    # each branch above its own baseline: what drifts between them is no work
    lines = (far_baseline(each, noise) or fit.baseline for each in (approach, retract))
    forces = [
        branch.force - np.asarray(line.at(branch.z), float)
        for branch, line in zip((approach, retract), lines, strict=True)
    ]
    works = []
    for branch, force in zip((approach, retract), forces, strict=True):
        order = np.argsort(branch.z, kind="stable")
        order = order[branch.z[order] >= fit.contact]
        works.append(float(np.trapezoid(np.maximum(force[order], 0.0), branch.z[order])))
    share = 1.0 - works[1] / works[0] if works[0] > 0.0 else 0.0
    back = forces[1]
    sticks = float(back.min()) < -STICKY * float(back.max())
    found: list[str] = []
    if share > LOST:
        why = "by adhesion or otherwise" if sticks else "so that the contact is not purely elastic"
        found.append(f"hysteresis: {100.0 * share:.0f} % of the work of indentation is not given back, {why}")
    gone = np.flatnonzero(np.convolve(back, np.ones(3) / 3.0, mode="same") <= 0.0)
    if gone.size and not sticks and fit.deepest > 0.0:
        left = (float(retract.z[gone[0]]) - fit.contact) / fit.deepest
        if left > PLASTIC:
            found.append(
                f"plastic: unloading ends at {100.0 * left:.0f} % of the greatest depth, where an elastic body would still push"
            )
    return found
