"""What speaks against a review: copies, bursts, a rating off the others', a young account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from workbench.analyses.risk import judged
from workbench.kit.engine import frame
from workbench.kit.scope import Scope
from workbench.kit.sentences import say
from workbench.stats.arrays import Array
from workbench.stats.copies import SHORTEST, folded, pairs

COPIES, OWN_COPIES = 10, 2
"""Near copies of a review, of anybody's and of the user's own, from which on it is templated."""

_MOST = 200_000  # reviews that are compared, the latest
_DAY = 86_400
_CHANCE = 0.001  # of so many reviews of a product within a day, under which they are a burst
_FEWEST = 5  # reviews that make a burst
_OFF, _NEW_DAYS = 2.0, 7.0  # stars; days


def signs(scope: Scope) -> pd.DataFrame:
    """Return every review known by a scope's end with what speaks against it.

    Returns:
        The columns of `Reviews.case_reviews` but `rank`, and `at` (seconds since 1970), `is_long`
        (long enough to be compared).
    """
    rows = _fetched(scope)
    verdict = rows["review_id"].map(judged.latest(judged.verdicts(scope, "review"))["is_bad"])
    is_bad = verdict.to_numpy() == True  # noqa: E712 - null is neither
    rows = rows.assign(verdict=np.where(verdict.isna(), "", np.where(is_bad, "bad", "good")))
    rows = rows.assign(**_copies(rows), burst_reviews=_bursts(rows))
    rows["is_templated"] = (rows["copies"] >= COPIES) | (rows["own_copies"] >= OWN_COPIES)
    each = rows.groupby("product_id")["rating"]
    others = (each.transform("sum") - rows["rating"]) / (each.transform("size") - 1).replace(
        0, np.nan
    )
    rows["rating_above"] = rows["rating"] - others
    hits = (
        2 * rows["is_templated"].astype(int)
        + (rows["burst_reviews"] > 0).astype(int)
        + (rows["rating_above"].abs() >= _OFF).astype(int)
        + (rows["account_days"] < _NEW_DAYS).astype(int)
    )
    return rows.assign(score=1 - 0.5**hits, reasons=_reasons(rows))


def _fetched(scope: Scope) -> pd.DataFrame:
    table = scope.history.reviews
    told = table.select(
        "review_id", "user_id", "product_id", "rating", "text", "reviewed_at",
        at=table.reviewed_at.epoch_seconds().cast("int64"),
    )  # fmt: skip
    told = told.order_by([told["at"].desc(), told["review_id"].desc()]).limit(_MOST)
    rows = frame(told).iloc[::-1].reset_index(drop=True)
    users = scope.history
    if "users" not in users or "signed_up_at" not in users.users.columns:
        return rows.assign(account_days=np.nan)
    signed = frame(
        users.users.select("user_id", signed=users.users.signed_up_at.epoch_seconds().cast("int64"))
    )
    since = rows["user_id"].map(signed.set_index("user_id")["signed"]).astype("float64")
    return rows.assign(account_days=(rows["at"] - since) / _DAY)


def _copies(rows: pd.DataFrame) -> dict[str, Array]:
    """How many near copies each review has, and how many of them are by the same user."""
    text = np.array([folded(one) for one in rows["text"]], dtype=object)
    is_long = np.array([len(one) >= SHORTEST for one in text], dtype=bool)
    names, place = np.unique(text[is_long].astype(str), return_inverse=True)
    found = pairs(list(names))
    times = np.bincount(place, minlength=len(names))
    near = times - 1
    np.add.at(near, found[:, 0], times[found[:, 1]])
    np.add.at(near, found[:, 1], times[found[:, 0]])
    copies, own = np.zeros(len(rows), dtype=np.int64), np.zeros(len(rows), dtype=np.int64)
    copies[is_long] = near[place]
    own[is_long] = _own(rows["user_id"].to_numpy()[is_long], place, found)
    return {"copies": copies, "own_copies": own, "is_long": is_long}


def _own(users: Array, place: Array, found: Array) -> Array:
    """Of each review, how many near copies the same user wrote."""
    mine = pd.DataFrame({"user": users, "text": place, "row": np.arange(len(place))})
    several = mine[mine.duplicated("user", keep=False)]
    both = several.merge(several, on="user", suffixes=("", "_other"))
    both = both[both["row"] != both["row_other"]]
    size = int(place.max()) + 1 if len(place) else 1
    known = np.concatenate([found[:, 0] * size + found[:, 1], found[:, 1] * size + found[:, 0]])
    pair = both["text"].to_numpy() * size + both["text_other"].to_numpy()
    is_near = (both["text"] == both["text_other"]).to_numpy() | np.isin(pair, known)
    return np.bincount(both["row"].to_numpy()[is_near], minlength=len(place))


def _bursts(rows: pd.DataFrame) -> Array:
    """Reviews of the product in the day up to each, where chance hardly brings as many; else 0."""
    told = np.zeros(len(rows), dtype=np.int64)
    span = max((rows["at"].max() - rows["at"].min()) / _DAY, 1.0) if len(rows) else 1.0
    for places in rows.groupby("product_id").indices.values():
        at = rows["at"].to_numpy()[places]  # by time, as the rows are
        count = np.arange(1, len(at) + 1) - np.searchsorted(at, at - _DAY, side="right")
        chance = stats.poisson.sf(count - 1, len(at) / span)
        told[places] = np.where((count >= _FEWEST) & (chance < _CHANCE), count, 0)
    return told


def _reasons(rows: pd.DataFrame) -> list[str]:
    asked = [
        "is_templated",
        "copies",
        "own_copies",
        "burst_reviews",
        "rating_above",
        "account_days",
    ]
    return ["; ".join(_reason(row)) for row in rows[asked].to_dict("records")]


def _reason(row: Mapping[Any, Any]) -> list[str]:
    told = []
    if row["own_copies"] >= OWN_COPIES:
        told.append(say("{n:count} near copies by the same user", n=row["own_copies"]))
    if row["copies"] >= COPIES:
        told.append(say("{n:count} near copies", n=row["copies"]))
    if row["burst_reviews"]:
        told.append(say("{n:count} reviews of the product within a day", n=row["burst_reviews"]))
    if abs(row["rating_above"]) >= _OFF:
        told.append(
            say("{stars:decimal} stars from the product's other reviews", stars=row["rating_above"])
        )
    if row["account_days"] < _NEW_DAYS:
        told.append(say("by an account {days:decimal} days old", days=row["account_days"]))
    return told[:3]
