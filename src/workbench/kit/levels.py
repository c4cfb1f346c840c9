"""Nine levels in three classes: which of the 27 cells of R, F and M makes which level."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from workbench import yaml_text
from workbench.errors import ParameterError, SourceError, unknown
from workbench.yaml_text import Node

CLASSES = ("core", "potential", "marginal")
CELLS = tuple("".join(cell) for cell in product("321", repeat=3))
_EACH = 3  # levels of each class
_NAME = re.compile(r"\w+")
NEW, LOST = "new", "lost"
"""Where users come from and go to, when they are on no level; so no level is called that."""


@dataclass(frozen=True)
class Levels:
    """The levels from the highest to the lowest.

    Attributes:
        classes: The class of each level, in the order of the levels.
        cells: The level of each cell; a cell is the scores of R, F and M, such as `"321"`.
    """

    classes: Mapping[str, str]
    cells: Mapping[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        """The levels, the highest first."""
        return tuple(self.classes)

    @property
    def ranks(self) -> dict[str, int]:
        """The levels as numbers: 9 for the highest down to 1."""
        return {name: len(self.classes) - place for place, name in enumerate(self.classes)}

    def of_class(self, name: str) -> tuple[str, ...]:
        """Return the levels of a class, the highest first."""
        return tuple(level for level, kind in self.classes.items() if kind == name)

    def assign(self, scored: pd.DataFrame) -> pd.DataFrame:
        """Return the users with `class`, `level` and `rank` (9 is the highest level).

        Args:
            scored: `r`, `f` and `m`, each of 1..3; one row a user.
        """
        table = self.frame()
        number = 9 * scored["r"] + 3 * scored["f"] + scored["m"]
        known = table.set_index(9 * table["r"] + 3 * table["f"] + table["m"])
        found = known.loc[number, ["class", "level", "rank"]].set_index(scored.index)
        return scored.assign(**{name: found[name] for name in found.columns})

    def frame(self) -> pd.DataFrame:
        """Return the 27 cells as a table: `r`, `f`, `m`, `class`, `level`, `rank`."""
        ranks = self.ranks
        rows = [
            (*map(int, cell), self.classes[self.cells[cell]], self.cells[cell]) for cell in CELLS
        ]
        frame = pd.DataFrame(rows, columns=["r", "f", "m", "class", "level"])
        return frame.assign(rank=frame["level"].map(ranks))


def read_levels(path: Path) -> Levels:
    """Return the levels that a file gives.

    Args:
        path: `parameters/tiers.yaml`.

    Raises:
        SourceError: If the file is not there, a class has other than three levels, a level's name
            is no plain word or taken, a cell has no level or two, or a level would fall when R, F
            or M rises.
    """
    if not path.is_file():
        raise SourceError(f"no levels: '{path}' is not there")
    return parse(path.read_text(encoding="utf-8"), path.name)


def parse(text: str, where: str) -> Levels:
    """Return the levels that a file spells out.

    Args:
        text: YAML: each class, the highest first, with its three levels, and their cells.
        where: The file's name, for errors.

    Raises:
        SourceError: As `read_levels`.
    """
    given = yaml_text.read(text, where).known("class", CLASSES)
    classes: dict[str, str] = {}
    cells: dict[str, str] = {}
    for name in CLASSES:
        if name not in given:
            raise SourceError(f"{where}: the class '{name}' is missing")
        _add(name, given[name], classes, cells)
    missing = [cell for cell in CELLS if cell not in cells]
    if missing:
        raise SourceError(f"{where}: no level has the cells: {', '.join(missing)}")
    levels = Levels(classes, cells)
    _check_rising(levels, where)
    return levels


def classes(levels: Sequence[str]) -> dict[str, str]:
    """Return the class of each level.

    Args:
        levels: The nine levels, the highest first.

    Raises:
        ParameterError: If there are not three levels for each class.
    """
    allowed = _EACH * len(CLASSES)
    if len(set(levels)) != allowed or len(levels) != allowed:
        raise ParameterError(f"{len(levels)} levels, must be {allowed} different ones")
    return {level: CLASSES[place // _EACH] for place, level in enumerate(levels)}


def places(users: pd.DataFrame, levels: Sequence[str]) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Return where each user stands: 0 is the highest level.

    Args:
        users: `user_id`, `level`; one row a user.
        levels: The nine levels, the highest first.

    Raises:
        ParameterError: If a level is unknown, or a user stands in two rows.
    """
    found = pd.Index(levels).get_indexer(pd.Index(users["level"]))
    if (found < 0).any():
        given = users["level"].iloc[int(np.argmin(found))]
        raise ParameterError(unknown("level", str(given), levels))
    twice = users["user_id"].duplicated()
    if twice.any():
        given = users.loc[twice, "user_id"].iloc[0]
        raise ParameterError(f"user '{given}' has two rows, must be one row a user")
    return found


def _add(name: str, node: Node, classes: dict[str, str], cells: dict[str, str]) -> None:
    levels = node.mapping(f"the class '{name}'")
    if len(levels) != _EACH:
        raise SourceError(f"{node.place}: the class '{name}' has {len(levels)} levels, must be 3")
    for level, scores in levels.items():
        _check_name(level, scores)
        if level in classes:
            raise SourceError(f"{scores.place}: the level '{level}' stands in two classes")
        classes[level] = name
        for cell in scores.texts(f"the cells of '{level}'"):
            if cell not in CELLS:
                raise SourceError(
                    f"{scores.place}: '{cell}' is no cell, must be three scores of 1..3 such as 321"
                )
            if cell in cells:
                raise SourceError(
                    f"{scores.place}: the cell {cell} has two levels, '{cells[cell]}' and '{level}'"
                )
            cells[cell] = level


def _check_name(level: str, scores: Node) -> None:
    if not _NAME.fullmatch(level):
        raise SourceError(
            f"{scores.place}: the level {level!r} must be one word of letters, digits and underscores"
        )
    if level in (NEW, LOST):
        raise SourceError(
            f"{scores.place}: no level may be called '{level}', so are users who come or go"
        )


def _check_rising(levels: Levels, where: str) -> None:
    """A level never falls when one score rises and the others stay."""
    ranks = levels.ranks
    for cell in CELLS:
        for better in _one_better(cell):
            low, high = levels.cells[cell], levels.cells[better]
            if ranks[high] < ranks[low]:
                raise SourceError(
                    f"{where}: {better} is '{high}' and {cell} is '{low}': "
                    "a level may not fall when a score rises"
                )


def _one_better(cell: str) -> Sequence[str]:
    return [
        f"{cell[:place]}{int(score) + 1}{cell[place + 1 :]}"
        for place, score in enumerate(cell)
        if score != "3"
    ]
