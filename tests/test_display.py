"""What reaches a page: words for columns, figures for readers, and never markup from data."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from html.parser import HTMLParser
from types import SimpleNamespace

import pandas as pd
import pytest

from hostile import HOSTILE
from scopes import scope_of
from workbench.display import export, finish, keys, lab, show
from workbench.errors import MissingData, ParameterError, WorkbenchError
from workbench.kit import ids, results
from workbench.kit.audience import telling
from workbench.kit.blocks import FINISH
from workbench.kit.findings import MIME, Finding
from workbench.kit.metrics import Metric
from workbench.periods import Period, Week
from workbench.sources.account import Taken
from workbench.sources.doubts import Doubt
from workbench.stats.interval import UNKNOWN, Interval


@pytest.fixture(autouse=True, scope="module")
def _key_of_the_shop():
    """The door tells the kit where its key is; here nobody comes in by the door."""
    ids.key_from(keys.key)


class Elements(HTMLParser):
    """Collects the names of elements and attributes, and the text."""

    def __init__(self):
        super().__init__()
        self.names, self.attributes, self.text = set(), set(), []

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data):
        self.text.append(data)


def parsed(html):
    elements = Elements()
    elements.feed(html)
    return elements


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("column", ["event", "segment", "product_id", "<b>name</b>"])
def test_a_name_in_the_data_never_becomes_markup(text, column):
    html = show(pd.DataFrame({column: [text], "users": [1]})).html
    elements = parsed(html)
    assert elements.names == {"div", "table", "thead", "tr", "th", "tbody", "td", "span"}
    assert elements.attributes <= {"class", "data-row", "data-column", "data-label"}


def test_a_table_wider_than_a_phone_names_the_column_in_each_cell_and_another_does_not():
    wide = pd.DataFrame({f"column_{i}": ["some words that wrap"] for i in range(5)})
    assert 'class="wb-table wb-stack"' in show(wide).html
    assert 'data-label="Column 3">some words' in show(wide).html
    narrow = show(wide[["column_0", "column_1"]]).html
    assert "wb-stack" not in narrow
    assert "data-label" not in narrow


@pytest.mark.parametrize("text", HOSTILE)
def test_a_finding_and_a_notice_never_become_markup(text):
    assert parsed(show([Finding(text)]).html).names == {"ul", "li", "span"}
    assert parsed(show(text).html).names == {"div"}
    assert parsed(show(MissingData(text)).html).names == {"div"}


def test_figures_after_a_name_from_the_right_keep_their_order():
    html = show([Finding("low (platform متجر أحمد), 10 – 26 Apr")]).html
    assert "(platform <bdi>متجر أحمد</bdi>), 10 – 26 Apr" in html


def test_a_table_speaks_in_words_and_figures():
    frame = pd.DataFrame(
        {
            "event": ["begin_checkout"],
            "users": [12345],
            "step_rate": [0.5],
            "step_rate_low": [0.4],
            "step_rate_high": [0.6],
            "change": [-0.031],
            "amount": [123456],
            "median_seconds": [5400.0],
            "last_at": [datetime(2026, 10, 4, 12)],
        }
    )
    told = parsed(show(frame, currency="CNY", time_zone="Asia/Shanghai").html).text
    text = re.sub(" +", " ", " ".join(told))
    thin = "\u202f"
    for part in (
        "Begin checkout",
        "12,345",
        f"50.0{thin}% (40.0–60.0)",
        "−3.1 points",
        "¥1,234.56",
        "1.5 h",
        "4 Oct 2026 20:00",
    ):
        assert part in text
    assert "step_rate" not in text


def test_missing_values_are_a_dash_and_a_long_table_says_what_it_leaves_out():
    frame = pd.DataFrame(
        {"segment": [None, *"abcd"], "step_rate": [float("nan"), 0.1, 0.2, 0.3, 0.4]}
    )
    block = show(frame, rows=2)
    text = parsed(block.html).text
    assert text.count("–") == 2
    assert "2 of 5 rows; all of them are in the results beside the report." in text


def test_what_cannot_be_shown_is_refused():
    with pytest.raises(TypeError, match="takes findings, a chart or a frame, not int"):
        show(3)


def test_findings_are_there_for_readers_and_for_programs():
    block = show([Finding("Half leave", 0.5, 0.4, 0.6, "bad")])
    assert "▼ bad" in " ".join(parsed(block.html).text)
    assert block.data[MIME][0]["sentence"] == "Half leave"
    assert block.data[MIME][0]["status"] == "bad"


@pytest.mark.parametrize(
    ("figure", "low", "high", "direction"),
    [
        (0.1, 0.05, 0.2, "up"),
        (-0.1, -0.2, -0.05, "down"),
        (0.1, -0.1, 0.3, "flat"),
        (None, None, None, "flat"),
    ],
)
def test_a_finding_has_a_direction_only_beyond_doubt(figure, low, high, direction):
    assert Finding("x", figure, low, high).direction == direction


PERIOD = Period.weeks(Week.parse("2026-W40"), 4, "Asia/Shanghai")
SCOPE = scope_of({}, PERIOD, currency="CNY")


@dataclass(frozen=True)
class Result(results.Result):
    steps: pd.DataFrame
    dropped_users: pd.DataFrame
    TOPICS = ("loss", "change")

    def steps_chart(self):
        """A chart, by its name."""


@pytest.fixture
def source():
    account = pd.DataFrame(
        {
            "table": ["orders"],
            "file": ["lines.csv"],
            "lines": [10],
            "kept": [7],
            "excluded": [2],
            "quarantined": [1],
            "money": [1000],
            "money_kept": [700],
            "money_excluded": [200],
            "money_quarantined": [100],
        }
    )
    reasons = pd.DataFrame(
        {
            "table": ["orders"],
            "file": ["lines.csv"],
            "outcome": ["excluded"],
            "reason": ["postage"],
            "lines": [2],
            "money": [200],
        }
    )
    return SimpleNamespace(
        name="shop",
        asked_for="shop",
        verify=lambda: None,
        fingerprint="0123456789abcdef",
        time_zone="Asia/Shanghai",
        currency="CNY",
        until=datetime(2026, 10, 4, 12),
        span=(datetime(2026, 9, 1), datetime(2026, 10, 4, 12)),
        account=account,
        reasons=reasons,
        joined=account.head(0),
        unjoined=reasons.head(0),
        doubts=(),
        facts={},
    )


RESULT = Result(
    SCOPE,
    pd.DataFrame({"users": [2]}),
    pd.DataFrame({"user_id": ["a", "b"], "level": [1, 2]}),
    metrics=(Metric("conversion", Interval(0.5, 0.4, 0.6), "rate"),),
)


def test_a_colour_is_a_shape_and_a_word_as_a_status_and_a_name_as_a_platform():
    shown = show(pd.DataFrame({"status": ["red", "grey", "paid"], "platform": ["red"] * 3})).html
    for text in ("■ Red", "– Not known", ">Paid<", ">Red<"):
        assert text in shown


def test_an_interval_at_the_end_of_a_text_is_not_broken():
    shown = show(pd.DataFrame({"now": ["2.4 % (0.8–6.8)", "none (yet)"]})).html
    assert '>2.4 % <span class="wb-ends">(0.8–6.8)</span></td>' in shown
    assert ">none (yet)</td>" in shown


def test_the_close_of_a_notebook_tells_source_period_lines_and_money(source, monkeypatch):
    monkeypatch.delenv("WORKBENCH_RESULTS", raising=False)
    block = finish(RESULT, source, SCOPE)
    text = " ".join(parsed(block.html).text)
    for part in (
        "shop (contents 0123456789ab)",
        "7 Sep – 4 Oct 2026",
        "4 Oct 2026 20:00",
        "1 line, see below",
        "Dropped users: 2 (the first ones here, all of them beside a report)",
        "postage",
        "¥7.00",
    ):
        assert part in text
    assert block.data[FINISH]["week"] == "2026-W40"
    assert block.data[FINISH]["results"] == []


def test_a_page_of_which_nothing_has_an_answer_is_refused_in_one_line(source, monkeypatch):
    monkeypatch.delenv("WORKBENCH_RESULTS", raising=False)
    unknown = (Metric("conversion", UNKNOWN, "rate"),)
    empty = replace(
        RESULT, metrics=unknown, missing=("To show it, this would need the table events.",)
    )
    with pytest.raises(
        MissingData, match="^This report has no answer to its question. To show it, "
    ):
        finish([empty], source, SCOPE)
    known = Further(SCOPE, pd.DataFrame({"users": [1]}))
    for answered in ([empty, known], [replace(empty, missing=())]):
        assert finish(answered, source, SCOPE).data[FINISH]["week"] == "2026-W40"


def test_result_tables_are_kept_where_the_runner_says_with_masked_users(
    source, monkeypatch, tmp_path
):
    monkeypatch.setenv("WORKBENCH_RESULTS", str(tmp_path / "results"))
    block = finish(RESULT, source, SCOPE)
    assert block.data[FINISH]["results"] == ["dropped_users", "metrics", "steps"]
    assert block.data[FINISH]["shown"] == ["dropped_users", "steps"]
    assert "all of them in dropped_users.csv" in block.html
    masked = pd.read_parquet(tmp_path / "results/owner/dropped_users.parquet")["user_id"]
    assert masked.str.fullmatch(r"u-[0-9a-f]{16}").all()
    finish(RESULT, source, SCOPE, mask_ids=False)
    plain = pd.read_parquet(tmp_path / "results/owner/dropped_users.parquet")["user_id"]
    assert list(plain) == ["a", "b"]


def test_money_of_a_user_is_in_the_main_unit_for_people_and_in_minor_units_for_programs(
    source, monkeypatch, tmp_path
):
    monkeypatch.setenv("WORKBENCH_RESULTS", str(tmp_path))
    users = pd.DataFrame({"user_id": ["a"], "monetary": [226_175], "expected_orders": [1 / 3]})
    block = finish(Further(SCOPE, users), source, SCOPE)
    read = pd.read_csv(tmp_path / "public/leaks.csv")
    assert read[["monetary", "expected_orders"]].to_numpy().tolist() == [[2261.75, 0.3333]]
    assert pd.read_parquet(tmp_path / "owner/leaks.parquet")["monetary"].tolist() == [226_175]
    assert "2,261.75" in block.text


def test_what_is_said_twice_is_shown_once():
    one, other = Finding("Fewer went on."), Finding("More came.")
    assert show([one, other, one]).text == "● note: Fewer went on.\n● note: More came."
    assert show(["Nothing to add.", "", "Nothing to add."]).text == "Nothing to add."


def test_a_question_with_nothing_to_answer_says_so_and_a_table_without_rows_too():
    assert "Nothing." in show([]).html
    assert show(()).html == ""
    assert show(pd.DataFrame({"level": []})).html == '<p class="wb-note">No rows.</p>'
    assert "No rows." not in show(pd.DataFrame({"level": ["light"]})).html
    none, some = (pd.DataFrame({"step": rows}) for rows in ([], [1]))
    told = [
        replace(RESULT, steps=one, instead={"steps": "Nobody was lost."}) for one in (none, some)
    ]
    assert show(told[0].steps).html == '<div class="wb-missing">Nobody was lost.</div>'
    assert show(replace(RESULT, steps=none, instead={"steps": ""}).steps).html == ""
    # What an analyst asks of a frame that has rows is another question.
    assert show(told[1].steps.query("step > 1")).text == "No rows."


def test_a_column_of_dashes_alone_is_left_out_for_others_than_the_owner():
    frame = pd.DataFrame(
        {"level": ["light", "rising"], "users": [3, 4], "error_rate": [None, None]}
    )
    with telling("published"):
        assert "Error of the forecast" not in show(frame).html
        assert "Error of the forecast" not in show(frame, ["level", "error_rate"]).html
    assert "Error of the forecast" in show(frame).html


def test_a_page_begins_with_the_tables_of_which_many_lines_are_missing(source):
    doubts = finish(RESULT, source, SCOPE).data[FINISH]["doubts"]
    (doubt,) = (one.replace("\u202f", " ") for one in doubts)
    assert doubt.startswith("10.0 % of the lines of orders could not be used (1 of 10)")
    few = source.account.assign(lines=100, kept=97)
    clean = SimpleNamespace(**vars(source) | {"account": few})
    assert finish(RESULT, clean, SCOPE).data[FINISH]["doubts"] == []
    apart = (
        Doubt("orders, events", "for the owner", "Hardly anybody is in both."),
        Doubt("orders", "small"),
    )
    doubtful = SimpleNamespace(**vars(clean) | {"doubts": apart})
    assert finish(RESULT, doubtful, SCOPE).data[FINISH]["doubts"] == ["Hardly anybody is in both."]


def test_the_account_of_a_page_has_joined_files_and_says_what_is_net(source):
    line = source.account.head(1).assign(file="refunds.csv", money=pd.NA)
    facts = {"orders": SimpleNamespace(taken=Taken(1500, 400, is_net=True))}
    told = SimpleNamespace(**vars(source) | {"joined": line, "facts": facts})
    text = finish(RESULT, told, SCOPE).text
    assert "refunds.csv" in text
    assert "were paid ¥15.00, ¥4.00 of it was given back, ¥11.00 is left" in text


def test_rates_effects_and_lifts_are_written_in_their_units():
    frame = pd.DataFrame({"rate": [0.123], "mix_effect": [-0.012], "lift": [0.37]})
    text = show(frame).text.replace("\u202f", " ")
    assert "12.3 %" in text
    assert "−1.2 points" in text
    assert "37.0 %" in text


def test_tables_are_kept_whole_for_the_owner_and_as_shown_for_others_masked_alike(
    source, monkeypatch, tmp_path
):
    monkeypatch.setenv("WORKBENCH_RESULTS", str(tmp_path))
    finish(RESULT, source, SCOPE)
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.glob("*/*")) == [
        "owner/dropped_users.parquet",
        "owner/metrics.parquet",
        "owner/steps.parquet",
        "public/dropped_users.csv",
        "public/steps.csv",
    ]
    assert (tmp_path / "owner").stat().st_mode & 0o777 == 0o700
    written = (tmp_path / "public/dropped_users.csv").read_bytes()
    assert written.startswith(b"\xef\xbb\xbfuser_id")
    read = pd.read_csv(tmp_path / "public/dropped_users.csv")
    masked = pd.read_parquet(tmp_path / "owner/dropped_users.parquet")
    assert list(read["user_id"]) == list(masked["user_id"])


@dataclass(frozen=True)
class Further(results.Result):
    leaks: pd.DataFrame


def test_several_results_are_kept_together_and_names_that_clash_are_refused(
    source, monkeypatch, tmp_path
):
    monkeypatch.setenv("WORKBENCH_RESULTS", str(tmp_path))
    further = Further(SCOPE, pd.DataFrame({"step": [2]}))
    kept = finish([RESULT, further], source, SCOPE).data[FINISH]["results"]
    assert kept == ["dropped_users", "leaks", "metrics", "steps"]
    with pytest.raises(WorkbenchError, match="two results have a table 'leaks', names must differ"):
        finish([further, further], source, SCOPE)


def test_no_name_in_a_csv_is_a_formula(source, monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBENCH_RESULTS", str(tmp_path))
    users = pd.DataFrame({"user_id": ["=HYPERLINK(0)", "@x", "-1+1", "-5.2", "plain"]})
    finish(Result(SCOPE, pd.DataFrame(), users), source, SCOPE, mask_ids=False)
    written = (tmp_path / "public/dropped_users.csv").read_text(encoding="utf-8-sig").splitlines()
    assert written == ["user_id", "'=HYPERLINK(0)", "'@x", "'-1+1", "-5.2", "plain"]


def test_a_list_of_users_is_shown_masked_unless_ids_are_asked_for(source, monkeypatch):
    monkeypatch.delenv("WORKBENCH_RESULTS", raising=False)
    users = pd.DataFrame({"user_id": ["raw-id-1"], "level": [1]})
    masked = finish(Result(SCOPE, pd.DataFrame(), users), source, SCOPE).html
    plain = finish(Result(SCOPE, pd.DataFrame(), users), source, SCOPE, mask_ids=False).html
    assert "raw-id-1" not in masked
    assert "raw-id-1" in plain


def test_headline_figures_of_all_results_are_kept_in_one_table(source, monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBENCH_RESULTS", str(tmp_path))
    finish(RESULT, source, SCOPE)
    assert pd.read_parquet(tmp_path / "owner/metrics.parquet").to_dict("records") == [
        {
            "metric": "conversion",
            "figure": 0.5,
            "figure_low": 0.4,
            "figure_high": 0.6,
            "unit": "rate",
            "better": "up",
            "result": "Result",
        }
    ]


def test_findings_are_asked_for_by_topic_and_a_misspelt_one_is_told_its_near_one():
    change, loss = Finding("More came.", topic="change"), Finding("Half left.", topic="loss")
    found = Result(SCOPE, pd.DataFrame(), pd.DataFrame(), findings=(change, loss))
    assert found.about("loss", "change") == (loss, change)
    with pytest.raises(ParameterError, match="unknown topic 'los', did you mean 'loss'?"):
        found.about("los")
    with pytest.raises(WorkbenchError, match="unknown topic of a finding 'chang'"):
        Result(SCOPE, pd.DataFrame(), pd.DataFrame(), findings=(Finding("x", topic="chang"),))


def test_a_result_in_a_cell_shows_findings_frames_and_charts_and_no_id():
    users = pd.DataFrame({"user_id": ["raw-id-1"], "amount": [123_456]})
    half = Finding("Half left.", topic="loss")
    found = Result(SCOPE, pd.DataFrame({"step": [1]}), users, findings=(half,))
    html = found._repr_html_()
    for part in ("Half left.", ".steps", ".dropped_users: 1 rows", ".steps_chart()", "¥1,234.56"):
        assert part in html
    assert "raw-id-1" not in html
    assert parsed(html).names <= {"div", "ul", "li", "span", "p", "details", "summary"} | {
        *("table", "thead", "tr", "th", "tbody", "td", "style")
    }
    assert show(found).html == found.block().html


def test_a_frame_of_a_result_is_exported_for_people_whatever_pandas_made_of_it(tmp_path):
    users = pd.DataFrame(
        {
            "user_id": ["a", "b", "c"],
            "discount": [100, 250, 5],
            "revenue": [1999, 1, 2],
            "last_at": [datetime(2026, 10, 4, 12)] * 3,
        }
    )
    found = Result(SCOPE, pd.DataFrame(), users)
    best = found.dropped_users.nlargest(1, "discount")
    path = export(best, tmp_path / "call_list.csv", money=["revenue"])
    head, row = path.read_text(encoding="utf-8-sig").splitlines()
    assert head == "user_id,discount,revenue,last_at"
    assert row[:2] == "u-"
    assert row.split(",")[1:] == ["2.5", "0.01", "2026-10-04 20:00:00"]


def test_a_frame_that_knows_no_currency_is_not_exported_by_guess(tmp_path):
    with pytest.raises(
        ParameterError, match="does not know its currency, which the column 'amount'"
    ):
        export(pd.DataFrame({"amount": [1]}), tmp_path / "x.csv")
    export(pd.DataFrame({"amount": [1]}), tmp_path / "x.csv", currency="JPY")
    assert (tmp_path / "x.csv").read_text(encoding="utf-8-sig") == "amount\n1\n"


def test_money_is_told_by_the_contract_and_by_what_an_analyst_says():
    frame = pd.DataFrame({"discount": [123_456], "value": [100], "revenue": [200], "users": [3]})
    text = show(frame, currency="CNY", money=["revenue"]).text
    assert [part for part in text.split() if "¥" in part] == ["¥1,234.56", "¥1.00", "¥2.00"]


def test_a_misspelt_column_is_told_its_near_one():
    with pytest.raises(ParameterError, match="unknown column 'user', did you mean 'users'?"):
        show(pd.DataFrame({"users": [1]}), ["user"])


def test_a_cell_of_jupyterlab_is_dressed_without_the_rules_of_phones_and_paper():
    assert ".wb-findings li { grid-template-columns: 1fr;" in lab.style()
    assert ".wb-findings li { display: grid;" in lab.style_of_cells()
    assert ".wb-findings li { grid-template-columns: 1fr;" not in lab.style_of_cells()
    assert ".wb-switch, .wb-code" not in lab.style_of_cells()
    assert "body" not in lab.style_of_cells()
    for others in ("published", "live"):
        with telling(others):
            assert lab.style_of_cells() == ""
