"""The charts of a back-test of tiers."""

from __future__ import annotations

import pandas as pd

from workbench.backtests.validity_findings import alike
from workbench.charts import Chart, dots, gains
from workbench.errors import MissingData
from workbench.kit import words
from workbench.kit.sentences import message, say
from workbench.stats.concentration import PERFECT, PREDICTED, TIERS

_DAY = 86_400
_FIRST = 3  # ninths of the users that the title of the curve tells of


def draw_future_revenue(
    future_revenue: pd.DataFrame, title: str, horizon_days: int, currency: str
) -> Chart | MissingData:
    """Return the revenue a user by level, with intervals.

    Args:
        future_revenue: `Validity.future_revenue`.
        title: The finding.
        horizon_days: How many days after the cut-off were looked at.
        currency: ISO 4217 code of the amounts.
    """
    if future_revenue["total_amount"].sum() <= 0:
        return MissingData(title)

    def money(amount: float) -> str:
        return words.money(amount, currency)

    mean = future_revenue["mean_amount"]
    labels = [words.label(level) for level in future_revenue["level"]]
    texts = "; ".join(
        f"{label} {money(amount)}" for label, amount in zip(labels, mean, strict=True)
    )
    rows = pd.DataFrame(
        {
            "panel": say(
                "Revenue a user, {span:duration} after the cut-off", span=horizon_days * _DAY
            ),
            "label": labels,
            "value": mean,
            # A value stands beside the end of its line, so it needs one.
            "low": future_revenue["mean_amount_low"].fillna(mean),
            "high": future_revenue["mean_amount_high"].fillna(mean),
            "before": float("nan"),
        }
    )
    return dots(
        rows,
        title=title,
        alt=say("Revenue a user by level: {rows}.", rows=texts),
        form=money,
        note=say("Line: 95 % interval; a level with fewer than five buyers has none."),
    )


def draw_value_curve(
    value_curve: pd.DataFrame, rankings: pd.DataFrame, why: str, horizon_days: int
) -> Chart | MissingData:
    """Return the share of users against the share of future revenue.

    Args:
        value_curve: `Validity.value_curve`.
        rankings: `Validity.rankings`.
        why: The finding, which says why nothing was judged where nothing was.
        horizon_days: How many days after the cut-off were looked at.
    """
    by_name = rankings.set_index("ranking")["concentration_rate"]
    # Without a prediction for everybody the levels are what there is to show.
    own = PREDICTED if pd.notna(by_name[PREDICTED]) else TIERS
    if value_curve["revenue_rate"].isna().all():
        return MissingData(why)
    if pd.isna(by_name[own]):
        return MissingData(alike(words.duration(horizon_days * _DAY)))
    curves = {name: value_curve[value_curve["ranking"] == name] for name in (PERFECT, own)}
    first = {name: float(part["revenue_rate"].iloc[_FIRST]) for name, part in curves.items()}
    title = (
        message(
            "The third of users with the highest predicted value brought {own} of what all of them brought."
        )
        if own == PREDICTED
        else message(
            "The third of users at the highest levels brought {own} of what all of them brought."
        )
    ).format(own=words.percent(first[own]))
    names = {
        PERFECT: say("perfect order"),
        PREDICTED: say("by predicted value"),
        TIERS: say("by level"),
    }
    rows = pd.concat(
        pd.DataFrame({"line": names[name], "x": part["users_rate"], "value": part["revenue_rate"]})
        for name, part in curves.items()
    )
    alt = message("{title} A perfect order would have put {perfect} there, chance a third.")
    note = message(
        "Users who were on a level at the cut-off, from the best ranked to the right, by ninths; "
        "upwards their share of what all of them brought in the {span} after."
    )
    return gains(
        rows,
        title=title,
        alt=alt.format(title=title, perfect=words.percent(first[PERFECT])),
        highlight=names[own],
        chance=say("chance"),
        note=note.format(span=words.duration(horizon_days * _DAY)),
    )
