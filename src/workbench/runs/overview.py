"""`reports/index.html`: of each source and pack the newest week; made anew of what is on disk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from workbench.display import records
from workbench.kit import words
from workbench.kit.sentences import say, say_n
from workbench.markup import escape
from workbench.runs import locks, pages, places, publish
from workbench.runs.publish import Tell

_FILE, _NEW = "index.html", ".index.html"
_OURS = '<meta name="generator" content="workbench">'


def write(reports: Path, tell: Tell) -> None:
    """Write the page anew, in one step.

    Args:
        reports: The folder of all reports.
        tell: Told if something that is not ours lies in its place and is set aside.
    """
    publish.free_lock(reports, tell)
    with locks.moment(reports):
        index, new = reports / _FILE, reports / _NEW
        html = _page(reports).replace("<head>", f"<head>\n{_OURS}", 1)
        if os.path.lexists(index) and not _is_ours(index):
            publish.set_aside(index, tell)
        new.write_text(html, encoding="utf-8")
        publish.sync(new)
        new.replace(index)
        publish.sync(reports)


def _is_ours(index: Path) -> bool:
    """Whether a file is such a page; a reader may have made an index by hand."""
    is_file = index.is_file() and not index.is_symlink()
    return is_file and _OURS in index.read_text(encoding="utf-8", errors="replace")


def _page(reports: Path) -> str:
    body = [
        f"<section><h2>{escape(source.name)}</h2><ul>{''.join(items)}</ul></section>"
        for source in places.of_sources(reports)
        if (items := list(_items(source, reports)))
    ]
    trials = [
        item
        for source in places.of_sources(reports / places.TRIALS)
        for item in _items(source, reports, source.name)
    ]
    if trials:
        body.append(
            f"<section><h2>{escape(say('Trials'))}</h2><ul>{''.join(trials)}</ul></section>"
        )
    return pages.page(say("Reports"), "".join(body))


def _items(source: Path, reports: Path, named: str = "") -> Iterator[str]:
    """A source's packs and notebooks, each with its newest week."""
    for target in sorted(one for one in source.iterdir() if one.is_dir()):
        week = _newest(target)
        found = list(records.read(week).values()) if week else []
        made = max((record.ran_at for record in found), default="")
        if week is None or not made:
            continue
        name = found[0].title if target.name == found[0].name else words.label(target.name)
        page = week / (_FILE if (week / _FILE).is_file() else found[0].page)
        said = say("{week}, made {when}", week=week.name, when=pages.moment(made))
        failed = sum(bool(record.failure) for record in found)
        if failed:
            said += f"; ✕ {say_n('{n:count} report failed', '{n:count} reports failed', failed)}"
        link = f'<a href="{escape(quote(str(page.relative_to(reports))))}">{escape(name)}</a>'
        before = f"{escape(named)}: " if named else ""
        yield f'<li>{before}{link}<div class="wb-note">{escape(said)}</div></li>'


def _newest(target: Path) -> Path | None:
    """The week that `latest` names, or the last one where no week is whole."""
    weeks, latest = publish.weeks(target), target / "latest"
    named = str(latest.readlink()) if latest.is_symlink() else ""
    return target / (named if named in weeks else weeks[-1]) if weeks else None
