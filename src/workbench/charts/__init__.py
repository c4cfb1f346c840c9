"""Charts in the house style; the only package that knows matplotlib and seaborn."""

from workbench.charts.chart import Chart, MissingGlyph
from workbench.charts.shapes import bars, dots, histogram, line

__all__ = ["Chart", "MissingGlyph", "bars", "dots", "histogram", "line"]
