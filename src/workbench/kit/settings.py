"""What a shop has set for its reports: levels, actions, goals and risks, each read when first asked for."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from functools import cached_property
from pathlib import Path
from typing import Any

from workbench import project
from workbench.kit.actions import Action, read_actions
from workbench.kit.aims import Goal, read_goals
from workbench.kit.levels import Levels, read_levels
from workbench.kit.playbook import Playbook, Threshold, read_playbook, read_thresholds


class Settings:
    """The settings of a shop, from its project's `parameters/` unless others are given.

    Args:
        folder: The folder `parameters`; that of the project if it is not said.
        levels: In place of `tiers.yaml`: which scores make which of the nine levels.
        actions: In place of `actions.yaml`: what is done for each class.
        goals: In place of `goals/SOURCE.yaml`: goals by measure.
        playbook: In place of `risk/SOURCE.yaml`: responses, costs, kinds of incidents.
        thresholds: In place of those in `goals/SOURCE.yaml`, by indicator of risk.
        source: Whose goals and risks, by the source's name; "" has none.

    Attributes:
        goals_name: The file of the goals within the folder; "" where none is looked for.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        levels: Levels | None = None,
        actions: Mapping[str, Action] | None = None,
        goals: Mapping[str, Goal | float] | None = None,
        playbook: Playbook | None = None,
        thresholds: Mapping[str, Threshold] | None = None,
        source: str = "",
    ) -> None:
        self._given_folder = folder
        self.goals_name = f"goals/{source}.yaml" if source and goals is None else ""
        as_goals = None if goals is None else {k: _as_goal(goal) for k, goal in goals.items()}
        self._risk_name = f"risk/{source}.yaml" if source else ""
        given = {
            "levels": levels, "actions": actions, "goals": as_goals, "playbook": playbook,
            "thresholds": thresholds,
        }  # fmt: skip
        self.__dict__.update({name: value for name, value in given.items() if value is not None})

    def but(self, **given: Any) -> Settings:
        """Return these settings with others in place of some."""
        changed = copy(self)
        changed.__dict__.update(given)
        return changed

    @property
    def _folder(self) -> Path:
        return self._given_folder or project.root() / "parameters"

    @cached_property
    def levels(self) -> Levels:
        """The levels; SourceError as `read_levels`."""
        return read_levels(self._folder / "tiers.yaml")

    @cached_property
    def actions(self) -> Mapping[str, Action]:
        """The actions by class; SourceError as `read_actions`."""
        return read_actions(self._folder / "actions.yaml", self.levels)

    @cached_property
    def goals(self) -> Mapping[str, Goal]:
        """The goals by measure; SourceError as `read_goals`."""
        return read_goals(self._folder / self.goals_name) if self.goals_name else {}

    @cached_property
    def playbook(self) -> Playbook:
        """What is done about risks, and what they cost; SourceError as `read_playbook`."""
        return read_playbook(self._folder / self._risk_name) if self._risk_name else Playbook()

    @cached_property
    def thresholds(self) -> Mapping[str, Threshold]:
        """The thresholds of indicators of risk; SourceError as `read_thresholds`."""
        return read_thresholds(self._folder / self.goals_name) if self.goals_name else {}


def _as_goal(given: Goal | float) -> Goal:
    return given if isinstance(given, Goal) else Goal(given)
