"""Texts that are nearly alike: by the shingles they share, found without comparing all pairs.

MinHash with locality-sensitive hashing (Broder 1997, "On the resemblance and containment of documents";
Indyk and Motwani 1998) proposes pairs, and each is then compared exactly. The only datasketch.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np

from workbench.stats.arrays import Array

ALIKE = 0.7
"""The share of the shingles of two texts that both have (Jaccard), from which on they are near copies."""

SHORTEST = 10
"""Signs, after folding, under which texts are alike by chance."""

_SHINGLE, _HASHES, _SEED = 3, 64, 1
_PROPOSED = (
    0.5  # likeness from which pairs are mostly proposed: well under `ALIKE`, so that none is lost
)
_BATCH = 10_000
_SIGNS = re.compile(r"[\W_]+")


def folded(text: str) -> str:
    """Return a text without what copies differ in: width of signs, case, punctuation, spaces."""
    return _SIGNS.sub("", unicodedata.normalize("NFKC", text).casefold())


def shingles(text: str) -> frozenset[str]:
    """Return every run of three signs of a folded text: words need no bounds, as in Chinese."""
    return frozenset(text[i : i + _SHINGLE] for i in range(len(text) - _SHINGLE + 1))


def pairs(texts: Sequence[str]) -> Array:
    """Return which of some texts are near copies of one another.

    Args:
        texts: Folded, each once, of `SHORTEST` signs or more.

    Returns:
        Places of the two of each pair, the first lower, ascending, shape (pairs, 2).
    """
    from datasketch import MinHash, MinHashLSH  # noqa: PLC0415 - few reports need it

    sets = [shingles(one) for one in texts]
    index = MinHashLSH(threshold=_PROPOSED, num_perm=_HASHES)
    found = []
    for first in range(0, len(sets), _BATCH):
        part = [[one.encode() for one in each] for each in sets[first : first + _BATCH]]
        for place, sketch in enumerate(MinHash.bulk(part, num_perm=_HASHES, seed=_SEED), first):
            found += [
                (other, place) for other in index.query(sketch) if _alike(sets[other], sets[place])
            ]
            index.insert(place, sketch)
    return np.array(sorted(found), dtype=np.int64).reshape(-1, 2)


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) >= ALIKE * len(one | other)
