"""What is kept back so that no sum gives a small group's figures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.stats.disclosure import folded, recoverable, withheld, withheld_within

LEAST = 10
SIZES = st.lists(st.integers(0, 40), min_size=1, max_size=8)


def table(sizes):
    """A table's cells as one row, with its rows and columns as lines."""
    sizes = np.array(sizes)
    rows, columns = (axis.ravel() for axis in np.indices(sizes.shape))
    axes = ((rows, sizes.shape[0]), (columns, sizes.shape[1]))
    return sizes.ravel(), [axis == one for axis, n in axes for one in range(n)]


def kept_back(sizes):
    return withheld(*table(sizes), LEAST).reshape(np.shape(sizes)).astype(int).tolist()


TABLES = st.tuples(st.integers(1, 5), st.integers(1, 5)).flatmap(
    lambda shape: st.lists(
        st.lists(st.integers(0, 40), min_size=shape[1], max_size=shape[1]),
        min_size=shape[0],
        max_size=shape[0],
    )
)


@pytest.mark.parametrize(
    ("sizes", "few"),
    [
        ([500, 300, 12], [0, 0, 0]),  # all are large enough
        ([500, 300, 5], [0, 1, 1]),  # all less 500 less 300 would give the five
        ([500, 300, 6, 4], [0, 0, 1, 1]),  # together they are ten
        ([500, 5], [1, 1]),  # the one tells of the other
        ([500, 0], [0, 0]),  # of nobody there is nothing to tell
        ([500, 20, 20, 3], [0, 1, 1, 1]),  # of two equal ones neither is chosen
        ([3, 4], [1, 1]),
    ],
)
def test_small_values_are_told_together_and_the_next_smallest_joins_them(sizes, few):
    assert folded(np.array(sizes), LEAST).astype(int).tolist() == few


def test_of_no_values_none_are_told_together():
    assert folded(np.array([]), LEAST, overlap=True).tolist() == []


def test_a_value_that_is_small_in_one_of_two_periods_is_folded_in_both():
    sizes = np.array([[300, 200], [40, 9], [50, 0], [20, 11]])
    assert folded(sizes, LEAST).tolist() == [False, True, False, True]


def test_values_that_are_told_together_anyway_take_in_the_small_ones():
    sizes, others = np.array([300, 40, 5, 90]), np.array([False, False, False, True])
    assert folded(sizes, LEAST, others=others).tolist() == [False, False, True, True]
    assert not folded(sizes[[0, 1, 3]], LEAST, others=others[[0, 1, 3]]).any()


def test_users_of_several_small_values_may_be_the_same_few():
    assert folded(np.array([300, 40, 6, 6]), LEAST, overlap=True).tolist() == [False, *[True] * 3]


@given(SIZES)
def test_what_is_told_together_is_nobody_or_ten_people_or_everybody(sizes):
    sizes = np.array(sizes)
    few = folded(sizes, LEAST)
    assert sizes[few].sum() >= LEAST or not few.any() or not (sizes[~few] > 0).any()
    assert not ((sizes > 0) & (sizes < LEAST) & ~few).any()


@given(SIZES, st.randoms())
def test_the_order_of_values_decides_nothing(sizes, random):
    places = random.sample(range(len(sizes)), len(sizes))
    sizes = np.array(sizes)
    assert folded(sizes[places], LEAST).tolist() == folded(sizes, LEAST)[places].tolist()


@pytest.mark.parametrize(
    ("sizes", "few"),
    [
        ([[50, 20], [30, 40]], [[0, 0], [0, 0]]),
        ([[3, 20], [30, 40]], [[1, 1], [1, 1]]),  # one of its row, of its column, and of theirs
        (
            [[3, 20, 90], [30, 40, 90], [90, 90, 90]],
            [[1, 1, 0], [1, 1, 0], [0, 0, 0]],
        ),
        ([[0, 0], [30, 40]], [[0, 0], [0, 0]]),
        (
            [[3, 20, 90], [0, 40, 90]],
            [[1, 1, 1], [0, 1, 1]],
        ),  # each needs a second one, to the last
    ],
)
def test_a_small_cell_is_kept_back_with_what_would_give_it(sizes, few):
    assert kept_back(sizes) == few


@given(TABLES)
def test_no_small_cell_follows_from_the_sums_of_rows_and_columns(sizes):
    cells, lines = table(sizes)
    few = withheld(cells, lines, LEAST)
    small = (cells > 0) & (cells < LEAST)
    told = [line for line in lines if cells[line].sum() >= LEAST]
    assert few[small].all()
    assert not few[cells == 0].any()
    for line in told:
        kept = line & few
        alone = kept.any() and (kept.sum() == 1 or cells[kept].sum() < LEAST)
        # Where nothing else stands in the line, there is nothing to keep back beside it.
        assert not alone or (few | (cells == 0))[line].all()
        assert not (small & kept).any() or cells[kept].sum() >= LEAST
    open_ = recoverable(told, few) & small
    touching = [line for line in told if (line & open_).any()]
    assert all((few | (cells == 0))[line].all() for line in touching)


@given(TABLES)
def test_what_is_kept_back_already_needs_nothing_more(sizes):
    cells, lines = table(sizes)
    few = withheld(cells, lines, LEAST)
    assert (withheld(cells, lines, LEAST, few) == few).all()


@given(TABLES, st.randoms())
def test_the_order_of_rows_and_columns_decides_nothing(sizes, random):
    sizes = np.array(sizes)
    rows, columns = (random.sample(range(n), n) for n in sizes.shape)
    mixed = np.array(kept_back(sizes[rows][:, columns]))
    assert (mixed == np.array(kept_back(sizes))[rows][:, columns]).all()


def test_nothing_is_kept_back_from_the_owner():
    cells, lines = table([[1, 2], [3, 4]])
    assert not withheld(cells, lines, 0).any()
    assert not folded(cells, 0).any()


def test_a_group_of_cells_is_not_given_by_its_cells():
    # The first group is small, so the next smallest is kept back too: and a cell of it.
    sizes, groups = np.array([4, 3, 20, 30, 200, 300]), np.array([0, 0, 1, 1, 2, 2])
    cells, kept = withheld_within(sizes, [], groups, [np.ones(3, dtype=bool)], LEAST)
    assert kept.tolist() == [True, True, False]
    assert cells.tolist() == [True, True, True, False, False, False]
