"""JSON lines: one object a line, every value as the text it was written in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from workbench.errors import SourceError
from workbench.kit.sentences import say
from workbench.sources.options import FileOptions
from workbench.sources.text.encodings import encoding_of, utf8_blocks
from workbench.sources.text.headers import checked_names
from workbench.sources.text.records import Broken
from workbench.sources.text.tables import LINE
from workbench.sources.typed import tables


class JsonLines:
    """A file whose columns are known: all keys that any of its objects has.

    Raises:
        SourceError: If no line is an object.
    """

    def __init__(self, options: FileOptions) -> None:
        self._options = options
        names: dict[str, None] = {}
        for _line, found in self._objects([]):
            names |= dict.fromkeys(found)
        if not names:
            raise SourceError(f"{options.path.name}: no line of it is a JSON object with a value")
        self._names = checked_names(options.path, list(names), 1)
        self.schema = pa.schema([*((n, pa.string()) for n in self._names), (LINE, pa.int64())])

    def tables(self, broken: list[Broken]) -> Iterator[pa.Table]:
        """Yield the objects as rows; the lines that are none are appended to `broken`."""
        rows = ((n, [found.get(c) for c in self._names]) for n, found in self._objects(broken))
        return tables(self.schema, rows)

    def _objects(self, broken: list[Broken]) -> Iterator[tuple[int, dict[str, str | None]]]:
        for number, line in enumerate(self._lines(), start=1):
            if not line.strip():
                continue
            try:
                yield number, _object(line)
            except ValueError:
                reason = say("not true that the line is a JSON object")
                broken.append(Broken(number, reason, line.decode("utf-8", "backslashreplace")))

    def _lines(self) -> Iterator[bytes]:
        path = self._options.path
        rest = b""
        for block in utf8_blocks(path, encoding_of(path, self._options.encoding)):
            *whole, rest = (rest + block).split(b"\n")
            yield from whole
        if rest:
            yield rest


def _object(line: bytes) -> dict[str, str | None]:
    """The values of an object as they are written; what is nested stays JSON.

    Raises:
        ValueError: If the line is no object, or has a key twice.
    """
    found = json.loads(
        line.decode("utf-8"),
        parse_int=str,
        parse_float=str,
        parse_constant=_refuse,
        object_pairs_hook=_unique,
    )
    if not isinstance(found, dict):
        raise ValueError  # noqa: TRY004 - as json says of any other line that is none
    return {key: _text(value) for key, value in found.items()}


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _value in pairs}) < len(pairs):
        raise ValueError
    return dict(pairs)


def _refuse(constant: str) -> str:
    raise ValueError(constant)
