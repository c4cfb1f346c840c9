"""What a page tells, and what it may do in a browser."""

import re
from html.parser import HTMLParser

import pytest

pytestmark = pytest.mark.security


class Addresses(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.found = re.findall(r"url\(\s*['\"]?([^'\")]+)", page)
        self.found += re.findall(r"@import\s+['\"]([^'\"]+)", page)
        self.feed(page)

    def handle_starttag(self, _tag, attrs):
        names = ("src", "href", "action", "srcset", "poster", "data", "formaction")
        self.found += [value for name, value in attrs if name in names and value]


@pytest.mark.parametrize("path", ["/", "/voila/render/funnel.ipynb", "/voila/render/none.ipynb"])
def test_a_page_asks_for_nothing_from_elsewhere(app, path):
    _, headers, page = app.get(path)
    found = Addresses(page).found
    assert found
    assert [one for one in found if not re.match(r"/[^/]|data:|#", one)] == []
    assert headers["Content-Security-Policy"].startswith("default-src 'self';")
    assert "http" not in headers["Content-Security-Policy"]


def test_an_error_meant_for_readers_is_shown_as_its_line(app):
    page = app.get("/voila/render/kind.ipynb")[2]
    assert page.count('class="wb-error" role="alert">no table &lt;orders&gt; here</div>') == 1
    assert "What comes after?" not in page


def test_an_error_that_names_the_host_is_one_general_line(app):
    page = app.get("/voila/render/hosts.ipynb")[2]
    assert page.count('role="alert">These data cannot be used as they are; the analyst sees') == 1
    assert "/srv/exports" not in page
    assert "What comes after?" not in page


def test_any_other_error_is_told_without_its_traceback(app):
    page = app.get("/voila/render/broken.ipynb")[2]
    assert page.count('role="alert">Something went wrong; the analyst sees') == 1
    assert "ZeroDivisionError" not in page
    assert "analyst&#x27;s own" not in page
    assert "What comes after?" not in page


def test_no_script_runs_but_the_templates_own(app):
    seen = set()
    for _ in range(2):
        _, headers, page = app.get("/voila/render/script.ipynb")
        policy = headers["Content-Security-Policy"]
        (nonce,) = re.findall(r"script-src 'nonce-([\w-]{22})' 'self';", policy)
        scripts = re.findall(r"<script\b([^>]*)>", page)
        runs = [one for one in scripts if "type=" not in one and "src=" not in one]
        assert runs.count(f' nonce="{nonce}"') == len(runs) - 1 >= 3
        assert "<script>planted()</script>" in page
        seen.add(nonce)
    assert len(seen) == 2
    assert "script-src 'self';" in app.get("/")[1]["Content-Security-Policy"]
