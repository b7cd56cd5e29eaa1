"""Readings and findings as bytes: how they travel from a reader process to the warehouse and from stage to stage. JSON, never pickle."""

import re
from collections.abc import Iterable

import msgspec

from include.domain.finding import Finding
from include.domain.reading import Reading

_without_nul = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")
_encoder = msgspec.json.Encoder()
_readings = msgspec.json.Decoder(tuple[Reading, ...])
_reading = msgspec.json.Decoder(Reading)
_findings = msgspec.json.Decoder(tuple[Finding, ...])


def encode(what: Reading | Iterable[Reading] | Iterable[Finding]) -> bytes:
    """Return one reading, or several readings or findings, as JSON."""
    words = _encoder.encode(what if isinstance(what, Reading) else tuple(what))
    # NUL is no text to PostgreSQL, and no sender means it.
    return words if b"\\u0000" not in words else _without_nul.sub(rb"\1", words)


def reading(said: bytes) -> Reading:
    """Return the reading that `encode` wrote; msgspec.ValidationError if it is anything else (a reader process is not trusted)."""
    return _reading.decode(said)


def readings(said: bytes) -> tuple[Reading, ...]:
    """Return the readings that `encode` wrote."""
    return _readings.decode(said)


def findings(said: bytes) -> tuple[Finding, ...]:
    """Return the findings that `encode` wrote."""
    return _findings.decode(said)
