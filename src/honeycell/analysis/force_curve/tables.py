"""Rows of the tables that a reduced force curve carries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from honeycell.analysis.force_curve.curve import Curve
    from honeycell.analysis.force_curve.fit import Fit

POINTS = 500  # of each branch in the figure's table


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
        places = np.unique(np.linspace(0, branch.z.size - 1, min(POINTS, branch.z.size)).astype(int))
        z = branch.z[places]
        free = np.asarray(fit.baseline.at(z), float)
        force, model = branch.force[places] - free, fit.force(z) - free
        fitted = (name == "retract") == fit.law.adhesive
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
