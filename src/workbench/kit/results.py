"""The form of a result: what every analysis returns shows itself, and is asked for by topic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field, fields
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from workbench.errors import ParameterError, WorkbenchError, unknown
from workbench.kit.audience import audience
from workbench.kit.blocks import Block, InCell
from workbench.kit.drawing import findings_block, told_block
from workbench.kit.findings import Finding
from workbench.kit.ids import mask
from workbench.kit.metrics import Metric
from workbench.kit.sentences import say
from workbench.kit.tiles import Tile
from workbench.markup import escape

if TYPE_CHECKING:
    from workbench.kit.scope import Scope

_HEAD = 5  # rows by which one sees what is in a frame
_CHART = "_chart"


def told_instead(table: pd.DataFrame, sentence: str) -> pd.DataFrame:
    """Return a frame without its rows, in place of which a page says a sentence, or nothing."""
    none = table.head(0)
    none.attrs = {**table.attrs, "instead": sentence}
    return none


@dataclass(frozen=True)
class Result(InCell):
    """What an analysis returns: a frozen dataclass of frames, findings and charts.

    A subclass adds its frames, and charts as methods `NAME_chart`. The frames know the currency and
    the zone of their figures, so that `wb.show` and `wb.export` write them rightly, whatever pandas
    makes of them on the way.

    Attributes:
        scope: What was looked at.
        findings: What the figures say, in sentences; the most important first.
        metrics: The few headline figures.
        tiles: Those that are read at arm's length, with what they were before.
        rules: How it was counted, in sentences.
        missing: What it would take to tell more, in sentences.
        instead: What a page says in place of a frame that has no rows, by the frame's name; empty
            where a finding or a chart beside it says so already.
        owners: Makes the owner's result, where this one keeps back what is known of a few users.
        TOPICS: What its findings may be about.
        LISTS: Which of its frames of users are lists to work with, that others may have.
        COMES_ALONG: Whether it stands on pages whose question others answer.
    """

    TOPICS: ClassVar[tuple[str, ...]] = ()
    LISTS: ClassVar[tuple[str, ...]] = ()
    COMES_ALONG: ClassVar[bool] = False
    scope: Scope
    _: KW_ONLY
    findings: tuple[Finding, ...] = ()
    metrics: tuple[Metric, ...] = ()
    tiles: tuple[Tile, ...] = ()
    rules: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    instead: Mapping[str, str] = field(default_factory=dict)
    owners: Callable[[], Result] | None = None

    def __post_init__(self) -> None:
        for name, table in self.frames().items():
            table.attrs = {"currency": self.scope.currency, "time_zone": self.scope.time_zone}
            if table.empty and name in self.instead:
                table.attrs["instead"] = self.instead[name]
        for one in self.findings:
            if one.topic not in self.TOPICS:
                raise WorkbenchError(unknown("topic of a finding", one.topic, self.TOPICS))

    def about(self, *topics: str) -> tuple[Finding, ...]:
        """Return the findings on these topics, in the order of the topics.

        Raises:
            ParameterError: If this result tells of no such topic.
        """
        for topic in topics:
            if topic not in self.TOPICS:
                raise ParameterError(unknown("topic", topic, self.TOPICS))
        return tuple(one for topic in topics for one in self.findings if one.topic == topic)

    def frames(self) -> dict[str, pd.DataFrame]:
        """Return every frame by its name."""
        named = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value for name, value in named.items() if isinstance(value, pd.DataFrame)}

    @property
    def whole(self) -> Result:
        """The owner's result: this one, unless something is kept back in it."""
        return self.owners() if self.owners else self

    def charts(self) -> tuple[str, ...]:
        """Return the names of the methods that draw."""
        return tuple(name for name in dir(type(self)) if name.endswith(_CHART))

    def block(self) -> Block:
        """Return the findings, then the frames and charts by name; ids of users as pseudonyms."""
        findings = findings_block(self.findings)
        parts = [findings.html]
        for name, table in self.frames().items():
            heading = say("{name}: {rows:count} rows", name=f".{name}", rows=len(table))
            body = told_block(mask(table) if audience() == "owner" else table, rows=_HEAD).html
            parts.append(
                f'<details class="wb-details"><summary>{escape(heading)}</summary>{body}</details>'
            )
        if self.charts():
            named = ", ".join(f".{name}()" for name in self.charts())
            parts.append(f'<p class="wb-note">{escape(say("Charts: {names}", names=named))}</p>')
        return Block(f'<div class="wb">{"".join(parts)}</div>', findings.text)
