"""Every sentence formats, is found for the catalogue, and is spoken in the reader's language."""

import string
from datetime import date
from pathlib import Path

import pytest

from workbench.kit import words
from workbench.kit.catalogue import messages, paragraphs
from workbench.kit.language import PSEUDO, language, using
from workbench.kit.sentences import FORMATS, say, say_n

MESSAGES = list(messages())
MONEY = {"money", "whole_money"}
NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


def fields(text):
    return [(name, spec) for _, name, spec, _ in string.Formatter().parse(text) if name is not None]


def test_the_catalogue_is_not_empty():
    assert len(MESSAGES) > 300
    assert all(paragraphs(path) for path in NOTEBOOKS)


def test_every_field_of_every_message_has_a_format_that_exists():
    wrong = [
        (one.place, name, spec)
        for one in MESSAGES
        for text in one.texts
        for name, spec in fields(text)
        if not name.isidentifier() or spec not in {"", *FORMATS, *MONEY}
    ]
    assert wrong == []


def test_every_sentence_is_given_what_its_fields_ask_for_and_nothing_else():
    wrong = []
    for one in MESSAGES:
        if one.fields is None:
            continue
        asked = {name for text in one.texts for name, _ in fields(text)}
        asked |= {"currency" for text in one.texts for _, spec in fields(text) if spec in MONEY}
        if asked | {"n"} != one.fields | {"n"}:
            wrong.append((one.place, sorted(asked ^ one.fields)))
    assert wrong == []


def test_both_forms_of_a_plural_tell_the_same_figures():
    wrong = [
        one.place
        for one in MESSAGES
        for single, many in [one.texts] * (len(one.texts) > 1)
        if set(fields(many)) - set(fields(single)) - {("n", "count")}
    ]
    assert wrong == []


def test_a_sentence_writes_its_figures_as_its_fields_say():
    said = say(
        "{rate:percent} of {users:count} brought {worth:money} by {day:day}.",
        rate=0.1234,
        users=4567,
        worth=123_456_700,
        day=date(2026, 9, 28),
        currency="CNY",
    )
    assert said.replace("\u202f", " ") == "12.3 % of 4,567 brought ¥1.2 m by 28 Sep 2026."
    assert [say_n("{n:count} user", "{n:count} users", n) for n in (1, 2)] == ["1 user", "2 users"]
    assert say("{names:names} and more", names=["douyin", "wechat"]) == "Douyin and WeChat and more"


def test_a_format_that_does_not_exist_and_a_value_that_is_missing_are_errors():
    with pytest.raises(ValueError, match="no format 'percents' for 0.5"):
        say("{rate:percents}", rate=0.5)
    with pytest.raises(KeyError, match="rate"):
        say("{rate:percent}")


def test_the_language_is_looked_up_when_a_sentence_is_made():
    assert say("Half of {users:count} left.", users=1234) == "Half of 1,234 left."
    with using(PSEUDO):
        assert say("Half of {users:count} left.", users=1234) == "⟦Half of 1,234 left.⟧"
        assert words.label("step_rate") == "⟦Step rate⟧"
    assert language() == "en"


def test_numbers_money_and_days_follow_the_language():
    with using("zh"):
        assert words.short(12_345) == "1.2万"
        assert words.money(123_456_700, "CNY") == "¥123万"
        assert words.day(date(2026, 9, 28)) == "2026年9月28日"
