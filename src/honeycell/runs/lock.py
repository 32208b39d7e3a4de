"""One process per run folder.

The lock is the kernel's (``flock``), so it ends with the process that holds it, however that ends; nothing has to be
cleaned up after a crash. The file stays behind and marks the folder as ours.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from typing import TYPE_CHECKING

from honeycell.quantities.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK = "run.lock"


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the exclusive lock of ``folder``, which must exist.

    Child processes do not inherit it.

    Raises
    ------
    InputError : another process, or this one, holds it; or the folder cannot be written.
    """
    where = str(folder)
    try:
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise InputError(f"cannot be written ({reason})", where, "Choose another --out.") from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                raise InputError(
                    f"cannot be locked ({os.strerror(error.errno or 0)})", where, "Choose an --out on a local disk."
                ) from None
            pid = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
            holder = f"process {pid}" if pid.isdecimal() else "another process"
            raise InputError(f"is in use by {holder}", where, "Wait for it, or choose another --out.") from None
        try:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
        except OSError as error:
            reason = os.strerror(error.errno or 0)
            raise InputError(f"cannot be written ({reason})", where, "Free space, or choose another --out.") from None
        yield
    finally:
        os.close(descriptor)
