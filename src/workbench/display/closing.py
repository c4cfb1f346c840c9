"""The end of a notebook: where the figures come from, the result tables, the closing sentinel."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.display.masks import mask
from workbench.errors import WorkbenchError
from workbench.kit import words
from workbench.kit.blocks import FINISH, Block
from workbench.kit.figures import is_figure, is_money
from workbench.kit.language import translated_plural as ngettext
from workbench.kit.sentences import message, say
from workbench.kit.showing import charts_shown, show
from workbench.markup import escape, facts, harmless
from workbench.periods import Period, Week, to_local

if TYPE_CHECKING:
    from workbench.sources import Source

_RESULTS = "WORKBENCH_RESULTS"  # names the folder for result tables, if a runner wants them
_NOTICEABLE = 0.01  # of a table's lines in quarantine, beyond which the page begins with that
_DIGITS = 4  # of a fraction in a spreadsheet
_FIRST = 10  # rows of a list of users, by which one sees what is in it
_LINES = ("table", "file", "lines", "kept", "excluded", "quarantined")
_MONEY = ("table", "file", "money", "money_kept", "money_excluded", "money_quarantined")


def finish(result: Any, source: Source, period: Period, *, mask_ids: bool = True) -> Block:
    """Close a notebook: tell where its figures come from and keep its result tables.

    Every frame of `result` is written as `NAME.parquet` into the folder that `WORKBENCH_RESULTS`
    names, and one of users as `NAME.csv` too, for a campaign, with its money in the main unit; without it (in JupyterLab, in an
    app) nothing is written. The block carries the sentinel by which the runner knows that the
    notebook came to its end.

    Args:
        result: What an analysis returned: a dataclass with frames, or several of them.
        source: Where the tables came from.
        period: What the notebook looked at.
        mask_ids: Whether user ids leave as pseudonyms.

    Raises:
        WorkbenchError: If two results have a frame of the same name.
        SourceError: If a warehouse was changed while the figures were made.
    """
    source.verify()
    results = result if isinstance(result, (list, tuple)) else [result]
    frames = {name: mask(frame) if mask_ids else frame for name, frame in _frames(results).items()}
    kept = _keep_results(frames, source.currency)
    sentinel = {
        "week": str(Week.of(period.last)),
        "period": str(period),
        "charts": charts_shown(),
        "results": kept,
        "source": source.name,
        "fingerprint": source.fingerprint,
        "doubts": _doubts(source.account),
    }
    lists = _lists(frames, source)
    parts = [_facts(source, period), *lists, *_account(source)]
    text = "\n\n".join(part.text for part in parts)
    return Block("".join(part.html for part in parts), text, {FINISH: sentinel})


def _frames(results: Sequence[Any]) -> dict[str, pd.DataFrame]:
    """Every frame of the results by its name."""
    frames: dict[str, pd.DataFrame] = {}
    for result in results:
        for field in dataclasses.fields(result):
            value = getattr(result, field.name)
            if not isinstance(value, pd.DataFrame):
                continue
            if field.name in frames:
                raise WorkbenchError(f"two results have a table '{field.name}', names must differ")
            frames[field.name] = value
    return frames


def _keep_results(frames: Mapping[str, pd.DataFrame], currency: str) -> list[str]:
    folder = os.environ.get(_RESULTS)
    if folder is None:
        return []
    Path(folder).mkdir(parents=True, exist_ok=True)
    for name, frame in frames.items():
        frame.to_parquet(Path(folder) / f"{name}.parquet", index=False)
        if "user_id" in frame.columns:
            # With a mark of its encoding, without which spreadsheets misread Chinese.
            _for_people(frame, currency).map(harmless).to_csv(
                Path(folder) / f"{name}.csv", index=False, encoding="utf-8-sig"
            )
    return sorted(frames)


def _for_people(frame: pd.DataFrame, currency: str) -> pd.DataFrame:
    """A frame as a spreadsheet needs it: money in the main unit, no digits that mean nothing."""
    _symbol, digits = words.currency_style(currency)
    told = frame.copy()
    for name in frame.columns[[is_figure(frame[column]) for column in frame]]:
        if is_money(str(name)):
            told[name] = (frame[name] / 10**digits).round(digits)
        elif pd.api.types.is_float_dtype(frame[name]):
            told[name] = frame[name].round(_DIGITS)
    return told


def _lists(frames: Mapping[str, pd.DataFrame], source: Source) -> list[Block]:
    """The lists of users that a campaign can use, by their first rows."""
    blocks = []
    for name, frame in frames.items():
        if "user_id" not in frame.columns or frame.empty:
            continue
        sentence = (
            message("{list}: {users} (the first ones here, all of them in {name}.csv)")
            if os.environ.get(_RESULTS)
            else message("{list}: {users} (the first ones here, all of them beside a report)")
        )
        heading = sentence.format(list=words.label(name), users=words.count(len(frame)), name=name)
        head = frame.head(_FIRST)
        shown = show(head, currency=source.currency, time_zone=source.time_zone)
        blocks.append(_headed(heading, shown))
    return blocks


def _facts(source: Source, period: Period) -> Block:
    until = to_local(source.until, source.time_zone)
    now = to_local(datetime.now(UTC).replace(tzinfo=None), source.time_zone)
    named = {
        say("Source"): say(
            "{name} (contents {fingerprint})", name=source.name, fingerprint=source.fingerprint[:12]
        ),
        say("Period"): str(period),
        say("Time zone"): source.time_zone,
        say("Quarantined"): _quarantined(source.account),
        say("Data until"): f"{until.day} {until:%b %Y %H:%M}",
        say("Made"): say(
            "{when} by workbench {version}",
            when=f"{now.day} {now:%b %Y %H:%M}",
            version=version("workbench"),
        ),
    }
    text = "\n".join(f"{name}: {value}" for name, value in named.items())
    return Block(facts(named), text)


def _doubts(account: pd.DataFrame) -> list[str]:
    """What a reader should know before any figure: tables of which many lines are missing."""
    lines = account.groupby("table", sort=False)[["lines", "quarantined"]].sum()
    sentence = message(
        "{rate} of the lines of {table} could not be used ({bad} of {all}): what they would add to "
        "these figures is not known. The end of the page says why."
    )
    return [
        sentence.format(
            rate=words.percent(bad / every),
            table=table,
            bad=words.count(bad),
            all=words.count(every),
        )
        for table, (every, bad) in lines.iterrows()
        if bad > _NOTICEABLE * every
    ]


def _quarantined(account: pd.DataFrame) -> str:
    """How many lines could not be used: a reader is told even if there are none."""
    lines = int(account["quarantined"].sum())
    if lines == 0:
        return say("no line")
    sentence = ngettext("{lines} line, see below", "{lines} lines, see below", lines)
    return sentence.format(lines=words.count(lines))


def _account(source: Source) -> list[Block]:
    """Every raw line and all money, in exactly one of three places each."""
    account = source.account
    if account.empty:
        return []
    blocks = [_headed(say("Lines"), show(account, _LINES))]
    counted = account[account["money"].notna()]
    if len(counted):
        blocks.append(_headed(say("Money"), show(counted, _MONEY, currency=source.currency)))
    if len(source.reasons):
        reasons = source.reasons.sort_values("lines", ascending=False)
        named = [
            name for name in ("table", "outcome", "reason", "lines", "money") if name in reasons
        ]
        blocks.append(
            _headed(say("Why lines were left out"), show(reasons, named, currency=source.currency))
        )
    return blocks


def _headed(heading: str, block: Block) -> Block:
    html = f'<details class="wb-details"><summary>{escape(heading)}</summary>{block.html}</details>'
    return Block(html, f"{heading}\n{block.text}")
