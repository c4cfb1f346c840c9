"""Charts in the house style; the only package that knows matplotlib and seaborn."""

from workbench.charts.chart import Chart
from workbench.charts.diagrams import curve, heat, stretches, waterfall
from workbench.charts.gains import band, gains
from workbench.charts.shapes import bars, dots, histogram, line

__all__ = [
    "Chart",
    "band",
    "bars",
    "curve",
    "dots",
    "gains",
    "heat",
    "histogram",
    "line",
    "stretches",
    "waterfall",
]


def __dir__() -> list[str]:
    return __all__
