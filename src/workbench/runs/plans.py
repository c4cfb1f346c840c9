"""What a run will do: which notebooks, with which parameters, all checked before anything runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from workbench import parameters, sources
from workbench.errors import ParameterError, unknown
from workbench.parameters import Parameter, Value

_SUFFIX = ".ipynb"


@dataclass(frozen=True)
class Report:
    """One notebook to run.

    Attributes:
        notebook: Its file.
        parameters: The values that differ from the notebook's own, checked.
        source: The source that it reads, or "" where it declares none.
        week: The week it was asked for, or "" where the notebook is to find the latest.
    """

    notebook: Path
    parameters: Mapping[str, Value]
    source: str
    week: str

    @property
    def name(self) -> str:
        """The name of the notebook, its page and its folder."""
        return self.notebook.stem


@dataclass(frozen=True)
class Plan:
    """What one run does.

    Attributes:
        name: The pack's or the notebook's; its pages are published under reports/NAME/.
        title: What the index calls the pack.
        reports: The notebooks to run.
        is_pack: Whether the pages get an index.
    """

    name: str
    title: str
    reports: tuple[Report, ...]
    is_pack: bool


@dataclass(frozen=True)
class _Entry:
    """A notebook with what it declares and what a pack sets in it."""

    notebook: Path
    declared: tuple[Parameter, ...]
    values: Mapping[str, Value]


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
        return _plan(_notebook(target, root), given)
    packs = {path.stem: path for path in (root / "parameters").glob("*.yaml")}
    if target not in packs and (notebook := f"notebooks/{target}{_SUFFIX}") in _notebooks(root):
        raise ParameterError(f"unknown pack '{target}', did you mean '{notebook}'?")
    if target not in packs:
        raise ParameterError(unknown("pack", target, [*packs, *_notebooks(root)]))
    name = packs[target].relative_to(root)
    try:
        title, entries = _pack(packs[target], root)
    except ParameterError as error:
        raise ParameterError(f"{name}: {error}") from None
    reports = _reports(entries, given)
    return Plan(target, title, reports, is_pack=True)


def _plan(notebook: Path, given: Mapping[str, str]) -> Plan:
    entry = _Entry(notebook, parameters.read(notebook), {})
    return Plan(notebook.stem, notebook.stem, _reports([entry], given), is_pack=False)


def _notebook(target: str, root: Path) -> Path:
    for folder in (Path.cwd(), root):
        if (folder / target).is_file():
            return (folder / target).resolve()
    raise ParameterError(unknown("notebook", target, _notebooks(root)))


def _notebooks(root: Path) -> list[str]:
    return [str(path.relative_to(root)) for path in (root / "notebooks").glob(f"*{_SUFFIX}")]


def _pack(path: Path, root: Path) -> tuple[str, list[_Entry]]:
    """A pack's title and its reports."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise ParameterError(f"is not YAML{line}") from None
    _check_keys(content, required={"reports"}, optional={"title"})
    if not isinstance(content["reports"], list) or not content["reports"]:
        raise ParameterError("'reports' must be a list of notebooks")
    entries = [_entry(item, root) for item in content["reports"]]
    names = [entry.notebook.stem for entry in entries]
    for name in names:
        if names.count(name) > 1:
            raise ParameterError(f"the notebook '{name}' comes twice")
    if path.stem in {Path(name).stem for name in _notebooks(root)}:
        raise ParameterError(
            f"a notebook is called '{path.stem}' too, and both would publish there"
        )
    return str(content.get("title", path.stem)), entries


def _entry(item: object, root: Path) -> _Entry:
    _check_keys(item, required={"notebook"}, optional={"parameters"})
    assert isinstance(item, dict)  # noqa: S101 - what _check_keys has just made sure of
    known = {Path(name).stem: root / name for name in _notebooks(root)}
    name, values = str(item["notebook"]), item.get("parameters") or {}
    if name not in known:
        raise ParameterError(unknown("notebook", name, known))
    if not isinstance(values, dict):
        raise ParameterError(f"{name}: 'parameters' must be names with values")
    declared = parameters.read(known[name])
    try:
        checked = parameters.check(declared, {str(key): value for key, value in values.items()})
        return _Entry(known[name], declared, _with_source(checked, root))
    except ParameterError as error:
        raise ParameterError(f"{name}: {error}") from None


def _check_keys(content: object, *, required: set[str], optional: set[str]) -> None:
    if not isinstance(content, dict):
        raise ParameterError(f"must hold the keys {', '.join(sorted(required | optional))}")
    for key in content:
        if key not in required | optional:
            raise ParameterError(unknown("key", str(key), required | optional))
    for key in required - content.keys():
        raise ParameterError(f"the key '{key}' is missing")


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
    effective = {parameter.name: parameter.default for parameter in entry.declared} | values
    week = next(
        (str(effective[parameter.name]) for parameter in entry.declared if parameter.is_week), ""
    )
    return Report(
        notebook=entry.notebook,
        parameters=values,
        source=str(effective.get("source", "")),
        week=week if "-W" in week else "",
    )


def _with_source(values: Mapping[str, Value], base: Path) -> dict[str, Value]:
    """The values, with a source that is known or a folder, whose path is made absolute.

    A kernel starts in another folder than the command line.
    """
    source = values.get("source")
    if source is None or source in (known := sources.names()):
        return dict(values)
    folder = base / str(source)
    if not source or not folder.is_dir():
        raise ParameterError(unknown("source", str(source), known))
    return {**values, "source": str(folder.resolve())}
