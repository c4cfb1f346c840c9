"""The result of a funnel diagnosis, and its charts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import pandas as pd

from workbench.analyses.funnel import decomposition, leak_chart, segments, times, trend
from workbench.analyses.funnel.conversion import loss, loss_sentence
from workbench.charts import Chart, bars
from workbench.errors import MissingData
from workbench.kit.results import Result, told_instead
from workbench.kit.sentences import pairs, say, say_rows, together

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

    @property
    def judged(self) -> pd.DataFrame:
        """The steps; no rows where nobody can be judged, as a finding says."""
        return self.steps if self.steps["users"].iloc[0] else told_instead(self.steps, "")

    def steps_chart(self) -> Chart | MissingData:
        """Return how many users come how far, as bars."""
        steps, row = self.steps, loss(self.steps)
        if steps["users"].iloc[0] == 0:
            return MissingData(say(segments.NOBODY))
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
        return trend.chart(self)

    def time_chart(self) -> Chart | MissingData:
        """Return how long users take from the first step to the last, as a histogram."""
        return times.chart(self)
