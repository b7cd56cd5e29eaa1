"""The vault keeps originals byte for byte, once, and never rewrites one."""

import os
import time
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest

from include.exceptions import BaosongError, TryAgain
from include.warehouse import vault


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BAOSONG_VAULT", str(tmp_path / "vault"))
    return tmp_path / "vault"


def test_an_original_is_found_under_its_hash(place: Path, tmp_path: Path) -> None:
    (tmp_path / "report").write_bytes(b"x" * 3_000_000)
    name = sha256(b"x" * 3_000_000).hexdigest()
    assert vault.keep(tmp_path / "report") == (name, 3_000_000)
    assert (place / name[:2] / name).read_bytes() == b"x" * 3_000_000
    assert vault.is_whole(name)


def test_an_original_is_never_written_again(place: Path) -> None:
    name, _ = vault.keep(BytesIO(b"same"))
    first = (place / name[:2] / name).stat()
    vault.keep(BytesIO(b"same"))
    assert (place / name[:2] / name).stat().st_mtime_ns == first.st_mtime_ns
    assert (place / name[:2] / name).stat().st_ino == first.st_ino
    assert list((place / "incoming").iterdir()) == []


def test_an_empty_file_is_an_original_too() -> None:
    name, size = vault.keep(BytesIO(b""))
    assert (size, vault.is_whole(name)) == (0, True)


def test_a_damaged_original_is_said_and_not_mended(place: Path) -> None:
    name, _ = vault.keep(BytesIO(b"whole"))
    target = place / name[:2] / name
    target.chmod(0o600)
    target.write_bytes(b"cut")
    with pytest.raises(BaosongError, match="damaged"):
        vault.keep(BytesIO(b"whole"))
    assert not vault.is_whole(name)


def test_an_original_that_is_not_there_is_said() -> None:
    with pytest.raises(BaosongError, match="no original"):
        vault.open("0" * 64)


def test_a_full_disk_says_try_again(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(vault.os, "fsync", full)
    with pytest.raises(TryAgain):
        vault.keep(BytesIO(b"report"))
    assert list((place / "incoming").iterdir()) == []


def test_what_a_killed_process_left_is_swept_a_day_later(place: Path) -> None:
    (place / "incoming").mkdir(parents=True)
    for name, age in (("old", 90_000), ("young", 60)):
        (place / "incoming" / name).write_bytes(b"half")
        os.utime(place / "incoming" / name, (time.time() - age, time.time() - age))
    vault.keep(BytesIO(b"report"))
    assert [path.name for path in (place / "incoming").iterdir()] == ["young"]


def test_many_originals_get_their_names_together_or_not_at_all(place: Path) -> None:
    with vault.many() as keep:
        kept = [keep(BytesIO(content)) for content in (b"one", b"two", b"one")]
        assert not any(vault.is_whole(name) for name, _ in kept)
    assert all(vault.is_whole(name) for name, _ in kept)

    def fail() -> None:
        with vault.many() as keep:
            keep(BytesIO(b"three"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not vault.is_whole(sha256(b"three").hexdigest())
    assert list((place / "incoming").iterdir()) == []
