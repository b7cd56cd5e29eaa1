"""Files as readers may meet them: whole or not at all."""

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import time

from xlsxwriter.exceptions import FileCreateError

from include.exceptions import TryAgain

_ABANDONED_SECONDS = 86_400.0
_MAY_PASS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS, errno.ESTALE, errno.ETIMEDOUT, errno.EHOSTDOWN, errno.ENOTCONN)


def replaced(path: Path, write: Callable[[Path], None]) -> Path:
    """Let `write` fill a temporary file beside `path`, then rename it into place; a file that would not change is left alone, with its times."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # A dot in front keeps it out of listings; the process number keeps two runs apart.
    draft = path.with_name(f".{path.stem[:60]}.{os.getpid()}.draft{path.suffix}")
    try:
        write(draft)
        if path.is_file() and path.stat().st_size == draft.stat().st_size and path.read_bytes() == draft.read_bytes():
            return path
        draft.replace(path)
    except (OSError, FileCreateError) as error:
        cause = error.args[0] if isinstance(error, FileCreateError) else error
        if isinstance(cause, OSError) and cause.errno in _MAY_PASS:
            raise TryAgain(f"无法写入 {path}，磁盘已满或不可用，请稍后再试 / cannot write there, the disk is full or away: {error}") from error
        raise
    finally:
        draft.unlink(missing_ok=True)
        _sweep(path.parent)
    return path


def _sweep(folder: Path) -> None:
    """Remove the drafts that a killed process left in a folder a day ago."""
    with suppress(OSError):
        for left in folder.glob(".*.draft*"):
            if time() - left.stat().st_mtime > _ABANDONED_SECONDS:
                left.unlink(missing_ok=True)


def put_away(root: str, name: str, content: bytes) -> None:
    """Put these bytes under a name below a folder that may be any fsspec address; a local file appears whole or not at all."""
    if "://" not in root:
        written(Path(root) / name, content)
        return
    from upath import UPath

    target = UPath(root) / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)


def written(path: Path, content: bytes) -> Path:
    """Put these bytes at `path`, whole or not at all."""

    def write(draft: Path) -> None:
        draft.write_bytes(content)

    return replaced(path, write)
