"""What the shop shows and sells: contents with their pull, products with their price."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from workbench.demo import exactly
from workbench.demo.arrow import numbered, only, table, text
from workbench.demo.chance import DAY, GOLDEN, Flags, Floats, Ints, Span, pick
from workbench.demo.people import PLATFORMS
from workbench.demo.planted import truth

FORMATS = ("live", "short_video", "image_text")
LIVE, SHORT_VIDEO, IMAGE_TEXT = range(3)
_AUTHORS = ("UGC", "PGC", "OGC")
_FORMAT_SHARES = np.array([[0.5, 0.45, 0.05], [0.35, 0.3, 0.35], [0.25, 0.3, 0.45]])
_LIFE = 60 * DAY
_FEWEST_PLAYS, _MOST_PLAYS = 50, 3_000_000


@dataclass
class Pieces:
    """All contents, an array each, by platform and then by time of publication."""

    platform: Ints
    form: Ints
    author: Ints
    minutes: Floats
    published: Ints
    plays: Ints
    is_flagged: Flags
    ids: pa.Array

    @property
    def pull(self) -> Floats:
        """How well each converts, relative to the best: by a live's length and by plays."""
        minutes, relative = zip(*truth().live_curve, strict=True)
        by_length = np.where(self.form == LIVE, np.interp(self.minutes, minutes, relative), 1.0)
        gain = truth().plays_slope.value * exactly.log(self.plays / truth().plays_flat_from.value)
        return np.asarray(by_length * (1 + np.minimum(gain, 0.0)))


def draw(rng: np.random.Generator, users: int, span: Span) -> Pieces:
    """Draw the contents of a shop of so many users."""
    count = 60 + min(users // 10, 20_000)
    platform = np.sort(np.concatenate([[0, 1, 2], pick(rng, np.array([0.45, 0.25, 0.3]), count)]))
    count += 3
    published = rng.integers(span.start - _LIFE, span.end, count)
    # Each platform has a piece from the first moment on.
    published[np.searchsorted(platform, [0, 1, 2])] = span.start - _LIFE
    published = published[np.lexsort((published, platform))]
    form = (rng.random(count)[:, None] > _FORMAT_SHARES.cumsum(axis=1)[platform]).sum(axis=1)
    length = np.where(
        form == LIVE,
        np.clip(24 * exactly.exp(0.75 * rng.standard_normal(count)), 3, 120),
        np.clip(0.9 * exactly.exp(0.6 * rng.standard_normal(count)), 0.2, 5),
    )
    plays = 9_000 * exactly.exp(1.8 * rng.standard_normal(count))
    lives = np.flatnonzero(form == LIVE)
    plays[lives[np.argsort(length[lives], kind="stable")]] = _evenly(rng, plays[lives])
    return Pieces(
        platform=platform,
        form=form,
        author=pick(rng, np.array([0.55, 0.27, 0.18]), count),
        minutes=length.round(1),
        published=published,
        plays=np.clip(plays, _FEWEST_PLAYS, _MOST_PLAYS).astype(np.int64),
        is_flagged=rng.random(count) < 0.02,  # noqa: PLR2004 - two in a hundred
        ids=numbered("c", count, 5),
    )


def _evenly(rng: np.random.Generator, values: Floats) -> Floats:
    """Reorder the values so that any stretch has high and low ones in their shares.

    Multiples of the golden ratio fill 0..1 evenly. So that lives of one length are not by chance
    the played ones: there are too few of them for chance to even that out.
    """
    luck = (rng.random() + np.arange(len(values)) * GOLDEN) % 1.0
    return np.asarray(np.sort(values)[np.argsort(np.argsort(luck))])


def choose(rng: np.random.Generator, pieces: Pieces, platform: Ints, instant: Ints) -> Ints:
    """Draw the piece through which each visit arrives: out already, young, rather a played one."""
    weight = np.concatenate(
        [[0.0], np.cumsum(exactly.exp(0.3 * exactly.log(pieces.plays.astype(np.float64))))]
    )
    chosen = np.empty(len(platform), dtype=np.int64)
    for code in range(len(PLATFORMS)):
        mine = np.flatnonzero(platform == code)
        first, last = np.searchsorted(pieces.platform, [code, code + 1])
        published = pieces.published[first:last]
        high = first + np.searchsorted(published, instant[mine], side="right")
        low = first + np.searchsorted(published, instant[mine] - _LIFE)
        low = np.minimum(low, high - 1)
        aim = weight[low] + rng.random(len(mine)) * (weight[high] - weight[low])
        chosen[mine] = np.clip(np.searchsorted(weight, aim, side="right") - 1, low, high - 1)
    return chosen


def contents(pieces: Pieces) -> pa.Table:
    """Return the table `contents`."""
    return table(
        "contents",
        {
            "content_id": pieces.ids,
            "platform": text(pieces.platform, PLATFORMS),
            "author_kind": text(pieces.author, _AUTHORS),
            "format": text(pieces.form, FORMATS),
            "duration_minutes": only(pieces.form != IMAGE_TEXT, pieces.minutes),
            "published_at": pieces.published,
            "plays": pieces.plays,
            "is_flagged": pieces.is_flagged,
        },
    )


PRODUCTS = 120
_PRICES = {  # yuan, about
    "面霜": 129, "口红": 89, "连衣裙": 199, "蓝牙耳机": 259, "坚果礼盒": 78,
    "运动鞋": 329, "保温杯": 69, "洗发水": 59, "四件套": 289, "帆布包": 119,
}  # fmt: skip


@dataclass(frozen=True)
class Shelf:
    """The products: ids, what each is, its price in fen and how often it is chosen."""

    ids: pa.Array
    noun: pa.Array
    price: Ints
    demand: Floats
    is_boosted: Flags

    @classmethod
    def stock(cls) -> Shelf:
        """Return the shop's products, which are the same for every seed."""
        number = np.arange(PRODUCTS)
        kind = number * 7 % len(_PRICES)
        ids = numbered("P", PRODUCTS, 4)
        boosted = np.isin(ids.to_numpy(zero_copy_only=False), truth().templated_products)
        demand = 1 / (number * 37 % PRODUCTS + 12.0)
        return cls(
            ids=ids,
            noun=text(kind, list(_PRICES)),
            price=np.array(list(_PRICES.values()))[kind] * 100 - 10 + number % 9 * 1000,
            demand=np.where(boosted, 2 * demand.mean(), demand),
            is_boosted=boosted,
        )
