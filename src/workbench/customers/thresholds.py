"""From which value on a user scores 2, and 3: learned from users, or given, and kept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

from workbench import yaml_text
from workbench.errors import ParameterError, SourceError, unknown

MEASURES = ("recency_days", "frequency", "monetary")
SCORES = ("r", "f", "m")
WAYS = ("learn", "reuse")
ORIGINS = ("learned", "given")
_FORM = "{recency_days: [60, 14], frequency: [2, 4], monetary: [10000, 50000]}"

_WHOLE = re.compile(r"-?[0-9]{1,99}", flags=re.ASCII)
_LARGEST = 10**15  # beyond any shop, and well within 64 bits

Cuts = tuple[int, int]
Ints = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Thresholds:
    """The values at which scores change.

    Attributes:
        recency_days: At most so many days since the last order for a 2, and for a 3.
        frequency: At least so many orders for a 2, and for a 3.
        monetary: At least so many minor units net of refunds for a 2, and for a 3.
        origin: `learned` or `given`.
        week: The week whose users they were learned from, or whose report they were given to.
        is_reused: Whether that was an earlier report.
    """

    recency_days: Cuts
    frequency: Cuts
    monetary: Cuts
    origin: str = "given"
    week: str = ""
    is_reused: bool = False

    def score(self, users: pd.DataFrame) -> pd.DataFrame:
        """Return the users with `r`, `f` and `m`, each of 1..3, where 3 is best.

        Equal values share a score: it depends on the value alone.

        Args:
            users: `recency_days`, `frequency`, `monetary`; one row a user.
        """
        scored = {
            score: 1 + sum(_reaches(users[name], cut, name) for cut in getattr(self, name))
            for score, name in zip(SCORES, MEASURES, strict=True)
        }
        return users.assign(**scored)

    def frame(self) -> pd.DataFrame:
        """Return them as a table.

        Returns:
            `measure`, `score_2`, `score_3`; `origin`: `learned`, `given` or, where an earlier report
            lent them, `reused`; and since which week: `learned_in` or `given_in`, the other is null.
        """
        since = {f"{way}_in": self.week if way == self.origin else None for way in ORIGINS}
        rows = [(name, *getattr(self, name)) for name in MEASURES]
        frame = pd.DataFrame(rows, columns=["measure", "score_2", "score_3"])
        frame["origin"] = "reused" if self.is_reused else self.origin
        return frame.assign(
            **{name: pd.Series([week] * len(rows), dtype="str") for name, week in since.items()}
        )


class Published(Protocol):
    """What an earlier report made, as `wb.published` returns it.

    Attributes:
        frames: Its results by name.
        again: The report on the week that is asked for, where it has been made before.
        older: Those before it, the newest first.
    """

    @property
    def frames(self) -> Mapping[str, pd.DataFrame]: ...  # noqa: D102 - said above, as of the other
    @property
    def again(self) -> Published | None: ...  # noqa: D102
    @property
    def older(self) -> Sequence[Published]: ...  # noqa: D102


def learn(users: pd.DataFrame, week: str) -> Thresholds:
    """Return the thresholds that part users into groups as near to thirds as equal values allow.

    Of all pairs of cuts between distinct values the one is taken that makes the sum of the
    squared group sizes least; of equally good ones the lowest. With two distinct values users
    score 1 or 3, with a single one all score 2: nothing speaks for or against any of them.

    Args:
        users: `recency_days`, `frequency`, `monetary`; one row a user.
        week: Their week, to be kept with the thresholds.
    """
    slow, fast = _cuts(-users["recency_days"].to_numpy(dtype=np.int64))
    return Thresholds(
        (-slow, -fast),
        _cuts(users["frequency"].to_numpy(dtype=np.int64)),
        _cuts(users["monetary"].to_numpy(dtype=np.int64)),
        "learned",
        week,
    )


def parse(text: str, week: str) -> Thresholds:
    """Return the thresholds that a parameter spells out, money in minor units.

    Args:
        text: Such as `{recency_days: [60, 14], frequency: [2, 4], monetary: [10000, 50000]}`.
        week: The week of the report, to be kept with the thresholds.

    Raises:
        ParameterError: If a measure is missing, unknown or twice, is not two whole numbers, or the
            score would not rise with the value.
    """
    if not text.lstrip().startswith("{"):
        raise ParameterError(f"{unknown('thresholds', text, WAYS)}, or spelled out like {_FORM}")
    try:
        given = yaml_text.read(text, "thresholds").known("threshold", MEASURES)
        pairs = {name: node.texts(name) for name, node in given.items()}
    except SourceError as error:
        raise ParameterError(f"{error}; they must look like {_FORM}") from None
    recency, frequency, monetary = (_given(name, pairs.get(name, [])) for name in MEASURES)
    return Thresholds(recency, frequency, monetary, "given", week)


def of_frame(frame: pd.DataFrame) -> Thresholds:
    """Return what `Thresholds.frame` kept, as thresholds that are used again.

    Their week is empty where the table does not tell it.
    """
    rows = frame.set_index("measure")
    recency, frequency, monetary = (
        (int(rows["score_2"][name]), int(rows["score_3"][name])) for name in MEASURES
    )
    since = {way: rows[f"{way}_in"].iloc[0] for way in ORIGINS if f"{way}_in" in rows}
    known = {way: str(week) for way, week in since.items() if pd.notna(week)}
    origin, week = next(iter(known.items()), ("given", ""))
    return Thresholds(recency, frequency, monetary, origin, week, is_reused=True)


def reused(earlier: Published | None, **of: str | int) -> Thresholds | None:
    """Return the thresholds that an earlier report lends; None where it has none for these users.

    A report on the same week lends those that it reused itself, so that it comes out the same when
    it is made again; those that it learned from its own users it does not.

    Args:
        earlier: The report.
        of: `source`, `platform` ("" for all) and `base_weeks` that they must hold for.
    """
    if earlier is None:
        return None
    again = earlier.again
    for report in (again, earlier, *earlier.older):
        frame = report.frames.get("thresholds") if report else None
        if frame is None or not all(
            name in frame and (frame[name] == value).all() for name, value in of.items()
        ):
            continue
        found = of_frame(frame)
        if found.week and (report is not again or set(frame["origin"]) == {"reused"}):
            return found
    return None


def _reaches(values: pd.Series, cut: int, name: str) -> pd.Series:
    reached = values <= cut if name == "recency_days" else values >= cut
    return reached.astype("int64")


def _cuts(values: Ints) -> Cuts:
    """The least values of the second and of the third group."""
    distinct, counts = np.unique(values, return_counts=True)
    if len(distinct) == 1:
        return int(distinct[0]), int(distinct[0]) + 1
    if len(distinct) == 2:  # noqa: PLR2004 - two cuts need three values
        return int(distinct[1]), int(distinct[1])
    users = int(counts.sum())
    below = np.cumsum(counts) - counts  # users under each distinct value
    first = np.arange(1, len(distinct) - 1)
    # For a given first cut the second one halves the rest best; two places come near to that.
    near = np.searchsorted(2 * below, below[first] + users)
    lower, upper = (np.clip(place, first + 1, len(distinct) - 1) for place in (near - 1, near))
    sizes = [_squares(below[first], below[second], users) for second in (lower, upper)]
    second = np.where(sizes[0] <= sizes[1], lower, upper)
    best = int(np.argmin(np.minimum(*sizes)))
    return int(distinct[first[best]]), int(distinct[second[best]])


def _squares(low: Ints, high: Ints, users: int) -> Ints:
    """The sum of the squared group sizes, exact in 64 bits up to a billion users."""
    squares: Ints = low**2 + (high - low) ** 2 + (users - high) ** 2
    return squares


def _given(name: str, texts: list[str]) -> Cuts:
    shown = f"thresholds: {name} == [{', '.join(texts)}]"
    if len(texts) != 2 or not all(map(_WHOLE.fullmatch, texts)):  # noqa: PLR2004 - a 2 and a 3
        raise ParameterError(f"{shown}, must be two whole numbers, as in {_FORM}")
    second, third = (int(text) for text in texts)
    least = -_LARGEST if name == "monetary" else 0
    if not (least <= min(second, third) and max(second, third) <= _LARGEST):
        raise ParameterError(f"{shown}, must be in {least}..{_LARGEST}")
    if name == "recency_days" and second < third:
        raise ParameterError(f"{shown}, but a score of 3 needs fewer days than a 2")
    if name != "recency_days" and second > third:
        raise ParameterError(f"{shown}, but a score of 3 needs more than a 2")
    return second, third
