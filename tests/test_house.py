"""Rules of the house that no single module can keep alone."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "honeycell"
MODULES = sorted(PACKAGE.rglob("*.py"))
HOME = {"pybamm": "cell", "matplotlib": "plot"}
TEXT = {".py", ".md", ".toml", ".txt", ".j2", ".mplstyle", ".cfg", ".yml", ".yaml", ""}
PLACES = "|".join(("work", "root", "home", "tmp/" + "hc", "Users"))
MACHINE_PATH = re.compile(r"(?<![\w.:/<>}\])])/" + f"(?:{PLACES})" + r"(?:/|\b)(?![\w-])")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_layers_are_kept() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_package_says_what_it_is() -> None:
    folders = {path.parent for path in MODULES}
    for folder in sorted(folders):
        init = folder / "__init__.py"
        assert init.is_file(), name(folder)
        assert ast.get_docstring(ast.parse(init.read_text(encoding="utf-8"))), name(init)


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_every_module_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def imported(nodes: list[ast.stmt]) -> set[str]:
    """Top-level packages imported when the module is: not in functions, not for type checkers only."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add((node.module or "").split(".")[0])
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            found |= imported(node.orelse)
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for part in ("body", "orelse", "finalbody", "handlers"):
                found |= imported(getattr(node, part, []))
    return found


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_heavy_packages_are_imported_in_their_own_layer_only(path: Path) -> None:
    layer = path.relative_to(PACKAGE).parts[0]
    for package in imported(ast.parse(path.read_text(encoding="utf-8")).body) & set(HOME):
        assert HOME[package] == layer, f"{name(path)} imports {package}"


def test_the_readme_gives_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    fences = "\n".join(re.findall(r"^```[^\n]*\n(.*?)^```", text, re.DOTALL | re.MULTILINE))
    for command in ("make reproduce", "make test"):
        assert command in fences


def tracked() -> list[Path]:
    """Files under version control; without it, those of the source distribution."""
    try:
        done = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
        )
        names = [each for each in done.stdout.split("\0") if each]
    except (OSError, subprocess.CalledProcessError):
        names = []
    if names:
        return [ROOT / each for each in names]
    return [path for folder in ("src", "tests", "benchmarks") for path in (ROOT / folder).rglob("*")]


def test_no_file_names_a_place_on_some_machine() -> None:
    for sample in ("work", "root"):
        assert MACHINE_PATH.search(f'open("/{sample}/x")')
    assert not MACHINE_PATH.search(f"records/{'work'}/x")
    for path in tracked():
        if path.is_file() and path.suffix in TEXT and "__pycache__" not in path.parts:
            for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
                assert not MACHINE_PATH.search(line), f"{name(path)}:{number}: {line.strip()}"
