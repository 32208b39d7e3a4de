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


LAYERS = ("layer_thickness", "layer_liquid", "layer_conductivity_ratio")


@dataclass(frozen=True, slots=True)
class FilmProfile:
    """Cumulated from the front face, at the faces of the layers (m + 1,): ``path`` [m], the integral of depth over conductivity ratio,
    and ``store`` [m], the integral of the liquid-filled porosity. Between them both are straight, so each layer is uniform.

    Along the path the film conducts and lets salt diffuse as the liquid itself does.
    """

    path: Floats
    store: Floats

    @classmethod
    def of(cls, film: Film, layers: xr.Dataset | None = None) -> FilmProfile:
        """Size from ``film``, shape from a record with ``layer_thickness`` [m], ``layer_liquid`` and ``layer_conductivity_ratio`` [1] at each
        depth, such as ``properties``; else the film is uniform.

        Raises
        ------
        InputError : a layer without liquid, or one that lets nothing through.
        """
        if layers is None:
            dz, liquid, ratio = np.array([film.thickness]), np.array([film.porosity]), np.array([1.0])
        else:
            dz, liquid, ratio = (np.asarray(layers[name].values, float) for name in LAYERS)
            if dz.size == 0 or not all((each > 0.0).all() for each in (dz, liquid, ratio)) or (liquid > 1.0).any():
                raise InputError(
                    "a layer has no liquid, more than all of it, or lets nothing through",
                    f"layers of {layers.attrs.get('sample', '?')}",
                    "Such a film would not conduct.",
                )
        path, store = np.cumsum(dz / ratio), np.cumsum(dz * liquid)
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
