"""Who is let in, and to what."""

import asyncio
import logging
import time
from email.utils import parsedate_to_datetime
from http.cookies import SimpleCookie
from types import SimpleNamespace

import psutil
import pytest

from serving import kernel_of, until
from workbench import serve
from workbench.errors import ParameterError
from workbench.serve import guards

pytestmark = pytest.mark.security


@pytest.mark.parametrize(
    "path",
    ["/", "/voila/render/funnel.ipynb", "/voila/render/none.ipynb", "/report/shop.ipynb"],
)
@pytest.mark.parametrize("token", ["", "wrong"])
def test_nobody_gets_in_without_the_token(app, path, token):
    status, _, page = app.get(path, token=token)
    assert status == 403
    assert "workbench serve" in page
    assert "lose users" not in page
    assert "published" not in page


NOBODY = "/api/kernels/00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", NOBODY),
        ("DELETE", NOBODY),
        ("GET", f"{NOBODY}/channels"),
        ("POST", "/voila/api/shutdown/00000000-0000-0000-0000-000000000000"),
    ],
)
def test_no_kernel_answers_without_the_token(app, method, path):
    status, _, said = app.ask(method, path)
    assert status == 403
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/kernels"),
        ("POST", "/api/kernels"),
        ("POST", f"{NOBODY}/restart"),
        ("POST", f"{NOBODY}/interrupt"),
        ("GET", "/api/sessions"),
        ("PUT", "/api/contents/funnel.ipynb"),
        ("POST", "/voila/render/funnel.ipynb"),
    ],
)
def test_the_token_opens_no_door_by_which_something_is_started_or_changed(quiet, method, path):
    status, _, said = quiet.ask(method, f"{path}?token={quiet.token}")
    assert status in {403, 404, 405}
    assert "Traceback" not in said
    assert quiet.kernels() == []


def cookies_of(headers):
    return dict(line.split(";")[0].split("=", 1) for line in headers.get_all("Set-Cookie"))


def written(cookies):
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


@pytest.mark.parametrize("host", ["shop.example", "127.0.0.1.shop.example:80", "10.0.0.1"])
def test_a_name_that_was_bound_anew_to_this_machine_gets_nothing(quiet, host):
    """As a browser would ask: with the cookie, if it has one, and without the token."""
    cookie = written(cookies_of(quiet.get("/voila/render/none.ipynb")[1]))
    assert quiet.ask("GET", "/", Cookie=cookie)[0] == 200
    for path in ("/", "/voila/render/funnel.ipynb"):
        status, _, page = quiet.ask("GET", path, Host=host, Cookie=cookie)
        assert status == 403
        assert "lose users" not in page
    assert quiet.kernels() == []


def test_another_sites_page_may_read_no_answer(app):
    path = f"/voila/render/none.ipynb?token={app.token}"
    _, headers, _ = app.ask("GET", path, Origin="http://shop.example")
    assert [name for name in headers if name.lower().startswith("access-control")] == []


@pytest.mark.parametrize("missing", ["the mark", "the cookie", "nothing"])
def test_a_pages_kernel_is_ended_by_its_own_script_alone(quiet, missing):
    _, headers, page = quiet.get("/voila/render/kind.ipynb")
    opened = quiet.socket(page)
    cookies = cookies_of(headers)
    mark = cookies["_xsrf"]
    if missing == "the cookie":
        cookies = {"_xsrf": mark}
    sent = {"Cookie": written(cookies)}
    if missing != "the mark":
        sent["X_XSRFToken"] = mark
    status, _, _ = quiet.ask("POST", f"/voila/api/shutdown/{kernel_of(page)}", **sent)
    assert status == (204 if missing == "nothing" else 403)
    assert until(lambda: not quiet.kernels(), 5 if missing == "nothing" else 0.5) == (
        missing == "nothing"
    )
    opened.close()


@pytest.mark.parametrize(
    "name",
    ["below/hidden.ipynb", "link.ipynb", "..%2Foutside.ipynb", "none.ipynb", "data.csv", "<b>"],
)
def test_only_notebooks_of_the_folder_itself_are_served(app, name):
    status, _, page = app.get(f"/voila/render/{name}")
    assert status == 404
    assert "There is no notebook" in page
    assert "<b>" not in page


@pytest.mark.parametrize(
    "path",
    [
        "/voila/files/data.csv",
        "/voila/files/picture.png",
        "/voila/files/funnel.ipynb",
        "/voila/tree",
        "/voila/render/",
        "/voila/static/../../data.csv",
        "/static/..%2f..%2fdata.csv",
        "/files/data.csv",
        "/nbconvert/html/funnel.ipynb",
        "/voila/files/..%2Foutside.ipynb",
        "/voila/api/contents/funnel.ipynb",
        "/voila/templates/lab/static/index.css",
        "/api/contents",
        "/api/terminals",
        "/login",
    ],
)
def test_neither_files_nor_other_doors_are_open(app, path):
    status, _, said = app.get(path)
    assert status in {403, 404}
    assert "user_id" not in said


def test_cookies_live_a_day_and_go_to_no_other_site(app):
    _, headers, _ = app.get("/voila/render/kind.ipynb")
    cookies = [SimpleCookie(line) for line in headers.get_all("Set-Cookie")]
    found = {name: cookie for one in cookies for name, cookie in one.items()}
    assert len(found) == 2
    for name, cookie in found.items():
        left = parsedate_to_datetime(cookie["expires"]).timestamp() - time.time()
        assert 86_000 < left < 86_800
        assert cookie["samesite"] == "Strict"
        # The page's own script sends the other one along when it ends its kernel.
        assert bool(cookie["httponly"]) == (name != "_xsrf")


def test_a_short_token_is_refused_without_being_told(monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    monkeypatch.setenv("WORKBENCH_TOKEN", "fifteen letters")
    line = "^WORKBENCH_TOKEN has 15 characters, must have at least 16$"
    with pytest.raises(ParameterError, match=line):
        serve.main()


def test_guessing_the_token_is_slowed_for_those_who_have_no_cookie(monkeypatch):
    clock, slept, right = [1_000.0], [], "right"

    async def sleep(seconds):
        slept.append(seconds)

    monkeypatch.setattr(guards, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    monkeypatch.setattr(guards, "asyncio", SimpleNamespace(sleep=sleep))
    identity = guards.Identity(token=right)
    monkeypatch.setattr(identity, "get_user_cookie", lambda handler: handler.cookie)

    def offer(token, cookie=None):
        handler = SimpleNamespace(
            token=right,
            cookie=cookie,
            log=logging.getLogger(),
            get_argument=lambda *_: token,
            request=SimpleNamespace(remote_ip="", headers={}),
        )
        user = asyncio.run(identity.get_user_token(handler))
        return user is not None, slept.pop() if slept else None

    assert [offer("wrong") for _ in range(10)] == [(False, 0.0)] * 10
    assert [offer("wrong"), offer("wrong"), offer("right")] == [(False, 1), (False, 2), (True, 3)]
    assert offer("") == (False, None)
    assert offer("right", "someone") == (True, None)
    clock[0] += 61
    assert offer("wrong") == (False, 0.0)


def test_only_this_machine_is_listened_to_and_no_kernel_by_a_port(app):
    app.get("/voila/render/kind.ipynb")
    ports = psutil.Process(app.process.pid).net_connections("inet")
    listening = [one.laddr for one in ports if one.status == psutil.CONN_LISTEN]
    assert app.base.startswith("http://127.0.0.1:")
    assert [f"http://{one.ip}:{one.port}" for one in listening] == [app.base]
    kernels = app.kernels()
    assert kernels
    # One is ipykernel's own, by which its children print: it tells nothing, and has a secret.
    assert {len(psutil.Process(pid).net_connections("inet")) for pid in kernels} <= {0, 1}


def test_a_page_may_be_framed_by_no_other_and_speaks_to_no_other(app):
    policy = app.get("/")[1]["Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == rules["frame-ancestors"] == "'self'"
    assert rules["base-uri"] == rules["form-action"] == "'none'"
    names = ["default", "img", "font", "script", "style"]
    assert set(rules) == {f"{name}-src" for name in names} | {
        "base-uri",
        "form-action",
        "frame-ancestors",
    }


@pytest.mark.parametrize(
    ("asked_for", "status"),
    [
        ("shop.ipynb", 200),
        ("shop.ipynb?source=demo", 200),
        ("shop.ipynb?source=north", 400),
        ("shop.ipynb?source=/srv/private", 400),
        ("private.ipynb", 404),
        ("funnel.ipynb", 404),
        ("../reports/demo/weekly/2026-W40/run.json", 404),
        ("..%2F..%2Freports%2Fdemo%2Fweekly%2F2026-W40%2Frun.json", 404),
        ("shop", 404),
    ],
)
def test_of_what_is_published_only_a_notebooks_page_on_a_source_served_is_read(
    app, asked_for, status
):
    assert app.get(f"/report/{asked_for}")[0] == status
