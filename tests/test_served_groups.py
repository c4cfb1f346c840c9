"""What a served page tells of a platform of four users: nothing, not even that there is one."""

import nbformat
import pandas as pd
import pytest
from nbformat import v4

from serving import served

pytestmark = pytest.mark.slow

PARAMETERS = """\
source: str = "shop"  # a shop
platform: str = ""  # one platform only; empty: all of them"""
ANSWER = """\
import workbench as wb
shop = wb.connect(source)
scope = shop.scope("2026-W12", 1, platform)
funnel = wb.diagnose(scope, ["visit", "order"], window_days=1, by="platform")"""
SHOWN = """\
wb.show([", ".join(scope.platforms()), str(int(funnel.steps["users"].iloc[0]))])"""
SOURCE = """\
time_zone: UTC
currency: CNY
files: {seen: FILE}
tables:
  events: SELECT user_id, event, occurred_at, platform FROM seen
"""


def rows():
    for platform, users in {"douyin": 60, "wechat": 30, "tiny": 4}.items():
        for i in range(users):
            yield f"raw-{platform}-{i}", "visit", f"2026-03-{16 + i % 4} 09:00:00", platform
    yield "raw-last", "order", "2026-03-22 09:00:00", "douyin"


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    home = tmp_path_factory.mktemp("groups")
    (home / "notebooks").mkdir()
    (home / "parameters/sources").mkdir(parents=True)
    columns = ["user_id", "event", "occurred_at", "platform"]
    pd.DataFrame(rows(), columns=columns).to_csv(home / "seen.csv", index=False)
    text = SOURCE.replace("FILE", str(home / "seen.csv"))
    (home / "parameters/sources/shop.yaml").write_text(text, encoding="utf-8")
    cells = [
        v4.new_markdown_cell("# Who came?"),
        v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}),
        *map(v4.new_code_cell, (ANSWER, SHOWN, "wb.show(funnel.dropped_users)")),
        v4.new_code_cell("wb.finish(funnel, shop, scope)"),
    ]
    nbformat.write(v4.new_notebook(cells=cells), home / "notebooks/who.ipynb")
    with served(home, "--source", "shop") as running:
        yield running


def page(app, query=""):
    return app.get(f"/voila/render/who.ipynb{query}")[2]


def test_a_platform_of_four_users_is_refused_like_one_that_is_not_there(app):
    said = {}
    for platform in ("tiny", "nowhere"):
        text = page(app, f"?platform={platform}")
        said[platform] = text[text.index("unknown platform") :].replace(platform, "…")[:60]
    assert said["tiny"] == said["nowhere"]
    assert said["tiny"].startswith("unknown platform &#x27;…&#x27;, must be one of: douyin")


def test_a_platform_without_which_four_users_would_be_left_is_refused_too(app):
    assert "unknown platform &#x27;wechat&#x27;" in page(app, "?platform=wechat")
    assert "<li>60</li>" in page(app, "?platform=douyin")


def test_a_live_page_tells_of_lists_only_how_long_they_are_and_names_no_small_platform(app):
    text = page(app)
    assert "<li>douyin</li><li>94</li>" in text
    assert "<li>94 users</li>" in text
    assert "Dropped users: 94" in text
    assert "raw-" not in text
    assert "u-" not in text[text.index("Dropped users") :][:200]
    assert "tiny" not in text.lower()
