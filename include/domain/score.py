"""考核评分: points per unit, every deduction with its reason."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsTaken:
    """One deduction. `clause` names the line of the scoring table, `why` says it in Chinese for the sheet."""

    points: float
    clause: str
    obligation: str
    period: str | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A unit's score; `rank` is within its group, ties share a rank; None for a unit that owed nothing yet."""

    unit: str
    score: float
    rank: int | None
    group_tag: str
    deductions: tuple[PointsTaken, ...] = ()
