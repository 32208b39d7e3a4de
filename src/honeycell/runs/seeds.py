"""Random streams that depend on a seed and on names, never on the order of calls."""

from __future__ import annotations

import hashlib
import json

from numpy.random import PCG64, Generator, SeedSequence

from honeycell.quantities.errors import InputError


def generator(seed: int, *names: str) -> Generator:
    """The random stream of ``names`` under ``seed``.

    Parameters
    ----------
    seed : a non-negative integer, the run's.
    names : what the stream is for, such as ``"film", "particles"``.

    Raises
    ------
    InputError : a negative seed.

    >>> generator(1, "film").integers(100) == generator(1, "film").integers(100)
    np.True_
    """
    if seed < 0:
        raise InputError(f"seed is {seed}", cure="Give a seed of zero or more.")
    digest = hashlib.sha256(json.dumps(names).encode("ascii")).digest()
    words = tuple(int.from_bytes(digest[start : start + 4], "big") for start in range(0, len(digest), 4))
    return Generator(PCG64(SeedSequence(seed, spawn_key=words)))
