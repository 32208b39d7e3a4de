"""Steel | film | steel: nothing reacts, so the film's ohmic resistance lies bare between two double layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from honeycell.cell.liquid import Liquid
from honeycell.cell.parameters import Film, disc_area
from honeycell.cell.stack_height import check_height
from honeycell.quantities.record import Ancestry

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.data.parameters import Parameters

REFERENCE = 1.0  # rad/s, at which the capacitance of the double layer is stated


class BlockingCell:
    r"""Two steel discs with a film between, isothermal, with its leads.

    .. math:: Z = i \omega L + R_c + \frac{d}{\kappa A} + \frac{2 (i \omega/\omega_1)^{1 - \alpha}}{i \omega C A}

    Parameters
    ----------
    parameters : view that the cell reads from, all of it here and now.
    film : ``scalars/1`` record with thickness [m], porosity, effective_conductivity_ratio and transference_number [1].

    Notes
    -----
    The double layers of both discs are constant-phase elements. Layers of a film matter to its whole resistance only, as no salt moves where no
    ion is exchanged; the film's own dielectric capacitance, of nanofarads, is left out.

    Raises
    ------
    InputError : a film out of bounds, see :class:`~honeycell.cell.parameters.Film`, one thicker than the case, or no salt.
    """

    def __init__(self, parameters: Parameters, film: xr.Dataset) -> None:
        self.parameters = parameters
        self.film = Film.of(film)
        check_height(parameters, self.film.thickness)
        self.liquid = Liquid.of(parameters)
        self.area = disc_area(parameters)
        self.contact_resistance = parameters["coin_cell.contact_resistance"]
        self._inductance = parameters["potentiostat.lead_inductance"]
        self._capacitance = parameters["steel.double_layer_capacitance"]
        self._exponent = parameters["steel.double_layer_exponent"]
        self._consumed = Ancestry.of([film])

    @property
    def ancestry(self) -> Ancestry:
        """What the cell descends from: its parameters and its film."""
        return self.parameters.ancestry([self._consumed])

    @property
    def temperature(self) -> float:
        """Of the whole cell [K]."""
        return self.liquid.temperature

    @property
    def flags(self) -> tuple[str, ...]:
        """Where a law is used beyond its range."""
        return self.liquid.flags

    @property
    def conductivity(self) -> float:
        """Of the swollen film [S/m]."""
        liquid = self.liquid
        return float(liquid.conductivity(liquid.concentration)) * self.film.effective_conductivity_ratio

    @property
    def film_resistance(self) -> float:
        """Ohmic [ohm]."""
        return self.film.thickness / (self.conductivity * self.area)

    def impedance(self, frequencies: Sequence[float] | NDArray[np.float64]) -> NDArray[np.complex128]:
        """Impedance [ohm] at each frequency [Hz]; a capacitor's imaginary part is negative."""
        omega = 2j * np.pi * np.asarray(frequencies, float)
        layers = 2.0 * (omega / REFERENCE) ** (1.0 - self._exponent) / (omega * self._capacitance * self.area)
        return np.asarray(omega * self._inductance + self.contact_resistance + self.film_resistance + layers)
