"""A symmetric cell simulated in finite volumes, which knows nothing of the curve that is fitted, gives back its Newman number."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from scipy.constants import R, physical_constants
from scipy.integrate import solve_ivp
from scipy.optimize import brentq
from scipy.signal import lfilter

from honeycell.analysis import reduce, reduce_series
from honeycell.physics.transference import current_fraction, newman_number
from honeycell.quantities.errors import InputError
from honeycell.quantities.record import make_record
from honeycell.quantities.value import Value
from honeycell.reduction.run import reduce_files
from honeycell.writers.chi import chi_impedance_text
from honeycell.writers.chi_series import chi_current_text

F = physical_constants["Faraday constant"][0]
KELVIN = 298.15
NAME, OHMIC = "transference_number_apparent", "transference_number_ohmic"
NOISE = 1e-3  # of the steady current, one row


@dataclass(frozen=True)
class Cell:
    """SI units; ``interface`` of both sides together grows to ``later`` with time constant ``film_time``."""

    transference: float = 0.4
    conductivity: float = 0.08
    diffusivity: float = 2e-11
    concentration: float = 1000.0
    thickness: float = 100e-6
    area: float = 1.13e-4
    interface: float = 12.0
    later: float = 12.0
    film_time: float = 1500.0

    @property
    def bulk(self) -> float:
        return self.thickness / (self.conductivity * self.area)

    @property
    def newman(self) -> float:
        return newman_number(self.conductivity, self.diffusivity, self.concentration, self.transference, KELVIN)

    @property
    def truth(self) -> float:
        return current_fraction(self.newman)

    def resistance(self, time: float) -> float:
        """Of both interfaces at a time."""
        return self.interface + (self.later - self.interface) * (1.0 - np.exp(-time / self.film_time))

    def initial(self, step: float) -> float:
        """The current before the salt moves."""
        return step / (self.bulk + self.interface)

    def steady(self, step: float, time: float) -> float:
        """The current when the salt has settled to a straight line, its concentrations' logarithms kept."""
        slope = (1.0 - self.transference) / (F * self.area * self.diffusivity) * self.thickness / 2.0
        pull = 2.0 * R * KELVIN / F * (1.0 - self.transference)

        def excess(i: float) -> float:
            ratio = slope * i / self.concentration
            return i * (self.bulk + self.resistance(time)) + pull * np.log((1.0 + ratio) / (1.0 - ratio)) - step

        return brentq(excess, 0.0, min(self.initial(step), 0.999 * self.concentration / slope), xtol=1e-16)

    def current(self, time: np.ndarray, step: float, cells: int = 60) -> np.ndarray:
        """Salt conserved in cells that are finer towards the electrodes; the logarithm of the concentrations kept."""
        edges = 0.5 * self.thickness * (1.0 - np.cos(np.pi * np.arange(cells + 1) / cells))
        widths, middles = np.diff(edges), 0.5 * (edges[1:] + edges[:-1])
        share = (1.0 - self.transference) / (F * self.area)

        def current(t: float, c: np.ndarray) -> float:
            i = step / (self.bulk + self.resistance(t))
            for _ in range(6):  # the concentrations at the electrodes depend on the current
                slope = share * i / self.diffusivity
                left, right = c[0] + 0.5 * widths[0] * slope, c[-1] - 0.5 * widths[-1] * slope
                diffusion = 2.0 * R * KELVIN / F * (1.0 - self.transference) * np.log(left / right)
                i = (step - diffusion) / (self.bulk + self.resistance(t))
            return i

        def rate(t: float, c: np.ndarray) -> np.ndarray:
            at_electrode = [share * current(t, c)]
            inside = -self.diffusivity * np.diff(c) / np.diff(middles)
            return -np.diff(np.concatenate((at_electrode, inside, at_electrode))) / widths

        start = np.full(cells, self.concentration)
        found = solve_ivp(rate, (0.0, float(time[-1])), start, "BDF", time, rtol=1e-8, atol=1e-10)
        return np.array([current(t, c) for t, c in zip(time, found.y.T, strict=True)])


@cache
def simulated(cell: Cell, step: float, length: float = 3000.0, spacing: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    time = np.arange(spacing, length + 0.5 * spacing, spacing)
    return time, cell.current(time, step)


def record(time: np.ndarray, current: np.ndarray, step: float | None = None, **columns):
    variables = {"test_time": ("row", time, "s"), "current": ("row", current, "A")}
    variables |= {name: ("row", values, "V") for name, values in columns.items()}
    if step is not None:
        variables["potential_step"] = ((), step, "V")
    return make_record("chronoamperometry/1", sample="HJ", instrument="x", origin="measured", variables=variables)


def forged(cell: Cell, step: float, seed: int | None = 0, length: float = 3000.0, spacing: float = 1.0):
    time, current = simulated(cell, step, length, spacing)
    if seed is not None:
        current = current + NOISE * current[-1] * np.random.default_rng(seed).standard_normal(time.size)
    return record(time, current, step)


def known(cell: Cell, length: float = 3000.0, rng: np.random.Generator | None = None, u: float = 0.01) -> dict:
    pair = np.array([cell.interface, cell.resistance(length)])
    seen = pair * (1.0 + u * rng.standard_normal(2)) if rng else pair
    return {
        f"resistance_{place}": Value(float(each), "ohm", u=u * float(true) if rng else None)
        for place, each, true in zip(("before", "after"), seen, pair, strict=True)
    }


def words(reduction) -> set[str]:
    return {flag.partition(":")[0] for flag in reduction.flags}


@pytest.mark.parametrize("cell", [Cell(), Cell(later=20.0), Cell(transference=0.1), Cell(diffusivity=1e-10)])
def test_the_newman_number_comes_back(cell: Cell) -> None:
    """A small step, no noise: the number is 1/(1 + Ne) whatever the interfaces do meanwhile."""
    found = reduce(forged(cell, 2e-3, None), known(cell))
    assert found[NAME].value == pytest.approx(cell.truth, rel=3e-3)
    assert found["initial_current"].value == pytest.approx(cell.initial(2e-3), rel=2e-3)
    assert found["steady_current"].value == pytest.approx(cell.steady(2e-3, 3000.0), rel=2e-3)


COVERED = [
    (Cell(), 5e-3, 0.01),
    (Cell(), 2e-3, 0.001),
    (Cell(interface=20.0, later=30.0), 10e-3, 0.01),
]


@pytest.mark.slow
@pytest.mark.parametrize(("cell", "step", "u"), COVERED)
def test_intervals_hold_the_truth_as_often_as_they_say(cell: Cell, step: float, u: float) -> None:
    """Resistances known to ``u``; the steady current is the one that flows at the end."""
    truth = {NAME: cell.truth, "initial_current": cell.initial(step), "steady_current": simulated(cell, step)[1][-1]}
    held = dict.fromkeys(truth, 0)
    for seed in range(200):
        found = reduce(forged(cell, step, seed), known(cell, rng=np.random.default_rng(1000 + seed), u=u))
        for name, value in truth.items():
            held[name] += bool(abs(found[name].value - value) < (found[name].standard_error or 0.0))
    # 68 % of 200, within two and a half standard deviations of the binomial
    assert {name: 0.60 <= count / 200 <= 0.765 for name, count in held.items()} == dict.fromkeys(held, True), held


def test_few_rows_cover_too(coverage) -> None:
    """Forty rows, evenly spaced in the logarithm of time."""
    cell, step = Cell(), 5e-3
    time = np.geomspace(1.0, 3000.0, 40)
    clean = np.interp(time, *simulated(cell, step, 3000.0, 0.5))
    held = 0
    for seed in range(coverage.seeds):
        rng = np.random.default_rng(seed)
        noisy = record(time, clean + NOISE * clean[-1] * rng.standard_normal(time.size), step)
        found = reduce(noisy, known(cell, rng=rng))[NAME]
        held += bool(abs(found.value - cell.truth) < (found.standard_error or 0.0))
    assert coverage.agrees(held)


def test_without_the_interfaces_the_ratio_is_another_number() -> None:
    """Is/I0 counts the interfaces as electrolyte, which lies nearer to one than the number itself."""
    cell = Cell()
    found = reduce(forged(cell, 2e-3, None), known(cell))
    ratio = cell.steady(2e-3, 3000.0) / cell.initial(2e-3)
    assert found[OHMIC].value == pytest.approx(ratio, rel=2e-3)
    assert found[OHMIC].value > found[NAME].value


def test_neither_sign_nor_unit_of_area_matters() -> None:
    """A cell of thousand times the area, driven the other way."""
    cell = Cell()
    time, current = simulated(cell, 2e-3)
    plain = reduce(record(time, current, 2e-3), known(cell))
    scaled = {key: Value(float(each.value) / 1000.0, "ohm") for key, each in known(cell).items()}
    turned = reduce(record(time, -1000.0 * current, -2e-3), scaled)
    assert turned[NAME].value == pytest.approx(plain[NAME].value, rel=1e-6)
    assert "sign" not in words(turned)
    assert "sign" in words(reduce(record(time, -current, 2e-3), known(cell)))


@pytest.mark.parametrize("time_constant", [0.3, 1.5])
def test_the_charging_of_the_double_layer_is_left_out(time_constant: float) -> None:
    cell, step = Cell(), 5e-3
    time, clean = simulated(cell, step)
    rng = np.random.default_rng(3)
    spike = 2.0 * clean[0] * np.exp(-time / time_constant)
    found = reduce(record(time, clean + spike + NOISE * clean[-1] * rng.standard_normal(time.size), step), known(cell))
    assert "spike" in words(found)
    error = found["initial_current"].standard_error
    assert error is not None
    assert abs(found["initial_current"].value - cell.initial(step)) < 3.0 * error


def test_noise_that_wanders_widens_the_errors() -> None:
    """The same scatter, but an error that lasts for twenty rows."""
    cell, step = Cell(), 5e-3
    time, clean = simulated(cell, step)
    white = np.random.default_rng(5).standard_normal(time.size)
    red = lfilter([math.sqrt(1.0 - 0.95**2)], [1.0, -0.95], white)
    errors = [
        reduce(record(time, clean + NOISE * clean[-1] * noise, step), {})["steady_current"].standard_error or 0.0
        for noise in (white, red)
    ]
    assert errors[1] > 3.0 * errors[0]


def test_a_record_that_ends_too_soon_says_so_and_knows_less() -> None:
    slow = Cell(diffusivity=1e-12, conductivity=4e-3, interface=240.0, later=240.0)
    found = reduce(forged(slow, 5e-3, 1, 600.0), known(slow, 600.0))
    assert "not_steady" in words(found)
    error = found[NAME].standard_error
    assert error is not None
    assert abs(found[NAME].value - slow.truth) < 3.0 * error
    assert "not_steady" not in words(reduce(forged(Cell(), 5e-3), known(Cell())))


def test_interfaces_that_change_are_told_from_the_salt() -> None:
    cell = Cell(interface=20.0, later=30.0)
    found = reduce(forged(cell, 5e-3), known(cell))
    assert {"interface_changed", "not_steady"} <= words(found)
    assert "interfaces that change" in found["steady_current"].method
    assert found["relaxation_time"].value == pytest.approx(42.0, rel=0.05)


def test_what_makes_the_number_doubtful_is_flagged() -> None:
    cell = Cell(interface=100.0, later=100.0)
    doubtful = words(reduce(forged(cell, 50e-3), known(cell)))
    assert {"amplitude", "interface_dominated", "non_ideal"} <= doubtful
    small = Cell(interface=2.0, later=2.0)
    assert not {"amplitude", "interface_dominated"} & words(reduce(forged(small, 10e-3), known(small)))


def test_a_number_beyond_one_is_said_to_be_none() -> None:
    cell = Cell()
    found = reduce(forged(cell, 5e-3), known(cell) | {"resistance_after": Value(25.0, "ohm", u=0.1)})
    assert found[NAME].value > 1.0
    assert "out_of_range" in words(found)


def test_interfaces_that_take_more_than_the_step_give_no_number() -> None:
    cell = Cell()
    found = reduce(forged(cell, 5e-3), known(Cell(interface=120.0, later=120.0)))
    assert NAME not in found
    assert any(flag.startswith(f"{NAME}: not given") for flag in found.flags)
    assert OHMIC in found


def test_a_current_that_does_not_fall_is_all_the_cations() -> None:
    time = np.arange(1.0, 1000.0)
    noise = np.random.default_rng(0).standard_normal(time.size)
    found = reduce(record(time, 1e-4 * (1.0 + 0.003 * noise), 5e-3), known(Cell()))
    assert "no_relaxation" in words(found)
    assert found[OHMIC].value == 1.0
    assert (found[OHMIC].standard_error or 0.0) > 1e-4


def test_what_is_missing_is_named_with_its_key() -> None:
    time, current = simulated(Cell(), 5e-3)
    bare = reduce(record(time, current))
    (flag,) = [flag for flag in bare.flags if flag.startswith(NAME)]
    assert "potential_step, resistance_before, resistance_after" in flag
    assert NAME not in bare
    held = reduce(record(time, current, potential=np.full(time.size, 5e-3)), known(Cell()))
    assert any("it was held at 5 mV" in flag for flag in held.flags)
    header = record(time, current).assign_attrs(initial_potential_V=0.01)
    assert any("it was held at 10 mV" in flag for flag in reduce(header, known(Cell())).flags)
    given = reduce(record(time, current), {"potential_step": Value(5e-3, "V"), **known(Cell())})
    assert given[NAME].value == pytest.approx(Cell().truth, rel=3e-3)


def test_rows_before_the_step_set_the_clock() -> None:
    """The potential shows when and how far it stepped."""
    time, current = simulated(Cell(), 5e-3)
    rest = np.zeros(200)
    potential = np.concatenate((rest + 1e-3, np.full(time.size, 6e-3)))
    whole = record(
        np.concatenate((np.arange(1.0, 201.0), 200.0 + time)), np.concatenate((rest, current)), potential=potential
    )
    found = reduce(whole, known(Cell()))
    assert "5 mV" in found[NAME].method
    assert found[NAME].value == pytest.approx(Cell().truth, rel=3e-3)


def test_a_glitch_moves_nothing() -> None:
    clean = forged(Cell(), 5e-3, 4)
    current = clean["current"].values.copy()
    current[1500] *= 3.0
    found = reduce(record(clean["test_time"].values, current, 5e-3), known(Cell()))
    assert "glitches" in words(found)
    assert found[NAME].value == pytest.approx(reduce(clean, known(Cell()))[NAME].value, rel=1e-4)


@pytest.mark.parametrize(
    "shape", [lambda t: t, lambda t: 1.0 - 2.0 * t, lambda t: np.round(1.0 + t), lambda t: t**-0.5]
)
@pytest.mark.parametrize("time", [np.arange(1.0, 60.0), np.geomspace(1e-6, 1e5, 20), 1e6 + np.arange(12.0)])
def test_strange_currents_give_finite_numbers(shape, time: np.ndarray) -> None:
    found = reduce(record(time, 1e-9 * shape(time / time[-1]), 5e-3), known(Cell()))
    for quantity in found.quantities:
        assert math.isfinite(quantity.value)
        assert math.isfinite(quantity.standard_error or 0.0)


@pytest.mark.parametrize(
    ("time", "current", "what"),
    [
        (np.arange(5.0), np.ones(5), "rows"),
        (np.arange(50.0)[::-1], np.ones(50), "goes from"),
        (np.arange(50.0), np.full(50, np.nan), "finite"),
        (np.arange(50.0), np.zeros(50), "no current"),
        (np.full(50, 7.0), np.ones(50), "different times"),
    ],
)
def test_what_is_no_transient_is_refused(time: np.ndarray, current: np.ndarray, what: str) -> None:
    with pytest.raises(InputError, match=what):
        reduce(record(time, current, 5e-3))


def spectrum(cell: Cell, time: float, seed: int, **attributes):
    rng = np.random.default_rng(seed)
    f = np.geomspace(1e5, 1.0, 40)
    arc = cell.resistance(time) / (1.0 + (2j * np.pi * f * 1e-3) ** 0.9)
    z = (cell.bulk + arc) * (1.0 + 0.003 * (rng.standard_normal(f.size) + 1j * rng.standard_normal(f.size)))
    variables = {"real_impedance": ("frequency", z.real, "ohm"), "imaginary_impedance": ("frequency", z.imag, "ohm")}
    coordinates = {"frequency": ("frequency", f, "Hz")}
    return make_record(
        "impedance/1", sample="HJ", instrument="x", origin="measured", variables=variables, coordinates=coordinates,
        attributes=attributes,
    )  # fmt: skip


def test_the_spectra_before_and_after_give_the_interfaces() -> None:
    cell, step = Cell(interface=20.0, later=30.0), 5e-3
    records = [forged(cell, step), spectrum(cell, 0.0, 1), spectrum(cell, 3000.0, 2)]
    found = reduce_series(records, [{}] * 3)
    assert [each.technique for each in found] == ["transference", "impedance", "impedance"]
    before, after = found[0].tables["resistances"]
    assert before["interface_resistance / ohm"] == pytest.approx(20.0, rel=0.01)
    assert after["interface_resistance / ohm"] == pytest.approx(cell.resistance(3000.0), rel=0.01)
    assert before["from"] == after["from"]  # one circuit for both
    error = found[0][NAME].standard_error
    assert error is not None
    assert abs(found[0][NAME].value - cell.truth) < 3.0 * error
    assert {"order", "interface_changed"} <= words(found[0])
    ohms = found[0].alternatives[0]["quantities"]["initial_current"]["value"]
    assert ohms == pytest.approx(cell.initial(step), rel=0.01)


def test_dates_put_the_spectra_in_order_and_settings_win() -> None:
    cell, step = Cell(interface=20.0, later=30.0), 5e-3
    late = spectrum(cell, 3000.0, 2, measured_on="Nov. 24, 2026   12:00:00")
    early = spectrum(cell, 0.0, 1, measured_on="2026-11-24 09:30:00")
    dated = reduce_series([late, forged(cell, step), early], [{}] * 3)[1]
    named = reduce_series([forged(cell, step), spectrum(cell, 0.0, 1), spectrum(cell, 3000.0, 2)], [{}] * 3)[0]
    assert dated[NAME].value == pytest.approx(named[NAME].value, rel=1e-6)
    assert any("by date" in flag for flag in dated.flags)
    stated = {"resistance_before": Value(25.0, "ohm")}
    won = reduce_series([forged(cell, step), early, late], [stated, {}, {}])[0]
    assert won.tables["resistances"][0]["interface_resistance / ohm"] == 25.0


def test_a_slow_arc_may_be_diffusion() -> None:
    cell, step = Cell(), 5e-3
    f = np.geomspace(1e4, 1e-3, 50)
    rng = np.random.default_rng(0)
    z = cell.bulk + cell.interface / (1.0 + 2j * np.pi * f * 1e-3) + 8.0 / (1.0 + 2j * np.pi * f * 40.0)
    z = z * (1.0 + 0.002 * (rng.standard_normal(50) + 1j * rng.standard_normal(50)))
    variables = {"real_impedance": ("frequency", z.real, "ohm"), "imaginary_impedance": ("frequency", z.imag, "ohm")}
    slow = make_record(
        "impedance/1", sample="HJ", instrument="x", origin="measured", variables=variables,
        coordinates={"frequency": ("frequency", f, "Hz")},
    )  # fmt: skip
    circuit = {"circuit": Value("R-(R C)-(R C)")}
    assert "slow_arc" in words(reduce_series([forged(cell, step), slow, slow], [circuit] * 3)[0])


@pytest.mark.parametrize(
    ("counts", "what"), [((2, 1), "2 current transients"), ((1, 3), "3 spectra"), ((1, 1), "one spectrum")]
)
def test_a_series_that_is_none_is_refused(counts: tuple[int, int], what: str) -> None:
    records = [forged(Cell(), 5e-3)] * counts[0] + [spectrum(Cell(), 0.0, 1)] * counts[1]
    with pytest.raises(InputError, match=what):
        reduce_series(records, [{}] * len(records))


def test_one_spectrum_goes_with_the_other_resistance_stated() -> None:
    cell = Cell()
    own = {"resistance_after": Value(12.0, "ohm", u=0.1)}
    found = reduce_series([forged(cell, 5e-3), spectrum(cell, 0.0, 1)], [own, own])[0]
    assert found[NAME].value == pytest.approx(cell.truth, rel=0.02)


def test_files_give_what_records_give(tmp_path) -> None:
    cell, step = Cell(), 5e-3
    paths = []
    for name, each in (
        ("cell", forged(cell, step)),
        ("eis_before", spectrum(cell, 0.0, 1)),
        ("eis_after", spectrum(cell, 3000.0, 2)),
    ):
        paths.append(str(tmp_path / f"{name}.nc"))
        each.to_netcdf(paths[-1], engine="h5netcdf")
    first, *spectra = reduce_files(paths, series=True, out=str(tmp_path / "out"))
    by_name = {each["name"]: each for each in first["quantities"]}
    records = [forged(cell, step), spectrum(cell, 0.0, 1), spectrum(cell, 3000.0, 2)]
    assert by_name[NAME]["value"] == pytest.approx(reduce_series(records, [{}] * 3)[0][NAME].value, rel=1e-9)
    assert by_name[NAME]["unit"] == "1"
    assert [each["technique"] for each in spectra] == ["impedance", "impedance"]
    assert (tmp_path / "out" / "cell.svg").is_file()
    alone = reduce_files(paths[:1], settings=known(cell))[0]
    assert NAME in {each["name"] for each in alone["quantities"]}


def test_a_potentiostats_texts_go_through(tmp_path) -> None:
    """One transient and two spectra as CH Instruments writes them; the step is not in the layout."""
    cell, step = Cell(), 5e-3
    texts = {
        "cell.txt": chi_current_text(forged(cell, step)),
        "eis_before.txt": chi_impedance_text(spectrum(cell, 0.0, 1)),
        "eis_after.txt": chi_impedance_text(spectrum(cell, 3000.0, 2)),
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    given = {"potential_step": Value(step, "V")}
    found = reduce_files([str(tmp_path / name) for name in texts], settings=given, series=True)
    assert [each["technique"] for each in found] == ["transference", "impedance", "impedance"]
    number = next(each for each in found[0]["quantities"] if each["name"] == NAME)
    assert abs(number["value"] - cell.truth) < 3.0 * number["standard_error"]
