"""Gamma-Gamma: what a customer's next orders are worth, from the mean of the past ones.

The model of Fader and Hardie (2013), The Gamma-Gamma Model of Monetary Value, note 025: amounts of
one customer are spread by Gamma(p, nu), and nu over the customers by Gamma(q, v), whatever the
number of purchases. A customer's mean amount is therefore drawn towards that of all, the more so
the fewer purchases it rests on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import betaln, digamma

from workbench.customers.value.arrays import Floats, columns
from workbench.customers.value.fitting import NoFit, minimum
from workbench.errors import SourceError

_BOUNDS = {"p": (1e-3, 1e5), "q": (1e-3, 1e5), "v": (1e-5, 1e5)}  # v in units of the mean amount
_STARTS = ((5.0, 4.0, 1.0), (1.0, 2.0, 1.0), (50.0, 10.0, 0.2), (0.5, 1.5, 5.0))


@dataclass(frozen=True)
class SpendModel:
    """A fitted Gamma-Gamma model. Amounts are in the unit that it was fitted in.

    Attributes:
        p: Shape of one customer's amounts.
        q: Shape of their scale's spread over the customers.
        v: Its rate parameter (gamma in the note), in units of money.
        log_likelihood: Of the customers it was fitted to.
        customers: How many these were.
        left_out: Customers without repeat purchase or with a mean amount of 0, who tell nothing.
        iterations: Steps of the optimiser.
        at_bound: Which of "p", "q", "v" the data push to the end of what is tried: "p" where each
            customer pays the same every time, "q" and "v" where all customers pay alike.
    """

    p: float
    q: float
    v: float
    log_likelihood: float = np.nan
    customers: int = 0
    left_out: int = 0
    iterations: int = 0
    at_bound: tuple[str, ...] = ()

    def expected_amount(self, history: pd.DataFrame) -> Floats:
        """Return what each customer's next orders are worth on average (the note's conditional mean).

        p (v + m x) / (p x + q − 1): the mean of all for who has no repeat purchase.

        Args:
            history: `repeat_count`, `mean_amount`; a row a customer.

        Returns:
            Expected amounts an order, shape (customers,).

        Raises:
            ParameterError: If a column is not there.
            SourceError: If a value is impossible, or the amounts are spread so widely (q ≤ 1) that
                a customer without repeat purchase has no finite mean.
        """
        x, amount = columns(history, "repeat_count", "mean_amount")
        known = self.p * x + self.q - 1
        if np.any(known <= 0):
            raise NoFit(
                "these amounts are spread too widely to expect one of a customer without a repeat "
                "purchase",
                f"q == {self.q:.3g}: these amounts are spread too widely to expect one of a "
                "customer without repeat purchase, q must be more than 1",
            )
        return np.asarray(self.p * (self.v + amount * x) / known)


def fit_spend(history: pd.DataFrame) -> SpendModel:
    """Return the Gamma-Gamma model that is likeliest to have made these mean amounts.

    Only customers with a repeat purchase and a mean amount above 0 enter, as in the published fits:
    the first purchase is left out of count and mean alike. The others are counted in `left_out`.

    Args:
        history: `repeat_count`, `mean_amount`; a row a customer.

    Returns:
        The model, its amounts in the unit of `mean_amount`.

    Raises:
        ParameterError: If a column is not there.
        SourceError: If a value is impossible, no customer can enter, or the fit does not converge.
    """
    x, amount = columns(history, "repeat_count", "mean_amount")
    enters = (x > 0) & (amount > 0)
    if not np.any(enters):
        raise SourceError(
            "no customer has a repeat purchase of more than 0: a spend model needs some"
        )
    x, amount = x[enters], amount[enters]
    unit = float(np.mean(amount))
    data = Amounts.of(x, amount / unit)
    starts = [np.log(start) for start in _STARTS]
    bounds = {name: (np.log(low), np.log(high)) for name, (low, high) in _BOUNDS.items()}
    found = minimum(data.cost, starts, bounds, "spend")
    p, q, v = (float(one) for one in np.exp(found.at))
    likelihood = -data.cost(found.at)[0] * len(x) - len(x) * np.log(unit)
    left_out = int(np.sum(~enters))
    return SpendModel(
        p, q, v * unit, float(likelihood), len(x), left_out, found.iterations, found.at_bound
    )


@dataclass(frozen=True)
class Amounts:
    """Mean amounts as the likelihood needs them.

    Attributes:
        total: What each customer's repeat purchases amount to, shape (customers,).
        log_mean: Mean over the customers of the log of their mean amount.
        count: The numbers of repeat purchases that occur, shape (numbers,).
        share: Share of the customers with each of them, shape (numbers,).
        group: Which of these numbers a customer has, shape (customers,).
    """

    total: Floats
    log_mean: float
    count: Floats
    share: Floats
    group: npt.NDArray[np.intp]

    @classmethod
    def of(cls, x: Floats, amount: Floats) -> Amounts:
        """Return customers with positive `x` and `amount`, shape (customers,) each."""
        count, group, size = np.unique(x, return_inverse=True, return_counts=True)
        log_mean = float(np.mean(np.log(amount)))
        return cls(x * amount, log_mean, count, size / len(x), group)

    def cost(self, at: Floats) -> tuple[float, Floats]:
        """Return the mean negative log-likelihood of the note and its gradient.

        Args:
            at: Logs of p, q and v.
        """
        p, q, v = np.exp(at)
        n = len(self.total)
        up, down = np.log1p(self.total / v), np.log1p(v / self.total)
        down_by_count = np.bincount(self.group, weights=down) / n
        shape = p * self.count
        likelihood = (
            -self.share @ betaln(shape, q) - q * np.mean(up) - shape @ down_by_count - self.log_mean
        )
        both = digamma(shape + q)
        by_p = (self.share * self.count) @ (both - digamma(shape)) - self.count @ down_by_count
        by_q = self.share @ both - digamma(q) - np.mean(up)
        inside = 1 / (v + self.total)
        by_v = q / v - np.mean((shape[self.group] + q) * inside)
        return -float(likelihood), -np.array([by_p * p, by_q * q, by_v * v])
