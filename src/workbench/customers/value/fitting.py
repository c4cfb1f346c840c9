"""Maximum likelihood within bounds, from several starts if need be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from workbench.customers.value.arrays import Floats
from workbench.errors import SourceError

_FLAT = 1e-6  # steepest slope of the mean log-likelihood that still counts as its top
_AT_BOUND = 1e-3  # in log units: 0.1 % of the parameter


class NoFit(SourceError):  # noqa: N818 - it names what is wrong
    """A model that these data do not bear.

    Args:
        told: Why, for a reader.
        text: Why, for an analyst, with the figures.
    """

    def __init__(self, told: str, text: str) -> None:
        super().__init__(text)
        self.told = told


@dataclass(frozen=True)
class Optimum:
    """Where a likelihood is highest.

    Attributes:
        at: The point, shape (parameters,).
        iterations: How many steps the start that counts took.
        at_bound: The coordinates that a bound holds, by name.
    """

    at: Floats
    iterations: int
    at_bound: tuple[str, ...]


def minimum(
    cost: Callable[[Floats], tuple[float, Floats]],
    starts: Sequence[Floats],
    bounds: Mapping[str, tuple[float, float]],
    model: str,
) -> Optimum:
    """Return where `cost` is least, by L-BFGS-B from the first start that reaches a flat place.

    What the optimiser says of itself is not asked: near the top its line search gives up as often
    as it succeeds. What counts is the slope, leaving out what points across a bound.

    Args:
        cost: Mean negative log-likelihood and its gradient.
        starts: Points to start from, the likeliest first.
        bounds: Lowest and highest value of each coordinate, by name.
        model: Name of the model, for the error.

    Raises:
        SourceError: If no start reaches a flat place.
    """
    low, high = np.asarray(list(bounds.values()), dtype=np.float64).T
    slope = np.inf
    for start in starts:
        found = minimize(
            cost,
            np.clip(start, low, high),
            jac=True,
            method="L-BFGS-B",
            bounds=list(bounds.values()),
            options={"maxiter": 1000, "ftol": 1e-15, "gtol": 1e-8},
        )
        at = np.asarray(found.x, dtype=np.float64)
        inward = np.clip(at - np.asarray(found.jac), low, high) - at
        slope = min(slope, float(np.max(np.abs(inward))))
        if float(np.max(np.abs(inward))) < _FLAT:
            held = (at - low < _AT_BOUND) | (high - at < _AT_BOUND)
            named = tuple(name for name, is_held in zip(bounds, held, strict=True) if is_held)
            return Optimum(at, int(found.nit), named)
    raise NoFit(
        f"the {model} model did not converge on these customers",
        f"the {model} model did not converge on these customers: after {len(starts)} starts the "
        f"steepest slope is {slope:.1g}, must be under {_FLAT:g}",
    )
