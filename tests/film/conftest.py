from __future__ import annotations

import pytest

from honeycell.film.equilibrium import LocalEquilibrium, local_equilibrium
from honeycell.physics.flory_huggins import TernaryMixture


@pytest.fixture(scope="session")
def equilibrium() -> LocalEquilibrium:
    """Water, NMP and PVDF-HFP of 40 kg/mol."""
    return local_equilibrium(TernaryMixture(5.335, 1250.7, 0.785, 0.665, 2.09, 0.43))
