"""Who the users are: when they came, where, and what they will be part of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from workbench.demo.arrow import numbered, table, text
from workbench.demo.chance import DAY, Flags, Floats, Ints, Span, pick, spread
from workbench.demo.planted import truth

PLATFORMS = ("douyin", "wechat", "xiaohongshu")
DOUYIN, WECHAT, XIAOHONGSHU = range(3)
# How a new user met the shop: by a piece of content, a friend, an ad or search; the others are old.
OLD, BY_CONTENT, BY_FRIEND, BY_AD = range(4)

_REGIONS = {
    "广东": 12.0, "浙江": 9.5, "江苏": 9.0, "山东": 7.0, "四川": 6.5, "河南": 6.0, "上海": 5.5,
    "北京": 5.0, "湖北": 5.0, "福建": 4.5, "湖南": 4.5, "河北": 4.0, "安徽": 4.0, "陕西": 3.0,
    "辽宁": 3.0, "重庆": 3.0, "江西": 2.5, "广西": 2.0, "云南": 2.0, "天津": 1.5,
}  # fmt: skip
_SHARES = np.array([0.45, 0.33, 0.22])
_WEEKS_TO_DOUBLE = 42.5  # the first of the span; a year adds 55 % of all users
_FRIEND_SHARE = 0.18
_SEVERAL_SHARE = 0.24
_LEVELS = ("普通会员", "银卡会员", "金卡会员", "黑金会员")
_ORDERS_FOR_LEVEL = (1, 3, 6)


@dataclass
class People:
    """All users, an array each; a user is an index into them.

    Attributes:
        arrived: First seen (new users) or signed up (old ones), microseconds, ascending.
        met: OLD, BY_CONTENT, BY_FRIEND or BY_AD.
        platforms: The user's first, second and third platform, -1 where there is none.
        region: Code into the regions.
        zeal: How often the user comes, around 1.
        is_lapsed: Part of the win-back experiment.
        joins: Enters the group on WeChat, if it happens after arriving.
        ids: Their ids as text.
    """

    arrived: Ints
    met: Ints
    platforms: Ints
    region: Ints
    zeal: Floats
    is_lapsed: Flags
    joins: Flags
    ids: pa.Array

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.arrived)

    @property
    def settled(self) -> Ints:
        """Who was there before the span and has not lapsed."""
        return np.flatnonzero((self.met == OLD) & ~self.is_lapsed)

    @property
    def is_several(self) -> Flags:
        """Whether the user is on several platforms."""
        return self.platforms[:, 1] >= 0


def draw(rng: np.random.Generator, count: int, span: Span) -> People:
    """Draw the shop's users."""
    weeks = (span.end - span.start) / (7 * DAY)
    new = round(count * weeks / (weeks + _WEEKS_TO_DOUBLE))
    old = count - new
    before = span.start - rng.integers(1, 730 * DAY, old)
    during = span.draw(rng, np.full(new, span.start))
    arrived = np.concatenate([np.sort(before), np.sort(during)])
    met = np.zeros(count, dtype=np.int64)
    social = spread(rng, np.full(new, truth().social_discovery.value))
    friend = rng.random(new) < _FRIEND_SHARE / truth().social_discovery.value
    met[old:] = np.where(social, np.where(friend, BY_FRIEND, BY_CONTENT), BY_AD)
    platforms = _platforms(rng, count)
    is_lapsed = (met == OLD) & (rng.random(count) < 0.18 * span.part_of_year)
    on_wechat = (platforms == WECHAT).any(axis=1)
    return People(
        arrived=arrived,
        met=met,
        platforms=platforms,
        region=pick(rng, np.array(list(_REGIONS.values())), count),
        zeal=rng.gamma(1.6, 1 / 1.6, count),
        is_lapsed=is_lapsed,
        joins=on_wechat & ~is_lapsed & (rng.random(count) < 0.5 * span.part_of_year),
        ids=numbered("u", count, 7),
    )


def _platforms(rng: np.random.Generator, count: int) -> Ints:
    """First, second and third platform of each user; -1 where there is none."""
    first = pick(rng, _SHARES, count)
    others = (first[:, None] + np.where(rng.random(count) < 0.5, 1, 2)[:, None] * [1, 2]) % 3  # noqa: PLR2004 - a coin
    several = rng.random(count) < _SEVERAL_SHARE
    all_three = several & (rng.random(count) < 0.2)  # noqa: PLR2004 - a fifth of them
    second = np.where(several, others[:, 0], -1)
    third = np.where(all_three, others[:, 1], -1)
    return np.stack([first, second, third], axis=1)


def users(people: People, signed_up: Ints, inviter: Ints, orders: Ints) -> pa.Table:
    """Return the table `users`.

    Args:
        people: All of them.
        signed_up: When each account was opened, in microseconds.
        inviter: Who invited each to open it, -1 for nobody.
        orders: How many orders each has, which makes the member level.
    """
    level = np.searchsorted(_ORDERS_FOR_LEVEL, orders, side="right")
    return table(
        "users",
        {
            "user_id": people.ids,
            "signed_up_at": signed_up,
            "platform": text(people.platforms[:, 0], PLATFORMS),
            "region": text(people.region, list(_REGIONS)),
            "inviter_id": text(inviter, people.ids),
            "member_level": text(level, _LEVELS),
        },
    )


def identities(people: People) -> pa.Table:
    """Return the table `identities`: each user's account on each of the user's platforms."""
    user, place = np.nonzero(people.platforms >= 0)
    # Nineteen digits, as platforms give them: beyond what a float holds exactly.
    account = 6_800_000_000_000_000_000 + np.arange(len(user)) * 48_271_000_003 + user
    return table(
        "identities",
        {
            "platform": text(people.platforms[user, place], PLATFORMS),
            "platform_user_id": pa.array(account).cast(pa.string()),
            "user_id": text(user, people.ids),
        },
    )
