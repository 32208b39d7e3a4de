"""A force curve to its numbers: elastic modulus by a contact law, adhesion force, peak force."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.analysis.force_curve import models
from honeycell.analysis.force_curve.curve import CLEAR, Curve, curve_of, far_baseline, force_at_turn, pull_off
from honeycell.analysis.force_curve.fit import Fit, fit_branch
from honeycell.analysis.result import Estimate, Reduction
from honeycell.quantities.errors import InputError
from honeycell.quantities.record import flags_of
from honeycell.quantities.units import parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr

    from honeycell.analysis.force_curve.models import Law
    from honeycell.analysis.result import Settings

TECHNIQUE = "force_curve"
MODELS = ("hertz", "dmt", "jkr", "sneddon")
SHAPES = ("sphere", "paraboloid", "cone", "pyramid")
NEEDED = ("tip_radius", "poisson_ratio", "contact_model", "tip_shape")
DEEP = 0.3  # of the tip radius: Hertz' force is some 5 % too large there
BUCKLE = 0.1  # of the film's thickness: deeper, the substrate is felt (Bueckle's rule)
STICKY = 0.05  # adhesion over peak force from which on a law without adhesion is doubtful
SOFT = 20.0  # contact over cantilever stiffness from which on the deflection hardly depends on the modulus
MISFIT = 1.5  # residuals over noise
NORMAL_95 = 1.96
POINTS = 400  # of the curves in the tables


def reduce_force_curves(records: Sequence[xr.Dataset], settings: Sequence[Settings]) -> list[Reduction]:
    """Reductions of ``force_curve/1`` records.

    Quantities: ``elastic_modulus`` [Pa], ``adhesion_force`` and ``peak_force`` [N]. The modulus needs ``tip_radius`` (sphere, paraboloid)
    or an angle (``tip_shape`` "cone 18 degree", "pyramid 35 degree": half angles), and ``poisson_ratio``; where none of the settings
    that concern it is given, it is left out and a flag says what it takes. ``contact_model`` is hertz, dmt, jkr or sneddon; without
    it Hertz' law, or DMT where adhesion exceeds 5 % of the peak force. Laws without adhesion are fitted to the approach, those with it
    to the retract. ``alternatives`` holds the modulus by the other laws. Its error joins that of the fit with those stated for radius,
    Poisson's ratio and spring constant.

    Further settings: ``spring_constant``, ``thickness`` of a film, against which the depth is checked.

    Raises
    ------
    InputError : a setting is missing or unknown; a curve without contact; see :func:`honeycell.analysis.force_curve.curve.curve_of`.
    """
    return [_reduce(record, own) for record, own in zip(records, settings, strict=True)]


def _reduce(record: xr.Dataset, settings: Settings) -> Reduction:
    flags = flags_of(record)
    wanted = _wanted(settings)
    curve = curve_of(record, settings, flags)
    plain = fit_branch(models.any_paraboloid(), curve.approach, curve.compliance, curve.noise)
    turn, turn_error = force_at_turn(curve.approach)
    if plain is None or turn - float(plain.baseline.at(curve.approach.z[-1])) < CLEAR * max(turn_error, plain.spread):
        what = "shows no contact: the force does not rise out of its noise on approach"
        raise InputError(what, "force", "Ramp farther, or check sign and direction of force and displacement.")
    peak = _peak(curve, plain, turn, turn_error)
    adhesion, pulled = _adhesion(curve, flags)
    quantities = [each for each in (adhesion, peak) if each is not None]
    fits = [plain]
    alternatives: list[dict[str, Any]] = []
    if wanted:
        law = _law(settings, curve, peak, adhesion, flags)
        found = _fitted(law, curve, pulled)
        if found is None:
            what = f"cannot be fitted by {law.title}"
            raise InputError(what, "contact_model", f"Choose another of {', '.join(MODELS)}, or export a cleaner curve.")
        fits = [found]
        quantities.insert(0, _modulus(found, curve, settings, flags))
        alternatives = _others(law, curve, pulled, settings)
    else:
        flags.append("elastic_modulus: needs the tip; give --set tip_radius='40 nm' --set poisson_ratio=0.3")
    flags += _hysteresis(curve, fits[0])
    tables = {"contact": [_contact_row(fits[0], curve)], "curve": _curve_rows(curve, fits[0])}
    return Reduction(TECHNIQUE, tuple(quantities), tables, tuple(dict.fromkeys(flags)), tuple(alternatives))


def _wanted(settings: Settings) -> bool:
    """Whether a modulus is asked for.

    Raises
    ------
    InputError : it is, and something that it needs is missing or unknown.
    """
    if not any(key in settings for key in NEEDED):
        return False
    model, shape = _text(settings, "contact_model"), _text(settings, "tip_shape").split(" ")[0]
    if model and model not in MODELS:
        raise InputError(f"got {model!r}", "contact_model", f"It must be one of {', '.join(MODELS)}.")
    if shape and shape not in SHAPES:
        raise InputError(f"got {shape!r}", "tip_shape", "Write sphere, paraboloid, 'cone 18 degree' or 'pyramid 35 degree'.")
    if shape in ("cone", "pyramid"):
        _angle(settings)
        if model in ("dmt", "jkr", "hertz"):
            raise InputError(f"{model} is not known for a {shape}", "contact_model", "Choose sneddon, or leave it out.")
    elif "tip_radius" not in settings:
        raise InputError("no tip radius", "tip_radius", "Give it with --set tip_radius='40 nm', or a tip_shape with an angle.")
    if "poisson_ratio" not in settings:
        raise InputError("no Poisson's ratio", "poisson_ratio", "Give it with --set poisson_ratio=0.3 (0.5 for rubber).")
    return True


def _law(settings: Settings, curve: Curve, peak: Estimate, adhesion: Estimate | None, flags: list[str]) -> Law:
    model, shape = _text(settings, "contact_model"), _text(settings, "tip_shape").split(" ")[0]
    if shape in ("cone", "pyramid"):
        return (models.cone if shape == "cone" else models.pyramid)(_angle(settings))
    if not shape:
        flags.append("tip_shape: not stated; taken as a paraboloid of the tip radius")
    if not model:
        sticky = adhesion is not None and not adhesion.flags and adhesion.value > STICKY * peak.value
        model = "dmt" if sticky and curve.retract is not None else "hertz"
        why = f"adhesion is {'more' if sticky else 'less'} than {100.0 * STICKY:.0f} % of the peak force"
        flags.append(f"contact_model: not stated; {model} is taken, since {why}; others stand under alternatives")
    if model in ("dmt", "jkr") and curve.retract is None:
        raise InputError(f"{model} needs the retract, and there is none", "contact_model", "Choose hertz or sneddon.")
    return {"hertz": models.hertz, "dmt": models.dmt, "jkr": models.jkr, "sneddon": models.sneddon}[model](
        _number(settings, "tip_radius")
    )


def _fitted(law: Law, curve: Curve, pulled: int | None) -> Fit | None:
    if not law.adhesive:
        return fit_branch(law, curve.approach, curve.compliance, curve.noise)
    if curve.retract is None or pulled is None:
        return None
    return fit_branch(law, curve.retract, curve.compliance, curve.noise, pulled)


def _value(fit: Fit, settings: Settings) -> float:
    """E = (1 - nu^2) A / factor."""
    return (1.0 - _number(settings, "poisson_ratio") ** 2) * fit.strength / fit.law.factor


def _modulus(fit: Fit, curve: Curve, settings: Settings, flags: list[str]) -> Estimate:
    E = _value(fit, settings)
    nu, nu_error = _number(settings, "poisson_ratio"), settings["poisson_ratio"].u or 0.0
    parts = [2.0 * nu * nu_error / (1.0 - nu**2), curve.stiffness_error]
    if "tip_radius" in settings and "cone" not in fit.law.title and "pyramid" not in fit.law.title:
        R = _number(settings, "tip_radius")
        parts.append(0.5 * (settings["tip_radius"].u or 0.0) / R)
        own = _depth_flags(fit, R, settings)
    else:
        own = _depth_flags(fit, None, settings)
    systematic = math.hypot(*parts)
    error = E * math.hypot(fit.strength_error, systematic)
    if systematic == 0.0:
        flags.append("systematic: no errors are stated for tip radius and spring constant, so that the modulus' error is of the fit alone")
    if fit.misfit > MISFIT:
        own.append(f"misfit: the residuals are {fit.misfit:.1f} times the noise")
    if fit.stiffness_ratio > SOFT:
        own.append(f"compliance: the contact is {fit.stiffness_ratio:.0f} times stiffer than the cantilever, which hardly feels it")
    branch = "retract" if fit.law.adhesive else "approach"
    method = (
        f"{fit.law.title}, fitted to the {branch} with baseline and contact point; {1e9 * fit.deepest:.3g} nm deep; relative errors: "
        f"fit {100.0 * fit.strength_error:.2g} %, settings {100.0 * systematic:.2g} %"
    )
    return _estimate("elastic_modulus", E, "Pa", error, method, own)


def _depth_flags(fit: Fit, radius: float | None, settings: Settings) -> list[str]:
    found: list[str] = []
    if radius is not None and fit.deepest > DEEP * radius and "Sneddon" not in fit.law.title:
        found.append(f"depth: {fit.deepest / radius:.2g} of the tip radius, beyond {DEEP:g} where Hertz' geometry holds")
    if "thickness" in settings and fit.deepest > BUCKLE * _number(settings, "thickness"):
        share = 100.0 * fit.deepest / _number(settings, "thickness")
        found.append(f"substrate: the tip goes {share:.0f} % into the film; beyond 10 % what lies under it is felt")
    return found


def _peak(curve: Curve, plain: Fit, turn: float, turn_error: float) -> Estimate:
    z = float(curve.approach.z[-1])
    value = turn - float(plain.baseline.at(z))
    error = math.hypot(turn_error, plain.baseline.error(z), value * curve.stiffness_error)
    method = "force at the end of the approach (parabola through its last rows) less the baseline fitted with the contact"
    return _estimate("peak_force", value, "N", error, method, [])


def _adhesion(curve: Curve, flags: list[str]) -> tuple[Estimate | None, int | None]:
    if curve.retract is None:
        return None, None
    lowest, error, row = pull_off(curve.retract, curve.noise)
    baseline = far_baseline(curve.retract, curve.noise)
    own: list[str] = []
    if baseline is None or curve.retract.z[row] < curve.retract.z.min() + 0.25 * float(np.ptp(curve.retract.z)):
        baseline = far_baseline(curve.approach, curve.noise)
        flags.append("adhesion_force: the retract hardly leaves the specimen; the baseline is the approach's")
    if baseline is None:
        return None, row
    z = float(curve.retract.z[row])
    value = float(baseline.at(z)) - lowest
    error = math.hypot(error, baseline.error(z))
    if value < CLEAR * error:
        own.append("adhesion_force: not more than noise")
    error = math.hypot(error, value * curve.stiffness_error)
    method = "baseline of the retract less its lowest force (parabola through the rows before the tip lets go)"
    return _estimate("adhesion_force", value, "N", error, method, own), row


def _others(law: Law, curve: Curve, pulled: int | None, settings: Settings) -> list[dict[str, Any]]:
    """Modulus by the other laws for a round tip."""
    if "tip_radius" not in settings:
        return []
    R = _number(settings, "tip_radius")
    result: list[dict[str, Any]] = []
    for other in (models.hertz(R), models.dmt(R), models.jkr(R), models.sneddon(R)):
        if other.title == law.title:
            continue
        fit = _fitted(other, curve, pulled)
        if fit is not None:
            E = _value(fit, settings)
            number = {"value": E, "unit": "Pa", "standard_error": E * fit.strength_error}
            method = f"{other.title} on the {'retract' if other.adhesive else 'approach'}, residuals {fit.misfit:.2f} times the noise"
            result.append({"method": method, "quantities": {"elastic_modulus": number}})
    return result


def _hysteresis(curve: Curve, fit: Fit) -> list[str]:
    """Share of the work of indentation that the retract does not give back, above its baseline."""
    if curve.retract is None:
        return []
    works = []
    for branch in (curve.approach, curve.retract):
        order = np.argsort(branch.z, kind="stable")
        force = branch.force - np.asarray(fit.baseline.at(branch.z), float)
        works.append(float(np.trapezoid(np.maximum(force, 0.0)[order], branch.z[order])))
    if not works[0] > 0.0:
        return []
    share = 1.0 - works[1] / works[0]
    return [f"hysteresis: {100.0 * share:.0f} % of the work of indentation is not given back, so that the contact is not purely elastic"
            ] if share > 0.1 else []  # fmt: skip


def _contact_row(fit: Fit, curve: Curve) -> dict[str, Any]:
    return {
        "law": fit.law.title,
        "contact_point / nm": 1e9 * fit.contact,
        "contact_point_standard_error / nm": 1e9 * fit.contact_error,
        "depth / nm": 1e9 * fit.deepest,
        "baseline_slope / N/m": fit.baseline.slope,
        "noise / nN": 1e9 * curve.noise,
        "misfit": fit.misfit,
        "branch": "retract" if fit.law.adhesive else "approach",
    }


def _curve_rows(curve: Curve, fit: Fit) -> list[dict[str, Any]]:
    """Depth and force of both branches and of the fit, for figures."""
    rows: list[dict[str, Any]] = []
    for name, branch in (("approach", curve.approach), ("retract", curve.retract)):
        if branch is None:
            continue
        places = np.unique(np.linspace(0, branch.z.size - 1, min(POINTS, branch.z.size)).astype(int))
        z = branch.z[places]
        force = branch.force[places] - np.asarray(fit.baseline.at(z), float)
        model = fit.force(z) - np.asarray(fit.baseline.at(z), float)
        depth = z - fit.contact - fit.compliance * force
        fitted = (name == "retract") == fit.law.adhesive
        shown = model > -fit.adhesion if fit.law.adhesive else np.ones_like(z, bool)
        for k in range(z.size):
            row = {"branch": name, "depth / nm": 1e9 * float(depth[k]), "force / nN": 1e9 * float(force[k])}
            row["fit_force / nN"] = 1e9 * float(model[k]) if fitted and shown[k] else None
            row["fit_depth / nm"] = (
                1e9 * float(z[k] - fit.contact - fit.compliance * model[k]) if fitted and shown[k] else None
            )
            rows.append(row)
    return rows


def _text(settings: Settings, key: str) -> str:
    return str(settings[key].value).strip().lower() if key in settings else ""


def _number(settings: Settings, key: str) -> float:
    return float(settings[key].value)  # type: ignore[arg-type]


def _angle(settings: Settings) -> float:
    """Half angle [rad] behind the word of the shape."""
    shape, _, rest = _text(settings, "tip_shape").partition(" ")
    cure = f"Write the half angle, e.g. --set tip_shape='{shape} 18 degree'."
    if not re.search(r"\d", rest):
        raise InputError(f"a {shape} without its half angle", "tip_shape", cure)
    angle = parse(rest.strip(), "degree", "tip_shape")
    if not 0.0 < angle < 0.5 * math.pi:
        raise InputError(f"got a half angle of {rest.strip()}", "tip_shape", cure)
    return angle


def _estimate(name: str, value: float, unit: str, error: float, method: str, flags: list[str]) -> Estimate:
    half = NORMAL_95 * error
    return Estimate(name, value, unit, error, (value - half, value + half), method, tuple(flags))
