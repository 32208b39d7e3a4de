"""Own quenches of a campaign: one stage each, kept when the run is interrupted, and none where the library reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from honeycell.campaign import own_quenches as module
from honeycell.campaign.own_quenches import own_quenches
from honeycell.campaign.team import Team
from honeycell.quantities.record import make_record
from honeycell.recipe.library import load
from honeycell.runs import RunFolder

if TYPE_CHECKING:
    from pathlib import Path

RECIPES = [load("hj-4-6"), load("hj-1-9")]


def test_what_was_done_before_an_interruption_is_not_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[float] = []

    def run(recipe: Any, settings: dict[str, Any], number: int) -> dict[str, Any]:
        if number == 2 and len(done) == 1:
            done.append(0.0)
            raise KeyboardInterrupt
        done.append(settings["polymer"])
        record = make_record(
            "scalars/1", sample=recipe.name, instrument="quench", variables={"polymer": ((), settings["polymer"], "1")}
        )
        return {f"quench_{number}": record}  # fmt: skip

    monkeypatch.setattr(
        module, "wanted_of", lambda recipe: [{"polymer": x} for x in (0.02, 0.03)] * (recipe.name == "hj-1-9")
    )
    monkeypatch.setattr(module, "run_one", run)

    def campaign() -> dict[str, Any]:
        with RunFolder.open(tmp_path / "run", {}) as folder, Team(1) as team:
            return own_quenches(RECIPES, folder, "key", team, False)

    with pytest.raises(KeyboardInterrupt):
        campaign()
    found = campaign()
    assert done == [0.02, 0.0, 0.03]
    assert found["hj-4-6"] == {}
    assert [float(each["polymer"]) for each in found["hj-1-9"].values()] == [0.02, 0.03]
    again = campaign()
    assert len(done) == 3
    assert list(again["hj-1-9"]) == ["quench_1", "quench_2"]
