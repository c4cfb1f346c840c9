"""Which figures to keep back so that no small group's can be worked out from those that are told.

The rules are those of statistical offices (Hundepool and others, "Statistical Disclosure Control",
2012): what rests on too few people is kept back, and enough beside it that no sum gives it back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from workbench.stats.arrays import Array

Mask = np.ndarray[Any, np.dtype[np.bool_]]

_EXACT = 1e-9  # how far a projection may lie from 1 and still be one


def is_small(size: float, least: int) -> bool:
    """Whether there are people, but fewer than `least`: of nobody nothing can be told."""
    return 0 < size < least


def folded(sizes: Array, least: int, *, others: Mask | None = None, overlap: bool = False) -> Mask:
    """Return which values of a breakdown are told only together, as the others.

    They are those of under `least` people, and the next smallest as long as the others are under
    `least` themselves: else all less the rest would give them. Of equally small ones all join.

    Args:
        sizes: How many people have each value, shape (values,), or in each of several periods,
            shape (values, periods): a value that is small in one is folded in all.
        least: People, below which nothing is told of a group; 0 folds nothing.
        others: The values that are told together in any case, shape (values,).
        overlap: Whether one may have several values, so that the others are surely no more than
            the largest of them.
    """
    sizes = np.asarray(sizes, dtype=float)
    if not len(sizes):
        return np.zeros(0, dtype=bool)
    sizes = sizes.reshape(len(sizes), -1)
    hidden: Mask = np.any((sizes > 0) & (sizes < least), axis=1)
    if hidden.any() and others is not None:
        hidden |= others
    whole = sizes.sum(axis=1)
    while hidden.any():
        rest = sizes[hidden].max(axis=0) if overlap else sizes[hidden].sum(axis=0)
        apart = ~hidden & (whole > 0)
        if not apart.any() or not ((rest > 0) & (rest < least)).any():
            break
        hidden |= apart & (whole == whole[apart].min())
    return hidden


def withheld(sizes: Array, lines: Sequence[Mask], least: int, also: Mask | None = None) -> Mask:
    """Return which cells of a table to keep back, given the sums that are told of it.

    They are those of under `least` people, and in each line that keeps one back others until it
    keeps back two, of `least` people together; and further ones as long as the sums of all lines
    together would give a small one. What helps most lines joins first, of that the smallest; of
    equals all, so that the order of the cells does not matter. Cells of nobody are never kept back.

    Args:
        sizes: How many people are in each cell, shape (cells,).
        lines: The cells of which each told sum is made, shape (cells,) each. One of a line of under
            `least` people is taken not to be told.
        least: People, below which nothing is told of a group; 0 keeps nothing back.
        also: Cells to keep back in any case, shape (cells,).
    """
    sizes = np.asarray(sizes, dtype=float)
    small: Mask = (sizes > 0) & (sizes < least)
    hidden = small.copy() if also is None else small | also
    told = [line for line in lines if sizes[line].sum() >= least]
    while hidden.any():
        gaps = np.array(_open(told, hidden, small, sizes, least), dtype=np.int64)
        # The cell that helps most lines at once, of those the smallest.
        helps = np.where(~hidden & (sizes > 0), gaps.sum(axis=0), 0)
        if not helps.any():
            break
        best = helps == helps.max()
        hidden |= best & (sizes == sizes[best].min())
    return hidden


def _open(lines: Sequence[Mask], hidden: Mask, small: Mask, sizes: Array, least: int) -> list[Mask]:
    """The lines that give something away: by themselves, or else all of them together."""
    short = []
    for line in lines:
        kept = line & hidden
        if kept.any() and (kept.sum() == 1 or sizes[kept].sum() < least):
            short.append(line)
    if any((line & ~hidden & (sizes > 0)).any() for line in short):
        return short
    given = small & recoverable(lines, hidden)
    return [line for line in lines if (line & given).any()]


def recoverable(lines: Sequence[Mask], hidden: Mask) -> Mask:
    """Return which hidden cells follow from the sums of the lines and the cells that are told.

    A cell follows where the row of its own is a combination of the lines' rows, cut to what is
    hidden.
    """
    found = np.zeros_like(hidden)
    if lines and hidden.any():
        sums = np.array(lines, dtype=float)[:, hidden]
        found[hidden] = np.diag(np.linalg.pinv(sums) @ sums) > 1 - _EXACT
    return found


def withheld_within(
    sizes: Array, lines: Sequence[Mask], groups: Array, group_lines: Sequence[Mask], least: int
) -> tuple[Mask, Mask]:
    """Return which cells, and which groups of cells, to keep back of two tables of the same people.

    A group that is kept back has a cell that is; else its cells would give it.

    Args:
        sizes: As for `withheld`.
        lines: Sums of cells that are told, as for `withheld`; those of the groups come by themselves.
        groups: The group of each cell, from 0; shape (cells,).
        group_lines: Sums of groups that are told, shape (groups,) each.
        least: As for `withheld`.
    """
    sizes, groups = np.asarray(sizes, dtype=float), np.asarray(groups)
    known = max(map(len, group_lines), default=0)  # the last groups may have no cell
    whole = np.bincount(groups, weights=sizes, minlength=known)
    kept = withheld(whole, group_lines, least)
    also = np.zeros(len(sizes), dtype=np.bool_)
    for group in np.flatnonzero(kept):
        own = (groups == group) & (sizes > 0)
        also |= own & (sizes == sizes[own].min())
    told = [groups == group for group in np.flatnonzero(~kept & (whole > 0))]
    return withheld(sizes, [*lines, *told], least, also), kept
