"""The command line. Heavy packages are imported by the command that needs them."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from honeycell.quantities.errors import HoneycellError, InputError
from honeycell.runs.progress import WORKER_ENVIRONMENT

app = typer.Typer(
    help="A virtual laboratory for quasi-solid-state sodium cells, from film recipe to cycle life.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
recipes = typer.Typer(help="List, show, check and compare recipes.", no_args_is_help=True)
app.add_typer(recipes, name="recipe")

Out = Annotated[Path, typer.Option(help="Run folder.")]
Quick = Annotated[bool, typer.Option("--quick", help="Fewer parameter draws: a first look.")]
Jobs = Annotated[int, typer.Option(min=1, help="Worker processes.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of noise and draws; one seed, one result.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Replace the run that the folder holds.")]
Json = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]


def main() -> None:
    """Entry point: our errors become one line on stderr and an exit code; ``--debug`` shows the traceback."""
    for name, value in WORKER_ENVIRONMENT.items():
        os.environ.setdefault(name, value)  # before numpy comes: threads on small matrices wait for one another
    debug = "--debug" in sys.argv
    sys.argv = [word for word in sys.argv if word != "--debug"]
    try:
        app(prog_name="honeycell", obj=debug)
    except HoneycellError as error:
        if debug:
            raise
        typer.echo(f"honeycell: {error}", err=True)
        sys.exit(error.exit_code)
    except OSError as error:
        if debug:
            raise
        typer.echo(f"honeycell: {error.filename or 'output'}: {error.strerror or error}.", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        typer.echo("honeycell: stopped; reproduce and run resume from the last whole stage.", err=True)
        sys.exit(130)


@app.command()
def reproduce(
    out: Out = Path("runs/paper"),
    quick: Quick = False,
    jobs: Jobs = 2,
    seed: Seed = 1,
    fresh: Fresh = False,
) -> None:
    """The paper's whole campaign: films, cells, instruments, ledger and report."""
    from honeycell.campaign.run import paper_campaign

    _run(paper_campaign(seed=seed, quick=quick, jobs=jobs), out, fresh)


@app.command()
def run(
    recipe: str,
    out: Annotated[Path | None, typer.Option(help="Run folder; runs/<recipe name> unless given.")] = None,
    only: Annotated[str, typer.Option(help="Stages, comma-separated: film, cell.")] = "",
    without: Annotated[
        list[str] | None, typer.Option(help="Leave a mechanism of ageing out, e.g. sodium-film (repeatable).")
    ] = None,
    quick: Quick = False,
    jobs: Jobs = 2,
    seed: Seed = 1,
    fresh: Fresh = False,
) -> None:
    """The same chain for any recipe."""
    from honeycell.campaign.run import recipe_campaign

    stages = [stage for stage in only.split(",") if stage]
    campaign = recipe_campaign(recipe, seed=seed, quick=quick, jobs=jobs, only=stages, without=without or ())
    _run(campaign, out or Path("runs") / campaign.recipes[0].name, fresh)


def _run(campaign: Any, out: Path, fresh: bool) -> None:
    from honeycell.campaign.run import run_campaign
    from honeycell.report.campaign import report_files

    outcome = run_campaign(campaign, out, fresh=fresh, make_report=report_files)
    if outcome.ledger:
        typer.echo(_counts(outcome.ledger))
    typer.echo(f"report: {out / 'report.html'}")


@app.command()
def ledger(
    folder: Annotated[Path, typer.Argument(help="Run folder.")] = Path("runs/paper"),
    as_json: Json = False,
    verdict: Annotated[str, typer.Option(help="Only rows of this verdict.")] = "",
    basis: Annotated[str, typer.Option(help="Only rows of this basis.")] = "",
    fail_on: Annotated[str, typer.Option(help="Exit 1 when a shown row has this verdict.")] = "",
) -> None:
    """Show the ledger of a run: claimed, ours, basis, verdict."""
    for option, given, known in (
        ("--verdict", verdict, VERDICTS),
        ("--fail-on", fail_on, VERDICTS),
        ("--basis", basis, BASES),
    ):
        if given and given not in known:
            raise InputError(f"got {given!r}", option, f"It must be one of {', '.join(known)}.")
    try:
        rows = json.loads((folder / "ledger.json").read_text(encoding="utf-8"))
        if not isinstance(rows, list) or not all(isinstance(row, dict) and set(row) >= ROW for row in rows):
            raise ValueError
    except OSError:
        raise InputError("holds no ledger.json", str(folder), "Run 'honeycell reproduce' first.") from None
    except ValueError:
        raise InputError("is damaged", str(folder / "ledger.json"), "Run 'honeycell reproduce --fresh'.") from None
    shown = [row for row in rows if verdict in ("", row["verdict"]) and basis in ("", row["basis"])]
    if as_json:
        typer.echo(json.dumps(shown, indent=1, ensure_ascii=False))
    else:
        for row in shown:
            claimed, ours = row["claimed"], row["twin"]
            value = (
                "-"
                if ours["value"] is None
                else f"{ours['value']:.4g}"
                if isinstance(ours["value"], float)
                else ours["value"]
            )
            line = (
                f"{row['id']}  {row['verdict']:<11}{row['basis']:<11}{row['claim'][:60]:<61} claimed {claimed['value']}"
            )
            typer.echo(f"{line} {claimed['unit'] or ''}  ours {value} {row['note']}".rstrip())
        typer.echo(_counts(shown))
    if fail_on and any(row["verdict"] == fail_on for row in shown):
        raise typer.Exit(1)


@app.command()
def calibrate(
    claims: Annotated[str, typer.Argument(help="Whose claims: paper.", metavar="CLAIMS")],
    group: Annotated[str, typer.Option(help="Values that are fitted together; without it the groups are listed.")] = "",
    jobs: Jobs = 2,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be found; write nothing.")] = False,
    renew: Annotated[
        bool, typer.Option("--renew", help="Fit nothing: take a stale fit as fresh if its numbers are the same.")
    ] = False,
) -> None:
    """Fit declared knobs to claims and write data/fitted/GROUP.toml, which stands in for the tables from then on."""
    from honeycell.campaign.group import group_names, load_group

    if claims != "paper":
        raise InputError(f"no claims {claims!r} to calibrate with", "calibrate", "There are: paper.")
    if not group:
        for name in group_names():
            typer.echo(f"{name:<12}{load_group(name).title}")
        return
    if renew:
        from honeycell.campaign.renewal import renew as renew_fit

        renew_fit(load_group(group))
        typer.echo(f"{group}: its numbers are the same; its hash is renewed")
        return
    from honeycell.campaign.calibration import calibrate as fit_group
    from honeycell.campaign.calibration_text import calibration_text
    from honeycell.campaign.fitted_file import write_calibration

    found = fit_group(load_group(group), jobs)
    typer.echo(calibration_text(found))
    if dry_run:
        return
    path = write_calibration(found)
    typer.echo(
        f"written: {path.parent.name}/{path.name}" if found.fit.knobs else "nothing is determined: nothing is fitted"
    )


ROW = frozenset({"id", "claim", "claimed", "twin", "basis", "verdict", "note"})
VERDICTS = ("agrees", "disagrees", "contested", "untestable", "open")
BASES = ("given", "calibrated", "predicted", "none")


def _counts(rows: list[dict[str, Any]]) -> str:
    from collections import Counter

    own = [row for row in rows if not row.get("same_as")]
    tally = Counter(row["verdict"] for row in own)
    restated = f" ({len(rows) - len(own)} more restate another)" if len(rows) > len(own) else ""
    return f"{len(own)} claims{restated}: " + ", ".join(
        f"{tally[verdict]} {verdict}" for verdict in VERDICTS if tally[verdict]
    )


@recipes.command("list")
def recipe_list() -> None:
    """Names and titles of the shipped samples."""
    from honeycell.recipe.library import load, sample_names

    for name in sample_names():
        typer.echo(f"{name:<18}{load(name).title}")


@recipes.command("show")
def recipe_show(name: str) -> None:
    """Every field of a recipe with its status; assumptions with range and reason."""
    from honeycell.recipe.library import load

    recipe = load(name)
    typer.echo(f"# {recipe.name}: {recipe.title}")
    for key, value in recipe.values().items():
        given = value.given_as or str(value.value)
        spread = "" if value.lo is None else f" [{value.lo:.4g}, {value.hi:.4g} {value.unit}]"
        typer.echo(
            f"{key.removeprefix('recipe.'):<40}{given:<28}{value.status}{spread}{'  ' if value.reason else ''}{value.reason}"
        )


@recipes.command("check")
def recipe_check(file: str) -> None:
    """Validate a recipe; all faults at once."""
    from honeycell.recipe.library import load

    recipe = load(file)
    typer.echo(f"{file}: good; {len(recipe.values())} fields, {len(recipe.assumptions())} of them assumed")


@recipes.command("diff")
def recipe_diff(first: str, second: str) -> None:
    """Fields in which two recipes differ."""
    from honeycell.recipe.library import differences, load

    for field, a, b in differences(load(first), load(second)):
        typer.echo(f"{field:<40}{a:<24}{b}")


As = Annotated[str | None, typer.Option("--as", help="What was measured, where the file does not say: impedance.")]


@app.command("reduce")
def reduce_command(
    context: typer.Context,
    files: Annotated[list[str], typer.Argument(help="Instrument files, or folders of them.", metavar="FILE")],
    technique: As = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUE", help="What the file lacks, e.g. thickness='24 +- 1 um' (repeatable)."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line and file.")] = False,
    out: Annotated[str | None, typer.Option(help="Folder for results.jsonl, tables (CSV) and figures (SVG).")] = None,
    jobs: Jobs = 2,
    series: Annotated[
        bool,
        typer.Option(
            "--series",
            help="Files of one specimen taken together: spectra, scan rates, patterns, a transient and its spectra.",
        ),
    ] = False,
) -> None:
    """Reduce measured files of any kind to numbers with 95 % intervals and flags; no starting guess is needed.

    Impedance, charge-discharge, voltammetry, transients, diffraction, thermogravimetry, force curves, micrographs. What a file lacks is
    given by --set, e.g. --set mass='2.3 mg' --set electrode_role=positive, or by a sample.toml beside it; nothing is assumed.
    """
    from honeycell.reduction.form import json_line
    from honeycell.reduction.run import expand, reduce_files
    from honeycell.reduction.settings import parse_assignments
    from honeycell.reduction.text import MANY, error_line, line_of, table_of

    given = parse_assignments(settings or [])
    many = len(expand(files)) > MANY

    def show(result: dict[str, Any]) -> None:
        if as_json:
            typer.echo(f"{json_line(result)}\n".encode(), nl=False)
        elif "error" in result:
            typer.echo(f"honeycell: {error_line(result)}".encode(), err=True)
        else:
            typer.echo(f"{line_of(result) if many else table_of(result)}".encode())

    results = reduce_files(
        files, technique, given, jobs=jobs, out=out, series=series, debug=bool(context.obj), on_result=show
    )
    failed = sum("error" in result for result in results)
    if failed:
        raise typer.Exit(2 if failed == len(results) else 1)


@app.command("read")
def read_command(
    file: Annotated[str, typer.Argument(help="Instrument file.")],
    to: Annotated[
        str | None, typer.Option(help="Write the data here: .csv (Battery Data Format labels) or .nc.")
    ] = None,
    technique: As = None,
) -> None:
    """Say what an instrument file holds, or write it in an open format."""
    from honeycell.reduction.convert import convert, summary
    from honeycell.reduction.run import check_technique

    check_technique(technique)
    if to is not None:
        convert(file, to, technique)
        typer.echo(f"written: {to}")
        return
    from honeycell.readers import read

    typer.echo(summary(file, read(file, technique)).encode())


@app.command()
def cite(folder: Annotated[Path, typer.Argument(help="Run folder.")] = Path("runs/paper")) -> None:
    """Sources of the values that a run has read."""
    from honeycell.data.tables import load_parameters, load_sources
    from honeycell.quantities.record import Ancestry
    from honeycell.runs.folder import read_netcdf

    files = sorted(folder.glob("records/*/*.nc"))
    if not files:
        raise InputError("holds no records", str(folder), "Run 'honeycell reproduce' first.")
    keys = Ancestry.of(read_netcdf(file.read_bytes(), str(file)) for file in files).keys
    parameters, sources = load_parameters(), load_sources()
    cited = {parameters.describe(key).source for key in parameters if key in keys}
    for name in sorted(cited & set(sources)):
        typer.echo(f"{sources[name].get('citation', name)} {sources[name].get('doi', '')}".rstrip())


@app.command()
def doctor() -> None:
    """Versions and what is installed."""
    import platform
    from importlib.metadata import PackageNotFoundError, version

    typer.echo(f"python {platform.python_version()} on {platform.system()}")
    for name in ("honeycell", "numpy", "scipy", "xarray", "h5netcdf", "pydantic", "pint", "pybamm", "matplotlib"):
        try:
            typer.echo(f"{name} {version(name)}")
        except PackageNotFoundError:
            typer.echo(f"{name} is missing; install honeycell[twin]")


if __name__ == "__main__":
    main()
