"""Several spectra laid side by side, so that one call fits them all."""

from __future__ import annotations

import contextlib
import importlib
import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from honeycell.analysis.impedance.elements import Angular
from honeycell.numerics.least_squares import Minima, levenberg_marquardt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from honeycell.analysis.impedance.circuit import Circuit

    Floats = NDArray[np.float64]
    Complexes = NDArray[np.complexfloating[Any, Any]]

LONGEST_STEP = 2.5  # a factor of twelve in a positive parameter
COMPILED = "honeycell.analysis.impedance.compiled"
MANY = 32  # spectra whose fits take longer than to load compiled code
AT_ONCE = 16384  # points times starts held at a time
_loaded: dict[str, Any] = {}


def prepare(count: int) -> None:
    """Load compiled code where ``count`` spectra are worth the half second that this takes.

    Without numba, or without a folder where it can store what it compiles, the plain code does the work.
    """
    if count >= MANY and COMPILED not in _loaded:
        _loaded[COMPILED] = None
        with contextlib.suppress(ImportError, RuntimeError):
            _loaded[COMPILED] = importlib.import_module(COMPILED)


def compiled() -> Any:
    """The module of compiled code, None where it is not loaded."""
    return _loaded.get(COMPILED)


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Frequencies [Hz] and impedances [ohm] of one measurement, all (n,).

    ``weight`` multiplies the residual relative to the modulus; 0 leaves a point out.
    """

    frequency: Floats
    impedance: Complexes
    weight: Floats

    @cached_property
    def used(self) -> int:
        """Points that count."""
        return int(np.count_nonzero(self.weight))

    @cached_property
    def window(self) -> tuple[float, float]:
        """ln(1/omega) of the highest and of the lowest frequency."""
        return -math.log(2.0 * math.pi * float(self.frequency.max())), -math.log(
            2.0 * math.pi * float(self.frequency.min())
        )


class Batch:
    """Spectra padded to one length; padding has weight zero."""

    def __init__(self, spectra: Sequence[Spectrum]) -> None:
        longest = max(len(s.frequency) for s in spectra)
        first = spectra[0].frequency
        shared = all(s.frequency is first or np.array_equal(s.frequency, first) for s in spectra)
        count = 1 if shared else len(spectra)
        omega = np.ones((count, longest))
        self.impedance = np.ones((len(spectra), longest), dtype=complex)
        self.scale = np.zeros((len(spectra), longest))
        for i, s in enumerate(spectra):
            n = len(s.frequency)
            if i < count:
                omega[i, :n], omega[i, n:] = 2.0 * np.pi * s.frequency, 2.0 * np.pi * s.frequency[-1]
            self.impedance[i, :n] = s.impedance
            self.scale[i, :n] = s.weight / np.abs(s.impedance)
        self.angular = Angular(omega)
        self._points = [
            (2.0 * np.pi * s.frequency[used], s.impedance[used], self.scale[i, : len(used)][used])
            for i, s in enumerate(spectra)
            for used in [s.weight > 0.0]
        ]

    def minimise(
        self,
        circuit: Circuit,
        start: Floats,
        members: NDArray[np.intp],
        *,
        tolerance: float = 1e-10,
        steps: int = 100,
        frozen: NDArray[np.bool_] | None = None,
    ) -> Minima:
        """Minima from ``start`` (B, k); ``members`` (B,) says which spectrum each start belongs to."""
        fast = compiled()
        if fast is not None and frozen is None:
            return fast.minimise(circuit, self._points, start, members, tolerance, steps, LONGEST_STEP)
        size = max(1, AT_ONCE // self.scale.shape[1])
        pieces = [
            self._piece(circuit, start[part], members[part], tolerance, steps, None if frozen is None else frozen[part])
            for part in (slice(i, i + size) for i in range(0, len(start), size))
        ]
        return Minima(*(np.concatenate([getattr(p, name) for p in pieces]) for name in Minima.__dataclass_fields__))

    def _piece(
        self,
        circuit: Circuit,
        start: Floats,
        members: NDArray[np.intp],
        tolerance: float,
        steps: int,
        frozen: NDArray[np.bool_] | None,
    ) -> Minima:
        held: list[tuple[NDArray[np.intp], Angular, Complexes, Floats]] = []

        def evaluate(x: Floats, rows: NDArray[np.intp]) -> tuple[Floats, Floats]:
            if not held or held[0][0] is not rows:
                m = members[rows]
                held[:] = [(rows, self.angular.take(m), self.impedance[m], self.scale[m])]
            _, w, Z, scale = held[0]
            fit, slopes = circuit.evaluate(x, w, slopes=True)
            assert slopes is not None
            with np.errstate(invalid="ignore", over="ignore"):
                residual = (fit - Z) * scale
                slopes *= scale[:, None, :]
            return residual.view(float), slopes.view(float)

        with np.errstate(all="ignore"):
            return levenberg_marquardt(
                evaluate, start, tolerance=tolerance, steps=steps, reach=LONGEST_STEP, frozen=frozen
            )
