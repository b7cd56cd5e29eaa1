"""The vault: every original, byte for byte, under its SHA-256. What is in it is never written again.

`<vault>/<first two digits>/<sha256>`, no ending: nothing opens such a file by accident. An original appears under its name only when it is whole: it
is written under another name on the same file system, flushed to the disk, and then given its name.
"""

import ctypes
import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from hashlib import file_digest, sha256
from pathlib import Path
from time import time
from typing import IO, BinaryIO
from uuid import uuid4

from upath import UPath

from include import settings
from include.exceptions import BaosongError, TryAgain

_BLOCK = 1 << 20
_ABANDONED_SECONDS = 86_400.0
Keep = Callable[[BinaryIO], tuple[str, int]]
_MAY_PASS = (errno.EIO, errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.ESTALE, errno.ETIMEDOUT, errno.EHOSTDOWN, errno.ENOTCONN, errno.EROFS)


def keep(source: BinaryIO | str | os.PathLike[str]) -> tuple[str, int]:
    """Copy a file (open in binary, or its path) exactly into the vault and return its SHA-256 and size.

    The same bytes are kept once. TryAgain when the vault is away or full; an original that has lost its size is damage, and said.
    """
    if isinstance(source, str | os.PathLike):
        with Path(source).open("rb") as file:
            return keep(file)
    root = _root()
    if not _is_local(root):
        with _telling_when_away():
            return _keep_elsewhere(source, root)
    with many() as copy:
        return copy(source)


def open(sha256: str) -> BinaryIO:  # noqa: A001 - vault.open() is what it is
    """Open an original for reading; BaosongError if the vault does not have it."""
    found = path(sha256)
    try:
        with _telling_when_away():
            file: BinaryIO = found.open("rb")
            return file
    except FileNotFoundError:
        raise BaosongError(f"原件库中没有 {sha256}：请检查 BAOSONG_VAULT / the vault has no original {sha256}: check BAOSONG_VAULT") from None


def path(sha256: str) -> UPath:
    """Where an original stands, whether or not it is there."""
    return _root() / sha256[:2] / sha256


def local_path(sha256: str) -> str | None:
    """Where an original stands, as a plain path; None where the vault is no local folder. Cheap enough to ask for every file."""
    folder = _local_folder(settings.vault())
    return None if folder is None else f"{folder}/{sha256[:2]}/{sha256}"


@lru_cache(maxsize=8)
def _local_folder(given: str) -> str | None:
    root = UPath(given) if "://" in given else UPath(settings.PROJECT / given)
    return root.path if _is_local(root) else None


def is_whole(sha256: str) -> bool:
    """Whether the original is there and its bytes still have that hash."""
    try:
        with open(sha256) as file:
            return _digest(file) == sha256
    except BaosongError:
        return False


def _root() -> UPath:
    """The vault's folder; a relative one is below the project."""
    given = settings.vault()
    return UPath(given) if "://" in given else UPath(settings.PROJECT / given)


def _is_local(root: UPath) -> bool:
    return root.protocol in ("", "file", "local")


def _digest(file: IO[bytes]) -> str:
    return file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


@contextmanager
def many() -> Iterator[Keep]:
    """Keep many originals for the price of one: the function given copies like `keep`; the copies get their names together when the block ends.

    They are flushed to the disk at once, then named; an exception inside leaves none of them.
    """
    root = _root()
    if not _is_local(root):
        yield keep
        return
    shelf = _Shelf(Path(root.path))
    try:
        yield shelf.copy
        with _telling_when_away():
            shelf.name()
    finally:
        shelf.clear()


class _Shelf:
    """Copies on their way into a local vault: whole, but without their names yet."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.aside = root / "incoming"
        self.copies: dict[str, Path] = {}

    def copy(self, source: BinaryIO) -> tuple[str, int]:
        """Copy a file beside the originals; return its SHA-256 and size."""
        with _telling_when_away():
            self.aside.mkdir(parents=True, exist_ok=True)
            partial = self.aside / uuid4().hex
            digest, size = sha256(), 0
            try:
                with partial.open("xb") as copy:
                    while block := source.read(_BLOCK):
                        digest.update(block)
                        size += copy.write(block)
                    os.fchmod(copy.fileno(), 0o440)
                name = digest.hexdigest()
                if name not in self.copies and not _has(self.root / name[:2] / name, size, name):
                    self.copies[name] = partial
            finally:
                if self.copies.get(digest.hexdigest()) != partial:
                    partial.unlink(missing_ok=True)
            return name, size

    def name(self) -> None:
        """Flush the copies to the disk, then give them their names, then flush the names."""
        if len(self.copies) == 1:
            (partial,) = self.copies.values()
            _flush(partial, os.O_RDONLY)
        elif self.copies:
            _flush_all(self.aside)
        folders = {name[:2] for name in self.copies}
        for folder in folders:
            (self.root / folder).mkdir(exist_ok=True)
        for name, partial in self.copies.items():
            partial.rename(self.root / name[:2] / name)
        if len(folders) == 1:
            _flush(self.root / folders.pop(), os.O_RDONLY | os.O_DIRECTORY)
            _flush(self.root, os.O_RDONLY | os.O_DIRECTORY)
        elif folders:
            _flush_all(self.root)
        self.copies.clear()

    def clear(self) -> None:
        """Remove copies that never got their names, those that a killed process left a day ago among them."""
        for partial in self.copies.values():
            partial.unlink(missing_ok=True)
        with suppress(OSError):
            for left in self.aside.iterdir():
                if time() - left.stat().st_mtime > _ABANDONED_SECONDS:
                    left.unlink(missing_ok=True)


def _has(target: Path, size: int, name: str) -> bool:
    try:
        there = target.stat().st_size
    except FileNotFoundError:
        return False
    if there != size:
        raise BaosongError(
            f"原件库损坏：{name} 应为 {size} 字节，实为 {there} / the vault is damaged: {name} should have {size} bytes and has {there}: restore it"
        )
    return True


def _flush(path: Path, how: int) -> None:
    """Make a file's bytes, or the names in a folder, survive a power cut."""
    handle = os.open(path, how)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _flush_all(folder: Path) -> None:
    """Make everything on a folder's file system survive a power cut, at once."""
    syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if syncfs is None:
        os.sync()
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if syncfs(handle) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
    finally:
        os.close(handle)


def _keep_elsewhere(source: BinaryIO, root: UPath) -> tuple[str, int]:
    """Into a store whose objects appear whole (S3-like): hash first, then write once under the final name."""
    import tempfile

    with tempfile.SpooledTemporaryFile(max_size=64 * _BLOCK) as held:
        digest, size = sha256(), 0
        while block := source.read(_BLOCK):
            digest.update(block)
            size += held.write(block)
        name = digest.hexdigest()
        target = root / name[:2] / name
        if target.exists():
            there = int(target.stat().st_size)
            if there != size:
                raise BaosongError(
                    f"原件库损坏：{name} 应为 {size} 字节，实为 {there} / the vault is damaged: {name} should have {size} bytes and has {there}"
                )
            return name, size
        held.seek(0)
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as copy:
            while block := held.read(_BLOCK):
                copy.write(block)
        if int(target.stat().st_size) != size:
            raise TryAgain(f"原件未能完整写入原件库，请重试 / the vault did not take {name} whole, try again")
    return name, size


@contextmanager
def _telling_when_away() -> Iterator[None]:
    """Turn what may pass (share away, disk full) into TryAgain."""
    try:
        yield
    except OSError as error:
        if error.errno in _MAY_PASS or isinstance(error, ConnectionError | TimeoutError):
            raise TryAgain(f"原件库暂时不可用：{error} / the vault is away or full, try again later") from error
        raise
