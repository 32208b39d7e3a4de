"""The lines of a long text, kept as bytes: as strings they take several times its room, and most are never asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, overload

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CHUNK = 2**22  # bytes looked through at a time, so that a large text is not held several times
_END = ord("\n")


class Lines(Sequence[str]):
    r"""What ``text.decode().split("\n")`` gives, each line decoded when somebody asks for it; ``text`` is UTF-8."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        data = np.frombuffer(text, np.uint8)
        pieces = (np.flatnonzero(data[k : k + _CHUNK] == _END) + k for k in range(0, data.size, _CHUNK))
        # four bytes count far beyond the largest file that is read
        self._ends = np.concatenate([*(each.astype(np.uint32) for each in pieces), np.array([data.size], np.uint32)])

    def __len__(self) -> int:
        return self._ends.size

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            places = range(len(self))[index]
            if places.step != 1:
                return [self[each] for each in places]
            first, last = self.span(places.start, places.stop)
            return self.text[first:last].decode().split("\n") if places else []
        place = range(len(self))[index]
        first, last = self.span(place, place + 1)
        return self.text[first:last].decode()

    def __iter__(self) -> Iterator[str]:
        return iter(self.text.decode().split("\n"))

    def span(self, first: int, stop: int) -> tuple[int, int]:
        """Where the lines from ``first`` to before ``stop`` begin and end in :attr:`text`, without the last line end."""
        begin = int(self._ends[first - 1]) + 1 if first else 0
        return begin, int(self._ends[stop - 1]) if stop > first else begin

    def has(self, mark: str, first: int, stop: int) -> bool:
        """True where one of these lines holds ``mark``."""
        return self.text.find(mark.encode(), *self.span(first, stop)) >= 0

    def counts(self, mark: str, first: int, stop: int) -> NDArray[np.int64]:
        """How often an ASCII character stands in each of these lines."""
        begin, end = self.span(first, stop)
        data = np.frombuffer(self.text, np.uint8)[begin:end]
        ends = self._ends[first:stop].astype(np.int64) - begin
        before, total = np.zeros(ends.size, np.int64), 0
        for k in range(0, data.size, _CHUNK):
            places = np.flatnonzero(data[k : k + _CHUNK] == ord(mark)) + k
            here = slice(*np.searchsorted(ends, (k, k + _CHUNK)).tolist())
            before[here] = total + np.searchsorted(places, ends[here])
            total += places.size
        before[ends >= data.size] = total
        return np.diff(before, prepend=0)

    def without_digit(self, mark: str, columns: Sequence[int], first: int, stop: int) -> Iterator[int]:
        """Which of these lines have in none of the columns a cell that begins with a digit, or with a sign and a digit.

        ``mark`` is ASCII and separates the columns, which count from 0.
        """
        size = 2**15  # lines looked at in one go
        for start in range(first, stop, size):
            rows = slice(start, min(start + size, stop))
            begin, end = self.span(rows.start, rows.stop)
            data = np.frombuffer(self.text[begin:end] + b"\n\n", np.uint8)
            ends = self._ends[rows].astype(np.int64) - begin
            starts = np.append(0, ends[:-1] + 1)
            # a cell begins behind a separator; what none begins at is where the line ends
            cells = np.append(np.flatnonzero(data[:-2] == ord(mark)) + 1, end - begin)
            before = np.searchsorted(cells, starts, side="right")
            lacking = np.ones(ends.size, bool)
            for column in columns:
                place = starts if column == 0 else cells[np.minimum(before + column - 1, cells.size - 1)]
                place = np.minimum(place, ends)
                here = data[place]
                signed = (here == ord("-")) | (here == ord("+"))
                lacking &= data[place + signed] - np.uint8(ord("0")) > 9
            yield from (np.flatnonzero(lacking) + start).tolist()

    def leading(self, first: int, stop: int) -> NDArray[np.uint8]:
        """First byte of each of these lines; that of an empty line is its end."""
        starts = np.concatenate(([0], self._ends[:-1].astype(np.int64) + 1))[first:stop]
        result = np.full(starts.size, _END, np.uint8)
        within = starts < len(self.text)
        result[within] = np.frombuffer(self.text, np.uint8)[starts[within]]
        return result

    def trailing(self, first: int, stop: int) -> NDArray[np.uint8]:
        """Last byte of each of these lines; that of an empty line is what stands before it."""
        places = self._ends[first:stop].astype(np.int64) - 1
        return np.frombuffer(self.text, np.uint8)[np.maximum(places, 0)]
