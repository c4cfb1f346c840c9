"""Models on disk: JSON beside a manifest with its hash; what was changed since is refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from workbench.errors import SourceError
from workbench.models.boosted import Boosted
from workbench.models.given import Given
from workbench.models.logistic import Logistic

Model: TypeAlias = Given | Logistic | Boosted
"""What is fitted: it has `log_odds`, `contributions` and `base`."""

_KINDS: Mapping[str, type[Given | Logistic | Boosted]] = {
    one.KIND: one for one in (Given, Logistic, Boosted)
}
_MODEL, _MANIFEST = "model.json", "manifest.json"


def save(folder: Path, model: Model, facts: Mapping[str, Any]) -> Path:
    """Write a model and its manifest into a folder, which is made; what was there is replaced.

    Args:
        folder: Where to.
        model: The model.
        facts: What else the manifest tells, as JSON can hold it.

    Returns:
        The manifest's path.
    """
    folder.mkdir(parents=True, exist_ok=True)
    content = json.dumps({"kind": model.KIND, **model.to_json()}, sort_keys=True).encode()
    (folder / _MODEL).write_bytes(content)
    told = {**facts, "kind": model.KIND, "sha256": hashlib.sha256(content).hexdigest()}
    path = folder / _MANIFEST
    path.write_text(
        json.dumps(told, indent=2, sort_keys=True, ensure_ascii=False), encoding="utf-8"
    )
    return path


def load(folder: Path) -> tuple[Model, dict[str, Any]]:
    """Return the model of a folder and what its manifest tells.

    Raises:
        SourceError: If a file is missing or unreadable, or the model is not the one of the manifest.
    """
    try:
        facts = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        content = (folder / _MODEL).read_bytes()
    except (OSError, ValueError) as error:
        raise SourceError(f"no model can be read in {folder.name}: {error}") from None
    if hashlib.sha256(content).hexdigest() != facts.get("sha256"):
        raise SourceError(
            f"{folder.name}/{_MODEL} is not the model that its manifest tells of: fit it again"
        )
    told = json.loads(content)
    kind = _KINDS[told.pop("kind")]
    return kind.from_json(told), facts
