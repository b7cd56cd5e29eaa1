"""Files as readers may meet them: whole or not at all."""

import os
from collections.abc import Callable
from pathlib import Path


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
    finally:
        draft.unlink(missing_ok=True)
    return path


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
