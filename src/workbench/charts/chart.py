"""A chart, the house style it is drawn in, and how it gets onto a page.

A chart's title is its finding and stands above the picture as text of the page, where it wraps,
can be searched and read aloud. Each chart is drawn twice, for a desktop and for a phone, and the
page picks one: a picture that is only scaled down cannot be read on a phone.
"""

from __future__ import annotations

import base64
import io
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict
from unicodedata import east_asian_width

import numpy as np
import pylopdf_fonts_zh_cn
import seaborn as sns
from matplotlib import font_manager, rc_context
from matplotlib.dates import num2date
from matplotlib.figure import Figure

from workbench.kit import words
from workbench.kit.blocks import Block, InCell
from workbench.kit.sentences import say, together
from workbench.markup import escape, prose, visible

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ACCENT = "#1d5fa8"
BEFORE = "#9aa5b1"
INK = "#1f2933"
QUIET = "#52606d"
GRID = "#e4e7eb"
PALE = "#c9d8ea"

_DESKTOP, _PHONE = 7.6, 3.75  # inches wide; at 96 to the inch, the widths of a page's column
_BOXES = 12  # characters that a note names
_MISSING = re.compile(r"Glyph (\d+) .* missing from font")
_HEAVY = 200_000  # bytes beyond which a picture of dots is lighter than its drawing


class Told(TypedDict):
    """What a chart says, as `Chart` has it: `title`, `alt` and, where there is one, `note`."""

    title: str
    alt: str
    note: NotRequired[str]


@dataclass(frozen=True)
class Chart(InCell):
    """A finding as a picture.

    Attributes:
        title: The finding, one sentence.
        alt: What the picture shows, in words, for those who cannot see it.
        draw: Draws onto a figure of the given width; told whether it is for a phone.
        height: Inches high on a desktop and on a phone.
        note: How to read it: what is drawn as interval, what is grey.
    """

    title: str
    alt: str
    draw: Callable[[Figure, bool], None]
    height: tuple[float, float]
    note: str = ""

    def figure(self, *, phone: bool = False) -> Figure:
        """Return the matplotlib figure, to change or to save."""
        with rc_context(_theme()):
            size = (_PHONE, self.height[1]) if phone else (_DESKTOP, self.height[0])
            figure = Figure(figsize=size, layout="constrained")
            self.draw(figure, phone)
            sns.despine(figure, left=True, bottom=True)
        return figure

    def with_phone(self, other: Chart) -> Chart:
        """Return this chart for desktops and another, coarser picture of the same for phones."""

        def draw(figure: Figure, phone: bool) -> None:  # noqa: FBT001 - Chart's own call
            (other if phone else self).draw(figure, phone)

        return replace(self, draw=draw, height=(self.height[0], other.height[1]))

    def block(self) -> Block:
        """Return the chart as a `<figure>` that asks for nothing from elsewhere."""
        narrow, lost = _image(self.figure(phone=True))
        wide, also = _image(self.figure())
        told = together(self.note, _stand_ins(lost | also))
        note = f'<p class="wb-note">{escape(told)}</p>' if told else ""
        html = (
            f'<figure class="wb-chart"><figcaption>{prose(self.title)}</figcaption><picture>'
            f'<source media="(max-width: 40rem)" srcset="{narrow}">'
            f'<img src="{wide}" alt="{escape(self.alt)}"></picture>{note}</figure>'
        )
        return Block(html, f"{self.title}\n{self.alt}")


def write(
    axes: Axes,
    text: str,
    place: tuple[Any, float],
    shift: tuple[float, float] = (6, 0),
    **look: Any,
) -> None:
    """Write beside a place of the axes, so many points to the right and up."""
    look = {"va": "center", **look}
    axes.annotate(text, place, shift, textcoords="offset points", **look)


def label(text: object, *, phone: bool = False, most: int = 0) -> str:
    """Return a name of the data as a label: on one line, and with an ellipsis where it is long.

    Args:
        text: The name.
        phone: Whether the picture is a phone's.
        most: How many letters there is room for, a wide one counting twice; by default as many as
            beside a picture.
    """
    name, room = visible(" ".join(str(text).split())), most or (24 if phone else 40)
    widths = [2 if east_asian_width(letter) in "WF" else 1 for letter in name]
    if sum(widths) <= room:
        return name
    fits = np.searchsorted(np.cumsum(widths), room - 1, side="right")
    return f"{name[:fits].rstrip()}…"


def day_tick(value: float, _position: float) -> str:
    """Return a day on an axis as a reader says it: `28 Sep`."""
    return words.day_month(num2date(value).date())


def _image(figure: Figure) -> tuple[str, set[str]]:
    """The picture as a data address, and the characters of which the fonts have no shape.

    It is a drawing with its letters as outlines, or dots if lighter. matplotlib draws a box where
    a shape is missing.
    """
    with rc_context(_theme()), warnings.catch_warnings(record=True) as said:
        warnings.filterwarnings("always", message=_MISSING.pattern, category=UserWarning)
        drawing = _save(figure, "svg", {"Date": None, "Creator": None})
        dots = _save(figure, "png", {"Software": None}) if len(drawing) > _HEAVY else b""
    missing = [(one, _MISSING.match(str(one.message))) for one in said]
    for one, glyph in missing:
        if glyph is None:
            warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
    address = _address("png", dots) if dots else _address("svg+xml", drawing)
    return address, {chr(int(glyph[1])) for _one, glyph in missing if glyph}


def _stand_ins(lost: set[str]) -> str:
    """What boxes in a picture stand for; nothing where there are none."""
    if not lost:
        return ""
    names = [one if one.isprintable() else f"U+{ord(one):04X}" for one in sorted(lost)]
    shown = " ".join([*names[:_BOXES], *(["…"] if len(names) > _BOXES else [])])
    return say(
        "In the picture a box stands for what cannot be drawn there: {characters}", characters=shown
    )


def _save(figure: Figure, form: str, metadata: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format=form, metadata=metadata, dpi=192)
    return buffer.getvalue()


def _address(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


@cache
def _theme() -> dict[str, Any]:
    """The house style, made once; a caller's own matplotlib settings stay as they are."""
    font = pylopdf_fonts_zh_cn.sans_path()
    font_manager.fontManager.addfont(font)
    return {
        **sns.axes_style("whitegrid"),
        **sns.plotting_context("notebook", font_scale=0.9),
        "axes.edgecolor": GRID,
        "axes.labelcolor": QUIET,
        "axes.unicode_minus": False,
        "font.family": [font_manager.FontProperties(fname=font).get_name(), "DejaVu Sans"],
        "font.size": 10,
        "grid.color": GRID,
        "svg.fonttype": "path",
        "svg.hashsalt": "workbench",
        "text.color": INK,
        "text.parse_math": False,
        "xtick.color": QUIET,
        "ytick.color": INK,
    }
