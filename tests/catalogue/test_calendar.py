"""China's official calendar knows its make-up days, and says plainly what it does not know."""

from datetime import date
from pathlib import Path

import pytest

from include import catalogue
from include.catalogue.calendar import CalendarYear, ChinaCalendar, lenient
from include.catalogue.start import new_campaign
from include.exceptions import BrokenDefinition


def test_a_sunday_can_be_a_working_day_and_a_thursday_a_rest_day() -> None:
    calendar = catalogue.work_calendar()
    assert calendar.is_workday(date(2023, 6, 25))  # made up for the Dragon Boat Festival
    assert not calendar.is_workday(date(2023, 6, 22))
    assert not calendar.is_workday(date(2021, 12, 26))
    assert not calendar.is_workday(date(2022, 1, 3))
    assert calendar.is_workday(date(2022, 1, 4))


def test_an_unknown_year_is_an_error_only_when_it_is_asked_for() -> None:
    calendar = ChinaCalendar()
    assert not calendar.knows(2041)
    with pytest.raises(BrokenDefinition, match=r"calendars/2041\.yaml"):
        calendar.is_workday(date(2041, 6, 3))


def test_a_file_teaches_a_year(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "calendars").mkdir()
    file = tmp_path / "calendars" / "2041.yaml"
    file.write_text("year: 2041\nbasis: sample\nrest_days: [2041-06-03]\nworkdays: [2041-06-08]\n", encoding="utf-8")
    monkeypatch.setenv("BAOSONG_DEFINITIONS", str(tmp_path))
    calendar = catalogue.work_calendar()
    assert [calendar.is_workday(date(2041, 6, day)) for day in (3, 4, 8, 9)] == [False, True, True, False]
    assert catalogue.problems([file]) == []
    file.write_text("year: 2041\nbasis: sample\nrest_days: [2041-06-08, 2042-06-03]\n", encoding="utf-8")
    assert [p.key for p in catalogue.problems([file])] == ["rest_days[1]", "rest_days[2]"]
    with pytest.raises(BrokenDefinition):
        catalogue.work_calendar()


def test_a_file_is_believed_before_the_library() -> None:
    calendar = ChinaCalendar(years={2023: CalendarYear(year=2023, basis="sample")})
    assert not calendar.is_workday(date(2023, 6, 25))


def test_a_guess_goes_on_from_monday_to_friday_and_says_so_once(caplog: pytest.LogCaptureFixture) -> None:
    calendar = lenient(ChinaCalendar())
    assert [calendar.is_workday(date(2041, 6, day)) for day in (3, 7, 8, 9, 10)] == [True, True, False, False, True]
    assert calendar.guessed == {2041}
    assert [record.getMessage().count("calendars/2041.yaml") for record in caplog.records] == [1]
    # What is known stays known, and a calendar taken up again has guessed nothing yet.
    assert calendar.is_workday(date(2023, 6, 25))
    assert lenient(calendar).guessed == set()


def test_a_rule_that_needs_an_unknown_year_is_still_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new_campaign("qingshan-2041", tmp_path)
    monkeypatch.setenv("BAOSONG_DEFINITIONS", str(tmp_path))
    assert catalogue.load("qingshan-2041").calendar.is_workday(date(2041, 6, 3))
    file = tmp_path / "campaigns" / "qingshan-2041.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("on: 2041-06-25}", "on: 2041-06-25, roll: next_workday}"), encoding="utf-8")
    with pytest.raises(BrokenDefinition, match=r"calendars/2041\.yaml"):
        catalogue.load("qingshan-2041")
