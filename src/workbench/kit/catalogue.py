"""Every message of the package, for a translator: `python -m workbench.kit.catalogue > workbench.pot`."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from workbench import parameters
from workbench.kit.labels import LABELS

_FOLDER = Path(__file__).parent.parent
_ONE = {"say": 1, "say_rows": 1, "message": 1, "_": 1}
_PLURAL = {"say_n": 2, "ngettext": 2}


class Message(NamedTuple):
    """A message of the catalogue.

    Attributes:
        place: File and line.
        texts: The message, or its forms for one and for many.
        fields: What the call gives to its fields; None where they are given elsewhere.
    """

    place: str
    texts: tuple[str, ...]
    fields: frozenset[str] | None


def messages() -> Iterator[Message]:
    """Yield every label, and every message that stands in the package's code, file by file."""
    yield from (Message("kit/labels.py", (text,), frozenset()) for text in LABELS.values())
    for path in sorted(_FOLDER.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                yield from _of_call(
                    node, node.func.id, f"{path.relative_to(_FOLDER)}:{node.lineno}"
                )


def paragraphs(notebook: Path) -> list[str]:
    """Return a notebook's headings, paragraphs and helps of parameters, each a message of its own."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    texts = [text.strip() for source in sources for text in source.split("\n\n")]
    helps = [parameter.help for parameter in parameters.read(notebook)]
    return [text.lstrip("#").strip() for text in texts if text] + helps


def _of_call(call: ast.Call, name: str, place: str) -> Iterator[Message]:
    count = _ONE.get(name) or _PLURAL.get(name, 0)
    given = call.args[:count]
    texts = [one.value for one in given if isinstance(one, ast.Constant)]
    if not count or len(texts) < count or not all(isinstance(text, str) for text in texts):
        return
    fields = {one.arg for one in call.keywords if one.arg} | ({"n"} if name in _PLURAL else set())
    is_open = name not in {"say", "say_n"} or any(one.arg is None for one in call.keywords)
    yield Message(place, tuple(map(str, texts)), None if is_open else frozenset(fields))


def _main() -> None:
    for one in messages():
        ids = [json.dumps(text, ensure_ascii=False) for text in one.texts]
        plural = [f"msgid_plural {text}" for text in ids[1:]]
        forms = ['msgstr[0] ""', 'msgstr[1] ""'] if plural else ['msgstr ""']
        sys.stdout.write("\n".join([f"#: {one.place}", f"msgid {ids[0]}", *plural, *forms, "", ""]))


if __name__ == "__main__":
    _main()
