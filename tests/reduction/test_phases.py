"""A CIF named as phase: read from where the program runs or from beside the data, refused in words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from honeycell.analysis.diffraction.phases import phases_of
from honeycell.quantities.errors import InputError
from honeycell.quantities.value import Value
from honeycell.reduction.phases import with_structures

if TYPE_CHECKING:
    from pathlib import Path

CIF = """data_salt
_cell_length_a 5.64
_cell_length_b 5.64
_cell_length_c 5.64
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_symmetry_space_group_name_H-M 'F m -3 m'
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
Na1 Na 0 0 0
Cl1 Cl 0.5 0.5 0.5
"""


def test_a_structure_beside_the_data_becomes_a_phase(tmp_path: Path) -> None:
    (tmp_path / "salt.cif").write_text(CIF)
    found = with_structures(
        {"phase": Value("salt.cif, silicon"), "internal_standard": Value("mfi")}, str(tmp_path / "run.xy")
    )
    salt, silicon = phases_of(str(found["phase"].value))
    assert (salt.name, salt.system, silicon.name) == ("salt", "cubic", "silicon")
    assert salt.lengths[0] == pytest.approx(5.64e-10)
    assert found["internal_standard"].value == "mfi"
    json.loads(str(found["phase"].value))


def test_what_is_no_structure_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no structure file"):
        with_structures({"phase": Value("lost.cif")}, str(tmp_path / "run.xy"))
    (tmp_path / "bad.cif").write_text("data_x\nloop_\n_cell_length_a\n")
    with pytest.raises(InputError, match=r"bad\.cif"):
        with_structures({"phase": Value("bad.cif")}, str(tmp_path / "run.xy"))


def test_names_are_left_as_they_are() -> None:
    given = {"phase": Value("pba_cubic+mfi"), "mass": Value(1e-6, "kg")}
    assert with_structures(given, "x.xy") == given
