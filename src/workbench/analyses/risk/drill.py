"""Drills: what the register would have said had an indicator changed on the shop's own last days."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from workbench.analyses.risk import rare
from workbench.analyses.risk.indicators import Indicator
from workbench.analyses.risk.signal import STATUSES, Signal
from workbench.errors import ParameterError, unknown
from workbench.kit.findings import Finding
from workbench.kit.sentences import message, say

_FORM = re.compile(r"\s*([^*\s]+)\s*\*\s*(\d*\.?\d+)\s*@\s*(\d+)\s*d\s*")
_MOST_TIMES, _MOST_DAYS = 100, 28


@dataclass(frozen=True)
class Drill:
    """An indicator, by what it is multiplied, and on how many of its last closed days.

    Attributes:
        indicator: Its name.
        times: By what its hits are multiplied.
        days: On how many days.
    """

    indicator: str
    times: float
    days: int

    @classmethod
    def parse(cls, text: str) -> Drill | None:
        """Return the drill that a text such as `complaints*4@7d` asks for; None where it is empty.

        Raises:
            ParameterError: If it looks otherwise, or a number is out of its bounds.
        """
        if not text.strip():
            return None
        form = _FORM.fullmatch(text)
        if form is None:
            raise ParameterError(
                f"drill == '{text}', must look like complaints*4@7d: an indicator, what it is "
                "multiplied by, and on how many last days"
            )
        drill = cls(form[1], float(form[2]), int(form[3]))
        if not drill.times <= _MOST_TIMES:
            raise ParameterError(f"drill == '{text}', must multiply by 0..{_MOST_TIMES}")
        if not 1 <= drill.days <= _MOST_DAYS:
            raise ParameterError(f"drill == '{text}', must be on 1..{_MOST_DAYS} days")
        return drill

    def applied(self, indicators: Sequence[Indicator]) -> list[Indicator]:
        """Return the indicators with this one multiplied; a share stays within its trials.

        Raises:
            ParameterError: If there is none of that name, its days are not counted, or the data do
                not tell it.
        """
        able = [one.name for one in indicators if one.is_known.any()]
        if self.indicator in rare.NAMES:
            raise ParameterError(
                f"drill: '{self.indicator}' is no rate of days that could be multiplied, must be one "
                f"of: {', '.join(sorted(able))}"
            )
        if self.indicator in {one.name for one in indicators} and self.indicator not in able:
            raise ParameterError(f"drill: the data do not tell '{self.indicator}'")
        if self.indicator not in able:
            raise ParameterError(f"drill: {unknown('indicator', self.indicator, able)}")
        return [self._times(one) if one.name == self.indicator else one for one in indicators]

    def _times(self, one: Indicator) -> Indicator:
        hits = one.hits.copy()
        end = max(0, len(hits) - one.closed_days)
        days = slice(max(0, end - self.days), end)
        hits[days] = np.round(hits[days] * self.times)
        return replace(one, hits=np.minimum(hits, one.trials) if one.is_share else hits)


def told(drill: Drill, drilled: Sequence[Signal], as_it_is: Sequence[Signal]) -> list[Finding]:
    """Return on which day and in which colour the register would have spoken.

    Args:
        drill: What was multiplied.
        drilled: Every indicator with it.
        as_it_is: The same without.
    """
    one, other = (
        next(one for one in some if one.of.name == drill.indicator) for some in (drilled, as_it_is)
    )
    begin = max(0, one.last - drill.days + 1)
    days = range(begin, one.last + 1)
    what = {"times": drill.times, "days": drill.days, "indicator": one.of.label}
    said = [
        say(
            "DRILL, not what happened: {indicator}, times {times:short} on the last {days:count} closed "
            "days.",
            **what,
        )
    ]
    worse = [day for day in days if one.status[day] > max(other.status[day], 1)]
    for colour in ("yellow", "red"):
        first = next((day for day in worse if STATUSES[one.status[day]] in {colour, "red"}), None)
        if first is not None and (colour == "yellow" or STATUSES[one.status[first]] == "red"):
            said.append(
                say(
                    _SPOKEN[STATUSES[one.status[first]]],
                    day=one.days[first],
                    number=first - begin + 1,
                )
            )
    if len(said) == 1:
        said.append(say("The register would not have spoken otherwise than it did."))
    texts = list(dict.fromkeys(said))
    return [
        Finding.about("drill", text, status="bad" if not n else "neutral")
        for n, text in enumerate(texts)
    ]


_SPOKEN = {
    "yellow": message("It would have turned yellow on day {number:count} of it, {day:day}."),
    "red": message("It would have turned red on day {number:count} of it, {day:day}."),
}
