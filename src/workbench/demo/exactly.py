"""Functions that are the same to the last digit on every processor.

NumPy's own `exp`, `log` and `cos` take another way on processors with other vector instructions and
differ in the last digit; a shop that is drawn by them has other instants on other machines. Here
they are made of sums, products and quotients alone, which IEEE 754 rounds alike everywhere.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# ln 2 in two parts (fdlibm's): the first has so few digits that its multiples are exact.
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_EXP_TERMS, _LOG_TERMS, _COS_TERMS = 14, 13, 16


def exp(values: Floats) -> Floats:
    """Return e to the power of each value, by its Taylor series within ±ln 2 / 2."""
    twos = np.rint(values / math.log(2))
    rest = (values - twos * _LN2_HIGH) - twos * _LN2_LOW
    total = np.ones_like(rest)
    for n in range(_EXP_TERMS, 0, -1):
        total = 1 + rest / n * total
    return np.asarray(np.ldexp(total, twos.astype(np.int64)))


def log(values: Floats) -> Floats:
    """Return the natural logarithm of each value above 0: 2 artanh((m − 1) / (m + 1)) + k ln 2."""
    part, twos = np.frexp(values)
    is_low = part < math.sqrt(0.5)
    part, twos = np.where(is_low, 2 * part, part), twos - is_low
    ratio = (part - 1) / (part + 1)
    square, total = ratio * ratio, np.zeros_like(ratio)
    for n in range(_LOG_TERMS, -1, -1):
        total = 1 / (2 * n + 1) + square * total
    return np.asarray(2 * ratio * total + twos * _LN2_LOW + twos * _LN2_HIGH)


def cos(angles: Floats) -> Floats:
    """Return the cosine of each angle in radians, by its Taylor series within ±π."""
    turn = 2 * math.pi
    rest = angles - turn * np.rint(angles / turn)
    square, total = rest * rest, np.ones_like(rest)
    for n in range(_COS_TERMS, 0, -1):
        total = 1 - square / (2 * n * (2 * n - 1)) * total
    return np.asarray(total)
