"""Orders of an export: one line each or several, with their money, status and refunds."""

from __future__ import annotations

from dataclasses import replace

from workbench.kit.sentences import say
from workbench.proposals import doubts, headers, refunds
from workbench.proposals.columns import Meaning, is_masked
from workbench.proposals.contents import literal
from workbench.proposals.declared import Entry, Item, Question, one_line
from workbench.proposals.reading import File
from workbench.proposals.referred import Referred, referred
from workbench.proposals.words import Status, kind, status
from workbench.proposals.worth import WHOSE, Lines, as_number, is_below_zero, lines

_NAMES_ONLY = {"交易对方", "买家昵称", "用户昵称", "粉丝昵称", "buyer nickname", "nickname"}
_DIMENSIONS = ("platform", "channel", "content_id", "coupon_id", "inviter_id")


def is_orders(meaning: Meaning) -> bool:
    """Return whether a file can be orders: a number or a buyer, an instant, an amount."""
    worth = any(role in meaning for role in ("amount", "line_total", "price"))
    named = "order_id" in meaning or "user_id" in meaning
    return worth and named and meaning.instant is not None and "event" not in meaning


def entry(file: File, meaning: Meaning, answers: dict[str, str]) -> Entry:
    """Return the entry that makes orders of a file."""
    meaning = _costs_nothing(meaning)
    back_of = referred(file, meaning)
    meaning = back_of.meaning if back_of is not None else meaning
    told = lines(file, meaning, answers.get(WHOSE, ""))
    if "order_id" not in meaning:
        return _by_day(file, meaning, told)
    found = Entry("orders", [], file.name)
    key = meaning["order_id"].clean()
    user, user_questions = _user(meaning, answers)
    found.questions += user_questions
    state = _status(meaning)
    back = refunds.of_line(meaning, told, state)[0] if told.folds else ""
    found.items = [
        Item(key, "order_id"),
        Item(_when(meaning, told), "ordered_at", _when_notes(meaning)),
        Item(_amount(meaning, told, back), "amount", _amount_notes(meaning, told)),
        *([Item(_buyer(user, told, back_of), "user_id", _user_notes(meaning))] if user else []),
        *_more(meaning, told),
    ]
    if state is not None:
        found.items.append(Item(_status_sql(state, told, file, meaning), "status"))
        found.questions += state.questions()
    found.items += refunds.items(meaning, told, state, _compared(meaning))
    found.questions += doubts.of_orders(file, meaning)
    _money_out(found, meaning)
    if back_of is not None:
        back_of.settle(found)
    if told.folds:
        found.group = key
        found.money = told.net_of(back) if back else told.money
        if state is not None and told.how == "lines":
            _cancelled_lines(found, file, meaning, state)
        found.notes.append(_folded_note(file, meaning))
        if not told.sure:
            found.questions.append(doubts.of_amount(meaning, told))
    return found


def _one(sql: str, folds: bool) -> str:  # noqa: FBT001 - read where it is called
    return f"min({sql})" if folds else sql


def _costs_nothing(meaning: Meaning) -> Meaning:
    """The columns of orders whose amount is blank where they were never paid for, and nowhere else."""
    state, roles = meaning.get("status"), dict(meaning.roles)
    for role in ("amount", "line_total", "price") if state is not None else ():
        column = meaning.get(role)
        blank = [n for n, v in enumerate(column.values) if v is None] if column is not None else []
        if column is None or not blank or state is None:
            continue
        if {kind(str(state.values[n] or "")) for n in blank} <= {"cancelled", "unpaid", "closed"}:
            zero = "0" if column.is_number else "'0'"
            values = [zero.strip("'") if v is None else v for v in column.values]
            roles[role] = replace(column, values=values, sql=f"coalesce({column.raw()}, {zero})")
    return replace(meaning, roles=roles)


def _buyer(sql: str, told: Lines, back_of: Referred | None) -> str:
    """Who bought: on lines below zero it may be the shop that gave money back."""
    if told.folds and back_of is not None:
        return f"min(CASE WHEN money > 0 THEN {sql} END)"
    return _one(sql, told.folds)


def _when(meaning: Meaning, told: Lines) -> str:
    """When an order was placed: the first of its lines' instants."""
    column = meaning.instant
    plain = _instant(meaning)
    if not told.folds or column is None:
        return plain
    return f"min({column.in_time() if plain == column.raw() else plain})"


def _instant(meaning: Meaning) -> str:
    column = meaning.instant
    assert column is not None  # noqa: S101 - no orders without one
    paid = meaning.get("paid_at")
    if "ordered_at" not in meaning and paid is column and meaning.get("when") is not None:
        return f"coalesce({column.raw()}, {meaning['when'].raw()})"
    return column.raw()


def _compared(meaning: Meaning) -> str:
    column = meaning.instant
    return column.in_time() if column is not None else ""


def _when_notes(meaning: Meaning) -> tuple[str, ...]:
    paid = meaning.get("paid_at")
    if "ordered_at" in meaning and paid is not None:
        return (say("when it was placed; {column} says when it was paid", column=paid.name),)
    return ()


def _amount(meaning: Meaning, told: Lines, back: str) -> str:
    if not told.folds:
        if told.gives_back and "amount" in meaning:
            return f"greatest({as_number(meaning['amount'])}, 0)"
        return told.money
    if told.gives_back:
        return (
            "sum(CASE WHEN money > 0 THEN money ELSE 0 END)"
            if "amount" in meaning
            else "greatest(sum(money), 0)"
        )
    return told.of_order(told.gross) if back else "sum(money)"


def _cancelled_lines(found: Entry, file: File, meaning: Meaning, state: Status) -> None:
    """Leave out lines that were never paid for, of orders that stand."""
    never = [word for kind in ("cancelled", "unpaid") for word in state.of(kind)]
    stands = [word for kind in ("paid", "in_part") for word in state.of(kind)]
    by_order = refunds.words_by_order(meaning)
    if any({*never} & words and {*stands} & words for words in by_order.values()):
        key, listed = meaning["order_id"].clean(), ", ".join(map(literal, never))
        paid = ", ".join(map(literal, stands))
        others = f"SELECT {key} FROM {file.name} WHERE {state.column} IN ({paid})"  # noqa: S608 - it is shown
        rule = say("never paid for, of an order that stands")
        found.exclude[rule] = (f"{state.column} IN ({listed}) AND {key} IN ({others})", "")


def _amount_notes(meaning: Meaning, told: Lines) -> tuple[str, ...]:
    notes = {
        "first": say("the first line of an order says what all of it comes to"),
        "repeated": say("each line says what the whole order comes to: it counts once"),
    }
    found = [notes[told.how]] if told.how in notes else []
    found += [say("lines below zero are discounts, by their names")] if told.takes_off else []
    column = meaning.get("amount")
    others = [
        c.name
        for c in meaning.others.get("amount", ())
        if c.counts != (column.counts if column else None)
    ]
    if others and column is not None:
        found.append(
            say(
                "charged after discounts, before refunds; others that it could be: {names}",
                names=", ".join(others),
            )
        )
    return tuple(found)


def _user(meaning: Meaning, answers: dict[str, str]) -> tuple[str, list[Question]]:
    column = meaning.get("user_id")
    if column is not None and "user_id" in meaning.guessed and "user_id" not in answers:
        asked = say("is {column} the buyer? Nothing says so for sure", column=column.name)
        return column.clean(), [Question("user_id", asked, column.name)]
    if column is not None and headers.plain(column.name) in _NAMES_ONLY:
        asked = say(
            "{column} is a name: two buyers of one name are one here. Is there an account?",
            column=column.name,
        )
        return column.clean(), [Question("user_id", asked, column.name)]
    if column is not None and is_masked(column):
        asked = say(
            "{column} is masked, as {example}: two buyers can look alike. Is there an id?",
            column=column.name,
            example=next(text for text in column.counts if "*" in text),
        )
        return column.clean(), [Question("user_id", asked, column.name)]
    if column is not None:
        return column.clean(), []
    asked = say(
        "which column says who bought? Without one there are orders, but no customers: add it as user_id"
    )
    return "", [Question("user_id", asked)]


def _user_notes(meaning: Meaning) -> tuple[str, ...]:
    others = [column.name for column in meaning.others.get("user_id", ())]
    if not others:
        return ()
    return (say("others that it could be: {names}", names=", ".join(others)),)


def _more(meaning: Meaning, told: Lines) -> list[Item]:
    """What else an order can say: discount, pieces, where it came from."""
    found = []
    for role in _DIMENSIONS:
        column = meaning.get(role)
        if column is not None:
            sql = column.lowered() if role == "platform" else column.spelt()
            found.append(Item(_one(sql, told.folds), role))
    discount, pieces = meaning.get("discount"), meaning.get("quantity")
    if discount is not None and not is_below_zero(discount):
        if not told.folds:
            found.append(Item(discount.raw(), "discount"))
        elif told.how in {"first", "repeated"}:
            found.append(Item(f"max({as_number(discount)})", "discount"))
        else:
            found.append(Item(f"sum({as_number(discount)})", "discount"))
    if pieces is not None and pieces.is_whole and not is_below_zero(pieces):
        whole = pieces.raw() if pieces.is_number else f"CAST({pieces.raw()} AS BIGINT)"
        found.append(Item(f"sum({whole})" if told.folds else pieces.raw(), "quantity"))
    return found


def _status(meaning: Meaning) -> Status | None:
    column = meaning.get("status")
    if column is None:
        return None
    found = status(column, meaning.get("paid_at"), meaning.get("after_sale"))
    # Where a column says how much came back, no word has to.
    return replace(found, later={}) if "refunded_amount" in meaning else found


def _status_sql(state: Status, told: Lines, file: File, meaning: Meaning) -> str:
    if not told.folds:
        return state.of_line()
    if told.how != "lines" or not refunds.mixed(state, file, meaning):
        return f"min({state.of_line()})"
    counts = one_line(", ".join(f"{word} {n}" for word, n in state.counts.items()))
    unknown = (
        f" WHEN bool_or({state.column} IN ({', '.join(map(literal, state.of('')))})) THEN min({state.column})"
        if state.of("")
        else ""
    )
    return (
        f"CASE  -- {say('lines')}: {counts}\n"
        f"  WHEN bool_or({state.holds('paid')}) THEN 'paid'\n"
        f"  WHEN bool_or({state.holds('refunded')}) THEN 'refunded'{unknown}\n"
        "  ELSE 'cancelled'\nEND"
    )


def _money_out(found: Entry, meaning: Meaning) -> None:
    """Leave out what a payment bill books beside sales."""
    column = meaning.get("direction")
    if column is None:
        return
    incoming = [w for w in column.counts if headers.plain_word(w) in headers.words("money_in")]
    others = {w: n for w, n in column.counts.items() if w not in incoming}
    if incoming and others:
        note = ", ".join(f"{word} {n}" for word, n in others.items())
        named = ", ".join(map(literal, incoming))
        found.exclude[say("no income")] = (f"{column.clean()} NOT IN ({named})", note)


def _folded_note(file: File, meaning: Meaning) -> str:
    return say(
        "{lines:count} lines of {orders:count} orders: several lines make an order.",
        lines=file.rows,
        orders=len(meaning["order_id"].counts),
    )


def _by_day(file: File, meaning: Meaning, told: Lines) -> Entry:
    """Orders of a file that has no number of them: what a customer bought on a day is one."""
    user, when = meaning["user_id"], meaning.instant
    assert when is not None  # noqa: S101 - no orders without one
    day = f"CAST({when.raw()} AS VARCHAR)"
    asked = say(
        "no column numbers the orders. Is all that a customer bought at one time (on one day, where "
        "only days are known) one order? It is taken so here"
    )
    pieces = meaning.get("quantity")
    more = []
    if pieces is not None and pieces.is_whole:
        whole = pieces.raw() if pieces.is_number else f"CAST({pieces.raw()} AS BIGINT)"
        more.append(Item(f"sum({whole})", "quantity"))
    return Entry(
        "orders",
        [
            Item(f"{user.raw()} || ' on ' || {day}", "order_id"),
            Item(f"min({when.raw()})", "ordered_at"),
            Item("sum(money)", "amount"),
            Item(user.raw(), "user_id"),
            *more,
        ],
        file.name,
        money=told.money,
        group=f"{user.raw()}, {when.raw()}",
        questions=[Question("order_id", asked, "day", ("day",))],
    )
