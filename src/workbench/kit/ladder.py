"""The nine levels as a ladder: three classes of three levels each, from the highest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from workbench.errors import ParameterError, unknown
from workbench.kit.levels import CLASSES

_EACH = 3  # levels in a class


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
    """Return where each user stands on the ladder: 0 is the highest level.

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
