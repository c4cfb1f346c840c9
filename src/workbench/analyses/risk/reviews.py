"""Which reviews are templated, and what goes with them?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import numpy as np
import pandas as pd

from workbench.analyses.risk import judged
from workbench.analyses.risk.decisions import WITHIN_DAYS, beside, decided
from workbench.analyses.risk.review_signs import COPIES, OWN_COPIES, signs
from workbench.charts import Chart, bars
from workbench.errors import MissingData
from workbench.kit.findings import Finding
from workbench.kit.metrics import Metric, plain
from workbench.kit.results import Result
from workbench.kit.scope import Scope
from workbench.kit.sentences import pairs, say, say_n, together
from workbench.stats.copies import ALIKE, SHORTEST
from workbench.stats.interval import UNKNOWN, Interval, columns
from workbench.stats.rates import wilson

NEEDS = {"reviews": ("review_id", "user_id", "rating", "text", "reviewed_at", "product_id")}
_MANY = 0.2  # of a product's reviews, above which it is called templated where that is sure
_DRAWN = 12  # products of a chart
_CASES = (
    "review_id", "user_id", "product_id", "reviewed_at", "rating", "copies", "own_copies",
    "is_templated", "burst_reviews", "rating_above", "account_days", "score", "rank", "verdict",
    "reasons",
)  # fmt: skip
_PRODUCTS = ("product_id", "reviews", "templated", *columns("templated_rate"), "is_templated")


@dataclass(frozen=True)
class Reviews(Result):
    """Reviews as cases, products by their templated reviews, and what goes with these.

    Attributes:
        case_reviews: A row a review of the period, the most doubtful first: `review_id`, `user_id`,
            `product_id`, `reviewed_at`, `rating`, `copies` (other reviews known by the period's end
            that are near copies), `own_copies` (of them the user's own), `is_templated`,
            `burst_reviews` (of the product within a day, where chance hardly brings as many),
            `rating_above` (stars above the product's other reviews), `account_days` when it was
            written, `score` (0..1), `rank`, `verdict` (bad, good or empty), `reasons`.
        review_products: A row a product, by all its reviews so far: `product_id`, `reviews` (long
            enough to be told), `templated` of them, `templated_rate` with its ends, `is_templated`
            (surely more than a fifth), and where events tell it `deciders` (users whose first order of
            it came within 14 days of their first look), `decision_seconds` (mean from look to order),
            `later_deciders` (ordered over a day after), `later_rate`, `lookers` (users with a first look at least 14
            days old), `look_to_order_rate`.
        decisions: The same of two groups: `products` (templated, others), `lookers`, `deciders`,
            `later_deciders`, `decision_seconds`, `later_rate` and `look_to_order_rate` with their ends.
        findings: How many are templated, of which products, what goes with that.
        metrics: `templated_rate` of the period's reviews, and `templated_products`.
    """

    TOPICS: ClassVar = ("templated", "products", "decisions", "judged")
    case_reviews: pd.DataFrame
    review_products: pd.DataFrame
    decisions: pd.DataFrame

    def products_chart(self) -> Chart | MissingData:
        """Return the products with the largest shares of templated reviews."""
        rows = self.review_products.head(_DRAWN)
        if rows.empty:
            return MissingData(" ".join(self.missing) or say("There are no reviews to compare."))
        texts = [say("{rate:percent}", rate=rate) for rate in rows["templated_rate"]]
        return bars(
            list(rows["product_id"]),
            list(rows["templated_rate"]),
            texts=texts,
            low=list(rows["templated_rate_low"]),
            high=list(rows["templated_rate_high"]),
            title=self.about("products")[0].sentence,
            alt=pairs(rows["product_id"], texts),
            note=say(
                "Share of a product's reviews long enough to compare that are near copies of {copies:count} "
                "others or more; the {products:count} products with the largest shares. Strokes: 95 % "
                "intervals.",
                copies=COPIES,
                products=len(rows),
            ),
        )


def reviews(scope: Scope) -> Reviews:
    """Return which reviews are templated, and what goes with them.

    Args:
        scope: The reviews of its period are the cases; all before its end are compared with them.
    """
    lacks = scope.missing(NEEDS, say("which reviews are templated"))
    told = None if lacks else signs(scope)
    if told is None or told.empty:
        return _none(scope, lacks or say("There are no reviews to compare."))
    products = _products(told, scope)
    lacks = scope.missing(
        {"events": ("user_id", "product_id", "order_id")}, say("how long who orders has decided")
    )
    decisions = pd.DataFrame(columns=["products"])
    if not lacks:
        each = decided(scope)
        decisions = beside(each, set(products.loc[products["is_templated"], "product_id"]))
        products = products.merge(each, on="product_id", how="left")
    cases = _cases(told, scope)
    findings = (
        _templated(cases, told, scope),
        _named(products),
        *_goes_with(decisions),
        *_verdicts(told),
    )
    rate = wilson(int(cases["is_templated"].sum()), len(cases))
    return Reviews(
        scope, cases, products, decisions, findings=findings, rules=_rules(),
        missing=tuple(one for one in (lacks,) if one),
        metrics=(
            Metric("templated_rate", rate, "rate", "down"),
            Metric("templated_products", plain(float(products["is_templated"].sum())), "count", "down"),
        ),
    )  # fmt: skip


def _products(told: pd.DataFrame, scope: Scope) -> pd.DataFrame:
    rows = told[told["is_long"] & told["product_id"].notna()]
    each = rows.groupby("product_id")
    counted = pd.DataFrame(
        {
            "reviews": each.size(),
            "templated": each["is_templated"].sum(),
            "users": each["user_id"].nunique(),
        }
    ).reset_index()
    if scope.min_group:
        counted = counted[counted["users"] >= scope.min_group].reset_index(drop=True)
    ends = [
        wilson(int(hits), int(of)).spread("templated_rate")
        for hits, of in zip(counted["templated"], counted["reviews"], strict=True)
    ]
    counted = counted.join(pd.DataFrame(ends, columns=columns("templated_rate")))
    counted = counted.assign(is_templated=counted["templated_rate_low"] > _MANY)
    by = ["templated_rate", "reviews", "product_id"]
    return counted.sort_values(by, ascending=[False, False, True], ignore_index=True)[
        list(_PRODUCTS)
    ]


def _cases(told: pd.DataFrame, scope: Scope) -> pd.DataFrame:
    rows = told[told["at"] >= judged.seconds(scope.start)]
    by = ["score", "copies", "review_id"]
    rows = rows.sort_values(by, ascending=[False, False, True], ignore_index=True)
    return rows.assign(rank=np.arange(1, len(rows) + 1))[list(_CASES)]


def _templated(cases: pd.DataFrame, told: pd.DataFrame, scope: Scope) -> Finding:
    short = int((~told["is_long"] & told["review_id"].isin(cases["review_id"])).sum())
    hits = int(cases["is_templated"].sum())
    rate = wilson(hits, len(cases))
    if not len(cases):
        text = say("No review was written in {days:period}.", days=scope.period)
        return Finding.about("templated", text, status="unknown")
    text = say_n(
        "{hits:count} of {n:count} review written in {days:period} is templated ({rate:percent}).",
        "{hits:count} of {n:count} reviews written in {days:period} are templated ({rate:percent}).",
        len(cases),
        hits=hits,
        days=scope.period,
        rate=rate.value,
    )
    if short:
        text = together(
            text,
            say_n(
                "Of these {reviews:count} reviews {n:count} is too short to compare.",
                "Of these {reviews:count} reviews {n:count} are too short to compare.",
                short,
                reviews=len(cases),
            ),
        )
    if scope.platform:
        text = together(text, say("Reviews name no platform: these are the whole shop’s."))
    return Finding.about("templated", text, rate)


def _named(products: pd.DataFrame) -> Finding:
    named = products[products["is_templated"]]
    if not len(named):
        text = say(
            "Of no product surely more than {many:percent} of the reviews are templated, of {products:count}.",
            many=_MANY,
            products=len(products),
        )
        return Finding.about("products", text)
    counted = {
        "many": _MANY,
        "names": sorted(named["product_id"].head(_DRAWN)),
        "templated": int(named["templated"].sum()),
        "reviews": int(named["reviews"].sum()),
    }
    if len(named) > _DRAWN:
        text = say(
            "Of {n:count} products surely more than {many:percent} of the reviews are templated "
            "({templated:count} of {reviews:count} reviews so far that are long enough to compare), most of all of {names:list}.",
            n=len(named),
            **counted,
        )
    else:
        text = say_n(
            "Of {n:count} product surely more than {many:percent} of the reviews are templated: "
            "{names:list} ({templated:count} of {reviews:count} reviews so far that are long enough to "
            "compare).",
            "Of {n:count} products surely more than {many:percent} of the reviews are templated: "
            "{names:list} ({templated:count} of {reviews:count} reviews so far that are long enough to "
            "compare).",
            len(named),
            **counted,
        )
    return Finding.about("products", text, plain(float(len(named))), "bad")


def _goes_with(decisions: pd.DataFrame) -> tuple[Finding, ...]:
    if len(decisions) < 2:  # noqa: PLR2004 - nothing to set beside
        return ()
    own, other = (
        decisions[decisions["products"] == one].iloc[0] for one in ("templated", "others")
    )
    later, bought = (_difference(own, other, name) for name in ("later_rate", "look_to_order_rate"))
    text = say(
        "Of the {deciders:count} first orders of a product with templated reviews within {days:count} days of "
        "the user's first look, {later:percent} came over a day after it, of those of others {other:percent}: {apart:points} "
        "(95 % sure: {apart_low:points} to {apart_high:points}); from look to order passed "
        "{mean:duration} on average, {mean_other:duration} with the others.",
        deciders=own["deciders"],
        days=WITHIN_DAYS,
        later=own["later_rate"],
        other=other["later_rate"],
        mean=timedelta(seconds=float(own["decision_seconds"])),
        mean_other=timedelta(seconds=float(other["decision_seconds"])),
        **later.spread("apart"),
    )
    rate = say(
        "Who first looked at a product with templated reviews ordered it within {days:count} days in "
        "{own:percent} of cases, at another in {other:percent}: {apart:points} (95 % sure: {apart_low:points} to {apart_high:points}). These "
        "are differences between products, not what templated reviews cause.",
        days=WITHIN_DAYS,
        own=own["look_to_order_rate"],
        other=other["look_to_order_rate"],
        **bought.spread("apart"),
    )
    return Finding.about("decisions", text, later), Finding.about("decisions", rate, bought)


def _difference(own: pd.Series, other: pd.Series, name: str) -> Interval:
    one, two = (Interval(*(float(row[end]) for end in columns(name))) for row in (own, other))
    return one.minus(two)


def _verdicts(told: pd.DataFrame) -> tuple[Finding, ...]:
    """How far verdicts, where there are any, bear out what is called templated."""
    known = told[told["verdict"] != ""]
    flagged = known[known["is_templated"]]
    if not len(flagged):
        return ()
    rate = wilson(int((flagged["verdict"] == "bad").sum()), len(flagged))
    bad = int((known["verdict"] == "bad").sum())
    text = say(
        "Of the {judged:count} reviews called templated on which there is a verdict, {rate:percent} were "
        "judged bad (95 % sure: {rate_low:percent} to {rate_high:percent}); of the {bad:count} judged bad, "
        "{found:count} are called templated.",
        judged=len(flagged),
        bad=bad,
        found=int((flagged["verdict"] == "bad").sum()),
        **rate.spread("rate"),
    )
    return (Finding.about("judged", text, rate),)


def _rules() -> tuple[str, ...]:
    return (
        say(
            "Two reviews are near copies if {alike:percent} of the runs of three signs that stand in either "
            "stand in both, once width, case and punctuation are folded; texts under {shortest:count} signs "
            "are not compared. A review with {copies:count} near copies of any product, or {own:count} of the "
            "user's own, is templated.",
            alike=ALIKE,
            shortest=SHORTEST,
            copies=COPIES,
            own=OWN_COPIES,
        ),
        say(
            "A look is a user's first event with a product; who looked less than {days:count} days before the "
            "end is left out.",
            days=WITHIN_DAYS,
        ),
    )


def _none(scope: Scope, lacks: str) -> Reviews:
    unknown = (
        Metric("templated_rate", UNKNOWN, "rate", "down"),
        Metric("templated_products", UNKNOWN, "count", "down"),
    )
    return Reviews(
        scope,
        pd.DataFrame(columns=list(_CASES)),
        pd.DataFrame(columns=list(_PRODUCTS)),
        pd.DataFrame(columns=["products"]),
        missing=(lacks,),
        metrics=unknown,
    )
