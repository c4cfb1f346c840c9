"""The pages that no notebook makes: a pack's index, and what is left of a run that failed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import PurePath

from workbench.display.lab import style
from workbench.display.records import Record
from workbench.kit import words
from workbench.kit.findings import listed
from workbench.kit.language import locale, translated
from workbench.kit.sentences import pairs, say, together
from workbench.markup import escape, facts
from workbench.parameters import Setting, written

_FINDINGS_SHOWN = 3
_LOG_SHOWN = 10_000
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def index(title: str, week: str, reports: Sequence[Record], above: str = "") -> str:
    """Return the page that lists a pack's reports with what they found first.

    Args:
        title: The pack's title.
        week: The week of the folder, or "" where no report is there.
        reports: In the pack's order.
        above: HTML that comes before the title.
    """
    bar = f'<div class="wb-bar"><span>{escape(week)}</span></div>' if week else ""
    return page(title, "".join(map(_report, reports)), above=bar + above)


def trial(tried: Mapping[str, str]) -> str:
    """Return what stands first on every page of a trial; "" where none is.

    Args:
        tried: The values that make it one, as text.
    """
    if not tried:
        return ""
    return f'<div class="wb-missing" role="note"><strong>{escape(trial_sentence(tried))}</strong></div>'


def trial_sentence(tried: Mapping[str, str]) -> str:
    """Return what a reader is told of a trial."""
    return say(
        "A trial ({parameters}): it takes no published report's place.",
        parameters=pairs(tried, tried.values()),
    )


def parameters(settings: Sequence[Setting]) -> str:
    """Return the parameters of a report, those first to be seen that are not the notebook's own."""
    if not settings:
        return ""
    changed = [one.name for one in settings if one.differs]
    told = (
        say("Parameters (not the notebook's own: {names})", names=", ".join(changed))
        if changed
        else say("Parameters (all of them the notebook's own)")
    )
    names = (say("Parameter"), say("Value"), say("Default"))
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    return (
        f'<details class="wb-details"><summary>{escape(told)}</summary><div class="wb-scroll">'
        f'<table class="wb-table"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(map(_setting, settings))}</tbody></table></div></details>"
    )


def failure(record: Record, *, code: str, traceback: str, log: str, above: str = "") -> str:
    """Return the page that stands beside the last good one when a run failed.

    Args:
        record: Says which report failed, why, when and with which parameters.
        code: The cell that failed, if one did.
        traceback: What Python said about it.
        log: What the kernel wrote outside of any cell.
        above: HTML that comes before the title.
    """
    parts = [
        f'<p class="wb-error">{escape(record.failure)}</p>',
        f'<p class="wb-note">{escape(say("The last good report, if there was one, is unchanged."))}</p>',
        facts({say("Ran"): moment(record.failed_at)}),
        parameters(record.parameters),
        _details(say("The cell that failed"), code),
        _details(say("What Python said"), _ANSI.sub("", traceback)),
        _details(say("What the kernel wrote"), _ANSI.sub("", log)[-_LOG_SHOWN:]),
    ]
    return page(say("The run failed: {title}", title=record.title), "".join(parts), above)


def page(heading: str, body: str, above: str = "") -> str:
    """Return a whole page that loads nothing, of HTML in which every text is escaped already."""
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    return (
        f'<!doctype html>\n<html lang="{locale()}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="referrer" content="no-referrer">\n<link rel="icon" href="data:,">\n'
        f"<title>{escape(heading)}</title>\n<style>{style()}</style>\n</head>\n"
        f'<body class="wb"><main class="wb-page">{above}<h1>{escape(heading)}</h1>{body}</main>'
        "</body>\n</html>\n"
    )


def moment(iso: str) -> str:
    """Return an instant as a reader says it: `5 Oct 2026 09:30 UTC`."""
    when = datetime.fromisoformat(iso)
    return f"{words.instant(when)} {when:%Z}"


def _setting(setting: Setting) -> str:
    """A parameter as a row. Of a folder of tables its name is enough, whoever reads it."""
    shown = [setting.value, setting.default]
    if setting.name == "source":
        shown = [PurePath(str(value)).name for value in shown]
    value, default = (f"<code>{escape(written(one))}</code>" for one in shown)
    cells = (
        f"<code>{escape(setting.name)}</code>"
        f'<div class="wb-note">{escape(translated(setting.help))}</div>',
        f"<strong>● {value}</strong>" if setting.differs else value,
        default,
    )
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _report(report: Record) -> str:
    name = escape(report.title)
    linked = f'<a href="{escape(report.page)}">{name}</a>' if report.page else name
    parts = [f"<h2>{linked}</h2>", _state(report)]
    if report.page:
        told = {
            say("Week"): report.week,
            say("Source"): report.source,
            say("Ran"): moment(report.ran_at),
        }
        parts += [listed(report.findings[:_FINDINGS_SHOWN]), facts(told)]
    return f"<section>{''.join(parts)}</section>"


def _state(report: Record) -> str:
    """Whether a report is there and new; if not, why, and where more is told."""
    if report.skipped:
        return f'<p class="wb-note">{escape(together(say("Not made for this shop:"), report.skipped))}</p>'
    if not report.failure:
        return f'<p class="wb-note">✓ {escape(say("up to date"))}</p>'
    link = f'<a href="{escape(report.failure_page)}">{escape(report.failure)}</a>'
    if report.page:
        sentence = say(
            "This is the run of {good}; the run of {failed} failed:",
            good=moment(report.ran_at),
            failed=moment(report.failed_at),
        )
    else:
        sentence = say("Not there:")
    return f'<p class="wb-error">✕ {escape(sentence)} {link}</p>'


def _details(summary: str, text: str) -> str:
    if not text:
        return ""
    return (
        f'<details class="wb-details"><summary>{escape(summary)}</summary>'
        f"<pre>{escape(text)}</pre></details>"
    )
