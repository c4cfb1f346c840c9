"""A funnel compared by anything that the shop knows of an event or a user."""

import ibis
import pytest

from funnel_tables import events
from scopes import scope_of
from workbench.analyses.funnel import diagnose
from workbench.errors import ParameterError
from workbench.periods import Period, Week

DEVICES = {"ann": "phone", "bob": "phone", "cid": "tablet", "end": None}
LOG = events(
    ("ann", "visit", "03-10 10:00"),
    ("ann", "buy", "03-10 11:00"),
    ("bob", "visit", "03-10 10:00"),
    ("cid", "visit", "03-10 10:00"),
    ("end", "visit", "03-20 10:00"),
)


@pytest.fixture(scope="module")
def scope():
    device = LOG.user_id.cases(*((k, v) for k, v in DEVICES.items() if v), else_=None)
    told = LOG.mutate(device=device, ticket=LOG.user_id.concat(LOG.occurred_at.cast("string")))
    names = [f"u{n}" for n in range(40)]
    more = ibis.memtable({"user_id": names, "event": ["visit"] * 40, "ticket": names})
    more = more.mutate(
        occurred_at=ibis.timestamp("2026-03-11 10:00:00"),
        platform=ibis.null("string"),
        device=ibis.null("string"),
    ).cast(dict(told.schema()))
    more = more.select(told.columns)
    users = ibis.memtable(
        {
            "user_id": ["ann", "bob", "cid"],
            "account_age": ["old", "new", "old"],
            "region": ["Guangdong", "Zhejiang", "Guangdong"],
        }
    )
    tables = {"events": ibis.union(told, more), "users": users}
    return scope_of(tables, Period.weeks(Week(2026, 11), 1, "UTC"))


@pytest.mark.parametrize(
    ("by", "users"),
    [
        ("device", {"phone": [2, 1], "tablet": [1, 0]}),
        ("account_age", {"old": [2, 1], "new": [1, 0]}),
        ("region", {"Guangdong": [2, 1], "Zhejiang": [1, 0]}),
    ],
)
def test_users_are_compared_by_what_events_or_users_tell(scope, by, users):
    segments = diagnose(scope, ["visit", "buy"], window_days=1, by=by).segments
    named = segments.dropna(subset="segment").groupby("segment")["users"].apply(list)
    assert named.to_dict() == users


@pytest.mark.parametrize(
    ("by", "sentence"),
    [
        ("user_id", "unknown column to compare by 'user_id', must be one of: .*device, .*region"),
        ("ticket", "by == 'ticket', but nearly each user has one of their own: no groups"),
        ("devise", "unknown column to compare by 'devise', did you mean 'device'?"),
    ],
)
def test_what_names_one_user_makes_no_groups(scope, by, sentence):
    with pytest.raises(ParameterError, match=sentence):
        diagnose(scope, ["visit", "buy"], window_days=1, by=by)


def test_what_users_do_not_tell_is_said_to_be_lacking(scope):
    found = diagnose(scope, ["visit", "buy"], window_days=1, by="member_level")
    assert found.missing[-1].endswith("they lack the column member_level.")
