"""How good was the queue? Orders that are old enough for their verdicts, held against them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from workbench.stats.arrays import Array
from workbench.stats.discrimination import auc, average_precision, spread
from workbench.stats.interval import UNKNOWN, Interval, Z, columns
from workbench.stats.rates import wilson

COLUMNS = (
    "way", "places", "judged", "bad_found", "bad", "at_capacity_rate", *columns("precision_rate", "recall_rate", "true_recall_rate"),
    "average_precision", "auc", "detection_days", "caught_amount", "lost_amount", "caught_rate",
)  # fmt: skip

_DRAWS, _SEED = 500, 20_260_601
_FEWEST = 10  # truly bad orders, under which a share of them is not told


class Judged(NamedTuple):
    """Orders that can be judged, an array each, shape (orders,).

    Attributes:
        is_bad: By the latest verdict.
        amount: Charged, minor units.
        day: On which day of the queue each was placed.
        wrong: The share of verdicts that are wrong, as two reviewers tell it.
    """

    is_bad: Array
    amount: Array
    day: Array
    wrong: Interval


def row(
    way: str, told: Judged, places: tuple[int, int], queued: Array, scores: Array
) -> dict[str, object]:
    """Return one row of the card.

    Args:
        way: Its name.
        told: The orders and their verdicts.
        places: Places in the queue that orders of these days took, judged or not; and those there were.
        queued: On which day of the queue each order came up, -1 for none, shape (orders,).
        scores: Of the latest moment of each order; NaN where it cannot be told, likewise.
    """
    found = queued >= 0
    hits, bad, judged = int((found & told.is_bad).sum()), int(told.is_bad.sum()), int(found.sum())
    lost = int(told.amount[told.is_bad].sum())
    caught = int(told.amount[found & told.is_bad].sum())
    known = ~np.isnan(scores)
    happened = told.is_bad[known].astype(float)
    waited = (queued - told.day)[found & told.is_bad]
    return {
        "way": way,
        "places": places[0],
        "judged": judged,
        "bad_found": hits,
        "bad": bad,
        "at_capacity_rate": hits / places[1],
        **wilson(hits, judged).spread("precision_rate"),
        **wilson(hits, bad).spread("recall_rate"),
        **true_recall(told, found).spread("true_recall_rate"),
        "average_precision": average_precision(scores[known], happened),
        "auc": auc(scores[known], happened),
        "detection_days": float(waited.mean()) if len(waited) else math.nan,
        "caught_amount": caught,
        "lost_amount": lost,
        "caught_rate": caught / lost if lost else math.nan,
    }


def true_recall(told: Judged, found: Array) -> Interval:
    """Return the share of what is truly bad that was found, put right for wrong verdicts.

    Of n verdicts of which a share e is wrong, b say bad; (b − e n) / (1 − 2 e) are (Rogan and Gladen 1978,
    "Estimating prevalence from the results of a screening test", American Journal of Epidemiology
    107(1)). The ends come of drawing the verdicts and e again.

    Args:
        told: The orders and their verdicts.
        found: Whether each came up, shape (orders,).

    Returns:
        Unknown where it is not known how many verdicts are wrong, or too few are bad.
    """
    if not told.wrong.is_known or told.wrong.value >= 0.5 or not len(found):  # noqa: PLR2004 - a coin knows as much
        return UNKNOWN
    cells = np.array(
        [(found & told.is_bad).sum(), (found & ~told.is_bad).sum(),
         (~found & told.is_bad).sum(), (~found & ~told.is_bad).sum()], dtype=float,
    )  # fmt: skip
    chance = np.random.default_rng(_SEED)
    drawn = chance.multinomial(len(found), cells / cells.sum(), _DRAWS)
    error = (told.wrong.high - told.wrong.low) / (2 * Z)
    wrong = np.clip(chance.normal(told.wrong.value, error, _DRAWS), 0, 0.49)
    of = np.vstack([cells, drawn]).astype(float)
    share = np.append(told.wrong.value, wrong)
    caught = np.maximum(of[:, 0] - share * (of[:, 0] + of[:, 1]), 0)
    missed = np.maximum(of[:, 2] - share * (of[:, 2] + of[:, 3]), 0)
    if (caught + missed)[0] / (1 - 2 * share[0]) < _FEWEST:
        return UNKNOWN
    with np.errstate(invalid="ignore"):
        return spread(caught / (caught + missed))


def frame(rows: list[dict[str, object]]) -> pd.DataFrame:
    """Return rows as a card."""
    return pd.DataFrame(rows, columns=list(COLUMNS))


def rules(rows: Sequence[dict[str, object]], least: int = 0) -> pd.DataFrame:
    """Return rows of the rules as a table, with nothing told of a rule that flagged too few users.

    Args:
        rows: As its columns, and `users`.
        least: Users, under which nothing is told; 0 tells all.
    """
    names = ["rule", "orders", "judged", "bad_found", "precision_rate", "precision_rate_low",
             "precision_rate_high", "recall_rate", "caught_amount"]  # fmt: skip
    told = pd.DataFrame(rows, columns=[*names, "users"])
    if least:
        few = told["users"].between(1, least - 1).to_numpy(dtype=bool)
        hidden = [name for name in names if name != "rule"]
        told = told.astype(dict.fromkeys(hidden, "float64"))
        told.loc[few, hidden] = np.nan
    return told[names]
