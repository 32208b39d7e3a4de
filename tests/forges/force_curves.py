"""What forged force curves have in common, whatever file they are written to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import strategies as st

if TYPE_CHECKING:
    import xarray as xr

CHANGES = st.lists(
    st.tuples(st.floats(0.0, 1.0), st.integers(0, 3), st.binary(min_size=1, max_size=8)), min_size=1, max_size=4
)
SENSITIVITY, SPRING, FULL = 40e-9, 0.4, 4.0  # m/V, N/m, V over the whole range of the converter


def ramp(rows: int = 256) -> tuple[np.ndarray, np.ndarray]:
    """Displacement and deflection [m] on approach: free, then half as fast as on a hard body."""
    z = np.linspace(0.0, 200e-9, rows)
    return z, 0.5 * np.maximum(z - 120e-9, 0.0) + 2e-9


def flags(record: xr.Dataset) -> str:
    return " ".join(json.loads(record.attrs["flags"]))


@dataclass(frozen=True)
class Nanoscope:
    """One ramp to forge; ``width`` bytes are stored, ``stated`` said to be."""

    approach: int = 256
    retract: int = 256
    width: int = 2
    stated: int = 0
    sensor: bool = True
    in_time: bool = False
    fine_step: bool = True
    scale: str = ""
    sensitivity: str = "\\@Sens. DeflSens: V 40.00000 nm/V"
    spring: str = "\\Spring Constant: 0.4"
    more: str = ""
    offset: int = 8192
    lost: int = 0
    swap: tuple[tuple[str, str], ...] = ()  # in the header

    def counts(self, value: np.ndarray, full: float) -> np.ndarray:
        return np.round(value / full * 256**self.width).astype(f"<i{self.width}")

    def stored(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Approach, then retract, both from contact on; or in the order of time."""
        return np.concatenate((first if self.in_time else first[::-1], second))

    def content(self) -> bytes:
        (z, d), (back, bent) = ramp(self.approach), ramp(self.retract)
        step = FULL / 256 ** (self.width if self.fine_step else 2)
        scale = self.scale or f"V [Sens. DeflSens] ({step:.12g} V/LSB) {FULL} V"
        volts = self.counts(self.stored(d, bent[::-1] - 3e-9) / SENSITIVITY, FULL)
        if self.lost:
            volts[: self.lost] = np.iinfo(volts.dtype).min
        channels = [('[DeflectionError] "Deflection Error"', scale, volts)]
        if self.sensor:
            high = self.counts(-self.stored(z, back[::-1]) / 400e-9, FULL)
            channels.append(('[ZSensor] "Height Sensor"', f"V [Sens. ZsensSens] ({step:.12g} V/LSB) {FULL} V", high))
        lines = [
            "\\*Force file list", "\\Version: 0x09300201", "\\*Equipment list", "\\Description: Dimension Icon",
            "\\*Scanner list", "\\@Sens. Zsens: V 20.00000 nm/V", "\\*Ciao scan list", self.sensitivity,
            "\\@Sens. ZsensSens: V 400.0000 nm/V", "\\Tip Radius: 8", "\\*Ciao force list",
            "\\@4:Ramp size Zsweep: V [Sens. Zsens] (0.006713867 V/LSB) 10.00000 V", self.more,
        ]  # fmt: skip
        blocks, at = b"", self.offset
        for label, one, numbers in channels:
            lines += [
                "\\*Ciao force image list", f"\\Data offset: {at + len(blocks)}", f"\\Data length: {numbers.nbytes}",
                f"\\Bytes/pixel: {self.stated or self.width}", f"\\Samps/line: {self.retract} {self.approach}", self.spring,
                f"\\@4:Image Data: S {label}", f"\\@4:Z scale: {one}",
            ]  # fmt: skip
            blocks += numbers.tobytes()
        text = "\r\n".join([*filter(None, lines), "\\*File list end"]) + "\r\n\x1a"
        for old, new in self.swap:
            assert old in text
            text = text.replace(old, new)
        return text.encode("cp1252").ljust(self.offset, b"\0") + blocks
