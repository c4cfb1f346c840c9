"""How often a customer will buy and what that is worth: a model that analyses share.

history = purchase_history(orders, period.end, period.time_zone)    one row a user
columns = (history.repeat_count, history.last_purchase_days, history.age_days)
purchases = fit_purchases(*columns)                                 BG/NBD
spend = fit_spend(history.repeat_count, history.mean_amount)        Gamma-Gamma

purchases.conditional_expected_purchases(90, *columns)              in the next 90 days
purchases.probability_of_purchase(90, *columns)                     of at least one
lifetime_value(purchases, spend, *columns, history.mean_amount,
    horizon=365, unit_days=1, yearly_discount_rate=0.1)             what they are worth today
rank_customers(frame, by="lifetime_value")                          never by P(alive)
holdout(orders, cutoff, until, time_zone)                           how well that would have held
"""

from workbench.customers.value.history import purchase_history
from workbench.customers.value.holdout import HoldOut, bought_since, check_forecast, holdout
from workbench.customers.value.lifetime import RANKINGS, lifetime_value, rank_customers
from workbench.customers.value.purchases import PurchaseModel, fit_purchases
from workbench.customers.value.spend import SpendModel, fit_spend

__all__ = [
    "RANKINGS",
    "HoldOut",
    "PurchaseModel",
    "SpendModel",
    "bought_since",
    "check_forecast",
    "fit_purchases",
    "fit_spend",
    "holdout",
    "lifetime_value",
    "purchase_history",
    "rank_customers",
]
