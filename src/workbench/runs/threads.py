"""How many threads the linear algebra of a kernel wakes."""

from __future__ import annotations

from collections.abc import Mapping

_NAMES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def one_thread(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables by which a kernel's linear algebra has one thread, where none says otherwise.

    For the small matrices of a report threads wait for one another longer than they reckon, and the
    last digit of a sum would depend on how many there are.

    Args:
        environment: What is set already, which counts.
    """
    return {name: environment.get(name, "1") for name in _NAMES}
