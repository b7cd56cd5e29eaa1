"""Deals the stories out to the units and writes the inbox."""

import csv
import io
import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from include.catalogue import load
from include.catalogue.definitions import Definitions
from include.domain.unit import Unit
from include.sample import activities, figures, media, stories
from include.sample.calendar import NOTICES, Asked, Notice, activity_due_at
from include.sample.figures import Figures
from include.sample.sending import Case, Expected, Sent, Verdict
from include.sample.writers import document


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What was written: units, files and expectations by campaign, and where."""

    out: Path
    campaigns: tuple[tuple[str, int, int, int], ...]

    @property
    def files(self) -> int:
        """Files of all campaigns."""
        return sum(files for _, _, files, _ in self.campaigns)

    def __str__(self) -> str:
        lines = [f"{code}: {units} units, {files} files, {owed} expectations" for code, units, files, owed in self.campaigns]
        return "\n".join([*lines, f"{self.files} files in {self.out}; what they say is in {self.out / 'truth.jsonl'}"])


@dataclass(slots=True)
class Deck:
    """Stories dealt one by one: all cards come up before any comes up again; a story that does not fit waits for the next case."""

    cards: tuple[tuple[stories.Story, int], ...]
    luck: Random
    waiting: list[stories.Story]

    @staticmethod
    def of(cards: tuple[tuple[stories.Story, int], ...], luck: Random) -> "Deck":
        """A fresh deck."""
        return Deck(cards, luck, [])

    def tell(self, case: Case) -> Expected:
        """Let the next story that fits happen to the case."""
        for _ in range(2):
            for number, story in enumerate(self.waiting):
                told = story(case)
                if told is not None:
                    del self.waiting[number]
                    return told
            fresh = [story for story, count in self.cards for _ in range(count)]
            self.luck.shuffle(fresh)
            self.waiting += fresh
        raise AssertionError("no story fits")


@dataclass(slots=True, kw_only=True)
class Decks:
    """One deck for each kind of thing that is sent, shared by the campaigns."""

    forms: Deck
    documents: Deck
    materials: Deck
    uses: Counter[str]

    def of(self, asked: Asked) -> Deck:
        """The deck for what is asked."""
        return {"form": self.forms, "document": self.documents, "materials": self.materials}[asked.what]


def write_sample(out: Path, seed: int = 1) -> Summary:
    """Write the sample inbox of the five campaigns below `out`.

    Files that already hold the right bytes are left alone, files that an older sample wrote there and this one has not are removed.
    """
    decks = Decks(
        forms=Deck.of(stories.FORMS, Random(f"{seed}/forms")),
        documents=Deck.of(stories.DOCUMENTS, Random(f"{seed}/documents")),
        materials=Deck.of(stories.MATERIALS, Random(f"{seed}/materials")),
        uses=Counter(),
    )
    before = _written_before(out)
    truth: list[str] = []
    counts = []
    written: set[str] = set()
    for notice in NOTICES:
        definitions = load(notice.campaign)
        sent, expected = tell(notice, definitions, decks, seed)
        for one in sent:
            path = f"{notice.campaign}/{one.path}"
            written.add(path)
            _write(out / path, one.data, one.received_at or notice.issued_at + timedelta(days=3))
        _write(out / notice.campaign / "receipts.csv", _receipts(sent), notice.as_of)
        truth.append(json.dumps({"campaign": notice.campaign, "as_of": notice.as_of.isoformat()}))
        truth += [one.as_json(notice.campaign) for one in sorted(sent, key=lambda one: one.path)]
        truth += [one.as_json(notice.campaign) for one in expected]
        counts.append((notice.campaign, len(definitions.units), len(sent), len(expected)))
    for path in sorted(before - written):
        (out / path).unlink(missing_ok=True)
    _write(out / "truth.jsonl", ("\n".join(truth) + "\n").encode(), NOTICES[0].as_of)
    return Summary(out=out, campaigns=tuple(counts))


def tell(notice: Notice, definitions: Definitions, decks: Decks, seed: int) -> tuple[list[Sent], list[Expected]]:
    """Tell one campaign: everything that was sent, and how every unit stands as of the notice's moment."""
    sent: list[Sent] = []
    expected: list[Expected] = []
    units = definitions.units
    silent = Random(f"{seed}/{notice.campaign}/silent").choice(units) if len(units) > 6 else None
    for number, unit in enumerate(units):
        memory: dict[str, Figures] = {}
        planned: list[activities.Planned] = []
        for asked in notice.asked:
            luck = Random(f"{seed}/{notice.campaign}/{unit.code}/{asked.obligation}")
            owed: tuple[tuple[str | None, datetime | None], ...] = asked.due
            if asked.after:
                owed = tuple((row.period, activity_due_at(row.ends_on)) for row in planned if row.ends_on is not None)
            elif asked.is_open:
                owed = ((None, None),)
            for period, due_at in owed:
                case = Case(
                    notice=notice,
                    definitions=definitions,
                    asked=asked,
                    unit=unit,
                    neighbour=units[(number + 1) % len(units)],
                    period=period,
                    due_at=due_at,
                    form=definitions.forms[asked.form] if asked.form else None,
                    figures={},
                    uses=decks.uses,
                    luck=Random(f"{luck.random()}/{period}"),
                    folder=_folder(definitions, unit, asked, period, luck),
                )
                if unit is silent:
                    told = case.outcome("not_due" if due_at is None or due_at > notice.as_of else "missing")
                elif asked.is_open:
                    told = _open(case)
                elif due_at is not None and due_at > notice.as_of:
                    told = _not_yet_due(case)
                elif asked.obligation == "activity-plan":
                    told, planned = _plan(case, decks.forms, expected[-1], memory)
                else:
                    _prepare(case, memory)
                    told = decks.of(asked).tell(case)
                    if told.standing in ("on_time", "late"):
                        _remember(case, memory)
                expected.append(told)
                sent += case.sent
    sent += _noise(units, Random(f"{seed}/{notice.campaign}/noise"), notice)
    return _without_clashes(sent), expected


def _folder(definitions: Definitions, unit: Unit, asked: Asked, period: str | None, luck: Random) -> str:
    """The unit's folder by code, name or alias, the obligation's by code or name, the period's as the definitions or as people write it."""
    owner = luck.choice((unit.code, unit.code, unit.code, unit.name, unit.name, *unit.aliases[:1]))
    name = definitions.campaign.obligation(asked.obligation).name.zh
    parts = [owner, asked.obligation if luck.random() < 0.75 else name]
    if period:
        parts.append(period if luck.random() < 0.75 or not period[:4].isdigit() else f"{int(period[5:7])}月{int(period[8:])}日")
    return "/".join(parts)


def _prepare(case: Case, memory: dict[str, Figures]) -> None:
    """Give the case believable answers; later cumulative tables never fall short of earlier ones."""
    if case.form is None:
        return
    code, luck = case.form.code, case.luck
    case.before = memory.get(code)
    if code == "liaison":
        sector = _sector(case.unit) if "L2" in case.asks else ""
        case.figures = figures.liaison(case.form, luck, case.unit.name, sector)
    elif code == "covert-inspection":
        supervised = Random(f"{case.unit.code}/supervised").randint(12, 60)
        case.figures = figures.covert_inspection(luck, supervised)
    else:
        case.figures = figures.statistics(case.form, luck, before=memory.get(code))


def _remember(case: Case, memory: dict[str, Figures]) -> None:
    """Keep what the case's accepted report says, as its last file shows it, roundings and all; of weekly increments what stays open."""
    if case.form is None:
        return
    last = next((sent.told for sent in reversed(case.sent) if sent.told), [])
    figures = case.figures | {(told.truth.item, told.truth.row): told.truth.value for told in last if told.truth.value is not None}
    if case.form.code == "covert-inspection":
        left = memory.get(case.form.code, {}).get(("open", None))
        found, mended = figures.get(("V5", None)), figures.get(("V6", None))
        if last and isinstance(found, int) and isinstance(mended, int):
            memory[case.form.code] = {("open", None): (left if isinstance(left, int) else 0) + found - mended}
    else:
        memory[case.form.code] = figures


def _sector(unit: Unit) -> str:
    """The sector that the unit's name or tags tell."""
    for sector in ("房屋建筑", "市政公用", "燃气"):
        if sector in unit.name or sector in unit.tags:
            return sector
    return "房屋建筑"


def _plan(case: Case, deck: Deck, liaison: Expected, memory: dict[str, Figures]) -> tuple[Expected, list[activities.Planned]]:
    """The activity plan, and the activities for which reports are owed: those of the plan accepted last.

    Sent like any form, or amended in June, or in one workbook with the liaison form, which thus meets two obligations.
    """
    rows = activities.plan(case.luck)
    case.figures = activities.answers(rows, case.luck, case.unit.name)
    case.rows = rows
    fate = case.luck.random()
    if fate < 0.25:
        at = case.in_time()
        stories.fill(case, at)
        case.rows = activities.amended(rows, case.luck)
        kept = {key: value for key, value in case.figures.items() if key[0] not in ("P1", "P2")}
        case.figures = activities.answers(case.rows, case.luck, case.unit.name) | kept
        stories.fill(case, datetime(2021, 6, 9, 10, 30, tzinfo=at.tzinfo), changes=1)
        case.sent[-1].messes.append("amended_plan")
        return case.outcome("on_time", at), case.rows
    if fate < 0.5 and liaison.standing == "on_time" and liaison.received_at is not None and "liaison" in memory:
        at = max(case.in_time(), liaison.received_at)
        stories.two_attachments(case, at, "liaison", memory["liaison"])
        return case.outcome("on_time", at), rows
    told = deck.tell(case)
    return told, rows if told.standing in ("on_time", "late") else []


def _open(case: Case) -> Expected:
    """Materials that are welcome any time: counted, never late."""
    for _ in range(case.luck.randint(0, 2)):
        at = case.notice.issued_at + timedelta(days=case.luck.uniform(6, 24))
        maker, ending = case.luck.choice(((media.jpg, "jpg"), (media.png, "png"), (media.mp4, "mp4")))
        case.send(maker(case.luck), f"{case.asked.title}.{ending}", at.replace(microsecond=0))
    return case.outcome("not_due")


def _not_yet_due(case: Case) -> Expected:
    """A report whose day has not come: sent early by some."""
    if case.luck.random() < 0.4:
        at = case.notice.as_of - timedelta(hours=case.luck.randint(2, 20))
        case.send(media.docx_report(case.unit.name, case.asked.title, case.luck), f"{case.unit.name}{case.asked.title}.docx", at, messes=["early"])
        return case.outcome("on_time", at)
    return case.outcome("not_due")


def _noise(units: Sequence[Unit], luck: Random, notice: Notice) -> Iterator[Sent]:
    """Lock files, temporary files, thumbnails; a letter that nobody asked for; a folder of a unit that nobody knows."""

    def stray(path: str, data: bytes, at: datetime | None, mess: str) -> Sent:
        verdict: Verdict = "skipped" if at is None else "unplaced"
        return Sent(path=path, data=data, unit=None, obligation=None, period=None, form="", received_at=at, messes=[mess], verdict=verdict)

    def folder() -> str:
        return f"{luck.choice(units).code}/{luck.choice(notice.asked).obligation}"

    yield stray(f"{folder()}/~$统计表.xlsx", b"\x05admin".ljust(165, b"\0"), None, "lock_file")
    yield stray(f"{folder()}/~WRL0003.tmp", b"\xd0\xcf\x11\xe0" + luck.randbytes(300), None, "temporary_file")
    yield stray(f"{folder()}/Thumbs.db", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + luck.randbytes(200), None, "thumbnails")
    at = notice.issued_at + timedelta(days=4, hours=2)
    yield stray(f"扫描件{luck.randint(100, 999)}.pdf", media.pdf(["Letter"], luck), at, "at_the_root")
    yield stray("合并前的老单位/材料.docx", document(["工作情况", "有关情况已另行报告。"]), at + timedelta(hours=1), "folder_of_nobody")


def _without_clashes(sent: list[Sent]) -> list[Sent]:
    """Give files that meet at one path a number, as Explorer does."""
    taken: set[str] = set()
    for one in sent:
        stem, _, ending = one.path.rpartition(".")
        number = 2
        while one.path in taken:
            one.path = f"{stem} ({number}).{ending}"
            number += 1
        taken.add(one.path)
    return sent


def _receipts(sent: list[Sent]) -> bytes:
    """The mail server's list: path and moment of each file, in the order of arrival."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["path", "received_at"])
    known = [(one.received_at, one.path) for one in sent if one.received_at is not None]
    writer.writerows((path, at.isoformat()) for at, path in sorted(known))
    return out.getvalue().encode()


def _write(path: Path, data: bytes, modified_at: datetime) -> None:
    """Write the file unless it holds these bytes already; its time is the sender's, which proves nothing."""
    if path.is_file() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, (modified_at.timestamp(), modified_at.timestamp()))


def _written_before(out: Path) -> set[str]:
    """The files that an older truth.jsonl in the same place speaks of."""
    truth = out / "truth.jsonl"
    if not truth.is_file():
        return set()
    return {record["path"] for record in map(json.loads, truth.read_text(encoding="utf-8").splitlines()) if "path" in record}
