"""催报: reminders written, recorded and sent.

In: a judgement. Out, below `OUT/<campaign>/reminders/<day>/`: `units/<unit>.txt`, one message a unit; `lists/<unit>.txt`, one list for each unit
that supervises others, and `lists/authority.txt` with telephones, for the office alone; `circular.txt`, a draft; `sent.csv`, what went where. What
the channels of BAOSONG_CHANNELS take goes out by them, each step towards each recipient once on each channel however often this runs: a step is
claimed in the warehouse before it is sent and settled after. A channel that fails is told in the result, in `sent.csv` and in the log, and tried
again by the next run. A judgement of another time than now is a rehearsal: the texts of that day are written and nothing is sent or recorded.
"""

import csv
import io
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from logging import ERROR, WARNING, getLogger
from pathlib import Path
from traceback import format_tb
from typing import Literal

from include import catalogue, settings
from include.catalogue.calendar import lenient
from include.domain.reminder import AUTHORITY, RANKS, Key, Kind, Reminder, due_reminders
from include.domain.standing import Judgement
from include.report import words
from include.report.channels import Channel, Line, Message, Undelivered, channels, open_line
from include.report.files import written
from include.report.letters import STEPS, Writer, material_of
from include.warehouse import Warehouse, connect, intakes, reminders

__all__ = ["Outcome", "Reminded", "remind"]

TEXT = "text"
"""The channel that is always there: the file that people copy from."""
LIVE = timedelta(hours=1)
"""How far a judgement's moment may be from the clock for its reminders to go out."""
TRIES_A_RUN = 3
"""After so many failures in a row a channel is left alone until the next run."""
STATES = {"sent": "已发出", "failed": "未送达，下次再发", "unaddressed": "没有邮箱，请电话联系", "uncertain": "发送中断，是否送达不明，不再重发"}
_log = getLogger(__name__)

State = Literal["sent", "failed", "unaddressed", "uncertain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one message on one channel: how many steps it took, and why it did not arrive."""

    channel: str
    kind: Kind | None
    to: str
    state: State
    steps: int
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminded:
    """What one run of reminders did. `folder` is the day's; `files` those written now; a rehearsal sent and recorded nothing."""

    campaign: str
    as_of: datetime
    is_rehearsal: bool
    folder: Path
    files: tuple[Path, ...] = ()
    outcomes: tuple[Outcome, ...] = ()

    @property
    def failures(self) -> tuple[Outcome, ...]:
        """What did not arrive, or may not have."""
        return tuple(one for one in self.outcomes if one.state != "sent")

    def summary(self) -> dict[str, object]:
        """Counts and the folder, for a task's result."""
        counts: dict[str, int] = {}
        for one in self.outcomes:
            counts[f"{one.channel} {one.state}"] = counts.get(f"{one.channel} {one.state}", 0) + 1
        return {"folder": str(self.folder), "files": len(self.files), "rehearsal": self.is_rehearsal, **counts}


def remind(judgement: Judgement, out: str | None = None, *, now: datetime) -> Reminded:
    """Write, record and send what is due at the judgement's moment. Raises TryAgain while the warehouse is away or another run sends."""
    definitions = catalogue.load(judgement.campaign)
    calendar = lenient(definitions.calendar)
    material = material_of(judgement)
    campaign, as_of, code = material.campaign, judgement.as_of, judgement.campaign
    warehouse = connect()
    folder = (Path(out) if out is not None else settings.PROJECT / settings.current().out) / code / "reminders"
    day = as_of.astimezone(campaign.zone).date()
    is_rehearsal = abs(now - as_of) > LIVE
    if is_rehearsal:
        with warehouse.look() as connection:
            began_at = intakes.finished_began_at(connection, code)
            is_taken = any(
                one.as_of.astimezone(campaign.zone).date() == day for one in reminders.records(connection, code, as_of - timedelta(days=1))
            )
        due = due_reminders(campaign, material.units, judgement.standings, as_of, calendar, None, intake_began_at=began_at)
        # What was really sent on that day stays beside it.
        place = folder / (f"{day}-rehearsal" if is_taken else f"{day}")
        writer = Writer.of(material, calendar)
        files = [_put(place, writer, one) for one in due]
        for stale in {*place.glob("units/*.txt"), *place.glob("lists/*.txt"), *place.glob("circular.txt")} - set(files):
            stale.unlink()
        return Reminded(campaign=code, as_of=as_of, is_rehearsal=True, folder=place, files=tuple(files))
    with warehouse.only_one(f"remind {code}"):
        with warehouse.look() as connection:
            began_at, taken = intakes.finished_began_at(connection, code), reminders.taken(connection, code)
        due = due_reminders(campaign, material.units, judgement.standings, as_of, calendar, taken, intake_began_at=began_at)
        round_ = _Round(warehouse, code, as_of, now, folder / f"{day}", Writer.of(material, calendar))
        round_.look_back(timedelta(days=campaign.reminders.retry_days))
        today = {key for key, at in taken.items() if at.astimezone(campaign.zone).date() == day}
        round_.write(due, today)
        ways, wrong = channels(settings.current().channels)
        round_.outcomes += [Outcome(channel="BAOSONG_CHANNELS", kind=None, to=AUTHORITY, state="failed", steps=0, detail=one) for one in wrong]
        for channel in ways:
            round_.send(channel, due)
        round_.keep_record(day_begins=as_of - timedelta(days=1), day=day.isoformat())
    done = Reminded(campaign=code, as_of=as_of, is_rehearsal=False, folder=round_.folder, files=tuple(round_.files), outcomes=tuple(round_.outcomes))
    for one in done.failures:
        _log.log(
            WARNING if one.state == "unaddressed" else ERROR,
            "%s 催报 %s → %s：%s %s",
            code,
            one.channel,
            material.name(one.to) or campaign.authority.name,
            STATES[one.state],
            one.detail,
        )
    return done


@dataclass(slots=True)
class _Round:
    """One run that really sends."""

    warehouse: Warehouse
    code: str
    as_of: datetime
    now: datetime
    folder: Path
    writer: Writer
    files: list[Path] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    fresh: set[tuple[Kind, str]] = field(default_factory=set)

    def look_back(self, span: timedelta) -> None:
        """Tell of claims that a run before left behind: while the lock is ours, nobody is sending them any more."""
        with self.warehouse.look() as connection:
            left = reminders.records(connection, self.code, self.as_of - span, ("sending",))
        steps: dict[tuple[str, str], int] = {}
        for one in left:
            if one.channel != TEXT:
                steps[one.channel, one.recipient] = steps.get((one.channel, one.recipient), 0) + 1
        self.outcomes += [
            Outcome(channel=channel, kind=None, to=to, state="uncertain", steps=count) for (channel, to), count in sorted(steps.items())
        ]

    def write(self, due: Sequence[Reminder], today: set[Key]) -> None:
        """Write the texts of messages that take a step, with those `today` took before; files come before the record, as writing twice harms
        nobody.
        """
        with self.warehouse.begin() as connection:
            # A text claimed and not written belongs to a run that died: it is written again.
            left = [
                (one.recipient, one.key)
                for one in reminders.records(connection, self.code, self.as_of - timedelta(days=30), ("sending",))
                if one.channel == TEXT
            ]
            reminders.settle(connection, self.code, TEXT, left, "failed", self.now)
            mine = reminders.claim(connection, self.code, TEXT, [(one.to, key) for one in due for key in one.keys], self.as_of, self.now)
        fresh = [one for one in due if any((one.to, key) in mine for key in one.keys)]
        self.fresh = {(one.kind, one.to) for one in fresh}
        self.files += [_put(self.folder, self.writer, one.taking(today | {key for key in one.keys if (one.to, key) in mine})) for one in fresh]
        self.outcomes += [
            Outcome(channel=TEXT, kind=one.kind, to=one.to, state="sent", steps=sum((one.to, key) in mine for key in one.keys)) for one in fresh
        ]
        with self.warehouse.begin() as connection:
            reminders.settle(connection, self.code, TEXT, mine, "sent", self.now)

    def send(self, channel: Channel, due: Sequence[Reminder]) -> None:
        """Send what a channel has not taken yet; stop when it takes nothing."""
        failures = 0
        with closing(open_line(channel)) as line:
            for one in due:
                if not channel.takes(self.code, one.kind, one.to):
                    continue
                if channel.needs_mailbox and not self.writer.mailbox(one.to):
                    if (one.kind, one.to) in self.fresh:
                        self.outcomes.append(Outcome(channel=channel.name, kind=one.kind, to=one.to, state="unaddressed", steps=len(one.keys)))
                    continue
                with self.warehouse.begin() as connection:
                    mine = reminders.claim(connection, self.code, channel.name, [(one.to, key) for key in one.keys], self.as_of, self.now)
                if not mine:
                    continue
                fault = _handed_over(line, self.writer.message(one.taking({key for _, key in mine}), self.now))
                state: Literal["sent", "failed"] = "sent" if fault is None else "failed"
                with self.warehouse.begin() as connection:
                    reminders.settle(connection, self.code, channel.name, mine, state, self.now, str(fault or ""))
                self.outcomes.append(Outcome(channel=channel.name, kind=one.kind, to=one.to, state=state, steps=len(mine), detail=str(fault or "")))
                failures = 0 if fault is None else failures + 1
                if failures >= TRIES_A_RUN or (fault is not None and fault.is_down):
                    return

    def keep_record(self, *, day_begins: datetime, day: str) -> None:
        """Write down for people what went where on the day, and what did not."""
        zone = self.writer.material.campaign.zone
        with self.warehouse.look() as connection:
            told = [one for one in reminders.records(connection, self.code, day_begins) if one.as_of.astimezone(zone).date().isoformat() == day]
        lines: dict[tuple[datetime, str, str, str, str], list[str]] = {}
        for one in told:
            state = STATES["uncertain" if one.state == "sending" else one.state]
            lines.setdefault((one.as_of, one.channel, one.recipient, state, one.detail), []).append(one.key[4])
        if not lines:
            return
        table = io.StringIO()
        writer = csv.writer(table)
        writer.writerow(["时刻", "渠道", "发给", "状态", "事项数", "步骤", "说明"])
        for (at, channel, to, state, detail), steps in sorted(lines.items()):
            ranks = {step.partition("-")[0] for step in steps}
            names = "、".join(STEPS[rank] for rank in RANKS if rank in ranks)
            row = [words.moment(at, zone), "文本" if channel == TEXT else channel, self.writer.name(to), state, str(len(steps)), names, detail]
            writer.writerow([f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell for cell in row])
        self.files.append(written(self.folder / "sent.csv", table.getvalue().encode("utf-8-sig")))


def _handed_over(line: Line, message: Message) -> Undelivered | None:
    """Send a message; return why it was not taken, None where it was."""
    try:
        line.send(message)
    except Undelivered as fault:
        return fault
    except Exception as fault:  # noqa: BLE001 (a service's own client may raise anything; it must stop neither the others nor the run)
        # Where, not what: what it says may hold an address with its secrets.
        _log.error("a channel's client failed: %s\n%s", type(fault).__name__, "".join(format_tb(fault.__traceback__)))
        return Undelivered(type(fault).__name__)
    return None


def _put(folder: Path, writer: Writer, one: Reminder) -> Path:
    """Write a message's text for people to copy, with the line ends that every Windows shows."""
    match one.kind:
        case "circular":
            path = folder / "circular.txt"
        case "list":
            path = folder / "lists" / f"{one.to or 'authority'}.txt"
        case _:
            path = folder / "units" / f"{one.to}.txt"
    title, text = writer.text(one, is_internal=one.to == AUTHORITY)
    return written(path, f"{title}\n{text}\n".replace("\n", "\r\n").encode("utf-8-sig"))
