"""A film from face to face as the salt sees it: how far it is by resistance, and how much liquid lies on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from honeycell.quantities.errors import InputError

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.cell.parameters import Film

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FilmProfile:
    """Cumulated from the front face, at the faces of the layers (m + 1,): ``path`` [m], the integral of depth over conductivity ratio,
    and ``store`` [m], the integral of the liquid-filled porosity. Between them both are straight, so each layer is uniform.

    Along the path the film conducts and lets salt diffuse as the liquid itself does.
    """

    path: Floats
    store: Floats

    @classmethod
    def of(cls, film: Film, structure: xr.Dataset | None = None, exponent: float = 1.0) -> FilmProfile:
        """Size from ``film``, shape from the ``structure/1`` record where one is given; else the film is uniform.

        Parameters
        ----------
        exponent : m in ratio = (eps)**m, by which a layer's porosity makes its conductivity.

        Raises
        ------
        InputError : a layer without liquid, which lets nothing through.
        """
        if structure is None:
            dz, eps = np.array([film.thickness]), np.array([film.porosity])
        else:
            eps = np.asarray(structure["porosity"].values, float)
            dz = _layers(structure)
            if eps.size == 0 or not ((eps > 0.0) & (eps <= 1.0)).all() or not (dz > 0.0).all():
                raise InputError(
                    "a layer has no pores, or more than all of it",
                    f"structure of {structure.attrs.get('sample', '?')}",
                    "Such a film would not conduct.",
                )
        ratio = eps**exponent
        path, store = np.cumsum(dz / ratio), np.cumsum(dz * eps)
        # the record's own thickness, mean conductivity and mean liquid hold; layers only share them out
        path *= film.thickness / film.effective_conductivity_ratio / path[-1]
        store *= film.thickness * film.porosity / store[-1]
        return cls(np.concatenate(([0.0], path)), np.concatenate(([0.0], store)))

    @property
    def turned(self) -> FilmProfile:
        """The same film, back face first."""
        return FilmProfile(self.path[-1] - self.path[::-1], self.store[-1] - self.store[::-1])

    def stored(self, path: Floats) -> Floats:
        """Liquid between the front and each place on the path [m]."""
        return np.interp(path, self.path, self.store)


def _layers(structure: xr.Dataset) -> Floats:
    """Thickness of each layer [m]: as stated, or between the middles of neighbouring depths."""
    if "layer_thickness" in structure:
        return np.asarray(structure["layer_thickness"].values, float)
    depth = np.asarray(structure["depth"].values, float)
    middles = 0.5 * (depth[1:] + depth[:-1])
    return np.diff(np.concatenate(([0.0], middles, [float(structure["thickness"])])))
