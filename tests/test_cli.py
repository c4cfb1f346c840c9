"""The command line as a person meets it: what it answers, how fast, and with which exit code."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from workbench import cli
from workbench.runs import locks

ROOT = Path(__file__).parent.parent
HEAVY = ("duckdb", "ibis", "matplotlib", "nbconvert", "nbformat", "pandas", "papermill", "pyarrow")
CELL = """\
source: str = "demo"  # a shop in parameters/sources, a folder, or demo
week: str = "latest"  # YYYY-Www | latest: the last week of the period
window_days: int = 7  # 1..90: days a user has
"""
PACK = "reports:\n  - notebook: funnel\n"


def notebook(path, *sources, tags=("parameters",)):
    cells = [
        {
            "cell_type": "code",
            "id": f"c{number}",
            "execution_count": None,
            "metadata": {"tags": list(tags) if number == 0 else []},
            "outputs": [],
            "source": source,
        }
        for number, source in enumerate(sources)
    ]
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(content), encoding="utf-8")


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "parameters/sources").mkdir(parents=True)
    (tmp_path / "parameters/sources/shop.yaml").touch()
    (tmp_path / "parameters/weekly.yaml").write_text(PACK, encoding="utf-8")
    notebook(tmp_path / "notebooks/funnel.ipynb", CELL)
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("run weekly -p wekk 1", "unknown parameter 'wekk', did you mean 'week'?"),
        ("run weekly -p window_days 0", "window_days == 0, must be in 1..90"),
        (
            "run notebooks/funnel.ipynb -p window_days x",
            "window_days == 'x', must be a whole number in 1..90",
        ),
        (
            "run weekly --week 2025-W53",
            "week == '2025-W53', but 2025 has the weeks W01 to W52",
        ),
        ("run weekly --source demo -p source demo", "parameter 'source' is given twice"),
        ("run weekly --source shp", "unknown source 'shp', did you mean 'shop'?"),
        (
            "check shp",
            "unknown source 'shp', did you mean 'shop'?; or give the path of a folder",
        ),
        ("run weekly -p source zzz", "unknown source 'zzz', must be one of: demo, shop"),
        ("run weekl", "unknown pack 'weekl', did you mean 'weekly'?"),
        ("run funnel", "unknown pack 'funnel', did you mean 'notebooks/funnel.ipynb'?"),
        (
            "run notebooks/funel.ipynb",
            "unknown notebook 'notebooks/funel.ipynb', did you mean 'notebooks/funnel.ipynb'?",
        ),
        (
            "run weekly -p week",
            "argument -p: expected 2 arguments (see workbench run --help)",
        ),
        (
            "run weekly --wek 1",
            "unrecognized arguments: --wek 1 (see workbench --help)",
        ),
        ("serve --port x", "argument --port: invalid int value: 'x' (see workbench serve --help)"),
        (
            "",
            "the following arguments are required: COMMAND (see workbench --help)",
        ),
    ],
)
def test_a_mistake_gets_one_line_and_exit_code_2(project, capsys, arguments, sentence):
    assert cli.main(arguments.split()) == 2
    assert capsys.readouterr() == ("", f"workbench: {sentence}\n")
    assert not (project / "reports").exists()


def test_a_source_file_that_cannot_be_read_as_it_stands_is_refused_before_anything_runs(
    project, capsys, monkeypatch
):
    monkeypatch.delenv("SHOP_DATA", raising=False)
    declared = (
        "time_zone: UTC\ncurrency: CNY\nfiles:\n  export: ${SHOP_DATA}/orders.csv\n"
        "tables: {orders: SELECT a AS order_id FROM export}\n"
    )
    (project / "parameters/sources/shop.yaml").write_text(declared, encoding="utf-8")
    assert cli.main(["run", "weekly", "--source", "shop"]) == 3
    sentence = "shop.yaml, line 4: the environment variable SHOP_DATA is not set"
    assert capsys.readouterr() == ("", f"workbench: {sentence}\n")
    assert not (project / "reports").exists()


def test_code_in_a_name_is_a_name_that_nobody_declared(project, capsys):
    name = "week=1\n__import__('os').system('touch broken')\x1b[2J"
    assert cli.main(["run", "weekly", "-p", name, "1"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("workbench: unknown parameter 'week=1")
    assert said.count("\n") == 1
    assert "\x1b" not in said
    assert not (project / "broken").exists()


def command(*arguments, **options):
    program = f"import sys; from workbench.cli import main; sys.exit(main({list(arguments)}))"
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, **options
    )


def test_check_says_of_each_notebook_whether_it_runs_by_what_its_cells_ask(
    project, monkeypatch, new_project, capsys
):
    (project / "corner").mkdir()
    lines = "order_id,ordered_at,amount,user_id\n1,2026-03-02 09:00:00,1000,a\n"
    (project / "corner/orders.csv").write_text(lines, encoding="utf-8")
    shipped = new_project()
    for name, cell in {
        "mine": "from workbench import cohorts, show\nshow(1)",
        "theirs": "import workbench\nworkbench.show(workbench.invitations(scope))",
        "broken": "%%bash\nwb.rank",
        "strange": "",
    }.items():
        cells = [{"cell_type": "code", "source": [cell]}]
        (shipped / f"notebooks/{name}.ipynb").write_text(json.dumps({"cells": cells}))
    (shipped / "notebooks/strange.ipynb").write_text("{")
    monkeypatch.setenv("WORKBENCH_HOME", str(shipped))
    assert cli.main(["check", str(project / "corner")]) == 0
    said = capsys.readouterr().out.partition("analyses\n")[2]
    found = dict(line.strip().split(": ", 1) for line in said.splitlines())
    more = found.pop("risk_scoring")
    assert more.startswith("can run; it would tell more with orders.refunded_amount, ")
    assert found == {
        "churn_prediction": "can run in full",
        "content_and_community": "cannot run, it needs events, contents",
        "customer_lifecycle": "can run; it would tell more with orders.status, "
        "orders.refunded_amount, orders.refunded_at, orders.platform, identities",
        "funnel_diagnosis": "can run on orders alone; in full it needs events",
        "mine": "can run in full",
        "theirs": "cannot run, it needs events",
        "user_tiering": "can run; it would tell more with orders.status, orders.refunded_amount, "
        "orders.refunded_at, orders.platform",
    }


@pytest.mark.usefixtures("project")
def test_a_mistake_is_answered_before_anything_heavy_is_imported():
    program = (
        "import sys; from workbench.cli import main; code = main(sys.argv[1:]);"
        f"print(sorted(set({HEAVY}) & set(sys.modules)), code)"
    )
    arguments = ["run", "weekly", "-p", "wekk", "1"]
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[] 2\n"


def test_the_version_is_told(capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out.startswith("workbench 0.")


def test_outside_a_project_one_line_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("WORKBENCH_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    assert cli.main(["run", "weekly"]) == 2
    assert capsys.readouterr().err.startswith("workbench: no project here: neither ")


def test_a_failed_run_exits_with_1_and_names_the_failure_page(project):
    notebook(project / "notebooks/broken.ipynb", CELL, "1 / 0")
    done = command("run", "notebooks/broken.ipynb", cwd=project / "notebooks")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.splitlines()[-1] == (
        "workbench: broken failed: ZeroDivisionError: division by zero "
        "(../reports/demo/broken/failed/broken.failed.html)"
    )
    assert "Traceback" not in done.stderr


def test_ctrl_c_publishes_nothing_and_leaves_no_kernel(project):
    source = "import os, pathlib, time\npathlib.Path('pid').write_text(str(os.getpid()))\n"
    notebook(project / "notebooks/slow.ipynb", CELL, source + "time.sleep(60)")
    run = subprocess.Popen(
        [sys.executable, "-m", "workbench.cli", "run", "notebooks/slow.ipynb"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    written = project / "notebooks/pid"
    deadline = time.monotonic() + 60
    while not (written.exists() and written.read_text(encoding="utf-8")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    run.send_signal(signal.SIGINT)
    out, error = run.communicate(timeout=30)

    assert (run.returncode, out) == (130, "")
    assert error.splitlines()[-1] == "workbench: interrupted, nothing half-finished was published"
    assert "Traceback" not in error
    assert [path.name for path in (project / "reports/demo/slow").iterdir()] == [".lock"]
    kernel = Path("/proc") / written.read_text(encoding="utf-8")
    while kernel.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert not os.path.lexists(project / "reports/demo/slow/latest")


def test_a_second_run_is_refused_before_anything_heavy_is_imported(tmp_path):
    for folder in ("notebooks", "parameters"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    target = tmp_path / "reports/demo/weekly"
    target.mkdir(parents=True)
    script = (
        "import sys; from workbench.cli import main; code = main(['run', 'weekly']);"
        "print([name for name in ('pandas', 'ibis', 'papermill') if name in sys.modules]);"
        "sys.exit(code)"
    )
    with locks.held(target):
        done = subprocess.run(
            [sys.executable, "-c", script],
            env=os.environ | {"WORKBENCH_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stdout.strip() == "[]"
    assert done.stderr == "workbench: another run of 'weekly' is under way, wait for its end\n"
