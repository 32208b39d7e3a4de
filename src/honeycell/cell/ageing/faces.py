"""What ageing needs to know of a film: how much liquid is free at each electrode, and how much sodium grows into it.

These numbers are all in which films differ for the mechanisms; they follow from the film's records by one rule for all films.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from honeycell.quantities.errors import InputError
from honeycell.quantities.value import Value

if TYPE_CHECKING:
    import xarray as xr

    from honeycell.data.parameters import Parameters

ORIENTATION = "recipe.cell.orientation"


@dataclass(frozen=True, slots=True)
class Faces:
    """Shares in [0, 1]: free (not wall-held) liquid at the cathode and at the sodium, and ``entered``, plated sodium inside the film.
    ``liquid``: all that the film holds [kg/m2].
    """

    free_at_cathode: float
    free_at_sodium: float
    entered: float
    liquid: float

    @classmethod
    def of(cls, parameters: Parameters, properties: xr.Dataset) -> Faces:
        """From the film's ``properties`` record, by the recipe's orientation.

        Notes
        -----
        Free liquid is the record's own. So is the sodium inside the film where growth was computed; else it is one of two assumed
        shares: sodium enters pores wider than its own deposit is, and stays under a film whose pores are narrower.

        Raises
        ------
        InputError : the record lacks a face, or the orientation names neither.
        """
        where = f"film record of {properties.attrs.get('sample', '?')}"
        cathode, sodium = sides(parameters.text(ORIENTATION))

        def scalar(name: str) -> float:
            if name not in properties.data_vars:
                raise InputError(f"no scalar {name!r}", where, "Make the record with honeycell.properties.")
            return float(properties[name])

        if "sodium_share_inside" in properties.data_vars:
            entered = scalar("sodium_share_inside")
        elif scalar(f"pore_diameter_{sodium}") > parameters["ageing.deposit_width"]:
            entered = parameters["ageing.sodium_inside_wide_pores"]
        else:
            entered = parameters["ageing.sodium_inside_narrow_pores"]
        free = {side: scalar(f"free_liquid_share_{side}") for side in (cathode, sodium)}
        return cls(free[cathode], free[sodium], entered, scalar("liquid_areal_mass"))


def sides(orientation: str) -> tuple[str, str]:
    """Which face of the film, ``"front"`` or ``"back"``, touches the cathode and which the sodium.

    Raises
    ------
    InputError : the text does not name one face for the sodium.

    >>> sides("back to sodium, front to cathode")
    ('front', 'back')
    """
    for part in orientation.lower().split(","):
        face, _, electrode = part.strip().partition(" to ")
        if electrode == "sodium" and face in ("front", "back"):
            return ("front", "back") if face == "back" else ("back", "front")
    raise InputError(
        f"orientation is {orientation!r}, which does not say what faces the sodium",
        ORIENTATION,
        "Write 'back to sodium, front to cathode' or 'front to sodium, back to cathode'.",
    )


def opposite(parameters: Parameters) -> Parameters:
    """The same values with the film turned round in the cell."""
    cathode, sodium = sides(parameters.text(ORIENTATION))
    return parameters.with_values({ORIENTATION: Value(f"{cathode} to sodium, {sodium} to cathode")})
