"""The funnel as an executive meets it: in a browser, with controls, against the published page."""

import os
import re
import shutil
import subprocess
import sys
import time

import pytest
from playwright.sync_api import sync_playwright

from serving import served

SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CHROMIUMS_OWN = "sha256-m16tKAZfrqdfaIlK4k9Uc4bmwJm0z0f+0b2ahSGv/Ko="
# Of all that does not scroll on its own.
RIGHT_EDGE = """Math.max(document.documentElement.scrollWidth, ...Array.from(
    document.querySelectorAll('li, figure, img, select, input, p, .wb-scroll'),
    (one) => one.getBoundingClientRect().right))"""
PURCHASES = 'tr[data-row="purchase"] td[data-column="users"]'

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def browser():
    executable = shutil.which("chromium")
    if executable is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=executable, args=SWITCHES)
        yield running
        running.close()


@pytest.fixture(scope="module")
def home(new_project):
    """A project of its own, so that no report of the user's is replaced."""
    return new_project()


@pytest.fixture(scope="module")
def app(home):
    with served(home) as running:
        yield running


@pytest.fixture
def page(browser, app):
    """A page that cannot reach anything but this app, with a list of what it wanted elsewhere.

    What its policy does not allow is in the list too, but one inline script, known by its hash, that
    Chromium 156 reports of every app and no page of ours holds.
    """
    context = browser.new_context()
    opened = context.new_page()
    opened.wanted = []

    def gate(route):
        if route.request.url.startswith(app.base):
            route.continue_()
        else:
            opened.wanted.append(route.request.url)
            route.abort()

    def listen(message):
        if "Content Security Policy" in message.text and CHROMIUMS_OWN not in message.text:
            opened.wanted.append(message.text)

    context.route("**/*", gate)
    opened.on("console", listen)
    yield opened
    context.close()


def published(home, platform):
    """The purchases on the page that `workbench run` publishes for a platform."""
    command = [sys.executable, "-c", "import sys; from workbench import cli; sys.exit(cli.main())"]
    given = ["run", str(home / "notebooks" / "funnel_diagnosis.ipynb"), "-p", "platform", platform]
    subprocess.run(
        command + given,
        env=os.environ | {"WORKBENCH_HOME": str(home)},
        cwd=home,
        check=True,
        capture_output=True,
    )
    trials = home / "reports/trials/demo/funnel_diagnosis"
    (report,) = trials.glob("20*/funnel_diagnosis.html")
    row = re.search(r'<tr data-row="purchase">.*?</tr>', report.read_text(encoding="utf-8"))
    return re.search(r'data-column="users"><span>([\d,]+)<', row[0])[1]


def test_a_control_changes_the_answer_to_the_one_that_is_published(home, app, page):
    page.goto(app.links["funnel_diagnosis.ipynb"], timeout=120_000)
    answer = page.locator(".wb-answer")
    answer.wait_for(timeout=60_000)
    of_all = answer.locator(PURCHASES).inner_text()

    page.get_by_label("Platform").select_option("WeChat")
    page.locator('.wb-answer[data-answer*="platform=wechat "]').wait_for(timeout=60_000)
    of_wechat = answer.locator(PURCHASES).inner_text()

    assert of_wechat != of_all
    assert of_wechat == published(home, "wechat")
    assert page.wanted == []


def test_controls_start_where_the_address_says_and_fit_a_phone(app, page):
    page.set_viewport_size({"width": 390, "height": 844})
    link = app.links["funnel_diagnosis.ipynb"]
    page.goto(f"{link}&platform=douyin&window_days=3", timeout=120_000)
    page.locator('.wb-answer[data-answer="platform=douyin window_days=3"]').wait_for(timeout=60_000)
    assert page.get_by_label("Window (days)").input_value() == "3"
    assert page.evaluate(RIGHT_EDGE) <= 390
    assert page.locator(".wb-answer " + PURCHASES).inner_text() == (
        page.locator(PURCHASES).first.inner_text()
    )
    assert page.wanted == []


def test_the_question_is_there_before_the_answer_and_leaving_ends_the_kernel(app, page):
    page.goto(app.links["funnel_diagnosis.ipynb"], wait_until="commit", timeout=120_000)
    page.locator("h1").wait_for()
    assert page.locator(".wb-progress").inner_text().startswith("Working out the answer")
    page.locator(".wb-answer").wait_for(timeout=60_000)
    assert page.wanted == []
    before = set(app.kernels())
    page.goto(f"{app.base}/")
    until = time.monotonic() + 10
    while set(app.kernels()) >= before and time.monotonic() < until:
        time.sleep(0.1)
    assert len(before - set(app.kernels())) == 1
