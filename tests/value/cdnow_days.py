"""CDNOW's sample, as published: calibrated until 30 September 1997, held out for 39 weeks more."""

from datetime import date

from workbench.periods import midnight

ZONE = "America/New_York"
CUTOFF = midnight(date(1997, 10, 1), ZONE)
UNTIL = midnight(date(1998, 7, 1), ZONE)
