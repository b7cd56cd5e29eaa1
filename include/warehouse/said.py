"""Readings and findings as bytes: how they travel from a reader process to the warehouse and from stage to stage. JSON, never pickle."""

import re
from collections.abc import Iterable

import msgspec

from include.domain.finding import Finding
from include.domain.reading import Answer, Reading

_without_nul = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")
_encoder = msgspec.json.Encoder()
_readings = msgspec.json.Decoder(tuple[Reading, ...])
_reading = msgspec.json.Decoder(Reading)
_findings = msgspec.json.Decoder(tuple[Finding, ...])
_answers = msgspec.json.Decoder(tuple[Answer, ...])


def encode(what: Reading | Iterable[Reading] | Iterable[Finding] | Iterable[Answer]) -> bytes:
    """Return one reading, or several readings, findings or answers, as JSON."""
    return without_nul(_encoder.encode(what if isinstance(what, Reading) else tuple(what)))


def without_nul(words: bytes) -> bytes:
    """Return JSON without the sign NUL, which is no text to PostgreSQL and which no sender means."""
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


def answers(said: bytes) -> tuple[Answer, ...]:
    """Return the answers that `encode` wrote."""
    return _answers.decode(said)
