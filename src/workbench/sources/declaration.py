"""What a source file says: files, zone, currency, and one SELECT a table.

    time_zone: Asia/Shanghai        # the shop's zone: its days and weeks
    timestamps: UTC                 # the raw files' zone, where it is another
    currency: CNY                   # ISO 4217
    money: minor                    # amounts are in fen already, or in 万元; otherwise they are in yuan
    max_quarantined: 5 %            # of a table's lines; a source with more is refused
    steps: [visit, purchase]        # this shop's own funnel
    nobody: [nan, "NULL", "-"]      # ids of users that are nobody's: those lines have no user
    values:                         # spellings of one word, by the contract's column
      platform: {Douyin: douyin, 抖音: douyin}
    files: {export: "${SHOP_DATA}/export.parquet"}
    tables:
      orders: SELECT no AS order_id, paid_at AS ordered_at, amount FROM export

A table is a SELECT or, where lines are to be left out, a mapping (or a list of mappings, where
several files make one table):

    from      the file whose lines the rows are made of; by default the SELECT's FROM
    select    the SELECT; of joined files it is counted which lines are in a row
    money     what one line is worth, for the account; the SELECT can use it as `money`
    exclude   NAME: PREDICATE over a line; the first that is true names why a line is left out
    dropped   the name under which lines count that the SELECT itself leaves out (WHERE, JOIN)

A warehouse takes the place of files; its SELECTs are in its own SQL, and know no `from`, no `money`:

    warehouse: postgres://reports:${SHOP_PASSWORD}@db.shop.example:5432/shop
    freshness: SELECT max(loaded_at) FROM loads    # one value that changes when the data do
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from workbench.errors import SourceError, unknown
from workbench.kit import words
from workbench.sources.address import Address, address
from workbench.sources.formats import zone_in
from workbench.sources.options import FileOptions, file_options
from workbench.sources.spelling import Spelling, spelling
from workbench.tables import TABLES
from workbench.yaml_text import Fields, Node, read

_OF_THE_SHOP = ("time_zone", "timestamps", "currency", "money", "max_quarantined", "steps")
_OF_THE_DATA = ("files", "warehouse", "freshness", "tables", "nobody", "values")
MAX_QUARANTINED = 0.05
_WHY = {
    "freshness": ": a SELECT of one value that changes when the data do, since a warehouse has no "
    "content that could be compared"
}
_SHARE = re.compile(r"(\d+(?:\.\d+)?) ?%")
_ENTRY_KEYS = ("from", "select", "money", "exclude", "dropped")
_WAREHOUSE_KEYS = ("select", "exclude", "dropped")


@dataclass(frozen=True)
class Entry:
    """One SELECT that fills a table.

    Attributes:
        table: The contract table.
        select: SQL over the files' names.
        file: The file whose lines are counted, "" for the one in the SELECT's FROM.
        money: SQL: what one line is worth; "" derives it from a plain SELECT.
        exclude: Names of rules and their SQL predicates, in the order they are tried.
        dropped: The name for lines that the SELECT leaves out, "" where it may leave out none.
        place: File and line, as errors name them.
        unread: Columns of a folder's file that the contract does not know.
    """

    table: str
    select: str
    file: str = ""
    money: str = ""
    exclude: Mapping[str, str] = field(default_factory=dict)
    dropped: str = ""
    place: str = ""
    unread: tuple[str, ...] = ()


@dataclass(frozen=True)
class Declaration:
    """A source before it is read.

    Attributes:
        name: The source's name.
        text: Everything that decides what the files become, for the fingerprint.
        time_zone: IANA name of the shop's zone.
        timestamps: IANA name of the zone of the raw files' timestamps.
        entries: One or more a table.
        currency: ISO 4217 code, or "".
        digits: Decimals between the money in the files and minor units.
        steps: The shop's own funnel, or ().
        files: Raw files, and how they are read, by the name SELECTs call them.
        max_quarantined: Share of a table's lines beyond which the source is refused.
        warehouse: Where the tables are that SELECTs read, in place of files.
        freshness: A SELECT in the warehouse: one value, which changes when the data do.
        spelling: Which words of the data mean another, or nobody.
    """

    name: str
    text: str
    time_zone: str
    timestamps: str
    entries: tuple[Entry, ...]
    currency: str = ""
    digits: int = 0
    steps: tuple[str, ...] = ()
    files: Mapping[str, FileOptions] = field(default_factory=dict)
    max_quarantined: float = MAX_QUARANTINED
    warehouse: Address | None = None
    freshness: Node | None = None
    spelling: Spelling = field(default_factory=Spelling)

    @property
    def file_names(self) -> tuple[str, ...]:
        """What SELECTs call the files."""
        return tuple(self.files) or tuple(entry.table for entry in self.entries)

    def written(self, file: str) -> FileOptions:
        """Return how a file writes amounts and instants; tables that are no files: as usual."""
        return self.files.get(file, FileOptions(Path()))

    def paths(self) -> list[tuple[str, Path]]:
        """Return every raw file that is read, by name."""
        found = [("warehouse", path) for path in self.warehouse.files] if self.warehouse else []
        for name, options in self.files.items():
            inside = sorted(options.path.rglob("*.parquet")) if options.path.is_dir() else []
            found += [(f"{name}/{p.relative_to(options.path)}", p) for p in inside]
            found += [] if options.path.is_dir() else [(name, options.path)]
        return found


def load(path: Path) -> Declaration:
    """Read and check a source file.

    Raises:
        SourceError: One line: file, line, what was given and what is allowed.
    """
    where = path.name
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{where}: cannot be read: {error}") from None
    top = read(text, where)
    given = top.known("key", (*_OF_THE_SHOP, *_OF_THE_DATA))
    for needed in ("time_zone", "freshness" if "warehouse" in given else "files", "tables"):
        if needed not in given:
            raise SourceError(f"{where}: '{needed}' is missing{_WHY.get(needed, '')}")
    if ("warehouse" in given) != ("freshness" in given) or {"warehouse", "files"} <= {*given}:
        raise SourceError(f"{where}: must have 'files', or 'warehouse' and 'freshness'")
    zone, currency = _zone(given, "time_zone"), given.text("currency")
    timestamps = _zone(given, "timestamps") or zone
    warehouse = address(given["warehouse"]) if "warehouse" in given else None
    files = _files(given["files"], timestamps) if "files" in given else {}
    return Declaration(
        name=path.stem,
        text=text,
        time_zone=zone,
        timestamps=timestamps,
        currency=currency,
        digits=_digits(given, currency),
        steps=_steps(given.get("steps")),
        files=files,
        entries=_entries(given["tables"], None if warehouse else files),
        max_quarantined=_share(given),
        warehouse=warehouse,
        freshness=given.get("freshness"),
        spelling=spelling(given),
    )


def _files(node: Node, timestamps: str) -> dict[str, FileOptions]:
    named = node.mapping("files")
    if len({name.lower() for name in named}) < len(named):
        raise SourceError(f"{node.place}: two files differ in upper and lower case only")
    found = {name: file_options(value, name) for name, value in named.items()}
    for name, options in found.items():
        for pattern in options.instants:
            zone = zone_in(pattern)
            if zone and (timestamps != "UTC" or zone[0] in "+-"):
                raise SourceError(
                    f"{named[name].place}: file '{name}': instants == '{pattern}' says "
                    f"{zone}, the source says {timestamps}: write %z where a zone stands, "
                    f"declare timestamps: UTC, or leave out what is read unasked (2026-03-01 20:00:00 "
                    f"UTC)"
                )
    return found


def _zone(given: Fields, key: str) -> str:
    name = given.text(key)
    try:
        ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SourceError(
            f"{given[key].place}: {key}: unknown time zone '{name}', must be an IANA name such as Asia/Shanghai"
        ) from None
    return name


_LARGE = {"千元": 3, "万元": 4}  # figures that a unit of amounts stands for


def _digits(given: Fields, currency: str) -> int:
    unit = given.text("money")
    if unit not in {"", "minor", *_LARGE}:
        listed = ", ".join(["minor", *_LARGE])
        raise SourceError(
            f"{given['money'].place}: money == '{unit}', must be one of {listed}, or left out"
        )
    try:
        return 0 if unit == "minor" else words.currency_style(currency)[1] + _LARGE.get(unit, 0)
    except ValueError as error:
        raise SourceError(f"{given['currency'].place}: {error}") from None


def _share(given: Fields) -> float:
    text = given.text("max_quarantined")
    if not text:
        return MAX_QUARANTINED
    found = _SHARE.fullmatch(text)
    if not found or float(found[1]) > 100:  # noqa: PLR2004 - per cent
        place = given["max_quarantined"].place
        raise SourceError(f"{place}: max_quarantined == '{text}', must be 0 % to 100 %")
    return float(found[1]) / 100


def _steps(node: Node | None) -> tuple[str, ...]:
    if node is None:
        return ()
    if not isinstance(node.value, list) or not node.value:
        raise SourceError(f"{node.place}: steps must be a list of events, got {node.kind}")
    steps = tuple(step.text("a step") for step in node.value)
    if len(set(steps)) < len(steps):
        raise SourceError(f"{node.place}: a step stands twice in {', '.join(steps)}")
    return steps


def _entries(node: Node, files: Mapping[str, FileOptions] | None) -> tuple[Entry, ...]:
    found: list[Entry] = []
    for table, value in node.mapping("tables").items():
        if table not in TABLES:
            raise SourceError(f"{value.place}: {unknown('table', table, TABLES)}")
        parts = value.value if isinstance(value.value, list) else [value]
        found += [_entry(table, part, files) for part in parts]
    if not found:
        raise SourceError(f"{node.place}: tables names no table")
    return tuple(found)


def _entry(table: str, node: Node, files: Mapping[str, FileOptions] | None) -> Entry:
    """What one SELECT says; `files` is None where it reads a warehouse."""
    place = f"{node.place}, {table}"
    if isinstance(node.value, str):
        return Entry(table, node.text(table), place=place)
    given = node.known(f"key of {table}", _WAREHOUSE_KEYS if files is None else _ENTRY_KEYS)
    if "select" not in given:
        raise SourceError(f"{place}: 'select' is missing")
    file = given.text("from")
    if file and file not in (files or ()):
        raise SourceError(f"{given['from'].place}: {unknown('file', file, files or ())}")
    rules = given["exclude"].mapping("exclude") if "exclude" in given else {}
    return Entry(
        table,
        given.text("select"),
        file=file,
        money=given.text("money"),
        exclude={rule: predicate.text(f"rule '{rule}'") for rule, predicate in rules.items()},
        dropped=given.text("dropped"),
        place=place,
    )
