"""Virtual instruments: what a measurement on the model would write down."""

from __future__ import annotations

from honeycell.instruments.base import Instrument
from honeycell.instruments.cycler import Galvanostat
from honeycell.instruments.potentiostat import ImpedanceAnalyser

__all__ = ["Galvanostat", "ImpedanceAnalyser", "Instrument"]
