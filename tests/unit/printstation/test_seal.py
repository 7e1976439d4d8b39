"""Residents' data at rest: unreadable without the key, bound to its record, and a key that is kept private."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from printstation.seal import KEY_BYTES, Seal, SealBroken, open_key

ONE = Seal.of(b"1" * 32)
OTHER = Seal.of(b"2" * 32)


@given(st.binary(max_size=2000))
def test_what_is_sealed_opens_again(data: bytes) -> None:
    assert ONE.open(ONE.close(data, "job"), "job") == data


def test_a_sealed_record_tells_nothing() -> None:
    sealed = ONE.close(b"BUDI SANTOSO", "job")
    assert b"BUDI" not in sealed
    assert sealed != ONE.close(b"BUDI SANTOSO", "job"), "a nonce is never used twice"


def test_it_opens_for_its_own_record_only() -> None:
    with pytest.raises(SealBroken):
        ONE.open(ONE.close(b"data", "job 1"), "job 2")


@pytest.mark.parametrize("at", [0, 11, 12, -1])
def test_a_changed_byte_is_found(at: int) -> None:
    sealed = bytearray(ONE.close(b"data", "job"))
    sealed[at] ^= 1
    with pytest.raises(SealBroken):
        ONE.open(bytes(sealed), "job")


@pytest.mark.parametrize("data", [b"", b"short", bytes(12), bytes(27)])
def test_what_was_never_sealed_is_broken_and_no_crash(data: bytes) -> None:
    with pytest.raises(SealBroken):
        ONE.open(data, "job")


def test_another_stations_key_does_not_open_it() -> None:
    with pytest.raises(SealBroken):
        OTHER.open(ONE.close(b"data", "job"), "job")


def test_hashes_compare_and_do_not_tell() -> None:
    assert ONE.hash("resident", b"1771") == ONE.hash("resident", b"1771")
    assert ONE.hash("resident", b"1771") != ONE.hash("body", b"1771")
    assert ONE.hash("resident", b"1771") != OTHER.hash("resident", b"1771")
    assert ONE.hash("a", b"\0b") != ONE.hash("a\0", b"b")[:31]


def test_a_key_has_a_name_that_does_not_tell_it() -> None:
    assert ONE.key_id == Seal.of(b"1" * 32).key_id != OTHER.key_id
    assert ONE.key_id not in (b"1" * 32).hex()


def test_a_seal_shows_no_key_when_it_is_printed() -> None:
    assert repr(ONE) == f"Seal(key_id='{ONE.key_id}')"


# ------------------------------------------------------------------------------- the key file
def test_the_first_start_makes_a_private_key_and_later_ones_keep_it(tmp_path: Path) -> None:
    path = tmp_path / "printstation.key"
    seal = open_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(path.read_bytes()) == KEY_BYTES
    assert open_key(path) == seal
    assert sorted(p.name for p in tmp_path.iterdir()) == ["printstation.key"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_key_that_others_may_read_is_refused_with_what_to_do(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "printstation.key"
    open_key(path)
    path.chmod(mode)
    with pytest.raises(PermissionError, match="chmod 600"):
        open_key(path)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_key_of_another_size_is_refused(tmp_path: Path, size: int) -> None:
    path = tmp_path / "printstation.key"
    path.write_bytes(bytes(size))
    path.chmod(0o600)
    with pytest.raises(ValueError, match="backup"):
        open_key(path)


def test_a_cut_while_the_key_is_made_leaves_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "printstation.key"

    def cut(_: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", cut)
        with pytest.raises(KeyboardInterrupt):
            open_key(path)
    assert not path.exists()
    assert len(open_key(path).key_id) == 16
