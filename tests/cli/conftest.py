"""The command line, run as users run it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest

from honeycell import cli

if TYPE_CHECKING:
    from collections.abc import Callable


class Done(NamedTuple):
    """Exit code, stdout and stderr."""

    code: int
    out: str
    err: str


@pytest.fixture
def honeycell(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """The command in this process, which is faster than one of its own."""

    def run(*words: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["honeycell", *map(str, words)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as end:
            cli.main()
        out, err = capfd.readouterr()
        return Done(int(end.value.code or 0), out, err)

    return run
