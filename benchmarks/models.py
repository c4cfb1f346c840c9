"""Every model of churn beside its rivals, on the same folds: real data and the demo.

    WORKBENCH_DATA=... make bench-models
    python benchmarks/models.py [--only telco cdnow online_retail complete_journey demo uplift]

Telco and the demo's table `features`: stratified 5-fold cross-validation with the seeds 0, 1 and 2,
all that is learned of columns learned within the fold. CDNOW's sample: who buys nothing in the 39
weeks after week 39, learned from earlier weeks alone, with labels of 13 weeks carried to 39. The
shops: three cut-offs in time, as the report tests them. AUC, average precision and lift are of churn;
`behind` is AUC behind the best row, with its 95 % interval; `*` is chosen.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import ibis
import numpy as np
import pandas as pd

import workbench as wb
from workbench.backtests.course import course, pooled
from workbench.backtests.crossing import TEST_SHARE, crossed
from workbench.backtests.rivals import Contest, Fold, able, contest, table
from workbench.customers.examples import examples
from workbench.demo.verdicts import PLANS, leaving_odds
from workbench.kit.engine import Tables
from workbench.kit.scope import Scope
from workbench.periods import Period
from workbench.stats.discrimination import auc
from workbench.stats.uplift import interval

_LABELS, _AHEAD = 13 * 7, 39 * 7  # days
_UPLIFT = "uplift"
_SHOWN = {
    "model": "{:<14}", "auc": "{:.4f}", "average_precision": "{:.4f}", "brier_score": "{:.4f}",
    "log_loss": "{:.4f}", "slope": "{:.2f}", "ece_rate": "{:.4f}", "perfect_ece_rate": "{:.4f}",
    "lift_times": "{:.2f}", "behind_change": "{:+.4f}", "behind_change_low": "{:+.4f}",
    "behind_change_high": "{:+.4f}",
}  # fmt: skip


def telco(data: Path) -> Contest:
    rows = pd.read_parquet(data / "wa_churn.parquet").drop(columns="rownames")
    return _crossed(rows, (rows.pop("churn") == "Yes").to_numpy(dtype=float))


def demo(_data: Path) -> Contest:
    rows = wb.connect("demo").scope("latest", 1).tables.features.to_pyarrow().to_pandas()
    churned = rows.pop("is_churned").to_numpy(dtype=float)
    planted = leaving_odds(
        rows["tenure_months"],
        rows["plan"].map(list(PLANS).index),
        rows["renews_automatically"],
        rows["service_contacts"],
        rows["days_active_last_month"],
        rows["orders_placed"],
    )
    print(f"the odds by which the demo drew who left: AUC {auc(planted, churned):.4f}")
    return _crossed(rows.drop(columns="user_id"), churned)


def _crossed(rows: pd.DataFrame, churned: np.ndarray) -> Contest:
    return contest(crossed(rows, churned), able(rows), test_share=TEST_SHARE)


def cdnow(data: Path) -> Contest:
    lines = pd.read_parquet(data / "cdnow_sample.parquet")
    orders = pd.DataFrame(
        {
            "order_id": [f"o{line}" for line in range(len(lines))],
            "user_id": lines["customer_id"],
            "ordered_at": lines["date"] + pd.Timedelta(hours=17),
            "amount": np.round(100 * lines["amount"]).astype("int64"),
        }
    )
    last = date(1998, 6, 30)
    period = Period(date(1997, 1, 1), last, "America/New_York")
    scope = Scope(Tables({"orders": ibis.memtable(orders)}), period, currency="USD")
    cut = last - timedelta(days=_AHEAD)
    learned = [cut - timedelta(days=_LABELS + 28 * step) for step in range(3)]
    rows, churned = pooled(examples(scope, {}, learned, _LABELS, _LABELS))
    (tested,) = examples(scope, {}, [cut], _AHEAD, _AHEAD)
    fold = Fold(str(cut), rows, churned, tested.rows, tested.churned)
    names = [name for name in able(rows) if name in able(tested.rows)]
    return contest([fold], names, level=True)


def _shop(name: str, days: int) -> Contest:
    scope = wb.connect(name).scope("latest", 1)
    folds = course(scope, days).folds(scope)
    return contest(folds, able(folds[0].rows))


_DATA: dict[str, tuple[str, Callable[[Path], Contest]]] = {
    "telco": ("IBM Telco, 7,043 customers, 15 folds", telco),
    "cdnow": ("CDNOW's sample, 39 weeks after week 39", cdnow),
    "online_retail": (
        "Online Retail, 90 days, three cut-offs",
        lambda _: _shop("online_retail", 90),
    ),
    "complete_journey": (
        "Complete Journey, 28 days, three cut-offs",
        lambda _: _shop("complete_journey", 28),
    ),
    "demo": ("the demo's table features, 15 folds", demo),
}


def _lines(found: Contest) -> Iterator[str]:
    shown = table(found)
    yield "  ".join(
        name.replace("perfect_ece_rate", "perfect").replace("_change", "")[:12].ljust(8)
        for name in _SHOWN
    )
    for row in shown.to_dict("records"):
        cells = [
            (form.format(row[name]) if pd.notna(row[name]) else "-").ljust(8)
            for name, form in _SHOWN.items()
        ]
        yield "  ".join(cells) + (" *" if row["is_chosen"] else "")
    held = found.calibration(found.chosen)
    yield (
        f"chosen: {found.chosen}; it forecast {held.forecast_rate:.3f}, {held.happened_rate.value:.3f} came"
    )


def uplift() -> Iterator[str]:
    """The Qini of each ranking of the demo's experiment, beside that of the uplift that was planted."""
    scope = wb.connect("demo").scope("latest", 26)
    found = wb.churn.uplift(scope, wb.churn.fit(scope, 28), "win_back")
    users = found.uplift_scores
    planted = wb.demo.uplift().to_pandas().set_index("user_id")["uplift"][users["user_id"]]
    treated = (users["variant"] != "control").to_numpy(dtype=float)
    truth = interval(planted.to_numpy(), treated, users["bought"].to_numpy(dtype=float))
    rows = found.rankings.to_dict("records")
    for row in [*rows, {"ranking": "planted", **truth.spread("qini")}]:
        share = row["qini"] / truth.value
        yield (
            f"{row['ranking']:<14}  {100 * row['qini']:+.2f} points ({100 * row['qini_low']:+.2f} to "
            f"{100 * row['qini_high']:+.2f}), {share:.2f} of the planted"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=[*_DATA, _UPLIFT], default=[*_DATA, _UPLIFT])
    asked = parser.parse_args()
    folder = os.environ.get("WORKBENCH_DATA")
    for name in asked.only:
        if name == _UPLIFT:
            print("Uplift of win_back on the demo, 28 days: Qini", *uplift(), sep="\n")
            continue
        title, make = _DATA[name]
        if not folder and name != "demo":
            print(f"{title}: not run, WORKBENCH_DATA names no folder with the real data\n")
            continue
        start = time.process_time()
        found = make(Path(folder or "."))
        print(
            f"{title} ({time.process_time() - start:.0f} CPU s)",
            *_lines(found),
            sep="\n",
            end="\n\n",
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main()
