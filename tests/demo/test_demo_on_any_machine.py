"""The demo is the same to the last digit wherever it is drawn."""

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest
from numpy._core._multiarray_umath import __cpu_dispatch__

from workbench.demo import exactly

SAID = """\
import hashlib
from workbench import demo
for name, table in demo.tables(events=20_000).items():
    print(name, hashlib.sha256(repr(table.to_pydict()).encode()).hexdigest())
"""


def said(**environment):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SAID],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def test_a_processor_without_vector_instructions_draws_the_same_shop():
    plain = said(NPY_DISABLE_CPU_FEATURES=" ".join(__cpu_dispatch__))
    assert len(plain) > 10
    assert plain == said()


def test_the_default_shop_is_the_one_whose_figures_the_documentation_tells(shop):
    """These are of the machine that wrote them down; on another they must come out alike."""
    digest = hashlib.sha256(repr(shop["orders"].to_pydict()).encode()).hexdigest()
    assert (shop["events"].num_rows, shop["orders"].num_rows) == (702_992, 32_699)
    assert digest[:16] == "f3ebf7815d27e05a"


@pytest.mark.parametrize(
    ("own", "numpys", "values"),
    [
        (exactly.exp, np.exp, np.linspace(-700, 700, 100_001)),
        (exactly.log, np.log, np.geomspace(1e-300, 1e300, 100_001)),
        (exactly.cos, np.cos, np.linspace(-20, 20, 100_001)),
    ],
)
def test_functions_of_sums_and_products_are_those_of_numpy_to_the_last_digits(own, numpys, values):
    np.testing.assert_allclose(own(values), numpys(values), rtol=5e-16, atol=3e-15)
