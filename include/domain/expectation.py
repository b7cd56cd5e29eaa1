"""应报: what exactly is owed, by whom, for which period, until when."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol


class WorkCalendar(Protocol):
    """China's official calendar: rest days and make-up working days."""

    def is_workday(self, day: date) -> bool:
        """Whether people work on that day."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One row of a unit's accepted activity plan, from which an expectation is born. `ends_on` is None while the row has no day."""

    unit: str
    plan: str
    row: int
    name: str
    ends_on: date | None
    raw_day: str
    submission: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """One report obligation x one unit x one period. `due_at` is None for open obligations; `closing_at` is when submissions stop being accepted."""

    unit: str
    obligation: str
    period: str | None
    due_at: datetime | None
    closing_at: datetime | None = None
