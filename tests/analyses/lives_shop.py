"""Orders of users whose days are typed out."""

from datetime import timedelta

import ibis


def shop(start, lives, signed_up=None):
    """Orders by user and days since an instant, and on which day the users signed up."""
    rows = [(user, day) for user, days in lives.items() for day in days]
    tables = {
        "orders": ibis.memtable(
            {
                "user_id": [user for user, _day in rows],
                "order_id": [f"o{i}" for i in range(len(rows))],
                "ordered_at": [start + timedelta(days=day) for _user, day in rows],
                "amount": [100] * len(rows),
            }
        )
    }
    if signed_up is not None:
        tables["users"] = ibis.memtable(
            {
                "user_id": list(signed_up),
                "signed_up_at": [start + timedelta(days=day) for day in signed_up.values()],
            }
        )
    return tables
