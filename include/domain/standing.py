"""报送状态: how each unit stands on each expectation, as of a moment."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from include.domain.expectation import Activity
from include.domain.score import Score

StandingName = Literal["not_due", "under_review", "on_time", "late", "missing", "returned", "exempt"]
Flag = Literal["has_warnings", "repaired", "by_hand", "explained"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One expectation judged. `submission` gives the figures (or, when missing, the returned one); `received_at` is the moment that timeliness rests on."""

    unit: str
    obligation: str
    period: str | None
    due_at: datetime | None
    standing: StandingName
    flags: tuple[Flag, ...] = ()
    received_at: datetime | None = None
    submission: str | None = None
    late_by_s: int | None = None
    findings: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Everything judge says of one campaign at one pair of clocks, sorted by the units' official order, obligation, period.

    `undated` are activity rows that owe nothing yet (待定); `arrivals` counts submissions of open obligations per (unit, obligation).
    """

    campaign: str
    as_of: datetime
    known_at: datetime
    standings: tuple[Standing, ...]
    scores: tuple[Score, ...]
    undated: tuple[Activity, ...] = ()
    arrivals: tuple[tuple[str, str, int], ...] = ()
