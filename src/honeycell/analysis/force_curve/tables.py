"""Rows of the tables that a reduced force curve carries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.analysis.force_curve.curve import far_baseline

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from honeycell.analysis.force_curve.curve import Branch, Curve
    from honeycell.analysis.force_curve.fit import Fit

NEAR, FAR_OFF = 400, 120  # rows of each branch in the figure's table, in contact and about it, and far from it
ABOUT = 0.5  # of the way from contact to the turn, in front of contact, that counts as about it


def contact_row(fit: Fit, curve: Curve) -> dict[str, Any]:
    """What was fitted and how well."""
    return {
        "law": fit.law.title,
        "contact_point / nm": 1e9 * fit.contact,
        "contact_point_standard_error / nm": 1e9 * fit.contact_error,
        "depth / nm": 1e9 * fit.deepest,
        "baseline_slope / N/m": float(fit.baseline.slope),
        "noise / nN": 1e9 * curve.noise,
        "residuals_over_noise": fit.misfit,
        "branch": "retract" if fit.law.adhesive else "approach",
    }


def curve_rows(curve: Curve, fit: Fit) -> list[dict[str, Any]]:
    """Depth and force less the baseline, of both branches and of the fit over its rows (None elsewhere), for figures."""
    rows: list[dict[str, Any]] = []
    for name, branch in (("approach", curve.approach), ("retract", curve.retract)):
        if branch is None:
            continue
        fitted = (name == "retract") == fit.law.adhesive
        places = _places(branch, fit)
        z = branch.z[places]
        # the branch that was not fitted has drifted since
        own = fit.baseline if fitted else far_baseline(branch, curve.noise) or fit.baseline
        force = branch.force[places] - np.asarray(own.at(z), float)
        model = fit.force(z) - np.asarray(fit.baseline.at(z), float)
        shown = (model > -fit.adhesion) & fitted if fit.law.adhesive else np.full(z.size, fitted)
        measured, drawn = (1e9 * (z - fit.contact - fit.compliance * each) for each in (force, model))
        rows += [
            {
                "branch": name,
                "displacement / nm": 1e9 * float(z[k] - fit.contact),
                "depth / nm": float(measured[k]),
                "force / nN": 1e9 * float(force[k]),
                "fit_depth / nm": float(drawn[k]) if shown[k] else None,
                "fit_force / nN": 1e9 * float(model[k]) if shown[k] else None,
            }
            for k in range(z.size)
        ]
    return rows


def _places(branch: Branch, fit: Fit) -> NDArray[np.int_]:
    """Rows for the figure, in their order."""
    near = branch.z > fit.contact - ABOUT * (float(branch.z.max()) - fit.contact)
    if branch.force.size and fit.law.adhesive:
        near |= branch.z >= branch.z[int(np.argmin(branch.force))]
    picked = [
        rows[np.unique(np.linspace(0, rows.size - 1, min(most, rows.size)).astype(int))]
        for rows, most in ((np.flatnonzero(near), NEAR), (np.flatnonzero(~near), FAR_OFF))
        if rows.size
    ]
    return np.sort(np.concatenate(picked))
