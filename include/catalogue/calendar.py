"""China's official calendar: rest days and make-up working days, by the library chinesecalendar and our own files for years it does not know."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from logging import getLogger

from include.domain.deadline import WorkCalendar
from include.domain.wordings import Strict
from include.exceptions import BrokenDefinition

_log = getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarYear(Strict):
    """`definitions/calendars/<year>.yaml`: what the State Council's notice says of one year.

    `rest_days` are Mondays to Fridays on which nobody works, `workdays` the Saturdays and Sundays that are worked (调休). It is believed before
    the library.
    """

    year: int
    basis: str
    rest_days: tuple[date, ...] = ()
    workdays: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChinaCalendar:
    """A `WorkCalendar`; a day of a year that neither the library nor a file knows raises BrokenDefinition when it is asked for, not before."""

    years: Mapping[int, CalendarYear] = field(default_factory=dict)

    def knows(self, year: int) -> bool:
        """Whether the official calendar of that year is at hand."""
        return year in self.years or _library_knows(year)

    def is_workday(self, day: date) -> bool:
        """Whether people work on that day."""
        own = self.years.get(day.year)
        if own is not None:
            return day in own.workdays or (day.weekday() < 5 and day not in own.rest_days)
        if not _library_knows(day.year):
            zh = f"{day.year} 年的国务院放假安排尚未收录，无法判断 {day} 是否工作日：请在 definitions/calendars/{day.year}.yaml 写入 "
            en = f"(the official calendar of {day.year} is not known: write it into definitions/calendars/{day.year}.yaml)"
            raise BrokenDefinition([zh + en])
        import chinese_calendar

        return bool(chinese_calendar.is_workday(day))


@dataclass(frozen=True, slots=True)
class LenientCalendar:
    """A `WorkCalendar` that stops no work: in a year whose official calendar is not at hand, Monday to Friday are taken for working days.

    `guessed` gathers those years; the log warns once of each.
    """

    official: WorkCalendar
    guessed: set[int] = field(default_factory=set, compare=False)

    def is_workday(self, day: date) -> bool:
        """Whether people work on that day, as far as is known."""
        if day.year not in self.guessed:
            try:
                return self.official.is_workday(day)
            except BrokenDefinition:
                self.guessed.add(day.year)
                _log.warning(
                    "%d 年的放假安排尚未收录，暂按周一至周五上班推算；请写 definitions/calendars/%d.yaml "
                    "(the official calendar of %d is not known: Monday to Friday are taken for working days until it is written down)",
                    day.year,
                    day.year,
                    day.year,
                )
        return day.weekday() < 5


def lenient(calendar: WorkCalendar) -> LenientCalendar:
    """Return the calendar as one that guesses where it does not know, with nothing guessed yet.

    Reminders and the grace of a returned report go on with a guess; `baosong check` still demands the year where a deadline's rule needs it.
    """
    return LenientCalendar(calendar.official if isinstance(calendar, LenientCalendar) else calendar)


def _library_knows(year: int) -> bool:
    from chinese_calendar import constants

    return bool(min(constants.holidays).year <= year <= max(constants.holidays).year)
