"""CDNOW's sample, as published: calibrated until 30 September 1997, held out for 39 weeks more."""

from datetime import date

from workbench.periods import Period

FIRST, ZONE = date(1997, 1, 1), "America/New_York"
CALIBRATION = Period(FIRST, date(1997, 9, 30), ZONE)
HOLDOUT = Period(FIRST, date(1998, 6, 30), ZONE)
