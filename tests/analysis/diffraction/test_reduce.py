"""Cells, specimen height and readings from forged patterns and structures; nothing assumed that nobody said."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from honeycell.analysis import reduce, reduce_series
from honeycell.analysis.diffraction.indexing import index_lines
from honeycell.analysis.diffraction.phases import phases_of, shipped
from honeycell.analysis.diffraction.profile import Line
from honeycell.analysis.diffraction.structure import lines_of_crystal
from honeycell.quantities.errors import InputError
from honeycell.quantities.record import make_record
from honeycell.quantities.value import Value
from honeycell.readers import Source, read_source
from honeycell.writers.bruker_xy import bruker_xy_text

HEIGHTS = [900.0, 350.0, 2000.0, 1600.0, 200.0, 700.0, 350.0, 450.0]
PBA = {"phase": Value("pba_cubic")}
RADIUS = {"goniometer_radius": Value(0.2, "m")}
SILICON = 5.431020511e-10


def cubic(forger, a: float, k: float, share: float = 1.0):
    return [
        (place, share * height, 0.16 + 0.0015 * place)
        for (_, place), height in zip(forger.cubic(a, k), HEIGHTS, strict=True)
    ]


def silicon(forger, k: float):
    result = []
    for n, height in ((3, 1500.0), (8, 900.0), (11, 500.0)):
        theta = math.asin(forger.alpha1 * math.sqrt(n) / (2.0 * SILICON))
        result.append((2.0 * math.degrees(theta) - k * math.cos(theta), height, 0.1))
    return result


def words(reduction) -> set[str]:
    return {flag.partition(":")[0] for flag in reduction.flags}


def bare(position: float, error: float, height: float = 100.0) -> Line:
    """A line [degree] as if fitted."""
    return Line(math.radians(position), height, 0.003, 1.0, 0.5, math.radians(error), 1.0, 1e-4, 0.1, 0.1, 1.0)


def test_cell_and_displacement_hold_the_truth_as_often_as_they_say(forger, coverage) -> None:
    a, k, error = 10.32e-10, 0.08, 0.004
    held = np.zeros(2)
    for seed in range(coverage.seeds):
        rng = np.random.default_rng(seed)
        lines = [
            bare(place + error * rng.standard_normal(), error, h)
            for (_, place), h in zip(forger.cubic(a, k), HEIGHTS, strict=True)
        ]
        fit = index_lines(shipped("pba_cubic"), lines, forger.alpha1, (math.radians(10.0), math.radians(60.0)))
        assert len(fit.matches) == len(lines)
        u = np.sqrt(np.diag(fit.covariance))
        held += [abs(fit.phase.lengths[0] - a) < u[0], abs(fit.shift - math.radians(k)) < u[1]]
    assert all(map(coverage.agrees, held)), held


@pytest.mark.slow
@pytest.mark.parametrize("standard", [False, True])
def test_from_counts_to_cell_and_displacement_the_intervals_hold(forger, standard: bool) -> None:
    a, k = 10.32e-10, 0.08
    truth = {"lattice_parameter": a, "displacement": math.radians(k) * 0.2 / 2.0}
    lines = cubic(forger, a, k) + (silicon(forger, k) if standard else [])
    settings = {**PBA, **RADIUS} | ({"internal_standard": Value("silicon")} if standard else {})
    held = dict.fromkeys(truth, 0)
    for seed in range(200):
        found = reduce(forger.counted(seed, lines), settings)
        for name, value in truth.items():
            error = found[name].standard_error
            assert error is not None
            held[name] += abs(found[name].value - value) < error
    assert {name: 0.60 <= count / 200 <= 0.76 for name, count in held.items()} == dict.fromkeys(truth, True), held


def test_a_named_phase_gives_cell_and_displacement(forger) -> None:
    found = reduce(forger.counted(0, cubic(forger, 10.32e-10, 0.08)), {**PBA, **RADIUS})
    a, s = found["lattice_parameter"], found["displacement"]
    assert abs(a.value - 10.32e-10) < 4.0 * (a.standard_error or 0.0) < 1e-12
    assert abs(s.value - math.radians(0.08) * 0.1) < 4.0 * (s.standard_error or 0.0) < 2e-5
    assert any("correlation" in flag for flag in s.flags)
    assert [row["phase"] for row in found.tables["lines"]] == ["pba_cubic"] * 8
    assert found.alternatives == ()


def test_without_the_radius_the_displacement_is_an_angle(forger) -> None:
    record = forger.counted(0, cubic(forger, 10.32e-10, 0.08))
    angle, metres = reduce(record, PBA), reduce(record, {**PBA, **RADIUS})
    assert metres["displacement"].value == pytest.approx(0.1 * angle["displacement_angle"].value)
    assert "displacement" in words(angle)
    stored = reduce(record.assign_attrs(goniometer_radius_m=0.2), PBA)
    assert stored["displacement"].value == metres["displacement"].value


def test_an_internal_standard_parts_cell_and_height(forger) -> None:
    lines = cubic(forger, 10.32e-10, 0.08)[:4] + silicon(forger, 0.08)
    record = forger.counted(0, lines)
    alone, helped = (
        reduce(record, {**PBA, **RADIUS}),
        reduce(record, {**PBA, **RADIUS, "internal_standard": Value("silicon")}),
    )
    assert (helped["lattice_parameter"].standard_error or 1.0) < 0.5 * (
        alone["lattice_parameter"].standard_error or 0.0
    )
    assert abs(helped["lattice_parameter"].value - 10.32e-10) < 4.0 * (
        helped["lattice_parameter"].standard_error or 0.0
    )
    assert "silicon" in helped["displacement"].method
    missing = reduce(forger.counted(0, cubic(forger, 10.32e-10, 0.08)), {**PBA, "internal_standard": Value("silicon")})
    assert "internal_standard" in words(missing)


def test_one_line_does_not_tell_the_height(forger) -> None:
    x = forger.grid(15.0, 26.0)
    found = reduce(forger.counted(0, cubic(forger, 10.32e-10, 0.0)[:2], x), PBA)
    assert "displacement_angle" in found  # two lines, two unknowns
    short = reduce(forger.counted(0, cubic(forger, 10.32e-10, 0.0)[:1], forger.grid(15.0, 20.0)), PBA)
    assert "displacement_angle" not in short
    assert "lattice_parameter" not in short or short["lattice_parameter"].standard_error is None


def test_lines_left_over_are_read_in_every_way_that_fits(forger) -> None:
    """The pattern over which cubic contracted, zeolite and rhombohedral were argued: all of them are offered."""
    lines = [(16.8, 900.0, 0.18), (34.2, 1500.0, 0.22), (24.4, 500.0, 0.2), (39.2, 900.0, 0.22)]
    lines += [(23.13, 600.0, 0.15), (23.29, 450.0, 0.15), (23.71, 500.0, 0.15), (23.93, 300.0, 0.15)]
    found = reduce(forger.counted(1, lines), PBA)
    told = " ".join(each["method"] for each in found.alternatives)
    assert "second cell of pba_cubic, contracted" in told
    assert "(133) of mfi at 24.40" in told
    assert "pba_rhombohedral" in told
    assert any(flag.startswith("ambiguous: the line at 24.4") for flag in found.flags)
    both = reduce(forger.counted(1, lines), {"phase": Value("pba_cubic, mfi")})
    assert "mfi_lattice_parameter_a" in both
    assert any("(133) of mfi or (220) of a second cell of pba_cubic" in flag for flag in both.flags)
    assert both["mfi_lattice_parameter_b"].value == pytest.approx(19.92e-10, rel=0.02)


def test_a_line_of_one_phase_is_not_spoiled_by_a_faint_one_of_another(forger) -> None:
    mfi = [(23.13, 600.0, 0.15), (23.32, 450.0, 0.15), (23.72, 500.0, 0.15)]
    lines = cubic(forger, 10.5e-10, 0.0) + mfi
    found = reduce(forger.counted(4, lines), {"phase": Value("pba_cubic+mfi")})
    strongest = [
        row
        for row in found.tables["lines"]
        if row["phase"] == "pba_cubic" and (row["h"], row["k"], row["l"]) == (4, 0, 0)
    ]
    assert strongest[0]["used"] == "yes"
    assert abs(found["lattice_parameter"].value - 10.5e-10) < 4.0 * (found["lattice_parameter"].standard_error or 0.0)


def test_without_a_wavelength_there_is_no_spacing_and_no_cell(forger) -> None:
    lines = cubic(forger, 10.32e-10, 0.0)
    silent = reduce(forger.counted(0, lines, wavelength=None), PBA)
    assert "d_spacing" not in silent.tables["peaks"][0]
    assert "lattice_parameter" not in silent
    assert {"wavelength", "lattice_parameter"} <= words(silent)
    assert any("--set wavelength" in flag for flag in silent.flags)
    told = reduce(forger.counted(0, lines, wavelength=None), {**PBA, "wavelength": Value(forger.alpha1, "m")})
    stored = reduce(forger.counted(0, lines), PBA)
    assert told["lattice_parameter"].value == pytest.approx(stored["lattice_parameter"].value, rel=1e-9)


def test_the_mean_of_the_doublet_as_wavelength_gives_the_same_cell(forger) -> None:
    record = forger.counted(0, cubic(forger, 10.32e-10, 0.0), wavelength=None)
    mean = (forger.alpha1 + 0.5 * forger.alpha2) / 1.5
    one, two = (reduce(record, {**PBA, "wavelength": Value(value, "m")}) for value in (forger.alpha1, mean))
    assert two["lattice_parameter"].value == pytest.approx(one["lattice_parameter"].value, rel=1e-6)
    exact, vague = (reduce(record, {**PBA, "wavelength": Value(forger.alpha1, "m", u=u)}) for u in (None, 1e-13))
    assert (vague["lattice_parameter"].standard_error or 0.0) > 2.0 * (exact["lattice_parameter"].standard_error or 0.0)


def test_where_the_tube_is_not_named_the_pattern_tells_the_doublet(forger) -> None:
    """A wavelength of 1.5406 angstrom may be a tube's or a monochromator's."""
    lines = [(20.0, 2000.0, 0.1), (55.0, 3000.0, 0.1)]
    x = forger.grid(18.0, 58.0)
    tube = reduce(forger.counted(0, lines, x, anode=""))
    single = reduce(forger.counted(0, lines, x, doublet=False, anode=""))
    assert [len(each.tables["peaks"]) for each in (tube, single)] == [2, 2]
    assert any("alpha2 is fitted alongside" in flag for flag in tube.flags)
    assert any("taken as single" in flag for flag in single.flags)
    synchrotron = reduce(forger.counted(0, lines, x, doublet=False, wavelength=0.825e-10, anode=""))
    assert len(synchrotron.tables["peaks"]) == 2
    assert "doublet" not in words(synchrotron)


def test_the_table_of_peaks_is_in_degree_and_angstrom(forger) -> None:
    row = reduce(forger.counted(0, [(34.72, 2000.0, 0.2)])).tables["peaks"][0]
    assert row["two_theta"] == pytest.approx(34.72, abs=0.01)
    assert row["d_spacing"] == pytest.approx(1e10 * forger.alpha1 / 2.0 / math.sin(math.radians(17.36)), abs=1e-3)
    assert row["width"] == pytest.approx(0.2, abs=0.02)
    assert row["height"] == pytest.approx(2000.0, rel=0.1)
    for name in ("two_theta", "d_spacing", "width", "height"):
        assert row[f"{name}_standard_error"] > 0.0


def test_a_pattern_and_its_file_reduce_alike(forger) -> None:
    record = forger.counted(0, cubic(forger, 10.32e-10, 0.0), forger.grid(15.0, 40.0))
    again = read_source(Source("film.xy", bruker_xy_text(record).encode()), "diffraction")
    one, two = (reduce(each, PBA)["lattice_parameter"].value for each in (record, again))
    assert two == pytest.approx(one, rel=1e-9)


def test_phases_that_are_not_known_are_refused(forger) -> None:
    record = forger.counted(0, [(20.0, 500.0, 0.2)], forger.grid(18.0, 22.0))
    for key, text, word in (
        ("phase", "unobtainium", "unknown phase"),
        ("phase", "{", "no phase"),
        ("internal_standard", "silicon, mfi", "2 standards"),
    ):
        with pytest.raises(InputError, match=word):
            reduce(record, {key: Value(text)})
    with pytest.raises(InputError, match="points"):
        reduce(forger.record(np.arange(20.0, 23.0), np.ones(3)))


def test_a_phase_travels_as_text() -> None:
    for name in ("pba_cubic", "pba_rhombohedral", "mfi"):
        phase = shipped(name)
        again = phases_of(json.dumps([json.loads(phase.as_text()), "silicon"]))
        assert again[0].system == phase.system
        assert np.array_equal(again[0].two_theta(1.54e-10), phase.two_theta(1.54e-10), equal_nan=True)
        assert again[1].name == "silicon"


def structure(cell, operations, sites, elements):
    lengths, angles = cell
    return make_record(
        "crystal/1", sample="x", instrument="none", origin="measured",
        variables={
            "cell_length": ("axis", np.array(lengths) * 1e-10, "m"),
            "cell_angle": ("axis", np.deg2rad(angles), "rad"),
            "fractional_position": (("site", "axis"), np.array(sites, float), "1"),
            "occupancy": ("site", np.ones(len(sites)), "1"),
            "displacement_factor": ("site", np.zeros(len(sites)), "m**2"),
        },
        attributes={"symmetry_operations": json.dumps(operations), "elements": json.dumps(elements), "title": "x"},
    )  # fmt: skip


CENTRED = ["x,y,z", "x,y+1/2,z+1/2", "x+1/2,y,z+1/2", "x+1/2,y+1/2,z"]


def test_rock_salt_has_its_known_lines() -> None:
    """Halite: (111) weak, (200) strongest; indices all even or all odd; the cell of 5.6402 angstrom puts (200) at 31.70 degree."""
    record = structure(((5.6402,) * 3, (90.0,) * 3), CENTRED, [[0, 0, 0], [0.5, 0.5, 0.5]], ["Na", "Cl"])
    found = reduce(record, {"wavelength": Value(1.5406e-10, "m")})
    rows = found.tables["peaks"]
    assert all(len({row[n] % 2 for n in "hkl"}) == 1 for row in rows)
    strongest = max(rows, key=lambda row: row["height / %"])
    assert sorted(abs(strongest[n]) for n in "hkl") == [0, 0, 2]
    assert strongest["two_theta"] == pytest.approx(31.70, abs=0.01)
    first = rows[0]
    assert sorted(abs(first[n]) for n in "hkl") == [1, 1, 1]
    assert 3.0 < first["height / %"] < 15.0


def test_a_structure_without_wavelength_has_spacings_only() -> None:
    record = structure(((4.0, 5.0, 6.0), (90.0, 100.0, 90.0)), ["x,y,z"], [[0.1, 0.2, 0.3]], ["Si"])
    found = reduce(record)
    assert "wavelength" in words(found)
    assert "two_theta" not in found.tables["peaks"][0]
    spacings = [row["d_spacing"] for row in found.tables["peaks"]]
    assert spacings == sorted(spacings, reverse=True)
    assert {each.name for each in found.quantities} == {f"lattice_parameter_{n}" for n in "abc"} | {
        f"lattice_angle_{n}" for n in ("alpha", "beta", "gamma")
    }


def test_an_orthorhombic_cell_of_the_mfi_type_has_its_lines_where_they_are_known() -> None:
    """Positions depend on the cell alone: a = 20.09, b = 19.738, c = 13.142 angstrom at 1.5418 angstrom."""
    record = structure(((20.09, 19.738, 13.142), (90.0,) * 3), ["x,y,z"], [[0.1, 0.2, 0.3]], ["Si"])
    rows = {
        tuple(row[n] for n in "hkl"): row
        for row in reduce(record, {"wavelength": Value(1.5418e-10, "m")}).tables["peaks"]
    }
    for indices, place in (((5, 0, 1), 23.15), ((0, 5, 1), 23.53), ((1, 5, 1), 23.95)):
        assert rows[indices]["two_theta"] == pytest.approx(place, abs=0.02)


CIF = """data_x
_cell_length_a 20.0
_cell_length_b 19.9
_cell_length_c 13.4
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_symmetry_space_group_name_H-M 'P n m a'
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
_atom_site_B_iso_or_equiv
Si1 Si 0.42 0.06 0.67 1 1.1
Si2 Si 0.31 0.03 0.81 0.9 1.2
O1 O 0.37 0.25 0.1 1 2.5
"""


@pytest.mark.oracle
def test_structure_factors_are_those_of_gemmi() -> None:
    import gemmi

    found = lines_of_crystal(read_source(Source("x.cif", CIF.encode()), "diffraction"), 1.54e-10, math.radians(60.0))
    small = gemmi.make_small_structure_from_block(gemmi.cif.read_string(CIF).sole_block())
    small.change_occupancies_to_crystallographic()
    calculator = gemmi.StructureFactorCalculatorX(small.cell)
    theirs = [abs(calculator.calculate_sf_from_small_structure(small, h)) ** 2 for h in found.phase.indices.tolist()]
    assert found.square == pytest.approx(np.array(theirs), rel=1e-6, abs=1e-6 * max(theirs))


def test_series_of_one_pattern_is_that_pattern(forger) -> None:
    record = forger.counted(0, [(20.0, 500.0, 0.2)], forger.grid(18.0, 22.0))
    assert reduce_series([record], [{}])[0].tables["peaks"] == reduce(record).tables["peaks"]
