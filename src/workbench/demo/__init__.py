"""An invented social-commerce shop, seeded, in which known effects are planted.

`tables()` gives every table of the contract, `truth()` says what is planted in them, `zeal()` how
often each user means to come, `uplift()` whom an offer brings back and `foul()` which orders and
reviews are, which no table tells. Nothing is real: the effects are published claims of the field,
built in with the claims' own numbers, so that an analysis can be tried on data whose answer is known.
`docs/demo.md` lists them all.

The shop sells on three platforms, keeps its money in CNY and its days in Shanghai, and its data
end late on Sunday 4 October 2026, the last day of 2026-W40.

Events besides the five steps of its funnel:

- discover: a user's first touch, in the visit in which the account is opened; with a
  `content_id` or by the channel `referral` it is social, otherwise an ad or a search.
- share: a user sends an invitation to a friend.
- open_invitation: the friend opens it; from here the experiment `invitation` counts.
- register: the account is opened, at the user's `signed_up_at`.
- join_group, group_activity: a user enters the shop's group on WeChat, says something in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.demo.planted import Effect, Incident, Truth, truth
from workbench.errors import ParameterError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "CURRENCY",
    "STEPS",
    "TIME_ZONE",
    "Effect",
    "Incident",
    "Truth",
    "foul",
    "tables",
    "truth",
    "uplift",
    "zeal",
]


def __dir__() -> list[str]:
    return __all__


TIME_ZONE = "Asia/Shanghai"
CURRENCY = "CNY"
STEPS = ("visit", "view_item", "add_to_cart", "begin_checkout", "purchase")

_FEWEST_USERS = 100
_WEEKS = (4, 104)


def tables(
    *,
    seed: int = 2026,
    users: int = 20_000,
    weeks: int = 52,
    events: int | None = None,
    incidents: bool = True,
) -> dict[str, pa.Table]:
    """Return every table of the contract, with its declared columns and types.

    The same arguments give the same tables.

    Args:
        seed: Of numpy's default generator.
        users: How many users the shop has at its end, at least 100.
        weeks: How many weeks the data span, ending with 2026-W40; 4 to 104. The effects on
            users' habits (repurchase above all) take about a year to show in full.
        events: About how many events there shall be (within some per cent); sets `users`.
        incidents: Whether the three incidents and the slow ramp of `truth()` happen.

    Raises:
        ParameterError: If the shop would be too small, too short or too long.
    """
    from workbench.demo.shop import build, users_for  # noqa: PLC0415 - truth() needs no numpy

    if events is not None:
        users = users_for(events, weeks)
    _check(users, weeks)
    return build(seed, users, weeks, incidents=incidents)


def zeal(*, seed: int = 2026, users: int = 20_000, weeks: int = 52) -> pa.Table:
    """Return how often each user of the shop with these arguments is disposed to come.

    Tiers that are worth their name find these users without knowing it.

    Args:
        seed: As `tables`.
        users: As `tables`.
        weeks: As `tables`.

    Returns:
        `user_id` and `zeal`: visits a year in relation to an average user on one platform; spread
        by a gamma distribution, and higher for users on several platforms.

    Raises:
        ParameterError: As `tables`.
    """
    from workbench.demo.shop import dispositions  # noqa: PLC0415 - as in tables

    _check(users, weeks)
    return dispositions(seed, users, weeks)


def foul(*, seed: int = 2026, users: int = 20_000, weeks: int = 52) -> pa.Table:
    """Return which orders and reviews of the shop with these arguments are foul, and how.

    The table `labels` tells it late, in part, and not always rightly.

    Args:
        seed: As `tables`.
        users: As `tables`.
        weeks: As `tables`.

    Returns:
        `subject` (order, review), `subject_id` and `kind`: the name of the effect in `truth()` for
        orders, templated for reviews.

    Raises:
        ParameterError: As `tables`.
    """
    from workbench.demo.shop import foul as found  # noqa: PLC0415 - as in tables

    _check(users, weeks)
    return found(seed, users, weeks)


def uplift(*, seed: int = 2026, users: int = 20_000, weeks: int = 52) -> pa.Table:
    """Return by how much the win-back offer changes the chance of each customer to come back.

    No table tells it; a model of uplift that is worth its name finds these customers.

    Args:
        seed: As `tables`.
        users: As `tables`.
        weeks: As `tables`.

    Returns:
        `user_id` and `uplift` (a difference of shares), a row a user of the experiment `win_back` with
        an order before the offer.

    Raises:
        ParameterError: As `tables`.
    """
    from workbench.demo import overlay  # noqa: PLC0415 - as in tables

    return overlay.uplift(tables(seed=seed, users=users, weeks=weeks))


def _check(users: int, weeks: int) -> None:
    if not _WEEKS[0] <= weeks <= _WEEKS[1]:
        raise ParameterError(f"weeks == {weeks}, must be in {_WEEKS[0]}..{_WEEKS[1]}")
    if users < _FEWEST_USERS:
        raise ParameterError(f"users == {users}, the demo shop has at least {_FEWEST_USERS}")
