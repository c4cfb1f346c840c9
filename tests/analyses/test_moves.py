"""Migration between two weeks: ways that add up, who stayed, whether the structure is stable."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scopes import scope_of
from tiers_shop import PERIOD, TABLES, shop
from workbench.analyses.moves import migrate, moves, reconcile
from workbench.analyses.moves.migration import _seasonal
from workbench.analyses.tiers import rank
from workbench.charts import Chart
from workbench.errors import MissingData, ParameterError, WorkbenchError
from workbench.kit.findings import Finding
from workbench.kit.levels import Levels
from workbench.kit.settings import Settings
from workbench.periods import Period
from workbench.stats.stability import psi

LEVELS = (
    *("champions", "loyal", "cooling"),
    *("rising", "steady", "win_back"),
    *("light", "fading", "dormant"),
)
CLASSES = [*["core"] * 3, *["potential"] * 3, *["marginal"] * 3]
SCOPE = scope_of(
    {}, PERIOD, settings=Settings(levels=Levels(dict(zip(LEVELS, CLASSES, strict=True)), {}))
)


def week(levels):
    return pd.DataFrame(
        {
            "user_id": pd.Series(list(levels), dtype="str"),
            "level": pd.Series(list(levels.values()), dtype="str"),
        }
    )


def many(counts):
    """A user for each count of a level before and a level after; None is not tiered."""
    before, after = {}, {}
    for (one, other), users in counts.items():
        for i in range(users):
            if one is not None:
                before[f"{one}-{other}-{i}"] = one
            if other is not None:
                after[f"{one}-{other}-{i}"] = other
    return migrate(SCOPE, week(before), week(after))


def way(found, before, after):
    rows = found.migration
    return rows.loc[
        (rows["level_before"] == before) & (rows["level_after"] == after), "users"
    ].item()


def test_every_user_is_counted_on_one_way():
    found = migrate(
        SCOPE,
        week({"a": "champions", "b": "champions", "c": "light", "d": "fading"}),
        week({"a": "champions", "b": "dormant", "c": "rising", "e": "light"}),
    )
    assert len(found.migration) == 99  # ten by ten, but nobody who is new is lost
    assert found.migration["users"].sum() == 5
    assert way(found, "champions", "champions") == 1
    assert way(found, "champions", "dormant") == 1
    assert way(found, "light", "rising") == 1
    assert way(found, "fading", "lost") == 1
    assert way(found, "new", "light") == 1


def test_a_levels_users_stayed_rose_fell_were_lost_joined_or_are_new():
    found = many(
        {
            ("loyal", "loyal"): 10,
            ("loyal", "champions"): 3,
            ("loyal", "dormant"): 2,
            ("loyal", None): 5,
            ("rising", "loyal"): 4,
            (None, "loyal"): 6,
        }
    )
    row = found.level_changes.set_index("level").loc["loyal"]
    assert row.drop(["class", "stay_rate_low", "stay_rate_high"]).to_dict() == {
        "users_before": 20,
        "stayed": 10,
        "rose": 3,
        "fell": 2,
        "lost": 5,
        "users_after": 20,
        "joined": 4,
        "new": 6,
        "stay_rate": 0.5,
    }
    # Wilson's interval of 10 of 20.
    assert (row["stay_rate_low"], row["stay_rate_high"]) == pytest.approx(
        (0.2993, 0.7007), abs=1e-4
    )
    assert math.isnan(found.level_changes.set_index("level").loc["steady", "stay_rate"])


tiered = st.dictionaries(st.integers(0, 30).map(str), st.sampled_from(LEVELS), max_size=31)


@given(tiered, tiered)
def test_ways_add_up_to_the_users_of_each_level_in_both_weeks(before, after):
    found = migrate(SCOPE, week(before), week(after))
    sent = found.migration.groupby("level_before")["users"].sum()
    came = found.migration.groupby("level_after")["users"].sum()
    for level in LEVELS:
        assert sent[level] == sum(one == level for one in before.values())
        assert came[level] == sum(one == level for one in after.values())
    assert sent["new"] == len(set(after) - set(before))
    assert came["lost"] == len(set(before) - set(after))
    changes = found.level_changes
    parts = changes[["stayed", "rose", "fell", "lost"]].sum(axis=1)
    assert (parts == changes["users_before"]).all()
    parts = changes[["stayed", "joined", "new"]].sum(axis=1)
    assert (parts == changes["users_after"]).all()
    assert changes["stayed"].sum() == sum(after.get(user) == one for user, one in before.items())


@given(tiered, tiered)
def test_going_back_turns_rise_into_fall_and_new_into_lost(before, after):
    there = migrate(SCOPE, week(before), week(after))
    back = migrate(SCOPE, week(after), week(before))
    assert there.level_changes["rose"].sum() == back.level_changes["fell"].sum()
    assert list(there.level_changes["new"]) == list(back.level_changes["lost"])
    one, other = there.stability["psi"].item(), back.stability["psi"].item()
    assert one == pytest.approx(other, nan_ok=True)


def test_flows_that_do_not_add_up_are_refused():
    flows = np.array([[3, 1], [2, 0]])
    reconcile(flows, np.array([4]), np.array([5]))
    for before, after in (([5], [5]), ([4], [4])):
        with pytest.raises(WorkbenchError, match="do not add up"):
            reconcile(flows, np.array(before), np.array(after))


def test_the_stability_index_is_jeffreys_divergence():
    # 0.1 ln(0.6 / 0.5) + (-0.1) ln(0.4 / 0.5) = 0.0182322 + 0.0223144.
    assert psi(np.array([50, 50]), np.array([60, 40])) == pytest.approx(0.0405465, abs=1e-7)
    assert psi(np.array([50, 50]), np.array([5, 5])) == 0


def test_an_empty_level_counts_half_a_user_where_the_other_week_has_some():
    # 0.1 of the users against 0.5 of 100: (0.005 - 0.1) ln(0.005 / 0.1) + (1 - 0.9) ln(1 / 0.9).
    found = psi(np.array([10, 90, 0]), np.array([0, 100, 0]))
    expected = -0.095 * math.log(0.05) + 0.1 * math.log(1 / 0.9)
    assert found == pytest.approx(expected)


def test_without_users_there_is_no_index():
    assert math.isnan(psi(np.zeros(9), np.ones(9)))


def test_who_stays_is_told_by_level_and_by_class():
    found = many(
        {
            ("champions", "champions"): 40,
            ("champions", "cooling"): 30,
            ("rising", "steady"): 10,
            ("light", "rising"): 15,
            ("light", None): 5,
        }
    )
    row = found.stability.iloc[0]
    assert (row["users_before"], row["users_after"]) == (100, 95)
    assert row["stay_level_rate"] == 0.4
    assert row["stay_class_rate"] == 0.8
    # Wilson's interval of 80 of 100.
    ends = (row["stay_class_rate_low"], row["stay_class_rate_high"])
    assert ends == pytest.approx((0.7112, 0.8666), abs=1e-4)
    told = found.findings[-1]
    assert told.sentence == (
        "Of the users of the period before 40.0\u202f% stayed at their level, 80.0\u202f% within "
        "their class."
    )
    assert told.figure == 0.4


@pytest.mark.parametrize(
    ("came", "status"),
    [(2, "neutral"), (14, "neutral"), (40, "good")],
    ids=["few", "as many", "more"],
)
def test_a_core_that_keeps_most_of_its_users_is_good_news_where_it_grows(came, status):
    found = many(
        {
            ("loyal", "loyal"): 100,
            ("champions", "steady"): 9,
            ("champions", "loyal"): 20,  # falls by a level and stays in its class
            ("champions", None): 5,
            ("light", "champions"): came - 1,
            (None, "champions"): 1,
        }
    )
    told = found.findings[0]
    assert told.sentence == (
        f"Of 134 users who were in Core before, 9 fell to a lower class and 5 no longer ordered; {came} "
        "came in."
    )
    assert told.figure == pytest.approx(14 / 134)
    assert told.low < told.figure < told.high
    assert told.status == status


@pytest.mark.parametrize(
    ("stayed", "left", "came", "status"),
    [
        (40, 60, 20, "bad"),
        (40, 60, 100, "neutral"),  # it grew, but most of its users are gone
        (40, 60, 55, "neutral"),  # hardly more left than came
        (48, 52, 5, "neutral"),  # about half of them left
        (60, 40, 40, "neutral"),  # as many came as left
        (80, 20, 60, "good"),
    ],
)
def test_a_core_that_lost_most_of_its_users_is_never_good_news(stayed, left, came, status):
    found = many(
        {
            ("champions", "champions"): stayed,
            ("champions", "light"): left,
            (None, "champions"): came,
        }
    )
    assert found.findings[0].status == status


@pytest.mark.parametrize(
    ("stay", "move", "status", "word"),
    [
        (480, 20, "neutral", "stable"),
        (340, 160, "neutral", "shifted"),
        (250, 250, "bad", "changed"),
    ],
)
def test_the_structure_is_judged_by_the_conventional_marks(stay, move, status, word):
    # Half and half before: 0.16 (ln(0.5 / 0.34) + ln(0.66 / 0.5)) = 0.106, 0.25 ln 3 = 0.275.
    found = many(
        {("champions", "champions"): stay, ("champions", "loyal"): move, ("loyal", "loyal"): 500}
    )
    told = found.findings[1]
    assert told.status == status
    verb = "are" if word == "stable" else "have"
    assert told.sentence.startswith(f"The shares of the levels {verb} {word}")
    assert f"(population stability index {told.figure:.2f}, " in told.sentence
    assert ("does not say that the same users stand on them" in told.sentence) == (word == "stable")
    assert told.figure == found.stability["psi"].item()


def test_of_few_users_the_index_says_nothing():
    found = many({("champions", "champions"): 50, ("champions", "loyal"): 50})
    assert found.findings[1].status == "unknown"
    # 0.5 ln 2 + 0.495 ln 100, for the level that was empty before counts half a user.
    assert found.findings[1].sentence == (
        "With so few users chance alone moves the shares of the levels, so nothing is said of them "
        "(population stability index 2.63)."
    )


def test_a_week_without_core_users_says_so():
    found = many({("light", "light"): 300, ("light", "champions"): 10})
    assert found.findings[0].sentence == "No user was in Core before."
    assert found.findings[0].status == "unknown"


def test_nobody_before_is_nothing_to_compare_and_nobody_after_is_all_lost():
    nobody = migrate(SCOPE, week({}), week({"a": "light"}))
    assert [one.status for one in nobody.findings] == ["unknown"]
    assert isinstance(nobody.migration_chart(), MissingData)
    gone = migrate(SCOPE, week({"a": "champions"}), week({}))
    assert way(gone, "champions", "lost") == 1
    assert gone.findings[1].status == "unknown"
    assert isinstance(gone.migration_chart(), Chart)


def test_the_chart_shows_levels_on_a_desktop_and_classes_on_a_phone():
    found = many(
        {
            ("champions", "champions"): 40,
            ("champions", "cooling"): 2,
            ("champions", "rising"): 7,
            (None, "dormant"): 3,
        }
    )
    chart = found.migration_chart()
    assert chart.title == found.findings[0].sentence
    assert "Core to Core: 42; Core to Potential: 7" in chart.alt
    desktop, phone = (chart.figure(phone=phone) for phone in (False, True))
    cells = [
        sorted(text.get_text() for text in figure.axes[0].texts if text.get_text())
        for figure in (desktop, phone)
    ]
    assert cells == [["2", "3", "40", "7"], ["3", "42", "7"]]
    names = [
        [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
        for figure in (desktop, phone)
    ]
    assert names[0] == [
        *("Champions", "Loyal", "Cooling", "Rising", "Steady", "Win back"),
        *("Light", "Fading", "Dormant", "New"),
    ]
    assert names[1] == ["Core", "Potential", "Marginal", "New"]


def test_an_unknown_level_and_a_user_in_two_rows_are_refused():
    with pytest.raises(ParameterError, match="unknown level 'lite', did you mean 'light'?"):
        migrate(SCOPE, week({"a": "lite"}), week({}))
    twice = pd.concat([week({"a": "light"}), week({"a": "loyal"})])
    with pytest.raises(ParameterError, match="user 'a' has two rows"):
        migrate(SCOPE, week({}), twice)


def test_users_are_compared_with_the_period_before_unless_another_is_given():
    tiers = rank(shop())
    found = moves(tiers)
    assert found.stability["users_after"].item() == len(tiers.users)
    users = rank(shop(period=PERIOD.previous())).users
    assert found.stability["users_before"].item() == len(users)
    week_ago = Period(PERIOD.first - timedelta(7), PERIOD.last - timedelta(7), "UTC")
    for before in (week_ago, tiers.scope.during(week_ago)):
        assert moves(tiers, before=before).stability["users_before"].item() == len(
            rank(shop(period=week_ago)).users
        )


def test_a_period_before_the_orders_begin_cannot_be_compared_with():
    long = Period(PERIOD.last - timedelta(days=7 * 30 - 1), PERIOD.last, "UTC")
    found = moves(rank(shop(period=long)))
    (told,) = found.about("young")
    assert found.findings == (told,)
    assert told.status == "unknown"
    assert told.sentence == (
        "Where users moved cannot be told: the orders begin on 26 May 2025, after 5 May 2025."
    )
    assert not any(metric.interval.is_known for metric in found.metrics)
    assert isinstance(found.migration_chart(), MissingData)


def test_headline_figures_are_those_of_the_findings():
    found = moves(rank(shop()))
    figures = {metric.name: metric.interval.value for metric in found.metrics}
    assert figures == {
        "core_left_rate": found.about("core")[0].figure,
        "stay_level_rate": found.about("stayed")[0].figure,
        "psi": found.stability["psi"].item(),
    }


def test_a_period_that_is_no_earlier_and_another_platform_are_refused():
    tiers = rank(shop())
    with pytest.raises(
        ParameterError, match="^before ends on 2026-06-28, must end before 2026-06-28$"
    ):
        moves(tiers, before=PERIOD)
    other = shop(
        {"orders": TABLES["orders"].mutate(platform=ibis.literal("douyin"))}, platform="douyin"
    )
    with pytest.raises(ParameterError, match="^before.platform == 'douyin', must be ''$"):
        moves(tiers, before=other.previous())


def test_a_verdict_stands_only_between_the_same_weeks_of_the_year():
    grew = Finding.about("core", "More came.", status="good")
    assert _seasonal((grew,), timedelta(weeks=52)) == (grew,)
    (told,) = _seasonal((grew,), timedelta(weeks=26))
    assert (told.status, told.sentence) == (
        "neutral",
        "More came. The season may explain it: the periods are not of the same weeks of the year.",
    )


def test_others_are_not_told_apart_who_fell_and_who_was_lost_where_either_are_few():
    moved = {("champions", "champions"): 60, ("champions", "light"): 20, ("champions", None): 1}
    before, after = {}, {}
    for place, ((was, now), users) in enumerate(moved.items()):
        before |= {f"{place}-{user}": was for user in range(users)}
        after |= {f"{place}-{user}": now for user in range(users) if now}
    found = migrate(replace(SCOPE, min_group=10), week(before), week(after))
    assert found.findings[0].sentence == (
        "Of 81 users who were in Core before, 21 fell to a lower class or no longer ordered; 0 came in."
    )
    found = migrate(SCOPE, week(before), week(after))
    assert "20 fell to a lower class and 1 no longer ordered" in found.findings[0].sentence


def test_where_every_way_is_of_few_users_no_map_of_dashes_is_drawn():
    before = {f"{user}": "champions" for user in range(6)}
    few = (week(before), week(dict.fromkeys(before, "light")))
    assert isinstance(migrate(replace(SCOPE, min_group=10), *few).migration_chart(), MissingData)
    assert "On a wide screen" in migrate(SCOPE, *few).migration_chart().note
