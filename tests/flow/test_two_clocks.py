"""The same pair of moments, judged and known, gives the same bytes whenever it is asked: after more receipts, decisions, mended rules."""

import random
import shutil
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from include import catalogue
from include import judge as room
from include.domain.decision import Decision
from include.domain.receipt import Submission
from include.judge import judge, to_json
from include.settings import DEFINITIONS
from include.warehouse import connect, decisions, ledger, snapshots, standings, submissions
from include.warehouse.database import hold
from include.warehouse.earlier import Verdict, keep

CAMPAIGN = "beipiao-2021"
START = datetime(2021, 6, 5, tzinfo=UTC)


class History:
    """Random events, each recorded an hour or so after the one before it."""

    def __init__(self, seed: int, definitions: Path) -> None:
        self.chance = random.Random(seed)
        self.now = START
        self.definitions = definitions
        self.names: list[str] = []
        loaded = catalogue.load(CAMPAIGN)
        self.units = [one.code for one in loaded.units]
        self.obligations = [one.code for one in loaded.campaign.reports()]

    def go_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let something happen, and somebody judge by what is new."""
        self.now += timedelta(minutes=self.chance.randint(1, 900))

        class Clock(datetime):
            @classmethod
            def now(cls, zone: object = None) -> datetime:  # type: ignore[override]
                return self.now

        monkeypatch.setattr(room, "datetime", Clock)
        self.chance.choice([self.receive, self.receive, self.receive, self.decide, self.read_again, self.mend_rule, self.change_roster])()
        if self.chance.random() < 0.5:
            judge(CAMPAIGN, self.now + timedelta(days=self.chance.randint(-3, 10)))

    def receive(self) -> None:
        moment = self.now - timedelta(minutes=self.chance.choice([0, 5, 3000]))
        obligation = self.chance.choice(self.obligations)
        period = self.chance.choice(["2021-06-10", "2021-06-17"]) if obligation == "weekly" else None
        with connect().begin() as connection:
            number = ledger.count(connection, CAMPAIGN) + 1
            arrival = ledger.Arrival(
                path=f"{number}.xlsx",
                size=1,
                sha256=sha256(str(number).encode()).hexdigest(),
                modified_at=None,
                version_tag="",
                received_at=moment,
                how_known="first_seen",
            )
            ledger.append(connection, CAMPAIGN, [arrival], recorded_at=self.now)
            one = Submission(
                id=f"{CAMPAIGN}-{number:06}",
                receipt_number=number,
                unit=self.chance.choice(self.units),
                obligation=obligation,
                period=period,
                received_at=moment,
                recorded_at=self.now,
                state=self.chance.choice(["accepted", "accepted", "returned", "waiting"]),
                findings=self.chance.randint(0, 3),
            )
            submissions.insert(connection, CAMPAIGN, [(one, "", 0)])
        self.names.append(one.id)

    def decide(self) -> None:
        verb = self.chance.choice(["accept", "return", "withdraw", "confirm", "exempt", "extend"])
        if verb not in ("exempt", "extend") and not self.names:
            return
        meant = Decision(
            number=0,
            verb=verb,  # type: ignore[arg-type]
            decided_at=self.now - timedelta(hours=self.chance.choice([0, 30])),
            recorded_at=self.now,
            by="王股长",
            why="理由",
            unit=self.chance.choice(self.units) if verb in ("exempt", "extend") else None,
            obligation="month-summary" if verb in ("exempt", "extend") else None,
            submission=None if verb in ("exempt", "extend") else self.chance.choice(self.names),
            until_at=self.now + timedelta(days=20) if verb == "extend" else None,
        )
        with connect().begin() as connection:
            decisions.append(connection, CAMPAIGN, meant)

    def read_again(self) -> None:
        """A kept original is read anew, and another thing is found."""
        if not self.names:
            return
        with connect().begin() as connection:
            (stored,) = submissions.stored(connection, CAMPAIGN, ids=[self.chance.choice(self.names)])
            its = stored.submission
            was = Verdict(
                submission=its.id,
                until_at=self.now,
                form="",
                form_version=0,
                state=its.state,
                worst=its.worst,
                findings=its.findings,
                is_nil=its.is_nil,
                told_at=its.told_at or its.recorded_at,
            )
            keep(connection, CAMPAIGN, [was])
            found = replace(its, state=self.chance.choice(["accepted", "returned"]), findings=its.findings + 1, told_at=self.now)
            submissions.set_found(connection, replace(stored, submission=found, state_now=found.state))

    def mend_rule(self) -> None:
        """The notice's sentence was misread: the summary falls due on another day."""
        file = self.definitions / "campaigns" / f"{CAMPAIGN}.yaml"
        day = self.chance.randint(10, 28)
        text = (DEFINITIONS / "campaigns" / f"{CAMPAIGN}.yaml").read_text("utf-8")
        assert text.count("on: 2021-06-23") >= 1
        file.write_text(text.replace("on: 2021-06-23", f"on: 2021-06-{day}"), encoding="utf-8")

    def change_roster(self) -> None:
        """A unit is written into the registry or out of it."""
        file = self.definitions / "units" / f"{CAMPAIGN}.csv"
        lines = (DEFINITIONS / "units" / f"{CAMPAIGN}.csv").read_text("utf-8").splitlines(keepends=True)
        file.write_text("".join(lines[: len(lines) - self.chance.randint(0, 3)]), encoding="utf-8")


@pytest.fixture
def definitions(house: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = house / "definitions"
    for name in ("campaigns", "units"):
        (folder / name).mkdir(parents=True)
    shutil.copy(DEFINITIONS / "campaigns" / f"{CAMPAIGN}.yaml", folder / "campaigns")
    shutil.copy(DEFINITIONS / "units" / f"{CAMPAIGN}.csv", folder / "units")
    monkeypatch.setenv("BAOSONG_DEFINITIONS", str(folder))
    return folder


def check(seed: int, definitions: Path, monkeypatch: pytest.MonkeyPatch, events: int) -> None:
    history = History(seed, definitions)
    said: dict[tuple[datetime, datetime], str] = {}
    for _ in range(events):
        history.go_on(monkeypatch)
        if history.chance.random() < 0.4:
            as_of = history.now + timedelta(days=history.chance.randint(-5, 15))
            known_at = history.now - timedelta(hours=history.chance.choice([0, 0, 1, 50, 500]))
            said[as_of, known_at] = to_json(judge(CAMPAIGN, as_of, known_at=known_at))
    assert len(set(said.values())) > 1
    for (as_of, known_at), words in said.items():
        assert to_json(judge(CAMPAIGN, as_of, known_at=known_at)) == words, f"seed {seed}: as of {as_of}, known at {known_at}"


@pytest.mark.parametrize("seed", range(2))
def test_a_pair_of_moments_says_the_same_for_ever(definitions: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    check(seed, definitions, monkeypatch, events=25)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 140))
def test_many_histories_say_the_same_for_ever(definitions: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    check(seed, definitions, monkeypatch, events=60)


def test_a_later_rule_judges_beside_the_old_verdict_and_never_over_it(definitions: Path) -> None:
    as_of = datetime(2021, 6, 24, 4, tzinfo=UTC)
    old = judge(CAMPAIGN, as_of)
    file = definitions / "campaigns" / f"{CAMPAIGN}.yaml"
    file.write_text(file.read_text("utf-8").replace("on: 2021-06-23", "on: 2021-06-30"), encoding="utf-8")
    new = judge(CAMPAIGN, as_of)
    assert {one.standing for one in old.standings if one.obligation == "month-summary"} == {"missing"}
    assert {one.standing for one in new.standings if one.obligation == "month-summary"} == {"not_due"}
    assert judge(CAMPAIGN, as_of, known_at=old.known_at).standings == old.standings
    with connect().look() as connection:
        first, second = snapshots.in_force(connection, CAMPAIGN, old.known_at), snapshots.in_force(connection, CAMPAIGN)
        assert first
        assert second
        assert (first.number, second.number) == (1, 2)
        assert standings.standings(connection, CAMPAIGN)


def test_who_writes_while_a_verdict_is_asked_for_is_known_later(house: Path) -> None:
    """A merge that began before the verdict and ended after it must be in the verdict, or carry a later moment."""
    warehouse = connect()
    begun, judged = threading.Event(), threading.Event()

    def merge() -> None:
        with warehouse.begin() as connection:
            hold(connection, f"merge {CAMPAIGN}")
            moment = datetime.now(UTC)
            begun.set()
            judged.wait(1.0)
            arrival = ledger.Arrival(path="a", size=1, sha256="a" * 64, modified_at=None, version_tag="", received_at=START, how_known="first_seen")
            ledger.append(connection, CAMPAIGN, [arrival], recorded_at=moment)
            one = Submission(
                id=f"{CAMPAIGN}-000001",
                receipt_number=1,
                unit="dangban",
                obligation="liaison",
                period=None,
                received_at=START,
                recorded_at=moment,
                state="accepted",
            )
            submissions.insert(connection, CAMPAIGN, [(one, "", 0)])

    writer = threading.Thread(target=merge)
    writer.start()
    begun.wait()
    as_of = START + timedelta(days=30)
    first = judge(CAMPAIGN, as_of)
    judged.set()
    writer.join()
    assert to_json(judge(CAMPAIGN, as_of, known_at=first.known_at)) == to_json(first)
