"""Why a step rate changed: other users came, or the same users did otherwise.

A rate of a whole is the mean of its parts' rates, weighted by their shares. Its change between
two periods is split as Kitagawa did (1955, "Components of a difference between two rates"), each
difference weighted by the mean of both periods (Marshall and Edgeworth's way with prices), so
that neither period is the one to start from and nothing is left over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor, log2
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.analyses.funnel.segments import NOBODY, cells_of, leaks_of, noun, segment_name, sides
from workbench.charts import Chart, waterfall
from workbench.errors import MissingData
from workbench.kit import words
from workbench.kit.sentences import message, pairs, say, together
from workbench.stats.changes import split
from workbench.stats.interval import DOUBT

if TYPE_CHECKING:
    from workbench.analyses.funnel.funnel import Funnel

_HALF = Fraction(1, 2)
_BITS = 52  # of a float, less one that sums may need
_MOVED = {
    ("rate", 1): message(
        "From {first:label} to {then:label}, {change:points}: {rate:points} as users of the same "
        "{by:lower} go on more often, and {mix:points} as the mix of users changed."
    ),
    ("rate", -1): message(
        "From {first:label} to {then:label}, {change:points}: {rate:points} as users of the same "
        "{by:lower} go on less often, and {mix:points} as the mix of users changed."
    ),
    ("rate alone", 1): message(
        "From {first:label} to {then:label}, {change:points}, as users of the same {by:lower} go on "
        "more often; the mix of users makes no difference."
    ),
    ("rate alone", -1): message(
        "From {first:label} to {then:label}, {change:points}, as users of the same {by:lower} go on "
        "less often; the mix of users makes no difference."
    ),
    ("mix", 1): message(
        "From {first:label} to {then:label}, {change:points}: {mix:points} as the mix of users "
        "changed, and only {rate:points} as users of the same {by:lower} go on more often."
    ),
    ("mix", -1): message(
        "From {first:label} to {then:label}, {change:points}: {mix:points} as the mix of users "
        "changed, and only {rate:points} as users of the same {by:lower} go on less often."
    ),
    ("mix", 0): message(
        "From {first:label} to {then:label}, {change:points}, as the mix of users changed; users of "
        "the same {by:lower} go on as often as before."
    ),
}
"""By what moved more (alone, where the other comes to nought), and whether the rates rose or fell."""
_WITHIN_CHANCE = {
    False: message(
        "From {first:label} to {then:label}, {change:points}: no more than chance would explain."
    ),
    True: message(
        "From {first:label} to {then:label}, {change:points} from one whole period to the other: no "
        "more than chance would explain, but the days of a leak are among these."
    ),
}
"""By whether the step has a leak in the period."""
_WHO = {
    True: message("Above all it is {segment} ({own:points})."),
    False: message("No {by:lower} differs from the others in this by more than chance."),
}
"""By whether one of the segments changed otherwise than the rest."""

COLUMNS = (
    *("step", "event", "segment", "users", "previous_users"),
    *("share_rate", "previous_share_rate", "step_rate", "previous_step_rate"),
    *("mix_effect", "rate_effect", "step_rate_change"),
)


@dataclass(frozen=True)
class Part:
    """A segment at a step: those who were there and those of them who went on.

    Attributes:
        now: Users at the step before and users at the step.
        before: The same in the period before.
    """

    now: tuple[int, int]
    before: tuple[int, int]


def effects(parts: Sequence[Part]) -> tuple[list[tuple[float, float]], float]:
    """Return each part's mix and rate effect, and the change that they add up to.

    With shares w and rates r of a part and R of the whole, before (0) and now (1): the mix effect
    is (w₁ − w₀) × ((r₀ + r₁) − (R₀ + R₁)) / 2, the rate effect (r₁ − r₀) × (w₀ + w₁) / 2. All is
    reckoned in whole numbers; the floats at the end are multiples of one power of two, so that
    they add up to the change to the last digit, in any order. A part that was absent from a
    period is taken to have had its other period's rate.

    Args:
        parts: Every part of the whole; both periods had someone at the step before.

    Returns:
        `(mix effect, rate effect)` of each, and the change of the whole's rate.
    """
    rates = [
        Fraction(sum(one[1] for one in side), sum(one[0] for one in side)) for side in _sides(parts)
    ]
    exact = [effect for part in parts for effect in _exact(part, parts, sum(rates) * _HALF)]
    rounded = _rounded(exact)
    pairs = list(zip(rounded[::2], rounded[1::2], strict=True))
    return pairs, sum(rounded)


def decomposition_frame(segments: pd.DataFrame) -> pd.DataFrame:
    """Return the change of each step rate by segment: `Funnel.decomposition`, from its segments."""
    cells = cells_of(segments)
    cells = cells[cells["previous_users"].notna()]
    frames = [_of_step(rows) for _, rows in cells.groupby("step", sort=True)]
    kept = [frame for frame in frames if frame is not None]
    if not kept:
        return pd.DataFrame({name: [] for name in COLUMNS})
    return pd.concat(kept, ignore_index=True)[list(COLUMNS)]


def _of_step(rows: pd.DataFrame) -> pd.DataFrame | None:
    columns = ("entrants", "users", "previous_entrants", "previous_users")
    parts = [
        Part((int(came), int(went)), (int(came_before), int(went_before)))
        for came, went, came_before, went_before in rows[list(columns)].itertuples(index=False)
    ]
    before, now = (sum(one[0] for one in side) for side in _sides(parts))
    if not now or not before:
        return None
    pairs, change = effects(parts)
    return rows.assign(
        users=[part.now[0] for part in parts],
        previous_users=[part.before[0] for part in parts],
        share_rate=[part.now[0] / now for part in parts],
        previous_share_rate=[part.before[0] / before for part in parts],
        mix_effect=[mix for mix, _rate in pairs],
        rate_effect=[rate for _mix, rate in pairs],
        step_rate_change=change,
    )


def _sides(parts: Sequence[Part]) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    return [part.before for part in parts], [part.now for part in parts]


def _exact(part: Part, parts: Sequence[Part], mean: Fraction) -> tuple[Fraction, Fraction]:
    before, now = (
        Fraction(own[0], sum(one[0] for one in side))
        for own, side in zip((part.before, part.now), _sides(parts), strict=True)
    )
    rates = [Fraction(went, came) for came, went in (part.before, part.now) if came]
    if not rates:
        return Fraction(0), Fraction(0)
    first, last = rates[0], rates[-1]
    mix = (now - before) * ((first + last) * _HALF - mean)
    return mix, (last - first) * (before + now) * _HALF


def _rounded(exact: Sequence[Fraction]) -> list[float]:
    """Floats near the fractions whose every sum is exact, and whose whole sum is the nearest.

    All are multiples of a power of two so small that they keep their digits, and so large that no
    sum of them needs more digits than a float has. What rounding down took away is given back
    to those who lost most (the largest remainders).
    """
    size = sum(abs(value) for value in exact)
    if not size:
        return [0.0] * len(exact)
    power = floor(log2(size)) + 2 - _BITS
    unit = Fraction(2) ** power
    counts = [floor(value / unit) for value in exact]
    short = round(sum(exact) / unit) - sum(counts)
    lost = sorted(range(len(exact)), key=lambda i: counts[i] - exact[i] / unit)
    for i in lost[:short]:
        counts[i] += 1
    return [float(count * unit) for count in counts]


def chart(funnel: Funnel) -> Chart | MissingData:
    """Return how the step rate that moved most users came from one period's to the other's."""
    if funnel.uncompared:
        return MissingData(funnel.uncompared)
    if funnel.steps["users"].iloc[0] == 0:
        return MissingData(say(NOBODY))
    if funnel.decomposition.empty:
        return MissingData(funnel.about("comparison")[0].sentence)
    rows = _most_moved(funnel.decomposition)
    ordered = rows.sort_values("rate_effect", key=abs, ascending=False)
    names = [segment_name(segment, funnel.by) for segment in ordered["segment"]]
    changes = [*ordered["rate_effect"], float(rows["mix_effect"].sum())]
    labels = [*(say("Rate: {segment}", segment=name) for name in names), say("Other mix")]
    texts = [words.points(change) for change in changes]
    one = funnel.steps.iloc[int(rows["step"].iloc[0]) - 1]
    before, now = float(one["previous_step_rate"]), float(one["step_rate"])
    return waterfall(
        labels,
        changes,
        start=(say("Before"), before),
        end=(say("Now"), now),
        texts=texts,
        title=_moved(ordered, names[0], funnel),
        alt=say(
            "From {before:percent} to {now:percent}: {rows}.",
            before=before,
            now=now,
            rows=pairs(labels, texts),
        ),
        note=say(
            "Rate: those of this {by:lower} go on more or less often. Other mix: the shares of each "
            "{by:lower} among the users changed. The parts add up, but for rounding; the axis does "
            "not start at nought.",
            by=noun(funnel.by),
        ),
    )


def _most_moved(decomposition: pd.DataFrame) -> pd.DataFrame:
    """The rows of the step whose change moved most users."""
    moved = decomposition.groupby("step").agg(
        users=("users", "sum"), change=("step_rate_change", "first")
    )
    step = (moved["users"] * moved["change"]).abs().idxmax()
    return decomposition[decomposition["step"] == step]


def _moved(ordered: pd.DataFrame, foremost: str, funnel: Funnel) -> str:
    rate, mix = float(ordered["rate_effect"].sum()), float(ordered["mix_effect"].sum())
    step = int(ordered["step"].iloc[0])
    cells = pd.concat([funnel.steps, funnel.segments])
    places = {
        "first": funnel.steps["event"].iloc[step - 2],
        "then": funnel.steps["event"].iloc[step - 1],
        "change": float(ordered["step_rate_change"].iloc[0]),
    }
    if not (cells.loc[cells["step"] == step, "p_adjusted"] < DOUBT).any():
        return say(_WITHIN_CHANCE[len(leaks_of(funnel, step)) > 0], **places)
    told = say(_MOVED[_mover(rate, mix)], **places, rate=rate, mix=mix, by=noun(funnel.by))
    if abs(rate) < abs(mix) or len(ordered) == 1:
        return told
    is_apart = _is_apart(funnel, step, ordered["segment"].iloc[0])
    who = say(
        _WHO[is_apart],
        segment=foremost,
        own=float(ordered["rate_effect"].iloc[0]),
        by=noun(funnel.by),
    )
    return together(told, who)


def _mover(rate: float, mix: float) -> tuple[str, int]:
    """What moved a step rate most, and to which side the rates went; what is written as 0.0 did not."""
    rose = 1 if rate > 0 else -1
    if abs(rate) >= abs(mix):
        return "rate" if _is_seen(mix) else "rate alone", rose
    return "mix", rose if _is_seen(rate) else 0


def _is_seen(change: float) -> bool:
    return words.points(abs(change)) != words.points(0)


def _is_apart(funnel: Funnel, step: int, segment: Any) -> bool:
    """Whether a segment changed otherwise than the rest; where a step has a leak, that says it."""
    leaks = leaks_of(funnel, step)
    if len(leaks):
        own = leaks["segment"].isna() if pd.isna(segment) else leaks["segment"] == segment
        return bool((own & (leaks["reach"] == "one")).any())
    parts = cells_of(funnel.segments)
    parts = parts[parts["step"] == step].reset_index(drop=True)
    own = parts["segment"].isna() if pd.isna(segment) else parts["segment"] == segment
    return parts.index[own][0] in split(sides(parts)).odd
