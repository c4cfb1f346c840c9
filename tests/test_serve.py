import asyncio
import json
import logging
import os
import re
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from types import SimpleNamespace

import nbformat
import psutil
import pytest
from nbformat import v4

from serving import served
from workbench import cli, parameters, serve
from workbench.display import records
from workbench.display.records import Record
from workbench.errors import ParameterError
from workbench.parameters import Setting
from workbench.serve import asked, guards, handlers, kernels, pages

PARAMETERS = """\
platform: str = ""  # one platform only; empty: all of them
window_days: int = 7  # 1..90: days a user has from the first step to the last
steps: list[str] = []  # the events of the funnel in order; empty: the shop's own
mask_ids: bool = True  # owner: whether ids leave as pseudonyms
drill: int = 1  # owner: 1..9: how deep"""
LONG = """\
from pathlib import Path
import signal, time
for kindly in (signal.SIGINT, signal.SIGTERM):  # as what computes in C would not heed it
    signal.signal(kindly, signal.SIG_IGN)
Path("began").touch()
time.sleep(60)"""
SOURCE = """source: str = "demo"  # a shop, or a folder of tables"""
ANSWER = """\
from html import escape
from pathlib import Path
from IPython.display import HTML
Path("has-run").touch()
HTML("<p>answer " + escape(repr((platform, window_days, steps))) + "</p>")"""
KIND = """\
from workbench.errors import MissingData
raise MissingData("no table <orders> here")"""
HOSTS = """\
from workbench.errors import SourceError
raise SourceError("no such file: /srv/exports/orders.csv")"""
TALKING = """\
import sys
def answer(comm, _message):
    try:
        1 / 0
    except ZeroDivisionError:
        get_ipython().showtraceback()
    print("a path of the host", file=sys.stderr, flush=True)
    comm.send({"done": True})
get_ipython().kernel.comm_manager.register_target("ask", answer)
print("a warning", file=sys.stderr)"""
BROKEN = """\
secret = "the analyst's own"
1 / 0"""


def notebook(path, *cells):
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(v4.new_notebook(cells=list(cells), metadata={"kernelspec": kernel}), path)


def code(source, *tags):
    return v4.new_code_cell(source, metadata={"tags": list(tags)})


def project(folder):
    here = folder / "notebooks"
    (here / "below").mkdir(parents=True)
    title = v4.new_markdown_cell("# Where do we lose users?\n\nFor one shop.")
    after = v4.new_markdown_cell("## What comes after?")
    lab = v4.new_markdown_cell("## What would you ask next?", metadata={"tags": ["lab"]})
    asked = (code(PARAMETERS, "parameters"), code(ANSWER), lab, code(BROKEN, "lab"), after)
    notebook(here / "funnel.ipynb", title, *asked)
    notebook(here / "kind.ipynb", v4.new_markdown_cell("# Kind"), code(KIND), after)
    notebook(here / "hosts.ipynb", v4.new_markdown_cell("# Hosts"), code(HOSTS), after)
    notebook(here / "talking.ipynb", v4.new_markdown_cell("# Talking"), code(TALKING))
    notebook(here / "long.ipynb", v4.new_markdown_cell("# Long"), code(LONG), code("1"))
    planted = code("from IPython.display import HTML; HTML('<script>planted()</script>')")
    notebook(here / "script.ipynb", v4.new_markdown_cell("# Script"), planted)
    shown = code("from IPython.display import HTML; HTML(f'<p>of {source}</p>')")
    notebook(here / "shop.ipynb", code(SOURCE, "parameters"), shown)
    private = code(SOURCE.replace("demo", "/srv/private"), "parameters")
    notebook(here / "private.ipynb", private, shown)
    notebook(here / "broken.ipynb", v4.new_markdown_cell("# Broken"), code(BROKEN), after)
    notebook(here / "below" / "hidden.ipynb", code("1"))
    notebook(folder / "outside.ipynb", code("1"))
    (here / "link.ipynb").symlink_to(folder / "outside.ipynb")
    declared = folder / "parameters" / "sources"
    declared.mkdir(parents=True)
    for name in ("north", "south", "hidden"):
        (declared / f"{name}.yaml").write_text("")
    (folder / "parameters/weekly.yaml").write_text("reports: [{notebook: shop}]\n")
    week = folder / "reports/demo/weekly/2026-W40"
    week.mkdir(parents=True)
    set_to = (Setting("source", "demo", "demo", "a shop", differs=False),)
    made = {"ran_at": "2026-10-05T09:30:00+00:00", "parameters": set_to}
    records.write(week, [Record("shop", "Shop", "2026-W40", "demo", "demo", **made)])
    (week / "shop.html").write_text("<p>published of demo</p>")
    (here / "data.csv").write_text("user_id\n1\n")
    (here / "picture.png").write_bytes(b"\x89PNG")
    return folder


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    home = project(tmp_path_factory.mktemp("project"))
    with served(home, "--max-viewers", "99") as running:
        yield running


class Addresses(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.found = re.findall(r"url\(\s*['\"]?([^'\")]+)", page)
        self.found += re.findall(r"@import\s+['\"]([^'\"]+)", page)
        self.feed(page)

    def handle_starttag(self, _tag, attrs):
        names = ("src", "href", "action", "srcset", "poster", "data", "formaction")
        self.found += [value for name, value in attrs if name in names and value]


def test_every_notebook_of_the_folder_gets_a_ready_link(app):
    assert sorted(app.links) == [
        f"{name}.ipynb"
        for name in (
            "broken",
            "funnel",
            "hosts",
            "kind",
            "long",
            "private",
            "script",
            "shop",
            "talking",
        )
    ]


def test_a_link_shows_the_answer_under_its_question_and_no_code(app):
    status, _, page = app.get("/voila/render/funnel.ipynb")
    assert status == 200
    assert "<title>Where do we lose users?</title>" in page
    assert page.index("Where do we lose users?</") < page.index("answer (&#x27;&#x27;, 7, [])")
    assert "has-run" not in page
    assert "import" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)


def test_what_an_analyst_would_ask_next_is_neither_run_nor_shown(app):
    page = app.get("/voila/render/funnel.ipynb")[2]
    assert "What would you ask next?" not in page
    assert "What comes after?" in page
    assert 'role="alert">Something went wrong' not in page


def test_progress_is_told_before_the_first_cell_is_done(app):
    page = app.get("/voila/render/funnel.ipynb")[2]
    assert page.index("Working out the answer…</p>") < page.index("answer (")
    assert page.index("progress.remove()") > page.index("What comes after?")


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


@pytest.mark.parametrize("path", ["/api/kernels/00000000-0000-0000-0000-000000000000"])
def test_no_kernel_answers_without_the_token(app, path):
    assert app.get(path, token="")[0] == 403


def test_the_home_page_lists_the_questions(app):
    status, _, page = app.get("/")
    assert status == 200
    assert '<a href="/voila/render/funnel.ipynb">Where do we lose users?</a>' in page
    assert "outside" not in page


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


DECLARED = parameters.parse(f"{SOURCE}\n{PARAMETERS}", where="cell")


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
        "/voila/api/contents/funnel.ipynb",
        "/voila/templates/lab/static/index.css",
        "/api/contents",
        "/api/terminals",
        "/login",
    ],
)
def test_neither_files_nor_other_doors_are_open(app, path):
    assert app.get(path)[0] == 404


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


V1 = "v1.kernel.websocket.jupyter.org"


def message(kind, content, protocol):
    """A message as a page sends it."""
    header = {"msg_id": "1", "msg_type": kind, "session": "s", "username": "", "version": "5.3"}
    header["date"] = "2026-11-26T00:00:00Z"
    if protocol is None:
        parts = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        return json.dumps(parts | {"channel": "shell", "buffers": []})
    parts = [b"shell", *(json.dumps(part).encode() for part in (header, {}, {}, content))]
    ends = [8 * (len(parts) + 2)]
    for part in parts:
        ends.append(ends[-1] + len(part))
    return b"".join(n.to_bytes(8, "little") for n in (len(ends), *ends)) + b"".join(parts)


@pytest.mark.parametrize("protocol", [None, V1])
def test_the_socket_takes_no_code_nor_an_end_and_gives_no_traceback(app, protocol):
    page = app.get("/voila/render/talking.ipynb")[2]
    assert "a warning" not in page
    before = app.kernels()
    opened = app.socket(page, protocol)
    send = opened.send_binary if protocol else opened.send
    code_ = {"code": "from pathlib import Path; Path('slipped-in').touch()", "silent": False}
    send(message("execute_request", code_, protocol))
    send(message("shutdown_request", {"restart": False}, protocol))
    heard = ""
    for turn in (1, 2):
        time.sleep(0.5)  # in which a kernel that was told to end would
        asked_ = {"comm_id": str(turn), "target_name": "ask", "data": {}}
        send(message("comm_open", asked_, protocol))
        while heard.count('"done"') < turn:
            got = opened.recv()
            heard += got if isinstance(got, str) else got.decode(errors="replace")
    opened.close()
    assert not (app.home / "notebooks" / "slipped-in").exists()
    assert app.kernels() == before
    assert '"comm_msg"' in heard
    said = ("ZeroDivisionError", "a path of the host", "traceback", "execute_reply")
    assert [one for one in said if one in heard] == []


@pytest.mark.parametrize("length", [4_200, 60_000, 1_000_000])
def test_an_over_long_address_is_refused_before_a_kernel_starts(app, length):
    before = app.kernels()
    status, _, page = app.get(f"/voila/render/funnel.ipynb?platform={'x' * length}")
    assert status == 414
    assert "The address is too long." in page
    assert app.kernels() == before


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


def test_a_kernel_nobody_uses_is_ended_though_its_page_is_open(tmp_path):
    hurried = "from workbench.serve import server as s; s.IDLE_SECONDS = s.CULL_SECONDS = 1"
    with served(project(tmp_path), before=hurried) as running:
        status, _, page = running.get("/voila/render/funnel.ipynb")
        assert status == 200
        opened = running.socket(page)
        until = time.monotonic() + 15
        while running.kernels() and time.monotonic() < until:
            time.sleep(0.2)
        assert running.kernels() == []
        opened.close()


def until(is_so, seconds=15):
    """Whether it is so before the time is over."""
    end = time.monotonic() + seconds
    while not is_so() and time.monotonic() < end:
        time.sleep(0.1)
    return is_so()


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    hurried = (
        "from workbench.serve import kernels as k; k.UNOPENED_SECONDS = 2; k.UNHEARD_SECONDS = 1"
    )
    home = project(tmp_path_factory.mktemp("small"))
    with served(home, "--max-viewers", "2", before=hurried) as running:
        yield running


def drop(app, begun):
    """Open the page that takes a minute and close it when that is begun."""
    host, port = app.base.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as opened:
        path = f"/voila/render/long.ipynb?token={app.token}"
        opened.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
        assert until(begun)


@pytest.mark.parametrize("stage", ["at once", "while its kernel starts", "while it computes"])
def test_a_page_that_is_gone_ends_its_kernel_and_its_computing(small, stage):
    began = small.home / "notebooks" / "began"
    began.unlink(missing_ok=True)
    begun = {
        "at once": lambda: True,
        "while its kernel starts": small.kernels,
        "while it computes": began.exists,
    }
    drop(small, begun[stage])
    if stage == "at once":
        time.sleep(1)
    assert until(lambda: not small.kernels(), 4 if stage == "while it computes" else 8)


def test_a_page_that_lost_its_socket_or_never_opened_one_ends_its_kernel(small):
    page = small.get("/voila/render/funnel.ipynb")[2]
    opened = small.socket(page)
    small.get("/voila/render/funnel.ipynb")
    assert len(small.kernels()) == 2
    assert until(lambda: len(small.kernels()) == 1)
    time.sleep(2)
    assert len(small.kernels()) == 1
    opened.close()
    assert until(lambda: not small.kernels())


def test_one_viewer_too_many_gets_a_page_that_says_so_and_no_kernel(small):
    assert until(lambda: not small.kernels())
    time.sleep(1)  # in which the server notices, too, that the last of them has ended
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(small.get, ["/voila/render/shop.ipynb"] * 4))
        seen = len(small.kernels())
    assert sorted(status for status, _, _ in answers) == [200, 200, 503, 503]
    (_, _, page), _ = [answer for answer in answers if answer[0] == 503]
    assert "As many pages are open as this machine can answer." in page
    (link,) = re.findall(r'<a href="(/report/[^"]+)">Open the published report</a>', page)
    status, headers, report = small.get(link)
    assert (status, report) == (200, "<p>published of demo</p>")
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert seen <= 2
    assert until(lambda: not small.kernels())
    assert small.get("/voila/render/funnel.ipynb")[0] == 200


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


@pytest.mark.parametrize("viewers", ["0", "-1", "many"])
def test_there_is_at_least_one_viewer(viewers, monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    assert cli.main(["serve", "--max-viewers", viewers]) == 2


def test_by_default_half_of_the_memory_is_for_viewers(monkeypatch):
    memory = {"SC_PAGE_SIZE": 4_096, "SC_PHYS_PAGES": 2_000_000}
    monkeypatch.setattr(kernels, "os", SimpleNamespace(sysconf=memory.get))
    assert kernels.most() == 10
    memory["SC_PHYS_PAGES"] = 100
    assert kernels.most() == 1


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_the_server_stops_cleanly_and_its_kernels_with_it(tmp_path, sent):
    with served(project(tmp_path)) as running:
        running.get("/voila/render/kind.ipynb")
        (kernel,) = running.kernels()
        running.process.send_signal(sent)
        assert running.process.wait(20) == 0
        with pytest.raises(ProcessLookupError):
            os.kill(kernel, 0)


def test_a_taken_port_is_refused_if_asked_for_and_passed_over_if_not(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ParameterError, match=f"^port == {port} cannot be had"):
            serve._port(port)
        monkeypatch.setattr(serve, "PORT", port)
        assert serve._port(None) not in {0, port}


def test_values_are_set_right_after_the_cell_that_declares_them():
    one = v4.new_notebook(cells=[code("x: int = 1  # a number", "parameters"), code("x")])
    handlers.inject(one, {"x": 2, "name": "it's"})
    assert [cell.source for cell in one.cells[1:]] == ['x = 2\nname = "it\'s"', "x"]
    assert one.cells[1].metadata["tags"] == ["injected-parameters"]


def test_a_notebook_without_a_heading_is_listed_by_its_name(tmp_path):
    notebook(tmp_path / "user_tiering.ipynb", v4.new_markdown_cell("No heading"))
    assert pages.title(tmp_path / "user_tiering.ipynb") == "User tiering"


@pytest.mark.parametrize("port", [-1, 0, 65_536, 99_999])
def test_a_port_that_no_machine_has_is_refused_in_one_line(port, monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    with pytest.raises(ParameterError, match=rf"^port == {port}, must be in 1\.\.65535$"):
        serve.main(port)
