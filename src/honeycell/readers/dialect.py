"""The words of one maker's cyclers: what its labels and states mean, and which tables are its own."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from honeycell.readers.vocabulary import Meaning, Vocabulary

CLOCK_UNIT = re.compile(
    r"\s*[/(\[（]?\s*(?:d[d. :])?h+(?:our)?:m+(?:in)?:s+(?:ec)?(?:[.:]m?s+)?\s*[)\]）]?\s*$", re.IGNORECASE
)
KEPT = re.compile(  # columns that are no use here, though well known
    r"dq\S{0,4}/?dv|dv/?dq|speenergy|spec\w*[. ]*energy|cmpeng|比能量|power|功率|soc|dod|resist|dcir|acr|内阻|pressure|压力|"
    r"channel|通道|aux|辅助|temperature|temp|温度|\bt\d+\b|(?:min|max|avg)-t\b|efficiency|效率|capacitance|电容|medvolt|startvolt|"
    r"endvolt|period|contact|接触|specap|scap|spec[. ]*cap|cmpcap|density|jump|start-stop|启停|alarm|报警",
    re.IGNORECASE,
)
CLOCKS = ("test_time", "step_time")
BARE = ("record", "cycle", "step", "state", "moment")  # need no unit
DIMENSIONS = {
    "record": "count",
    "cycle": "count",
    "step": "count",
    "test_time": "time",
    "step_time": "time",
    "voltage": "voltage",
    "current": "current",
    "step_capacity": "charge",
    "charge_capacity": "charge",
    "discharge_capacity": "charge",
    "specific_capacity": "specific charge",
    "specific_charge_capacity": "specific charge",
    "specific_discharge_capacity": "specific charge",
    "step_energy": "energy",
    "charge_energy": "energy",
    "discharge_energy": "energy",
    "temperature": "temperature",
}
_DISCHARGE = re.compile(r"放电|dis|dchg|^d($|[_ -])|^(cc|cv|cp|cr|cccv|cl)d$|^d(c|cc|cv|p|r|l)$")
_CHARGE = re.compile(r"充电|cha|chg|^c($|[_ -])|^(cc|cv|cp|cr|cccv|cl)c$")
_REST = re.compile(r"^r($|[_ -])|rest|静置|搁置|休眠|开路|ocv|pause|暂停|idle|stop|停止|finish|完成|结束")


@dataclass(frozen=True)
class Dialect:
    """One maker's words.

    Parameters
    ----------
    maker : as a chemist calls it.
    vocabulary : labels to quantities, of dimensions :data:`DIMENSIONS`.
    is_heading : True for the labels of a table of records in this maker's words.
    needed : words in lower case one of which any of its texts holds.
    """

    maker: str
    vocabulary: Vocabulary
    is_heading: Callable[[tuple[str, ...]], bool]
    needed: tuple[str, ...]

    def meaning(self, label: str) -> Meaning | None:
        """What a column is, None where that is unknown or its unit does not suit; a clock's label such as ``Time(h:m:s)`` has no unit."""
        return self.vocabulary.meaning(without_clock(label))

    def means(self, label: str, quantity: str) -> bool:
        """True for a column of that quantity, whatever its unit."""
        found = self.meaning(label)
        return found is not None and found.quantity == quantity


def without_clock(label: str) -> str:
    """The label without a unit such as ``(h:min:s.ms)``."""
    return CLOCK_UNIT.sub("", label)


def bare_word(label: str) -> str:
    """The label without its unit, as it is written; a label of the Battery Data Format stays whole."""
    text = without_clock(unicodedata.normalize("NFKC", label).strip())
    return re.split(r"[/(\[]", text, maxsplit=1)[0].strip() if " / " not in text else text


def direction(state: str) -> float:
    """1 for words that mean charge, -1 discharge, 0 rest, nan for any other.

    >>> direction("C_CC"), direction("CCCV_DChg"), direction("恒流放电"), direction("R"), direction("CC Chg"), direction("CC")
    (1.0, -1.0, -1.0, 0.0, 1.0, nan)
    """
    word = unicodedata.normalize("NFKC", state).strip().lower()
    for pattern, sign in ((_DISCHARGE, -1.0), (_CHARGE, 1.0), (_REST, 0.0)):
        if pattern.search(word):
            return sign
    return float("nan")
