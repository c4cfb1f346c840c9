"""Read YAML as plain text values, each with the line it stands on."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date

import yaml

from workbench.errors import SourceError, unknown

_NESTED = re.compile(r"\{[^\n\"']*:\s*\$\{")
_LARGEST, _DEEPEST = 1_000_000, 60  # bytes of a file; levels: far more than any needs
_TAGS = {"str", "int", "float", "bool", "null", "timestamp", "value", "map", "seq"}


@dataclass(frozen=True)
class Node:
    """A value of a YAML file and where it stands.

    Attributes:
        value: Text, a mapping or a list; a scalar stays as written (`NO` is no boolean here).
        place: File and line, as an error names them.
    """

    value: str | dict[str, Node] | list[Node]
    place: str

    def text(self, what: str) -> str:
        """Return the value as text.

        Raises:
            SourceError: If it is a mapping, a list or empty.
        """
        if not isinstance(self.value, str) or not self.value.strip():
            raise SourceError(f"{self.place}: {what} must be text, got {self.kind}")
        return self.value.strip()

    def mapping(self, what: str) -> dict[str, Node]:
        """Return the value as a mapping.

        Raises:
            SourceError: If it is none.
        """
        if not isinstance(self.value, dict):
            raise SourceError(f"{self.place}: {what} must be a mapping, got {self.kind}")
        return self.value

    def known(self, kind: str, allowed: tuple[str, ...]) -> Fields:
        """Return the value as a mapping with no other keys than the allowed ones.

        Raises:
            SourceError: If it is none, or has one; the near name is offered.
        """
        given = self.mapping("it")
        for name, value in given.items():
            if name not in allowed:
                raise SourceError(f"{value.place}: {unknown(kind, name, allowed)}")
        return Fields(given)

    def number(self, what: str) -> float:
        """Return the value as a number; NaN where its text is none.

        Raises:
            SourceError: As `text`.
        """
        try:
            return float(self.text(what))
        except ValueError:
            return math.nan

    def texts(self, what: str) -> list[str]:
        """Return the value as a list of texts; one text is a list of one."""
        items = self.value if isinstance(self.value, list) else [self]
        return [item.text(what) for item in items]

    @property
    def kind(self) -> str:
        """What the value is, in words."""
        if isinstance(self.value, dict):
            return "a mapping"
        if isinstance(self.value, list):
            return "a list"
        return f"'{self.value}'" if self.value else "nothing"


class Fields(dict[str, Node]):
    """A mapping of known keys; one that is not there is empty."""

    def text(self, key: str) -> str:
        """Return the text of a key; "" where it is not there."""
        return self[key].text(key) if key in self else ""

    def day(self, key: str, of: str) -> date | None:
        """Return the day of a key; None where it is not there.

        Args:
            key: Its name.
            of: Whose it is, for errors.

        Raises:
            SourceError: If its text is no day.
        """
        text = self.text(key)
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            raise SourceError(
                f"{self[key].place}: {of}: {key} == '{text}', must be a day such as 2026-12-31"
            ) from None


def read(text: str, where: str) -> Node:
    """Return the document in `text`; tags, aliases and repeated keys are refused.

    Args:
        text: One YAML document.
        where: The file's name, for errors.

    Raises:
        SourceError: If it is no YAML, larger than 1 MB, nested deeper than 60 levels, or uses what
            a source file has no need for.
    """
    if len(text.encode(errors="replace")) > _LARGEST:
        raise SourceError(f"{where}: larger than 1 MB, the most that is read")
    depth = 0
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST:
                raise SourceError(
                    f"{where}, line {_line(event)}: nested deeper than {_DEEPEST} levels"
                )
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise SourceError(f"{where}, line {_line(event)}: anchors are not allowed here")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        hint = " (inside { } a value with ${NAME} needs quotes)" if _NESTED.search(text) else ""
        raise SourceError(f"{where}{line}: not valid YAML: {error.problem}{hint}") from None
    except yaml.YAMLError as error:
        raise SourceError(f"{where}: not valid YAML: {str(error).splitlines()[0]}") from None
    if node is None:
        raise SourceError(f"{where}: the file is empty")
    return _convert(node, where)


def _convert(node: yaml.Node, where: str) -> Node:
    place = f"{where}, line {_line(node)}"
    if node.tag.removeprefix("tag:yaml.org,2002:") not in _TAGS:
        raise SourceError(f"{place}: tag '{node.tag}' is not allowed here")
    if isinstance(node, yaml.ScalarNode):
        return Node("" if node.tag.endswith(":null") else node.value, place)
    if isinstance(node, yaml.SequenceNode):
        return Node([_convert(item, where) for item in node.value], place)
    found: dict[str, Node] = {}
    for key, value in node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else str(key.tag)
        if name in found:
            raise SourceError(f"{where}, line {_line(key)}: '{name}' stands twice")
        found[name] = _convert(value, where)
    return Node(found, place)


def _line(marked: yaml.Node | yaml.Event) -> int:
    mark = marked.start_mark
    return mark.line + 1 if mark else 0
