"""What the sponge conducts: computed on the maps of the quench library with their walls grown or shrunk, looked up by dope, gel and liquid.

Shipped as ``pore_conduction.json`` beside this module, with hashes of the library and of the method; :mod:`honeycell.properties.shipped` computes
it. Each map is cut at several shares of liquid and solved for several conductivities of the rest, walls and empty pores, over the liquid's.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.film.quench_store import load_library
from honeycell.quantities.errors import TableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from honeycell.film.own_quenches import OwnQuenches

    Floats = NDArray[np.floating]

NAME = "pore_conduction.json"
SHARES = (0.1, 0.25, 0.45, 0.65, 0.85)
CONTRASTS = (1e-6, 1e-3, 3e-2)
AXIS = 0  # along which the current passes: the scatter from map to map is part of the table, so one is enough
CURE = "Compute it again: python -m honeycell.properties.shipped."


@dataclass(frozen=True, eq=False)
class PoreConduction:
    """``ratio`` (polymer, gel ratio, share, contrast): conductivity over that of the liquid; nan where no quench set.

    ``scatter`` is the standard deviation of its logarithm about what :meth:`ratio_at` would say of each quench from the others'.
    """

    polymer: Floats
    gel_ratio: Floats
    share: Floats
    contrast: Floats
    ratio: Floats
    scatter: float

    def ratio_at(
        self, polymer: ArrayLike, gel: float, share: ArrayLike, contrast: ArrayLike, own: OwnQuenches | None = None
    ) -> Floats:
        """Conductivity of sponges over that of their liquid (n,).

        Parameters
        ----------
        polymer : of the liquid at each depth when it set (n,).  gel : polymer fraction at which walls set.
        share : of liquid in the sponge (n,).  contrast : conductivity of the rest over that of the liquid (n,).
        own : quenches of the film's own, which count as those of the table do where it is known what they conduct.

        The nearest quench's logarithm is interpolated over share and over the logarithm of the contrast, between a sponge without liquid, which
        conducts as the rest, and liquid alone. Contrasts below the table's are taken as its lowest.
        """
        phi, e, h = np.broadcast_arrays(*(np.asarray(x, float) for x in (polymer, share, contrast)))
        log_h = np.log(np.append(self.contrast, 1.0))
        wanted = np.log(np.clip(h, self.contrast[0], 1.0))
        i, j = np.nonzero(np.isfinite(self.ratio).all(axis=(2, 3)))
        dopes, ratios = np.log([self.polymer[i], self.gel_ratio[j] * gel]), self.ratio[i, j]
        if own is not None:
            for x, found in zip(own.polymer, own.conduction, strict=True):
                if found is not None:
                    dopes = np.column_stack([dopes, np.log([x, x * gel / own.gel])])
                    ratios = np.concatenate([ratios, found[None]])
        shares = np.concatenate([[0.0], self.share, [1.0]])
        result = np.empty(phi.shape)
        for n in np.ndindex(phi.shape):
            nearest = np.argmin(np.abs(dopes - np.log(phi[n])).sum(axis=0))
            inner = np.log(np.column_stack([ratios[nearest], np.ones(len(self.share))]))
            table = np.vstack([log_h, inner, np.zeros(len(log_h))])
            column = [np.interp(wanted[n], log_h, row) for row in table]
            result[n] = np.exp(np.interp(e[n], shares, column))
        return result


def compute_conduction(jobs: int = 1, show: bool = True) -> PoreConduction:
    """The table of the shipped library, each map in one of ``jobs`` processes."""
    from honeycell.runs.progress import progress, workers

    library = load_library()
    places = [(int(i), int(j)) for i, j in np.argwhere(library.arrested[:, :, -1])]
    ratio = np.full((*library.arrested.shape[:2], len(SHARES), len(CONTRASTS)), np.nan)
    with progress(len(places), "maps", show) as advance, workers(jobs) as pool:
        futures = [pool.submit(conduction_of, i, j) for i, j in places]
        for place, future in zip(places, futures, strict=True):
            ratio[place] = future.result()
            advance()
    scatter = _scatter(ratio)
    return PoreConduction(library.polymer, library.gel_ratio, np.array(SHARES), np.array(CONTRASTS), ratio, scatter)


def conduction_of(i: int, j: int) -> Floats:
    """Conductivity (share, contrast) of the library's map of the longest ramp at one place; runs in a worker."""
    return conduction_of_map(load_library().rich(i, j, -1))


def conduction_of_map(rich: NDArray[np.bool_]) -> Floats:
    """Conductivity (share, contrast) of a map, True where polymer is rich."""
    from honeycell.numerics.conduction import effective_conductivity
    from honeycell.structure.layers import block_of, wall_field

    field = wall_field(rich)
    result = np.empty((len(SHARES), len(CONTRASTS)))
    for n, share in enumerate(SHARES):
        walls = block_of(field, 1.0 - share, 1.0, 0.0).solid.astype(np.uint8)
        for k, contrast in enumerate(CONTRASTS):
            result[n, k] = effective_conductivity(walls, {0: 1.0, 1: contrast}, AXIS, with_error=False).value
    return result


def _scatter(ratio: Floats) -> float:
    """Standard deviation of the logarithm between maps of one gel ratio, over those shares and contrasts where pores pass through all."""
    logs = np.log(ratio[:, :, 1:, 1:])
    return float(np.sqrt(np.nanmean(np.nanvar(logs, axis=0, ddof=1))))


def write_conduction(table: PoreConduction, write: Callable[[str], None]) -> None:
    """Hand the text of the shipped file to ``write``."""
    content = {
        name: np.round(value, 6).tolist()
        if name == "ratio"
        else value.tolist()
        if isinstance(value, np.ndarray)
        else value
        for name, value in asdict(table).items()
    }
    content["ratio"] = [
        [[[None if np.isnan(x) else float(f"{x:.5g}") for x in row] for row in block] for block in line]
        for line in table.ratio
    ]
    write(json.dumps({"inputs_sha256": inputs_hash(), **content}) + "\n")


@lru_cache(maxsize=1)
def load_conduction() -> PoreConduction:
    """The shipped table.

    Raises
    ------
    TableError : missing or damaged.
    """
    try:
        said = _said()
        parts = {name: np.array(said[name], float) for name in ("polymer", "gel_ratio", "share", "contrast", "ratio")}
        sizes = tuple(len(parts[name]) for name in ("polymer", "gel_ratio", "share", "contrast"))
        if parts["ratio"].shape != sizes:
            raise ValueError("its axes do not fit")
        return PoreConduction(**parts, scatter=float(said["scatter"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TableError(f"cannot be used: {error}", NAME, CURE) from None


def inputs_hash() -> str:
    """SHA-256 of what the table is computed from: the library's numbers and the constants of the method."""
    library = json.loads((files("honeycell.film") / "quench_library.json").read_text(encoding="utf-8"))
    from honeycell.structure import layers

    method = [SHARES, CONTRASTS, AXIS, layers.ROUND, layers.MARGIN]
    return hashlib.sha256(json.dumps([library["npz_sha256"], method]).encode()).hexdigest()


def stored_hash() -> str:
    """The hash in the shipped file; the table is stale when it is not :func:`inputs_hash`."""
    return str(_said()["inputs_sha256"])


def _said() -> dict[str, Any]:
    return json.loads((files("honeycell.properties") / NAME).read_text(encoding="utf-8"))
