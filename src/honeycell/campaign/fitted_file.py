"""The file of a calibration, ``data/fitted/<group>.toml``: where it lies, and its text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.campaign.fit import spread_of
from honeycell.data.tables import root
from honeycell.quantities.errors import RunError
from honeycell.runs.folder import write_atomic

if TYPE_CHECKING:
    from honeycell.campaign.calibration import Calibration
    from honeycell.campaign.fit import Fit

DIGITS = 6
LEAST_PULL = 1e-2  # tolerances per declared spread: the same for the claims
LEAST_GAIN = 1e-4  # of the logarithm per declared spread: what moves a fit less is not written down


def place_of(group: str) -> Path:
    """Where a group's file lies.

    Raises
    ------
    RunError : the package is not installed as plain files.
    """
    folder = root() / "fitted"
    if not isinstance(folder, Path):
        raise RunError("is not a folder of plain files", "data/fitted", "Install the package from its source.")
    return folder / f"{group}.toml"


def write_calibration(found: Calibration) -> Path:
    """Put a calibration in the place of the group's former one, whole or not at all; without any fitted value the file goes away.

    Raises
    ------
    RunError : the storage refused; what was there stays.
    """
    path = place_of(found.group.name)
    if found.fit.knobs:
        path.parent.mkdir(exist_ok=True)
        write_atomic(path, fitted_text(found))
    else:
        path.unlink(missing_ok=True)
    return path


def fitted_text(found: Calibration) -> str:
    """TOML of a calibration."""
    fit, group = found.fit, found.group
    claims = list(group.claims)
    scales = [knob.scale for knob in fit.knobs]
    lines = [
        f"# Written by: honeycell calibrate paper --group {group.name}",
        f"title = {json.dumps(group.title)}",
    ]
    for k, (knob, number) in enumerate(zip(fit.knobs, fit.values().values(), strict=True)):
        value = knob.value
        low, high = (None, None) if value.lo is None or value.hi is None else (value.lo, value.hi)
        written = number if low is None or high is None else min(max(float(_number(number)), low), high)
        left = (
            f"{fit.spread[k]:.2f} of its declared spread is left, {fit.spread_with_all_free[k]:.2f} with all else free"
        )
        reason = f"declared as {value.given_as}; {left}" + ("; at the end of its range" if fit.at_edge(k) else "")
        lines += [
            "",
            f"[values.{json.dumps(knob.key)}]",
            f"value = {written!r}",
            f"unit = {json.dumps(value.unit)}",
            f"u = {_number(fit.spread[k] * knob.scale)}",
            *([] if low is None else [f"range = [{low!r}, {high!r}]"]),
            'distribution = "lognormal"',
            'status = "fitted"',
            f"fitted_to = {json.dumps(claims)}",
            f"reason = {json.dumps(reason)}",
        ]
    covariance = [
        [c * a * b for c, b in zip(row, scales, strict=True)] for row, a in zip(fit.covariance, scales, strict=True)
    ]
    lines += [
        "",
        "[fit]",
        f'sha256 = "{found.sha256}"',
        f"covariance = {_numbers(covariance)}  # of the natural logarithms, all else as declared",
        f"jacobian = {_numbers(fit.jacobian)}  # of the claims' residuals, tolerances per declared spread of each fitted value",
        f"singular_values = {_numbers(fit.singular_values)}  # of the same",
        f"correlation = {_numbers(fit.correlation)}",
        f"cost = {_number(fit.cost)}  # sum of squares, declared spreads included",
        f"reads = {json.dumps(found.reads)}",
        "",
        "[fit.stands_for]",
        *(f"{json.dumps(knob.key)} = {json.dumps(knob.value.spread)}" for knob in fit.knobs),
        "",
        "[fit.dropped]",
        *(f"{json.dumps(key)} = {json.dumps(why)}" for key, why in found.dropped.items()),
        "",
        "[fit.all_knobs]  # fitted together, for what they tell of each other",
        *_identifiability(found.first),
    ]
    for target in found.targets:
        lines += [
            "",
            "[[fit.claims]]",
            f'id = "{target.claim}"',
            f"claimed = {json.dumps(target.said)}",
            f"unit = {json.dumps(target.unit)}",
            f"declared = {_number(target.ours(found.before))}",
            f"fitted = {_number(target.ours(fit.found))}",
            f"residual = {_number(target.residual(fit.found))}  # tolerances",
        ]
    for n, (key, value) in enumerate(fit.others):
        gain = [float(g) * s / spread_of(value) for g, s in zip(fit.gain[:, n], scales, strict=True)]
        pull = fit.rest[:, n]
        if max(map(abs, gain), default=0.0) * spread_of(value) < LEAST_GAIN and np.abs(pull).max() < LEAST_PULL:
            continue
        lines += [
            "",
            f"[fit.follows.{json.dumps(key)}]",
            f"value = {value.number!r}",
            'unit = "1"',
            *([] if value.u is None else [f"u = {value.u!r}"]),
            *([] if value.lo is None or value.hi is None else [f"range = [{value.lo!r}, {value.hi!r}]"]),
            f'distribution = "{value.distribution}"',
            f'status = "{value.status}"',
            f"stands_for = {json.dumps(value.spread)}",
            f"gain = {_numbers(gain)}",
            f"pull = {_numbers(pull)}",
        ]
    return "\n".join(lines) + "\n"


def _identifiability(fit: Fit) -> list[str]:
    return [
        f"keys = {json.dumps([knob.key for knob in fit.knobs])}",
        f"values = {_numbers(fit.values().values())}",
        f"spread_left = {_numbers(fit.spread)}",
        f"spread_left_with_all_free = {_numbers(fit.spread_with_all_free)}",
        f"singular_values = {_numbers(fit.singular_values)}",
        f"correlation = {_numbers(fit.correlation)}",
        f"cost = {_number(fit.cost)}",
    ]


def _number(x: float) -> str:
    return repr(float(f"{float(x):.{DIGITS}g}"))


def _numbers(xs: Any) -> str:
    return "[" + ", ".join(_numbers(x) if hasattr(x, "__len__") else _number(x) for x in xs) + "]"
