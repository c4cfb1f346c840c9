"""Each measure written out once more, in DuckDB's SQL over a shop's own tables.

A span is given by its first and last day, the last day that is known, and the most days after an
order on which what becomes of it counts.
"""

# ruff: noqa: S608 - the queries are made of the test's own words

from functools import cache

import duckdb

from workbench.tables import TABLES

EVER = 100_000

OUTCOMES = """
WITH told AS (
  SELECT *, back_day <= $known AND back_day - day <= $within AS is_told,
         amount = 0 AND coalesce(refunded_amount, 0) > 0 AS only_gives
  FROM orders WHERE day <= $known
), o AS (
  SELECT *, user_id IS NOT NULL AS has_user,
         CASE WHEN is_told THEN coalesce(refunded_amount, 0) ELSE 0 END AS back,
         is_told AND NOT only_gives
           AND (coalesce(status, '') = 'cancelled' OR (amount > 0 AND coalesce(refunded_amount, 0) >= amount)) AS undone
  FROM told
), firsts AS (
  SELECT user_id, arg_min(order_id, (ordered_at, order_id)) AS order_id
  FROM o WHERE has_user AND NOT only_gives AND NOT undone GROUP BY user_id
), span AS (
  SELECT * FROM o WHERE day BETWEEN $first AND $last AND ($platform = '' OR platform = $platform)
), bought AS (
  SELECT * FROM span WHERE has_user AND NOT only_gives AND NOT undone
), year AS (
  SELECT user_id, count(*) AS n FROM o
  WHERE day BETWEEN $last - 363 AND $last AND has_user AND NOT only_gives AND NOT undone
    AND ($platform = '' OR platform = $platform)
  GROUP BY user_id
)
SELECT """
NET = """sum(CASE WHEN undone THEN -greatest(back - amount, 0) ELSE amount - back END)"""
CHARGED = """sum(CASE WHEN undone THEN least(amount, back) ELSE amount END)"""
PAID = "has_user AND NOT only_gives AND (NOT undone OR back > 0)"
TRADE = {
    "gmv": ("sum(amount), 1", "span"),
    "orders_placed": ("count(*), 1", "span WHERE NOT only_gives"),
    "guest_rate": ("count(*) FILTER (NOT has_user), count(*)", "span WHERE NOT only_gives"),
    "revenue_amount": ("sum(amount), 1", "bought"),
    "net_revenue_amount": (f"{NET}, 1", "span WHERE has_user"),
    "orders": ("count(*), 1", "bought"),
    "buyers": ("count(DISTINCT user_id), 1", "bought"),
    "new_buyers": ("count(*), 1", "bought JOIN firsts USING (order_id)"),
    "aov": ("sum(amount), count(*)", "bought"),
    "orders_per_buyer": ("count(*), count(DISTINCT user_id)", "bought"),
    "repurchase_rate": ("count(*) FILTER (n > 1), count(*)", "year"),
    "refund_rate": (f"sum(back), {CHARGED}", "span WHERE has_user"),
    "order_refund_rate": ("count(*) FILTER (back > 0), count(*)", f"span WHERE {PAID}"),
    "undone_rate": ("count(*) FILTER (undone), count(*)", "span WHERE has_user AND NOT only_gives"),
    "discount_rate": ("sum(discount), sum(amount + coalesce(discount, 0))", "bought"),
}
OWN = "($platform = '' OR platform = $platform)"
CAME = f"FROM events WHERE day BETWEEN $first AND $last AND {OWN} AND event = $step"
BEGAN = f"""FROM (SELECT min(day) AS day, count(channel) > 0 AS told,
                   count(*) FILTER (channel = 'organic') > 0 AS organic
              FROM events WHERE day <= $last AND session_id IS NOT NULL AND {OWN} GROUP BY session_id)
WHERE day BETWEEN $first AND $last"""
EVENTS = {
    ("visits", True): f"SELECT count(*), 1 {BEGAN}",
    ("visits", False): f"SELECT count(*), 1 {CAME}",
    ("organic_rate", True): f"SELECT count(*) FILTER (organic), count(*) {BEGAN} AND told",
    ("organic_rate", False): f"SELECT count(*) FILTER (channel = 'organic'), count(channel) {CAME}",
}
BACK = """
SELECT count(*) FILTER (EXISTS (
         FROM events e WHERE e.user_id = u.user_id AND e.day = u.day + {after}
           AND ($platform = '' OR e.platform = $platform))), count(*)
FROM users u WHERE u.day BETWEEN $first - {after} - 1 AND $last - {after} - 1
  AND ($platform = '' OR u.platform = $platform)"""
RETURNING = {"activation_rate": 1, "retention_rate": 7}


class ByHand:
    """A shop's tables in a DuckDB of their own, with the shop's day of each instant."""

    def __init__(self, tables, time_zone, steps):
        """Take tables as Arrow, or as the paths of their Parquet files."""
        self.con, self.steps = duckdb.connect(), steps
        for name in ("orders", "events", "users"):
            if name in tables:
                self._load(name, tables[name], time_zone)
        self.has = {name: self._present(name) for name in tables if name in TABLES}

    def _load(self, name, table, time_zone):
        source = f"read_parquet('{table}', hive_partitioning = false)"
        if not isinstance(table, str):
            self.con.register("given", table)
            source = "given"
        there = [row[0] for row in self.con.sql(f"DESCRIBE FROM {source}").fetchall()]
        absent = [c for c in TABLES[name].columns if c.name not in there]
        types = {"string": "VARCHAR", "int64": "BIGINT", "float64": "DOUBLE"}
        nulls = [f"NULL::{types.get(c.type, c.type)} AS {c.name}" for c in absent]
        self.con.execute(f"CREATE TABLE {name} AS SELECT {', '.join(['*', *nulls])} FROM {source}")
        at = {"orders": "ordered_at", "events": "occurred_at", "users": "signed_up_at"}[name]
        days = {"day": at} | (
            {"back_day": "coalesce(refunded_at, ordered_at)"} if name == "orders" else {}
        )
        for day, instant in days.items():
            local = f"timezone('{time_zone}', timezone('UTC', {instant}))::DATE"
            self.con.execute(f"ALTER TABLE {name} ADD COLUMN {day} DATE")
            self.con.execute(f"UPDATE {name} SET {day} = {local}")

    def _present(self, name):
        return (
            set()
            if name not in ("orders", "events", "users")
            else {row[0] for row in self.con.sql(f"DESCRIBE {name}").fetchall()}
        )

    def __call__(self, name, first, last, *, known=None, within=EVER, platform=""):
        """Return the two numbers whose quotient the measure is, (n, 1) for a sum."""
        given = {"first": first, "last": last, "platform": platform}
        if name in TRADE:
            return self._trade(**given, known=known or last, within=within)[name]
        if name in RETURNING:
            sql = BACK.format(after=RETURNING[name])
        else:
            sessions = self.con.sql("SELECT count(session_id) FROM events").fetchall()[0][0] > 0
            sql = EVENTS[name, sessions]
            given |= {} if sessions else {"step": self.steps[0]}
        given = {key: value for key, value in given.items() if f"${key}" in sql}
        top, bottom = self.con.execute(sql, given).fetchall()[0]
        return int(top or 0), int(bottom or 0)

    @cache  # noqa: B019 - it lives as long as a test
    def _trade(self, **given):
        """All measures of orders for some days, in one query."""
        sums = ", ".join(f"(SELECT [{sums}] FROM {rows})" for sums, rows in TRADE.values())
        row = self.con.execute(OUTCOMES + sums, given).fetchall()[0]
        found = zip(TRADE, row, strict=True)
        return {name: (int(top or 0), int(bottom or 0)) for name, (top, bottom) in found}

    def attempts(self, weeks, platform=""):
        """Return the users of each week who went all the way in 7 days, and who began; summed.

        A week is its first and last day; from each start on, the nearest event of each next step.
        """
        n, reached, started = len(self.steps), 0, 0
        for first, last in weeks:
            self.con.execute(
                "CREATE OR REPLACE TABLE near AS SELECT user_id, event, occurred_at, day FROM events "
                "WHERE day BETWEEN $first AND $last + 7 AND ($platform = '' OR platform = $platform)",
                {"first": first, "last": last, "platform": platform},
            )
            way = (
                "SELECT user_id, occurred_at AS a1 FROM near "
                f"WHERE event = '{self.steps[0]}' AND day <= DATE '{last}'"
            )
            for k, step in enumerate(self.steps[1:], start=2):
                way = (
                    f"SELECT w.*, n.occurred_at AS a{k} FROM ({way}) w ASOF LEFT JOIN "
                    f"(FROM near WHERE event = '{step}') n "
                    f"ON w.user_id = n.user_id AND w.a{k - 1} <= n.occurred_at"
                )
            went, all_ = self.con.sql(
                f"SELECT count(DISTINCT user_id) FILTER (a{n} <= a1 + INTERVAL 7 DAY), "
                f"count(DISTINCT user_id) FROM ({way})"
            ).fetchall()[0]
            reached, started = reached + went, started + all_
        return reached, started
