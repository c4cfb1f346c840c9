"""Charts in the house style; the only package that knows matplotlib and seaborn."""

from workbench.charts.chart import Chart
from workbench.charts.diagrams import curve, heat, stretches, waterfall
from workbench.charts.gains import band, gains
from workbench.charts.shapes import bars, dots, histogram, line
from workbench.charts.states import crossed, states, watched

__all__ = [
    "Chart",
    "band",
    "bars",
    "crossed",
    "curve",
    "dots",
    "gains",
    "heat",
    "histogram",
    "line",
    "states",
    "stretches",
    "watched",
    "waterfall",
]


def __dir__() -> list[str]:
    return __all__
