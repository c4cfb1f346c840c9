"""The end of a notebook: where the figures come from, the result tables, the closing sentinel."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from workbench.display.records import OWNER, PUBLIC
from workbench.display.spreadsheets import export
from workbench.errors import MissingData, WorkbenchError
from workbench.kit import gaps, metrics, words
from workbench.kit.audience import RESULTS, audience
from workbench.kit.blocks import FINISH, Block
from workbench.kit.drawing import frame_block, sentences_block
from workbench.kit.figures import unit
from workbench.kit.ids import mask, named
from workbench.kit.results import Result
from workbench.kit.scope import Scope
from workbench.kit.sentences import message, say, say_n
from workbench.kit.showing import charts_shown, show
from workbench.markup import escape, facts
from workbench.periods import to_local

if TYPE_CHECKING:
    from workbench.sources import Source

_METRICS = "metrics"
_NOTICEABLE = 0.01  # of a table's lines in quarantine, beyond which the page begins with that
_FIRST = 10  # rows of a list of users, by which one sees what is in it
_LINES = ("table", "file", "lines", "kept", "excluded", "quarantined")
_MONEY = ("table", "file", "money", "money_kept", "money_excluded", "money_quarantined")


def finish(
    result: Result | Sequence[Result], source: Source, scope: Scope, *, mask_ids: bool = True
) -> Block:
    """Close a notebook: tell where its figures come from and keep its result tables.

    Into the folder that `WORKBENCH_RESULTS` names go, for the owner, every whole frame of the
    results and the table `metrics` of their headline figures, as `owner/NAME.parquet`; for others
    the frames as the page has them, and its lists of users, as `public/NAME.csv` with money in the
    main unit. Without it (in JupyterLab, in an app) nothing is written. The block carries the
    sentinel by which the runner knows that the notebook came to its end.

    Args:
        result: What an analysis returned, or several of them.
        source: Where the tables came from.
        scope: What the notebook looked at.
        mask_ids: Whether user ids leave as pseudonyms.

    Raises:
        MissingData: If all results say what they would need, and none has an answer.
        WorkbenchError: If two results have a frame of the same name.
        SourceError: If a warehouse was changed while the figures were made.
    """
    source.verify()
    results = [result] if isinstance(result, Result) else result
    _check_answers(results)
    shown = _shown(results, mask_ids=mask_ids)
    kept = _keep_results(results, shown, mask_ids=mask_ids)
    sentinel = {
        "week": str(scope.week),
        "period": words.period(scope.period),
        "charts": charts_shown(),
        "results": kept,
        "shown": sorted(shown) if kept else [],
        "source": source.name,
        "asked_for": source.asked_for,
        "fingerprint": source.fingerprint,
        "doubts": [*_doubts(source), *_gaps(results, scope)],
    }
    lists = _lists(shown)
    parts = [_facts(source, scope), *lists, *_account(source)]
    text = "\n\n".join(part.text for part in parts)
    return Block("".join(part.html for part in parts), text, {FINISH: sentinel})


def _check_answers(results: Sequence[Result]) -> None:
    """Refuse a page whose question nothing answers: that each section says what it would need is no report."""
    asked = [one for one in results if not one.COMES_ALONG]
    if asked and not any(map(_answers, asked)):
        why = asked[0].missing[0]
        raise MissingData(say("This report has no answer to its question. {why}", why=why))


def _answers(result: Result) -> bool:
    """Whether a result says anything but what it would need."""
    known = any(not math.isnan(one.interval.value) for one in result.metrics)
    return known or not result.missing or any(one.status != "unknown" for one in result.findings)


def _frames(results: Sequence[Result]) -> dict[str, pd.DataFrame]:
    """Every frame of the results by its name, and their metrics as one."""
    told = [metrics.frame(one.metrics).assign(result=type(one).__name__) for one in results]
    frames = {_METRICS: pd.concat(told, ignore_index=True)} if told else {}
    for result in results:
        for name, frame in result.frames().items():
            if name in frames:
                raise WorkbenchError(f"two results have a table '{name}', names must differ")
            frames[name] = frame
    return frames


def _shown(results: Sequence[Result], *, mask_ids: bool) -> dict[str, pd.DataFrame]:
    """The frames that others may have: no list of users but those that are made to work with."""
    lists = {name for one in results for name in one.LISTS}
    return {
        name: mask(frame) if mask_ids else frame
        for name, frame in _frames(results).items()
        if name != _METRICS and (name in lists or audience() == "owner" or not named(frame))
    }


def _keep_results(
    results: Sequence[Result], shown: Mapping[str, pd.DataFrame], *, mask_ids: bool
) -> list[str]:
    folder = os.environ.get(RESULTS)
    if folder is None:
        return []
    owners, public = Path(folder) / OWNER, Path(folder) / PUBLIC
    public.mkdir(parents=True, exist_ok=True)
    owners.mkdir(mode=0o700, exist_ok=True)  # a server that runs as another user cannot read it
    whole = _frames([one.whole for one in results])
    for name, frame in whole.items():
        (mask(frame) if mask_ids else frame).to_parquet(owners / f"{name}.parquet", index=False)
    for name, frame in shown.items():
        export(_whole_numbers(frame), public / f"{name}.csv", mask_ids=False)
    return sorted(whole)


def _whole_numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame whose counts with gaps, where something is kept back, are counts again."""
    gaps = [name for name in frame.select_dtypes("float64") if frame[name].isna().any()]
    counts = [one for one in gaps if (frame[one].dropna() % 1 == 0).all() and unit(str(one)) == ""]
    return frame.astype(dict.fromkeys(counts, "Int64")) if counts else frame


def _lists(frames: Mapping[str, pd.DataFrame]) -> list[Block]:
    """The lists of users that a campaign can use, by their first rows; in an app their length."""
    blocks = []
    for name, frame in frames.items():
        if "user_id" not in frame.columns or frame.empty:
            continue
        if audience() == "live":
            length = say("{list:label}: {users:count}", list=name, users=len(frame))
            blocks.append(sentences_block([length]))
            continue
        template = (
            message("{list:label}: {users:count} (the first ones here, all of them in {list}.csv)")
            if os.environ.get(RESULTS)
            else message(
                "{list:label}: {users:count} (the first ones here, all of them beside a report)"
            )
        )
        heading = say(template, list=name, users=len(frame))
        blocks.append(_headed(heading, frame_block(frame.dropna(axis=1, how="all").head(_FIRST))))
    return blocks


def _facts(source: Source, scope: Scope) -> Block:
    now = to_local(datetime.now(UTC).replace(tzinfo=None), source.time_zone)
    named = {
        say("Source"): say(
            "{name} (contents {fingerprint})", name=source.name, fingerprint=source.fingerprint[:12]
        ),
        say("Period"): words.period(scope.period),
        say("Time zone"): source.time_zone,
        say("Quarantined"): _quarantined(source.account),
        say("Made"): say(
            "{when:instant} by workbench {version}",
            when=now,
            version=version("workbench"),
        ),
    }
    if source.span:
        named[say("Data until")] = words.instant(to_local(source.until, source.time_zone))
    text = "\n".join(f"{name}: {value}" for name, value in named.items())
    return Block(facts(named), text)


def _doubts(source: Source) -> list[str]:
    """What a reader should know before any figure: what is doubtful, and where many lines are missing."""
    lines = source.account.groupby("table", sort=False)[["lines", "quarantined"]].sum()
    template = message(
        "{rate:percent} of the lines of {table} could not be used ({bad:count} of {all:count}): "
        "what they would add to these figures is not known. The end of the page says why."
    )
    missing = [
        say(template, rate=bad / every, table=table, bad=bad, all=every)
        for table, (every, bad) in lines.iterrows()
        if bad > _NOTICEABLE * every
    ]
    return [*(one.page for one in source.doubts if one.page), *missing]


def _gaps(results: Sequence[Result], scope: Scope) -> list[str]:
    """Days without data that a reader should know of first, where no result names them."""
    if any(one.topic == gaps.TOPIC for result in results for one in result.findings):
        return []
    then = say("What these days would add to the figures is not known.")
    return [one.sentence for table in ("events", "orders") for one in gaps.told(scope, table, then)]


def _quarantined(account: pd.DataFrame) -> str:
    """How many lines could not be used: a reader is told even if there are none."""
    lines = int(account["quarantined"].sum())
    if lines == 0:
        return say("no line")
    return say_n("{n:count} line, see below", "{n:count} lines, see below", lines)


def _account(source: Source) -> list[Block]:
    """Every raw line and all money, in exactly one of three places each."""
    account = source.account
    if account.empty:
        return []
    every = pd.concat([account, source.joined]) if len(source.joined) else account
    blocks = [_headed(say("Lines"), show(every, _LINES))]
    counted = account[account["money"].notna()]
    if len(counted):
        blocks.append(_headed(say("Money"), show(counted, _MONEY, currency=source.currency)))
        taken = [one.taken.told(source.currency) for one in source.facts.values() if one.taken]
        blocks += [sentences_block(taken)] if taken else []
    if len(source.reasons) or len(source.unjoined):
        reasons = pd.concat([one for one in (source.reasons, source.unjoined) if len(one)])
        reasons = reasons.sort_values("lines", ascending=False)
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
