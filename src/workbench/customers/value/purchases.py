"""BG/NBD: how often a customer will buy, from how often and how lately the customer bought.

The model of Fader, Hardie and Lee (2005), "Counting Your Customers" the Easy Way: An Alternative
to the Pareto/NBD Model, Marketing Science 24(2), 275-284. A customer buys at a rate of lambda while
alive and may drop out right after each repeat purchase with probability p; lambda is spread over the
customers by a gamma distribution (r, alpha), p by a beta distribution (a, b), independent of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit

from workbench.customers.value.arrays import Floats, times, times_of
from workbench.customers.value.expectation import purchases_while_alive
from workbench.customers.value.fitting import minimum
from workbench.customers.value.likelihood import Compressed, drop_out_log_odds, parameters
from workbench.errors import SourceError

_SIZES = (1e-3, 1e5)  # beyond, customers are as good as alike, or as good as opposite
_BOUNDS = {
    "rate": (1e-6, 1e6),  # purchases a mean age
    "r": _SIZES,
    "dropout": (1e-7, 1e7),  # odds of it: beyond, nobody drops out, or everybody
    "a + b": _SIZES,
}
_STARTS = ((0.5, 0.3, 3.0), (1.0, 1.0, 2.0), (0.2, 0.05, 1.0), (3.0, 0.1, 20.0))


@dataclass(frozen=True)
class PurchaseModel:
    """A fitted BG/NBD model. All times are days.

    A history that is impossible is refused by SourceError, one without a column by ParameterError.

    There is no ranking by `probability_alive`. In this model nobody drops out before a repeat
    purchase, so a customer who bought once has a probability of 1, whatever the time since, and
    stands before every regular: as a ranking that is worse than chance. Rank by what is expected
    (`workbench.customers.value.rank_customers`).

    Attributes:
        r: Shape of the purchase rates' gamma distribution.
        alpha: Its rate parameter, in days: the mean rate is r / alpha.
        a: First parameter of the drop-out probabilities' beta distribution.
        b: Second parameter: the mean drop-out probability is a / (a + b).
        log_likelihood: Of the customers it was fitted to.
        customers: How many these were.
        iterations: Steps of the optimiser.
        at_bound: Which of "rate", "r", "dropout" and "a + b" the data push to the end of what is
            tried. Forecasts hold all the same, for they approach a limit there: "dropout" says
            that nobody drops out (or everybody), "r" and "a + b" that customers do not differ.
    """

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float = np.nan
    customers: int = 0
    iterations: int = 0
    at_bound: tuple[str, ...] = ()

    def expected_purchases(self, days: npt.ArrayLike) -> Floats:
        """Return how many repeat purchases a newcomer makes on average (their equation 9).

        Args:
            days: Since the first purchase, any shape.

        Returns:
            E[X(t)], in the shape of `days`.

        Raises:
            ParameterError: If `days` is negative or no number.
        """
        passed = times("days", days)
        return purchases_while_alive(self.r, passed / self.alpha, self.a, self.b)

    def conditional_expected_purchases(
        self, horizon_days: npt.ArrayLike, history: pd.DataFrame
    ) -> Floats:
        """Return how many purchases each customer makes on average in days to come (equation 10).

        It is the probability of being alive times what one does who is: lambda is then spread by
        Gamma(r + x, alpha + T) and p by Beta(a, b + x).

        Args:
            horizon_days: How far to look ahead, one for all or shape (customers,).
            history: `repeat_count`, `last_purchase_days`, `age_days`; a row a customer.

        Returns:
            E[Y(t) | x, t_x, T], shape (customers,).

        Raises:
            ParameterError: If the horizon is negative, no number, or not one for all or for each.
        """
        x, last, known = times_of(history)
        scaled = times("horizon_days", horizon_days, len(x)) / (self.alpha + known)
        alive = self._alive(x, last, known)
        return alive * purchases_while_alive(self.r + x, scaled, self.a, self.b + x)

    def probability_of_purchase(self, horizon_days: npt.ArrayLike, history: pd.DataFrame) -> Floats:
        """Return each customer's probability of at least one purchase in days to come.

        Who is alive now stays so until the next purchase, for drop-out comes right after one. So
        it is P(alive) times the probability that a Poisson process whose rate is spread by
        Gamma(r + x, alpha + T) has an event: P(alive) · (1 − ((alpha + T) / (alpha + T + t))^(r + x)).

        Args:
            horizon_days: How far to look ahead, one for all or shape (customers,).
            history: `repeat_count`, `last_purchase_days`, `age_days`; a row a customer.

        Returns:
            Probabilities, shape (customers,).

        Raises:
            ParameterError: If the horizon is negative, no number, or not one for all or for each.
        """
        x, last, known = times_of(history)
        scaled = times("horizon_days", horizon_days, len(x)) / (self.alpha + known)
        return self._alive(x, last, known) * -np.expm1(-(self.r + x) * np.log1p(scaled))

    def probability_alive(self, history: pd.DataFrame) -> Floats:
        """Return each customer's probability of not having dropped out; no ground for a ranking.

        Fader, Hardie and Lee (2008), Computing P(alive) Using the BG/NBD Model, note 021:
        1 / (1 + a / (b + x − 1) · ((alpha + T) / (alpha + t_x))^(r + x)), and 1 where x is 0.

        Args:
            history: As for `conditional_expected_purchases`.

        Returns:
            Probabilities, shape (customers,).
        """
        return self._alive(*times_of(history))

    def _alive(self, x: Floats, last: Floats, known: Floats) -> Floats:
        dropped = drop_out_log_odds(self.r, self.alpha, self.a, self.b, x, last, known)
        return np.asarray(np.where(x > 0, expit(-dropped), 1.0))


def fit_purchases(history: pd.DataFrame) -> PurchaseModel:
    """Return the BG/NBD model that is likeliest to have made these histories.

    Equal histories are counted once with their weight. The likelihood is written so that no gamma
    function is needed and nothing overflows or cancels; its gradient is exact. What that is worth
    is in `docs/decisions/0012-value-model.md`.

    Args:
        history: `repeat_count`, `last_purchase_days`, `age_days`; a row a customer.

    Raises:
        ParameterError: If a column is not there.
        SourceError: If a history is impossible, nobody bought twice or has an age, or the fit does
            not converge.
    """
    x, last, known = times_of(history)
    if not np.any(x > 0):
        raise SourceError("no customer has a repeat purchase: a purchase model needs some")
    if not np.any(known > 0):
        raise SourceError("age_days is 0 for every customer: a purchase model needs time to pass")
    unit = float(np.mean(known))
    data = Compressed.of(x, last / unit, known / unit)
    rate = float(np.sum(x) / len(x))
    starts = [np.log([rate, r, odds, size]) for r, odds, size in _STARTS]
    bounds = {name: (np.log(low), np.log(high)) for name, (low, high) in _BOUNDS.items()}
    found = minimum(data.cost, starts, bounds, "purchase")
    r, alpha, a, b = parameters(found.at)
    likelihood = -data.cost(found.at)[0] * len(x) - float(np.sum(x)) * np.log(unit)
    return PurchaseModel(
        r, alpha * unit, a, b, float(likelihood), len(x), found.iterations, found.at_bound
    )
