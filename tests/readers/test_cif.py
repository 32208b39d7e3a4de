"""Crystal structures."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from honeycell.quantities.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr

CHANGES = st.lists(
    st.tuples(
        st.floats(0.0, 1.0),
        st.integers(0, 3),
        st.binary(min_size=1, max_size=8)
        | st.sampled_from([b"loop_\n", b"'", b"\n;\n", b"?", b"data_x\n", b"_cell_length_a 1\n", b"-", b"1e999"]),
    ),
    min_size=1,
    max_size=4,
)
OPERATIONS = ("x,y,z", "-x,-y,-z")


def cif(
    cell: tuple[object, ...] = ("10.5(2)", 10.5, 10.5, 90, 90, 90),
    columns: str = "label type_symbol fract_x fract_y fract_z occupancy B_iso_or_equiv",
    rows: tuple[str, ...] = ("Fe1 Fe2+ 0 0 0 1 0.5", "C1 C 0.2(1) 0 0 1 0.7", "Na1 Na+ 0.25 0.25 0.25 0.5(1) 2"),
    group: str = "_space_group_name_H-M_alt 'F m -3 m'",
    more: str = "",
    name: str = "pba",
) -> str:
    names = ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma")
    edges = "\n".join(f"_cell_{label} {value}" for label, value in zip(names, cell, strict=True))
    labels = "\n".join(f"_atom_site_{label}" for label in columns.split())
    table = "\n".join(rows)
    return f"data_{name}\n_chemical_name_common 'Prussian white'\n{edges}\n{group}\nloop_\n{labels}\n{table}\n{more}\n"


def listed(record: xr.Dataset, name: str) -> list[str]:
    return json.loads(record.attrs[name])


def flags(record: xr.Dataset) -> str:
    return " ".join(json.loads(record.attrs.get("flags", "[]")))


def test_cell_and_sites(read_text: Callable[..., xr.Dataset]) -> None:
    record = read_text(cif(), "a.cif")
    assert record.attrs["schema"] == "crystal/1"
    assert record["cell_length"].values == pytest.approx([10.5e-10] * 3, rel=1e-12)
    assert record["cell_angle"].values == pytest.approx([np.pi / 2] * 3)
    assert listed(record, "elements") == ["Fe", "C", "Na"]
    assert listed(record, "site_labels") == ["Fe1", "C1", "Na1"]
    assert record["fractional_position"].values.tolist() == [[0, 0, 0], [0.2, 0, 0], [0.25, 0.25, 0.25]]
    assert record["occupancy"].values.tolist() == [1.0, 1.0, 0.5]
    assert record["displacement_factor"].values == pytest.approx([0.5e-20, 0.7e-20, 2e-20])
    assert record.attrs["space_group"] == "F m -3 m"
    assert record.attrs["space_group_number"] == 225
    assert len(listed(record, "symmetry_operations")) == 192
    assert record.attrs["title"] == "Prussian white"
    assert "flags" not in record.attrs


def test_u_becomes_b(read_text: Callable[..., xr.Dataset]) -> None:
    record = read_text(cif(columns="label type_symbol fract_x fract_y fract_z occupancy U_iso_or_equiv"), "a.cif")
    assert record["displacement_factor"].values == pytest.approx(8e-20 * np.pi**2 * np.array([0.5, 0.7, 2.0]))


@pytest.mark.parametrize("cell", [(10, 11, 12, 90, 90, 90), (5, 6, 7, 80, 95, 105), (9, 9, 12, 90, 90, 120)])
def test_anisotropic_u_of_a_sphere_is_its_isotropic_u(
    cell: tuple[object, ...], read_text: Callable[..., xr.Dataset]
) -> None:
    """In any cell, a sphere has U_ij = U a*_i . a*_j / (a*_i a*_j): the cosines of the reciprocal angles."""
    lengths, angles = np.array(cell[:3], float), np.deg2rad(np.array(cell[3:], float))
    vectors = np.zeros((3, 3))
    vectors[0, 0] = 1.0
    vectors[1, :2] = np.cos(angles[2]), np.sin(angles[2])
    vectors[2, 0] = np.cos(angles[1])
    vectors[2, 1] = (np.cos(angles[0]) - vectors[2, 0] * vectors[1, 0]) / vectors[1, 1]
    vectors[2, 2] = np.sqrt(1.0 - vectors[2, 0] ** 2 - vectors[2, 1] ** 2)
    reciprocal = np.linalg.inv(vectors * lengths[:, None]).T
    unit = reciprocal / np.linalg.norm(reciprocal, axis=1)[:, None]
    u = 0.02 * unit @ unit.T
    parts = ("11", "22", "33", "12", "13", "23")
    numbers = " ".join(f"{u[int(p[0]) - 1, int(p[1]) - 1]:.12f}" for p in parts)
    table = "loop_\n_atom_site_aniso_label\n" + "".join(f"_atom_site_aniso_U_{p}\n" for p in parts) + f"O1 {numbers}\n"
    record = read_text(
        cif(
            cell=cell,
            columns="label type_symbol fract_x fract_y fract_z",
            rows=("O1 O2- 0.1 0.2 0.3",),
            group="_symmetry_Int_Tables_number 1",
            more=table,
        ),
        "a.cif",
    )
    assert record["displacement_factor"].values == pytest.approx(8e-20 * np.pi**2 * 0.02)


def test_what_the_sites_lack(read_text: Callable[..., xr.Dataset]) -> None:
    """Occupancy is 1 by the dictionary; a displacement factor has no such value."""
    record = read_text(
        cif(columns="label fract_x fract_y fract_z", rows=("Fe1 0 0 0", "OW1 0.2 0 0", "X ? ? ?")), "a.cif"
    )
    assert record["occupancy"].values.tolist() == [1.0, 1.0]
    assert np.isnan(record["displacement_factor"].values).all()
    assert listed(record, "elements") == ["Fe", "O"]
    said = flags(record)
    assert "displacement: 2 of 2 sites" in said
    assert "elements: taken from the labels" in said
    assert "sites: 1 without coordinates are left out (X)" in said


def test_labels_that_tell_no_element_are_refused_unless_the_formula_does(read_text: Callable[..., xr.Dataset]) -> None:
    columns, rows = "label fract_x fract_y fract_z", ("CA1 0 0 0", "Wat1 0.2 0 0")
    with pytest.raises(ReadError, match="'CA1' whose label does not tell"):
        read_text(cif(columns=columns, rows=rows), "a.cif")
    for formula, element in (("Ca O", "Ca"), ("C2 O", "C")):
        record = read_text(cif(columns=columns, rows=rows, more=f"_chemical_formula_sum '{formula}'"), "a.cif")
        assert listed(record, "elements") == [element, "O"]
        assert "water: 1 sites" in flags(record)
    with pytest.raises(ReadError, match="'W1'"):
        read_text(cif(columns=columns, rows=("W1 0 0 0",), more="_chemical_formula_sum 'Si O2'"), "a.cif")


def test_operations_decide_and_contradictions_are_flagged(read_text: Callable[..., xr.Dataset]) -> None:
    table = "loop_\n_symmetry_equiv_pos_as_xyz\n" + "\n".join(f"'{each}'" for each in OPERATIONS)
    record = read_text(cif(group="", more=table), "a.cif")
    assert record.attrs["space_group"] == "P -1"
    assert listed(record, "symmetry_operations") == list(OPERATIONS)
    assert "space_group" not in flags(record)
    contradicting = read_text(cif(more=table), "a.cif")
    assert contradicting.attrs["space_group"] == "P -1"
    assert "the file says F m -3 m, its operations are those of P -1" in flags(contradicting)


def test_a_number_alone_names_the_standard_setting(read_text: Callable[..., xr.Dataset]) -> None:
    record = read_text(cif(group="_space_group_IT_number 62"), "a.cif")
    assert record.attrs["space_group"] == "P n m a"
    assert "number 62 alone" in flags(record)


def test_settings_are_kept_apart(read_text: Callable[..., xr.Dataset]) -> None:
    """Hexagonal and rhombohedral axes of one group have 18 and 6 operations."""
    for symbol, count in (("R -3 m:H", 36), ("R -3 m:R", 12)):
        record = read_text(cif(group=f"_space_group_name_H-M_alt '{symbol}'"), "a.cif")
        assert record.attrs["space_group"] == symbol
        assert len(listed(record, "symmetry_operations")) == count


def test_other_blocks_are_passed_over(read_text: Callable[..., xr.Dataset]) -> None:
    assert read_text("data_global\n_journal_year 2020\n" + cif(), "a.cif").attrs["title"] == "Prussian white"
    with pytest.raises(ReadError, match=r"2 structures \('pba', 'other'\)"):
        read_text(cif() + cif(name="other"), "a.cif")


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (cif(cell=("?", 10.5, 10.5, 90, 90, 90)), "_cell_length_a"),
        (cif(cell=(0, 10.5, 10.5, 90, 90, 90)), "cell of"),
        (cif(cell=(10.5, 10.5, 10.5, 90, 90, 180)), "close no cell"),
        (cif(cell=(10.5, 10.5, 10.5, 30, 30, 90)), "close no cell"),
        (cif(group="_space_group_name_H-M_alt 'Q 17'"), "no known space group"),
        (cif(more="loop_\n_symmetry_equiv_pos_as_xyz\n'x,y,q'"), "make no group"),
        (cif(rows=("Fe1 Zz 0 0 0 1 0.5",)), "begins with no element"),
        (cif(rows=("Fe1 Fe 0 0 0 -1 0.5",)), "occupancy"),
        (cif(rows=("Fe1 Fe 0 0 1e5 1 0.5",)), "beyond 100"),
        (cif(rows=("Fe1 Fe ? 0 0 1 0.5",)), "no site with coordinates"),
        (cif(rows=("Fe1 Fe 0 0 0 1",)), "grammar of CIF"),
        ("data_x\nloop_\n_pd_meas_2theta_scan\n_pd_meas_counts_total\n1 2\n", "patterns in CIF are not read"),
        (cif()[:150], "no block with a cell and atoms"),
        ("data_x\n_cell_length_a 'open\n", "grammar of CIF"),
    ],
)
def test_refusals(text: str, match: str, read_text: Callable[..., xr.Dataset]) -> None:
    with pytest.raises(ReadError, match=match) as error:
        read_text(text, "a.cif")
    assert error.value.where.startswith("a.cif")
    assert error.value.cure


@settings(max_examples=100)
@given(changes=CHANGES)
def test_damage(changes: list[tuple[float, int, bytes]], sound_or_refused: Callable[..., None]) -> None:
    sound_or_refused("a.cif", cif().encode(), changes, None, ("displacement_factor",))


@pytest.mark.slow
@settings(max_examples=3000)
@given(changes=CHANGES)
def test_much_damage(changes: list[tuple[float, int, bytes]], sound_or_refused: Callable[..., None]) -> None:
    sound_or_refused("a.cif", cif().encode(), changes, None, ("displacement_factor",))
