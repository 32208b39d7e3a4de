"""Crystal structures from CIF, the Crystallographic Information File (core dictionary names of versions 2 and 3)."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from honeycell.quantities.errors import ReadError
from honeycell.quantities.record import make_record
from honeycell.readers.base import TextReader
from honeycell.readers.spectrum import bounded

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import NDArray

    from honeycell.readers.source import Source

ANGSTROM = 1e-10
LARGEST = 16 * 2**20  # bytes: structure factors and images travel in CIF too, structures need less
MOST_SITES = 20_000
MOST_BLOCKS = 1000
SHORTEST, LONGEST = 1.0, 1000.0  # angstrom: of cell edges
_LENGTHS = ("_cell_length_a", "_cell_length_b", "_cell_length_c")
_ANGLES = ("_cell_angle_alpha", "_cell_angle_beta", "_cell_angle_gamma")
_OPERATIONS = ("_space_group_symop_operation_xyz", "_symmetry_equiv_pos_as_xyz", "_space_group_symop.operation_xyz")
_NAMES = ("_space_group_name_H-M_alt", "_symmetry_space_group_name_H-M", "_space_group_name_H-M_ref")
_NUMBERS = ("_space_group_IT_number", "_symmetry_Int_Tables_number")
_TITLES = ("_chemical_name_mineral", "_chemical_name_common", "_chemical_name_systematic", "_chemical_formula_sum")
_U_TO_B = 8.0 * math.pi**2  # B = 8 pi^2 U, by definition
_SYMBOL = re.compile(r"[A-Za-z]{1,2}")
_WATER = "wat"  # how mineral databases label it
_FORMULA = re.compile(r"[A-Z][a-z]?")
FARTHEST = 100.0  # of a site, in cells: beyond, a slipped decimal point
_EXPORT = "Check the file with checkCIF, or export it again."


class CifReader(TextReader):
    """One data block with a cell and atoms; others, such as a block of bibliography, are passed over.

    The record holds the sites of the asymmetric unit; ``displacement_factor`` is the isotropic B, from B or U, or from the trace of
    anisotropic U, and NaN where the file gives none, which a flag says. Attributes: ``space_group`` (Hermann-Mauguin symbol, with its
    setting), ``space_group_number``, ``symmetry_operations`` (JSON list of triplets), ``elements`` and ``site_labels`` (JSON lists, one
    entry per site), ``title``. An occupancy that is not given is 1, as the CIF dictionary defines.
    """

    name: ClassVar[str] = "cif"
    title: ClassVar[str] = "crystal structure (.cif)"
    suffixes: ClassVar[tuple[str, ...]] = (".cif",)
    schemas: ClassVar[tuple[str, ...]] = ("crystal/1",)

    def recognises_text(self, source: Source) -> bool:
        """By a first word ``data_...`` and names of the dictionary."""
        for line in source.lines[:2000]:
            text = line.strip()
            if text and not text.startswith("#"):
                return text.lower().startswith("data_") and ("_cell_" in source.head or "loop_" in source.head)
        return False

    def read(self, source: Source) -> xr.Dataset:
        """The structure."""
        block = _block(source)
        flags: list[str] = []
        lengths, angles = _cell(source, block)
        sites = _sites(source, block, lengths, angles, flags)
        group, number, operations = _symmetry(source, block, flags)
        title = next((text for name in _TITLES if (text := _text(block, name))), block.name)
        attributes: dict[str, Any] = {
            "format": self.name,
            "file_name": source.base,
            "file_sha256": source.sha256,
            "header": bounded("\n".join(source.lines[: _first_loop(source)])),
            "title": title,
            "space_group": group,
            "space_group_number": number,
            "symmetry_operations": json.dumps(operations),
            "elements": json.dumps(sites.elements),
            "site_labels": json.dumps(sites.labels, ensure_ascii=False),
        }
        if flags:
            attributes["flags"] = json.dumps(flags, ensure_ascii=False)
        return make_record(
            "crystal/1",
            sample=title,
            instrument="none",
            origin="measured",
            variables={
                "cell_length": ("axis", lengths * ANGSTROM, "m"),
                "cell_angle": ("axis", np.deg2rad(angles), "rad"),
                "fractional_position": (("site", "axis"), sites.positions, "1"),
                "occupancy": ("site", sites.occupancy, "1"),
                "displacement_factor": ("site", sites.b * ANGSTROM**2, "m**2", "isotropic B"),
            },
            attributes=attributes,
        )


@dataclass(frozen=True)
class _Sites:
    labels: list[str]
    elements: list[str]
    positions: NDArray[np.float64]
    occupancy: NDArray[np.float64]
    b: NDArray[np.float64]  # angstrom squared


def _block(source: Source) -> Any:
    """The one data block that holds a structure."""
    import gemmi

    if len(source.content) > LARGEST:
        raise ReadError(f"is more than {LARGEST // 2**20} MB large", source.name, "Keep the structure only.")
    try:
        blocks = gemmi.cif.read_string(source.text)
    except (ValueError, RuntimeError, IndexError) as error:
        found = re.match(r"string:(\d+):", str(error))
        place = source.at(int(found[1])) if found else source.name
        reason = str(error).rpartition(": ")[2][:120]
        raise ReadError(f"breaks the grammar of CIF ({reason})", place, _EXPORT) from None
    if len(blocks) > MOST_BLOCKS:
        raise ReadError(f"holds {len(blocks)} data blocks", source.name, "Keep one structure in a file.")
    structures = [block for block in blocks if block.find_value(_LENGTHS[0]) and _has_atoms(block)]
    if len(structures) > 1:
        names = ", ".join(repr(block.name[:40]) for block in structures[:10])
        raise ReadError(f"holds {len(structures)} structures ({names})", source.name, "Keep one of them in a file.")
    if not structures:
        names = ", ".join(repr(block.name[:40]) for block in blocks[:10]) or "none"
        what = f"holds no block with a cell and atoms (blocks: {names})"
        raise ReadError(what, source.name, "Give the structure's CIF; patterns in CIF are not read.")
    return structures[0]


def _has_atoms(block: Any) -> bool:
    return len(block.find_loop("_atom_site_fract_x")) > 0


def _text(block: Any, name: str) -> str:
    import gemmi

    value = block.find_value(name)
    text = gemmi.cif.as_string(value) if value else ""
    return " ".join(text.split()).strip("? .") if text.strip() not in ("?", ".") else ""


def _first_loop(source: Source) -> int:
    """Lines before the first table, the last of them not counted."""
    return next((i for i, line in enumerate(source.lines) if line.strip().lower() == "loop_"), len(source.lines))


def _cell(source: Source, block: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Edges [angstrom] and angles [degree] of a cell that encloses a volume."""
    lengths = np.array([_number(source, block, name) for name in _LENGTHS])
    angles = np.array([_number(source, block, name) for name in _ANGLES])
    if not np.all((lengths >= SHORTEST) & (lengths <= LONGEST)):
        raise ReadError(f"has a cell of {lengths.tolist()} angstrom", source.name, "Edges are 1 to 1000 angstrom.")
    cosines = np.cos(np.deg2rad(angles))
    volume = 1.0 - np.sum(cosines**2) + 2.0 * np.prod(cosines)  # squared, over that of the brick of the same edges
    if not (np.all((angles > 0.0) & (angles < 180.0)) and volume > 1e-6):
        raise ReadError(f"has cell angles of {angles.tolist()} degree, which close no cell", source.name, _EXPORT)
    return lengths, angles


def _number(source: Source, block: Any, name: str) -> float:
    import gemmi

    text = block.find_value(name)
    value = gemmi.cif.as_number(text) if text else math.nan
    if not math.isfinite(value):
        raise ReadError(f"gives {name} as {str(text)[:40]!r}", source.name, "A structure needs all six of the cell.")
    return value


def _column(block: Any, name: str, count: int) -> list[str] | None:
    """Cells of a column of the sites' table; None where it has none, or where it belongs to another table."""
    column = list(block.find_loop(name))
    return column if len(column) == count else None


def _numbers(block: Any, name: str, count: int) -> NDArray[np.float64]:
    """A column as numbers without their uncertainties; NaN where the file says ``?`` or ``.`` or has no such column."""
    import gemmi

    column = _column(block, name, count)
    return np.array([gemmi.cif.as_number(cell) for cell in column]) if column else np.full(count, math.nan)


def _sites(
    source: Source, block: Any, lengths: NDArray[np.float64], angles: NDArray[np.float64], flags: list[str]
) -> _Sites:
    import gemmi

    count = len(block.find_loop("_atom_site_fract_x"))
    if count > MOST_SITES:
        raise ReadError(f"lists {count} sites, more than {MOST_SITES}", source.name, "Give the asymmetric unit only.")
    positions = np.stack([_numbers(block, f"_atom_site_fract_{axis}", count) for axis in "xyz"], axis=1)
    names = _column(block, "_atom_site_label", count) or [f"site {i + 1}" for i in range(count)]
    labels = [gemmi.cif.as_string(name) for name in names]
    symbols = _column(block, "_atom_site_type_symbol", count)
    if symbols is None:
        flags.append("elements: taken from the labels of the sites, which have no type symbols")
    formula = frozenset(_FORMULA.findall(_text(block, "_chemical_formula_sum")))
    placed: NDArray[np.bool_] = np.isfinite(positions).all(axis=1).astype(bool)
    index = np.flatnonzero(placed)
    if index.size == 0:
        raise ReadError("has no site with coordinates", source.name, "Give a structure with its atoms.")
    if index.size < count:
        lost = [labels[i] for i in np.flatnonzero(~placed)]
        flags.append(f"sites: {len(lost)} without coordinates are left out ({', '.join(lost)[:80]})")
    if np.any(np.abs(positions[index]) > FARTHEST):
        raise ReadError(f"has a fractional coordinate beyond {FARTHEST:g}", source.name, _EXPORT)
    types = [gemmi.cif.as_string(each) for each in symbols] if symbols is not None else None
    elements = [
        _element(source, types[i], labels[i]) if types else _labelled(source, labels[i], formula) for i in index
    ]
    water = sum(types is None and labels[i].lower().startswith(_WATER) for i in index)
    if water:
        flags.append(f"water: {water} sites labelled as water are taken for its oxygen")
    occupancy = _numbers(block, "_atom_site_occupancy", count)
    occupancy = np.where(np.isnan(occupancy), 1.0, occupancy)
    if np.any((occupancy < 0.0) | ~np.isfinite(occupancy)):
        raise ReadError("has an occupancy that is negative or no number", source.name, _EXPORT)
    if np.any(occupancy > 1.0):
        flags.append(f"occupancy: {int(np.sum(occupancy > 1.0))} sites are occupied to more than 1")
    b = _isotropic_b(block, labels, lengths, angles)
    missing = int(np.isnan(b[index]).sum())
    if missing:
        flags.append(
            f"displacement: {missing} of {index.size} sites have no usable displacement factor; theirs is not a number"
        )
    return _Sites([labels[i] for i in index], elements, positions[index], occupancy[index], b[index])


def _element(source: Source, symbol: str, label: str) -> str:
    """Symbol of the element in a type such as ``Si4+``."""
    known = _candidates(symbol)
    if not known:
        what = f"has a site {label[:40]!r} of the type {symbol[:40]!r}, which begins with no element"
        raise ReadError(what, source.name, "Correct its _atom_site_type_symbol.")
    return known[0]


def _labelled(source: Source, label: str, formula: frozenset[str]) -> str:
    """Symbol of the element in a label such as ``O12``, or ``Wat3`` for the oxygen of water.

    Two capitals, as in ``CA1``, may be calcium or a first carbon: the chemical formula decides, and where there is one it must hold
    what a label names.
    """
    known = _candidates(label) if not label.lower().startswith(_WATER) else ["O"]
    if formula:
        known = [text for text in known if text in formula]
    if len(known) > 1 and label[1:2].islower():
        known = known[:1]
    if len(known) != 1:
        what = f"has a site {label[:40]!r} whose label does not tell its element"
        raise ReadError(what, source.name, "Give _atom_site_type_symbol.")
    return known[0]


def _candidates(text: str) -> list[str]:
    """Elements with which a text may begin, the one of two letters first."""
    import gemmi

    found = _SYMBOL.match(text)
    tried = dict.fromkeys((found[0].capitalize(), found[0][:1].upper())) if found else {}
    return [each for each in tried if gemmi.Element(each).atomic_number > 0]


def _isotropic_b(
    block: Any, labels: list[str], lengths: NDArray[np.float64], angles: NDArray[np.float64]
) -> NDArray[np.float64]:
    """B [angstrom squared] of each site from B or U, else from anisotropic U; NaN where there is none, or a negative one.

    The equivalent of anisotropic U is a third of the trace in Cartesian axes: sum over ij of U_ij a*_i a*_j (a_i . a_j) / 3 (Fischer
    and Tillmanns, Acta Cryst. C44 (1988) 775, doi:10.1107/S0108270187012745).
    """
    count = len(labels)
    b = _numbers(block, "_atom_site_B_iso_or_equiv", count)
    b = np.where(np.isnan(b), _U_TO_B * _numbers(block, "_atom_site_U_iso_or_equiv", count), b)
    aniso = list(block.find_loop("_atom_site_aniso_label"))
    if aniso and np.isnan(b).any():
        cosines = np.cos(np.deg2rad(angles))
        metric = np.outer(lengths, lengths)
        for (i, j), cosine in zip(((1, 2), (0, 2), (0, 1)), cosines, strict=True):
            metric[i, j] = metric[j, i] = metric[i, j] * cosine
        reciprocal = np.sqrt(np.diag(np.linalg.inv(metric)))
        weights = metric * np.outer(reciprocal, reciprocal) / 3.0
        parts = {
            f"{i + 1}{j + 1}": _numbers(block, f"_atom_site_aniso_U_{i + 1}{j + 1}", len(aniso)) * weights[i, j]
            for i in range(3)
            for j in range(i, 3)
        }
        total = sum(
            (values * (1.0 if key[0] == key[1] else 2.0) for key, values in parts.items()), np.zeros(len(aniso))
        )
        known = dict(zip(aniso, total, strict=True))
        b = np.array(
            [
                _U_TO_B * known.get(label, math.nan) if math.isnan(own) else own
                for label, own in zip(labels, b, strict=True)
            ]
        )
    return np.where((b >= 0.0) & np.isfinite(b), b, math.nan)


def _symmetry(source: Source, block: Any, flags: list[str]) -> tuple[str, int, list[str]]:
    """Hermann-Mauguin symbol, number and operations.

    The operations decide where the file lists them; a name or number that contradicts them is flagged.

    Raises
    ------
    ReadError : neither operations nor a known name, or operations that make no group.
    """
    import gemmi

    listed = next((list(column) for name in _OPERATIONS if len(column := block.find_loop(name))), [])
    name = next((text for each in _NAMES if (text := _text(block, each))), "")
    number = next((text for each in _NUMBERS if (text := _text(block, each))), "")
    stated = gemmi.find_spacegroup_by_name(name) if name else None
    if stated is None and number.isdigit() and 1 <= int(number[:4]) <= 230 and not listed:
        stated = gemmi.find_spacegroup_by_number(int(number))
        flags.append(f"space_group: taken from the number {number} alone, in its standard setting")
    if not listed:
        if stated is None:
            what = f"names no known space group ({name[:40]!r}) and lists no symmetry operations"
            raise ReadError(what, source.name, "Give _space_group_symop_operation_xyz or the Hermann-Mauguin symbol.")
        return stated.xhm(), stated.number, [each.triplet() for each in stated.operations()]
    if len(listed) > 192:
        raise ReadError(f"lists {len(listed)} symmetry operations, more than any group", source.name, _EXPORT)
    try:
        operations = [gemmi.Op(gemmi.cif.as_string(each)) for each in listed]
        found = gemmi.find_spacegroup_by_ops(gemmi.GroupOps(operations))
    except (ValueError, RuntimeError) as error:
        raise ReadError(f"has symmetry operations that make no group ({error})", source.name, _EXPORT) from None
    triplets = [each.triplet() for each in operations]
    if found is None:
        flags.append("space_group: the listed operations are those of no tabulated setting")
        return (name or "unknown"), (stated.number if stated else 0), triplets
    if stated is not None and stated.xhm() != found.xhm():
        flags.append(f"space_group: the file says {stated.xhm()}, its operations are those of {found.xhm()}")
    return found.xhm(), found.number, triplets
