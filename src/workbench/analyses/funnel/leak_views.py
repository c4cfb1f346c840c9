"""Leaks in sentences and as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pandas as pd

from workbench.analyses.funnel.phrases import by_name, segment_name
from workbench.charts import Chart, stretches
from workbench.errors import MissingData
from workbench.kit import words
from workbench.kit.findings import Finding
from workbench.kit.sentences import message, say
from workbench.periods import to_local

_SHOWN = 3
_TOLD = 2


def leak_findings(
    leaks: pd.DataFrame, steps: Sequence[str], by: str, currency: str, time_zone: str
) -> tuple[Finding, ...]:
    """Return what the dearest leaks are, when and where, and what they cost.

    Args:
        leaks: `Funnel.leaks`.
        steps: The events of the funnel.
        by: The column that segments are told apart by, or empty.
        currency: ISO 4217 code.
        time_zone: The shop's zone.
    """
    found = []
    for leak in _rows(leaks, _TOLD):
        sentence = message(
            "{place}: only {rate} went on {when}, in place of {baseline}{against}.{cost}"
        )
        lost, amount = cost(leak, currency)
        text = sentence.format(
            place=place(leak, steps, by),
            rate=words.percent(leak.rate),
            when=when(leak, time_zone),
            baseline=words.percent(leak.baseline_rate),
            against=say(" before") if leak.baseline == "before" else say(" among the others"),
            cost=say(
                " That cost {users} (95 % sure: {low:count} to {high:count}){amount}.",
                users=lost,
                low=max(leak.lost_users_low, 0),
                high=leak.lost_users_high,
                amount=say(", {amount} in orders", amount=amount)
                if amount
                else say("; to price them, this report would need orders"),
            ),
        )
        ends = (float(leak.lost_users_low), float(leak.lost_users_high))
        found.append(Finding(text, float(leak.lost_users), *ends, "bad"))
    return tuple(found)


def draw_leaks(
    leaks: pd.DataFrame, daily: pd.DataFrame, steps: Sequence[str], by: str, currency: str,
    time_zone: str,
) -> Chart | MissingData:  # fmt: skip
    """Return the dearest leaks on a line of time, each with its cost.

    Args:
        leaks: `Funnel.leaks`.
        daily: `Funnel.daily`.
        steps: The events of the funnel.
        by: The column that segments are told apart by, or empty.
        currency: ISO 4217 code.
        time_zone: The shop's zone.
    """
    if leaks.empty:
        return MissingData(_no_leak(daily))
    shown = _rows(leaks, _SHOWN)
    panels = [place(leak, steps, by) for leak in shown]
    texts = [say(" and ").join(filter(None, cost(leak, currency))) for leak in shown]
    rows = pd.concat(
        [
            _daily_of(leak, daily).assign(panel=panel)
            for leak, panel in zip(shown, panels, strict=True)
        ]
    )
    spans = pd.DataFrame(
        {
            "panel": panels,
            "since": [_edge(leak.started_at, time_zone) for leak in shown],
            "until": [_edge(leak.ended_at, time_zone) for leak in shown],
            "usual": [leak.baseline_rate for leak in shown],
            "text": texts,
        }
    )
    told = [
        say(
            "{place} {when}: {rate:percent} in place of {usual:percent}, {cost}",
            place=panel,
            when=when(leak, time_zone),
            rate=leak.rate,
            usual=leak.baseline_rate,
            cost=text,
        )
        for leak, panel, text in zip(shown, panels, texts, strict=True)
    ]
    return stretches(
        rows,
        spans,
        title=say(
            "{place} lost {cost} {when}.",
            place=panels[0],
            cost=texts[0],
            when=when(shown[0], time_zone),
        ),
        alt=say("Low stretches of days: {rows}.", rows="; ".join(told)),
        note=say(
            "Share of the users at a step on a day who went on. Shaded: days on which it was low "
            "beyond chance: at most one report in twenty would show any without a cause. Dashed: what "
            "it is held against, {against}.",
            against=say("the same users' rate on the days before")
            if set(leaks.head(_SHOWN)["baseline"]) == {"before"}
            else say("the rate on the days before or, without those, of the others"),
        ),
    )


def place(leak: Any, steps: Sequence[str], by: str) -> str:
    """Return where a leak is: `From Begin checkout to Purchase (platform Douyin)`."""
    where = say("From {first:label} to {then:label}", first=steps[leak.step - 2], then=leak.event)
    if not by:
        return where
    return say(
        "{where} ({by} {segment})",
        where=where,
        by=by_name(by),
        segment=segment_name(leak.segment, by),
    )


def when(leak: Any, time_zone: str) -> str:
    """Return the days of a leak: `from 14 Sep to 25 Sep`, or `since 14 Sep` if it still runs."""
    first = _edge(leak.started_at, time_zone)
    last = _edge(leak.ended_at, time_zone) - timedelta(days=1)
    if leak.is_open:
        return say("since {first}", first=_day(first))
    if first == last:
        return say("on {first}", first=_day(first))
    return say("from {first} to {last}", first=_day(first), last=_day(last))


def cost(leak: Any, currency: str) -> tuple[str, str]:
    """Return what a leak cost: users, and the amount or nothing where it is not known."""
    users = say("about {users:count} users", users=leak.lost_users)
    amount = "" if pd.isna(leak.lost_amount) else words.money(leak.lost_amount, currency)
    return users, amount


def _rows(leaks: pd.DataFrame, most: int) -> list[Any]:
    return list(leaks.head(most).itertuples(index=False))


def _daily_of(leak: Any, daily: pd.DataFrame) -> pd.DataFrame:
    own = daily["segment"].isna() if pd.isna(leak.segment) else daily["segment"] == leak.segment
    rows = daily[own & (daily["step"] == leak.step)].sort_values("day")
    value = rows["went_on"] / rows["users"].where(rows["users"] > 0)
    # Drawn at noon, so that a day's dot stands inside the shade of its day.
    noon = pd.to_datetime(rows["day"]) + pd.Timedelta(hours=12)
    return pd.DataFrame({"when": noon.to_numpy(), "value": value.to_numpy()})


def _no_leak(daily: pd.DataFrame) -> str:
    if daily.empty:
        return say("There are too few days to look for leaks.")
    looks = len(daily[["step", "segment"]].drop_duplicates())
    first, last = (pd.Timestamp(day) for day in (daily["day"].min(), daily["day"].max()))
    return say(
        "No leak: from {first} to {last}, no step was low on any stretch of days beyond what "
        "chance would explain ({looks} series of days searched).",
        first=_day(first),
        last=_day(last),
        looks=looks,
    )


def _edge(instant: pd.Timestamp, time_zone: str) -> pd.Timestamp:
    return pd.Timestamp(to_local(pd.Timestamp(instant).to_pydatetime(), time_zone))


def _day(day: pd.Timestamp) -> str:
    return f"{day.day} {day:%b}"
