"""One file as it came: its name, its bytes, and its text once somebody asks."""

from __future__ import annotations

import codecs
import hashlib
import os
import re
import stat
from functools import cached_property
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import numpy as np

from honeycell.quantities.errors import ReadError
from honeycell.readers.lines import Lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LIMIT = 256 * 2**20
LONGEST_LINE = 8000
HEAD_LINES = 2000
LARGE = 4 * 2**20  # a text from which on a format is recognised by its beginning
GLIMPSE = 2**20  # bytes of that beginning: far more than any format's heading and first rows
_CHUNK = 2**22  # bytes looked through at a time, so that large files are not held twice
_ENDS = ("\r\r\n", "\r\n", "\r")  # that are written besides \n
_EXPORT = "Export it from the instrument's program as text."
_MAGIC = (
    (b"PK\x03\x04", "a zip archive (xlsx, brml, ndax ...)", "Unpack it, or save the sheet as csv."),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Office file (xls)", "Save the sheet as csv."),
    (b"\x89HDF", "a NetCDF or HDF5 file", "Only records that honeycell wrote are read."),
    (b"CDF\x01", "a NetCDF 3 file", "Only NetCDF 4 records that honeycell wrote are read."),
    (b"CDF\x02", "a NetCDF 3 file", "Only NetCDF 4 records that honeycell wrote are read."),
    (b"BIO-LOGIC MODULAR FILE", "an EC-Lab binary file (mpr)", "Export it from EC-Lab as text (mpt)."),
    (b"\x80\xf2\x1b\x00", "a CH Instruments binary file (bin)", "Use Convert to Text in the CHI program."),
    (b"%PDF", "a PDF document", _EXPORT),
    (b"\x1f\x8b", "a gzip archive", "Unpack it."),
    (b"\x89PNG", "a PNG picture", "Give the numbers, not their picture."),
    (b"\xff\xd8\xff", "a JPEG picture", "Give the numbers, not their picture."),
)
_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_SAMPLE = 4096  # bytes looked at for nulls
_PLAIN = 0.6  # of the characters of a table are digits, separators and line ends, even where its labels are Chinese
_PRINTED = 0.99  # of the characters: 16-bit numbers of a binary file are not
_SUBSTANCE = re.compile(rb"[^\x00\t\n\v\f\r \x1a]")
_CONTROL = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1a"))
_ASCII_TO_BLANK = bytes(32 if byte < 128 else byte for byte in range(256))
_GREEK_IN_GBK = frozenset("ΩωμθφΦ°℃")


class Source:
    """A file's ``name`` as the user gave it and its ``content``.

    Raises
    ------
    ReadError : the content is empty.
    """

    def __init__(self, name: str, content: bytes) -> None:
        self.name = name.encode("utf-8", "replace").decode()
        self.content = content
        if not _SUBSTANCE.search(content):
            raise ReadError("is empty", self.name, "Export it again; nothing was written into it.")

    @classmethod
    def open(cls, path: str | Path) -> Source:
        """Read a file whole.

        Raises
        ------
        ReadError : no such file, a folder, not a regular file, not readable, empty, or larger than 256 MB.
        """
        name = str(path)
        shown = name.encode("utf-8", "replace").decode()
        try:
            found = os.stat(path)  # noqa: PTH116  before opening, so that a pipe cannot hang us
            if stat.S_ISDIR(found.st_mode):
                raise ReadError("is a folder", shown, "Name the files in it, for example with *.")
            if not stat.S_ISREG(found.st_mode):
                raise ReadError("is not a regular file", shown, "Save it to disk first.")
            if found.st_size > LIMIT:
                size = f"{found.st_size / 2**20:.0f} MB"
                raise ReadError(f"is {size} large, more than {LIMIT // 2**20} MB", shown, "Split it.")
            with Path(path).open("rb") as file:
                content = file.read(found.st_size + 1)  # not more: the room for it is taken beforehand
                if len(content) > found.st_size:
                    content += file.read(LIMIT)
        except (FileNotFoundError, NotADirectoryError):
            raise ReadError("does not exist", shown, "Check the spelling and the folder.") from None
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else type(error).__name__
            raise ReadError(f"cannot be read ({reason})", shown, "Check its permissions.") from None
        except ValueError:
            raise ReadError("is not a file name", shown.replace("\0", "\\0"), "Check the spelling.") from None
        if len(content) > LIMIT:
            raise ReadError(f"is more than {LIMIT // 2**20} MB large", shown, "Split it.")
        return cls(name, content)

    @cached_property
    def base(self) -> str:
        """File name without folders, whichever system wrote the path."""
        return PurePath(self.name).name or self.name

    @property
    def stem(self) -> str:
        """File name without folders and suffix."""
        return PurePath(self.base).stem

    @property
    def suffix(self) -> str:
        """Last suffix in lower case, with its dot."""
        return PurePath(self.base).suffix.lower()

    @cached_property
    def sha256(self) -> str:
        """Hash of the bytes, in hexadecimal digits."""
        return hashlib.sha256(self.content).hexdigest()

    @cached_property
    def _binary(self) -> tuple[str, str] | None:
        """What it looks like and the cure, when it is not text."""
        for magic, looks, cure in _MAGIC:
            if self.content.startswith(magic):
                return looks, cure
        marked = self._encoding is not None
        if b"\0" in self.content and not marked:
            return "binary, not text", _EXPORT
        if not _lines_within(self.content, LONGEST_LINE):
            return f"no table: it has a line of {_longest_line(self.content)} bytes", _EXPORT
        control = sum(len(chunk) - len(chunk.translate(None, _CONTROL)) for chunk in _chunks(self.content))
        return ("binary, not text", _EXPORT) if not marked and control > 0.005 * len(self.content) else None

    @cached_property
    def _encoding(self) -> str | None:
        """By the byte order mark; UTF-16 without one by the line ends and numbers of any table, whose every other byte is null."""
        for mark, encoding in _MARKS:
            if self.content.startswith(mark):
                return encoding
        sample = self.content[:_SAMPLE]
        for order in ("utf-16-le", "utf-16-be"):
            low, high = (sample[::2], sample[1::2]) if order == "utf-16-le" else (sample[1::2], sample[::2])
            printed = len(low.translate(None, _CONTROL)) > _PRINTED * len(low)
            if high.count(0) > _PLAIN * len(high) and printed and low.count(b"\n"):
                return order
        return None

    @property
    def is_text(self) -> bool:
        """False when :attr:`text` would refuse the content as binary."""
        return self._binary is None

    @cached_property
    def glimpse(self) -> Source:
        """The beginning of a large text, up to a line end, as a source of its own; the source itself when it is small or binary.

        To tell formats apart needs no more, and to split a hundred megabytes of nothing known into lines takes gigabytes.
        """
        encoding = self._encoding or ""
        if len(self.content) <= LARGE or encoding == "utf-32" or not self.is_text:
            return self
        if encoding.startswith("utf-16"):
            return self._glimpse_of_pairs(encoding)
        head = self.content[:GLIMPSE]
        head = head[: max(head.rfind(b"\n"), head.rfind(b"\r")) + 1]
        return Source(self.name, head) if _SUBSTANCE.search(head) else self

    def _glimpse_of_pairs(self, encoding: str) -> Source:
        """The beginning of a text of two bytes each, as UTF-8."""
        try:
            head = codecs.getincrementaldecoder(encoding)().decode(self.content[:GLIMPSE])
        except UnicodeDecodeError:
            return self  # whoever asks for its text is told where it is damaged
        head = head[: max(head.rfind("\n"), head.rfind("\r")) + 1]
        if not head.strip():
            return self
        seen = Source(self.name, head.encode())
        return seen if seen.is_text else self

    @cached_property
    def text(self) -> str:
        """The content decoded: by its byte order mark, as UTF-8, as GBK where it holds Chinese, else as Windows-1252.

        Raises
        ------
        ReadError : binary, or damaged after its byte order mark.
        """
        return self._decoded()

    def _decoded(self) -> str:
        if self._binary:
            looks, cure = self._binary
            raise ReadError(f"looks like {looks}", self.name, cure)
        marked = self._encoding
        try:
            text = self.content.decode(marked or "utf-8")
        except UnicodeDecodeError as error:
            if marked:
                what = f"cannot be decoded as {marked} at byte {error.start}, though it begins as such"
                raise ReadError(what, self.name, "Save it anew as UTF-8.") from None
            text = _decode_without_mark(self.content)
        if "\0" in text:
            raise ReadError("holds null characters", self.name, _EXPORT)
        return text.rstrip("\x1a")

    @cached_property
    def lines(self) -> Sequence[str]:
        """The text's lines without their ends; ``lines[n - 1]`` is line n of a text editor."""
        if len(self.content) <= LARGE:
            text = self.text
            for end in _ENDS if "\r" in text else ():
                text = text.replace(end, "\n")
            return text.split("\n")
        plain = self._encoding is None and self.is_text and self.content.isascii()
        data = self.content.rstrip(b"\x1a") if plain else self._decoded().encode()
        for end in _ENDS if b"\r" in data else ():
            data = data.replace(end.encode(), b"\n")
        return Lines(data)

    @cached_property
    def head(self) -> str:
        """The first 2000 lines in lower case: a quick look for words that a format cannot lack."""
        return "\n".join(self.lines[:HEAD_LINES]).lower()

    def at(self, line: int) -> str:
        """Place for a message."""
        return f"{self.name}, line {line}"


def _chunks(content: bytes) -> Iterator[bytes]:
    return (content[start : start + _CHUNK] for start in range(0, len(content), _CHUNK))


def _lines_within(content: bytes, most: int) -> bool:
    """True where no line is longer than ``most`` bytes, whichever its end; looks only where a line may end at the latest."""
    start = 0
    while len(content) - start > most:
        latest = start + most + 1
        start = max(content.rfind(b"\n", start, latest), content.rfind(b"\r", start, latest)) + 1
        if start == 0:
            return False
    return True


def _longest_line(content: bytes) -> int:
    """Bytes of the longest line, whichever its end."""
    longest, last = 0, -1
    for k, chunk in enumerate(_chunks(content)):
        data = np.frombuffer(chunk, np.uint8)
        ends = np.flatnonzero((data == ord("\n")) | (data == ord("\r"))) + k * _CHUNK
        if ends.size:
            longest = max(longest, int(np.diff(ends, prepend=last).max()) - 1)
            last = int(ends[-1])
    return max(longest, len(content) - last - 1)


def _decode_without_mark(content: bytes) -> str:
    """GBK only where it explains the bytes better than single accents and degree signs of Windows-1252 do."""
    runs = set(content.translate(_ASCII_TO_BLANK).split())
    if all(len(run) % 2 == 0 for run in runs):
        try:
            text = content.decode("gbk")
        except UnicodeDecodeError:
            pass
        else:
            if any(len(run) >= 4 for run in runs) or not _GREEK_IN_GBK.isdisjoint(text):
                return text
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError:
        return content.decode("latin-1")
