"""The result of a funnel diagnosis, and its charts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import pandas as pd

from workbench.analyses.funnel import decomposition, leak_chart, segments
from workbench.analyses.funnel.conversion import loss, loss_sentence
from workbench.charts import Chart, bars, histogram, line
from workbench.errors import MissingData
from workbench.kit import words
from workbench.kit.results import Result
from workbench.kit.sentences import message, pairs, say, say_n, say_rows, together
from workbench.periods import midnight
from workbench.stats.interval import DOUBT, columns
from workbench.stats.rates import contrasts, fewer

_DAY = 86_400
_DAYS = timedelta(days=1)
_MOST_OF_A_WEEK = 4  # days
_ENOUGH = 20  # users, below which the nine in ten of a title are a handful
_TICKS = (60, 3600, 8 * 3600, 2 * _DAY, 7 * _DAY, 30 * _DAY, 90 * _DAY)


@dataclass(frozen=True)
class Funnel(Result):
    """Where users left on the way from the first step to the last.

    Nothing after the scope's end is known: an attempt that could still go on then is immature.
    Every rate is of attempts that started in the period and whose window has passed, converted or
    not. Ends of 95 % intervals stand beside their value as `_low` and `_high`. A rate of nobody is
    null, and so is a comparison with a period that the data do not hold.

    Attributes:
        steps: One row a step. `step` (from 1), `event`, `users` who reached it, `lost_users` (of
            those at the step before), `step_rate` (of those at the step before) and `overall_rate`
            (of those at step 1), both with their ends; `previous_users`, `previous_step_rate`,
            `previous_overall_rate` of the period before, but for attempts that started on the days
            of a leak, which are no measure; `step_rate_change` and
            `overall_rate_change` (differences of rates) with their ends; `p_value` of the change
            of the step rate, and `p_adjusted`, the same times the number of changes looked at, those
            of all users and those of segments.
        segments: The same for each value of the column `by`: `segment` (null where it is missing,
            `Other` for all but the ten largest), then as in `steps` above: `step`, `event`,
            `users`, `lost_users`, `step_rate`, `overall_rate`, `previous_users`,
            `previous_step_rate`, `previous_overall_rate`, `step_rate_change`,
            `overall_rate_change`, `p_value`, `p_adjusted`. Empty without `by`.
        decomposition: One row per step and segment, where there is a period before: `step`,
            `event`, `segment`, `users` and `previous_users` (at the step before), their shares
            `share_rate` and `previous_share_rate`, `step_rate` and `previous_step_rate`;
            `mix_effect` and `rate_effect`, which over a step's segments add up to the last digit
            to `step_rate_change` (of the whole). See `decomposition.effects`.
        leaks: What fell, which every section reads here: one row per leak, those of the period
            first, of these the dearest. `step`, `event`; `segment`, where it is of `one` alone
            (`reach`), else empty: then of `all` users where no segments are told apart, of all
            segments `alike`, of `all_but` those in `apart` (in words), or of all, and `most` of
            those; `started_at` and
            `ended_at` (UTC, midnights of the shop, the end exclusive), each with the earliest and
            the latest that it may be (95 % sure), `is_open` (no later day tells that it is over); `users` at the step before (once a day each) and
            their `rate`; `baseline_rate` that it is held against, of `baseline_users` from
            `baseline_since` on, by `baseline` their own
            rate on the days `before`, or where there are under seven of them that of the `others`
            on the same days, or the days `after`; of one segment's leak `other_users` and
            `other_rate`, of the others on the same days; `lost_users`, the difference times
            `users`; `onward_rate`, the share
            of those at the step who come as far as the last one; `lost_amount`, lost users times
            that share times the average order (minor units; null where nothing tells
            it), each with its ends; `p_value`, corrected for all stretches of days and series
            that were looked at. Only leaks of a p-value below 0.05, and of a cost that is surely
            more than nothing, are here. See `paths.drops`.
        daily: What leaks were looked for in, over the period and the one before and at least eight
            weeks (half a year where few users come): `step`, `event`, `segment` (empty: all users),
            `day`, `users` at the step before on the day and how
            many of them `went_on` within the time in which 95 % of those do who do at all. See
            `paths.daily.daily_counts`.
        leak_days: What the dearest leaks are drawn by, a row a day, or a week where few users come on a
            day (`is_week`): `leak` (its place in `leaks`), `day` (the first), `users` and how many
            `went_on`; null for a segment of too few users then.
        weekly: One row per start week and step: `week`, `first_day` (the first of the period in
            it), `period` (`current` or `previous`), `is_complete` (whether the window has
            passed for all its attempts, but for a day at most), `step`, `event`, `users`,
            `step_rate`, `overall_rate` with their ends. Each week is a funnel of its own, in which
            a user counts once; so weeks do not sum up to a period.
        immature: One row a step: `step`, `event`, `users` so far, of attempts whose window has not
            passed.
        time_to_convert: One row: `users` who reached the last step; from the first step to the
            last, `median_seconds`, `mean_seconds`, `p25_seconds`, `p75_seconds`, `p90_seconds`.
        time_histogram: `from_seconds`, `to_seconds`, `users`.
        dropped_users: Users who did not reach the last step: `user_id`, `segment`, `level`, `step`
            (the last event that they reached), `last_at` (when, UTC).
        metrics: `conversion` (by week: the overall rate of the last step, each user once in a
            week, the weeks that are old enough pooled), `started_users`, `finished_users`.
        by: The column by which segments are told apart; empty if by none.
        uncompared: Why no segments are told apart; empty if they are.
    """

    TOPICS: ClassVar = ("gaps", "leak", "conversion", "change", "comparison", "loss", "immature")
    LISTS: ClassVar = ("dropped_users",)

    steps: pd.DataFrame
    segments: pd.DataFrame
    decomposition: pd.DataFrame
    leaks: pd.DataFrame
    daily: pd.DataFrame
    leak_days: pd.DataFrame
    weekly: pd.DataFrame
    immature: pd.DataFrame
    time_to_convert: pd.DataFrame
    time_histogram: pd.DataFrame
    dropped_users: pd.DataFrame
    by: str = ""
    uncompared: str = ""

    def steps_chart(self) -> Chart | MissingData:
        """Return how many users come how far, as bars."""
        steps, row = self.steps, loss(self.steps)
        if steps["users"].iloc[0] == 0:
            return MissingData(self.about("conversion")[0].sentence)
        labels = say_rows("{event:label}", steps)
        texts = say_rows("{users:count} · {overall_rate:percent}", steps)
        compared = bool(steps["previous_overall_rate"].notna().all())
        return bars(
            labels,
            list(steps["overall_rate"]),
            texts=texts,
            title=say("Everybody came as far as the last step.")
            if row is None
            else loss_sentence(steps, row),
            alt=say("Users who reached each step: {rows}.", rows=pairs(labels, texts)),
            low=list(steps["overall_rate_low"]),
            high=list(steps["overall_rate_high"]),
            before=list(steps["previous_overall_rate"]) if compared else None,
            highlight=row,
            note=together(
                say("Users, and their share of those at the first step. Thin line: 95 % interval."),
                say("Grey stroke: the period before.") if compared else "",
            ),
        )

    def segments_chart(self) -> Chart | MissingData:
        """Return each step's rate for each segment, as a heat map."""
        return segments.chart(self)

    def decomposition_chart(self) -> Chart | MissingData:
        """Return why a step rate changed, as a waterfall of mix and rate."""
        return decomposition.chart(self)

    def leaks_chart(self) -> Chart | MissingData:
        """Return the dearest leaks on a line of time, with their cost."""
        return leak_chart.chart(self)

    def trend_chart(self) -> Chart | MissingData:
        """Return the overall rate by start week, as a line."""
        weekly = self.weekly
        started = weekly[weekly["overall_rate"].notna() & weekly["is_complete"].astype(bool)]
        first, last = (started[started["step"] == step] for step in (1, started["step"].max()))
        current = last.loc[last["period"] == "current", "first_day"]
        if last.empty:
            young = say("No week of this period is old enough to be drawn.")
            came = self.steps["users"].iloc[0] > 0
            return MissingData(young if came else self.about("conversion")[0].sentence)
        rows = last[["users", *columns("overall_rate")]].reset_index(drop=True)
        rows.columns = ["users", "value", "low", "high"]
        rows["when"] = pd.to_datetime(last["first_day"]).to_numpy()
        rows["entrants"] = first["users"].to_numpy()
        weeks = pd.to_datetime(weekly["first_day"]).drop_duplicates()
        inner = weeks[weeks.between(rows["when"].min(), rows["when"].max())]
        drawn = rows.merge(pd.DataFrame({"when": inner}), how="right").sort_values("when")
        step = str(last["event"].iloc[0])
        days = [words.day_month(day) for day in last["first_day"]]
        return line(
            drawn,
            title=_weeks_of_leaks(self, rows, step) or _odd_week(rows, step),
            alt=say(
                "Share of users who came as far as {step:label}, by the week in which they started: "
                "{rows}.",
                step=step,
                rows=pairs(days, [words.percent(rate) for rate in rows["value"]]),
            ),
            since=pd.Timestamp(current.min()) if len(current) else None,
            note=together(
                say(
                    "A point is the users who started in the week from that day; band: 95 % interval."
                ),
                say("Where a period begins or ends within a week, a point is of its days in it.")
                if (rows["when"].dt.day_of_week > 0).any()
                else "",
                say("Grey: the period before.") if len(current) < len(last) else "",
                _left_out(weekly),
            ),
        )

    def time_chart(self) -> Chart | MissingData:
        """Return how long users take from the first step to the last, as a histogram."""
        one, classes = self.time_to_convert.iloc[0], self.time_histogram
        last = str(self.steps["event"].iloc[-1])
        if one["users"] == 0:
            nobody = message("Nobody came as far as {step:label}, so there is no time to show.")
            return MissingData(say(nobody, step=last))
        if one["users"] < _ENOUGH:
            few = say_n(
                "{n:count} user came as far as {step:label}: too few to say how long it takes.",
                "{n:count} users came as far as {step:label}: too few to say how long it takes.",
                int(one["users"]),
                step=last,
            )
            return MissingData(few)
        edges = [*classes["from_seconds"], classes["to_seconds"].iloc[-1]]
        spans = say_rows("up to {to_seconds:duration}", classes)
        half = float(one["median_seconds"])
        return histogram(
            edges,
            list(classes["users"]),
            title=say(
                "Half of those who came as far as {step:label} did so within {half}, nine in ten "
                "within {most}.",
                step=last,
                half=_within(half, classes),
                most=_within(float(one["p90_seconds"]), classes),
            ),
            alt=say(
                "Users by the time that they took: {rows}.",
                rows=pairs(spans, map(words.count, classes["users"])),
            ),
            ticks={edge: words.duration(edge) for edge in edges if edge in _TICKS},
            marks={say("half: {time}", time=_within(half, classes)): half},
            note=say("From the first step to the last. Each bar to the right spans a longer time."),
        )


def _weeks_of_leaks(funnel: Funnel, rows: pd.DataFrame, step: str) -> str:
    """How the weeks stand out of which a leak of all users takes most; empty where none do."""
    leaks, zone = funnel.leaks[funnel.leaks["reach"] != "one"], funnel.scope.time_zone
    low = pd.Series(data=False, index=rows.index)
    for since, until in zip(leaks["started_at"], leaks["ended_at"], strict=True):
        opens = pd.Series([midnight(when.date(), zone) for when in rows["when"]], index=rows.index)
        inside = (opens + 7 * _DAYS).clip(upper=until) - opens.clip(lower=since)
        low |= inside >= _MOST_OF_A_WEEK * _DAYS
    sums = rows.groupby(low)[["users", "entrants"]].sum().astype("int64")
    own, rest = (tuple(sums.loc[side]) if side in sums.index else (0, 0) for side in (True, False))
    if not own[1] or not rest[1] or not fewer(own, rest) < DOUBT:
        return ""
    return say(
        "The weeks of the leak stand out: {own:percent} came as far as {step:label}, {rest:percent} "
        "in the others.",
        own=own[0] / own[1],
        rest=rest[0] / rest[1],
        step=step,
    )


def _left_out(weekly: pd.DataFrame) -> str:
    """Why weeks are missing in a line: the last ones are too young, others have a gap."""
    whole = weekly["is_complete"].astype(bool)
    if whole.all():
        return ""
    has_gaps = (weekly.loc[~whole, "first_day"] < weekly.loc[whole, "first_day"].max()).any()
    return say(
        message("Weeks too young to judge, or with days without data, are left out.")
        if has_gaps
        else message("Weeks too young to judge are left out.")
    )


def _within(seconds: float, classes: pd.DataFrame) -> str:
    """A time as a reader is told it; of times known by the day, that of the same day."""
    is_by_day = classes["to_seconds"].iloc[0] >= _DAY
    return say("the day") if is_by_day and seconds == 0 else words.duration(seconds)


def _odd_week(rows: pd.DataFrame, step: str) -> str:
    """Name the week that differs most surely from all other weeks together."""
    pairs = list(zip(rows["users"].map(int), rows["entrants"].map(int), strict=True))
    found = contrasts(pairs)
    one = min(found, key=lambda week: (week.p_value, -week.part))
    day = rows["when"].iloc[one.part]
    if len(found) == 1:
        return say(
            "{own:percent} of those who started in the week of {day:day_month} came as far as "
            "{step:label}.",
            own=one.rate,
            day=day,
            step=step,
        )
    if one.p_value * len(found) < DOUBT:
        return say_n(
            "The week of {day:day_month} stands out: {own:percent} came as far as {step:label}, "
            "{rest:percent} in the other week.",
            "The week of {day:day_month} stands out: {own:percent} came as far as {step:label}, "
            "{rest:percent} in the other weeks.",
            len(found) - 1,
            day=day,
            own=one.rate,
            rest=one.rest,
            step=step,
        )
    return say(
        "No single week differs from the others by more than chance would explain: {low:percent} to "
        "{high:percent} came as far as {step:label}.",
        low=rows["value"].min(),
        high=rows["value"].max(),
        step=step,
    )
