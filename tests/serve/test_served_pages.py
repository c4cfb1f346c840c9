"""The served pages themselves, and the server's start and end."""

import os
import re
import signal
import socket

import pytest
from nbformat import v4

from served_project import code, notebook, project
from serving import served
from workbench import serve
from workbench.errors import ParameterError
from workbench.serve import handlers, pages


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


def test_the_home_page_lists_the_questions(app):
    status, _, page = app.get("/")
    assert status == 200
    assert '<a href="/voila/render/funnel.ipynb">Where do we lose users?</a>' in page
    assert "outside" not in page


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
