"""The cathode as the model has it, beside which stands what is read from its voltammograms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scipy.constants import R

from honeycell.cell.parameters import Cathode
from honeycell.physics.electrolyte import arrhenius
from honeycell.quantities.record import make_record

if TYPE_CHECKING:
    import xarray as xr

    from honeycell.twin.bench import Bench


def cathode_as_built(bench: Bench) -> xr.Dataset:
    """``scalars/1`` record: surface of all particles that take part [m2], sites per volume of them [mol/m3], diffusivity in them [m2/s] at
    the temperature of the cell [K].
    """
    view = bench.parameters.view()
    cathode, radius, T = Cathode.of(view), view["pba.particle_radius"], view["recipe.cell.temperature"]
    volume = cathode.active_fraction * cathode.thickness * cathode.area
    reference = view[f"{view.text('recipe.electrolyte.liquid')}.reference_temperature"]
    diffusivity = view["pba.diffusivity"] * float(arrhenius(T, reference, view["pba.diffusivity_activation_energy"], R))
    return make_record(
        "scalars/1",
        sample=bench.recipe.name,
        instrument="cathode_as_built",
        variables={
            "particle_surface": ((), 3.0 * volume / radius, "m**2"),
            "site_concentration": ((), cathode.site_concentration, "mol/m**3"),
            "diffusivity": ((), diffusivity, "m**2/s"),
            "temperature": ((), T, "K"),
        },
        ancestry=view.ancestry(),
    )
