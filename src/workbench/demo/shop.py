"""From a seed to all tables: the order in which the shop comes about."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from workbench.demo import (
    cases,
    happenings,
    orders,
    overlay,
    people,
    pieces,
    reviews,
    service,
    steps,
    verdicts,
    visits,
)
from workbench.demo.arrow import text
from workbench.demo.chance import Ints, Span, pick
from workbench.demo.people import OLD, People
from workbench.demo.pieces import Shelf
from workbench.tables import TABLES

# Events a user leaves in so many weeks, measured: fewer a week the longer, as users come and go.
_WEEKS = (4, 8, 12, 26, 52, 104)
_EVENTS_A_USER = (4.36, 7.90, 10.87, 21.29, 35.25, 52.95)


def users_for(events: int, weeks: int) -> int:
    """Return how many users leave about so many events in so many weeks."""
    return round(events / float(np.interp(weeks, _WEEKS, _EVENTS_A_USER)))


def build(seed: int, users: int, weeks: int, *, incidents: bool) -> dict[str, pa.Table]:
    """Return every table of the contract, in its order."""
    made, placed, _written = _made(seed, users, weeks, incidents=incidents)
    return cases.lay(overlay.lay(made, seed), placed.is_bad, seed, Span.of(weeks))


def foul(seed: int, users: int, weeks: int) -> pa.Table:
    """Return `subject`, `subject_id` and `kind` of what is foul in the shop with these arguments."""
    made, placed, written = _made(seed, users, weeks, incidents=True)
    code = placed.foul.copy()
    code[cases.abused(made, placed.is_bad, seed)] = orders.ABUSE
    bad, bought = np.flatnonzero(code), np.flatnonzero(written.is_template)
    return pa.table(
        {
            "subject": ["order"] * len(bad) + ["review"] * len(bought),
            "subject_id": pa.concat_arrays([text(bad, placed.ids), text(bought, written.ids)]),
            "kind": [*(orders.FOUL[one] for one in code[bad]), *["templated"] * len(bought)],
        }
    )


def _made(
    seed: int, users: int, weeks: int, *, incidents: bool
) -> tuple[dict[str, pa.Table], orders.Orders, reviews.Reviews]:
    """All tables before anything is laid over them, and what orders and reviews are made of."""
    rng = np.random.default_rng(seed)
    span = Span.of(weeks)
    crowd = people.draw(rng, users, span)
    shown = pieces.draw(rng, users, span)
    shelf = Shelf.stock()
    came, offers = visits.draw(rng, crowd, shown, span, incidents=incidents)
    walks = steps.walk(rng, came, crowd, shown, span, incidents=incidents)
    stay = steps.staying(rng, came, walks.level, crowd)
    came, walks = came.take(stay), walks.take(stay)
    product = pick(rng, shelf.demand, len(came))
    inviter = orders.inviters(rng, came, crowd)
    placed = orders.place(
        rng, crowd, shelf, came, walks, product, inviter, span, incidents=incidents
    )
    written = reviews.write(rng, placed, shelf, span)
    signed_up, invited_by = _accounts(came, walks, inviter, crowd)
    count = np.bincount(placed.user, minlength=crowd.count)
    made = {
        "events": happenings.events(
            rng, crowd, shown, shelf, came, walks, product, inviter, placed, span
        ),
        "orders": orders.orders(placed, came, crowd, shown),
        "users": people.users(crowd, signed_up, invited_by, count),
        "identities": people.identities(crowd),
        "contents": pieces.contents(shown),
        "reviews": reviews.reviews(rng, written, placed, shelf, crowd),
        "complaints": service.complaints(rng, placed, crowd, span, incidents=incidents),
        "spend": service.spend(rng, came, span),
        "assignments": service.assignments(came, walks, offers, crowd, span),
        "surveys": service.surveys(rng, placed, crowd, span),
        "incidents": service.incidents(span, happen=incidents),
        "labels": verdicts.labels(rng, placed, written, shown, crowd, span),
        "features": verdicts.features(rng, crowd, signed_up, count, span),
    }
    return {name: made[name] for name in TABLES}, placed, written


def dispositions(seed: int, users: int, weeks: int) -> pa.Table:
    """Return `user_id` and `zeal` of the users that `build` draws with the same arguments."""
    crowd = people.draw(np.random.default_rng(seed), users, Span.of(weeks))
    return pa.table({"user_id": crowd.ids, "zeal": visits.zeal(crowd)})


def _accounts(
    came: visits.Visits, walks: steps.Walks, inviter: Ints, crowd: People
) -> tuple[Ints, Ints]:
    """Return when each user's account was opened, and who had invited the user, -1 for nobody."""
    signed_up, invited_by = crowd.arrived.copy(), np.full(crowd.count, -1)
    new = came.is_new & (crowd.met[came.user] != OLD)
    signed_up[came.user[new]] = walks.registered[new]
    invited_by[came.user[new]] = inviter[new]
    return signed_up, invited_by
