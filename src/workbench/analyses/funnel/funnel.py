"""The result of a funnel diagnosis, and its charts."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from workbench.analyses.funnel.leak_views import draw_leaks
from workbench.analyses.funnel.pictures import draw_steps, draw_times, draw_trend
from workbench.analyses.funnel.segment_views import draw_decomposition, draw_segments
from workbench.charts import Chart
from workbench.errors import MissingData
from workbench.kit.findings import Finding


@dataclass(frozen=True)
class Funnel:
    """Where users left on the way from the first step to the last.

    Every rate is of attempts that started in the period and whose window has passed, converted or
    not. Ends of 95 % intervals stand beside their value as `_low` and `_high`. A rate of nobody is
    null, and so is a comparison with a period that the data do not hold.

    Attributes:
        steps: One row a step. `step` (from 1), `event`, `users` who reached it, `lost_users` (of
            those at the step before), `step_rate` (of those at the step before) and `overall_rate`
            (of those at step 1), both with their ends; `previous_users`, `previous_step_rate`,
            `previous_overall_rate` of the period before; `step_rate_change` and
            `overall_rate_change` (differences of rates) with their ends; `p_value` of the change
            of the step rate, and `p_adjusted`, the same times the number of changes looked at.
        segments: The same for each value of the column `by`: `segment` (null where it is missing,
            `Other` for all but the ten largest), then the columns of `steps`. Empty without `by`.
        decomposition: One row per step and segment, where there is a period before: `step`,
            `event`, `segment`, `users` and `previous_users` (at the step before), their shares
            `share_rate` and `previous_share_rate`, `step_rate` and `previous_step_rate`;
            `mix_effect` and `rate_effect`, which over a step's segments add up to the last digit
            to `step_rate_change` (of the whole). See `decomposition.effects`.
        leaks: One row per leak, the dearest first: `step`, `event`, `segment`; `started_at` and
            `ended_at` (UTC, midnights of the shop, the end exclusive), `is_open` (still low on
            the last day that can be judged); `users` at the step before (once a day each) and
            their `rate`; `baseline_rate` that it is held against, by `baseline` the segment's own
            rate on the days `before`, or where there are under seven of them that of the `others`
            on the same days; `lost_users`, the difference times `users`; `onward_rate`, the share
            of those at the step who come as far as the last one; `lost_amount`, lost users times
            that share times the segment's average order (minor units; null where nothing tells
            it), each with its ends; `p_value`, corrected for all stretches of days and series
            that were looked at. Only leaks of a p-value below 0.05 are here.
        daily: What leaks were looked for in, over the period and the one before and at least eight
            weeks: `step`, `event`, `segment`, `day`, `users` at the step before on the day and how
            many of them `went_on` within the time in which 95 % of those do who do at all. See
            `daily.daily_frame`.
        weekly: One row per start week and step: `week`, `first_day` (the first of the period in
            it), `period` (`current` or `previous`), `is_complete` (whether the window has
            passed for all its attempts, but for a day at most), `step`, `event`, `users`, `step_rate`, `overall_rate` with their ends. Each
            week is a funnel of its own, in which a user counts once; so weeks do not sum up to a
            period.
        young: One row a step: `step`, `event`, `users` so far, of attempts whose window has not
            passed.
        time_to_convert: One row: `users` who reached the last step; from the first step to the
            last, `median_seconds`, `mean_seconds`, `p25_seconds`, `p75_seconds`, `p90_seconds`.
        time_histogram: `from_seconds`, `to_seconds`, `users`.
        dropped_users: Users who did not reach the last step: `user_id`, `segment`, `level`, `step`
            (the last event that they reached), `last_at` (when, UTC).
        findings: What all that says, in sentences.
        rules: By which rules all that was counted, in sentences.
        by: The column by which segments are told apart; empty if by none.
        missing: What the segments would need; empty if nothing is missing.
        currency: ISO 4217 code of amounts; empty if not known.
        time_zone: The shop's zone.
    """

    steps: pd.DataFrame
    segments: pd.DataFrame
    decomposition: pd.DataFrame
    leaks: pd.DataFrame
    daily: pd.DataFrame
    weekly: pd.DataFrame
    young: pd.DataFrame
    time_to_convert: pd.DataFrame
    time_histogram: pd.DataFrame
    dropped_users: pd.DataFrame
    findings: tuple[Finding, ...]
    rules: tuple[str, ...]
    by: str = ""
    missing: str = ""
    currency: str = ""
    time_zone: str = "UTC"

    def steps_chart(self) -> Chart | MissingData:
        """Return how many users come how far, as bars."""
        return draw_steps(self.steps)

    def segments_chart(self) -> Chart | MissingData:
        """Return each step's rate for each segment, as a heat map."""
        if self.missing:
            return MissingData(self.missing)
        return draw_segments(self.segments, self.steps, self.by)

    def decomposition_chart(self) -> Chart | MissingData:
        """Return why a step rate changed, as a waterfall of mix and rate."""
        if self.missing:
            return MissingData(self.missing)
        return draw_decomposition(self.decomposition, self.steps, self.by)

    def leaks_chart(self) -> Chart | MissingData:
        """Return the dearest leaks on a line of time, with their cost."""
        steps = list(self.steps["event"])
        return draw_leaks(self.leaks, self.daily, steps, self.by, self.currency, self.time_zone)

    def trend_chart(self) -> Chart | MissingData:
        """Return the overall rate by start week, as a line."""
        return draw_trend(self.weekly)

    def time_chart(self) -> Chart | MissingData:
        """Return how long users take from the first step to the last, as a histogram."""
        return draw_times(self.time_to_convert, self.time_histogram, self.steps)
