"""NetCDF files that would hang, flood or lead elsewhere are refused before xarray opens them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest

from honeycell.quantities.errors import ReadError
from honeycell.readers import Source, read_source
from honeycell.runs.folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import xarray as xr


@pytest.fixture(scope="module")
def content(spectrum: xr.Dataset, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("netcdf") / "run"
    with RunFolder.open(folder, {}) as run:
        run.write_record("x.nc", spectrum)
    return (folder / "x.nc").read_bytes()


def changed(content: bytes, change: Callable[[h5py.File], object]) -> Source:
    file = io.BytesIO(content)
    with h5py.File(file, "r+") as opened:
        change(opened)
    return Source("x.nc", file.getvalue())


def test_the_file_itself_is_read(content: bytes, spectrum: xr.Dataset) -> None:
    assert read_source(Source("x.nc", content)).equals(spectrum)


@pytest.mark.parametrize("where", [392, 16, 400])
def test_a_heap_without_end_is_refused(content: bytes, where: int) -> None:
    """HDF5 itself would never come back from the first two."""
    heap = content.index(b"GCOL")
    damaged = bytearray(content)
    damaged[heap + where : heap + where + 16] = bytes(16)
    with pytest.raises(ReadError, match="damaged"):
        read_source(Source("x.nc", bytes(damaged)))


def test_declared_terabytes_are_refused(content: bytes) -> None:
    def change(file: h5py.File) -> object:
        return file.create_dataset("more", shape=(10**12,), dtype="f8", chunks=(1024,))

    with pytest.raises(ReadError, match="declares more than"):
        read_source(changed(content, change))


def test_many_variables_are_refused(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def change(file: h5py.File) -> object:
        return [file.create_group(f"g{n}") for n in range(9)]

    monkeypatch.setattr("honeycell.readers.netcdf.MOST", 10)
    with pytest.raises(ReadError, match="declares more than"):
        read_source(changed(content, change))


def test_numbers_in_other_files_are_refused(content: bytes, tmp_path: Path) -> None:
    secret = tmp_path / "secret.bin"
    np.arange(29.0).tofile(secret)

    def change(file: h5py.File) -> object:
        return file.create_dataset("other", shape=(29,), dtype="f8", external=[(str(secret), 0, 29 * 8)])

    with pytest.raises(ReadError, match="other files"):
        read_source(changed(content, change))


@pytest.mark.parametrize("keep", [9, 100, 2000, 2050, 6000, -1])
def test_a_cut_file_is_refused_in_silence(content: bytes, keep: int, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ReadError):
        read_source(Source("x.nc", content[:keep]))
    assert capfd.readouterr().err == ""
