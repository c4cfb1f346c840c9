"""CDNOW's sample of 2,357 customers, calibrated on its first 39 weeks."""

import ibis
import numpy as np
import pandas as pd
import pytest
from cdnow_days import CUTOFF, ZONE

from workbench.customers.value import fit_purchases, fit_spend, purchase_history


@pytest.fixture(scope="session")
def cdnow_orders(data):
    """Its purchases as orders, at noon of their day; one day holds several orders of a customer."""
    lines = pd.read_parquet(data / "cdnow_sample.parquet")
    return ibis.memtable(
        pd.DataFrame(
            {
                "order_id": [f"o{line}" for line in range(len(lines))],
                "user_id": lines["customer_id"],
                "ordered_at": lines["date"] + pd.Timedelta(hours=17),
                "amount": np.round(100 * lines["amount"]).astype("int64"),
            }
        )
    )


@pytest.fixture(scope="session")
def cdnow(cdnow_orders):
    return purchase_history(cdnow_orders, CUTOFF, ZONE)


@pytest.fixture(scope="session")
def cdnow_weeks(cdnow):
    """Repeat purchases, age at the last purchase and age, in weeks."""
    return (
        cdnow["repeat_count"].to_numpy(),
        cdnow["last_purchase_days"].to_numpy() / 7,
        cdnow["age_days"].to_numpy() / 7,
    )


@pytest.fixture(scope="session")
def cdnow_purchases(cdnow_weeks):
    return fit_purchases(*cdnow_weeks)


@pytest.fixture(scope="session")
def cdnow_spend(cdnow):
    return fit_spend(cdnow["repeat_count"], cdnow["mean_amount"] / 100)
