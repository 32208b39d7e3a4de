"""The equations and their derivatives as chains of plain numbers: several times faster to evaluate than the solver's own matrices.

A curve is looked up, which plain numbers cannot do. So its value stands in as a further input, and its slope joins by the chain rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import casadi
import pybamm

from honeycell.cell.curve import CURVE, spline

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Plain(pybamm.Function):
    """A symbol that is evaluated in plain numbers."""

    def __init__(self, symbol: Any) -> None:
        super().__init__(lambda value: value, symbol, name="plain")

    def _function_new_copy(self, children: list[Any]) -> Plain:
        return Plain(*children)

    def _casadi_evaluate(self, *converted_children: Any) -> Any:
        return plain(*converted_children)


def plain(expression: Any) -> Any:
    """The same as ``expression``, in plain numbers but for its curves."""
    symbols, curves = casadi.symvar(expression), list(_curves(expression))
    return _function([expression], symbols, curves)(*symbols, *curves)


def jacobian(expression: Any, y: Any) -> Any:
    """Of ``expression`` over ``y``, sparse, as an expression of the same symbols."""
    symbols = casadi.symvar(casadi.veccat(expression, y))
    curves = list(_curves(expression))
    calls = [node.dep(0) for node in curves]
    function = _function([expression, y, *(call.dep(0) for call in calls)], symbols, curves)
    inputs = function.sx_in()
    slopes = [casadi.SX.sym(f"slope {i}", node.shape[0]) for i, node in enumerate(curves)]
    found, over, *places = function.call(inputs)
    result = casadi.jacobian(found, over)
    for at, stand_in, slope in zip(places, inputs[len(symbols) :], slopes, strict=True):
        result += casadi.jacobian(found, stand_in) @ casadi.diag(slope) @ casadi.jacobian(at, over)
    whole = casadi.Function("jacobian", [*inputs, *slopes], [casadi.cse(casadi.sparsify(result))])
    known = [spline(*(call.dep(i).shape[0] for i in range(2)))(call.dep(0), call.dep(1)) for call in calls]
    return whole(*symbols, *(value for value, _ in known), *(slope for _, slope in known))


def _function(wanted: list[Any], symbols: Sequence[Any], curves: Sequence[Any]) -> Any:
    """Function of ``symbols`` and of the values of ``curves``."""
    stand_ins = [casadi.MX.sym(f"curve {i}", node.shape[0]) for i, node in enumerate(curves)]
    replaced: Any = casadi.graph_substitute(wanted, list(curves), stand_ins) if curves else wanted
    function = casadi.Function("plain", [*symbols, *stand_ins], replaced).expand()
    inputs = function.sx_in()
    return casadi.Function("plain", inputs, casadi.cse(function.call(inputs)))


def _curves(expression: Any) -> Iterator[Any]:
    """Values of curves in the expression's graph, each once."""
    seen: set[int] = set()
    left = [expression]
    while left:
        node = left.pop()
        if hash(node) in seen:
            continue
        seen.add(hash(node))
        children = [node.dep(i) for i in range(node.n_dep())]
        if node.is_output() and children[0].is_call() and children[0].which_function().name() == CURVE:
            yield node
        left += children
