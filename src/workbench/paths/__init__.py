"""Sequences of events: the funnel's engine, and what else follows users from event to event.

levels       how far each user came through some steps: the engine (`levels`, with the rules in
             `options`, the events in `hits`, the search in `attempts`, `chains`, `unordered`, the
             values of a column in `segments`)
journey      the events of a shop that a funnel runs over, in a scope
daily        how many of those at a step went on, by day
drops        stretches of days on which that was low, found in all steps and segments
intakes      whose attempts are compared: those of a period, of the one before, of each week
visits       visits that a content led to
"""

from workbench.paths.hits import Exclusion
from workbench.paths.journey import Journey, journey
from workbench.paths.levels import levels

__all__ = ["Exclusion", "Journey", "journey", "levels"]


def __dir__() -> list[str]:
    return __all__
