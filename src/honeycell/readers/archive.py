"""Members of a zip archive, read without trusting what it declares."""

from __future__ import annotations

import io
import weakref
import zipfile
from typing import TYPE_CHECKING

from honeycell.quantities.errors import ReadError

if TYPE_CHECKING:
    from honeycell.readers.source import Source

ZIP = b"PK\x03\x04"
LARGEST = 300 * 2**20  # bytes unpacked, of all members that are read: instruments' archives hold less
MOST = 20_000  # members
_CURE = "The file is damaged or was cut off; copy or export it again."
_WHATEVER = Exception  # a package may put its own decompressor into zipfile, whose errors are none of zlib's


class Archive:
    """A zip file in memory: the ``names`` of its members, and their bytes up to a limit for all together.

    Raises
    ------
    ReadError : no readable zip archive, or more members than any instrument writes.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self._left = LARGEST
        try:
            self._file = zipfile.ZipFile(io.BytesIO(source.content))
        except _WHATEVER as error:
            raise ReadError(f"is a damaged zip archive ({error})", source.name, _CURE) from None
        self.names = tuple(self._file.namelist())
        if len(self.names) > MOST:
            raise ReadError(f"is a zip archive of {len(self.names)} files", source.name, "Unpack it.")

    def read(self, name: str) -> bytes:
        """The bytes of one member.

        Raises
        ------
        ReadError : no such member, encrypted, damaged, or larger unpacked than what is left of 300 MB.
        """
        where = f"{self.source.name}, {name}"
        try:
            with self._file.open(name) as member:
                content = member.read(self._left + 1)
        except KeyError:
            raise ReadError("is missing in the archive", where, _CURE) from None
        except _WHATEVER as error:
            raise ReadError(f"cannot be unpacked ({error})", where, _CURE) from None
        if len(content) > self._left:
            raise ReadError(f"unpacks to more than {LARGEST // 2**20} MB", self.source.name, "Export less of the test.")
        self._left -= len(content)
        return content

    def size(self, name: str) -> int:
        """Bytes that one member claims to unpack to; :meth:`read` never gives more.

        Raises
        ------
        ReadError : no such member.
        """
        try:
            return self._file.getinfo(name).file_size
        except KeyError:
            raise ReadError("is missing in the archive", f"{self.source.name}, {name}", _CURE) from None

    def declared(self) -> int:
        """Bytes that all members together claim to unpack to."""
        return sum(each.file_size for each in self._file.infolist())


_NAMES: weakref.WeakKeyDictionary[Source, tuple[str, ...]] = weakref.WeakKeyDictionary()


def member_names(source: Source) -> tuple[str, ...]:
    """Names in a zip archive, for recognising it; none where it is no archive or a damaged one. Read once for each source."""
    if not source.content.startswith(ZIP):
        return ()
    if source not in _NAMES:
        try:
            _NAMES[source] = Archive(source).names
        except ReadError:
            _NAMES[source] = ()
    return _NAMES[source]
