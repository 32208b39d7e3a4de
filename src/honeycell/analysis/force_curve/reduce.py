"""A force curve to its numbers: elastic modulus by a contact law, adhesion force, peak force, contact point."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.analysis.force_curve import models
from honeycell.analysis.force_curve.checks import (
    BETWEEN,
    STICKY,
    flags_of_adhesion,
    flags_of_curve,
    flags_of_fit,
    tabor_of,
)
from honeycell.analysis.force_curve.curve import CLEAR, FAR, TOO_STEEP, Curve, curve_of, far_baseline, slope_at_turn
from honeycell.analysis.force_curve.ends import force_at_turn, pull_off
from honeycell.analysis.force_curve.fit import Fit, fit_branch
from honeycell.analysis.force_curve.tables import contact_row, curve_rows
from honeycell.analysis.force_curve.tip import tip_of
from honeycell.analysis.result import Estimate, Reduction
from honeycell.quantities.errors import InputError
from honeycell.quantities.record import flags_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from honeycell.analysis.force_curve.tip import Tip
    from honeycell.analysis.result import Settings

TECHNIQUE = "force_curve"
NORMAL_95 = 1.96
STIFFEST = 1e13  # Pa: some ten times diamond; what seems stiffer has not been indented


def reduce_force_curves(records: Sequence[xr.Dataset], settings: Sequence[Settings]) -> list[Reduction]:
    """Reductions of ``force_curve/1`` records.

    Quantities: ``elastic_modulus`` and ``reduced_modulus`` [Pa] (the latter E / (1 - nu^2), for a rigid tip), ``adhesion_force`` and
    ``peak_force`` [N], ``contact_point`` [m], the displacement at which the depth is 0. The moduli need ``tip_shape`` (sphere, cone,
    pyramid, flat), with ``tip_radius`` or ``tip_angle`` (half angle), and ``elastic_modulus`` needs ``poisson_ratio``; where nothing is
    said of the tip they are left out and a flag says what they take. ``spring_constant`` is required unless the record has it, or
    holds forces over the displacement of the tip itself. ``contact_model`` is hertz, dmt, jkr or sneddon; where it is not stated a
    flag says which was taken and why: Hertz' law for a sphere, but that of DMT or JKR, by Tabor's parameter, where adhesion exceeds 5 %
    of the peak force. Laws without adhesion are fitted to the approach, those with it to the retract. ``alternatives`` holds the modulus
    by the other laws.

    The errors of the moduli join that of the fit with those stated for tip, Poisson's ratio and spring constant (``"40 +- 4 nm"``).
    ``thickness`` of a film is what the depth is checked against. A record of several curves yields their means; see
    :func:`honeycell.analysis.force_curve.several.reduce_several`.

    Raises
    ------
    InputError : a setting is missing or unknown; a curve without contact; see :func:`honeycell.analysis.force_curve.curve.curve_of`.
    """
    return [_reduce(record, own) for record, own in zip(records, settings, strict=True)]


def _reduce(record: xr.Dataset, settings: Settings) -> Reduction:
    if "curve" in record and np.ptp(record["curve"].values) > 0.0:
        from honeycell.analysis.force_curve.several import reduce_several

        return reduce_several(record, settings, reduce_one)
    return reduce_one(record, settings)


def reduce_one(record: xr.Dataset, settings: Settings, *, whole: bool = True) -> Reduction:
    """The reduction of one curve; without alternatives and the figure's table where not ``whole``."""
    flags = flags_of(record)
    tip = tip_of(record, settings, flags)
    curve = curve_of(record, settings, flags)
    plain = fit_branch(models.any_paraboloid(), curve.approach, curve.compliance, curve.noise)
    turn, turn_error = force_at_turn(curve.approach, curve.noise)
    slope = slope_at_turn(curve.approach, curve.noise)
    if slope * curve.compliance > TOO_STEEP:
        what = f"has a force that rises by {slope:.3g} N/m, faster than the cantilever can bend ({1.0 / curve.compliance:.3g} N/m)"
        if tip is not None or plain is None:
            cure = "Is the spring constant or the deflection sensitivity wrong? Calibrate on a hard body."
            raise InputError(what, "spring_constant", cure)
        flags.append(f"spring_constant: the curve {what}")
    if plain is None or turn - float(plain.baseline.at(curve.approach.z[-1])) < CLEAR * max(turn_error, plain.spread):
        what = "shows no contact: the force does not rise out of its noise on approach"
        raise InputError(what, "force", "Ramp farther, or check sign and direction of force and displacement.")
    adhesion, pulled = _adhesion(curve, flags)
    fits = {"": plain}
    if tip is not None:
        model = _model(tip, curve, plain, adhesion, pulled, flags)
        fits = {model: _fitted(tip.laws()[model], curve, plain, pulled)}
        if whole:
            fits |= {name: _fitted(law, curve, plain, pulled) for name, law in tip.laws().items() if name != model}
    fit, *others = fits.values()
    if fit is None:
        first = next(iter(fits))
        what = f"cannot be fitted by the law {first}: it is not known for forces so great, or no contact or no depth is found"
        raise InputError(
            what, "contact_model", "Choose another law, export a cleaner curve, or take a stiffer cantilever."
        )
    quantities = [] if tip is None else _moduli(fit, tip, curve, settings, adhesion, flags)
    if tip is None:
        cure = "--set tip_shape=sphere --set tip_radius='40 nm' --set poisson_ratio=0.3"
        flags.append(f"elastic_modulus: needs the tip; give {cure}")
    quantities += [] if adhesion is None else [adhesion]
    quantities += [_peak(curve, plain if fit.law.adhesive else fit), _contact(fit)]
    flags += flags_of_curve(curve, fit)
    tables = {"contact": [contact_row(fit, curve)]} | ({"curve": curve_rows(curve, fit)} if whole else {})
    alternatives = [] if tip is None else [_alternative(each, settings) for each in others if each is not None]
    return Reduction(TECHNIQUE, tuple(quantities), tables, tuple(dict.fromkeys(flags)), tuple(alternatives))


def _model(tip: Tip, curve: Curve, plain: Fit, adhesion: Estimate | None, pulled: int | None, flags: list[str]) -> str:
    """The law that is asked for, or the one that the curve speaks for.

    Raises
    ------
    InputError : it needs the retract, and there is none.
    """
    if tip.model in ("dmt", "jkr") and curve.retract is None:
        raise InputError(
            f"{tip.model} needs the retract, and there is none", "contact_model", "Choose hertz or sneddon."
        )
    if tip.shape != "sphere" or tip.model:
        return tip.model or "sneddon"
    model, why = "hertz", f"adhesion is less than {100.0 * STICKY:.0f} % of the peak force"
    if adhesion is not None and not adhesion.flags and adhesion.value > STICKY * _peak(curve, plain).value:
        fit = _fitted(models.dmt(tip.number), curve, plain, pulled)
        mu = tabor_of(fit, tip.number, adhesion.value) if fit is not None else 0.0
        model = "jkr" if mu > BETWEEN else "dmt"
        why = f"adhesion is more than {100.0 * STICKY:.0f} % of the peak force and Tabor's parameter about {mu:.2g}"
    flags.append(f"contact_model: not stated; {model} is taken, since {why}; others stand under alternatives")
    return model


def _fitted(law: models.Law, curve: Curve, plain: Fit, pulled: int | None) -> Fit | None:
    """Fit of a law, None where it fails; ``plain`` is that of any paraboloid, which Hertz' law shares."""
    if law == replace(plain.law, title=law.title, factor=law.factor):
        fit: Fit | None = replace(plain, law=law)
    elif not law.adhesive:
        fit = fit_branch(law, curve.approach, curve.compliance, curve.noise)
    elif curve.retract is None or pulled is None:
        return None
    else:
        fit = fit_branch(law, curve.retract, curve.compliance, curve.noise, pulled)
    return fit if fit is not None and fit.strength < STIFFEST * law.factor else None


def _moduli(
    fit: Fit, tip: Tip, curve: Curve, settings: Settings, adhesion: Estimate | None, flags: list[str]
) -> list[Estimate]:
    """E where Poisson's ratio is known, and E* = A / factor."""
    modulus = fit.strength / fit.law.factor
    model = next(name for name, law in tip.laws().items() if law.title == fit.law.title)
    exponent = models.size_exponent(tip.build(model), tip.number, fit.strongest, modulus, fit.adhesion)
    systematic = math.hypot(exponent * (tip.size.u or 0.0) / tip.number, curve.stiffness_error)
    own = flags_of_fit(fit, tip, settings)
    if tip.radius is not None and fit.law.adhesive and adhesion is not None:
        own += flags_of_adhesion(fit, tip.radius, adhesion.value)
    if systematic == 0.0:
        said = "no errors are stated for tip and spring constant, so that the modulus' error is of the fit alone"
        flags.append(f"systematic: {said}")
    branch = "retract" if fit.law.adhesive else "approach"
    place = f"{fit.law.title}, fitted to the {branch} with baseline and contact point; {1e9 * fit.deepest:.3g} nm deep"
    shares = f"relative errors: fit {100.0 * fit.strength_error:.2g} %, tip and spring {100.0 * systematic:.2g} %"
    relative = math.hypot(fit.strength_error, systematic)
    reduced = estimate("reduced_modulus", modulus, "Pa", modulus * relative, f"{place}; {shares}", own)
    if "poisson_ratio" not in settings:
        flags.append("elastic_modulus: needs Poisson's ratio; give --set poisson_ratio=0.3 (0.5 for rubber)")
        return [reduced]
    nu = settings["poisson_ratio"].number
    by_nu = 2.0 * abs(nu) * (settings["poisson_ratio"].u or 0.0) / (1.0 - nu**2)
    E = (1.0 - nu**2) * modulus
    error = E * math.hypot(relative, by_nu)
    return [estimate("elastic_modulus", E, "Pa", error, f"{place}; rigid tip; {shares}", own), reduced]


def _peak(curve: Curve, fit: Fit) -> Estimate:
    turn, turn_error = force_at_turn(curve.approach, curve.noise)
    z = float(curve.approach.z[-1])
    value = turn - float(fit.baseline.at(z))
    error = math.hypot(turn_error, fit.baseline.error(z), value * curve.stiffness_error)
    method = "force at the end of the approach (cubic through its last rows) less the baseline fitted with the contact"
    return estimate("peak_force", value, "N", error, method, [])


def _contact(fit: Fit) -> Estimate:
    branch = "retract" if fit.law.adhesive else "approach"
    method = (
        f"displacement at which the depth is 0 by {fit.law.title}, fitted to the {branch} together with the baseline"
    )
    return estimate("contact_point", fit.contact, "m", fit.contact_error, method, [])


def _adhesion(curve: Curve, flags: list[str]) -> tuple[Estimate | None, int | None]:
    if curve.retract is None:
        return None, None
    baseline, own = far_baseline(curve.retract, curve.noise), list[str]()
    if baseline is None:
        return None, None
    lowest, error, row = pull_off(curve.retract, baseline, curve.noise)
    z = curve.retract.z
    if float(z[row]) < float(z.min()) + FAR * float(np.ptp(z)) and -lowest > CLEAR * error:
        flags.append("adhesion_force: the retract hardly leaves the specimen; the baseline is the approach's")
        baseline = far_baseline(curve.approach, curve.noise) or baseline
        lowest, error, row = pull_off(curve.retract, baseline, curve.noise)
    value, error = -lowest, math.hypot(error, baseline.error(float(z[row])))
    if value < CLEAR * error:
        own.append("adhesion_force: not more than noise")
    error = math.hypot(error, value * curve.stiffness_error)
    method = "baseline of the retract less its lowest force (cubic through the rows before the tip lets go)"
    return estimate("adhesion_force", value, "N", error, method, own), row


def _alternative(fit: Fit, settings: Settings) -> dict[str, Any]:
    """Modulus by another law."""
    modulus, name = fit.strength / fit.law.factor, "reduced_modulus"
    if "poisson_ratio" in settings:
        modulus *= 1.0 - settings["poisson_ratio"].number ** 2
        name = "elastic_modulus"
    method = f"{fit.law.title} on the {'retract' if fit.law.adhesive else 'approach'}"
    number = {"value": modulus, "unit": "Pa", "standard_error": modulus * fit.strength_error}
    return {"method": method, "residuals_over_noise": fit.misfit, "quantities": {name: number}}


def estimate(name: str, value: float, unit: str, error: float, method: str, flags: Sequence[str]) -> Estimate:
    """An estimate whose interval is that of a normal distribution."""
    half = NORMAL_95 * error
    return Estimate(name, value, unit, error, (value - half, value + half), method, tuple(flags))
