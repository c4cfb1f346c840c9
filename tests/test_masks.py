"""Pseudonyms: the key behind them, and what the order of a list tells."""

import itertools
import os

import pandas as pd
import pytest

from workbench.display import keys
from workbench.errors import ParameterError, SourceError
from workbench.kit import ids
from workbench.kit.ids import mask


@pytest.fixture(autouse=True, scope="module")
def _key_of_the_shop():
    """The door tells the kit where its key is; here nobody comes in by the door."""
    ids.key_from(keys.key)


def test_the_order_of_masked_rows_does_not_tell_whose_they_are():
    users = pd.DataFrame({"user_id": [f"u{i:02}" for i in range(40)], "rank": range(40)})
    masked = mask(users)
    assert masked["user_id"].is_monotonic_increasing
    assert masked["rank"].tolist() != list(range(40))


def test_a_user_keeps_one_pseudonym_under_one_key_and_another_under_another(monkeypatch):
    frame = pd.DataFrame({"user_id": ["a", "b", "a", None]})
    monkeypatch.setenv("WORKBENCH_MASK_KEY", "one key of the shop")
    first = list(mask(frame)["user_id"])
    monkeypatch.setenv("WORKBENCH_MASK_KEY", "another key of it")
    second = list(mask(frame)["user_id"])
    assert first[0] == first[2] != first[1]
    assert pd.isna(first[3])
    assert not set(first[:3]) & set(second[:3])


def test_without_a_named_key_one_is_drawn_once_and_kept_to_its_owner(monkeypatch, tmp_path):
    monkeypatch.delenv("WORKBENCH_MASK_KEY", raising=False)
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path))
    frame = pd.DataFrame({"user_id": ["a"]})
    assert mask(frame).equals(mask(frame))
    assert oct((tmp_path / "mask.key").stat().st_mode & 0o777) == "0o600"
    assert [path.name for path in tmp_path.iterdir()] == ["mask.key"]


def test_without_a_key_ids_are_left_out(monkeypatch):
    monkeypatch.setattr(ids, "_giver", [])
    users = pd.DataFrame({"user_id": ["a"], "inviter_id": ["b"], "rank": [1]})
    assert list(mask(users)) == ["rank"]
    with ids.using(b"another key"):
        assert list(mask(users)) == ["user_id", "inviter_id", "rank"]


def falling(users):
    return users.iloc[::-1].reset_index(drop=True)


def by_level_and_amount(users):
    told = users.assign(level=users["rank"] % 3, amount=users["rank"] // 3 % 2)
    keys = ["level", "amount", "user_id"]
    return told.sort_values(keys, ascending=[False, False, True], ignore_index=True)


def by_platform(users):
    parts = [users[users["rank"] % 2 == side].assign(platform=side) for side in (1, 0)]
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize("order", [falling, by_level_and_amount, by_platform])
def test_no_order_of_a_masked_list_tells_whose_its_rows_are(order):
    users = pd.DataFrame({"user_id": [f"u{i:03}" for i in range(90)], "rank": range(90)})
    given = order(users)
    with ids.using(b"one key, so that chance is the same"):
        masked = mask(given)
    kept = [name for name in ("level", "amount", "platform") if name in given]
    assert masked[kept].equals(given[kept])
    raw = masked["rank"].tolist()
    assert raw != given["rank"].tolist()
    inside = [
        later > earlier
        for (_, one), (_, next_) in itertools.pairwise(masked.iterrows())
        for earlier, later in [(one["rank"], next_["rank"])]
        if all(one[name] == next_[name] for name in kept)
    ]
    assert 0.3 < sum(inside) / len(inside) < 0.7


def test_a_list_by_worth_keeps_its_order():
    users = pd.DataFrame({"user_id": [f"u{i * 7 % 40:02}" for i in range(40)], "worth": range(40)})
    assert mask(users)["worth"].tolist() == list(range(40))


def test_a_ranking_keeps_its_order_where_a_few_ids_are_in_order_by_chance():
    users = pd.DataFrame(
        {
            "user_id": ["u7", "u2", "u5", "u9", "u1", "u3", "u8", "u4"],
            "level": ["a", "a", "b", "b", "c", "c", "d", "d"],
            "worth": [80, 70, 60, 50, 40, 30, 20, 10],
        }
    )
    assert mask(users)["worth"].tolist() == users["worth"].tolist()


def test_inviters_are_masked_like_users():
    frame = pd.DataFrame({"user_id": ["a", "b"], "inviter_id": ["b", None]})
    masked = mask(frame)
    by_user = dict(zip(masked["user_id"], masked["inviter_id"], strict=True))
    assert set(masked["inviter_id"].dropna()) <= set(masked["user_id"])
    assert "b" not in {*by_user, *by_user.values()}


@pytest.mark.parametrize("named", ["", "1", "fifteen letters"])
def test_a_key_that_can_be_guessed_is_refused(monkeypatch, named):
    monkeypatch.setenv("WORKBENCH_MASK_KEY", named)
    with pytest.raises(ParameterError, match="must have at least 16: whoever guesses it"):
        keys.key()


@pytest.mark.parametrize("content", [b"", b"x" * 31, b"x" * 65])
def test_a_key_that_is_not_whole_is_refused(monkeypatch, tmp_path, content):
    monkeypatch.delenv("WORKBENCH_MASK_KEY", raising=False)
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path))
    (tmp_path / "mask.key").write_bytes(content)
    with pytest.raises(SourceError, match=f"has {len(content)} bytes, must have 32"):
        mask(pd.DataFrame({"user_id": ["a"]}))
    assert (tmp_path / "mask.key").read_bytes() == content


def test_a_key_is_on_the_disk_before_it_has_its_name(monkeypatch, tmp_path):
    monkeypatch.delenv("WORKBENCH_MASK_KEY", raising=False)
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path))
    synced = []
    fsync, link = os.fsync, os.link
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append("fsync") or fsync(handle))
    monkeypatch.setattr(os, "link", lambda *paths: synced.append("link") or link(*paths))
    keys.key()
    assert synced == ["fsync", "link", "fsync"]
