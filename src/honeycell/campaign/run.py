"""One campaign in one run folder: stages that are skipped when whole, then uncertainty, ledger and results."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from honeycell.analysis import reductions_of
from honeycell.campaign.cells import forget, looked_at, made, measured
from honeycell.campaign.evidence import gather, results
from honeycell.campaign.own_quenches import own_quenches
from honeycell.campaign.sampling import sample_campaign
from honeycell.campaign.stages import Stages
from honeycell.campaign.tables import table_files
from honeycell.campaign.team import Team
from honeycell.data.tables import load_parameters, tables_hash
from honeycell.ledger.claims import Claim, paper_claims, read_claims
from honeycell.ledger.entries import Evidence, build_ledger
from honeycell.quantities.errors import InputError
from honeycell.quantities.value import Value
from honeycell.recipe.library import load, sample_names
from honeycell.runs import RunFolder, progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from importlib.resources.abc import Traversable

    from honeycell.analysis.result import Reduction
    from honeycell.recipe.models import Recipe
    from honeycell.twin import Records

PAPER_CELLS = ("gf", "hj-4-6")
DRAWS, QUICK_DRAWS = 32, 8
QUICK_MEASUREMENTS = ("impedance", "first_cycle")
LEFT_OUT_WHEN_QUICK = ("ablation",)


@dataclass(frozen=True)
class Campaign:
    """What is run: recipes, which of them become cells, the claims to hold them against, and how carefully."""

    recipes: tuple[Recipe, ...]
    cells: tuple[str, ...]
    claims: tuple[Claim, ...]
    seed: int = 1
    quick: bool = False
    jobs: int = 2
    recipe_text: str = ""

    def measures(self, measurements: Iterable[str]) -> list[str]:
        """Those of ``measurements`` that this campaign takes of its cells."""
        return [each for each in measurements if not (self.quick and each in LEFT_OUT_WHEN_QUICK)]

    @property
    def draws(self) -> int:
        """Number of parameter draws."""
        return QUICK_DRAWS if self.quick else DRAWS

    def draws_again(self, sample: str, measurement: str, records: Sequence[str]) -> bool:
        """Whether a measurement of ``records`` is repeated in the draws: where a claim reads them, or all where there are no claims.

        A quick run draws those of :data:`QUICK_MEASUREMENTS` alone; the other numbers then have no spread.
        """
        if measurement in QUICK_MEASUREMENTS:
            return True
        wanted = {
            address.rpartition("/")[0]
            for claim in self.claims
            for reading in claim.readings
            for address in reading.addresses()
        }
        return not self.quick and (not self.claims or any(f"{sample}/{record}" in wanted for record in records))

    def looks_at(self, recipe: Recipe) -> bool:
        """Whether a film is shown: each cast one, but only those in cells when quick."""
        return recipe.film.kind == "cast" and (recipe.name in self.cells or not self.quick)

    def settings(self) -> dict[str, Any]:
        """What identifies the run; another value is another run."""
        return {
            "recipes": {recipe.name: recipe.fingerprint()[:12] for recipe in self.recipes},
            "seed": self.seed,
            "quick": self.quick,
        }


@dataclass(frozen=True)
class Outcome:
    """What a campaign ends with, all read back from its folder; records and reductions by sample and name."""

    campaign: Campaign
    records: dict[str, Records]
    evidence: Evidence
    ledger: list[dict[str, Any]]
    reductions: dict[str, dict[str, Reduction]]


def paper_campaign(*, seed: int = 1, quick: bool = False, jobs: int = 2) -> Campaign:
    """The paper's samples against the paper's claims."""
    recipes = tuple(load(name) for name in sample_names())
    text = "# The paper's samples, as shipped; show one with: honeycell recipe show NAME\n"
    names = ", ".join(f'"{recipe.name}"' for recipe in recipes)
    return Campaign(recipes, PAPER_CELLS, tuple(paper_claims()), seed, quick, jobs, f"{text}samples = [{names}]\n")


def recipe_campaign(
    path: str,
    *,
    seed: int = 1,
    quick: bool = False,
    jobs: int = 2,
    only: Sequence[str] = (),
    without: Sequence[str] = (),
) -> Campaign:
    """One recipe against its own claims; ``without`` names mechanisms of ageing that are left out.

    Raises
    ------
    InputError : a bad recipe or claims file, a stage in ``only`` or a mechanism in ``without`` that does not exist.
    """
    recipe = load(path)
    if without:
        from honeycell.cell.ageing import checked_names

        own = recipe.ageing.without
        left_out = dict.fromkeys(
            [*(checked_names(str(own.value), path) if own else ()), *checked_names(",".join(without), "--without")]
        )
        recipe = recipe.model_copy(
            update={"ageing": recipe.ageing.model_copy(update={"without": Value(", ".join(left_out))})}
        )
    if unknown := set(only) - {"film", "cell"}:
        raise InputError(f"no stage {sorted(unknown)[0]!r}", "--only", "There are: film, cell.")
    claims: tuple[Claim, ...] = ()
    if recipe.claims:
        claims = tuple(read_claims(Path(path).parent / recipe.claims, recipe.name))
    elif recipe.name in sample_names():
        claims = tuple(paper_claims())
    cells = (recipe.name,) if not only or "cell" in only else ()
    from honeycell.recipe.library import source_text

    text = source_text(path) + "".join(f"\n# run --without {name}" for name in without)
    return Campaign((recipe,), cells, claims, seed, quick, jobs, text)


def run_campaign(
    campaign: Campaign,
    out: str | Path,
    *,
    fresh: bool = False,
    show_progress: bool = True,
    make_report: Callable[[Outcome], dict[str, str]] | None = None,
) -> Outcome:
    """Run what is not whole yet, in ``out``; ``make_report`` adds figures and page from the outcome.

    Raises
    ------
    InputError : the folder is in use, holds another run, or cannot be written.
    RunError, NotConverged : a stage failed.
    """
    with RunFolder.open(out, campaign.settings(), fresh) as folder, Team(campaign.jobs) as team:
        parameters = load_parameters()
        key = _key(campaign)
        records, drawn = _records(campaign, folder, key, team, show_progress)
        whole = _key(campaign, campaign.cells, campaign.draws)
        draws = _draw_stage(folder, whole, campaign, drawn, team, show_progress)
        with progress(len(records) + 1, "reductions and report", show_progress) as advance:
            reductions = {}
            for name, tree in records.items():
                reductions[name] = reductions_of(tree)
                advance()
            evidence = gather(campaign.recipes, parameters, records, draws, reductions)
            ledger = build_ledger(campaign.claims, evidence)
            outcome = Outcome(campaign, records, evidence, ledger, reductions)
            if not folder.stage("ledger", whole):
                pages = {
                    "ledger.json": _json(ledger),
                    "results.json": _json(results(evidence)),
                    "recipe.toml": campaign.recipe_text,
                }
                for name in campaign.cells:
                    pages |= table_files(name, records[name])
                pages |= make_report(outcome) if make_report else {}
                folder.finish_stage("ledger", whole, pages)
            advance()
        return outcome


def _records(
    campaign: Campaign, folder: RunFolder, key: str, team: Team, show_progress: bool
) -> tuple[dict[str, Records], dict[str, list[str]]]:
    """All records by sample, and for each cell the measurements that are drawn again."""
    from honeycell.twin import MEASUREMENTS

    looked = [each for each in campaign.recipes if campaign.looks_at(each)]
    celled = [each for each in campaign.recipes if each.name in campaign.cells]
    # begun from behind, where the long ones are, so that no process waits for one at the end
    tasks = [(name, each) for name in campaign.measures(MEASUREMENTS) for each in celled][::-1]
    drawn: dict[str, list[str]] = {name: [] for name in campaign.cells}
    own = {} if campaign.quick else own_quenches(campaign.recipes, folder, key, team, show_progress)
    with progress(len(campaign.recipes) + len(looked) + len(tasks), "films and cells", show_progress) as advance:
        stages = Stages(folder, key, team, advance)
        calls: list[tuple[Any, ...]] = [(each, own.get(each.name, {})) for each in campaign.recipes]
        found = stages.records(["film"] * len(calls), calls, made)
        films = {each.name: own.get(each.name, {}) | film for each, film in zip(campaign.recipes, found, strict=True)}
        records = {name: dict(film) for name, film in films.items()}
        calls = [(each, films[each.name], campaign.seed, campaign.quick) for each in looked]
        for recipe, pictures in zip(looked, stages.records(["look"] * len(calls), calls, looked_at), strict=True):
            records[recipe.name] |= pictures
        calls = [(each, films[each.name], name, campaign.seed, campaign.quick) for name, each in tasks]
        forget()
        found = stages.records([name for name, _ in tasks], calls, measured)
    forget()
    for (name, recipe), own in zip(tasks[::-1], found[::-1], strict=True):
        if campaign.draws_again(recipe.name, name, list(own)):
            drawn[recipe.name].append(name)
        records[recipe.name] |= own
    return records, drawn


def _draw_stage(
    folder: RunFolder, key: str, campaign: Campaign, drawn: dict[str, list[str]], team: Team, show_progress: bool
) -> dict[str, list[float]]:
    place = "tables/draws.json"
    if not folder.stage("draws", key):
        with progress(campaign.draws, "uncertainty", show_progress) as advance:
            draws = sample_campaign(campaign.recipes, drawn, campaign.seed, campaign.draws, team, advance)
        folder.finish_stage("draws", key, {place: json.dumps(draws, sort_keys=True)})
    return json.loads(folder.read_text(place))


def _key(campaign: Campaign, *more: object) -> str:
    """Hash of everything a stage depends on: settings, claims, tables, code, the solvers' versions, and ``more``."""
    versions = [version(name) for name in ("numpy", "scipy", "pybamm")]
    parts = [campaign.settings(), repr(campaign.claims), tables_hash(), _code_hash(), versions, repr(more)]
    content = json.dumps(parts, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


@cache
def _code_hash() -> str:
    def walk(place: Traversable, name: str) -> Iterator[tuple[str, bytes]]:
        for each in sorted(place.iterdir(), key=lambda path: path.name):
            if each.is_dir():
                yield from walk(each, f"{name}/{each.name}")
            elif each.name.endswith((".py", ".j2", ".mplstyle", ".toml")):
                yield f"{name}/{each.name}", each.read_bytes()

    digest = hashlib.sha256()
    for name, content in walk(files("honeycell"), ""):
        digest.update(name.encode() + b"\0" + content)
    return digest.hexdigest()


def _json(content: Any) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
