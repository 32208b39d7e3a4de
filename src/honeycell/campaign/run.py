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
from honeycell.campaign.cells import Task, measure_cells
from honeycell.campaign.evidence import gather, results
from honeycell.campaign.sampling import sample_campaign
from honeycell.campaign.tables import table_files
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
    from honeycell.twin import MEASUREMENTS

    with RunFolder.open(out, campaign.settings(), fresh) as folder:
        parameters = load_parameters()
        key = _key(campaign)
        looked = [each.name for each in campaign.recipes if campaign.looks_at(each)]
        count = len(campaign.recipes) + len(looked) + len(campaign.measures(MEASUREMENTS)) * len(campaign.cells)
        records: dict[str, Records] = {}
        films: dict[str, Records] = {}
        drawn: dict[str, list[str]] = {name: [] for name in campaign.cells}
        with progress(count, "films and cells", show_progress) as advance:
            for recipe in campaign.recipes:
                films[recipe.name] = dict(_film_stage(folder, key, recipe, parameters))
                records[recipe.name] = dict(films[recipe.name])
                advance()
                if recipe.name in looked:
                    records[recipe.name] |= dict(
                        _look_stage(folder, key, recipe, parameters, records[recipe.name], campaign)
                    )
                    advance()
            for name, measurement, found in _cell_stages(folder, key, campaign, films, advance):
                if campaign.draws_again(name, measurement, list(found)):
                    drawn[name].append(measurement)
                records[name] |= found
        whole = _key(campaign, campaign.cells, campaign.draws)
        draws = _draw_stage(folder, whole, campaign, drawn, show_progress)
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


def _film_stage(folder: RunFolder, key: str, recipe: Recipe, parameters: Any) -> Iterator[tuple[str, Any]]:
    from honeycell.twin import make_film

    return _stage(folder, f"film {recipe.name}", key, recipe.name, lambda: make_film(recipe, parameters))


def _look_stage(
    folder: RunFolder, key: str, recipe: Recipe, parameters: Any, film: Records, campaign: Campaign
) -> Iterator[tuple[str, Any]]:
    from honeycell.twin import look_at

    make = lambda: look_at(recipe, parameters, film, campaign.seed)  # noqa: E731
    return _stage(folder, f"look {recipe.name}", key, recipe.name, make)


def _cell_stages(
    folder: RunFolder, key: str, campaign: Campaign, films: dict[str, Records], advance: Callable[..., None]
) -> Iterator[tuple[str, str, Records]]:
    """Sample, measurement and records of every cell, in order; what is not whole yet is measured first, side by side."""
    from honeycell.twin import MEASUREMENTS

    recipes = [recipe for recipe in campaign.recipes if recipe.name in campaign.cells]
    measurements = campaign.measures(MEASUREMENTS)
    tasks = [Task(recipe, films[recipe.name], measurement) for measurement in measurements for recipe in recipes]
    missing = [task for task in tasks if not folder.stage(f"{task.measurement} {task.recipe.name}", key)]
    advance(len(tasks) - len(missing))
    for (recipe, _, measurement), made in measure_cells(missing, campaign.seed, campaign.jobs):
        _finish(folder, f"{measurement} {recipe.name}", key, recipe.name, made)
        advance()
    for recipe in recipes:
        for measurement in measurements:
            yield recipe.name, measurement, dict(_read(folder, f"{measurement} {recipe.name}", recipe.name))


def _stage(
    folder: RunFolder, name: str, key: str, sample: str, make: Callable[[], Records]
) -> Iterator[tuple[str, Any]]:
    """Records of a stage in their order, made now or found whole; always as read back, so that a resumed run sees the same."""
    if not folder.stage(name, key):
        _finish(folder, name, key, sample, make())
    yield from _read(folder, name, sample)


def _finish(folder: RunFolder, name: str, key: str, sample: str, made: Records) -> None:
    contents: dict[str, Any] = {f"records/{sample}/{each}.nc": record for each, record in made.items()}
    folder.finish_stage(name, key, contents | {_index(name, sample): _json(list(made))})


def _read(folder: RunFolder, name: str, sample: str) -> Iterator[tuple[str, Any]]:
    for each in json.loads(folder.read_text(_index(name, sample))):
        yield each, folder.read_record(f"records/{sample}/{each}.nc")


def _index(name: str, sample: str) -> str:
    return f"records/{sample}/{name.split()[0]}.json"


def _draw_stage(
    folder: RunFolder, key: str, campaign: Campaign, drawn: dict[str, list[str]], show_progress: bool
) -> dict[str, list[float]]:
    place = "tables/draws.json"
    if not folder.stage("draws", key):
        with progress(campaign.draws, "uncertainty", show_progress) as advance:
            draws = sample_campaign(campaign.recipes, drawn, campaign.seed, campaign.draws, campaign.jobs, advance)
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
