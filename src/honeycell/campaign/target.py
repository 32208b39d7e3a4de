"""A claim as a number to be met by a fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from honeycell.ledger.claims import paper_claims
from honeycell.quantities.errors import InputError
from honeycell.quantities.units import conversion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from honeycell.campaign.group import Group
    from honeycell.ledger.claims import Claim

SOFTNESS = 0.1  # a claim printed without tolerance is taken as known to a tenth


@dataclass(frozen=True)
class Target:
    """``address`` of our number, to be ``value`` within ``sigma``, all in the claim's unit; ``side`` of a bound, else empty."""

    claim: str
    address: str
    unit: str
    value: float
    sigma: float
    side: str

    @property
    def said(self) -> str:
        """What was claimed, in words."""
        return f"{self.side} {self.value:g}" if self.side else f"{self.value:g} +- {self.sigma:g}"

    def ours(self, found: Mapping[str, float]) -> float:
        """Our number in the claim's unit."""
        scale, offset, _ = conversion(self.unit or "1")
        return (found[self.address] - offset) / scale

    def residual(self, found: Mapping[str, float]) -> float:
        """Distance in ``sigma``; 0 for a bound that is met."""
        gap = self.ours(found) - self.value
        met = (self.side == ">" and gap > 0.0) or (self.side == "<" and gap < 0.0)
        return 0.0 if met else gap / self.sigma


def targets_of(group: Group) -> tuple[Target, ...]:
    """The group's claims as numbers to meet: half the width is the tolerance of a range.

    Raises
    ------
    InputError : a claim that does not exist, is no number, or is not of the group's samples.
    """
    claims = {claim.id: claim for claim in paper_claims()}
    return tuple(_target(claims.get(each), each, group) for each in group.claims)


def _target(claim: Claim | None, name: str, group: Group) -> Target:
    where = f"group {group.name}, claim {name}"
    if claim is None or not claim.readings or claim.kind not in ("value", "bound", "range"):
        raise InputError("cannot be fitted to", where, "Name a value, bound or range that has a reading.")
    reading = claim.readings[0]
    if reading.quantity.split("/")[0] not in group.samples or reading.versus or reading.over:
        raise InputError(f"reads {reading.quantity or reading.text}, which is no plain number of its samples", where)
    if isinstance(claim.value, tuple):
        low, high = claim.value
        return Target(claim.id, reading.quantity, claim.unit, 0.5 * (low + high), 0.5 * (high - low), "")
    if not isinstance(claim.value, float):
        raise InputError("claims no number", where)
    sigma = claim.tolerance or SOFTNESS * abs(claim.value)
    return Target(claim.id, reading.quantity, claim.unit, claim.value, sigma, claim.side)
