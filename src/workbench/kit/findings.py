"""What an analysis found, as a sentence that carries its figure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from workbench.kit.sentences import say
from workbench.markup import prose
from workbench.stats.interval import UNKNOWN, Interval

MIME = "application/vnd.workbench.findings+json"

Status = Literal["good", "bad", "neutral", "unknown"]
Better = Literal["up", "down", ""]
"""Which way is good: more, less, or neither."""


@dataclass(frozen=True)
class Finding:
    """One sentence computed from the numbers, with the numbers.

    Attributes:
        sentence: What a reader is told, complete without a chart.
        figure: The number that the sentence rests on, in the unit of its column.
        low: Lower end of its 95 % interval, or None where there is none.
        high: Upper end of its 95 % interval, or None where there is none.
        status: Whether it is good or bad news, neither, or not to be told from these data.
        topic: What it is about, in one word: a notebook asks for findings by it.
    """

    sentence: str
    figure: float | None = None
    low: float | None = None
    high: float | None = None
    status: Status = "neutral"
    topic: str = ""

    @classmethod
    def about(
        cls, topic: str, sentence: str, interval: Interval = UNKNOWN, status: Status = "neutral"
    ) -> Finding:
        """Return a finding on a topic; what is not known of its interval is None."""
        figure, low, high = (None if end != end else float(end) for end in interval)  # noqa: PLR0124 - NaN
        return cls(sentence, figure, low, high, status, topic)

    @property
    def direction(self) -> Literal["up", "down", "flat"]:
        """Where the figure lies from nought: beyond its interval's doubt, or flat."""
        low = self.figure if self.low is None else self.low
        high = self.figure if self.high is None else self.high
        if low is None or high is None or low <= 0 <= high:
            return "flat"
        return "up" if low > 0 else "down"


def verdict(interval: Interval, better: Better = "up", *, against: float = 0.0) -> Status:
    """Return what a figure says against a number: good or bad only where its interval clears it."""
    if not interval.is_known:
        return "unknown"
    side = interval.side(against)
    if not side or not better:
        return "neutral"
    return "good" if (side > 0) == (better == "up") else "bad"


def status_text(status: Status) -> str:
    """Return a status as a shape and a word, which colour only repeats."""
    return {
        "good": f"▲ {say('good')}",
        "bad": f"▼ {say('bad')}",
        "neutral": f"● {say('note')}",
        "unknown": f"○ {say('not known')}",
    }[status]


def listed(findings: Iterable[Finding]) -> str:
    """Return findings as a list of a page."""
    items = "".join(
        f'<li class="wb-{one.status}"><span class="wb-status">{status_text(one.status)}</span> '
        f"<span>{prose(one.sentence)}</span></li>"
        for one in findings
    )
    return f'<ul class="wb-findings">{items}</ul>' if items else ""
