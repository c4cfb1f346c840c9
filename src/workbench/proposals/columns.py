"""What the columns of a file mean: by their names, held against their contents."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from workbench.kit.sentences import say
from workbench.proposals import amounts, headers, instants
from workbench.proposals.contents import Column, is_nothing
from workbench.proposals.reading import File

_INSTANTS = (
    *(
        "ordered_at",
        "paid_at",
        "when",
        "refunded_at",
        "cancelled_at",
        "signed_up_at",
        "reviewed_at",
    ),
    *("opened_at", "resolved_at", "first_response_at", "published_at", "answered_at", "day"),
    "assigned_at",
)
_MONEY = ("amount", "price", "line_total", "refunded_amount", "discount", "spent")
_WHOLE = ("quantity", "rating", "score")
_TEXTS = (
    "event",
    "status",
    "direction",
    "platform",
    "channel",
    "currency",
    "user_id",
    "product_id",
)
_SHOWN, _LOOKED_AT = 3, 1000  # values that are told, of those that are looked at
_MANY = 0.5  # share of a shop's lines that a column of ids must be filled in


@dataclass(frozen=True)
class Meaning:
    """What the columns of a file mean.

    Attributes:
        roles: The column of each meaning.
        others: Of each meaning the further columns that it could be, worse ones last.
        guessed: Meanings that contents alone told.
    """

    roles: Mapping[str, Column]
    others: Mapping[str, Sequence[Column]] = field(default_factory=dict)
    guessed: frozenset[str] = frozenset()

    def __contains__(self, role: str) -> bool:
        return role in self.roles

    def __getitem__(self, role: str) -> Column:
        return self.roles[role]

    def get(self, role: str) -> Column | None:
        """Return the column of a meaning, None where there is none."""
        return self.roles.get(role)

    @property
    def instant(self) -> Column | None:
        """When a line of the file was: when it was ordered, else paid, else any instant."""
        return self.get("ordered_at") or self.get("paid_at") or self.get("when")


def meaning(file: File) -> Meaning:
    """Return what the columns of a file mean."""
    file = replace(file, columns=[*map(_settled, file.columns)])
    ranked: dict[str, list[tuple[int, int, Column]]] = {}
    for place, column in enumerate(file.columns):
        for role, rank in headers.meanings(column.name).items():
            if column.there and _can_be(role, column):
                ranked.setdefault(role, []).append((rank, place, column))
    found = {role: _ordered(role, some, file.rows) for role, some in ranked.items()}
    roles = {role: some[0] for role, some in found.items()}
    near = dict(_by_near_names(file, roles))
    guessed = near | dict(_by_contents(file, roles | near))
    others = {role: some[1:] for role, some in found.items() if some[1:]}
    return Meaning(roles | guessed, others, frozenset(guessed))


def _settled(column: Column) -> Column:
    """A column that is called an instant or an amount as it can be read as one, if only so.

    Words for nothing among its values say nothing; figures may be twice as wide, or end in a tab.
    """
    kinds = headers.meanings(column.name).keys() & {*_INSTANTS, *_MONEY} or _near(column.name)
    if not kinds or not column.there:
        return column
    is_padded = bool(set(column.padding) - {" "}) and not column.mark
    if any(_can_be(role, column) for role in kinds) and not is_padded:
        return column
    plain = column.plainly()
    return plain if plain.there and any(_can_be(role, plain) for role in kinds) else column


def _near(name: str) -> set[str]:
    """Whether a name that is not known looks like an instant's or an amount's."""
    plain = headers.plain(name)
    return {role for role in ("ordered_at", "amount") if headers.near(role).search(plain)}


def unlike(file: File) -> list[str]:
    """Return of each column that is called like an instant or an amount and holds others what it holds."""
    told = []
    for column in map(_settled, file.columns):
        roles = headers.meanings(column.name).keys()
        if not column.there or any(_can_be(role, column) for role in roles):
            continue
        if roles & {*_INSTANTS}:
            said = say(
                "{column} is called like an instant, but says {values}: can it be exported as "
                "2026-03-02 14:05:00? Or say in a source file of yours how it is written, as instants",
                column=column.name,
                values=_odd(column, instants.written),
            )
            told.append(said)
        elif roles & {*_MONEY}:
            said = say(
                "{column} is called like an amount, but says {values}: can it be exported as 1234.50?",
                column=column.name,
                values=_odd(column, amounts.amounts),
            )
            told.append(said)
    return told


def _odd(column: Column, read: Callable[[Sequence[str]], object]) -> str:
    """Some values of a column that cannot be read; of one that is written in several ways any."""
    some = [*column.counts][:_LOOKED_AT]
    odd = [text for text in some if read([text]) is None]
    return ", ".join((odd or some)[:_SHOWN])


def _ordered(role: str, ranked: list[tuple[int, int, Column]], rows: int) -> list[Column]:
    """Columns of one meaning, the best first."""
    columns = [column for _rank, _place, column in sorted(ranked, key=lambda r: r[:2])]
    if role == "user_id":
        columns.sort(key=lambda c: _nothings(c) > 0 or is_masked(c))
    if role in {"order_id", "user_id"}:
        columns.sort(key=lambda c: len(c.there) < _MANY * rows and len(columns) > 1)
    return columns


def is_masked(column: Column) -> bool:
    """Return whether a program has put stars in place of letters, so that two can look alike."""
    return any("*" in text for text in column.counts)


def _nothings(column: Column) -> float:
    nothing = sum(n for word, n in column.counts.items() if is_nothing(word) or word == "0")
    return nothing / len(column.texts)


def _can_be(role: str, column: Column) -> bool:
    """Whether the contents of a column bear out what its name says."""
    if role in _INSTANTS:
        return column.instants is not None
    if role in _MONEY:
        return column.amounts is not None
    if role in _WHOLE:
        return column.is_whole
    if role == "order_id":
        # A name such as #1001 has a figure; a person's has none.
        return _is_no_date(column) and column.is_numbered
    return role not in _TEXTS or (_is_no_date(column) and not column.has_decimals)


def _is_no_date(column: Column) -> bool:
    """Whether a column holds no instants, but for figures that could be ids as well."""
    return column.instants is None or all(text.isdigit() for text in column.counts)


def _by_near_names(file: File, roles: Mapping[str, Column]) -> Iterator[tuple[str, Column]]:
    """Yield what names tell that are not known but look like it, where nothing better does."""
    taken = list(roles.values())
    for role in ("order_id", "ordered_at", "amount", "user_id", "event"):
        has_when = role == "ordered_at" and any(
            r in roles for r in ("ordered_at", "paid_at", "when")
        )
        if (
            role in roles
            or has_when
            or (role == "amount" and {"price", "line_total"} & roles.keys())
        ):
            continue
        for column in file.columns:
            name = headers.plain(column.name)
            is_near = (
                headers.near(role).search(name)
                or name.removesuffix(" cents") in headers.roles()[role]
            )
            if is_near and column.there and column not in taken and _can_be(role, column):
                taken.append(column)
                yield role, column
                break


def _by_contents(file: File, roles: Mapping[str, Column]) -> Iterator[tuple[str, Column]]:
    """Yield what only contents tell, where one column alone can be meant."""
    left = [c for c in file.columns if c.there and c not in roles.values()]
    if not any(role in roles for role in _INSTANTS):
        yield from _only("when", left, lambda c: c.instants is not None)
    if file.shape is None or not file.shape.headless:
        if not any(role in roles for role in (*_MONEY, "event")):
            yield from _only("amount", left, lambda c: c.has_decimals and c.instants is None)
        return
    yield from _only("amount", left, lambda c: c.has_decimals and c.instants is None)
    words = [c for c in left if c.is_words and not c.is_numbered]
    yield from (("event", column) for column in words[:1] if len(words) == 1)
    ids = [c for c in left if c.instants is None and not c.has_decimals and c not in words]
    repeated = [column for column in ids if not column.is_unique]
    if any(c.has_decimals for c in left):
        yield from (("order_id", c) for c in ids[:1] if c.is_unique)
    yield from (("user_id", column) for column in repeated[:1])


def _only(
    role: str, columns: Sequence[Column], holds: Callable[[Column], bool]
) -> Iterator[tuple[str, Column]]:
    found = [column for column in columns if holds(column)]
    if len(found) == 1:
        yield role, found[0]
