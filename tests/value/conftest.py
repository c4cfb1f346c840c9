"""CDNOW's sample of 2,357 customers, calibrated on its first 39 weeks."""

import ibis
import numpy as np
import pandas as pd
import pytest
from cdnow_days import CALIBRATION

from scopes import scope_of
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
    return purchase_history(scope_of({"orders": cdnow_orders}, CALIBRATION))


@pytest.fixture(scope="session")
def cdnow_purchases(cdnow):
    return fit_purchases(cdnow)


@pytest.fixture(scope="session")
def cdnow_spend(cdnow):
    return fit_spend(cdnow.assign(mean_amount=cdnow["mean_amount"] / 100))
