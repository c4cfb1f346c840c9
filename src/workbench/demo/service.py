"""The tables around the sale: complaints, surveys, spend, experiments, incidents."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from workbench.demo import exactly
from workbench.demo.arrow import instants, numbered, table, text
from workbench.demo.chance import DAY, SHANGHAI, Ints, Span, micros, pause, pick, within
from workbench.demo.orders import Orders
from workbench.demo.people import PLATFORMS, People
from workbench.demo.planted import truth
from workbench.demo.steps import Walks
from workbench.demo.visits import CHANNELS, Offers, Visits

_CATEGORIES = ("delivery", "quality", "description", "service", "payment")
_DELIVERY = 0
_COMPLAINS = 0.06
# Fen a visit: paid, organic, referral, private domain.
_COST = np.array([220, 0, 60, 25])
_INVITATIONS = ("control", "draw", "friends_help")
_OFFERS = ("control", "price_cut")


def complaints(
    rng: np.random.Generator, orders: Orders, people: People, span: Span, *, incidents: bool
) -> pa.Table:
    """Return the table `complaints`, with the breakdown of delivery if incidents happen."""
    order = np.flatnonzero(rng.random(len(orders)) < _COMPLAINS)
    opened = orders.instant[order] + pause(rng, len(order), 3 * DAY / 1e6)
    category = pick(rng, np.array([0.35, 0.25, 0.15, 0.15, 0.1]), len(order))
    if incidents:
        late, since = _undelivered(rng, orders)
        order, opened = np.concatenate([order, late]), np.concatenate([opened, since])
        category = np.concatenate([category, np.full(len(late), _DELIVERY)])
    rows = np.argsort(opened, kind="stable")
    rows = rows[opened[rows] < span.end]
    opened = opened[rows]
    answered = opened + pause(rng, len(rows), 4 * 3600, 0.9)
    resolved = answered + pause(rng, len(rows), 30 * 3600, 0.9)
    is_answered = (answered < span.end) & (rng.random(len(rows)) < 0.97)  # noqa: PLR2004 - few are lost
    return table(
        "complaints",
        {
            "complaint_id": numbered("k", len(rows), 6),
            "opened_at": opened,
            "user_id": text(orders.user[order[rows]], people.ids),
            "category": text(category[rows], _CATEGORIES),
            "first_response_at": instants(is_answered, answered),
            "resolved_at": instants(is_answered & (resolved < span.end), resolved),
        },
    )


def _undelivered(rng: np.random.Generator, orders: Orders) -> tuple[Ints, Ints]:
    """Orders complained about because of the breakdown, and when: so many that factor is met."""
    breakdown = truth().incident("delivery_breakdown")
    start, end = micros(breakdown.started_at), micros(breakdown.ended_at)
    usual = _COMPLAINS * within(orders.instant, breakdown.started_at, breakdown.ended_at).sum()
    able = np.flatnonzero((orders.instant >= start - 6 * DAY) & (orders.instant < end - DAY))
    count = min(round(usual * (breakdown.factor - 1)), len(able))
    late = rng.permutation(able)[:count]
    since = np.maximum(orders.instant[late] + DAY // 2, start)
    return late, since + ((end - since) * rng.random(count)).astype(np.int64)


def surveys(rng: np.random.Generator, orders: Orders, people: People, span: Span) -> pa.Table:
    """Return the table `surveys`: some buyers say days later whether they would recommend."""
    answered = orders.instant + 2 * DAY + pause(rng, len(orders), 3 * DAY / 1e6)
    asks = (rng.random(len(orders)) < 0.08) & (answered < span.end)  # noqa: PLR2004 - few answer
    rows = np.flatnonzero(asks)
    rows = rows[np.argsort(answered[rows], kind="stable")]
    mood = 8.3 - 3.5 * (orders.refunded[rows] > 0) + 1.9 * rng.standard_normal(len(rows))
    return table(
        "surveys",
        {
            "user_id": text(orders.user[rows], people.ids),
            "answered_at": answered[rows],
            "score": np.clip(mood.round(), 0, 10).astype(np.int64),
        },
    )


def spend(rng: np.random.Generator, visits: Visits, span: Span) -> pa.Table:
    """Return the table `spend`: what the visits of each day cost, with the noise of auctions."""
    first = (span.start + SHANGHAI) // DAY
    day = (visits.start + SHANGHAI) // DAY - first
    shape = (round((span.end - span.start) / DAY), len(PLATFORMS), len(CHANNELS))
    cell = np.ravel_multi_index((day, visits.platform, visits.channel), shape)
    count = np.bincount(cell, minlength=int(np.prod(shape))).reshape(shape)
    noise = exactly.exp(0.15 * rng.standard_normal(shape))
    amount = (count * noise * _COST).round().astype(np.int64)
    paid = np.broadcast_to(_COST > 0, shape) & (count.sum(axis=0) > 0)
    days, platform, channel = np.nonzero(paid)
    return table(
        "spend",
        {
            "day": (first + days).astype("datetime64[D]"),
            "platform": text(platform, PLATFORMS),
            "amount": amount[days, platform, channel],
            "channel": text(channel, CHANNELS),
        },
    )


def assignments(
    visits: Visits, walks: Walks, offers: Offers, people: People, span: Span
) -> pa.Table:
    """Return the table `assignments`: who got which invitation, and which offer when lapsed."""
    rows = np.flatnonzero(visits.is_invited)
    experiment = np.repeat([0, 1], [len(rows), len(offers.user)])
    variant = np.concatenate([visits.variant[rows], len(_INVITATIONS) + offers.variant])
    user = np.concatenate([visits.user[rows], offers.user])
    instant = np.concatenate([walks.opened[rows], offers.instant])
    order = np.argsort(instant, kind="stable")
    order = order[instant[order] < span.end]
    return table(
        "assignments",
        {
            "experiment": text(experiment[order], ("invitation", "win_back")),
            "variant": text(variant[order], _INVITATIONS + _OFFERS),
            "user_id": text(user[order], people.ids),
            "assigned_at": instant[order],
        },
    )


def incidents(span: Span, *, happen: bool) -> pa.Table:
    """Return the table `incidents`: those of `truth()` that begin in the span, by time."""
    known = sorted(truth().incidents, key=lambda incident: incident.started_at)
    there = [i for i in known if happen and micros(i.started_at) >= span.start]
    return table(
        "incidents",
        {
            "incident_id": numbered("i", len(there), 2),
            "kind": pa.array([i.kind for i in there], pa.string()),
            "opened_at": np.array([micros(i.started_at) for i in there], dtype=np.int64),
            "resolved_at": np.array([micros(i.ended_at) for i in there], dtype=np.int64),
            "severity": pa.array([i.severity for i in there], pa.string()),
        },
    )
