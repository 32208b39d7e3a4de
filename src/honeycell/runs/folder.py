"""A run folder: whole after any interruption, byte-identical for identical inputs, never someone else's.

Every file appears whole or not at all; the manifest, written last, says which stages are whole. A folder is ours when
it holds our manifest or ``run.lock``.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import itertools
import json
import os
import platform
import re
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from honeycell.quantities.errors import InputError, ReadError, RunError
from honeycell.quantities.schema import check
from honeycell.runs.lock import LOCK, locked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import xarray as xr

MANIFEST = "manifest.json"
PACKAGES = ("numpy", "scipy", "xarray", "h5netcdf", "h5py", "pybamm")
CURES = {
    errno.ENOSPC: "Free some space and run again; finished stages are kept.",
    errno.EDQUOT: "Free some space and run again; finished stages are kept.",
    errno.EACCES: "Get write permission, or choose another --out.",
    errno.EPERM: "Get write permission, or choose another --out.",
    errno.EROFS: "The disk is read-only; choose another --out.",
}
_TEMPORARY = re.compile(r"\..*\.\d+-\d+\.honeycell\.tmp")
_count = itertools.count()


def read_netcdf(content: bytes, where: str) -> xr.Dataset:
    """The record in the bytes of a NetCDF file, in memory.

    Raises
    ------
    ReadError : damaged.
    SchemaError : it does not keep its schema.
    """
    import xarray as xr

    try:
        with xr.open_dataset(io.BytesIO(content), engine="h5netcdf", decode_times=False) as opened:
            record = opened.load()
    except Exception as error:  # h5py and xarray raise nearly anything on damaged bytes
        raise ReadError(f"is damaged ({type(error).__name__})", where, "Run again to write it anew.") from None
    return check(record)


def write_atomic(path: str | Path, data: bytes | str) -> None:
    """Write ``path`` so that, whatever happens, it holds either what it held before or all of ``data``.

    Raises
    ------
    RunError : the storage refused (no space, no permission, read-only); ``path`` is then not half-written.
    """
    path = Path(path)
    content = data.encode("utf-8") if isinstance(data, str) else data
    temporary = _temporary(path)
    with _storage(str(path)):
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            with os.fdopen(os.open(temporary, flags, 0o666), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)  # noqa: PTH105  the kernel's own atomic step
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
        _sync_folder(path.parent)


class RunFolder:
    """A folder that one process at a time works in; made by :meth:`open`."""

    def __init__(self, path: Path, settings: dict[str, Any], manifest: dict[str, Any] | None) -> None:
        self.path = path
        self.settings = settings
        self._stages: dict[str, Any] = manifest["stages"] if manifest else {}
        self._files: dict[str, str] = manifest["files"] if manifest else {}

    @classmethod
    @contextlib.contextmanager
    def open(cls, path: str | Path, settings: dict[str, Any], fresh: bool = False) -> Iterator[RunFolder]:
        """Open or resume the run in ``path``, creating the folder.

        Parameters
        ----------
        path : the folder.
        settings : what identifies the run (recipe hashes, seed, quick), JSON-able.
        fresh : delete the files that the manifest lists, and start again.

        Raises
        ------
        InputError : not a folder, not writable, in use, not ours, a run with other settings, a damaged manifest.
        """
        path = Path(path)
        settings = json.loads(json.dumps(settings))
        _make_folder(path)
        if not (path / LOCK).exists() and _read_manifest(path) is None and any(path.iterdir()):
            raise InputError("is not empty and holds no run", str(path), "Choose a new or empty folder as --out.")
        with locked(path):
            _clear_temporaries(path)
            manifest = _read_manifest(path)
            if fresh:
                _delete_run(path, manifest)
                manifest = None
            elif manifest is None and (path / MANIFEST).exists():
                raise InputError(
                    f"{MANIFEST} is damaged", str(path), "Use --fresh to replace the run, or another --out."
                )
            elif manifest is not None:
                _check_settings(manifest["settings"], settings, str(path))
            yield cls(path, settings, manifest)

    def stage(self, name: str, key: str) -> bool:
        """True when stage ``name`` is whole: finished with this ``key``, and all its files unchanged since."""
        entry = self._stages.get(name)
        if entry is None or entry["state"] != "whole" or entry["key"] != key:
            return False
        try:
            return all(_sha256(self._locate(file).read_bytes()) == digest for file, digest in entry["files"].items())
        except OSError:
            return False

    def finish_stage(self, name: str, key: str, files: Mapping[str, bytes | str | xr.Dataset]) -> None:
        """Write all ``files`` (relative path to content), then record the stage as whole.

        Files that an earlier pass of this stage wrote and this one does not are deleted.

        Raises
        ------
        RunError : the storage refused; the stage is then not whole and runs again.
        SchemaError : a record does not keep its schema; nothing is written.
        """
        contents = {self._name(file): self._bytes(file, given) for file, given in files.items()}
        digests = {file: _sha256(content) for file, content in contents.items()}
        for file, content in contents.items():
            self._store(file, content)
        kept = set(digests).union(*(entry["files"] for stage, entry in self._stages.items() if stage != name))
        for file in set(self._stages.get(name, {"files": {}})["files"]) - kept:
            _delete(self._locate(file))
            self._files.pop(file, None)
        self._stages[name] = {"key": key, "state": "whole", "files": digests}
        self._files.update(digests)
        self._write_manifest()

    def write_record(self, relative: str, dataset: xr.Dataset) -> None:
        """Write one record outside any stage, and list it in the manifest."""
        name = self._name(relative)
        content = self._bytes(relative, dataset)
        self._store(name, content)
        self._files[name] = _sha256(content)
        self._write_manifest()

    def read_record(self, relative: str) -> xr.Dataset:
        """The record in ``relative``, in memory, the file closed.

        Raises
        ------
        ReadError : missing, damaged, or changed since it was written.
        SchemaError : it does not keep its schema.
        """
        return read_netcdf(self._read(relative), str(self.path / relative))

    def read_text(self, relative: str) -> str:
        """The UTF-8 text in ``relative``.

        Raises
        ------
        ReadError : missing, not text, or changed since it was written.
        """
        try:
            return self._read(relative).decode("utf-8")
        except UnicodeDecodeError:
            raise ReadError("is not UTF-8 text", str(self.path / relative), "Run again to write it anew.") from None

    def _read(self, relative: str) -> bytes:
        where = str(self.path / relative)
        try:
            content = self._locate(self._name(relative)).read_bytes()
        except OSError as error:
            raise ReadError(f"cannot be read ({_reason(error)})", where, "Run again to write it anew.") from None
        digest = self._files.get(self._name(relative))
        if digest is not None and digest != _sha256(content):
            raise ReadError("was changed after the run wrote it", where, "Run again to write it anew.")
        return content

    def _name(self, relative: str) -> str:
        if not _is_inside(self.path, relative):
            raise RunError(f"cannot hold the file {relative!r}", str(self.path), "Name a file inside the folder.")
        return str(PurePosixPath(relative))

    def _locate(self, name: str) -> Path:
        return self.path / name

    def _bytes(self, relative: str, given: bytes | str | xr.Dataset) -> bytes:
        if isinstance(given, bytes):
            return given
        if isinstance(given, str):
            return given.encode("utf-8")
        where = str(self.path / relative)
        temporary = _temporary(self.path / PurePosixPath(relative).name)
        try:
            with _storage(where):
                check(given).to_netcdf(temporary.absolute(), engine="h5netcdf")
                return temporary.read_bytes()
        except RuntimeError:  # how HDF5 reports a failed flush
            raise RunError("cannot be stored", where, "Look for free space and run again.") from None
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink()

    def _store(self, name: str, content: bytes) -> None:
        target = self._locate(name)
        missing = [each for each in target.parents if not each.exists()]
        with _storage(str(target)):
            target.parent.mkdir(parents=True, exist_ok=True)
            for each in missing:
                _sync_folder(each.parent)
        write_atomic(target, content)

    def _write_manifest(self) -> None:
        manifest = {
            "settings": self.settings,
            "software": _software(),
            "stages": self._stages,
            "files": self._files,
        }
        write_atomic(self.path / MANIFEST, json.dumps(manifest, sort_keys=True, indent=1) + "\n")


def _temporary(path: Path) -> Path:
    return path.parent / f".{path.name[:60]}.{os.getpid()}-{next(_count)}.honeycell.tmp"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _reason(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno else type(error).__name__


@contextlib.contextmanager
def _storage(where: str) -> Iterator[None]:
    """Say what the storage refused, without the temporary names and absolute paths that an OSError carries."""
    try:
        yield
    except OSError as error:
        cure = CURES.get(error.errno or 0, "Check the disk, or choose another --out.")
        raise RunError(f"cannot be stored ({_reason(error)})", where, cure) from None


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some file systems cannot, and need not
            raise
    finally:
        os.close(descriptor)


def _make_folder(path: Path) -> None:
    if path.exists() and not path.is_dir():
        raise InputError("is not a folder", str(path), "Choose another --out.")
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot be created ({_reason(error)})", str(path), "Choose another --out.") from None
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        raise InputError("cannot be written", str(path), "Get write permission, or choose another --out.")


def _clear_temporaries(path: Path) -> None:
    """Remove what a killed run left of its own; only under the lock."""
    for each in path.rglob("*.honeycell.tmp"):
        if _TEMPORARY.fullmatch(each.name):
            _delete(each)


def _delete(path: Path) -> None:
    with _storage(str(path)):
        path.unlink(missing_ok=True)


def _delete_run(path: Path, manifest: dict[str, Any] | None) -> None:
    """Delete the listed files, the manifest last, so that a killed deletion can be repeated."""
    for file in manifest["files"] if manifest else ():
        _delete(path / file)
    _delete(path / MANIFEST)


def _is_inside(folder: Path, relative: str) -> bool:
    """True for a name that stays in ``folder``, also through links, and is neither lock nor manifest."""
    name = PurePosixPath(relative)
    if name.is_absolute() or not name.name or ".." in name.parts or str(name) in (LOCK, MANIFEST) or "\0" in relative:
        return False
    return (folder / name).parent.resolve().is_relative_to(folder.resolve())


def _read_manifest(path: Path) -> dict[str, Any] | None:
    """The manifest in ``path``; None when there is none, or none of ours."""
    try:
        manifest = json.loads((path / MANIFEST).read_bytes())
        stages = manifest["stages"].values()
        whole = isinstance(manifest["settings"], dict) and isinstance(manifest["software"], dict)
        whole = whole and all(isinstance(stage[part], str) for stage in stages for part in ("key", "state"))
        lists = [manifest["files"], *(stage["files"] for stage in stages)]
        named = all(
            isinstance(digest, str) and _is_inside(path, file) for listed in lists for file, digest in listed.items()
        )
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(f"{MANIFEST} cannot be read ({_reason(error)})", str(path), "Choose another --out.") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return manifest if whole and named else None


def _check_settings(found: dict[str, Any], asked: dict[str, Any], where: str) -> None:
    def text(settings: dict[str, Any], name: str) -> str:
        return json.dumps(settings[name], sort_keys=True) if name in settings else "unset"

    differing = [name for name in sorted({*found, *asked}) if text(found, name) != text(asked, name)]
    if differing:
        held = ", ".join(f"{name} {text(found, name)}" for name in differing)
        wanted = ", ".join(f"{name} {text(asked, name)}" for name in differing)
        raise InputError(
            f"holds a run with {held}, not {wanted}", where, "Use --fresh to replace it, or another --out."
        )


def _software() -> dict[str, str]:
    from honeycell import __version__

    versions = {"honeycell": __version__, "python": platform.python_version()}
    for package in PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            versions[package] = metadata.version(package)
    return versions
