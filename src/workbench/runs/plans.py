"""What a run will do: which notebooks, with which parameters, all checked before anything runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from workbench import parameters, sources, yaml_text
from workbench.errors import ParameterError, SourceError, unknown
from workbench.parameters import Parameter, Setting, Value, written
from workbench.yaml_text import Node

DEADLINE_MINUTES = 30.0
"""How long a report may take where its pack does not say."""

_SUFFIX = ".ipynb"
_NO_TRIAL = ("source", "week")  # what a report is about, not how it is made
_LONGEST_MINUTES = 24 * 60


@dataclass(frozen=True)
class Report:
    """One notebook to run.

    Attributes:
        notebook: Its file.
        parameters: The values that differ from the notebook's own, checked.
        source: The source that it reads, or "" where it declares none.
        week: The week it was asked for, or "" where the notebook is to find the latest.
        deadline_minutes: How long it may take in all.
        broken: Why it cannot be run, in one line; "" where it can.
        settings: All that it declares, and what this run sets it to.
        tried: Those given values, as text, by which it is not what its pack or notebook makes it.
    """

    notebook: Path
    parameters: Mapping[str, Value]
    source: str
    week: str
    deadline_minutes: float = DEADLINE_MINUTES
    broken: str = ""
    settings: tuple[Setting, ...] = ()
    tried: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of the notebook, its page and its folder."""
        return self.notebook.stem


@dataclass(frozen=True)
class Plan:
    """What one run does.

    Attributes:
        name: The pack's or the notebook's; `places` says where its pages are published.
        title: What the index calls the pack.
        reports: The notebooks to run.
        is_pack: Whether the pages get an index.
        is_asked: Whether someone gave parameters for this run, and not only the files.
    """

    name: str
    title: str
    reports: tuple[Report, ...]
    is_pack: bool
    is_asked: bool

    @property
    def sources(self) -> tuple[str, ...]:
        """What its reports read, each once."""
        return tuple(dict.fromkeys(report.source for report in self.reports if report.source))

    @property
    def tried(self) -> Mapping[str, str]:
        """What makes it a trial: given values that the pack or notebook has not; {} if it is none."""
        return {name: text for report in self.reports for name, text in report.tried.items()}


@dataclass(frozen=True)
class _Entry:
    """A notebook with what it declares and what a pack sets in it."""

    notebook: Path
    declared: tuple[Parameter, ...]
    values: Mapping[str, Value]
    deadline_minutes: float = DEADLINE_MINUTES
    broken: str = ""


def plan(target: str, given: Mapping[str, str], root: Path) -> Plan:
    """Return what running `target` means.

    Args:
        target: The path of a notebook, or the name of a pack in parameters/.
        given: Parameters as text, for every report that declares them.
        root: The project's folder.

    Raises:
        ParameterError: If there is no such target, or a parameter fits none of its reports.
    """
    if target.endswith(_SUFFIX):
        notebook = _notebook(target, root)
        alone = _reports([_Entry(notebook, parameters.read(notebook), {})], given)
        name = notebook.stem
        return Plan(name, name, alone, is_pack=False, is_asked=bool(given))
    packs = {path.stem: path for path in (root / "parameters").glob("*.yaml")}
    if target not in packs and (meant := f"notebooks/{target}{_SUFFIX}") in _notebooks(root):
        raise ParameterError(f"unknown pack '{target}', did you mean '{meant}'?")
    if target not in packs:
        raise ParameterError(unknown("pack", target, [*packs, *_notebooks(root)]))
    try:
        title, entries = _pack(packs[target], root)
    except SourceError as error:
        raise ParameterError(str(error)) from None
    reports = _reports(entries, given)
    return Plan(target, title, reports, is_pack=True, is_asked=bool(given))


def _notebook(target: str, root: Path) -> Path:
    for folder in (Path.cwd(), root):
        path = (folder / target).resolve()
        if path.is_file():
            if path.stem.startswith("."):
                raise ParameterError(f"notebook '{path.name}': its name must not begin with a dot")
            return path
    raise ParameterError(unknown("notebook", target, _notebooks(root)))


def _notebooks(root: Path) -> list[str]:
    return [str(path.relative_to(root)) for path in (root / "notebooks").glob(f"*{_SUFFIX}")]


def _pack(path: Path, root: Path) -> tuple[str, list[_Entry]]:
    """A pack's title and its reports."""
    name = str(path.relative_to(root))
    try:
        pack = yaml_text.read(path.read_text(encoding="utf-8"), name)
    except UnicodeDecodeError:
        raise ParameterError(f"{name}: is not UTF-8") from None
    keys = _keys(pack, "a pack", "reports", "title", "deadline")
    minutes = _deadline(keys["deadline"]) if "deadline" in keys else DEADLINE_MINUTES
    items = keys["reports"].value
    if not isinstance(items, list) or not items:
        raise ParameterError(f"{keys['reports'].place}: 'reports' must be a list of notebooks")
    entries: list[_Entry] = []
    for item in items:
        entry = replace(_entry(item, root), deadline_minutes=minutes)
        if entry.notebook in [other.notebook for other in entries]:
            raise ParameterError(f"{item.place}: the notebook '{entry.notebook.stem}' comes twice")
        entries.append(entry)
    if path.stem in {Path(name).stem for name in _notebooks(root)}:
        raise ParameterError(f"{pack.place}: a notebook is called '{path.stem}' like this pack")
    return keys["title"].text("the title") if "title" in keys else path.stem, entries


def _entry(item: Node, root: Path) -> _Entry:
    keys = _keys(item, "a report", "notebook", "parameters")
    known = {Path(name).stem: root / name for name in _notebooks(root)}
    name = keys["notebook"].text("a notebook")
    if name not in known:
        raise ParameterError(f"{keys['notebook'].place}: {unknown('notebook', name, known)}")
    if name == "index":
        raise ParameterError(f"{item.place}: 'index' would take the place of the pack's own page")
    try:
        declared = parameters.read(known[name])
    except ParameterError as error:  # one broken report does not stop the others
        return _Entry(known[name], (), {}, broken=" ".join(str(error).split()))
    given = keys["parameters"].mapping("parameters") if "parameters" in keys else {}
    values: dict[str, Value] = {}
    for key, node in given.items():
        try:
            values |= _with_source(parameters.check(declared, {key: _plain(node)}), root)
        except ParameterError as error:
            raise ParameterError(f"{node.place}: {name}: {error}") from None
    return _Entry(known[name], declared, values)


def _deadline(node: Node) -> float:
    """How many minutes a report of the pack may take."""
    text = node.text("the deadline")
    try:
        minutes = float(text)
    except ValueError:
        minutes = 0.0
    if not 0 < minutes <= _LONGEST_MINUTES:
        raise ParameterError(
            f"{node.place}: deadline == '{text}', must be minutes above 0, at most {_LONGEST_MINUTES}"
        )
    return minutes


def _keys(node: Node, what: str, required: str, *optional: str) -> dict[str, Node]:
    """The keys of a mapping that has the one it must and nothing else."""
    node.mapping(what)
    found = node.known("key", (required, *optional))
    if required not in found:
        raise ParameterError(f"{node.place}: {what} must have the key '{required}'")
    return found


def _plain(node: Node) -> object:
    """A value as it is written: text, or a list of texts."""
    if isinstance(node.value, list):
        return [item.text("an item of a list") for item in node.value]
    return node.text("a parameter") if isinstance(node.value, dict) else node.value


def _reports(entries: list[_Entry], given: Mapping[str, str]) -> tuple[Report, ...]:
    """The reports, each with those of the given parameters that it declares."""
    declared = {parameter.name: parameter for entry in entries for parameter in entry.declared}
    parameters.check(declared.values(), given)
    return tuple(_report(entry, given) for entry in entries)


def _report(entry: _Entry, given: Mapping[str, str]) -> Report:
    names = {parameter.name for parameter in entry.declared}
    own = {name: text for name, text in given.items() if name in names}
    checked = _with_source(parameters.check(entry.declared, own), Path.cwd())
    values: dict[str, Any] = {**entry.values, **checked}
    usual = {parameter.name: parameter.default for parameter in entry.declared} | {**entry.values}
    effective = usual | values
    week = next(
        (str(effective[parameter.name]) for parameter in entry.declared if parameter.is_week), ""
    )
    return Report(
        notebook=entry.notebook,
        parameters=values,
        source=str(effective.get("source", "")),
        week=week if "-W" in week else "",
        deadline_minutes=entry.deadline_minutes,
        broken=entry.broken,
        settings=tuple(
            Setting(one.name, value, one.default, one.help, value != one.default)
            for one in entry.declared
            for value in [effective[one.name]]
        ),
        tried={
            name: written(value)
            for name, value in checked.items()
            if name not in _NO_TRIAL and value != usual[name]
        },
    )


def _with_source(values: Mapping[str, Value], base: Path) -> dict[str, Value]:
    """The values, with a source that is known or a folder, whose path is made absolute.

    A kernel starts in another folder than the command line.
    """
    source = values.get("source")
    if source is None or source in (known := sources.names()):
        sources.check_declared(str(source or ""))
        return dict(values)
    folder = base / str(source)
    if not source or not folder.is_dir():
        raise ParameterError(unknown("source", str(source), known))
    return {**values, "source": str(folder.resolve())}
