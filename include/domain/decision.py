"""处理意见: a supervisor's act."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Verb = Literal["accept", "return", "exempt", "extend", "confirm", "withdraw", "place", "register", "freeze", "reopen", "award"]
WITHDRAWABLE: tuple[Verb, ...] = ("exempt", "extend", "award")
"""What `withdraw` can take back by its number; any other act is undone by its opposite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Append-only. Effective from `decided_at`, known from `recorded_at`. Fields that a verb does not need are None.

    `extend` carries the new moment in `until_at`; `place` and `register` name the receipt and where it belongs; `submission` is a submission's id.
    `award` gives a unit `points` on an `item` of the scoring table that persons enter (negative ones are taken). `withdraw` with `withdraws` takes
    back the decision of that number. `approved_by` is the second person, where one was asked; what that person rejected (not `approved`) has no
    effect.
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
    item: str | None = None
    points: float | None = None
    withdraws: int | None = None
    approved: bool = True
    approved_by: str | None = None


def not_taken_back(decisions: Iterable[Decision], as_of: datetime) -> list[Decision]:
    """Return the decisions that no `withdraw` in effect at a moment has taken back, in the order in which they were made."""
    ordered = sorted(decisions, key=lambda one: (one.decided_at, one.number))
    taken_back = {one.withdraws for one in ordered if one.withdraws is not None and one.decided_at <= as_of}
    return [one for one in ordered if one.number not in taken_back and one.withdraws is None]


def awards(decisions: Iterable[Decision], as_of: datetime, known_at: datetime) -> tuple[Decision, ...]:
    """Return the awards in effect at a moment, as far as they were recorded by `known_at`, in the order in which they were made."""
    known = [one for one in decisions if one.recorded_at <= known_at]
    return tuple(one for one in not_taken_back(known, as_of) if one.verb == "award" and one.decided_at <= as_of)
