"""Stages of a run that yield records: made where they are not whole yet, side by side, and always as read back from the folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from honeycell.campaign.team import Team
    from honeycell.runs import RunFolder
    from honeycell.twin import Records


@dataclass(frozen=True)
class Stages:
    """``key`` is the hash of all that stages depend on; ``advance`` is told of each that is whole."""

    folder: RunFolder
    key: str
    team: Team
    advance: Callable[..., None]

    def records(
        self, parts: Sequence[str], calls: Sequence[tuple[Any, ...]], make: Callable[..., Records]
    ) -> list[Records]:
        """Records of ``make(*call)`` for each call, whose first argument is the recipe; ``parts`` name the stages."""
        names = [f"{part} {call[0].name}" for part, call in zip(parts, calls, strict=True)]
        missing = [place for place, name in enumerate(names) if not self.folder.stage(name, self.key)]
        self.advance(len(calls) - len(missing))
        for place, found in self.team.each(make, [calls[place] for place in missing]):
            self._finish(names[missing[place]], calls[missing[place]][0].name, found)
            self.advance()
        return [self._read(name, call[0].name) for name, call in zip(names, calls, strict=True)]

    def _finish(self, name: str, sample: str, made: Records) -> None:
        contents: dict[str, Any] = {f"records/{sample}/{each}.nc": record for each, record in made.items()}
        index = json.dumps(list(made), indent=1) + "\n"  # in their order: spectra before and after depend on it
        self.folder.finish_stage(name, self.key, contents | {_index(name, sample): index})

    def _read(self, name: str, sample: str) -> Records:
        """A resumed run sees what a whole one saw."""
        names = json.loads(self.folder.read_text(_index(name, sample)))
        return {each: self.folder.read_record(f"records/{sample}/{each}.nc") for each in names}


def _index(name: str, sample: str) -> str:
    return f"records/{sample}/{name.split()[0]}.json"
