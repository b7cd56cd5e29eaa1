"""OLE2 containers (xls, et, doc, wps, and workbooks behind a password): which streams they hold, and one stream's bytes.

Every chain is walked with a bound, so that a loop in a broken file ends.
"""

import struct
from dataclasses import dataclass

from include.read.faults import Refused

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LAST = 0xFFFFFFFA  # sector numbers from here on are marks, not sectors


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream of the container: first sector and size in bytes."""

    first: int
    size: int


class Streams:
    """The streams of one container by name. Raises `Refused("damaged")` where the container cannot be followed."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        if len(data) < 512 or data[:8] != MAGIC:
            raise Refused("damaged", given="no OLE head")
        shift, mini_shift = struct.unpack_from("<2H", data, 30)
        if shift not in (9, 12) or mini_shift != 6:
            raise Refused("damaged", given="sector size")
        self._size = 1 << shift
        fat_sectors, first_directory, _, self._cutoff, first_mini, mini_count, first_more, _ = struct.unpack_from("<8L", data, 44)
        places = list(struct.unpack_from("<109L", data, 76))
        sector, seen = first_more, 0
        while sector < _LAST and seen <= len(data) >> shift:
            block = self._sector(sector)
            numbers = struct.unpack(f"<{len(block) // 4}L", block)
            places += numbers[:-1]
            sector, seen = numbers[-1], seen + 1
        fat = b"".join(self._sector(place) for place in places[:fat_sectors] if place < _LAST)
        self._fat = struct.unpack(f"<{len(fat) // 4}L", fat)
        directory = self._chain(first_directory)
        self.streams: dict[str, Stream] = {}
        self._mini = b""
        root = Stream(_LAST, 0)
        for at in range(0, len(directory) - 127, 128):
            length, kind = struct.unpack_from("<HB", directory, at + 64)
            if kind == 0 or not 2 <= length <= 64:
                continue
            name = directory[at : at + length - 2].decode("utf-16-le", "replace")
            first, size = struct.unpack_from("<2L", directory, at + 116)
            if kind == 5:
                root = Stream(first, size)
            elif kind == 2:
                self.streams.setdefault(name, Stream(first, size))
            elif kind == 1:
                self.streams.setdefault(name + "/", Stream(_LAST, 0))
        if mini_count and root.first < _LAST:
            self._mini = self._chain(root.first)[: root.size]
            table = self._chain(first_mini)
            self._mini_fat = struct.unpack(f"<{len(table) // 4}L", table)
        else:
            self._mini_fat = ()

    def __contains__(self, name: str) -> bool:
        return name in self.streams

    def _sector(self, number: int) -> bytes:
        at = (number + 1) * self._size
        block = self.data[at : at + self._size]
        if not block:
            raise Refused("damaged", given="sector beyond the end")
        return block if len(block) == self._size else block.ljust(self._size, b"\0")

    def _chain(self, first: int) -> bytes:
        blocks: list[bytes] = []
        sector = first
        while sector < _LAST:
            if sector >= len(self._fat) or len(blocks) > len(self._fat):
                raise Refused("damaged", given="sector chain")
            blocks.append(self._sector(sector))
            sector = self._fat[sector]
        return b"".join(blocks)

    def read(self, name: str) -> bytes:
        """Return one stream; KeyError if there is none."""
        stream = self.streams[name]
        if stream.size >= self._cutoff or not self._mini:
            content = self._chain(stream.first)
        else:
            blocks: list[bytes] = []
            sector = stream.first
            while sector < _LAST:
                if sector >= len(self._mini_fat) or len(blocks) > len(self._mini_fat):
                    raise Refused("damaged", given="sector chain")
                blocks.append(self._mini[sector * 64 : sector * 64 + 64])
                sector = self._mini_fat[sector]
            content = b"".join(blocks)
        if len(content) < stream.size:
            raise Refused("damaged", given=name)
        return content[: stream.size]
