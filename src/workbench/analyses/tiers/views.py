"""The charts of tiers: each a finding, with its picture and its words."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.analyses.tiers.story import core_sentence
from workbench.charts import Chart, bars, heat
from workbench.kit import words
from workbench.kit.sentences import message, say


def draw_levels(levels: pd.DataFrame, currency: str, platform: str) -> Chart:
    """Return each level's share of the revenue, with its share of the users as a stroke.

    Args:
        levels: `Tiers.levels`.
        currency: ISO 4217 code.
        platform: The one whose orders count; empty means all.
    """
    names = [
        say("{level:label} ({kind})", level=level, kind=words.label(kind).lower())
        for level, kind in zip(levels["level"], levels["class"], strict=True)
    ]
    texts = [
        say("{worth:percent} · {users:short} users", worth=worth, users=users)
        for worth, users in zip(levels["revenue_rate"], levels["users"], strict=True)
    ]
    listed = "; ".join(f"{name}: {text}" for name, text in zip(names, texts, strict=True))
    return bars(
        names,
        [max(float(worth), 0.0) for worth in levels["revenue_rate"].fillna(0)],
        texts=texts,
        title=core_sentence(levels, currency, platform),
        alt=say("Share of the revenue by level: {rows}.", rows=listed),
        before=list(levels["users_rate"]),
        note=say("Bar: share of the revenue. Grey stroke: share of the users."),
    )


def draw_cells(cells: pd.DataFrame, platform: str) -> Chart:
    """Return the 27 cells, shaded by their users, each with its level.

    Args:
        cells: `Tiers.cells`.
        platform: The one whose orders count; empty means all.
    """
    rows = pd.DataFrame(
        {
            "row": [
                say("R {r} · F {f}", r=r, f=f) for r, f in zip(cells["r"], cells["f"], strict=True)
            ],
            "column": [say("M {m}", m=m) for m in cells["m"]],
            "text": [
                f"{words.label(level)}\n{words.short(users)}"
                for level, users in zip(cells["level"], cells["users"], strict=True)
            ],
            "weight": cells["users"],
        }
    )
    top = cells.iloc[int(np.argmax(cells["users"]))]
    sentence = (
        message(
            "On {platform}, the largest cell is R {r}, F {f}, M {m} ({level}): {share} of the users."
        )
        if platform
        else message("The largest cell is R {r}, F {f}, M {m} ({level}): {share} of the users.")
    )
    title = sentence.format(
        platform=words.label(platform),
        r=top["r"],
        f=top["f"],
        m=top["m"],
        level=words.label(str(top["level"])).lower(),
        share=words.percent(float(top["users_rate"])),
    )
    listed = "; ".join(
        f"R {r} F {f} M {m}: {level} {words.count(users)}"
        for r, f, m, level, users in cells[["r", "f", "m", "level", "users"]].itertuples(
            index=False
        )
    )
    return heat(
        rows,
        title=title,
        alt=say("Users by cell: {rows}.", rows=listed),
        note=say(
            "Scores of recency (R), frequency (F) and money (M), 3 is best. In each cell its level "
            "and its users; the darker, the more users."
        ),
    )
