"""Customers drawn from the BG/NBD and Gamma-Gamma models themselves."""

from __future__ import annotations

import numpy as np
import pandas as pd


def histories(repeat_count, last_purchase_days, age_days, **columns):
    """A row a customer, as the models take them."""
    times = {"last_purchase_days": last_purchase_days, "age_days": age_days}
    return pd.DataFrame({"repeat_count": repeat_count, **times, **columns})


def purchase_times(rng, rate, dropout, horizon):
    """The instants of one customer's repeat purchases before the horizon."""
    times, now = [], 0.0
    while True:
        now += rng.exponential(1 / rate)
        if now > horizon:
            return times
        times.append(now)
        if rng.random() < dropout:
            return times


def customers(seed, count, r, alpha, a, b, oldest=100.0, youngest=40.0):
    """Histories of so many customers; their times may be of any unit."""
    rng = np.random.default_rng(seed)
    age = rng.uniform(youngest, oldest, count)
    rate = rng.gamma(r, 1 / alpha, count)
    dropout = rng.beta(a, b, count) if a else np.zeros(count)
    each = [purchase_times(rng, *one) for one in zip(rate, dropout, age, strict=True)]
    repeat_count = np.array([len(one) for one in each])
    last = np.array([one[-1] if one else 0.0 for one in each])
    return histories(repeat_count, last, age)


def mean_amounts(seed, repeat_count, p, q, v):
    """Mean amount of each customer's repeat purchases, 0 where there are none."""
    rng = np.random.default_rng(seed)
    scale = rng.gamma(q, 1 / v, len(repeat_count))
    total = rng.gamma(p * np.maximum(repeat_count, 1e-9), 1 / scale)
    return np.where(repeat_count > 0, total / np.maximum(repeat_count, 1), 0.0)
