from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from honeycell.data.tables import load_parameters
from honeycell.quantities.record import make_record
from honeycell.quantities.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr

    from honeycell.data.parameters import Parameters

RECIPE = {
    "electrolyte.liquid": ("naclo4_pc_ec_fec",),
    "electrolyte.salt_concentration": (1000.0, "mol/m**3"),
    "cathode.active_material": ("pba",),
    "cathode.sodium_content": (1.53, "1"),
    "cathode.active_fraction": (0.8, "1"),
    "cathode.carbon_fraction": (0.1, "1"),
    "cathode.binder_fraction": (0.1, "1"),
    "cathode.loading": (0.0207, "kg/m**2"),
    "cathode.porosity": (0.45, "1"),
    "cathode.one_c_specific_current": (171.0, "A/kg"),
    "cell.disc_diameter": (0.012, "m"),
    "cell.temperature": (298.15, "K"),
    "impedance.frequency_minimum": (0.1, "Hz"),
    "impedance.frequency_maximum": (1e6, "Hz"),
    "impedance.amplitude": (0.01, "V"),
    "impedance.points_per_decade": (5.0, "1"),
    "impedance.noise": (0.0, "1"),
    "cycling.voltage_minimum": (2.0, "V"),
    "cycling.voltage_maximum": (4.0, "V"),
    "cycling.activation_rate": (0.1, "1"),
    "cycling.voltage_noise": (0.0, "V"),
    "cycling.current_noise": (0.0, "1"),
}


@pytest.fixture(scope="session")
def parameters() -> Parameters:
    return load_parameters().with_values({f"recipe.{key}": Value(*given) for key, given in RECIPE.items()})


@pytest.fixture(scope="session")
def film_record() -> Callable[..., xr.Dataset]:
    def make(
        thickness: float = 35e-6, porosity: float = 0.6, ratio: float = 0.4, transference: float = 0.5
    ) -> xr.Dataset:
        return make_record(
            "scalars/1",
            sample="test",
            instrument="properties",
            variables={
                "thickness": ((), thickness, "m"),
                "porosity": ((), porosity, "1"),
                "effective_conductivity_ratio": ((), ratio, "1"),
                "transference_number": ((), transference, "1"),
            },
        )

    return make
