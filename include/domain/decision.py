"""处理意见: a supervisor's act."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Verb = Literal["accept", "return", "exempt", "extend", "confirm", "withdraw", "place", "register", "freeze", "reopen"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Append-only. Effective from `decided_at`, known from `recorded_at`. Fields that a verb does not need are None.

    `extend` carries the new moment in `until_at`; `place` and `register` name the receipt and where it belongs; `submission` is a submission's id.
    """

    number: int
    verb: Verb
    decided_at: datetime
    recorded_at: datetime
    by: str
    why: str
    unit: str | None = None
    obligation: str | None = None
    period: str | None = None
    submission: str | None = None
    receipt_number: int | None = None
    until_at: datetime | None = None
    paper: str = ""
