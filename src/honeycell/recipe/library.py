"""The paper's samples, and reading a user's own recipe file."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from honeycell.data.tables import read_toml
from honeycell.quantities.errors import InputError, TableError
from honeycell.recipe.models import Recipe, Section

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def sample_names() -> list[str]:
    """Names of the samples that come with the package."""
    return sorted(path.name.removesuffix(".toml") for path in _folder().iterdir() if path.name.endswith(".toml"))


def load(name_or_path: str | Path) -> Recipe:
    """Recipe of a shipped sample, by name, or of a TOML file.

    Raises
    ------
    InputError : no such recipe, a damaged file, an unknown or missing field, a value outside its bounds; all faults at once.
    """
    text = str(name_or_path)
    if text in sample_names():
        return _validated(_merged(_folder() / f"{text}.toml"), f"{text}.toml")
    path = Path(text)
    try:
        found = path.is_file()
    except OSError:
        found = False
    if not found:
        known = ", ".join(sample_names())
        raise InputError(f"no recipe {text!r}", cure=f"Give a TOML file or one of: {known}.")
    return _validated(_merged(path), text)


def source_text(name_or_path: str | Path) -> str:
    """The TOML text of a recipe as written (its own part only, where it is ``based_on`` another)."""
    text = str(name_or_path)
    path = _folder() / f"{text}.toml" if text in sample_names() else Path(text)
    return path.read_text(encoding="utf-8")


def differences(first: Recipe, second: Recipe) -> list[tuple[str, str, str]]:
    """``(field, first, second)`` for each field that differs, ``-`` where one lacks it."""
    a, b = first.values(), second.values()
    shown = lambda values, key: values[key].given_as or str(values[key].value) if key in values else "-"  # noqa: E731
    return [
        (key.removeprefix("recipe."), shown(a, key), shown(b, key))
        for key in sorted(set(a) | set(b))
        if key not in a or key not in b or a[key].value != b[key].value
    ]


def _folder() -> Traversable:
    return files("honeycell.recipe") / "samples"


def _merged(path: Traversable | Path, seen: tuple[str, ...] = ()) -> dict[str, Any]:
    """Content of ``path`` laid over the recipe it is ``based_on``, section by section."""
    try:
        content = read_toml(path)
    except TableError as error:
        raise InputError(error.what, error.where, error.cure) from None
    base = content.pop("based_on", None)
    if base is None:
        return content
    if base in seen:
        raise InputError(f"based_on {base!r} leads back to itself", path.name)
    if base in sample_names():
        parent = _folder() / f"{base}.toml"
    else:
        parent = Path(str(path)).parent / str(base)
        if not parent.is_file():
            raise InputError(f"based_on {base!r} is neither a sample nor a file beside it", path.name)
    result = _merged(parent, (*seen, base))
    for name, part in content.items():
        old = result.get(name)
        same_kind = (
            isinstance(part, dict) and isinstance(old, dict) and part.get("kind", old.get("kind")) == old.get("kind")
        )
        result[name] = {**old, **part} if same_kind and isinstance(old, dict) else part
    return result


def _validated(content: dict[str, Any], where: str) -> Recipe:
    try:
        return Recipe.model_validate(content)
    except ValidationError as error:
        faults = []
        for fault in error.errors():
            place = ".".join(str(part) for part in fault["loc"] if part not in ("cast", "bought"))
            message = fault["msg"]
            if fault["type"] == "missing":
                message = "is missing"
            elif fault["type"] == "extra_forbidden":
                message = f"is not a field; there are: {', '.join(_siblings(fault['loc'], content))}"
            faults.append(f"{place} {message}" if not message.startswith("got") else f"{place}: {message}")
        raise InputError("; ".join(faults), where, "See 'honeycell recipe show hj-4-6' for a whole recipe.") from None


def _siblings(location: tuple[Any, ...], content: dict[str, Any]) -> list[str]:
    if len(location) == 1:
        return list(Recipe.model_fields)
    annotation = Recipe.model_fields[str(location[0])].annotation
    options = getattr(annotation, "__args__", (annotation,))
    kind = content.get(str(location[0]), {}).get("kind")
    for option in options:
        if isinstance(option, type) and issubclass(option, Section):
            wanted = option.model_fields.get("kind")
            if wanted is None or kind in getattr(wanted.annotation, "__args__", ()):
                return list(option.model_fields)
    return []
