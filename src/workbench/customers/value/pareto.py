"""Pareto/NBD: how likely a customer is to buy again, where one may leave at any time.

The model of Schmittlein, Morrison and Colombo (1987), "Counting Your Customers: Who Are They and
What Will They Do Next?", Management Science 33(1), 1-24. A customer buys at a rate of lambda while
alive and leaves at a rate of mu; lambda is spread by a gamma distribution (r, alpha), mu by another
one (s, beta). In BG/NBD nobody who bought once ever leaves; here everybody may, so it orders those
who bought once by the time since.

Both rates integrate out in closed form but for the instant τ of leaving, which lies between the last
purchase and now. Up to factors that do not depend on τ, a history has the likelihood

    (alpha + T)^−(r + x) (beta + T)^−s  +  s ∫ (alpha + τ)^−(r + x) (beta + τ)^−(s + 1) dτ     over t_x..T,

taken here by Gauss and Legendre's rule in the logarithm of τ: no hypergeometric function, nothing
that overflows. And since "no purchase until T + t" is the same history looked at later, the chance of
none is the quotient of the two likelihoods.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import digamma, gammaln

from workbench.customers.value.arrays import Floats, times, times_of
from workbench.customers.value.fitting import minimum
from workbench.errors import SourceError

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)
_BOUND = (np.log(1e-3), np.log(1e5))
_STARTS = ((0.5, 0.5, 0.5, 0.5), (1.0, 1.0, 1.0, 1.0), (0.5, 0.5, 2.0, 5.0), (0.3, 0.1, 0.3, 0.3))


@dataclass(frozen=True)
class ParetoModel:
    """A fitted Pareto/NBD model. All times are days.

    Attributes:
        r: Shape of the purchase rates' gamma distribution.
        alpha: Its rate parameter, in days.
        s: Shape of the leaving rates' gamma distribution.
        beta: Its rate parameter, in days.
        log_likelihood: Of the customers it was fitted to.
    """

    r: float
    alpha: float
    s: float
    beta: float
    log_likelihood: float = np.nan

    def probability_of_purchase(self, horizon_days: npt.ArrayLike, history: pd.DataFrame) -> Floats:
        """Return each customer's probability of at least one purchase in days to come.

        Args, returns and raises as `PurchaseModel.probability_of_purchase`.
        """
        x, last, known = times_of(history)
        later = known + times("horizon_days", horizon_days, len(x))
        own = (self.r, self.alpha, self.s, self.beta)
        ahead, now = (_Terms.of(own, x, last, until).log_sum for until in (later, known))
        return np.clip(-np.expm1(ahead - now), 0.0, 1.0)


def fit_pareto(history: pd.DataFrame) -> ParetoModel:
    """Return the Pareto/NBD model that is likeliest to have made these histories.

    Args:
        history: `repeat_count`, `last_purchase_days`, `age_days`; a row a customer.

    Raises:
        ParameterError: If a column is not there.
        SourceError: If a history is impossible, nobody bought twice or has an age, or the fit does
            not converge.
    """
    x, last, known = times_of(history)
    if not np.any(x > 0) or not np.any(known > 0):
        raise SourceError("no customer has a repeat purchase: a purchase model needs some")
    unit = float(known.mean())
    rows = np.column_stack([x, last / unit, known / unit])
    once, weight = np.unique(rows, axis=0, return_counts=True)
    share = weight / len(x)

    def cost(logs: Floats) -> tuple[float, Floats]:
        value, slopes = _likelihood(tuple(np.exp(logs)), *once.T)
        return -float(share @ value), -np.array([share @ one for one in slopes])

    names = ("r", "alpha", "s", "beta")
    found = minimum(
        cost, [np.log(one) for one in _STARTS], dict.fromkeys(names, _BOUND), "Pareto/NBD"
    )
    r, alpha, s, beta = (float(one) for one in np.exp(found.at))
    likelihood = -cost(found.at)[0] * len(x) - float(x.sum()) * np.log(unit)
    return ParetoModel(r, alpha * unit, s, beta * unit, float(likelihood))


class _Terms(NamedTuple):
    """The summands of a likelihood, the first that of being alive; shape (customers, nodes + 1)."""

    logs: Floats
    at: Floats
    power: Floats

    @classmethod
    def of(cls, own: tuple[float, ...], x: Floats, last: Floats, until: Floats) -> _Terms:
        r, alpha, s, beta = own
        shift = min(alpha, beta)
        low, high = np.log(shift + last), np.log(shift + until)
        half = ((high - low) / 2)[:, None]
        node = ((high + low) / 2)[:, None] + half * _NODES
        weight = s * half * _WEIGHTS * np.exp(node)
        at = np.column_stack([until, np.exp(node) - shift])
        power = np.append(s, np.full(len(_NODES), s + 1))
        logs = -(r + x)[:, None] * np.log(alpha + at) - power * np.log(beta + at)
        with np.errstate(divide="ignore"):  # nothing passed since the last purchase: no summand
            logs[:, 1:] += np.log(weight)
        return cls(logs, at, power)

    @property
    def log_sum(self) -> Floats:
        top = self.logs.max(axis=1)
        return np.asarray(top + np.log(np.exp(self.logs - top[:, None]).sum(axis=1)))


def _likelihood(
    own: tuple[float, ...], x: Floats, last: Floats, known: Floats
) -> tuple[Floats, tuple[Floats, ...]]:
    """The log-likelihood of each history, and its slopes by the logarithms of the parameters."""
    r, alpha, s, beta = own
    terms = _Terms.of(own, x, last, known)
    whole = terms.log_sum
    part = np.exp(terms.logs - whole[:, None])
    gone = 1 - part[:, 0]
    value = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta) + whole
    by_alpha, by_beta = part / (alpha + terms.at), part * terms.power / (beta + terms.at)
    return value, (
        r
        * (digamma(r + x) - digamma(r) + np.log(alpha) - (part * np.log(alpha + terms.at)).sum(1)),
        r - alpha * (r + x) * by_alpha.sum(axis=1),
        s * (np.log(beta) - (part * np.log(beta + terms.at)).sum(axis=1)) + gone,
        s - beta * by_beta.sum(axis=1),
    )
