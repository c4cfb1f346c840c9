"""What a shop writes about its risks, and what is refused in one line."""

from datetime import date

import pytest

from workbench.errors import SourceError
from workbench.kit.aims import read_goals
from workbench.kit.playbook import Threshold, read_playbook, read_thresholds

RESPONSE = "{owner: cto, due_days: 3, treatment: reduce, plan: p, do: d, check: c, act: a%s}"


def written(tmp_path, text):
    path = tmp_path / "shop.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_response_is_found_by_its_indicator_before_its_category(tmp_path):
    text = f"responses:\n  security: {RESPONSE % ''}\n  deep_discounts: {RESPONSE % ', escalate_to: ceo'}\n"
    book = read_playbook(written(tmp_path, text))
    assert book.response("deep_discounts", "security").escalate_to == "ceo"
    assert book.response("self_invitations", "security").escalate_to == ""
    assert book.response("complaints", "user_interaction") is None


def test_an_acceptance_has_somebody_and_a_last_day(tmp_path):
    more = ", accepted_by: board, accepted_until: 2026-12-31"
    book = read_playbook(written(tmp_path, f"responses:\n  security: {RESPONSE % more}\n"))
    assert book.responses["security"].accepted_until == date(2026, 12, 31)


def test_costs_are_from_to_and_kinds_of_incidents_are_of_a_category(tmp_path):
    book = read_playbook(
        written(
            tmp_path, "costs:\n  complaints: {from: 30, to: 80}\nincidents:\n  fire: security\n"
        )
    )
    assert tuple(book.costs["complaints"]) == (55, 30, 80)
    assert book.kinds == {"fire": "security"}


def test_no_file_is_an_empty_playbook(tmp_path):
    assert read_playbook(tmp_path / "none.yaml").name == ""
    assert read_thresholds(tmp_path / "none.yaml") == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("respones: {}", "unknown section 'respones', did you mean 'responses'?"),
        ("responses:\n  security: {owner: cto}", "the response 'security' has no 'due_days'"),
        (f"responses:\n  security: {RESPONSE.replace('reduce', 'reduse') % ''}", "did you mean 'reduce'"),
        (f"responses:\n  security: {RESPONSE % ', accepted_until: 2026-12-31'}", "has no 'accepted_by'"),
        (f"responses:\n  a: {RESPONSE % ', accepted_by: b, accepted_until: soon'}", "must be a day such as"),
        ("costs:\n  complaints: {from: 80, to: 30}", "must say from and to, in this order"),
        ("incidents:\n  fire: securty", "unknown category 'securty', did you mean 'security'?"),
    ],
)  # fmt: skip
def test_what_it_cannot_be_is_refused_with_its_line(tmp_path, text, said):
    with pytest.raises(SourceError, match=said.replace("?", r"\?")) as refused:
        read_playbook(written(tmp_path, text))
    assert "shop.yaml, line" in str(refused.value)


def test_thresholds_stand_among_the_goals_and_are_none(tmp_path):
    path = written(
        tmp_path,
        "risk:\n  warned_rate: 0.9\n  thresholds:\n    complaints: {yellow: 0.1, red: 0.2}\n",
    )
    assert read_thresholds(path) == {"complaints": Threshold(0.1, 0.2)}
    assert set(read_goals(path)) == {"warned_rate"}


@pytest.mark.parametrize(
    ("limits", "said"),
    [("{yellow: 0.1}", "has no 'red'"), ("{yellow: low, red: 1}", "must be a number from 0 on")],
)
def test_a_threshold_is_two_numbers(tmp_path, limits, said):
    path = written(tmp_path, f"risk:\n  thresholds:\n    complaints: {limits}\n")
    with pytest.raises(SourceError, match=said):
        read_thresholds(path)
