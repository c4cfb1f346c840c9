"""What others are told gives no group of under ten users away, by any difference of two figures."""

import itertools
from datetime import date, datetime, timedelta
from functools import partial

import ibis
import lives_shop
import numpy as np
import pandas as pd
import pytest

import tiers_shop
from scopes import scope_of
from workbench.analyses.actions import act
from workbench.analyses.cohorts import cohorts
from workbench.analyses.contents import contents
from workbench.analyses.funnel import diagnose
from workbench.analyses.habits import habits
from workbench.analyses.invitations import invitations
from workbench.analyses.moves import moves
from workbench.analyses.super_users import super_users
from workbench.analyses.tiers import rank
from workbench.backtests.levels import judge
from workbench.backtests.tiers import backtest
from workbench.charts import Chart
from workbench.errors import MissingData
from workbench.periods import Period, Week
from workbench.stats.disclosure import recoverable

LEAST = 10
WEEKS = Period.weeks(Week.parse("2026-W14"), 2, "UTC")
SIZES = {"douyin": 60, "wechat": 40, "small": 14, "tiny": 4}


def events():
    """Visits over four weeks; every second one is followed by an order, on tiny every one."""
    found = []
    for platform, n in SIZES.items():
        for period, days in (("now", 16), ("before", 2)):
            for i in range(n):
                who, at = f"{platform}-{period}-{i}", datetime(2026, 3, days + i % 10, 9)
                found.append((who, "visit", at, platform, "live" if i < 3 else "search"))
                if i % 2 or platform == "tiny":
                    found.append((who, "order", at + timedelta(hours=1), platform, "live"))
    found.append(("last", "order", datetime(2026, 4, 5, 9), "douyin", "search"))
    names = ["user_id", "event", "occurred_at", "platform", "channel"]
    return ibis.memtable(
        pd.DataFrame(found, columns=names).astype({"occurred_at": "datetime64[us]"})
    )


PERIOD = Period(date(2026, 3, 16), date(2026, 4, 5), "UTC")
EVENTS = events()


def funnel(platform="", min_group=LEAST, by="platform"):
    scope = scope_of({"events": EVENTS}, PERIOD, platform, min_group=min_group)
    return diagnose(scope, ["visit", "order"], window_days=2, by=by)


def texts(result):
    """Everything that a result says and draws."""
    yield from (one.sentence for one in result.findings)
    for frame in result.frames().values():
        yield from frame.drop(columns="user_id", errors="ignore").to_csv()
    for name in result.charts():
        drawn = getattr(result, name)()
        yield from (drawn.title, drawn.alt) if isinstance(drawn, Chart) else (str(drawn),)


@pytest.fixture(scope="module")
def shown():
    return funnel()


def test_small_values_of_a_breakdown_are_one_others_in_all_figures(shown):
    started = shown.segments[shown.segments["step"] == 1].set_index("segment")["users"]
    assert started.to_dict() == {"douyin": 60, "wechat": 40, "Other": 18}
    assert shown.steps["users"].tolist() == [118, 61]
    assert "tiny" not in "".join(texts(shown))
    assert "small" not in "".join(texts(shown))
    assert set(shown.dropped_users["segment"]) == {"douyin", "wechat", "Other"}


def test_the_owner_has_every_value(shown):
    whole = shown.whole
    assert set(whole.segments["segment"]) == set(SIZES)
    owner = funnel(min_group=0)
    assert owner.whole is owner
    for name, frame in owner.frames().items():
        assert frame.equals(whole.frames()[name]), name


def test_no_difference_of_sums_of_a_page_is_that_of_a_few(shown):
    started = shown.segments[shown.segments["step"] == 1]["users"].tolist()
    every = shown.steps["users"].iloc[0]
    for n in range(len(started) + 1):
        for part in itertools.combinations(started, n):
            assert not 0 < sum(part) < LEAST
            assert not 0 < every - sum(part) < LEAST


def test_no_difference_of_two_addresses_is_that_of_a_few(shown):
    offered = shown.scope.platforms()
    assert offered == ("douyin", "wechat")
    every = shown.steps["users"].iloc[0]
    own = [funnel(platform).steps["users"].iloc[0] for platform in offered]
    for n in range(len(own) + 1):
        for part in itertools.combinations(own, n):
            assert not 0 < every - sum(part) < LEAST


def test_where_two_values_leave_a_few_they_are_all_one():
    only = EVENTS.filter(EVENTS.platform.isin(["douyin", "tiny"]))
    scope = scope_of({"events": only}, PERIOD, min_group=LEAST)
    found = diagnose(scope, ["visit", "order"], window_days=2, by="platform")
    assert set(found.segments["segment"]) == {"Other"}
    assert str(found.segments_chart()) == "No two groups by platform have 10 users or more each."


def test_too_few_who_started_on_a_platform_are_not_told_of():
    few = EVENTS.filter((EVENTS.event == "order") | (EVENTS.user_id < "douyin-now-13"))
    scope = scope_of({"events": few}, PERIOD, "douyin", min_group=LEAST)
    with pytest.raises(MissingData, match="fewer than 10 users started here"):
        diagnose(scope, ["visit", "order"], window_days=2)


@pytest.mark.parametrize(("kept", "weeks"), [(10, 3), (9, 2)])
def test_a_week_in_which_too_few_started_on_a_platform_is_not_told_of(kept, weeks):
    late = [
        f"douyin-now-{i}" for i in range(60) if i % 10 > 6
    ]  # from Monday, 23 March on; a third week is empty
    fewer = EVENTS.filter(~EVENTS.user_id.isin(late[kept:]))
    scope = scope_of({"events": fewer}, PERIOD, "douyin", min_group=LEAST)
    found = diagnose(scope, ["visit", "order"], window_days=2)
    shown = found.weekly[found.weekly["period"] == "current"]
    assert shown["week"].nunique() == weeks
    assert found.steps["users"].iloc[0] == 42 + kept
    assert found.whole.weekly["week"].nunique() == found.weekly["week"].nunique() + 3 - weeks


@pytest.fixture(scope="module")
def tiers():
    return rank(tiers_shop.shop(min_group=LEAST))


def sums_of(frame, *columns):
    """The lines of a table by its columns, as `withheld` takes them."""
    return [
        (frame[column] == one).to_numpy() for column in columns for one in frame[column].unique()
    ]


def check(told, whole, axes, sums):
    """No small row of a frame follows from what is told of the others and the sums.

    Beside it in its row and column (`axes`) stands another without figures, or nobody.
    """
    hidden, users = told["users"].isna().to_numpy(), whole["users"].to_numpy()
    small = (users > 0) & (users < LEAST)
    assert small.any()
    assert hidden[small].all()
    assert not hidden[users == 0].any()
    sums = [*sums, np.ones(len(users), dtype=bool)]
    given = recoverable([one for one in sums if users[one].sum() >= LEAST], hidden)
    assert not (given & small).any()
    for line in [*axes, *sums]:
        kept = users[line & hidden]
        alone = len(kept) == 1 or 0 < kept.sum() < LEAST
        assert not alone or (hidden | (users == 0))[line].all()
    for name in told.columns.difference(["level", "class", "r", "f", "m", *ENDS]):
        assert told.loc[hidden, name].isna().all()
        assert told.loc[~hidden, name].astype(float).equals(whole.loc[~hidden, name].astype(float))


ENDS = ["level_before", "level_after", "class_before", "class_after"]


def test_cells_of_scores_and_levels_give_no_small_one_away(tiers):
    whole = tiers.whole
    assert whole.levels["users"].sum() == len(tiers.users)
    cells = whole.cells.assign(rf=whole.cells["r"] * 10 + whole.cells["f"])
    told = tiers.levels.loc[tiers.levels["users"].notna(), "level"]
    levels = [(cells["level"] == one).to_numpy() for one in told]
    check(tiers.cells, whole.cells, sums_of(cells, "rf", "m"), levels)
    assert "–: fewer than 10 users" in tiers.cells_chart().note
    assert "–" in tiers.cells_chart().alt
    # Those that are told have nobody: none of them is the largest.
    assert tiers.cells["users"].sum() == 0
    assert tiers.cells_chart().title == "No cell of scores has users enough to tell of."


def test_ways_between_levels_and_classes_give_no_small_one_away(tiers):
    found = moves(tiers)
    whole = found.whole
    check(found.migration, whole.migration, [], sums_of(whole.migration, *ENDS[:2]))
    ways, classes = found.class_migration, whole.class_migration
    if ways["users"].isna().any():
        check(ways, classes, [], sums_of(classes, *ENDS[2:]))
    assert classes["users"].sum() == whole.migration["users"].sum()
    assert found.level_changes["stayed"].isna().all()
    assert isinstance(found.migration_chart(), Chart)


def test_a_small_shop_tells_of_no_level_core_or_ninth():
    few = tiers_shop.orders(users=70, seed=3)
    found = rank(tiers_shop.shop({"orders": few}, min_group=LEAST))
    users, whole = found.levels["users"], found.whole.levels["users"]
    small = (whole > 0) & (whole < LEAST)
    assert small.any()
    assert users[small].isna().all()
    assert not 0 < whole[users.isna()].sum() < LEAST
    names = {one.name: one for one in found.metrics}
    assert names["users"].interval.value == whole.sum()
    held = backtest(found)
    assert isinstance(held.value_curve_chart(), MissingData)
    told = held.future_revenue.dropna(subset="users")
    assert (told["users"] >= LEAST).all() or told.empty
    assert set(held.trends["highest_level"].dropna()) <= set(told["level"])
    listed = act(found)
    on_list = listed.about("list")[0].sentence
    assert f"{len(listed.act_on)} users are on the list" in on_list
    assert isinstance(found.levels_chart(), Chart)


def test_the_core_is_not_told_of_where_it_is_a_few():
    scope = tiers_shop.shop(min_group=LEAST)
    cuts = "{recency_days: [30, 5], frequency: [2, 4], monetary: [5000, 25000]}"
    found = rank(scope, thresholds=cuts)
    levels = found.whole.levels
    assert 0 < levels.loc[levels["class"] == "core", "users"].sum() < LEAST
    told = found.about("core")[0]
    assert told.sentence == (
        "What the core users bring is not told: fewer than 10 users are core, or are not."
    )
    assert not {one.name: one for one in found.metrics}["core_revenue_rate"].interval.is_known
    assert found.levels_chart().title == told.sentence
    assert "bring" in rank(scope.whole, thresholds=cuts).about("core")[0].sentence


START = datetime(2026, 1, 5, 12)  # Monday of 2026-W02
LIVES = {
    f"w{week}-{i}": [7 * week, 7 * week + 3] if i % 2 else [7 * week]
    for week, users in enumerate([20, 3, 15, 30, 25])
    for i in range(users)
}


def test_a_cohort_of_few_is_drawn_without_its_figures_and_so_is_a_second_one():
    tables = partial(lives_shop.shop, START)(LIVES, {one: min(days) for one, days in LIVES.items()})
    found = cohorts(scope_of(tables, Period.weeks(Week(2026, 7), 6, "UTC"), min_group=LEAST))
    first = found.whole.retention.drop_duplicates("cohort").set_index("cohort")["users"]
    told = found.retention.dropna(subset="retention_rate")["cohort"].unique()
    over = found.whole.retention.dropna(subset="retention_rate")["cohort"].unique()
    hidden = [one for one in over if one not in told]
    assert 3 in first[hidden].tolist()
    assert len(hidden) > 1
    chart = found.retention_chart()
    assert "–: fewer than 10 users" in chart.note
    assert found.change == found.whole.change


def accounts(platforms, users):
    """Users with accounts on so many platforms, each with two orders."""
    names = [f"{platforms}-{i}" for i in range(users)]
    return [(f"p{k}", one) for one in names for k in range(platforms)], names


def test_groups_by_platforms_of_few_buyers_are_left_out_with_what_gives_them_away():
    found = {n: accounts(n, users) for n, users in ((1, 40), (2, 15), (3, 4))}
    joined = [pair for pairs, _names in found.values() for pair in pairs]
    buyers = [name for _pairs, names in found.values() for name in names] * 2
    tables = {
        "identities": ibis.memtable(
            {
                "platform": [platform for platform, _user in joined],
                "platform_user_id": [str(i) for i in range(len(joined))],
                "user_id": [user for _platform, user in joined],
            }
        ),
        "orders": ibis.memtable(
            {
                "user_id": buyers,
                "order_id": [f"o{i}" for i in range(len(buyers))],
                "ordered_at": [datetime(2026, 3, 1 + i % 28) for i in range(len(buyers))],
                "amount": [100] * len(buyers),
            }
        ),
    }
    march = Period(date(2026, 3, 1), date(2026, 3, 31), "UTC")
    told = super_users(scope_of(tables, march, min_group=LEAST))
    assert told.by_platforms["buyers"].isna().tolist() == [False, True, True]
    assert told.whole.by_platforms["buyers"].tolist() == [40, 15, 4]
    assert told.gain == told.whole.gain
    assert "Groups of fewer than 10 buyers are left out" in told.by_platforms_chart().note


def test_shares_of_a_few_users_of_a_platform_are_not_told_but_those_of_the_shop_are():
    days = [datetime(2026, 2, 20) + timedelta(days=i) for i in range(45)]
    joined = [(f"u{i}", event, days[3], "douyin") for i in range(6)
              for event in ("visit", "join_group", "group_activity")]  # fmt: skip
    seen = [(f"v{i}", "visit", days[25 + i % 20], "douyin") for i in range(40)]
    names = ["user_id", "event", "occurred_at", "platform"]
    table = pd.DataFrame([*joined, *seen], columns=names)
    tables = {"events": ibis.memtable(table.astype({"occurred_at": "datetime64[us]"}))}
    for platform, told in (("", True), ("douyin", False)):
        scope = scope_of(tables, PERIOD, platform, min_group=LEAST)
        found = habits(scope, ["visit", "join_group"])
        assert ("group_72_hours" in set(found.rates["measure"])) == told
        assert any("nothing is told" in one for one in found.missing) != told
        assert "group_72_hours" in set(found.whole.rates["measure"])


def test_kinds_of_content_that_few_came_through_are_left_out():
    kinds = {"long": ("live", "UGC", 30), "note": ("image_text", "UGC", 60),
             "video": ("short_video", "PGC", 25), "few": ("live", "PGC", 4)}  # fmt: skip
    came = [(f"{one}-{i}", one) for one, (*_kind, users) in kinds.items() for i in range(users)] * 2
    tables = {
        "events": ibis.memtable(
            {
                "user_id": [user for user, _content in came] + ["buyer"],
                "event": ["visit"] * len(came) + ["order"],
                "occurred_at": [datetime(2026, 3, 17 + i % 9) for i in range(len(came) + 1)],
                "content_id": [content for _user, content in came] + ["long"],
                "session_id": [f"s{i}" for i in range(len(came))] + ["s0"],
            }
        ),
        "contents": ibis.memtable(
            {
                "content_id": list(kinds),
                "format": [one for one, *_rest in kinds.values()],
                "author_kind": [author for _one, author, _users in kinds.values()],
                "duration_minutes": [12, 0, 1, 55],
                "plays": [150, 1500, 15000, 15],
            }
        ),
    }
    found = contents(scope_of(tables, PERIOD, min_group=LEAST), ["visit", "order"])
    # Of those who came through lives all less the thirty would be the four.
    assert found.formats["format"].tolist() == ["live", "image_text"]
    assert found.formats["author_kind"].tolist() == ["UGC", "UGC"]
    assert found.live_lengths.empty
    assert found.plays["from_plays"].tolist() == [100, 1000]
    whole = found.whole
    assert (len(whole.formats), len(whole.live_lengths), len(whole.plays)) == (4, 2, 4)
    assert found.metrics == whole.metrics


def test_variants_of_few_users_are_not_told_of():
    given = [(f"{variant}-{i}", variant) for variant, n in
             {"control": 30, "draw": 20, "odd": 4}.items() for i in range(n)]  # fmt: skip
    day = datetime(2026, 3, 16)
    tables = {
        "events": EVENTS,
        "assignments": ibis.memtable(
            {
                "experiment": ["invitation"] * len(given),
                "variant": [variant for _user, variant in given],
                "user_id": [user for user, _variant in given],
                "assigned_at": [day] * len(given),
            }
        ),
        "orders": ibis.memtable(
            {
                "user_id": [user for user, _variant in given[::2]],
                "order_id": [f"o{i}" for i in range(len(given[::2]))],
                "ordered_at": [day + timedelta(days=1)] * len(given[::2]),
                "amount": [100] * len(given[::2]),
            }
        ),
    }
    found = invitations(scope_of(tables, PERIOD, min_group=LEAST), ["visit", "order"])
    assert found.lifts["variant"].tolist() == ["control", "draw"]
    assert found.whole.lifts["variant"].tolist() == ["control", "draw", "odd"]
    assert "odd" not in "".join(texts(found))


def test_a_back_test_names_no_level_of_few_users(tiers):
    levels = tiers.scope.levels.names
    sizes = {level: 20 + i for i, level in enumerate(levels)} | {levels[0]: 6, levels[-1]: 7}
    placed = [level for level, users in sizes.items() for _ in range(users)]
    rising = [1000 * (10 - levels.index(level)) + i for i, level in enumerate(placed)]
    customers = pd.DataFrame({"user_id": [f"u{i}" for i in range(len(placed))], "level": placed})
    customers = customers.assign(predicted_value=rising, past_spend=1, future_amount=rising)
    found = judge(tiers.scope, customers.astype({"predicted_value": float}), 90)
    told = found.future_revenue.dropna(subset="users")["level"].tolist()
    assert len(told) == 5  # of the core a second one is kept back, and of the rest
    assert levels[0] not in told
    assert levels[-1] not in told
    assert set(found.trends["highest_level"].dropna()) <= set(told)
    assert set(found.trends["lowest_level"].dropna()) <= set(told)
    assert found.whole.trends["highest_level"].iloc[0] == levels[0]
    assert found.whole.future_revenue["users"].sum() == len(placed)
    assert "Levels of fewer than 10 users are left out" in found.future_revenue_chart().note
    assert found.forecast_check["users"].isna().sum() == 9 - len(told)
