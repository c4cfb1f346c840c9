"""Words of the data that mean another one, and ids that are nobody's: declared, and as SQL.

nobody: [nan, "NULL", "-"]
values:
  platform: {Douyin: douyin, 抖音: douyin}
  status: {已完成: paid, 已退款: refunded}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from workbench.errors import SourceError, unknown
from workbench.tables import TABLES, Column
from workbench.yaml_text import Fields, Node

USERS = ("user_id", "inviter_id")  # ids that a word for nobody may stand in place of
# What some programs put at the ends of an id, and nobody sees: the signs, and a pattern of RE2 for
# them and NUL.
SIGNS = (
    "\t\n\v\f\r \x85\xa0\xad\u1680\u180e\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u202f\u3000\ufeff"
    + "".join(chr(code) for code in (*range(0x2000, 0x2010), *range(0x205F, 0x2065)))
)
ENDS = r"[\s\x00\x{b}\x{85}\x{a0}\x{ad}\x{1680}\x{180e}\x{2000}-\x{200f}\x{2028}-\x{202f}\x{205f}-\x{2064}\x{3000}\x{feff}]+"
_WORDS = {
    column.name: column
    for table in TABLES.values()
    for column in table.columns
    if column.type == "string" and not column.name.endswith("_id") and column.name != "text"
}


@dataclass(frozen=True)
class Spelling:
    """Which words of the data mean another, or nobody.

    Attributes:
        nobody: Ids of users that are nobody's.
        values: By the contract's column, what a spelling stands for.
    """

    nobody: tuple[str, ...] = ()
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def sql(self, column: Column, value: str, *, is_text: bool, is_trimmed: bool) -> str:
        """Return SQL of a value as the contract is to have it; `value` itself where nothing changes.

        Args:
            column: The contract's column.
            value: SQL of what the SELECT gives.
            is_text: Whether that is text.
            is_trimmed: Whether what nobody sees at the ends of an id is taken off.
        """
        if is_id(column):
            value = bare(value) if is_text and is_trimmed else value
            text = value if is_text else f"CAST({value} AS VARCHAR)"
            words = ", ".join(map(_literal, self.nobody))
            is_nobody = self.nobody and column.name in USERS
            return f"CASE WHEN {text} NOT IN ({words}) THEN {value} END" if is_nobody else value
        cases = "".join(
            f" WHEN {_literal(spelt)} THEN {_literal(word)}"
            for spelt, word in self.values.get(column.name, {}).items()
        )
        return f"CASE {value}{cases} ELSE {value} END" if cases and is_text else value


def bare(value: str) -> str:
    """Return SQL of an id without what nobody sees at its ends; one of nothing else is NULL."""
    return f"nullif(regexp_replace({value}, '^{ENDS}|{ENDS}$', '', 'g'), '')"


def is_id(column: Column) -> bool:
    """Return whether a column holds ids."""
    return column.type == "string" and column.name.endswith("_id")


def spelling(given: Fields) -> Spelling:
    """Return what a source file says under `nobody` and `values`.

    Raises:
        SourceError: If a column is unknown, or a word is none that it may hold.
    """
    nobody = given["nobody"].texts("a word for nobody (in quotes)") if "nobody" in given else []
    columns = given["values"].mapping("values") if "values" in given else {}
    return Spelling(tuple(nobody), {name: _mapped(name, node) for name, node in columns.items()})


def _mapped(name: str, node: Node) -> dict[str, str]:
    if name not in _WORDS:
        raise SourceError(f"{node.place}: values: {unknown('column of words', name, _WORDS)}")
    allowed = _WORDS[name].allowed
    found = {}
    for spelt, word in node.mapping(f"values of {name}").items():
        found[spelt] = word.text(f"what '{spelt}' means")
        if allowed and found[spelt] not in allowed:
            told = unknown(name, found[spelt], allowed)
            raise SourceError(f"{word.place}: values: '{spelt}' means {told}")
    return found


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
