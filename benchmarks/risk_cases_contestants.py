"""Orders scored as cases of risk, by the workbench and by plain pandas and scikit-learn; and such orders."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

LAST = date(2026, 7, 5)
END = datetime(2026, 7, 6)
CAPACITY = 100
_DAYS = 364
_SECONDS = _DAYS * 86_400
_CONTENTS = 20_000
_TOLD = ("orders_7", "returns_30", "coupons_30", "invited_30", "content_orders_7", "amount_30")


def write(path: Path, count: int, seed: int = 7) -> None:
    """Write orders and, beside them, users and verdicts. No two things happen in one second."""
    random = np.random.default_rng(seed)
    second = np.sort(random.permutation(np.unique(random.integers(0, _SECONDS, 2 * count)))[:count])
    users = count // 4
    owner = (random.beta(0.8, 1.4, count) * users).astype(np.int64)
    amount = np.maximum(200, (15_000 * random.lognormal(0, 0.7, count))).astype(np.int64)
    kind = np.where(random.random(count) < 0.02, random.integers(1, 4, count), 0)
    amount = np.where(kind == 1, amount * 15, amount)
    discount = np.where(random.random(count) < 0.2, amount // 9, 0)
    discount = np.where(kind == 2, amount * 2, discount)
    invited = (random.random(count) < 0.08) | (kind == 3)
    inviter = np.where(kind == 3, owner, random.integers(0, users, count))
    back = (random.random(count) < 0.06) & (second < _SECONDS - 15 * 86_400)
    later = second + random.integers(86_400, 14 * 86_400, count)
    back &= ~np.isin(later, second)
    back[back] &= np.isin(np.arange(back.sum()), np.unique(later[back], return_index=True)[1])

    def text(numbers: Any, mask: Any = None) -> Any:
        return pa.array(numbers, mask=mask).cast(pa.string())

    pq.write_table(
        pa.table(
            {
                "order_id": text(np.arange(count)),
                "user_id": text(owner),
                "ordered_at": _at(second),
                "amount": amount,
                "discount": discount,
                "coupon_id": pa.array(np.full(count, "C1"), mask=random.random(count) > 0.2),
                "refunded_amount": np.where(back, amount, 0),
                "refunded_at": _at(later, ~back),
                "platform": pa.array(["douyin", "wechat"]).take(
                    pa.array(random.integers(0, 2, count))
                ),
                "content_id": text(random.integers(0, _CONTENTS, count)),
                "inviter_id": text(inviter, ~invited),
                "quantity": random.integers(1, 4, count),
            }
        ),
        path,
    )
    signed = -random.integers(0, 400 * 86_400, users)
    pq.write_table(
        pa.table({"user_id": text(np.arange(users)), "signed_up_at": _at(signed)}),
        _beside(path, "users"),
    )
    known = second + np.where(kind > 0, random.integers(1, 40, count), 45) * 86_400
    wrong = random.random(count) < 0.01
    seen = np.flatnonzero(known < _SECONDS)
    seen = seen[np.argsort(known[seen], kind="stable")]
    pq.write_table(
        pa.table(
            {
                "subject": pa.array(np.full(len(seen), "order")),
                "subject_id": text(seen),
                "is_bad": ((kind > 0) ^ wrong)[seen],
                "known_at": _at(known[seen]),
            }
        ),
        _beside(path, "labels"),
    )


def _at(second: Any, mask: Any = None) -> Any:
    start = np.datetime64(END - timedelta(days=_DAYS), "us")
    return pa.array(start + second.astype("timedelta64[s]"), mask=mask)


def _beside(path: Path, name: str) -> Path:
    return path.with_name(f"{name}.parquet")


def workbench(_setting: str) -> Callable[[Path], Any]:
    import ibis

    from workbench.analyses.risk.desk import Desk
    from workbench.analyses.risk.judged import verdicts
    from workbench.analyses.risk.order_features import moments
    from workbench.kit.engine import Tables
    from workbench.kit.scope import Scope
    from workbench.periods import Period

    connection = ibis.duckdb.connect()

    def work(path: Path) -> Any:
        for setting in (
            "memory_limit = '250MB'",
            "threads = 1",
            "preserve_insertion_order = false",
            f"temp_directory = '{path.parent / 'spilled'}'",
        ):
            connection.raw_sql(f"SET {setting}")
        tables = {
            name: connection.read_parquet(str(_beside(path, name))) for name in ("users", "labels")
        }
        tables["orders"] = connection.read_parquet(str(path))
        period = Period(LAST - timedelta(days=_DAYS - 1), LAST, "UTC")
        scope = Scope(Tables(tables), period)
        desk = Desk.of(scope, moments(scope), verdicts(scope, "order"), CAPACITY)
        up = desk.up("rules_verdicts")
        scores = desk.latest(desk.told.scores("rules_verdicts"))
        rows, last, ids = desk.told.rows[[*_TOLD]], desk.last, desk.orders.ids
        del desk  # what follows makes the answer to compare, and is no work of scoring
        told = rows.iloc[last].assign(order_id=ids.to_pandas().array)
        return _told(told).assign(score=scores, day=up)

    return work


def plain(_setting: str) -> Callable[[Path], Any]:
    import pandas as pd
    from sklearn.ensemble import HistGradientBoostingClassifier, IsolationForest

    def work(path: Path) -> Any:
        rows = _moments(pd, path)
        numbers = rows.drop(
            columns=["order_id", "user_id", "inviter_id", "content_id", "at", "platform"]
        )
        numbers = numbers.assign(is_douyin=(rows["platform"] == "douyin").astype(float))
        labels = pd.read_parquet(_beside(path, "labels")).set_index("subject_id")["is_bad"]
        verdict = rows["order_id"].map(labels)
        known = verdict.notna() & (rows["at"] < END - timedelta(days=46))
        numbers = numbers.loc[:, numbers[known].min() < numbers[known].max()]
        trees = HistGradientBoostingClassifier(random_state=0)
        trees.fit(numbers[known], verdict[known].astype(bool))
        forest = IsolationForest(n_estimators=200, random_state=0).fit(numbers.fillna(0))
        chance = trees.predict_proba(numbers)[:, 1]
        rows = rows.assign(plain_score=chance, unlike=-forest.score_samples(numbers.fillna(0)))
        last = rows.drop_duplicates("order_id", keep="last")
        return _told(last).assign(plain_score=last["plain_score"], unlike=last["unlike"])

    return work


def _moments(pd: Any, path: Path) -> Any:
    """Orders and returns by time, with what user, inviter and content had in 1, 7 and 30 days."""
    orders = pd.read_parquet(path)
    back = orders[orders["refunded_amount"] > 0]
    back = back.assign(at=back["refunded_at"], is_order=0, is_return=1)
    rows = pd.concat([orders.assign(at=orders["ordered_at"], is_order=1, is_return=0), back])
    rows = rows.sort_values("at", ignore_index=True)
    rows["coupon"] = rows["coupon_id"].notna().astype(int) * rows["is_order"]
    rows["paid"] = rows["amount"] * rows["is_order"]
    asked = [
        *(
            ("user_id", value, name)
            for value, name in (
                ("is_order", "orders"),
                ("is_return", "returns"),
                ("coupon", "coupons"),
            )
        ),
        ("inviter_id", "is_order", "invited"),
        ("content_id", "is_order", "content_orders"),
        ("content_id", "is_return", "content_returns"),
    ]
    for by, value, name in asked:
        for days in (1, 7, 30):
            rows[f"{name}_{days}"] = _within(rows, by, value, days)
    rows["amount_30"] = _within(rows, "user_id", "paid", 30)
    each = rows.groupby("user_id")
    count, sums = each["is_order"].cumsum(), each["paid"].cumsum()
    rows["orders_before"] = count - 1
    rows["amount_times"] = rows["amount"] / ((sums - rows["amount"]) / (count - 1).where(count > 1))
    rows["invited"] = rows.groupby("inviter_id")["is_order"].cumsum()
    rows["discount_rate"] = rows["discount"] / (rows["amount"] + rows["discount"])
    rows["is_self"] = (rows["inviter_id"] == rows["user_id"]).astype(int)
    signed = pd.read_parquet(_beside(path, "users")).set_index("user_id")["signed_up_at"]
    rows["account_days"] = (rows["at"] - rows["user_id"].map(signed)).dt.total_seconds() / 86_400
    rows["return_days"] = (rows["at"] - rows["ordered_at"]).dt.total_seconds() / 86_400
    rows["hour"] = rows["at"].dt.hour
    dropped = [
        "ordered_at",
        "coupon_id",
        "refunded_amount",
        "refunded_at",
        "is_order",
        "coupon",
        "paid",
        "discount",
    ]
    return rows.drop(columns=dropped)


def _within(rows: Any, by: str, value: str, days: int) -> Any:
    known = rows.loc[rows[by].notna(), [by, "at", value]].sort_values([by, "at"])
    found = known.groupby(by).rolling(f"{days}D", on="at")[value].sum()
    known[value] = found.to_numpy()
    return known[value]


def _told(last: Any) -> Any:
    """Features that both must have counted alike; NaN as -1, by which answers are compared."""
    return last[["order_id", *_TOLD]].fillna(-1).astype(dict.fromkeys(_TOLD, "int32"))
