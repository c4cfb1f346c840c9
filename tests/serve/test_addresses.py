"""What an address may ask, and what it is told."""

import pytest

from served_project import PARAMETERS, SOURCE, project
from workbench import cli, parameters, serve
from workbench.errors import ParameterError
from workbench.serve import asked

pytestmark = pytest.mark.security

DECLARED = parameters.parse(f"{SOURCE}\n{PARAMETERS}", where="cell")


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("platform=douyin&window_days=30", "(&#x27;douyin&#x27;, 30, [])"),
        ("steps=visit,purchase", "(&#x27;&#x27;, 7, [&#x27;visit&#x27;, &#x27;purchase&#x27;])"),
        ("platform=", "(&#x27;&#x27;, 7, [])"),
        ("platform=%27)%3B1/0%23", "(&quot;&#x27;);1/0#&quot;, 7, [])"),
        ("platform=%0A1/0", r"(&#x27;\n1/0&#x27;, 7, [])"),
    ],
)
def test_parameters_of_the_address_reach_the_notebook_as_they_are(app, query, seen):
    status, _, page = app.get(f"/voila/render/funnel.ipynb?{query}")
    assert status == 200
    assert f"<p>answer {seen}</p>" in page


@pytest.mark.parametrize(
    ("query", "line"),
    [
        ("windw_days=3", "unknown parameter &#x27;windw_days&#x27;, did you mean"),
        ("window_days=91", "window_days == 91, must be in 1..90"),
        ("window_days=%3Cscript%3E%25s", "window_days == &#x27;&lt;script&gt;%s&#x27;"),
        ("platform=a&platform=b", "parameter &#x27;platform&#x27; is given twice"),
        ("__import__('os')=1", "unknown parameter"),
        (
            "mask_ids=false",
            "parameter &#x27;mask_ids&#x27; is the owner&#x27;s: no address sets it",
        ),
        ("drill=1", "parameter &#x27;drill&#x27; is the owner&#x27;s: no address sets it"),
        ("zzz=1", "must be one of: platform, steps, window_days<"),
    ],
)
def test_a_wrong_parameter_is_refused_in_one_kind_line_and_nothing_runs(app, query, line):
    ran = app.home / "notebooks" / "has-run"
    ran.unlink(missing_ok=True)
    status, _, page = app.get(f"/voila/render/funnel.ipynb?{query}")
    assert status == 400
    assert line in page
    assert 'href="/voila/render/funnel.ipynb">Open the page without it</a>' in page
    assert "1..90: days a user has" in page
    assert "how deep" not in page
    assert "<script>" not in page
    assert "Traceback" not in page
    assert not ran.exists()


@pytest.mark.parametrize(
    ("name", "asked", "line"),
    [
        ("shop", "/srv/private", "source == &#x27;/srv/private&#x27;, must be &#x27;demo&#x27;"),
        ("shop", "north", "source == &#x27;north&#x27;, must be &#x27;demo&#x27;"),
        ("private", "demo", "parameter &#x27;source&#x27; is the owner&#x27;s"),
    ],
)
def test_an_address_asks_for_no_source_but_the_notebooks_own(app, name, asked, line):
    status, _, page = app.get(f"/voila/render/{name}.ipynb?source={asked}")
    assert status == 400
    assert line in page
    assert [one for one in ("hidden", "south", "folder of tables") if one in page] == []
    assert "/srv/private" not in page.replace("source == &#x27;/srv/private&#x27;", "")


@pytest.mark.parametrize(
    ("served", "given", "found"),
    [
        ((), {}, {}),
        ((), {"source": "demo"}, {"source": "demo"}),
        (("demo", "north"), {}, {}),
        (("north", "demo"), {}, {"source": "north"}),
        (("north", "demo"), {"source": "demo"}, {"source": "demo"}),
        (("north",), {"platform": "x"}, {"source": "north", "platform": "x"}),
    ],
)
def test_the_first_source_served_is_taken_where_the_address_names_none(served, given, found):
    assert asked.values(DECLARED, given, served) == found


def test_a_source_that_is_not_served_is_refused_naming_only_those_that_are():
    with pytest.raises(ParameterError, match=r"^source == 'demo', must be one of: north, south$"):
        asked.values(DECLARED, {"source": "demo"}, ("north", "south"))
    (source, *_) = asked.open_to_viewers(DECLARED, ("north", "south"))
    assert source.help == "north | south"


def test_a_notebook_without_a_source_is_given_none():
    without = parameters.parse(PARAMETERS, where="cell")
    assert asked.values(without, {}, ("north",)) == {}


def test_sources_are_served_by_name_and_never_by_path(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("WORKBENCH_HOME", str(project(tmp_path)))
    monkeypatch.setattr(serve, "main", lambda *_, **given: 10 + len(given["sources"]))
    assert cli.main(["serve", "--source", str(tmp_path)]) == 2
    assert cli.main(["serve", "--source", "nort"]) == 2
    assert capsys.readouterr().err.splitlines()[1:] == [
        "workbench: unknown source 'nort', did you mean 'north'?"
    ]
    assert cli.main(["serve", "--source", "demo", "--source", "demo"]) == 12


def test_the_address_chooses_neither_template_nor_theme(app):
    status, _, page = app.get("/voila/render/funnel.ipynb?template=nosuch&theme=../../x")
    assert status == 200
    assert '<body class="wb"' in page


@pytest.mark.parametrize("length", [4_200, 60_000, 1_000_000])
def test_an_over_long_address_is_refused_before_a_kernel_starts(quiet, length):
    status, _, page = quiet.get(f"/voila/render/funnel.ipynb?platform={'x' * length}")
    assert status == 414
    assert "The address is too long." in page
    assert quiet.kernels() == []
