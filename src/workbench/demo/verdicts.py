"""The tables with outcomes: `labels`, known with a delay, and `features` of a contract churn."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.demo import exactly
from workbench.demo.arrow import table, text
from workbench.demo.chance import DAY, Flags, Floats, Ints, Span, pause
from workbench.demo.orders import Orders
from workbench.demo.people import PLATFORMS, People
from workbench.demo.pieces import Pieces
from workbench.demo.reviews import Reviews

PLANS = ("月卡", "季卡", "年卡")
_FEES = np.array([1500, 3900, 12800])  # fen
_MONTH = 30 * DAY


def labels(
    rng: np.random.Generator,
    orders: Orders,
    reviews: Reviews,
    pieces: Pieces,
    people: People,
    span: Span,
) -> pa.Table:
    """Return the table `labels`.

    An order is found bad when somebody complains, days or weeks later; it counts as good once 45
    days have passed without that. Of reviews and contents only a part was ever looked at. Who
    judged is laid over it later, with what else `cases` tells.
    """
    hubs = np.bincount(orders.inviter[orders.is_bad & (orders.inviter != orders.user)] + 1)[1:]
    hub = np.zeros(people.count, dtype=np.bool_)
    hub[: len(hubs)] = hubs > 1
    seen_user = np.flatnonzero(hub | (rng.random(people.count) < 0.03))  # noqa: PLR2004 - a sample
    audit = span.end - 20 * DAY + rng.integers(0, 15 * DAY, len(seen_user))
    seen = np.flatnonzero(reviews.is_template | (rng.random(len(reviews.order)) < 0.25))  # noqa: PLR2004 - as above
    shown = np.flatnonzero(pieces.is_flagged | (rng.random(len(pieces.form)) < 0.3))  # noqa: PLR2004 - as above
    found = pause(rng, len(orders), 12 * DAY / 1e6, 0.7) + DAY
    # Of each subject: the ids that are judged, whether they are bad, and when that is known.
    parts: list[tuple[str, pa.Array, Flags, Ints]] = [
        ("order", orders.ids, orders.is_bad, orders.instant + np.where(orders.is_bad, found, 45 * DAY)),
        ("user", text(seen_user, people.ids), hub[seen_user], audit),
        ("review", text(seen, reviews.ids), reviews.is_template[seen],
         reviews.instant[seen] + 3 * DAY + pause(rng, len(seen), 10 * DAY / 1e6, 0.6)),
        ("content", text(shown, pieces.ids), pieces.is_flagged[shown],
         pieces.published[shown] + pause(rng, len(shown), 4 * DAY / 1e6)),
    ]  # fmt: skip
    known = np.concatenate([part[3] for part in parts])
    rows = np.argsort(known, kind="stable")
    rows = rows[known[rows] < span.end]
    kind = np.repeat(np.arange(len(parts)), [len(part[3]) for part in parts])
    return table(
        "labels",
        {
            "subject": text(kind[rows], [part[0] for part in parts]),
            "subject_id": pa.concat_arrays([part[1] for part in parts]).take(pa.array(rows)),
            "is_bad": np.concatenate([part[2] for part in parts])[rows],
            "known_at": known[rows],
            "reviewer": pa.nulls(len(rows)),
        },
    )


def leaving_odds(
    months: Ints, plan: Ints, automatic: Flags, contacts: Ints, days_active: Ints, orders: Ints
) -> Floats:
    """Return the planted log-odds that a member does not renew: no model can rank better.

    Args:
        months: Since signing up.
        plan: Its place among the plans.
        automatic: Whether it renews by itself.
        contacts: With the service.
        days_active: In the last month.
        orders: Placed so far.
    """
    odds = 0.4 - 0.05 * months - 0.55 * plan - 0.7 * automatic + 0.45 * contacts
    odds -= 0.08 * days_active + 0.12 * np.minimum(orders, 6) - 0.3
    return np.asarray(odds)


def features(
    rng: np.random.Generator, people: People, signed_up: Ints, orders: Ints, span: Span
) -> pa.Table:
    """Return the table `features`: members of the paid club, and who of them did not renew.

    Args:
        rng: The source of chance.
        people: All users.
        signed_up: When each opened the account, in microseconds.
        orders: How many orders each has placed.
        span: The time the data cover.
    """
    able: Flags = signed_up < span.end - 2 * _MONTH
    user = np.flatnonzero(able & (rng.random(people.count) < 0.35))  # noqa: PLR2004 - a third are members
    count = len(user)
    months = np.minimum((span.end - signed_up[user]) // _MONTH, 36)
    plan = rng.integers(0, len(PLANS), count)
    automatic = rng.random(count) < 0.55  # noqa: PLR2004 - a little over half
    contacts = rng.poisson(0.8, count)
    days_active = np.minimum(rng.poisson(6 * people.zeal[user]), 30)
    odds = leaving_odds(months, plan, automatic, contacts, days_active, orders[user])
    churned = rng.random(count) < 1 / (1 + exactly.exp(-odds))
    return table(
        "features",
        {
            "user_id": text(user, people.ids),
            "is_churned": churned,
            "tenure_months": months,
            "plan": text(plan, PLANS),
            "fee": _FEES[plan],
            "renews_automatically": pc.cast(pa.array(automatic), pa.bool_()),
            "service_contacts": contacts,
            "days_active_last_month": days_active,
            "orders_placed": orders[user],
            "platform": text(people.platforms[user, 0], PLATFORMS),
        },
    )
