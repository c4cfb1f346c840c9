"""Who is told: the owner all, others no group of a few users; lists as pseudonyms, or by length."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import ibis
import pandas as pd
import pytest

from scopes import scope_of
from workbench.errors import ParameterError
from workbench.kit import audience, ids, results, showing
from workbench.kit.audience import telling
from workbench.periods import Period, Week
from workbench.sources import connect

WEEK = Period.weeks(Week.parse("2026-W12"), 1, "UTC")
USERS = {"douyin": 60, "wechat": 30, "tiny": 4}


def rows(users=USERS, day=WEEK.start):
    """One visit of each user of each platform."""
    named = [(f"{platform}-{i}", platform) for platform, n in users.items() for i in range(n)]
    ids, platforms = zip(*named, strict=True)
    at = [day + timedelta(hours=i % 24) for i in range(len(ids))]
    return {
        "user_id": ids,
        "platform": platforms,
        "event": ["visit"] * len(ids),
        "occurred_at": at,
    }


def scope(platform="", users=USERS, **given):
    events = ibis.memtable(pd.DataFrame(rows(users)).astype({"occurred_at": "datetime64[us]"}))
    return scope_of({"events": events}, WEEK, platform, **({"min_group": 10} | given))


@pytest.mark.parametrize(
    ("users", "offered"),
    [
        (USERS, ("douyin",)),  # all less douyin less wechat would be the four
        ({"douyin": 60, "tiny": 4}, ()),  # and here all less douyin
        ({"douyin": 60, "wechat": 30}, ("douyin", "wechat")),
        ({"douyin": 60, "wechat": 30, "one": 6, "two": 6}, ("douyin",)),
        ({"douyin": 60, "wechat": 30, None: 3}, ("douyin",)),
    ],
)
def test_a_platform_is_offered_if_neither_it_nor_what_is_left_has_too_few_users(users, offered):
    assert scope(users=users).platforms() == offered
    named = tuple(sorted(one for one in users if one))
    assert scope(users=users, min_group=0).platforms() == named


def test_a_platform_of_few_users_is_refused_like_one_that_is_not_there():
    said = {}
    for platform in ("tiny", "nowhere"):
        with pytest.raises(ParameterError) as refused:
            scope(platform).check_platform("events")
        said[platform] = str(refused.value).replace(platform, "…")
    assert said["tiny"] == said["nowhere"] == "unknown platform '…', must be one of: douyin"
    scope("tiny", min_group=0).check_platform("events")


def test_who_is_on_a_platform_only_before_the_period_does_not_count():
    events = pd.concat(
        [pd.DataFrame(rows(users, day)) for users, day in (
            ({"douyin": 60, "wechat": 30}, WEEK.start),
            ({"gone": 50}, WEEK.start - timedelta(days=9)),
        )]
    ).astype({"occurred_at": "datetime64[us]"})  # fmt: skip
    found = scope_of({"events": ibis.memtable(events)}, WEEK, min_group=10)
    assert found.platforms() == ("douyin", "wechat")


def test_a_choice_by_any_column_is_held_to_the_same():
    assert scope().where(platform="douyin").filters == (("platform", "douyin"),)
    with pytest.raises(ParameterError, match="unknown platform 'tiny', must be one of: douyin"):
        scope().where(platform="tiny")
    scope(min_group=0).where(platform="tiny")


def test_only_a_part_of_the_shop_may_be_too_small_to_be_told_of():
    assert (scope().fewest, scope("douyin").fewest, scope("douyin").whole.fewest) == (0, 10, 0)


def test_a_shop_gives_each_reader_what_is_theirs(tmp_path):
    pd.DataFrame(rows(day=datetime(2026, 3, 16))).to_csv(tmp_path / "events.csv", index=False)
    shop = connect(str(tmp_path))
    assert shop.scope("2026-W12", 1, "tiny").min_group == 0
    for others in ("published", "live"):
        with telling(others):
            assert shop.scope("2026-W12", 1, "douyin").min_group == 10
            with pytest.raises(ParameterError, match="unknown platform 'tiny'"):
                shop.scope("2026-W12", 1, "tiny")


def test_a_process_knows_its_readers_by_what_started_it(monkeypatch):
    monkeypatch.setattr(audience, "_readers", ["owner"])
    for variables, readers in (
        ({}, "owner"),
        ({"WORKBENCH_RESULTS": "/a"}, "published"),
        ({"VOILA_BASE_URL": "/"}, "live"),
        ({"VOILA_BASE_URL": "/", "WORKBENCH_RESULTS": "/a"}, "live"),
    ):
        audience.tell(variables)
        assert audience.audience() == readers


@dataclass(frozen=True)
class Listed(results.Result):
    users: pd.DataFrame


def test_a_list_of_users_shows_ids_to_the_owner_pseudonyms_on_pages_and_its_length_in_an_app():
    listed = pd.DataFrame({"user_id": ["raw-1", "raw-2"], "amount": [100, 200]})
    shown = {}
    for readers in ("owner", "published", "live"):
        with telling(readers), ids.using(b"a key of this shop alone"):
            shown[readers] = showing.show(listed).html
            whole = Listed(scope(), listed).block().html
            assert "raw-1" not in whole
            assert ("u-" in whole) == (readers != "live")
            table = showing.show(ibis.memtable(listed)).html
            assert "raw-1" not in table
    assert "raw-1" in shown["owner"]
    assert "raw-1" not in shown["published"]
    assert "u-" in shown["published"]
    assert shown["live"] == '<ul class="wb-sentences"><li>2 users</li></ul>'


def test_the_whole_of_a_result_is_itself_unless_something_is_kept_back():
    found = Listed(scope(), pd.DataFrame({"user_id": ["a"]}))
    assert found.whole is found
    assert replace(found, owners=lambda: found).whole is found
