"""The contract's other tables, where the columns of a file fill one."""

from __future__ import annotations

from workbench.kit.sentences import say
from workbench.proposals.columns import Meaning
from workbench.proposals.contents import Column, literal, quote
from workbench.proposals.declared import Entry, Item, Question
from workbench.proposals.reading import File

# In the order in which they are tried: of each column of the contract the meanings it may have.
# Those before the bar are needed.
_TABLES = {
    "assignments": "experiment variant user_id assigned_at=assigned_at/when |",
    "surveys": "user_id score answered_at=answered_at/when |",
    "reviews": "review_id user_id rating text reviewed_at=reviewed_at/when | product_id order_id",
    "complaints": "complaint_id opened_at=opened_at/when | user_id category first_response_at resolved_at",
    "identities": "platform platform_user_id user_id |",
    "spend": "day=day/when platform amount=spent | channel",
    "contents": "content_id published_at | platform",
}
_YES = {"yes", "true", "1", "y", "是"}
_NO = {"no", "false", "0", "n", "否"}


def table_of(meaning: Meaning) -> str:
    """Return the table that the columns of a file fill, "" for none of these."""
    for table, said in _TABLES.items():
        needed, _bar, _more = said.partition("|")
        if all(_column(meaning, given) is not None for given in needed.split()):
            return table
    return ""


def entry(table: str, file: File, meaning: Meaning) -> Entry:
    """Return the entry that makes such a table of a file."""
    items = []
    for given in _TABLES[table].replace("|", "").split():
        column = _column(meaning, given)
        if column is not None:
            items.append(Item(column.clean(), given.partition("=")[0]))
    return Entry(table, items, file.name)


def is_users(meaning: Meaning) -> bool:
    """Return whether a file is a list of users: each once, with what is known of an account."""
    user = meaning.get("user_id")
    told = {"signed_up_at", "region", "member_level"} & meaning.roles.keys()
    return user is not None and user.is_unique and bool(told) and "event" not in meaning


def users(file: File, meaning: Meaning) -> Entry:
    """Return the entry that makes users of a file."""
    roles = ("signed_up_at", "platform", "region", "inviter_id", "member_level")
    items = [Item(meaning["user_id"].clean(), "user_id")]
    items += [Item(column.clean(), role) for role in roles if (column := meaning.get(role))]
    return Entry("users", items, file.name)


def is_features(file: File, meaning: Meaning) -> bool:
    """Return whether a file has users of whom it is known who left."""
    user, left = _whose(file, meaning), meaning.get("is_churned")
    return user is not None and left is not None and bool(_yes(left))


def features(file: File, meaning: Meaning) -> Entry:
    """Return the entry that makes features of a file: whatever else it says comes along."""
    user, left = _whose(file, meaning), meaning["is_churned"]
    assert user is not None  # noqa: S101 - `is_features` held
    asked = say("is {column} the user? Nothing says so for sure", column=user.name)
    open_ = [] if "user_id" in meaning else [Question("user_id", asked, user.name)]
    word = _yes(left)
    told = literal(word) if not left.is_number else word
    is_plain = all(isinstance(value, bool) for value in left.there)
    items = [
        Item(user.clean(), "user_id"),
        Item(quote(left.name) if is_plain else f"{quote(left.name)} = {told}", "is_churned"),
        *(
            Item(quote(column.name), quote(column.name))
            for column in file.columns
            if column not in {user, left}
        ),
    ]
    notes = [say("Each further column comes along.")]
    return Entry("features", items, file.name, notes=notes, questions=open_)


def _whose(file: File, meaning: Meaning) -> Column | None:
    """The column of users, each once; where none is named so, the first whose values differ."""
    named = meaning.get("user_id")
    if named is not None:
        return named if named.is_unique else None
    first = file.columns[0]
    return first if first.is_unique and first.instants is None and not first.has_decimals else None


def _yes(column: Column) -> str:
    """The word by which a column of two words says yes."""
    told = {word: word.strip().lower() for word in column.counts}
    if not set(told.values()) <= _YES | _NO:
        return ""
    return next((word for word, plain in told.items() if plain in _YES), "")


def _column(meaning: Meaning, given: str) -> Column | None:
    name, _equals, roles = given.partition("=")
    for role in (roles or name).split("/"):
        column = meaning.get(role)
        if column is not None:
            return column
    return None
