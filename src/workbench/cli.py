"""The command line: `workbench run`, `check`, `new-source`, `serve`.

Nothing heavy is imported before what was given is known to be right, so that a mistake is
answered at once.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn

from workbench import parameters, project
from workbench.errors import ParameterError, SourceError, WorkbenchError, unknown
from workbench.kit.sentences import say

_INTERRUPTED = 130
_CLOSED = 141


class _Parser(argparse.ArgumentParser):
    """Answers a mistake with one line in place of its whole usage."""

    def error(self, message: str) -> NoReturn:
        raise ParameterError(f"{message} (see {self.prog} --help)")


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says and return the exit code.

    0: done; 1: a run failed; 2: something given is wrong; 3: data cannot be used, by a run either; 130: interrupted; 141:
    nobody reads what is printed.
    """
    try:
        given = _parser().parse_args(arguments)
        code: int = given.command(given)
        sys.stdout.flush()
    except WorkbenchError as error:
        print(f"workbench: {_one_line(error)}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        # Whoever read the output has enough of it; Python would try once more as it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _CLOSED
    except KeyboardInterrupt:
        print("\nworkbench: interrupted, nothing half-finished was published", file=sys.stderr)
        return _INTERRUPTED
    return code


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="workbench",
        description="Notebooks that turn a shop's data into reports and dashboards.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"workbench {version('workbench')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)

    run = commands.add_parser("run", help="run a notebook or a pack into reports/")
    run.add_argument("target", help="notebooks/NAME.ipynb, or the name of a pack in parameters/")
    run.add_argument(
        "-p",
        nargs=2,
        action="append",
        default=[],
        dest="parameters",
        metavar=("NAME", "VALUE"),
        help="set a parameter of the notebook; may be repeated",
    )
    run.add_argument("--source", help="the same as -p source SOURCE")
    run.add_argument("--week", help="the same as -p week WEEK")
    run.add_argument("--out", metavar="FOLDER", help="publish there in place of reports/")
    run.set_defaults(command=_run)

    check = commands.add_parser("check", help="show what a source holds and what was left out")
    check.add_argument("source", help="demo, a file in parameters/sources/, or a folder")
    check.add_argument("--json", action="store_true", help="print the same for programs")
    check.add_argument(
        "--repair-list",
        metavar="FILE.csv",
        help="write the lines in quarantine, with their reasons",
    )
    check.set_defaults(command=_check)

    new = commands.add_parser("new-source", help="propose a source file for files of yours")
    new.add_argument("name", help="what the source is to be called")
    new.add_argument("files", nargs="+", metavar="FILE", help="exports, or folders of them")
    new.add_argument("--yes", action="store_true", help="ask nothing, take what is proposed")
    new.set_defaults(command=_new_source)

    serve = commands.add_parser("serve", help="open the notebooks as apps in a browser")
    serve.add_argument("--port", type=int, help="port on this machine (default: 8866)")
    serve.add_argument(
        "--source",
        action="append",
        default=[],
        dest="sources",
        metavar="NAME",
        help="a source that an address may ask for, the first one unasked; may be repeated "
        "(default: the notebooks' own)",
    )
    serve.add_argument(
        "--max-viewers",
        type=int,
        metavar="N",
        help="pages that may be open at once (default: what half of the memory is enough for)",
    )
    serve.add_argument("--open", action="store_true", help="open a browser too")
    serve.set_defaults(command=_serve)
    return parser


def _run(given: argparse.Namespace) -> int:
    from workbench.runs import locks, places, plans  # noqa: PLC0415 - YAML is for runs alone

    named = [(name, getattr(given, name)) for name in ("source", "week")]
    pairs = [*given.parameters, *((name, text) for name, text in named if text is not None)]
    root = project.root()
    plan = plans.plan(given.target, parameters.pairs(pairs), root)

    if given.out == "":
        raise ParameterError("out == '', must be a folder")
    out = Path.cwd() / given.out if given.out else None
    locks.check_free(places.place(plan, out or root / "reports").target)
    from workbench.runs import driver  # noqa: PLC0415 - 2 s that only a right command waits for

    page = driver.run(plan, root, sys.stderr, out)
    print(os.path.relpath(page))
    return 0


def _check(given: argparse.Namespace) -> int:
    from workbench.runs import needs  # noqa: PLC0415 - the engine, which only this needs
    from workbench.sources import checking, repairs  # noqa: PLC0415 - as above
    from workbench.sources.connecting import inspect  # noqa: PLC0415 - as above

    asked = needs.by_notebook(project.root())
    try:
        source = inspect(given.source)
    except SourceError as error:
        if given.json:
            refusal = {"source": given.source, "refused": _one_line(error)}
            print(json.dumps(refusal, ensure_ascii=False, indent=1))
        raise
    if given.json:
        print(json.dumps(checking.record(source, asked), ensure_ascii=False, indent=1))
    else:
        print(checking.report(source, asked))
    if given.repair_list:
        lines = repairs.write(source, Path(given.repair_list))
        said = say("{lines} lines to mend in {file}", lines=lines, file=given.repair_list)
        print(f"workbench: {said}", file=sys.stderr)
    refused = source.refused()
    if refused:
        raise SourceError(refused)
    return 0


def _new_source(given: argparse.Namespace) -> int:
    from workbench import sources  # noqa: PLC0415 - for this command alone
    from workbench.proposals import naming  # noqa: PLC0415 - as above

    target, paths = sources.place(given.name), [Path(path) for path in given.files]
    naming.check(given.name, target)
    naming.check_files(paths)
    from workbench.proposals import command  # noqa: PLC0415 - the engine, which only this needs

    ask = input if sys.stdin.isatty() and not given.yes else None
    proposal = command.make(given.name, paths, target, project.root(), ask, print)
    print(say("written: {file}", file=os.path.relpath(target)), end="\n\n")
    following = command.next_step(given.name, proposal, datetime.now(tz=UTC).date())
    try:
        _check(argparse.Namespace(source=given.name, json=False, repair_list=None))
    except SourceError:
        following = say(
            "answer what is asked in {file}, then workbench check {name}",
            file=os.path.relpath(target),
            name=given.name,
        )
        raise
    finally:
        print("\n" + say("next: {command}", command=following))
    return 0


def _serve(given: argparse.Namespace) -> int:
    from workbench import sources  # noqa: PLC0415 - for this command alone

    for name in given.sources:
        if name not in sources.names():
            raise ParameterError(unknown("source", name, sources.names()))
        sources.check_declared(name)

    from workbench import serve  # noqa: PLC0415 - Voila, which only this needs

    return serve.main(
        given.port,
        open_browser=given.open,
        sources=given.sources,
        max_viewers=given.max_viewers,
    )


def _one_line(error: WorkbenchError) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in str(error)).split())


if __name__ == "__main__":
    sys.exit(main())
