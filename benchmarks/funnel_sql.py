"""The funnel in DuckDB's SQL by hand: for each entry the two fastest ways that were found.

`lists` collects each user's events into one sorted list of integers and passes over it.
`joins` and `windows` are the engine's own ways, with each part read straight from the file.
"""

from __future__ import annotations

from pathlib import Path

from funnel_data import STEPS, WINDOW

_US = int(WINDOW.total_seconds() * 1_000_000)
_N = len(STEPS)
_KS = range(_N)


def first_lists(path: Path) -> str:
    return f"""with {_lists(path)}, passed as (
      select user_id, {_times_pass("x.s0 is null")} as x from users
    ) {_answer("x.s0 is not null")}"""


def best_lists(path: Path) -> str:
    """One pass for the latest starts, one for the times from the start that counts."""
    latest, earliest = [f"a{k}" for k in _KS], [f"b{k}" for k in _KS]
    empty = _pack(dict.fromkeys([*latest, *earliest], "null::bigint"))
    moves = []
    for k in _KS:
        start = "e >> 3" if k == 0 else f"x.a{k - 1}"
        in_time = f" and (e >> 3) <= x.a{k - 1} + {_US}" if k else ""
        new = {f"a{k}": start, f"b{k}": f"coalesce(x.b{k}, {start})"}
        kept = {name: f"x.{name}" for name in [*latest, *earliest]}
        moves.append(f"when (e & 7) = {k}{in_time} then {_pack(kept | new)}")
    chosen = ", ".join(f"y.b{k}" for k in reversed(_KS))
    return f"""with {_lists(path)}, starts as (
      select user_id, es, list_reduce(es, lambda x, e: case {" ".join(moves)} else x end, {empty}) as y
      from users
    ), chosen as (select user_id, es, coalesce({chosen}) as s from starts where y.b0 is not null),
    passed as (
      select user_id, {_times_pass("x.s0 is null and (e >> 3) = s")} as x
      from chosen
    ) {_answer("true")}"""


def first_joins(path: Path) -> str:
    parts = [
        f"s1 as (select user_id, min(occurred_at) as t1 from {_of(path, 1)} group by 1)",
        *(
            f"s{k} as (select user_id, any_value(t1) as t1, min(occurred_at) as t{k} "
            f"from {_of(path, k)} join s{k - 1} using (user_id) where occurred_at >= t{k - 1} "
            f"and occurred_at <= t1 + {_interval()} group by user_id)"
            for k in range(2, _N + 1)
        ),
    ]
    joins = " ".join(f"left join s{k} using (user_id)" for k in range(2, _N + 1))
    level = " + ".join(f"(t{k} is not null)::bigint" for k in range(2, _N + 1))
    times = ", ".join(f"{'s1.' if k == 1 else ''}t{k} as step_{k}_at" for k in range(1, _N + 1))
    return f"with {', '.join(parts)} select user_id, 1 + {level} as level, {times} from s1 {joins}"


def best_windows(path: Path) -> str:
    """Running maxima of the latest start, each step's from the one before."""
    parts = []
    for k in range(2, _N + 1):
        both = (
            f"select user_id, occurred_at as t, case when event = '{STEPS[0]}' then occurred_at end "
            f"as s, event = '{STEPS[1]}' as hit from '{path}' where event in {STEPS[:2]}"
            if k == 2
            else f"select user_id, t, s, false as hit from c{k - 1} union all "
            f"select user_id, occurred_at, null, true from {_of(path, k)}"
        )
        parts.append(
            f"w{k} as (select user_id, t, hit, max(s) over (partition by user_id order by t) as s "
            f"from ({both})), c{k} as (select user_id, s, min(t) as t from w{k} "
            f"where hit and t <= s + {_interval()} group by 1, 2)"
        )
    union = " union all ".join(
        f"select user_id, s, t, {k} as k from c{k}" for k in range(2, _N + 1)
    )
    starts = ", ".join(f"min(s) filter (k = {k})" for k in range(_N, 1, -1))
    times = ", ".join(f"min(t) filter (k = {k}) as t{k}" for k in range(2, _N + 1))
    level = " + ".join(f"(t{k} is not null)::bigint" for k in range(2, _N + 1))
    shown = ", ".join(f"t{k} as step_{k}_at" for k in range(2, _N + 1))
    return f"""with {", ".join(parts)}, chains as ({union}),
    chosen as (select user_id, coalesce({starts}) as s1 from chains group by 1),
    own as (select user_id, any_value(s1) as s1, {times} from chains join chosen using (user_id)
      where s >= s1 and t <= s1 + {_interval()} group by 1),
    first as (select user_id, min(occurred_at) as s0 from {_of(path, 1)} group by 1)
    select user_id, 1 + {level} as level, coalesce(s1, s0) as step_1_at, {shown}
    from first left join own using (user_id)"""


def _of(path: Path, step: int) -> str:
    return f"(select user_id, occurred_at from '{path}' where event = '{STEPS[step - 1]}')"


def _interval() -> str:
    return f"interval {int(WINDOW.total_seconds())} second"


def _lists(path: Path) -> str:
    cases = " ".join(f"when '{name}' then {k}" for k, name in enumerate(STEPS))
    return f"""hits as (
      select user_id, epoch_us(occurred_at) * 8 + case event {cases} end as e
      from '{path}' where event in {STEPS}
    ), users as (select user_id, list_sort(list(e)) as es from hits group by user_id)"""


def _times_pass(opens: str) -> str:
    """A pass that follows one attempt from where it opens."""
    names = [f"s{k}" for k in _KS]
    moves = []
    for k in _KS:
        goes = (
            opens
            if k == 0
            else f"x.s{k} is null and (e >> 3) <= x.s0 + {_US} and x.s{k - 1} is not null"
        )
        state = {name: "e >> 3" if name == f"s{k}" else f"x.{name}" for name in names}
        moves.append(f"when (e & 7) = {k} and {goes} then {_pack(state)}")
    empty = _pack(dict.fromkeys(names, "null::bigint"))
    return f"list_reduce(es, lambda x, e: case {' '.join(moves)} else x end, {empty})"


def _answer(where: str) -> str:
    level = " + ".join(f"(x.s{k} is not null)::bigint" for k in _KS)
    times = ", ".join(f"make_timestamp(x.s{k}) as step_{k + 1}_at" for k in _KS)
    return f"select user_id, {level} as level, {times} from passed where {where}"


def _pack(values: dict[str, str]) -> str:
    return "struct_pack(" + ", ".join(f"{name} := {value}" for name, value in values.items()) + ")"
