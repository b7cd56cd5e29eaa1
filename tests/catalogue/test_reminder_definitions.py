"""What a campaign may say of its reminders, and what is refused."""

import re
from pathlib import Path

import pytest

from include import catalogue
from include.domain.campaign import Days, Reminders
from include.settings import DEFINITIONS


@pytest.fixture
def campaign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of a campaign that stands in for ours."""
    (tmp_path / "campaigns").mkdir()
    file = tmp_path / "campaigns" / "beipiao-2021.yaml"
    file.write_text((DEFINITIONS / "campaigns" / file.name).read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setenv("BAOSONG_DEFINITIONS", str(tmp_path))
    return file


def say(file: Path, lines: str) -> list[tuple[str, str]]:
    """Write the reminders' section and return what is wrong with it, as (key, English message)."""
    file.write_text(file.read_text(encoding="utf-8") + "\nreminders:\n" + lines, encoding="utf-8")
    return [(problem.key, problem.message.rpartition(" / ")[2]) for problem in catalogue.problems([file])]


def test_a_campaign_that_says_nothing_has_the_ladder_of_the_house() -> None:
    reminders = catalogue.brief("wulong-2023").reminders
    assert reminders == Reminders()
    assert [(one.days, one.count) for one in reminders.weekly_before] == [(1, "working"), (0, "calendar")]
    assert [(one.days, one.count) for one in reminders.others_before] == [(3, "calendar"), (1, "calendar"), (0, "calendar")]
    assert [one.step for one in reminders.after] == ["reminder", "demand", "circular"]


def test_an_early_close_of_business_breaks_no_campaign_that_says_nothing_of_reminders(campaign: Path) -> None:
    text = campaign.read_text(encoding="utf-8")
    campaign.write_text(re.sub(r"close_of_business: \S+", 'close_of_business: "12:00"', text), encoding="utf-8")
    assert catalogue.problems([campaign]) == []


def test_a_ladder_of_its_own_is_read(campaign: Path) -> None:
    text = campaign.read_text(encoding="utf-8")
    own = "    remind_before: [{days: 2, count: working}]\n    remind_after: []\n"
    campaign.write_text(text.replace("    file_words: [联络员", own + "    file_words: [联络员", 1), encoding="utf-8")
    assert say(campaign, '  quiet: []\n  opens: "09:00"\n  closes: "16:00"\n  rounds: ["09:00", "15:59"]\n') == []
    read = catalogue.load("beipiao-2021").campaign
    assert read.obligation("liaison").remind_before == (Days(days=2, count="working"),)
    assert read.obligation("liaison").remind_after == ()
    assert read.obligation("weekly").remind_before is None
    assert read.reminders.quiet == ()


@pytest.mark.parametrize(
    ("lines", "key", "message"),
    [
        ("  others_before: [{days: -1}]\n", "reminders.others_before[1].days", "must not be below 0"),
        ("  after: [{step: reminder, days: 0}]\n", "reminders.after[1].days", "must not be below 1"),
        ("  after: [{step: circular, days: 1}, {step: demand, days: 2}]\n", "reminders.after[2].step", "the order is reminder -> demand -> circular"),
        ("  after: [{step: reminder, days: 3}, {step: demand, days: 2}]\n", "reminders.after[2].days", "`demand` comes before `reminder`"),
        ('  opens: "18:00"\n', "reminders.closes", "closes 17:30:00 is not after opens 18:00:00"),
        ('  quiet: [{begins: "13:00", ends: "12:00"}]\n', "reminders.quiet[1].ends", "is not after begins"),
        ('  rounds: ["08:00"]\n', "reminders.rounds[1]", "08:00 is outside the hours"),
        ('  rounds: ["12:30"]\n', "reminders.rounds[1]", "12:30 is outside the hours"),
        ("  retry_days: -1\n", "reminders.retry_days", "must not be below 0"),
        ("  before: []\n", "reminders.before", "unknown key `before`"),
    ],
)
def test_a_ladder_that_cannot_be_climbed_is_refused_with_its_place(campaign: Path, lines: str, key: str, message: str) -> None:
    (found,) = say(campaign, lines)
    assert found[0] == key
    assert message in found[1]


def test_what_is_never_due_or_never_sent_reminds_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "campaigns").mkdir()
    file = tmp_path / "campaigns" / "binhai-2021.yaml"
    text = (DEFINITIONS / "campaigns" / file.name).read_text(encoding="utf-8")
    for words in ("file_words: [好的做法", "kind: keep"):
        text = text.replace(f"    {words}", f"    remind_before: [{{days: 1}}]\n    {words}", 1)
    file.write_text(text, encoding="utf-8")
    monkeypatch.setenv("BAOSONG_DEFINITIONS", str(tmp_path))
    found = [(problem.key, problem.message.rpartition(" / ")[2]) for problem in catalogue.problems([file])]
    assert found == [
        ("obligations[materials].remind_before", "what is never due reminds nobody"),
        ("obligations[inspection-records].remind_before", "a `keep` is not sent and has no `remind_before`"),
    ]
