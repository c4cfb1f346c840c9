"""RFM, its scores and its levels in DuckDB's SQL by hand, as fast as was found.

The rules are those of `workbench.customers.purchases.net_orders` and of `thresholds.learn`. Shanghai's clock is
eight hours ahead all year, so that a constant shift gives its days.
"""

from __future__ import annotations

from pathlib import Path

from tiers_data import PERIOD

from workbench.kit.settings import Settings

_SIGNS = {"recency_days": "-", "frequency": "", "monetary": ""}  # fewer days are better


def measured(path: Path) -> str:
    """One row a user: `user_id`, `recency_days`, `frequency`, `monetary`."""
    end = f"timestamp '{PERIOD.end}'"
    return f"""select user_id,
      date '{PERIOD.last}' - (max(ordered_at) filter (is_purchase) + interval 8 hour)::date
        as recency_days,
      count(*) filter (is_purchase) as frequency, sum(net)::bigint as monetary
    from (
      select user_id, ordered_at, not (is_return or is_undone) as is_purchase,
        case when is_undone then least(amount - back, 0)
             else amount - case when is_known then back else 0 end end as net
      from (
        select user_id, ordered_at, amount, coalesce(refunded_amount, 0) as back,
          coalesce(refunded_at, ordered_at) < {end} as is_known,
          amount = 0 and back > 0 as is_return,
          not is_return and is_known
            and (coalesce(status = 'cancelled', false) or (amount > 0 and back >= amount))
            as is_undone
        from '{path}' where user_id is not null
          and ordered_at >= timestamp '{PERIOD.start}' and ordered_at < {end}
      )
    ) group by user_id having count(*) filter (is_purchase) > 0"""


def scored(path: Path) -> str:
    """`measured` with `r`, `f`, `m`, `class`, `level` and `rank`."""
    learned = ", ".join(_learned(name) for name in _SIGNS)
    scores = ", ".join(
        f"1 + ({sign}{name} >= {name}_cuts.low)::bigint + ({sign}{name} >= {name}_cuts.high)::bigint"
        f" as {name[0]}"
        for name, sign in _SIGNS.items()
    )
    cuts = ", ".join(f"{name}_cuts" for name in _SIGNS)
    levels = Settings().levels.frame()
    rows = ", ".join(str(row) for row in levels.itertuples(index=False, name=None))
    return f"""with users as materialized ({measured(path)}), {learned},
    cells(r, f, m, class, level, rank) as (values {rows})
    select * from (select users.*, {scores} from users, {cuts}) join cells using (r, f, m)"""


def _learned(name: str) -> str:
    """The two cuts of a measure that has three values or more.

    For each lower cut the users above it are halved best near one place: the last cut before it
    and the first after it are tried.
    """
    sizes = ("low.below", "(high.below - low.below)", "(low.users - high.below)")
    squares = " + ".join(f"{size} * {size}" for size in sizes)
    return f"""{name}_counts as (
      select {_SIGNS[name]}{name} as v, count(*) as n from users group by 1
    ), {name}_values as materialized (
      select v, row_number() over (order by v) as k, (sum(n) over (order by v))::bigint - n as below,
        count(*) over () as most, (sum(n) over ())::bigint as users
      from {name}_counts
    ), {name}_pairs as (
      select low.*, unnest([least(greatest(coalesce(near.k, low.most + 1) + shift, low.k + 1), low.most)
        for shift in [-1, 0]]) as other
      from (from {name}_values where k > 1 and k < most) low
      asof left join {name}_values near on low.below + low.users <= 2 * near.below
    ), {name}_cuts as (
      select low.v as low, high.v as high
      from {name}_pairs low join {name}_values high on high.k = low.other
      order by {squares}, low.k, high.k limit 1
    )"""
