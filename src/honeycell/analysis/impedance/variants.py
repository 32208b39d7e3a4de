"""Variants of a fitted circuit, each with the numbers from which its own fit begins: (text, (1, k)), or None where there is none."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from honeycell.analysis.impedance.circuit import Leaf, parse_circuit
from honeycell.analysis.impedance.elements import ELEMENTS
from honeycell.analysis.impedance.member import DIFFUSION, MOST_ARCS, Member

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from honeycell.analysis.impedance.fit import Fit

    Floats = NDArray[np.float64]

FIRST_INDUCTANCE = 0.05  # share of the modulus at the highest frequency
NEARLY_ONE = 0.9  # exponents above this are tried as one
TOP = 2.54  # omega tau at the top of the arc of R tanh(u)/u, u = (j omega tau)**1/2
FLAT = 0.85  # exponent of an arc about as flat
CONSTANT_PHASE = ELEMENTS["CPE"].parameters[1]


def with_tail_moved(fit: Fit) -> tuple[str, Floats] | None:
    """Diffusion from in series into the slowest arc, or out of its arc."""
    tails = [leaf for leaf in fit.circuit.leaves if leaf.element.symbol in DIFFUSION]
    if len(tails) != 1 or not fit.circuit.arcs:
        return None
    tail = tails[0]
    nested = any(arc.tail for arc in fit.circuit.arcs)
    if any(arc.exponent is None for arc in fit.circuit.arcs):
        return None
    # arcs as they are but the slowest last, which is where a tail inside stands
    head = [fit.x[leaf.span] for leaf in fit.circuit.blocks if isinstance(leaf, Leaf) and leaf is not tail]
    body = [
        fit.x[[arc.resistance, arc.capacity, arc.exponent]]
        for arc in (fit.circuit.arcs[i] for i in np.argsort(fit.times))
    ]
    own = fit.x[tail.span]
    member = Member(
        len(body), tail.element.symbol if nested else f"[{tail.element.symbol}]", fit.circuit.shape.startswith("L-")
    )
    if nested:
        return member.circuit.text, np.concatenate([*head, *body, own])[None, :]
    last = body.pop()
    return member.circuit.text, np.concatenate([*head, *body, last[:1], own, last[1:]])[None, :]


def with_arc_for_diffusion(fit: Fit) -> tuple[str, Floats] | None:
    """An arc in place of diffusion of finite length, whose own flat arc can stand for one with a number less."""
    finite = [leaf for leaf in fit.circuit.leaves if leaf.element.symbol == "Ws"]
    if len(finite) != 1 or len(fit.circuit.arcs) >= MOST_ARCS:
        return None
    tail = finite[0]
    texts: list[str] = []
    columns: list[Floats] = []
    for block in fit.circuit.blocks:
        arc = next((arc for arc in fit.circuit.arcs if block.span.start <= arc.resistance < block.span.stop), None)
        if arc is not None:
            texts.append("(R C)" if arc.exponent is None else "(R CPE)")
            columns.append(
                fit.x[[place for place in (arc.resistance, arc.capacity, arc.exponent) if place is not None]]
            )
        elif block is not tail:
            texts.append(block.shape)
            columns.append(fit.x[block.span])
    R, log_tau = fit.x[tail.span]
    inner = float(CONSTANT_PHASE.inside(np.array(FLAT)))
    columns.append(np.array([R, FLAT * (log_tau - math.log(TOP)) - R, inner]))
    return parse_circuit("-".join([*texts, "(R CPE)"])).text, np.concatenate(columns)[None, :]


def without_unknown(fit: Fit) -> tuple[str, Floats] | None:
    """Without the block at the top level that the data determine least, where they do not determine it."""
    blocks, spread = fit.circuit.blocks, np.isinf(fit.standard_errors)
    lost = [
        block for block in blocks if spread[block.span].any() and not (isinstance(block, Leaf) and block.label == "R0")
    ]
    if not lost or len(blocks) < 3:
        return None
    errors = np.sqrt(np.diag(fit.covariance))
    worst = max(lost, key=lambda block: float(errors[block.span].max()))
    kept = [block for block in blocks if block is not worst]
    x = np.concatenate([fit.x[block.span] for block in kept])
    return parse_circuit("-".join(block.text for block in kept)).text, x[None, :]


def with_inductance(fit: Fit) -> tuple[str, Floats] | None:
    """An inductance in front."""
    if "L" in fit.circuit.shape:
        return None
    highest = int(np.argmax(fit.spectrum.frequency))
    f, Z = fit.spectrum.frequency[highest], fit.spectrum.impedance[highest]
    size = math.log(FIRST_INDUCTANCE * abs(Z) / (2.0 * math.pi * f))
    return parse_circuit(f"L-{fit.circuit.text}").text, np.concatenate([[size], fit.x])[None, :]


def without_inductance(fit: Fit) -> tuple[str, Floats] | None:
    """Without the inductance in front."""
    if not fit.circuit.shape.startswith("L-"):
        return None
    return parse_circuit(fit.circuit.text.split("-", 1)[1]).text, fit.x[None, 1:]


def with_capacitor(fit: Fit) -> tuple[str, Floats] | None:
    """A capacitor for the constant-phase element whose exponent is nearest to one."""
    exponents = {arc.exponent: i for i, arc in enumerate(fit.circuit.arcs) if arc.exponent is not None}
    if not exponents:
        return None
    exponent = max(exponents, key=lambda place: fit.values[place])
    if fit.values[exponent] < NEARLY_ONE:
        return None
    which = exponents[exponent]
    arc = fit.circuit.arcs[which]
    label = next(leaf.label for leaf in fit.circuit.leaves if leaf.first == arc.capacity)
    before, after = fit.circuit.text.split(label, 1)
    x = fit.x.copy()
    x[arc.capacity] = fit.times[which] - x[arc.resistance]
    return parse_circuit(f"{before}C{after}").text, np.delete(x, exponent)[None, :]
