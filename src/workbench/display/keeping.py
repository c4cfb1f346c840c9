"""Fitted models beside a report, for its owner alone: `results/owner/models/NAME`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from workbench.kit.blocks import Block
from workbench.kit.sentences import say
from workbench.kit.showing import show
from workbench.models.saved import Model, save

if TYPE_CHECKING:
    from workbench.sources import Source

_RESULTS = "WORKBENCH_RESULTS"


class Kept(Protocol):
    """A result with a fitted model."""

    @property
    def model(self) -> Model | None: ...  # noqa: D102 - None where nothing could be learned

    def manifest(self) -> dict[str, Any]: ...  # noqa: D102 - what is told of it, as JSON holds it


def keep(result: Kept, source: Source, name: str) -> Block:
    """Write a fitted model and its manifest beside the report; elsewhere nothing is written.

    Args:
        result: Whose model; one that could not be learned is not written.
        source: Whose data it was learned from.
        name: Of the model, one word.
    """
    folder = os.environ.get(_RESULTS)
    if result.model is None:
        return show([say("There is no model to keep.")])
    if folder is None:
        return show([say("The model is kept beside a report, not here.")])
    facts = {**result.manifest(), "source": source.name, "fingerprint": source.fingerprint}
    save(Path(folder) / "owner" / "models" / name, result.model, facts)
    return show([say("The model is kept as {name} among the owner’s results.", name=name)])
