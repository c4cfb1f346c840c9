import asyncio

import pandas as pd
import pytest

from workbench import controls
from workbench.charts import Chart
from workbench.errors import MissingData, ParameterError, SourceError
from workbench.kit import showing
from workbench.kit.audience import telling

PLATFORMS = ["", "douyin", "wechat"]


def explorer(answer=lambda platform, window_days: f"{platform} {window_days}", **changed):
    choices = {"platform": ("", PLATFORMS), "window_days": (7, range(1, 91))} | changed
    return controls.explore(answer, show=lambda result: [result], **choices)


def page(found):
    return found._page.value


def test_the_answer_is_there_from_the_start():
    assert 'data-answer="platform= window_days=7"' in page(explorer())


def test_the_answer_follows_a_control():
    found = explorer()
    found._controls["platform"].value = "wechat"
    assert '<div class="wb-missing">wechat 7</div>' in page(found)
    assert found._status.value == ""


def test_what_the_page_has_already_is_not_asked_for_again_but_a_change_is():
    asked = []

    def answer(platform, window_days):
        asked.append((platform, window_days))
        return f"{platform} {window_days}"

    found = explorer(answer, known="the page's own")
    assert "the page&#x27;s own" in page(found)
    assert asked == []
    found._controls["platform"].value = "wechat"
    found._controls["platform"].value = ""
    assert asked == [("wechat", 7), ("", 7)]
    assert "the page" not in page(found)


def test_controls_have_words_for_labels_and_choices():
    found = explorer()
    platform, window = found._controls.values()
    assert platform.description == "Platform"
    assert platform._options_labels == ("All platforms", "Douyin", "WeChat")
    assert window.description == "Window (days)"


def test_work_is_announced_at_once_and_changes_in_quick_succession_are_answered_once():
    asked = []

    async def turn(found):
        window = found._controls["window_days"]
        for days in (8, 9, 10):
            window.value = days
        announced, asked_so_far = found._status.value, list(asked)
        await asyncio.sleep(3 * controls._PAUSE)
        return announced, asked_so_far

    found = explorer(lambda platform, window_days: asked.append(window_days) or platform)
    announced, asked_so_far = asyncio.run(turn(found))
    assert "Working out the answer…" in announced
    assert asked_so_far == [7]
    assert asked == [7, 10]
    assert found._status.value == ""


def test_a_control_cannot_start_at_what_is_not_allowed():
    with pytest.raises(ParameterError, match="^platform == 'tiktok', must be one of: '', 'douyin'"):
        explorer(platform=("tiktok", PLATFORMS))
    with pytest.raises(ParameterError, match=r"^window_days == 0, must be in 1\.\.90$"):
        explorer(window_days=(0, range(1, 91)))


@pytest.mark.security
@pytest.mark.parametrize("forged", [91, 10_000, 0])
def test_a_number_that_a_browser_forges_never_reaches_the_analysis(forged):
    asked = []
    found = explorer(lambda platform, window_days: asked.append((platform, window_days)) or "")
    # A browser may widen the control's own bounds first.
    found._controls["window_days"].set_state({"min": -5, "max": 20_000})
    found._controls["window_days"].set_state({"value": forged})
    assert f"window_days == {forged}, must be in 1..90" in page(found)
    assert asked == [("", 7)]


@pytest.mark.security
def test_a_label_that_a_browser_forges_chooses_nothing():
    found = explorer()
    found._controls["platform"].set_state({"_options_labels": ["<b>", "x", "y"]})
    found._controls["platform"].set_state({"index": 1})
    assert '<div class="wb-missing">douyin 7</div>' in page(found)


def test_an_error_is_one_line_in_place_of_the_answer():
    def answer(platform, window_days):
        if platform:
            raise SourceError("no table <orders> here")
        return str(window_days)

    found = explorer(answer)
    found._controls["platform"].value = "douyin"
    assert page(found) == ('<div class="wb-error" role="alert">no table &lt;orders&gt; here</div>')
    found._controls["platform"].value = ""
    assert '<div class="wb-missing">7</div>' in page(found)


@pytest.mark.security
def test_what_names_the_host_is_told_to_the_analyst_alone():
    def answer(platform, **_others):
        kind = MissingData if platform else SourceError
        raise kind("no such file: /srv/exports/orders.csv")

    assert "/srv/exports/orders.csv" in page(explorer(answer))
    with telling("live"):
        found = explorer(answer)
        assert page(found) == (
            '<div class="wb-error" role="alert">These data cannot be used as they are; the analyst '
            "sees why in JupyterLab.</div>"
        )
        found._controls["platform"].value = "douyin"
        assert "/srv/exports/orders.csv" in page(found)


def test_an_unexpected_error_is_told_kindly_and_logged_in_full(caplog):
    found = explorer(lambda platform, window_days: 1 / (window_days - 8) and platform)
    found._controls["window_days"].value = 8
    assert "Something went wrong; the analyst sees the details in JupyterLab." in page(found)
    assert "ZeroDivisionError" not in page(found)
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.security
def test_what_the_data_hold_never_becomes_markup():
    frame = pd.DataFrame({"event": ["<img src=x onerror=alert(1)>"], "users": [1]})
    assert "<img" not in page(explorer(lambda **_: frame))


def test_a_chart_among_the_controls_does_not_count_as_one_of_the_report():
    before = showing.charts_shown()
    chart = Chart("Title", "alt", lambda figure, _phone: figure.subplots(), (2.0, 2.0))
    assert '<figure class="wb-chart">' in page(explorer(lambda **_: chart))
    assert showing.charts_shown() == before
