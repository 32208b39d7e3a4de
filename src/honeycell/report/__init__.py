"""The report: one self-contained page."""

from __future__ import annotations

from honeycell.report.page import render

__all__ = ["render"]
