"""What a reader is. A new format is a new module of this package with a subclass; nothing else changes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    import xarray as xr

    from honeycell.readers.source import Source


class Reader(ABC):
    """One file format.

    Attributes
    ----------
    name : short name, written into the record as ``format``.
    title : what a chemist calls it.
    suffixes : file suffixes in lower case; they decide only between readers of one rank that both recognise the content.
    schemas : the records it can make.
    rank : vendors' own layouts 0, labelled tables 1, bare numbers 2; a lower rank is asked first.
    only_as : a technique without whose mention the reader is never used; None for any.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]] = ()
    schemas: ClassVar[tuple[str, ...]] = ("impedance/1",)
    rank: ClassVar[int] = 0
    only_as: ClassVar[str | None] = None

    @abstractmethod
    def recognises(self, source: Source) -> bool:
        """True when the content is of this format, damaged or not; raises nothing."""

    @abstractmethod
    def read(self, source: Source) -> xr.Dataset:
        """The record in ``source``.

        Raises
        ------
        ReadError : the content is damaged, or not what the format promises.
        """


class TextReader(Reader):
    """A format made of text."""

    def recognises(self, source: Source) -> bool:
        """True when the content is text of this format."""
        return source.is_text and self.recognises_text(source)

    @abstractmethod
    def recognises_text(self, source: Source) -> bool:
        """True when the text is of this format."""
