"""A column of text cells: a plain list, or one that Arrow holds and that becomes strings when somebody asks for these."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SAMPLE = 1000  # cells of a column that show whether they come again and again


class TextColumn(Sequence[str]):
    """The stripped cells of a column of strings that Arrow read."""

    def __init__(self, column: Any) -> None:
        from pyarrow import compute

        some = column.slice(0, SAMPLE)
        self._size = len(column)
        self._words: list[str] | None = None
        self._unlike: dict[str, list[int]] = {}
        # not of times and the like, where looking for repetitions is in vain
        if 2 * len(some.unique()) <= len(some):
            coded = column.dictionary_encode().combine_chunks()
            self._words = compute.call_function("utf8_trim_whitespace", [coded.dictionary]).to_pylist()
            self._codes = coded.indices.to_numpy()
        else:
            self._held = compute.call_function("utf8_trim_whitespace", [column]).combine_chunks()

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [self[each] for each in range(self._size)[index]]
        place = range(self._size)[index]
        return self._held[place].as_py() if self._words is None else self._words[self._codes[place]]

    def __iter__(self) -> Iterator[str]:
        if self._words is None:
            return iter(self._held.to_pylist())
        words = self._words
        return (words[code] for code in self._codes.tolist())

    @property
    def words(self) -> list[str] | None:
        """The different cells where they are few; None where they are not."""
        return self._words

    def each(self, values: Floats) -> Floats:
        """``values`` of the :attr:`words`, for every cell."""
        return values[self._codes]

    def filled(self) -> bool:
        """True where any cell is not empty."""
        return self._longest() > 0 if self._words is None else any(self._words)

    def _longest(self) -> int:
        """Bytes of the longest cell."""
        from pyarrow import compute

        return compute.call_function("max", [compute.call_function("binary_length", [self._held])]).as_py()

    def array(self) -> NDArray[np.str_]:
        """The cells as an array of strings."""
        if self._words is not None:
            return np.array(self._words)[self._codes]
        from pyarrow import compute

        width = max(self._longest(), 1)
        if not compute.call_function("all", [compute.call_function("string_is_ascii", [self._held])]).as_py():
            return np.array(self._held.to_pylist())
        # what numpy keeps of a string is its characters and nulls after them
        padded = compute.call_function("ascii_rpad", [self._held], compute.PadOptions(width, "\0"))
        data = np.frombuffer(padded.buffers()[2], np.uint8, self._size * width)
        return data.astype(np.uint32).view(f"U{width}")

    def unlike(self, pattern: str) -> list[int]:
        """See :func:`unlike`."""
        if pattern not in self._unlike:
            self._unlike[pattern] = np.flatnonzero(self._differs(pattern)).tolist()
        return self._unlike[pattern]

    def _differs(self, pattern: str) -> NDArray[np.bool_]:
        if self._words is not None:
            known = re.compile(pattern)
            return np.array([not known.fullmatch(word) for word in self._words])[self._codes]
        from pyarrow import compute

        options = compute.MatchSubstringOptions(f"^(?:{pattern})$")
        alike = compute.call_function("match_substring_regex", [self._held], options)
        return ~alike.to_numpy(zero_copy_only=False)

    def joined(self) -> bytes:
        """All cells in UTF-8, each with a line end."""
        if self._words is not None:
            words = [f"{word}\n" for word in self._words]
            return "".join([words[code] for code in self._codes.tolist()]).encode()
        import pyarrow as pa
        from pyarrow import compute

        whole = pa.ListArray.from_arrays([0, self._size], self._held)
        return compute.call_function("binary_join", [whole, "\n"])[0].as_buffer().to_pybytes() + b"\n"


def is_filled(cells: Sequence[str]) -> bool:
    """True where any cell is not empty."""
    return cells.filled() if isinstance(cells, TextColumn) else any(cells)


def as_array(cells: Sequence[str]) -> NDArray[np.str_]:
    """The cells as an array of strings."""
    return cells.array() if isinstance(cells, TextColumn) else np.array(cells)


def unlike(cells: Sequence[str], pattern: str) -> list[int]:
    """Indices of the cells that are not wholly of ``pattern``, which both re and RE2 know."""
    if isinstance(cells, TextColumn):
        return cells.unlike(pattern)
    known = re.compile(pattern)
    return [index for index, cell in enumerate(cells) if not known.fullmatch(cell)]


def as_text(cells: Sequence[str]) -> bytes:
    """All cells in UTF-8, each with a line end."""
    return cells.joined() if isinstance(cells, TextColumn) else ("\n".join(cells) + "\n").encode("utf-8", "replace")


def mapped(cells: Sequence[str], meaning: Callable[[str], float]) -> Floats:
    """``meaning`` of every cell, asked once for each word."""
    if isinstance(cells, TextColumn) and cells.words is not None:
        return cells.each(np.array([meaning(word) for word in cells.words]))
    known = {cell: meaning(cell) for cell in set(cells)}
    return np.array([known[cell] for cell in cells])
