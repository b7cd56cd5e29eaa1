"""One listing of an inbox, without opening a file: what is there, what is refused, what must wait.

A local folder or mounted share is walked by `os.scandir`: the server's change time vouches for the moment of arrival; the modification time is the
sender's and proves nothing. Any other address goes through fsspec, where an object store's own stamp vouches.
"""

import errno
import fcntl
import os
import signal
import stat
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from upath import UPath

from include import settings
from include.domain.receipt import HowKnown
from include.exceptions import BaosongError, TryAgain

YOUNG_SECONDS = 2.0
PAUSE_SECONDS = 0.5

_hidden_names = frozenset(
    {"thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin", "system volume information", "@eadir", "__macosx", "lost+found"}
)
_hidden_starts = (".", "~$", "~wrl")
_hidden_ends = (".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".download", ".!qb", ".td", ".swp", "~")
# Whose libraries report a network that is away with exceptions of their own.
_networks = frozenset(
    {"botocore", "aiobotocore", "aiohttp", "azure", "google", "gcsfs", "paramiko", "smbprotocol", "smbclient", "oss2", "requests", "urllib3", "httpx"}
)
_CHANGED_MEANWHILE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EBUSY, errno.ETXTBSY, errno.EWOULDBLOCK, errno.ENXIO)
_stores = frozenset({"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oss", "cos", "obs", "memory"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A file as listed. `path` is relative to the inbox, as text; `address` is what opens it.

    `vouched_at` is the server's own stamp, None where it has none; `version_tag` changes with the file and begins with its modification time.
    """

    path: str
    address: str
    size: int
    version_tag: str
    modified_at: datetime | None
    vouched_at: datetime | None
    vouched_by: HowKnown = "first_seen"
    identity: tuple[int, int] = (0, 0)

    def is_as_modified(self, version_tag: str) -> bool:
        """Whether the file was modified at the same moment as the one of that tag: a rename or a new owner moved its change time, no writer did."""
        return self.version_tag.partition("|")[0] == version_tag.partition("|")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What an inbox holds: files to look at, sorted by path, and (path, reason) of what is refused: `link`, `special`, `escapes`."""

    files: list[Seen] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


def is_passing(name: str) -> bool:
    """Whether a name is that of a lock, a temporary file or what a system leaves behind: no sender means to send it."""
    folded = name.lower()
    return folded in _hidden_names or folded.startswith(_hidden_starts) or folded.endswith(_hidden_ends)


def legible(name: str) -> str:
    """A path as text: names that are no UTF-8 (unpacked on an old system) are read as GB 18030, else their bytes are spelled out."""
    try:
        name.encode()
    except UnicodeEncodeError:
        given = os.fsencode(name)
        try:
            return given.decode("gb18030")
        except UnicodeDecodeError:
            return given.decode("utf-8", errors="backslashreplace")
    return name


def _told_apart(files: list[Seen]) -> list[Seen]:
    """The files sorted by path; where two names read alike, the one that is no UTF-8 is spelled out."""
    plain = {seen.path for seen in files if seen.path == seen.address}
    spelled = [
        seen
        if seen.path == seen.address or seen.path not in plain
        else replace(seen, path=os.fsencode(seen.address).decode(errors="backslashreplace"))
        for seen in files
    ]
    return sorted(spelled, key=lambda seen: seen.path)


def _escapes(path: str) -> bool:
    parts = path.replace("\\", "/").split("/")
    return ".." in parts or path.startswith(("/", "\\"))


class Inbox(ABC):
    """A campaign's inbox. `Inbox.at(...)` gives a local or a remote one; both are asked the same. `unreadable` gathers what may not be read."""

    def __init__(self) -> None:
        self.unreadable: list[str] = []

    @staticmethod
    def at(campaign: str, inbox: str | None, storage: Mapping[str, object] | None) -> "Inbox":
        """The inbox at an address, by default the campaign's folder below BAOSONG_INBOX; a relative path is looked for here, then in the project."""
        given = inbox or f"{settings.current().inbox.rstrip('/')}/{campaign}"
        try:
            options: dict[str, Any] = dict(storage or {})
            address = UPath(given, **options)
            if address.protocol not in ("", "file", "local"):
                return _Store(address)
        except (ImportError, ValueError) as error:
            raise BaosongError(
                f"无法使用收文箱地址 {given}：{error} / the inbox's address cannot be used; is its fsspec package installed?"
            ) from error
        folder = Path(address.path)
        if not folder.is_absolute() and not (inbox and folder.exists()):
            folder = settings.PROJECT / folder
        return _Folder(folder)

    @abstractmethod
    def listing(self, *, may_be_absent: bool = False) -> Listing:
        """List everything once, recursively. TryAgain when the inbox is away; one that never had a file may still be missing (`may_be_absent`)."""

    @abstractmethod
    def at_rest(self, files: Sequence[Seen]) -> set[str]:
        """The paths of the files that nobody is writing."""

    @abstractmethod
    def opened(self, seen: Seen) -> AbstractContextManager[BinaryIO | None]:
        """The file open for reading; None when it is gone, may not be read, is no longer what was listed, or is open for writing."""

    @abstractmethod
    def is_unchanged(self, seen: Seen) -> bool:
        """Whether the file still looks as it was listed."""

    @abstractmethod
    def read(self, path: str) -> bytes:
        """The content of a small file of the house (the trusted list)."""


class _Folder(Inbox):
    """A folder that this machine's file system shows, mounted shares included."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def listing(self, *, may_be_absent: bool = False) -> Listing:
        found = Listing()
        root = os.fspath(self.folder)
        waiting = [""]
        with _telling_when_away(root):
            if may_be_absent and not self.folder.exists() and self.folder.parent.exists():
                return found
            while waiting:
                below = waiting.pop()
                try:
                    entries = os.scandir(os.path.join(root, below))  # noqa: PTH118 - a hundred thousand names, no Path for each
                except (FileNotFoundError, NotADirectoryError):
                    if below:
                        continue  # moved away between two looks
                    raise
                except PermissionError:
                    if below:
                        found.refused.append((legible(below), "unreadable"))
                        continue
                    raise
                with entries:
                    for entry in entries:
                        path = f"{below}/{entry.name}" if below else entry.name
                        if _escapes(path):
                            found.refused.append((legible(path), "escapes"))
                            continue
                        if is_passing(entry.name):
                            continue
                        kind = _kind(entry)
                        if kind == "folder":
                            waiting.append(path)
                        elif kind == "file":
                            seen = _seen(path, entry)
                            if seen is not None:
                                found.files.append(seen)
                        elif kind:
                            found.refused.append((legible(path), kind))
        return Listing(files=_told_apart(found.files), refused=found.refused)

    def at_rest(self, files: Sequence[Seen]) -> set[str]:
        now = time.time()
        # The sender's clock may be ahead or behind by any amount; the change time is this server's.
        young = [
            one
            for one in files
            if any(one_at is not None and abs(now - one_at.timestamp()) < YOUNG_SECONDS for one_at in (one.modified_at, one.vouched_at))
        ]
        if not young:
            return {one.path for one in files}
        time.sleep(PAUSE_SECONDS)
        growing = {one.path for one in young if not self.is_unchanged(one)}
        return {one.path for one in files} - growing

    @contextmanager
    def opened(self, seen: Seen) -> Iterator[BinaryIO | None]:
        file = self._open(seen)
        if file is None:
            yield None
            return
        with file:
            now = os.fstat(file.fileno())
            is_same = stat.S_ISREG(now.st_mode) and (now.st_dev, now.st_ino) == seen.identity
            yield file if is_same and not is_being_written(file.fileno()) else None

    def _open(self, seen: Seen) -> BinaryIO | None:
        address = os.path.join(self.folder, seen.address)  # noqa: PTH118
        with _telling_when_away(address):
            try:
                # Never through a link, and never waiting for the other end of a pipe that took the file's name meanwhile.
                return os.fdopen(os.open(address, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
            except PermissionError:
                self.unreadable.append(seen.path)
                return None
            except OSError as error:
                if error.errno in _CHANGED_MEANWHILE:
                    return None
                raise

    def is_unchanged(self, seen: Seen) -> bool:
        try:
            now = os.lstat(os.path.join(self.folder, seen.address))  # noqa: PTH118
        except OSError:
            return False
        return stat.S_ISREG(now.st_mode) and (now.st_size, _tag(now)) == (seen.size, seen.version_tag)

    def read(self, path: str) -> bytes:
        with _telling_when_away(path):
            return (self.folder / path).read_bytes()


def _kind(entry: "os.DirEntry[str]") -> str:
    """`file`, `folder`, `link`, `special`, or "" when it went away."""
    try:
        if entry.is_symlink():
            return "link"
        if entry.is_dir(follow_symlinks=False):
            return "folder"
        return "file" if entry.is_file(follow_symlinks=False) else "special"
    except OSError:
        return ""


def _seen(path: str, entry: "os.DirEntry[str]") -> Seen | None:
    try:
        now = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    return Seen(
        path=legible(path),
        address=path,
        size=now.st_size,
        version_tag=_tag(now),
        modified_at=_instant(now.st_mtime_ns),
        vouched_at=_instant(now.st_ctime_ns),
        vouched_by="change_time",
        identity=(now.st_dev, now.st_ino),
    )


def _tag(now: os.stat_result) -> str:
    """Both times: a copy that brings an old modification time along still moves the change time."""
    return f"{now.st_mtime_ns}|{now.st_ctime_ns}"


def _instant(nanoseconds: int) -> datetime | None:
    """A file system's time as a moment, None where it lies outside the calendar (a sender may set any)."""
    try:
        return datetime.fromtimestamp(nanoseconds // 1_000_000_000, UTC).replace(microsecond=nanoseconds % 1_000_000_000 // 1000)
    except (OverflowError, ValueError, OSError):
        return None


def is_being_written(handle: int) -> bool:
    """Whether some process of this machine has the file open for writing (Linux, local file systems); False where the system cannot tell.

    A read lease is granted only while nobody writes. It is given back at once, and its signal is one that is ignored.
    """
    if not hasattr(fcntl, "F_SETLEASE"):
        return False
    try:
        fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False


class _Store(Inbox):
    """Any other address, through fsspec: object stores, SFTP, WebDAV."""

    def __init__(self, address: UPath) -> None:
        super().__init__()
        self.fs: Any = address.fs
        self.root = address.path.rstrip("/")
        self.is_store = address.protocol in _stores
        self.name = str(address)

    def listing(self, *, may_be_absent: bool = False) -> Listing:
        found = Listing()
        with _telling_when_away(self.name):
            self.fs.invalidate_cache()
            try:
                entries = self.fs.find(self.root, detail=True)
                if not entries and not may_be_absent and not self.is_store and not self.fs.exists(self.root):
                    raise FileNotFoundError(self.name)
            except FileNotFoundError:
                if may_be_absent or self.is_store:
                    return found  # a store has no empty folders
                raise
        for address, info in entries.items():
            path = address.removeprefix(self.root).lstrip("/")
            if not path or any(is_passing(part) for part in path.split("/") if part != ".."):
                continue
            if info.get("type") == "link" or info.get("islink"):
                found.refused.append((legible(path), "link"))
            elif info.get("type") != "file":
                found.refused.append((legible(path), "special"))
            elif _escapes(path):
                found.refused.append((legible(path), "escapes"))
            else:
                found.files.append(self._seen(path, address, info))
        return Listing(files=_told_apart(found.files), refused=found.refused)

    def _seen(self, path: str, address: str, info: Mapping[str, Any]) -> Seen:
        stamp = next((moment for name in ("LastModified", "last_modified", "updated", "created") if (moment := _moment(info.get(name)))), None)
        modified_at = next((moment for name in ("mtime", "modified", "last_write_time") if (moment := _moment(info.get(name)))), None) or stamp
        tag = next((str(info[name]) for name in ("VersionId", "generation", "ETag", "etag", "md5Hash") if info.get(name)), "")
        return Seen(
            path=legible(path),
            address=address,
            size=int(info.get("size") or 0),
            version_tag=f"{modified_at.isoformat() if modified_at else ''}|{tag}"[:200],
            modified_at=modified_at,
            vouched_at=stamp if self.is_store else None,
            vouched_by="store",
        )

    def at_rest(self, files: Sequence[Seen]) -> set[str]:
        if self.is_store:
            return {one.path for one in files}  # an object appears whole
        now = datetime.now(UTC)
        young = [one for one in files if one.modified_at is None or abs((now - one.modified_at).total_seconds()) < YOUNG_SECONDS]
        if young:
            time.sleep(PAUSE_SECONDS)
        growing = {one.path for one in young if not self.is_unchanged(one)}
        return {one.path for one in files} - growing

    @contextmanager
    def opened(self, seen: Seen) -> Iterator[BinaryIO | None]:
        with _telling_when_away(self.name):
            try:
                file = self.fs.open(seen.address, "rb")
            except FileNotFoundError:
                file = None
            except PermissionError:
                self.unreadable.append(seen.path)
                file = None
        if file is None:
            yield None
            return
        with file:
            yield file

    def is_unchanged(self, seen: Seen) -> bool:
        with _telling_when_away(self.name):
            try:
                self.fs.invalidate_cache()
                now = self._seen(seen.path, seen.address, self.fs.info(seen.address))
            except FileNotFoundError:
                return False
        return (now.size, now.version_tag) == (seen.size, seen.version_tag)

    def read(self, path: str) -> bytes:
        with _telling_when_away(self.name):
            content: bytes = self.fs.cat_file(f"{self.root}/{path}")
            return content


def _moment(value: object) -> datetime | None:
    """A stamp as file systems give it: a moment, seconds since 1970, or text."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, int | float):
        try:
            return datetime.fromtimestamp(value, UTC)  # rounds to the microsecond, as the moment was before it became seconds
        except (OverflowError, ValueError, OSError):
            return None
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return None


@contextmanager
def _telling_when_away(where: str) -> Iterator[None]:
    """Turn a share or store that does not answer into TryAgain; what is ours stays ours."""
    try:
        yield
    except BaosongError:
        raise
    except OSError as error:
        raise TryAgain(f"收文箱暂时不可用：{where}（{error}）/ the inbox is away, try again later") from error
    except Exception as error:
        if type(error).__module__.partition(".")[0] in _networks:
            raise TryAgain(f"收文箱暂时不可用：{where}（{error}）/ the inbox is away, try again later") from error
        raise
