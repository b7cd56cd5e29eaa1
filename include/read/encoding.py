"""What travels between the parent and a reader process: frames of JSON with their length before them, decoded into typed nouns. Never pickle."""

import struct
from dataclasses import dataclass
from mmap import mmap
from typing import Literal

import msgspec

from include.domain.form import Form
from include.domain.picture import Picture
from include.domain.reading import Reading
from include.settings import Limits

Otherwise = Literal["nothing", "picture", "material", "document"]
"""What a file without a form may be: nothing else (an error), a picture (a scan is awaited beside the table), or any document or material; "document"
where its path says that it is one, so that turning an old Word file to look for a form is not worth seconds."""

_length = struct.Struct("<L")
PAGE = 8
"""Size of the shared page (bytes): the number of the file that the reader has in hand."""
MOST = 512 * 1024 * 1024
"""No frame is longer (bytes)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """The first frame to a reader: what it may cost, and every form it may be asked for."""

    limits: Limits
    forms: dict[str, Form]


@dataclass(frozen=True, slots=True)
class Request:
    """One file to read. `number` is the parent's, `name` the sender's.

    `forms` are expected, `also` are taken where the file holds them besides or instead. `otherwise` says what a file without any of them may be.
    `picture`: nothing is read but how the file looks.
    """

    number: int
    path: str
    name: str
    forms: tuple[str, ...] = ()
    asks: frozenset[str] = frozenset()
    also: tuple[str, ...] = ()
    otherwise: Otherwise = "nothing"
    explain: bool = False
    picture: bool = False


@dataclass(frozen=True, slots=True)
class Started:
    """The first frame from a reader. `network`: "namespace", "filter", or "open" where the system lets neither be made."""

    network: str


@dataclass(frozen=True, slots=True)
class Answered:
    """One file read: each of its readings as JSON, and what went wrong in our own code (for the log), "" if nothing."""

    number: int
    said: tuple[msgspec.Raw, ...]
    trouble: str = ""
    picture: Picture | None = None


_encoder = msgspec.json.Encoder()
_setup = msgspec.json.Decoder(Setup)
_requests = msgspec.json.Decoder(tuple[Request, ...])
_started = msgspec.json.Decoder(Started)
_answered = msgspec.json.Decoder(Answered)
_reading = msgspec.json.Decoder(Reading)


def frame(what: Setup | Started | Answered | tuple[Request, ...]) -> bytes:
    """Return the frame that carries it."""
    body = _encoder.encode(what)
    return _length.pack(len(body)) + body


def frames(buffer: bytearray) -> list[bytes]:
    """Take the whole frames off the buffer's front; ValueError on a frame that is too long."""
    found: list[bytes] = []
    at = 0
    while len(buffer) - at >= 4:
        (length,) = _length.unpack_from(buffer, at)
        if length > MOST:
            raise ValueError(f"a frame of {length} bytes")
        if len(buffer) - at - 4 < length:
            break
        found.append(bytes(buffer[at + 4 : at + 4 + length]))
        at += 4 + length
    del buffer[:at]
    return found


def note_progress(page: mmap, number: int) -> None:
    """Say on the shared page which file is in hand."""
    page[:PAGE] = number.to_bytes(PAGE, "little")


def progress(page: mmap) -> int:
    """The number of the file in hand, 0 before the first."""
    return int.from_bytes(page[:PAGE], "little")


def setup(body: bytes) -> Setup:
    """Decode the first frame to a reader."""
    return _setup.decode(body)


def requests(body: bytes) -> tuple[Request, ...]:
    """Decode a frame of requests."""
    return _requests.decode(body)


def started(body: bytes) -> Started:
    """Decode the first frame from a reader; msgspec.ValidationError if it is anything else."""
    return _started.decode(body)


def answered(body: bytes) -> Answered:
    """Decode an answer; msgspec.ValidationError if it is anything else."""
    return _answered.decode(body)


def to_json(reading: Reading) -> bytes:
    """Return a reading as JSON."""
    return _encoder.encode(reading)


def from_json(said: bytes | msgspec.Raw) -> Reading:
    """Return the reading that `to_json` wrote; msgspec.ValidationError if it is anything else: a reader process is not trusted."""
    return _reading.decode(said)


def raw(readings: tuple[Reading, ...]) -> tuple[msgspec.Raw, ...]:
    """Readings as JSON, to be put into an answer as they are."""
    return tuple([msgspec.Raw(_encoder.encode(reading)) for reading in readings])
