from __future__ import annotations

import numpy as np
import pytest

from honeycell.cell.symmetric import SymmetricCell
from honeycell.physics.transference import bruce_vincent, current_fraction
from honeycell.quantities.errors import InputError, NotConverged
from honeycell.quantities.record import make_record

F = 96485.33212
# no resistance but the film's own
BARE = {
    "coin_cell.contact_resistance": 0.0,
    "sodium.film_areal_resistance": 0.0,
    "sodium.exchange_current_density": 1e12,
}
TIMES = np.geomspace(1e-4, 3e4, 120)


@pytest.fixture(scope="module")
def cell_of(parameters, film_record):
    def make(changes=(), layers=None, turned=False, volumes=60, **film):
        own = parameters.replace(dict(changes))
        return SymmetricCell(own.view(), film_record(**film), layers, turned=turned, volumes=volumes)

    return make


def layered(porosity):
    """Layers whose conductivity goes with the square of what they hold."""
    n = len(porosity)
    held = np.array(porosity)
    return make_record(
        "scalars/1",
        sample="layers",
        instrument="properties",
        coordinates={"depth": ("depth", (np.arange(n) + 0.5) * 1e-6, "m")},
        variables={
            "layer_thickness": ("depth", np.full(n, 1e-6), "m"),
            "layer_liquid": ("depth", held, "1"),
            "layer_conductivity_ratio": ("depth", held**2, "1"),
        },
    )


SKIN = layered([0.2, 0.3, 0.6, 0.7, 0.7, 0.5])


def diffusivity_for(parameters, newman, transference):
    """Salt diffusivity that gives the wanted Newman number at the liquid's conductivity."""
    kappa = parameters["naclo4_pc_ec_fec.conductivity_prefactor"] * np.exp(-400.0 / (298.15 - 165.0))
    return 2.0 * kappa * 8.314462618 * 298.15 * (1.0 - transference) ** 2 / (F**2 * newman * 1000.0)


@pytest.mark.parametrize(("transference", "newman"), [(0.70, 0.1261), (0.40, 0.504), (0.35, 2.86)])
def test_steady_over_initial_current_is_one_over_one_plus_newman(cell_of, parameters, transference, newman):
    changes = {**BARE, "naclo4_pc_ec_fec.salt_diffusivity": diffusivity_for(parameters, newman, transference)}
    cell = cell_of(changes, transference=transference)
    assert cell.newman_number == pytest.approx(newman, rel=1e-6)
    steady = cell.steady_at_voltage(1e-4).current
    # 0.888 for 0.70 and 0.665 for 0.40
    assert steady / (1e-4 / cell.ohmic_resistance) == pytest.approx(current_fraction(newman), rel=1e-5)


def test_bruce_vincent_at_5_mv_takes_the_interfaces_off(cell_of, parameters):
    changes = {
        "coin_cell.contact_resistance": 0.0,
        "naclo4_pc_ec_fec.salt_diffusivity": diffusivity_for(parameters, 0.1261, 0.7),
    }
    cell = cell_of(changes, transference=0.7)
    dV, interfaces = 5e-3, cell.impedance([0.0])[0].real - cell.ohmic_resistance * (1.0 + cell.newman_number)
    initial = dV / (cell.ohmic_resistance + interfaces)
    transient = cell.hold(dV, TIMES)
    later = cell.impedance([0.0], transient.end)[0].real - cell.impedance([0.0])[0].real + interfaces
    found = bruce_vincent(initial, transient.current[-1], dV, interfaces, later)
    assert found == pytest.approx(0.888, abs=0.02)


@pytest.mark.parametrize(("transference", "newman"), [(0.7, 0.1261), (0.4, 0.504)])
def test_wide_steps_leave_the_linear_range(cell_of, parameters, transference, newman):
    """At 50 mV the interfaces (56 ohm beside 5 ohm) pass more than their resistance at rest says: with the initial current by Ohm's law
    the number is too large, and can pass one; with the current that flows at first it is too small.
    """
    changes = {
        "coin_cell.contact_resistance": 0.0,
        "sodium.film_areal_resistance": 0.0,
        "sodium.exchange_current_density": 8.1,  # 56 ohm for both
        "naclo4_pc_ec_fec.salt_diffusivity": diffusivity_for(parameters, newman, transference),
    }
    cell = cell_of(changes, transference=transference, thickness=158e-6)  # 5 ohm
    interfaces = cell.impedance([0.0])[0].real - cell.ohmic_resistance * (1.0 + cell.newman_number)
    assert interfaces == pytest.approx(56.0, rel=0.02)
    assert cell.ohmic_resistance == pytest.approx(5.0, rel=0.02)

    def numbers(dV):
        steady = cell.steady_at_voltage(dV).current
        low, high = 0.0, dV / cell.ohmic_resistance
        for _ in range(80):
            middle = 0.5 * (low + high)
            over = 2.0 * cell.equations.face_potential(middle / cell.area, 1.0) + middle * cell.ohmic_resistance
            low, high = (middle, high) if over < dV else (low, middle)
        by_ohm = dV / (cell.ohmic_resistance + interfaces)
        return [bruce_vincent(initial, steady, dV, interfaces, interfaces) for initial in (low, by_ohm)]

    truth = current_fraction(newman)
    assert numbers(5e-3) == pytest.approx([truth, truth], abs=5e-3)
    at_first, by_ohm = numbers(50e-3)
    assert at_first < 0.95 * truth
    assert by_ohm > 1.2 * truth
    assert (by_ohm > 1.0) == (transference == 0.7)


def test_steady_profile_is_straight_and_salt_is_conserved(cell_of):
    cell = cell_of()
    transient = cell.hold(0.05, TIMES)
    places, c = cell.concentration(transient.end)
    slope, middle = np.polyfit(places - 0.5, c, 1)
    assert abs(c - middle - slope * (places - 0.5)).max() < 1e-5 * abs(slope)
    assert middle == pytest.approx(1000.0, rel=1e-7)
    assert cell.salt(transient.end) == pytest.approx(cell.salt(cell.rest()), rel=1e-10)
    assert cell.salt(cell.rest()) == pytest.approx(35e-6 * 0.6 * 1000.0 * cell.area, rel=1e-12)
    assert transient.current[-1] == pytest.approx(cell.steady_at_voltage(0.05).current, rel=1e-6)


@pytest.mark.parametrize("voltage", [0.0, 0.05, -0.05, 0.4])
@pytest.mark.parametrize("layers", [None, SKIN], ids=["uniform", "skin"])
def test_impedance_at_zero_frequency_is_the_slope_of_the_steady_curve(cell_of, voltage, layers):
    cell = cell_of(layers=layers)
    state = cell.steady_at_voltage(voltage)
    step = 1e-4 * max(abs(state.current), 1e-4)
    ends = [cell.steady_at_current(state.current + sign * step).voltage for sign in (-1.0, 1.0)]
    slope = (ends[1] - ends[0]) / (2.0 * step)
    found = cell.impedance([0.0, 1e-9], state)
    assert found[0].real == pytest.approx(slope, rel=1e-6)
    assert found[1] == pytest.approx(found[0], rel=1e-6)


def test_impedance_at_high_frequency_is_film_and_contact(cell_of, parameters):
    cell = cell_of()
    found = cell.impedance([1e9])[0]
    # 3e-5: what the outermost volumes hold of the salt\'s resistance
    assert found.real == pytest.approx(parameters["coin_cell.contact_resistance"] + cell.ohmic_resistance, rel=3e-5)
    assert abs(found.imag) < 1e-4


def test_impedance_is_capacitive_and_grows_to_low_frequencies(cell_of):
    found = cell_of(thickness=400e-6).impedance(np.geomspace(1e6, 1e-5, 60))
    assert (found.imag < 0.0).all()
    assert (np.diff(found.real) > 0.0).all()


def test_small_steps_of_potential_and_the_impedance_agree(cell_of):
    """The Laplace transform of the current after a step of V is V/(s Z(s)), here on the real axis."""
    cell = cell_of(thickness=100e-6)
    tau = 3.0
    times = np.unique(np.concatenate((np.geomspace(1e-7, 1.0, 4000), np.linspace(1.0, 60.0, 6000))))
    current = cell.hold(1e-5, times).current
    mean = np.trapezoid(current * np.exp(-times / tau), times) / tau
    at = cell.impedance([-1j / (2.0 * np.pi * tau)])[0]
    assert 1e-5 / mean == pytest.approx(at.real, rel=1e-3)


def test_error_falls_as_the_square_of_the_volume(cell_of):
    """Flux of salt q at the faces of a uniform film: c_L/c_0 - 1 = q L (1/2 - 4/pi^2 sum exp(-k^2 pi^2 t)/k^2), k odd."""
    errors = []
    numbers = [8, 16, 32, 64]
    for volumes in numbers:
        cell = cell_of(BARE, volumes=volumes)
        length = cell.equations.gaps.sum()
        time = 0.02 * length * cell.equations.store.sum() / cell.liquid.diffusivity
        current = 1e-3 * cell.limiting_current
        end = cell.drive(current, [time]).end
        k = np.arange(1, 60, 2)
        shape = 0.5 - 4.0 / np.pi**2 * np.sum(np.exp(-(k**2) * np.pi**2 * 0.02) / k**2)
        exact = cell.equations.steepness * current / cell.area * length * shape
        errors.append(abs(cell.concentration(end)[1][0] / 1000.0 - 1.0 - exact) / exact)
    slope = -np.polyfit(np.log(numbers), np.log(errors), 1)[0]
    assert slope == pytest.approx(2.0, abs=0.25)
    assert errors[-1] < 1e-3


def test_turned_film_under_turned_voltage_is_the_same_cell(cell_of):
    front, back = cell_of(layers=SKIN), cell_of(layers=SKIN, turned=True)
    times = np.geomspace(1e-3, 1e3, 20)
    np.testing.assert_allclose(front.hold(0.05, times).current, -back.hold(-0.05, times).current, rtol=1e-6)
    assert front.limiting_current != pytest.approx(back.limiting_current, rel=1e-3)


def test_faces_of_a_symmetric_film_are_alike(cell_of):
    even = layered([0.3, 0.6, 0.6, 0.3])
    one, other = cell_of(layers=even), cell_of(layers=even, turned=True)
    times = np.geomspace(1e-3, 1e3, 20)
    np.testing.assert_allclose(one.hold(0.05, times).current, other.hold(0.05, times).current, rtol=1e-6)
    np.testing.assert_allclose(one.hold(0.05, times).current, -one.hold(-0.05, times).current, rtol=1e-6)


def test_layers_share_out_the_films_own_resistance_and_liquid(cell_of):
    uniform, skin = cell_of(), cell_of(layers=SKIN)
    assert skin.ohmic_resistance == pytest.approx(uniform.ohmic_resistance, rel=1e-12)
    assert skin.salt(skin.rest()) == pytest.approx(uniform.salt(uniform.rest()), rel=1e-12)
    # the steady drop does not know where the liquid lies, the way there does
    assert skin.impedance([0.0])[0].real == pytest.approx(uniform.impedance([0.0])[0].real, rel=1e-9)
    assert abs(skin.impedance([0.3])[0] - uniform.impedance([0.3])[0]) > 1e-3


def test_no_voltage_takes_more_than_the_limiting_current(cell_of):
    cell = cell_of({"sodium.film_areal_resistance": 0.0, "coin_cell.contact_resistance": 0.0}, thickness=480e-6)
    currents = [cell.steady_at_voltage(v).current / cell.limiting_current for v in (0.1, 0.3, 0.6)]
    assert currents[0] < currents[1] < currents[2] < 1.0
    assert currents[2] > 0.99
    # q = c_0 2 D ratio/(L (1 - t))
    D, ratio = cell.liquid.diffusivity, 0.4
    assert cell.limiting_current == pytest.approx(2.0 * F * 1000.0 * D * ratio * cell.area / (480e-6 * 0.5), rel=1e-6)


def test_step_far_beyond_the_linear_range_settles_at_the_steady_current(cell_of):
    cell = cell_of(thickness=480e-6)
    transient = cell.hold(0.6, TIMES)
    assert transient.current[-1] == pytest.approx(cell.steady_at_voltage(0.6).current, rel=1e-5)


def test_more_than_the_limiting_current_ends_at_sands_time(cell_of):
    """tau = pi eps D ratio (F c_0/(2 i (1 - t)))^2 where the film is thick against the diffusion layer."""
    cell = cell_of(thickness=2e-3)
    current = 8.0 * cell.limiting_current
    sand = np.pi * 0.6 * 0.4 * cell.liquid.diffusivity * (F * 1000.0 / (2.0 * 0.5 * current / cell.area)) ** 2
    assert cell.drive(current, [0.9 * sand]).voltage[0] > 0.0
    with pytest.raises(NotConverged, match="used up after") as caught:
        cell.drive(current, [2.0 * sand])
    assert float(str(caught.value).split("after ")[1].split()[0]) == pytest.approx(sand, rel=0.01)
    with pytest.raises(NotConverged, match="limiting current"):
        cell.steady_at_current(current)


def test_current_steps_end_where_the_steady_curve_is(cell_of):
    cell = cell_of()
    current = 0.3 * cell.limiting_current
    transient = cell.drive(current, TIMES)
    assert transient.voltage[-1] == pytest.approx(cell.steady_at_current(current).voltage, rel=1e-6)
    assert (np.diff(transient.voltage) > -1e-9).all()


def test_cell_goes_on_from_where_it_was(cell_of):
    cell = cell_of()
    whole = cell.hold(0.02, [1.0, 5.0])
    half = cell.hold(0.02, [1.0])
    rest = cell.hold(0.02, [4.0], half.end)
    assert rest.current[0] == pytest.approx(whole.current[1], rel=1e-6)


def test_cold_slows_the_salt_as_the_liquid(cell_of):
    warm, cold = cell_of(), cell_of({"recipe.cell.temperature": 253.15})
    ratio = cold.liquid.conductivity(1000.0) / warm.liquid.conductivity(1000.0)
    assert ratio < 0.3
    assert cold.liquid.diffusivity / warm.liquid.diffusivity == pytest.approx(ratio, rel=1e-12)
    assert cold.impedance([0.0])[0].real > 5.0 * warm.impedance([0.0])[0].real


@pytest.mark.parametrize("kelvin", [243.15, 343.15])
def test_temperature_outside_the_law_is_flagged_with_its_range(cell_of, kelvin):
    assert cell_of().flags == ()
    (flag,) = cell_of({"recipe.cell.temperature": kelvin}).flags
    assert "-20 to 60 degC" in flag
    assert "naclo4_pc_ec_fec" in flag


def test_temperature_where_nothing_conducts(cell_of):
    with pytest.raises(InputError, match="vanishes"):
        cell_of({"recipe.cell.temperature": 160.0})


@pytest.mark.parametrize("times", [[], [1.0, 1.0], [2.0, 1.0], [-1.0, 1.0], [float("nan")]])
def test_bad_times(cell_of, times):
    with pytest.raises(InputError):
        cell_of().hold(0.01, times)


def test_layer_without_liquid(cell_of):
    with pytest.raises(InputError, match="no liquid"):
        cell_of(layers=layered([0.5, 0.0, 0.5]))


def test_no_salt(cell_of):
    with pytest.raises(InputError, match="salt_concentration"):
        cell_of({"recipe.electrolyte.salt_concentration": 0.0})


def test_ancestry_names_film_and_faces(cell_of):
    keys = cell_of(layers=SKIN).ancestry.keys
    assert {"sodium.exchange_current_density", "recipe.cell.disc_diameter"} <= keys
