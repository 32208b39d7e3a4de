"""The desk: numbers that follow from the recipe and the tables alone, without a model of any apparatus."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from honeycell.physics.diffraction import cubic_spacing, hexagonal_spacing, line_position, orthorhombic_spacing
from honeycell.physics.ions import exchangeable_sodium, specific_capacity, stokes_radius
from honeycell.quantities.record import Ancestry, make_record

if TYPE_CHECKING:
    import xarray as xr

    from honeycell.data.parameters import Parameters

HEXACYANOFERRATE = {"iron": 2, "carbon": 6, "nitrogen": 6}


def desk_calculation(parameters: Parameters, sample: str) -> xr.Dataset:
    """Record ``desk``: capacities of the cathode, ion and channel sizes.

    Valid for anhydrous Na_x Fe[Fe(CN)6]; ions as hard spheres.
    """
    p = parameters
    host, sites = _host_molar_mass(p), p["pba.sodium_sites"]
    full = host + sites * p["elements.sodium"]
    sodium = p["recipe.cathode.sodium_content"]
    as_made = host + sodium * p["elements.sodium"]
    radius = stokes_radius(p["sodium_ion.limiting_conductivity"], p["sodium_ion.solvent_viscosity"])
    straight, bent = p["zsm5.channel_diameter_straight"], p["zsm5.channel_diameter_sinusoidal"]
    mean = 0.5 * (straight + bent)

    def fits(ion_radius: float, channel: float) -> float:
        return float(2.0 * ion_radius < channel)

    return make_record(
        "scalars/1",
        sample=sample,
        instrument="arithmetic",
        variables={
            "theoretical_capacity": (
                (),
                specific_capacity(sites, full),
                "A*s/kg",
                "2 Na of Na2Fe[Fe(CN)6]",
            ),
            "removable_capacity": (
                (),
                specific_capacity(sodium, as_made),
                "A*s/kg",
                "all sodium of the material as made",
            ),
            "refill_capacity": (
                (),
                specific_capacity(sites - sodium, as_made),
                "A*s/kg",
                "empty sites of the material as made",
            ),
            "stokes_radius": ((), radius, "m", "Stokes radius of sodium in propylene carbonate"),
            "channel_diameter": ((), mean, "m", "mean channel diameter of MFI"),
            "channel_radius": ((), 0.5 * mean, "m", "mean channel radius of MFI"),
            "sieving_diameter_5a": ((), p["zsm5.sieving_diameter_5a"], "m", "sieving diameter of zeolite 5A"),
            "solvated_ion_passes": ((), fits(radius, straight), "1", "solvated ion narrower than the channel"),
            "solvated_ion_passes_twice_as_wide": (
                (),
                fits(radius, 2.0 * straight),
                "1",
                "the same if the channel's diameter is taken for its radius",
            ),
            "bare_ion_passes": (
                (),
                fits(p["sodium_ion.ionic_radius"], straight),
                "1",
                "desolvated ion narrower than the channel",
            ),
        },
        ancestry=p.ancestry(),
    )


def line_positions(parameters: Parameters, sample: str) -> xr.Dataset:
    """Record ``lines``: where the in situ cell should show the cathode's lines, under each reading of its phases.

    * ``start_*``: the discharged electrode, if sodium-rich rhombohedral or if cubic as made.
    * ``charged_*``: the charged one, if sodium-free cubic or if rhombohedral.

    Rhombohedral (012), (024), (104), (116) stand for cubic (200), (400), (220), (420). Positions only, no intensities.
    """
    p = parameters
    wavelength, shift = p["recipe.laboratory.diffractometer_wavelength"], p["in_situ_cell.line_shift"]
    a, c = p["pba.rhombohedral_a"], p["pba.rhombohedral_c"]
    cubic, empty = p["pba.cubic_a"], p["pba.sodium_free_cubic_a"]
    zeolite = (p["zsm5.lattice_a"], p["zsm5.lattice_b"], p["zsm5.lattice_c"])

    def seen(spacing: float) -> float:
        return line_position(spacing, wavelength, shift)

    pseudo_cubic = (4.0 / 3.0 * math.sqrt(0.75) * a**2 * c) ** (1.0 / 3.0)
    angles = {
        "start_200_rhombohedral": seen(hexagonal_spacing(a, c, (0, 1, 2))),
        "start_200_cubic": seen(cubic_spacing(cubic, (2, 0, 0))),
        "start_400_rhombohedral": seen(hexagonal_spacing(a, c, (0, 2, 4))),
        "start_400_cubic": seen(cubic_spacing(cubic, (4, 0, 0))),
        "charged_220_cubic": seen(cubic_spacing(empty, (2, 2, 0))),
        "charged_220_rhombohedral": seen(hexagonal_spacing(a, c, (1, 0, 4))),
        "charged_420_cubic": seen(cubic_spacing(empty, (4, 2, 0))),
        "charged_420_rhombohedral": seen(hexagonal_spacing(a, c, (1, 1, 6))),
        "zeolite_051": seen(orthorhombic_spacing(*zeolite, (0, 5, 1))),
    }
    edges = {
        "edge_change_to_cubic": empty - pseudo_cubic,
        "edge_change_to_rhombohedral": pseudo_cubic - cubic,
    }
    return make_record(
        "scalars/1",
        sample=sample,
        instrument="arithmetic",
        variables={name: ((), angle, "rad", name.replace("_", " ")) for name, angle in angles.items()}
        | {name: ((), change, "m", name.replace("_", " ")) for name, change in edges.items()},
        ancestry=p.ancestry(),
    )


def element_census(parameters: Parameters, sample: str) -> xr.Dataset:
    """Record ``elements``: which of the mapped elements the cast film and its filler hold."""
    p = parameters
    filler = (
        set(p.text(f"{p.text('recipe.film.filler')}.elements").split()) if p["recipe.film.filler_mass"] > 0.0 else set()
    )
    film = filler | set(p.text(f"{p.text('recipe.film.polymer')}.elements").split())
    return make_record(
        "scalars/1",
        sample=sample,
        instrument="arithmetic",
        variables={
            "mapped_in_film": ((), float(film >= {"C", "Si", "Al", "Na", "F"}), "1", "C, Si, Al, Na and F in the film"),
            "fluorine_in_filler": ((), float("F" in filler), "1", "fluorine in the filler itself"),
            "fluorine_in_film": ((), float("F" in film), "1", "fluorine anywhere in the film"),
        },
        ancestry=p.ancestry(),
    )


def zeolite_sodium(parameters: Parameters, sample: str, structure: xr.Dataset) -> xr.Dataset:
    """Record ``zeolite``: what the filler holds, and what it can give on balance.

    A sodium ion that leaves the framework must be replaced by another cation; in this cell the only one that arrives is sodium
    from the metal, so the net supply is zero. ``supply_if_released`` is the paper's hypothesis, all of it given once.
    """
    p = parameters
    filler = p.text("recipe.film.filler")
    masses = {name: p[f"elements.{name}"] for name in ("sodium", "aluminium", "silicon", "oxygen")}
    content = exchangeable_sodium(
        p["recipe.film.filler_silicon_to_aluminium"],
        p[f"{filler}.tetrahedra_per_cell"],
        masses,
        p[f"{filler}.oxygen_per_cell"],
    )
    volume = float((structure["particle_fraction"] * structure["layer_thickness"]).sum())
    held = specific_capacity(content * p[f"{filler}.density"] * volume, 1.0)
    loading = p["recipe.cathode.loading"]
    sodium = p["recipe.cathode.sodium_content"]
    room = specific_capacity(p["pba.sodium_sites"] - sodium, _host_molar_mass(p) + sodium * masses["sodium"])
    return make_record(
        "scalars/1",
        sample=sample,
        instrument="arithmetic",
        variables={
            "sodium_content": ((), content, "mol/kg", "exchangeable sodium of the dry filler"),
            "supply_if_released": ((), held / loading, "A*s/kg", "charge per cathode mass if all of it were released"),
            # Not a result of a model but of charge conservation: what leaves as sodium must come back as sodium.
            "gives_net_sodium": ((), 0.0, "1", "net sodium from the filler, by charge balance"),
            "gives_sodium_if_released": (
                (),
                float(held > 0.0),
                "1",
                "sodium from the filler, were it released unreplaced",
            ),
            "room_in_cathode": ((), room, "A*s/kg", "charge per cathode mass that empty sites take up"),
            "supply_share": ((), held / loading / room, "1", "hypothetical supply over the room in the cathode"),
        },
        ancestry=p.ancestry([Ancestry.of([structure])]),
    )


def _host_molar_mass(p: Parameters) -> float:
    """Molar mass of Fe[Fe(CN)6] without sodium [kg mol-1]."""
    return sum(n * p[f"elements.{name}"] for name, n in HEXACYANOFERRATE.items())
