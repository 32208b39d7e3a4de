"""The quench library's two files: packed bits and numbers without objects, and a description with the hash of what they came from.

The hash of inputs covers mixture, box, axes and every constant of the method; a test compares it with the present ones. The hash of the code
is written down and not tested, since a comment changes it too.
"""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import asdict, fields
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.film import quench, reduced_energy
from honeycell.film.pattern import PatternStatistics
from honeycell.film.quench import QuenchSettings
from honeycell.film.quench_library import GEL_RATIO, POLYMER, RAMP_TIME, QuenchLibrary, default_settings
from honeycell.physics.flory_huggins import TernaryMixture
from honeycell.quantities.errors import TableError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.resources.abc import Traversable
    from pathlib import Path

    Axes = tuple[Sequence[float], Sequence[float], Sequence[float]]

NAME = "quench_library"
PARTS = ("polymer", "gel_ratio", "ramp_time", "values", "bits", "arrested", "demixed")
METHOD = (
    (quench, ("REFERENCE", "STIFFNESS", "RISE", "SEED_DEVIATION", "SEEDINGS", "STAGES", "BORN", "STREAM")),
    (reduced_energy, ("KNOTS", "ROWS", "LEANEST", "RICHEST", "BEFORE", "LAST", "CUTOFF")),
)
CODE = (
    "film/quench.py", "film/reduced_energy.py", "film/pattern.py", "film/equilibrium.py", "film/quench_library.py",
    "numerics/conserved_field.py", "numerics/conserved_kernels.py", "numerics/local_law.py", "numerics/super_stepping.py",
    "numerics/topology.py", "numerics/local_thickness.py", "physics/flory_huggins.py", "physics/phase_diagram.py",
    "physics/spinodal.py", "physics/tie_lines.py", "physics/tie_line_family.py",
)  # fmt: skip


def write_library(library: QuenchLibrary, folder: Path) -> None:
    """Write both files into ``folder``; :func:`load_library` reads those beside this module.

    Statistics are rounded to twelve digits: in which order a mean is summed up, and so its last digit, is up to the machine.
    """
    buffer = io.BytesIO()
    parts = {name: getattr(library, name) for name in PARTS}
    rounded = [float(f"{x:.12g}") for x in library.values.ravel()]
    np.savez_compressed(buffer, **parts | {"values": np.reshape(rounded, library.values.shape)})  # pyright: ignore[reportArgumentType]
    content = buffer.getvalue()
    (folder / f"{NAME}.npz").write_bytes(content)
    axes = library.polymer.tolist(), library.gel_ratio.tolist(), library.ramp_time.tolist()
    said = {
        "inputs": _inputs(library.mixture, library.settings, axes),
        "inputs_sha256": inputs_hash(library.mixture, library.settings, axes),
        "code_sha256": _code_hash(),
        "npz_sha256": hashlib.sha256(content).hexdigest(),
        "statistics": [f.name for f in fields(PatternStatistics)],
    }
    (folder / f"{NAME}.json").write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")


@lru_cache(maxsize=1)
def load_library() -> QuenchLibrary:
    """The shipped library.

    Raises
    ------
    TableError : a file is missing or damaged, or they do not belong together.
    """
    return read_library(files("honeycell.film"))


def read_library(folder: Traversable | Path) -> QuenchLibrary:
    """A library from a folder; errors as for :func:`load_library`."""
    try:
        content = (folder / f"{NAME}.npz").read_bytes()
        said = _description(folder)
        if hashlib.sha256(content).hexdigest() != said["npz_sha256"]:
            raise ValueError("the numbers are not those that the description was written for")
        if said["statistics"] != [f.name for f in fields(PatternStatistics)]:
            raise ValueError("it holds other statistics")
        inputs = said["inputs"]
        settings = QuenchSettings(**{**inputs["settings"], "shape": tuple(inputs["settings"]["shape"])})
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            parts = {name: stored[name] for name in PARTS}
        return QuenchLibrary(**parts, mixture=TernaryMixture(**inputs["mixture"]), settings=settings)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TableError(f"cannot be used: {error}", f"{NAME}.npz", "Compute the library again.") from None


def inputs_hash(
    mixture: TernaryMixture, settings: QuenchSettings | None = None, axes: Axes = (POLYMER, GEL_RATIO, RAMP_TIME)
) -> str:
    """SHA-256 of what a library is computed from, numbers rounded to twelve digits; settings and axes are the default ones."""
    inputs = _inputs(mixture, default_settings() if settings is None else settings, axes)
    return hashlib.sha256(json.dumps(_rounded(inputs), sort_keys=True).encode()).hexdigest()


def stored_hash() -> str:
    """The hash of inputs in the shipped description; the library is stale when it is not :func:`inputs_hash` of the present mixture."""
    return str(_description(files("honeycell.film"))["inputs_sha256"])


def _description(folder: Traversable | Path) -> dict[str, Any]:
    return json.loads((folder / f"{NAME}.json").read_text(encoding="utf-8"))


def _inputs(mixture: TernaryMixture, settings: QuenchSettings, axes: Axes) -> dict[str, Any]:
    parts = asdict(mixture)
    if mixture.chi123 == 0.0:  # a term that is not there is no input
        del parts["chi123"]
    return {
        "mixture": parts,
        "settings": {**asdict(settings), "shape": list(settings.shape)},
        "method": {name: getattr(module, name) for module, names in METHOD for name in names},
        **{name: [float(x) for x in axis] for name, axis in zip(PARTS, axes, strict=False)},
    }


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, list) else value


def _code_hash() -> str:
    sha = hashlib.sha256()
    for name in CODE:
        sha.update((files("honeycell") / name).read_bytes())
    return sha.hexdigest()
