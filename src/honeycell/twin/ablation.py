"""What each mechanism of ageing contributes: the same life with one of them left out, with the film turned round, and with a flooded film."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from honeycell.cell.ageing import mechanisms
from honeycell.cell.ageing.cathode_loss import CathodeLoss
from honeycell.cell.ageing.faces import Faces, opposite
from honeycell.cell.ageing.interface import Interface
from honeycell.instruments.life_test import LifeTest, variable_name
from honeycell.quantities.record import Ancestry, make_record
from honeycell.twin.lives import BRIEF, BRIEF_ROWS, KEYS, WORKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import xarray as xr

    from honeycell.cell.model import HalfCell
    from honeycell.data.parameters import Parameters
    from honeycell.twin.bench import Bench
    from honeycell.twin.marks import Records

AS_BUILT, FLIPPED, FLOODED = "as built", "flipped", "flooded"
LOSS = CathodeLoss.name
WIDE = "ageing.sodium_inside_wide_pores"
RIVALS = ("vapour-loss", "solvent-reduction")  # what liquids are said to die of when hot
MAIN = 0.5  # share of the fade from which a mechanism is its main cause


def ablation(bench: Bench) -> Records:
    """Record ``ablation``: discharge capacity over the life at the recipe's temperature, one row per variant, and what follows from it.

    Variants are the cell as built, ``flipped`` with the film's faces exchanged, ``flooded`` with free liquid and wide pores at both faces,
    so that only the film's transport is left of it, and ``without ...`` each mechanism; briefly the first three, and none of a bought
    separator, whose faces are alike. ``drying_ends_life`` tells whether vapour and reactions of the liquid, at the rates of the tables and
    beside the usual mechanisms, leave less than half of the capacity at the hottest of the recipe's temperatures; not told briefly.
    """
    view = bench.parameters.view()
    if any(key not in view for key in KEYS) or (bench.brief and view.text("recipe.film.kind") != "cast"):
        return {}
    temperatures, counts, _ = (view.numbers(key) for key in KEYS)
    own = view["recipe.cell.temperature"]
    count = next((int(n) for t, n in zip(temperatures, counts, strict=True) if abs(t - own) < 0.5), int(counts[0]))
    found: dict[str, xr.Dataset] = {}
    if bench.brief and own in bench.lived:  # a resumed run has no lives at hand, and must end in the same numbers
        found[AS_BUILT] = bench.lived[own]
    for name, cell in _variants(bench):
        if name in found:
            continue
        record = LifeTest(count, (), BRIEF, BRIEF_ROWS).measure(
            cell(), bench.parameters.view(), sample=bench.recipe.name, rng=bench.rng("ablation")
        )
        found[name] = record
    record = _record(bench, found)
    if not bench.brief:
        hottest = int(np.argmax(temperatures))
        ends, text = _dried(bench, temperatures[hottest], int(counts[hottest])), "drying leaves less than half when hot"
        record["drying_ends_life"] = ((), ends, {"units": "1", "long_name": text})
    return {"ablation": record}


def _dried(bench: Bench, temperature: float, count: int) -> float:
    """1 where the liquid's loss takes half of what the cell has at the end of its life at ``temperature`` [K], else 0."""
    left = []
    for also in ((), RIVALS):
        view = bench.at(temperature).view()
        cell = bench.built(view, mechanisms(view, bench.properties, also=also))
        life = LifeTest(count, (), BRIEF, BRIEF_ROWS).measure(
            cell, view, sample=bench.recipe.name, rng=bench.rng("ablation")
        )
        left.append(float(life["discharge_capacity"].values[-1]))
    return float(left[1] < WORKING * left[0])


def _variants(bench: Bench) -> Iterator[tuple[str, Callable[[], HalfCell]]]:
    p = bench.parameters

    def cell(
        parameters: Parameters = p, faces: Faces | None = None, without: tuple[str, ...] = ()
    ) -> Callable[[], HalfCell]:
        def build() -> HalfCell:
            view = parameters.view()
            ageing = mechanisms(view, bench.properties, without=without, faces=faces)
            return bench.built(view, ageing)

        return build

    yield AS_BUILT, bench.half_cell
    yield FLIPPED, cell(opposite(p))
    own = Faces.of(p, bench.properties)
    yield FLOODED, cell(faces=replace(own, free_at_cathode=1.0, free_at_sodium=1.0, entered=p[WIDE]))
    if not bench.brief:
        for name in (each.name for each in bench.half_cell().mechanisms):
            yield f"without {name}", cell(without=(name,))


def _record(bench: Bench, found: dict[str, xr.Dataset]) -> xr.Dataset:
    names = list(found)
    first = int(found[AS_BUILT]["reference_cycle"]) - 1
    capacity = np.array([record["discharge_capacity"].values[first:] for record in found.values()])
    retention = capacity / capacity[:, :1]
    last = dict(zip(names, retention[:, -1].tolist(), strict=True))
    lost = {name: 1.0 - float(np.exp(-_end(found[name]))) for name in (AS_BUILT, FLIPPED)}
    fade = 1.0 - last[AS_BUILT]

    def main(name: str) -> float:
        return float((last[f"without {name}"] - last[AS_BUILT]) > MAIN * fade)

    scalars = {f"retention_{_plain(name)}": (value, "retention at the end of life") for name, value in last.items()}
    scalars |= {f"cathode_lost_{_plain(name)}": (value, "cathode lost by then") for name, value in lost.items()}
    scalars |= {
        "longer_life_as_built": (float(last[AS_BUILT] > last[FLIPPED]), "retains more than with the film turned round"),
        "faces_keep_capacity": (float(last[AS_BUILT] > last[FLOODED]), "retains more than with free liquid at both faces"),
    }  # fmt: skip
    for each in bench.half_cell().mechanisms:
        if isinstance(each, Interface):
            scalars["faces_lower_resistance"] = (
                float(each.factor < 1.0),
                "sodium's interface resists less than flooded",
            )
    if f"without {LOSS}" in last:
        scalars["cathode_loss_main_cause"] = (main(LOSS), "more than half of the fade is gone without cathode loss")
    mass = float(found[AS_BUILT]["active_mass"])
    return make_record(
        "scalars/1",
        sample=bench.recipe.name,
        instrument="ablation",
        coordinates={
            "variant": ("variant", np.array(names, dtype=object), "1"),
            "cycle": ("cycle", np.arange(1.0, capacity.shape[1] + 1.0), "1", "cycle at the main rate"),
        },
        variables={
            "discharge_capacity": (("variant", "cycle"), capacity / mass, "A*s/kg", "discharge capacity"),
            **{name: ((), value, "1", text) for name, (value, text) in scalars.items()},
        },
        ancestry=Ancestry.of(found.values()),
    )


def _end(record: xr.Dataset) -> float:
    name = variable_name(CathodeLoss.state_name)
    return float(record[name].values[-1]) if name in record.data_vars else 0.0


def _plain(name: str) -> str:
    return name.replace(" ", "_").replace("-", "_")
