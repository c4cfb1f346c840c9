"""How often a customer will buy and what that is worth: a model that analyses share.

history = purchase_history(scope)                         one row a user
purchases = fit_purchases(history)                        BG/NBD
pareto = fit_pareto(history)                              Pareto/NBD: who bought once may leave too
spend = fit_spend(history)                                Gamma-Gamma

purchases.conditional_expected_purchases(90, history)     in the next 90 days
purchases.probability_of_purchase(90, history)            of at least one
lifetime_value(purchases, spend, history,
    horizon_days=365, yearly_discount_rate=0.1)           what they are worth today
rank_customers(frame, by="lifetime_value")                never by P(alive)
"""

from workbench.customers.value.history import purchase_history
from workbench.customers.value.lifetime import RANKINGS, lifetime_value, rank_customers
from workbench.customers.value.pareto import ParetoModel, fit_pareto
from workbench.customers.value.purchases import PurchaseModel, fit_purchases
from workbench.customers.value.spend import SpendModel, fit_spend

__all__ = [
    "RANKINGS",
    "ParetoModel",
    "PurchaseModel",
    "SpendModel",
    "fit_pareto",
    "fit_purchases",
    "fit_spend",
    "lifetime_value",
    "purchase_history",
    "rank_customers",
]
