"""Circuits put together from elements in series and in parallel, and the text that describes them.

The notation: elements one after the other or joined by ``-`` are in series; ``( )`` holds parallel branches, ``[ ]`` a series inside
a branch. Branches are separated by a space or a comma; ``-`` binds tighter. A letter ``p`` before the bracket and numbers after the symbols
are allowed, so that the notations of other programs read as well: these are the same circuit.

>>> for text in ("R-(R CPE)-([R W] CPE)", "R0-p(R1,CPE1)-p(R2-W2,CPE2)", "R(RQ)([RW]Q)"):
...     print(parse_circuit(text).text)
R0-(R1 CPE1)-([R2 W1] CPE2)
R0-(R1 CPE1)-([R2 W1] CPE2)
R0-(R1 CPE1)-([R2 W1] CPE2)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.analysis.impedance.elements import ELEMENTS, Angular, Element, Parameter
from honeycell.quantities.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Complexes = NDArray[np.complexfloating[Any, Any]]

ALIASES = {"Q": "CPE"}
SYMBOL = re.compile(r"(CPE|Wo|Ws|[RCLWQG])_?\d*")
LONGEST = 400
MOST_ELEMENTS = 24
LARGEST = 700.0  # exponent of a float


@dataclass(frozen=True)
class Leaf:
    """An element in its place: ``first`` is where its parameters begin."""

    element: Element
    first: int
    label: str

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """Elements in the order of the text."""
        return (self,)

    @property
    def span(self) -> slice:
        """Columns of its parameters."""
        return slice(self.first, self.first + len(self.element.parameters))

    @property
    def text(self) -> str:
        """Text in the normal form."""
        return self.label

    @property
    def shape(self) -> str:
        """Text without numbers: equal for two branches of the same make."""
        return self.element.symbol

    def impedance(self, x: Floats, w: Angular, slopes: Complexes | None) -> Complexes:
        """Z (b, n); d Z / d x into ``slopes`` (b, k, n)."""
        own = None if slopes is None else slopes[:, self.span]
        value = self.element.value(x[:, self.span], w, own)
        if not self.element.admittance:
            return value
        Z = 1.0 / value
        if own is not None:
            own *= -((Z * Z)[:, None, :])
        return Z


@dataclass(frozen=True)
class Series:
    """Impedances add."""

    parts: tuple[Node, ...]

    @cached_property
    def leaves(self) -> tuple[Leaf, ...]:
        """Elements in the order of the text."""
        return tuple(leaf for part in self.parts for leaf in part.leaves)

    @property
    def span(self) -> slice:
        """Columns of its parameters."""
        return slice(self.leaves[0].span.start, self.leaves[-1].span.stop)

    @property
    def text(self) -> str:
        """Text in the normal form."""
        return "-".join(part.text for part in self.parts)

    @property
    def shape(self) -> str:
        """Text without numbers: equal for two of the same make."""
        return "-".join(part.shape for part in self.parts)

    def impedance(self, x: Floats, w: Angular, slopes: Complexes | None) -> Complexes:
        """See :meth:`Leaf.impedance`."""
        total = self.parts[0].impedance(x, w, slopes)
        for part in self.parts[1:]:
            total = total + part.impedance(x, w, slopes)
        return total


@dataclass(frozen=True)
class Parallel:
    """Admittances add."""

    parts: tuple[Node, ...]

    leaves = Series.leaves
    span = Series.span

    @property
    def text(self) -> str:
        """Text in the normal form."""
        inner = (f"[{_spaced(part)}]" if isinstance(part, Series) else part.text for part in self.parts)
        return f"({' '.join(inner)})"

    @property
    def shape(self) -> str:
        """Text without numbers: equal for two of the same make."""
        return f"({' '.join(f'[{part.shape}]' if isinstance(part, Series) else part.shape for part in self.parts)})"

    def impedance(self, x: Floats, w: Angular, slopes: Complexes | None) -> Complexes:
        """See :meth:`Leaf.impedance`."""
        total: Complexes = np.zeros((1, 1), dtype=complex)
        squares = []
        for part in self.parts:
            if isinstance(part, Leaf) and part.element.admittance:
                Y = part.element.value(x[:, part.span], w, None if slopes is None else slopes[:, part.span])
                squares.append(None)
            else:
                Y = 1.0 / part.impedance(x, w, slopes)
                squares.append(Y)
            total = total + Y
        Z = 1.0 / total
        if slopes is not None:
            for part, Y in zip(self.parts, squares, strict=True):
                # dZ = -Z^2 dY, and dY = -Y^2 dZ_branch where the branch gave its impedance
                factor = -(Z * Z) if Y is None else (Z * Y) ** 2
                slopes[:, part.span] *= factor[:, None, :]
        return Z


Node = Leaf | Series | Parallel


@dataclass(frozen=True)
class Arc:
    """A resistance with a capacitance beside it: places of the parameters R, C or Q, and alpha (None for a capacitor).

    ``tail`` is the label of a diffusion element in series with R, or empty.
    """

    resistance: int
    capacity: int
    exponent: int | None
    tail: str


@dataclass(frozen=True)
class Circuit:
    """A parsed circuit. ``text`` is its normal form, ``shape`` the same without numbers."""

    root: Node

    @cached_property
    def text(self) -> str:
        """Text in the normal form."""
        return self.root.text

    @cached_property
    def shape(self) -> str:
        """Text without numbers: equal for two of the same make."""
        return self.root.shape

    @cached_property
    def leaves(self) -> tuple[Leaf, ...]:
        """Elements in the order of the text."""
        return self.root.leaves

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """Every parameter, in the order of ``names``."""
        return tuple(parameter for leaf in self.leaves for parameter in leaf.element.parameters)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """``R0``, ``CPE1_Q``, ``CPE1_alpha`` ...: the label alone where an element has one parameter."""
        return tuple(
            leaf.label if len(leaf.element.parameters) == 1 else f"{leaf.label}_{parameter.name}"
            for leaf in self.leaves
            for parameter in leaf.element.parameters
        )

    @cached_property
    def units(self) -> tuple[str, ...]:
        """Units of the values."""
        return tuple(parameter.unit for parameter in self.parameters)

    @cached_property
    def blocks(self) -> tuple[Node, ...]:
        """What stands in series at the top level."""
        return self.root.parts if isinstance(self.root, Series) else (self.root,)

    @cached_property
    def powers(self) -> Floats:
        """How each parameter scales with the circuit's impedance: 1, -1 or 0."""
        return np.array([parameter.power for parameter in self.parameters], dtype=float)

    @cached_property
    def arcs(self) -> tuple[Arc, ...]:
        """Every arc, in the order of the text."""
        return tuple(_arcs(self.root))

    def evaluate(self, x: Floats, w: Angular, *, slopes: bool = False) -> tuple[Complexes, Complexes | None]:
        """Z (b, n) at fitted numbers ``x`` (b, k), and d Z / d x (b, k, n) when asked for."""
        shape = (len(x), len(self.parameters), w.omega.shape[1])
        space = np.empty(shape, dtype=complex) if slopes else None
        with np.errstate(over="ignore", invalid="ignore", divide="ignore", under="ignore"):
            Z = self.root.impedance(x, w, space)
        return np.broadcast_to(Z, (shape[0], shape[2])), space

    def impedance(self, frequency: Floats, values: Floats) -> Complexes:
        """Impedance [ohm] at ``frequency`` [Hz] (n,) with physical parameter ``values`` (k,) in the order of ``names``.

        >>> parse_circuit("R-(R C)").impedance(np.array([1e-9, 1e9]), np.array([1.0, 2.0, 1e-3])).real.round(6).tolist()
        [3.0, 1.0]
        """
        w = Angular(2.0 * np.pi * np.asarray(frequency, float)[None, :])
        return self.evaluate(self.inside(np.asarray(values, float))[None, :], w)[0][0]

    def inside(self, values: Floats) -> Floats:
        """Fitted numbers of physical values (..., k)."""
        low, width, bounded = self._bounds
        share = np.clip((values - low) / width, 1e-6, 1.0 - 1e-6)
        return np.where(bounded, np.log(share / (1.0 - share)), np.log(np.where(bounded, 1.0, values)))

    def outside(self, x: Floats) -> Floats:
        """Physical values of fitted numbers (..., k)."""
        low, width, bounded = self._bounds
        return np.where(bounded, low + width * _share(x, bounded), _exp(x, bounded))

    def outside_slope(self, x: Floats) -> Floats:
        """Derivatives of the values with respect to the fitted numbers (..., k)."""
        _, width, bounded = self._bounds
        return np.where(bounded, width * self.steepness(x), _exp(x, bounded))

    def steepness(self, x: Floats) -> Floats:
        """Derivatives of the share between their bounds of bounded parameters (..., k); 1 for the others."""
        bounded = self._bounds[2]
        share = _share(x, bounded)
        return np.where(bounded, share * (1.0 - share), 1.0)

    @property
    def bounded(self) -> NDArray[np.bool_]:
        """Which parameters lie between two bounds (k,)."""
        return self._bounds[2]

    @cached_property
    def _bounds(self) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        bounded = np.array([p.bounded for p in self.parameters])
        low = np.array([p.low for p in self.parameters])
        width = np.array([p.high - p.low if p.bounded else 1.0 for p in self.parameters])
        return low, width, bounded


def _share(x: Floats, bounded: NDArray[np.bool_]) -> Floats:
    return 1.0 / (1.0 + np.exp(-np.where(bounded, np.clip(x, -LARGEST, LARGEST), 0.0)))


def _exp(x: Floats, bounded: NDArray[np.bool_]) -> Floats:
    return np.exp(np.where(bounded, 0.0, np.clip(x, -LARGEST, LARGEST)))


def _arcs(node: Node) -> list[Arc]:
    if isinstance(node, Leaf):
        return []
    found = [arc for part in node.parts for arc in _arcs(part)]
    if isinstance(node, Parallel):
        capacities = [p for p in node.parts if isinstance(p, Leaf) and p.element.symbol in ("C", "CPE")]
        others = [p for p in node.parts if p not in capacities]
        if len(capacities) == len(others) == 1:
            branch = others[0].parts if isinstance(others[0], Series) else (others[0],)
            resistors = [p for p in branch if isinstance(p, Leaf) and p.element.symbol == "R"]
            tails = [p.label for p in branch if isinstance(p, Leaf) and p.element.symbol in ("W", "Wo", "Ws", "G")]
            if len(resistors) == 1:
                place = capacities[0].first
                constant_phase = capacities[0].element.symbol == "CPE"
                arc = Arc(resistors[0].first, place, place + 1 if constant_phase else None, "".join(tails[:1]))
                found.insert(0, arc)
    return found


@cache
def parse_circuit(text: str) -> Circuit:
    """Circuit of its text; see the module for the notation.

    Elements are numbered afresh: the first resistor of the top series is R0, everything else from 1.

    Raises
    ------
    InputError : unknown element, unbalanced or empty brackets, too long; with the place in the text.

    >>> parse_circuit("R-(R C)-W").names
    ('R0', 'R1', 'C1', 'W1')
    """
    return Circuit(_Parser(text).parse())


class _Parser:
    """Recursive descent over the tokens; builds labels and parameter places on the way."""

    def __init__(self, text: str) -> None:
        self.text, self.place, self.columns = text, 0, 0
        self.counts: dict[str, int] = {}
        if len(text) > LONGEST:
            raise self.error(f"is {len(text)} characters long")

    def error(self, what: str) -> InputError:
        known = ", ".join(f"{symbol} ({element.title})" for symbol, element in ELEMENTS.items())
        shown = self.text if len(self.text) <= 60 else self.text[:57] + "..."
        return InputError(
            f"circuit {shown!r} {what}", "circuit", f"Write e.g. 'R-(R CPE)-([R W] CPE)'. Elements: {known}."
        )

    def parse(self) -> Node:
        self.skip()
        node = self.sequence("")
        if self.place < len(self.text):
            raise self.error(f"has an unexpected {self.text[self.place]!r} at character {self.place + 1}")
        return node

    def skip(self) -> None:
        while self.place < len(self.text) and self.text[self.place].isspace():
            self.place += 1

    def peek(self) -> str:
        return self.text[self.place] if self.place < len(self.text) else ""

    def sequence(self, end: str) -> Node:
        """Items in series up to ``end``; spaces and dashes both join them."""
        parts = [self.item(end == "")]
        self.skip()
        while self.peek() not in ("", end):
            if self.peek() in "-,":
                if self.peek() == ",":
                    raise self.error(f"has a comma outside ( ) at character {self.place + 1}")
                self.place += 1
                self.skip()
            parts.append(self.item(end == ""))
            self.skip()
        return _series(parts)

    def branches(self) -> Node:
        """Parallel branches up to the closing bracket."""
        parts: list[Node] = []
        self.skip()
        while self.peek() != ")":
            branch = [self.item(False)]
            self.skip()
            while self.peek() == "-":
                self.place += 1
                self.skip()
                branch.append(self.item(False))
                self.skip()
            parts.append(_series(branch))
            if self.peek() == ",":
                self.place += 1
                self.skip()
                if self.peek() == ")":
                    raise self.error(f"has an empty branch at character {self.place + 1}")
        self.place += 1
        return Parallel(tuple(parts)) if len(parts) > 1 else parts[0]

    def item(self, top: bool) -> Node:
        if self.peek() == "":
            raise self.error("ends too early")
        if self.text.startswith(("p(", "p ("), self.place):
            self.place = self.text.index("(", self.place)
        start = self.place
        if self.peek() in "([":
            opening = self.peek()
            self.place += 1
            self.skip()
            if self.peek() in ")]":
                raise self.error(f"has empty brackets at character {start + 1}")
            if opening == "(":
                return self.branches()
            node = self.sequence("]")
            if self.peek() != "]":
                raise self.error(f"has no ']' for the '[' at character {start + 1}")
            self.place += 1
            return node
        match = SYMBOL.match(self.text, self.place)
        if not match:
            raise self.error(f"has no element at character {start + 1} ({self.text[start : start + 8]!r})")
        self.place = match.end()
        return self.leaf(ALIASES.get(match[1], match[1]), top)

    def leaf(self, symbol: str, top: bool) -> Leaf:
        element = ELEMENTS[symbol]
        if sum(self.counts.values()) >= MOST_ELEMENTS:
            raise self.error(f"has more than {MOST_ELEMENTS} elements")
        if top and symbol == "R" and "R0" not in self.counts:
            self.counts["R0"], label = 1, "R0"
        else:
            self.counts[symbol] = self.counts.get(symbol, 0) + 1
            label = f"{symbol}{self.counts[symbol]}"
        leaf = Leaf(element, self.columns, label)
        self.columns += len(element.parameters)
        return leaf


def _spaced(series: Series) -> str:
    return " ".join(part.text for part in series.parts)


def _series(parts: list[Node]) -> Node:
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, Series) else (part,))]
    return Series(tuple(flat)) if len(flat) > 1 else flat[0]
