"""Who comes when, to which platform, by which way: every visit, before anything happens in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.demo import pieces as pieces_
from workbench.demo.chance import (
    DAY,
    HOUR,
    SHANGHAI,
    Flags,
    Floats,
    Ints,
    Rows,
    Span,
    micros,
    spread,
    within,
)
from workbench.demo.people import BY_AD, BY_CONTENT, BY_FRIEND, OLD, WECHAT, XIAOHONGSHU, People
from workbench.demo.pieces import Pieces
from workbench.demo.planted import truth

CHANNELS = ("paid", "organic", "referral", "private_domain")
PAID, ORGANIC, REFERRAL, PRIVATE = range(4)
ORDINARY, DISCOVERY, INVITED_NEW, INVITED, RETURN, RING = range(6)
# Variants of the invitation (plain, draw, friends' help), then of the win-back.
CONTROL, DRAW, FRIENDS_HELP = range(3)
PRICE_CUT = 1

_A_YEAR = 16.0  # ordinary visits a year of a user of zeal 1 on one platform
_SEVERAL_ZEAL = 2.7
_CHANNEL_SHARES = np.array([[0.3, 0.62, 0.08, 0], [0.12, 0.4, 0.18, 0.3], [0.2, 0.72, 0.08, 0]])
_CONTENT_SHARES = np.array([0.5, 0.8, 0.1, 0.15])
_PLATFORM_SHARES = np.array([[1, 1, 1], [0.6, 1, 1], [0.55, 0.8, 1]])
_RING_SHARE = 0.0042  # of the ordinary visits on WeChat
_LAPSE = 60 * DAY
_LINGER = 4 * DAY  # by then a visit's last purchase is made


@dataclass
class Visits(Rows):
    """Visits, an array each.

    Attributes:
        user: Who comes.
        start: When, in microseconds.
        kind: ORDINARY, DISCOVERY, INVITED_NEW, INVITED, RETURN or RING.
        platform: Code of the platform.
        channel: Code of the channel.
        content: The piece that led there, -1 for none.
        variant: What the experiment gave the user for this visit, -1 outside of experiments.
    """

    user: Ints
    start: Ints
    kind: Ints
    platform: Ints
    channel: Ints
    content: Ints
    variant: Ints

    def __len__(self) -> int:
        return len(self.user)

    @property
    def is_new(self) -> Flags:
        """Whether an account is opened in each."""
        return np.isin(self.kind, (DISCOVERY, INVITED_NEW))

    @property
    def is_invited(self) -> Flags:
        """Whether a friend's invitation led to each."""
        return np.isin(self.kind, (INVITED, INVITED_NEW))

    def is_led(self, people: People) -> Flags:
        """Whether a piece of content led a new user to each."""
        return np.asarray((self.kind == DISCOVERY) & (people.met[self.user] == BY_CONTENT))


@dataclass
class Offers:
    """The win-back experiment: who was offered what, and when."""

    user: Ints
    instant: Ints
    variant: Ints


def draw(
    rng: np.random.Generator, people: People, pieces: Pieces, span: Span, *, incidents: bool
) -> tuple[Visits, Offers]:
    """Draw all visits, ordered by user and time, and the offers to lapsed users."""
    offers = _offers(rng, people, span)
    invited = _invited(rng, people, span)
    ordinary = _ordinary(rng, people, span)
    ordinary = ordinary.take(_undisturbed(ordinary, people, invited, offers))
    parts = [ordinary, _first(rng, people), invited, _returns(rng, people, offers, span)]
    visits = Visits.join(parts)
    _ring(rng, visits, people)
    if incidents:
        visits = visits.take(~_kept_away(rng, visits))
    plain = (visits.kind == ORDINARY) & (rng.random(len(visits)) < _CONTENT_SHARES[visits.channel])
    rows = np.flatnonzero(visits.is_led(people) | plain)
    visits.content[rows] = pieces_.choose(rng, pieces, visits.platform[rows], visits.start[rows])
    return visits.take(np.lexsort((visits.start, visits.user))), offers


def zeal(people: People) -> Floats:
    """Return how often each user is disposed to come, around 1 for those on one platform."""
    return people.zeal * np.where(people.is_several, _SEVERAL_ZEAL, 1.0)


def _visits(user: Ints, start: Ints, kind: int, platform: Ints, channel: Ints) -> Visits:
    nothing = np.full(len(user), -1)
    return Visits(user, start, np.full(len(user), kind), platform, channel, nothing, nothing.copy())


def _ordinary(rng: np.random.Generator, people: People, span: Span) -> Visits:
    expected = _A_YEAR * (span.end - span.start) / (364 * DAY) * zeal(people)
    expected *= span.share_after(people.arrived)
    user = np.repeat(np.arange(people.count), rng.poisson(expected))
    start = span.draw(rng, people.arrived[user] + (people.met[user] != OLD) * HOUR)
    platform = _platform(rng, people, user)
    shares = _CHANNEL_SHARES.cumsum(axis=1)
    channel = (rng.random(len(user))[:, None] > shares[platform][:, :-1]).sum(axis=1)
    return _visits(user, start, ORDINARY, platform, channel)


def _platform(rng: np.random.Generator, people: People, user: Ints) -> Ints:
    """One of each user's platforms, the first one rather than the others."""
    has = (people.platforms >= 0).sum(axis=1) - 1
    place = (rng.random(len(user))[:, None] >= _PLATFORM_SHARES[has[user]][:, :-1]).sum(axis=1)
    return np.asarray(people.platforms[user, place])


def _first(rng: np.random.Generator, people: People) -> Visits:
    """The visit in which each new user opens the account."""
    user = np.flatnonzero(people.met != OLD)
    met = people.met[user]
    advertised = np.where(rng.random(len(user)) < 0.75, PAID, ORGANIC)  # noqa: PLR2004 - ads rather than search
    channel = np.select([met == BY_AD, met == BY_FRIEND], [advertised, REFERRAL], ORGANIC)
    platform = people.platforms[user, 0]
    visits = _visits(user, people.arrived[user], DISCOVERY, platform, channel)
    friend = np.flatnonzero(met == BY_FRIEND)
    visits.kind[friend] = INVITED_NEW
    visits.variant[friend] = rng.permutation(len(friend)) % 3
    return visits


def _invited(rng: np.random.Generator, people: People, span: Span) -> Visits:
    """Visits of users who already have an account and open a friend's invitation."""
    share = 0.45 * span.part_of_year
    able = (people.met != BY_FRIEND) & ~people.is_lapsed & (rng.random(people.count) < share)
    user = np.flatnonzero(able)
    start = span.draw(rng, np.full(len(user), span.start))
    known = start > people.arrived[user] + 3 * DAY
    user, start = user[known], start[known]
    referral = np.full(len(user), REFERRAL)
    visits = _visits(user, start, INVITED, _platform(rng, people, user), referral)
    visits.variant[:] = rng.permutation(len(user)) % 3
    return visits


def _offers(rng: np.random.Generator, people: People, span: Span) -> Offers:
    """Offers at an even pace, some of them after the data's end: those users are lapsing now."""
    user = np.flatnonzero(people.is_lapsed)
    quarter = span.start + (span.end - span.start) // 4
    instant = np.sort(rng.integers(quarter, span.end + _LAPSE, len(user)))
    return Offers(rng.permutation(user), instant, rng.permutation(len(user)) % 2)


def _returns(rng: np.random.Generator, people: People, offers: Offers, span: Span) -> Visits:
    """Visits of lapsed users who come back within two weeks of the offer."""
    back = np.zeros(len(offers.user), dtype=np.bool_)
    for variant, effect in enumerate((truth().returns_without, truth().returns_after_price_cut)):
        rows = np.flatnonzero(offers.variant == variant)
        back[rows] = spread(rng, np.full(len(rows), effect.value))
    rows = np.flatnonzero(back)
    user = offers.user[rows]
    start = offers.instant[rows] + (DAY * (0.02 + 13 * rng.random(len(rows)) ** 2)).astype(np.int64)
    on_wechat = (people.platforms[user] == WECHAT).any(axis=1)
    platform = np.where(on_wechat, WECHAT, people.platforms[user, 0])
    channel = np.where(on_wechat, PRIVATE, ORGANIC)
    visits = _visits(user, start, RETURN, platform, channel)
    visits.variant[:] = offers.variant[rows]
    return visits.take(start < span.end - HOUR)


def _undisturbed(visits: Visits, people: People, invited: Visits, offers: Offers) -> Flags:
    """Ordinary visits that leave the experiments clean.

    Nobody comes of his own accord in the week after an invitation, nor in the sixty days before
    and the thirty after an offer: whoever then orders or comes back does so because of it, or as
    the control does.
    """
    never = np.iinfo(np.int64).min // 2
    opened, offered = np.full(people.count, never), np.full(people.count, never)
    friend = people.met == BY_FRIEND
    opened[friend] = people.arrived[friend]
    opened[invited.user] = invited.start
    offered[offers.user] = offers.instant
    after, later = visits.start - opened[visits.user], visits.start - offered[visits.user]
    asked = (after > -_LINGER) & (after < 8 * DAY)
    lapsed = (later > -_LAPSE - _LINGER) & (later < 30 * DAY)
    return np.asarray(~(asked | lapsed))


def _ring(rng: np.random.Generator, visits: Visits, people: People) -> None:
    """Turn some ordinary visits into those of a ring that orders by night."""
    able = (visits.kind == ORDINARY) & (visits.platform == WECHAT)
    able &= (visits.start - people.arrived[visits.user] > DAY) & ~people.is_lapsed[visits.user]
    rows = np.flatnonzero(able & (rng.random(len(visits)) < _RING_SHARE))
    # The spans begin at midnight, so that no night is before them.
    midnight = (visits.start[rows] + SHANGHAI) // DAY * DAY - SHANGHAI
    night = midnight + ((1 + 3.9 * rng.random(len(rows))) * HOUR).astype(np.int64)
    visits.start[rows] = night
    visits.kind[rows] = RING
    visits.channel[rows] = ORGANIC


def _kept_away(rng: np.random.Generator, visits: Visits) -> Flags:
    """Visits by paid ads that did not happen while the ads were suspended."""
    suspended = truth().incident("ads_suspended")
    away = within(visits.start, suspended.started_at, suspended.ended_at)
    away &= (visits.platform == XIAOHONGSHU) & (visits.channel == PAID)
    away &= visits.kind == ORDINARY
    chance: Floats = rng.random(len(visits))
    return away & (chance >= suspended.factor)


def ramp(instant: Ints) -> Floats:
    """What the share of refunded orders is multiplied by at each instant, by the slow ramp."""
    creeping = truth().incident("refunds_creeping_up")
    start, end = micros(creeping.started_at), micros(creeping.ended_at)
    grown = (instant - start) / (end - start)
    there = (grown >= 0) & (grown < 1)
    return np.where(there, 1 + (creeping.factor - 1) * grown, 1.0)
