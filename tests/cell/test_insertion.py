from __future__ import annotations

import numpy as np
import pytest

from honeycell.physics.electrolyte import arrhenius, concentration_factor, vtf_conductivity
from honeycell.physics.insertion import Site, open_circuit_table, site_potential
from honeycell.quantities.errors import InputError

KT = 0.025693


def test_one_site_table_is_its_isotherm():
    site = Site(1.0, 3.1, 2.5)
    x = np.linspace(0.002, 0.998, 333)
    np.testing.assert_allclose(open_circuit_table([site], KT)(x), site_potential(x, site, KT), atol=2e-5)


def test_potential_falls_with_filling_and_site_fillings_add_up():
    sites = [Site(0.5, 3.42, 3.0), Site(0.25, 2.98, -2.0), Site(0.25, 2.92, -2.0)]
    table = open_circuit_table(sites, KT)
    assert (np.diff(table.potential) < 0).all()
    assert table(0.25) == pytest.approx(3.42, abs=1e-3)
    theta = 0.37
    u = float(site_potential(theta, sites[0], KT))
    assert float(np.interp(-u, -table.potential, table.filling)) == pytest.approx(0.5 * theta, abs=1e-4)


def test_ends_follow_nernst_beyond_the_table():
    table = open_circuit_table([Site(0.5, 3.4, 0.0), Site(0.5, 2.9, 0.0)], KT)
    assert table(1e-6) - table(1e-5) == pytest.approx(KT * np.log(10), abs=1e-5)


@pytest.mark.parametrize("sites", [[Site(0.7, 3.0, 0.0)], [Site(1.0, 3.0, -4.0)]])
def test_bad_sites(sites):
    with pytest.raises(InputError):
        open_circuit_table(sites, KT)


def test_electrolyte_functions():
    assert vtf_conductivity(253.15, 14.1, 400.0, 165.0) < vtf_conductivity(333.15, 14.1, 400.0, 165.0)
    shape = [concentration_factor(c, 1000.0, 0.806, 0.709) for c in (500.0, 2000.0)]
    np.testing.assert_allclose(shape, [7.2 / 8.83, 7.6 / 8.83], rtol=2e-3)
    assert arrhenius(308.15, 298.15, 50e3, 8.314462618) == pytest.approx(1.925, abs=0.01)
