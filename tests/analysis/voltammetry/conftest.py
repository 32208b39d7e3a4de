"""Forged voltammograms for the tests of this folder."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def forging():
    """The module beside this file."""
    spec = importlib.util.spec_from_file_location("voltammetry_forging", Path(__file__).with_name("forging.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
