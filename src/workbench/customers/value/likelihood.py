"""The likelihood of purchase histories under BG/NBD, with its exact gradient.

Fader, Hardie and Lee (2005), equation 6, rearranged: Gamma(r + x) / Gamma(r) is the product of
r + k over k < x, so its log is a sum over the customers with more than k purchases. That is exact
where r is large, needs no gamma function, and is short, for it has no row a customer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

from workbench.customers.value.arrays import Floats


def parameters(at: Floats) -> tuple[float, float, float, float]:
    """Return r, alpha, a, b of a point: the logs of r / alpha, r, a / b and a + b.

    In these the likelihood's ridges (customers who hardly differ, nobody who drops out) run along
    an axis.
    """
    rate, r, odds, size = np.exp(at)
    return float(r), float(r / rate), float(size * odds / (1 + odds)), float(size / (1 + odds))


def drop_out_log_odds(
    r: float, alpha: float, a: float, b: float, x: Floats, last: Floats, known: Floats
) -> Floats:
    """Return the log odds of having dropped out after the last purchase; they hold for x > 0."""
    with np.errstate(divide="ignore"):  # a == 0 means that nobody drops out: log odds of -inf
        share = np.log(a) - np.log(b + np.maximum(x, 1) - 1)
    return np.asarray(share + (r + x) * np.log1p((known - last) / (alpha + last)))


@dataclass(frozen=True)
class Compressed:
    """Histories as the likelihood needs them, equal ones once.

    Attributes:
        x: Repeat purchases, shape (histories,).
        last: Age at the last purchase, shape (histories,).
        known: Age at the cut-off, shape (histories,).
        weight: Share of the customers with this history, shape (histories,); sums to 1.
        beyond: Share of the customers with more than k repeat purchases, shape (most purchases,).
    """

    x: Floats
    last: Floats
    known: Floats
    weight: Floats
    beyond: Floats

    @classmethod
    def of(cls, x: Floats, last: Floats, known: Floats) -> Compressed:
        """Return histories of shape (customers,) each, compressed."""
        frame = pd.DataFrame({"x": x, "last": last, "known": known})
        found = frame.groupby(["x", "last", "known"], sort=True).size()
        rows = found.index.to_frame(index=False).to_numpy(dtype=np.float64)
        weight = found.to_numpy(dtype=np.float64) / len(x)
        more = np.bincount(x.astype(np.int64))[::-1].cumsum()[::-1][1:] / len(x)
        return cls(rows[:, 0], rows[:, 1], rows[:, 2], weight, more)

    def cost(self, at: Floats) -> tuple[float, Floats]:
        """Return the mean negative log-likelihood and its gradient.

        Args:
            at: Logs of r / alpha, r, a / b and a + b.
        """
        r, alpha, a, b = parameters(at)
        k = np.arange(len(self.beyond))
        dropped = np.where(
            self.x > 0, drop_out_log_odds(r, alpha, a, b, self.x, self.last, self.known), -np.inf
        )
        since = np.log1p(self.known / alpha)
        rates = self.beyond @ (np.log((r + k) / alpha) + np.log((b + k) / (a + b + k)))
        histories = _total(self.weight, np.logaddexp(0.0, dropped) - (r + self.x) * since)
        by_r, by_alpha, by_a, by_b = self._slopes(r, alpha, a, b, self.weight * expit(dropped))
        gradient = np.array(
            [
                -by_alpha * alpha,
                by_r * r + by_alpha * alpha,
                (by_a - by_b) * a * b / (a + b),
                by_a * a + by_b * b,
            ]
        )
        return -float(rates + histories), -gradient

    def _slopes(
        self, r: float, alpha: float, a: float, b: float, dead: Floats
    ) -> tuple[float, float, float, float]:
        """The slopes of the mean log-likelihood along r, alpha, a, b; `dead` is by weight."""
        x, known, weight = self.x, self.known, self.weight
        k = np.arange(len(self.beyond))
        idle = (known - self.last) / (alpha + self.last)
        by_r = (
            self.beyond @ (1 / (r + k))
            - _total(weight, np.log1p(known / alpha))
            + _total(dead, np.log1p(idle))
        )
        by_alpha = (
            _total(weight, (r + x) * known / (alpha + known)) - float(np.sum(self.beyond))
        ) / alpha - _total(dead, (r + x) * idle / (alpha + known))
        by_a = float(np.sum(dead)) / a - self.beyond @ (1 / (a + b + k))
        left = self.beyond @ (1 / (b + k) - 1 / (a + b + k))
        by_b = left - _total(dead, 1 / (b + np.maximum(x, 1) - 1))
        return float(by_r), by_alpha, float(by_a), float(by_b)


def _total(weight: Floats, values: Floats) -> float:
    """The weighted sum; BLAS would wake its threads for it, and they cost more than they save."""
    return float(np.sum(weight * values))
