"""What was sent and what the truth is: one record a file, one an expectation, and the case in which a story about one expectation is told."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Literal

from include.catalogue.definitions import Definitions
from include.domain.form import Form
from include.domain.unit import Unit
from include.sample import writers
from include.sample.activities import Planned
from include.sample.calendar import Asked, Notice, grace_ends_at
from include.sample.figures import Figures, person
from include.sample.layouts import Head
from include.sample.page import Page, Told, places

Verdict = Literal["accepted", "returned", "unplaced", "skipped"]
Standing = Literal["not_due", "on_time", "late", "missing", "returned"]


@dataclass(slots=True, kw_only=True)
class Sent:
    """One file in the inbox. `received_at` None: it is no report and stands in no list. `form` "" for documents and materials.

    `also` says what the same file is put to besides: a file may meet two obligations.
    """

    path: str
    data: bytes
    unit: str | None
    obligation: str | None
    period: str | None
    form: str
    received_at: datetime | None
    messes: list[str]
    verdict: Verdict
    told: list[Told] = field(default_factory=list)
    doubts: list[dict[str, Any]] = field(default_factory=list)
    is_nil: bool = False
    also: list["Sent"] = field(default_factory=list)

    def as_json(self, campaign: str) -> str:
        """One line of truth.jsonl."""
        return _line({"path": f"{campaign}/{self.path}", "campaign": campaign, **self._said(), "also": [other._said() for other in self.also]})

    def _said(self) -> dict[str, Any]:
        """The record without its place."""
        doubts = [
            *({"items": [told.truth.item], "row": told.truth.row, "kind": doubt} for told in self.told for doubt in told.truth.doubts),
            *self.doubts,
        ]
        return {
            "unit": self.unit,
            "obligation": self.obligation,
            "period": self.period,
            "form": self.form or None,
            "received_at": _moment(self.received_at),
            "mess": self.messes,
            "verdict": self.verdict,
            "nil": self.is_nil,
            "answers": [_answer(told) for told in self.told if not told.truth.is_blank],
            "blanks": [
                {"item": told.truth.item, "row": told.truth.row, "sheet": told.sheet, "cell": told.cell} for told in self.told if told.truth.is_blank
            ],
            "findings": doubts,
        }


def _answer(told: Told) -> dict[str, Any]:
    truth = told.truth
    return {
        "item": truth.item,
        "row": truth.row,
        "value": truth.value,
        "approximate": truth.approximate,
        "sheet": told.sheet,
        "cell": told.cell,
        "may_refuse": truth.may_refuse,
        **({"iso": truth.iso} if truth.iso else {}),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """How a unit stands on one expectation as of the notice's `as_of`."""

    unit: str
    obligation: str
    period: str | None
    due_at: datetime | None
    standing: Standing
    received_at: datetime | None

    def as_json(self, campaign: str) -> str:
        """One line of truth.jsonl."""
        return _line(
            {
                "expectation": {"campaign": campaign, "unit": self.unit, "obligation": self.obligation, "period": self.period},
                "due_at": _moment(self.due_at),
                "standing": self.standing,
                "received_at": _moment(self.received_at),
            }
        )


def _line(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


@dataclass(slots=True, kw_only=True)
class Case:
    """One expectation of one unit, to which a story happens.

    `sent` collects the files, `uses` counts the messes of the whole inbox, `rows` are a plan's activities. `before` is what the unit's
    last accepted report on the same form said, or ("open", None) how many problems of earlier weeks are open.
    """

    notice: Notice
    definitions: Definitions
    asked: Asked
    unit: Unit
    neighbour: Unit
    period: str | None
    due_at: datetime | None
    form: Form | None
    figures: Figures
    luck: Random
    folder: str
    uses: Counter[str] = field(default_factory=Counter)
    before: Figures | None = None
    rows: list[Planned] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)

    @property
    def asks(self) -> tuple[str, ...]:
        """The form's optional items that this obligation asks for."""
        return self.definitions.campaign.obligation(self.asked.obligation).asks_items

    def in_time(self) -> datetime:
        """A moment in working hours before the deadline, not before the notice."""
        assert self.due_at is not None
        latest = self.due_at - timedelta(minutes=20)
        earliest = max(self.notice.issued_at, latest - timedelta(days=4))
        for _ in range(40):
            at = earliest + (latest - earliest) * self.luck.random()
            if 8 <= at.hour < 18:
                break
        return at.replace(microsecond=0)

    def after_due(self, *, hours: int = 90) -> datetime:
        """A moment after the deadline, before the truth is told."""
        assert self.due_at is not None
        latest = min(self.due_at + timedelta(hours=hours), self.notice.as_of - timedelta(minutes=5))
        return (self.due_at + (latest - self.due_at) * (0.1 + 0.9 * self.luck.random())).replace(microsecond=0)

    def head(self, at: datetime) -> Head:
        """What the unit writes around the table."""
        until = self.period or f"{at:%Y-%m-%d}"
        year, month, day = until.split("-")
        written = f"{at:%Y}年{at.month}月{at.day}日"
        alias = self.luck.choice(self.unit.aliases) if self.unit.aliases and self.luck.random() < 0.15 else self.unit.name
        return Head(
            unit=alias,
            filled_on=f"{year}年{int(month)}月{int(day)}日" if self.period else written,
            until_on=f"{year}年{int(month)}月{int(day)}日",
            person=person(self.luck),
            chief=person(self.luck),
            telephone="0421-58" + f"{self.luck.randrange(100000):05d}",
        )

    def send(
        self,
        data: bytes,
        name: str,
        at: datetime | None,
        *,
        messes: list[str] | None = None,
        verdict: Verdict = "accepted",
        folder: str | None = None,
        told: list[Told] | None = None,
        doubts: list[dict[str, Any]] | None = None,
        is_nil: bool = False,
    ) -> Sent:
        """Put a file into the case's folder, or another."""
        folder = self.folder if folder is None else folder
        is_placed = verdict in ("accepted", "returned")
        taken = {sent.path for sent in self.sent}
        path = f"{folder}/{name}" if folder else name
        number = 2
        while path in taken:
            stem, _, ending = name.rpartition(".")
            path = f"{folder}/{stem}({number}).{ending}" if folder else f"{stem}({number}).{ending}"
            number += 1
        sent = Sent(
            path=path,
            data=data,
            unit=self.unit.code if is_placed else None,
            obligation=self.asked.obligation if is_placed else None,
            period=self.period if is_placed else None,
            form=self.asked.form if self.asked.what == "form" else "",
            received_at=at,
            messes=list(messes or []),
            verdict=verdict,
            told=told or [],
            doubts=doubts or [],
            is_nil=is_nil,
        )
        self.sent.append(sent)
        return sent

    def outcome(self, standing: Standing, at: datetime | None = None) -> Expected:
        """How the story ends."""
        return Expected(
            unit=self.unit.code,
            obligation=self.asked.obligation,
            period=self.period,
            due_at=self.due_at,
            standing=standing,
            received_at=at,
        )

    def refused(self) -> Expected:
        """How a story ends whose last file was returned and never mended: returned while the grace runs, then missing."""
        at = self.sent[-1].received_at
        assert at is not None
        return self.outcome("returned" if self.notice.as_of <= grace_ends_at(at) else "missing")


_WRITERS: dict[str, Callable[[Page], bytes]] = {
    "xlsx": writers.xlsx,
    "xlsm": writers.xlsm,
    "xls": writers.xls,
    "ods": writers.ods,
    "docx": writers.docx,
    "csv": writers.gbk_csv,
    "utf8.csv": writers.utf8_csv,
}


def write_page(page: Page, ending: str) -> tuple[bytes, list[Told]]:
    """Write a page in the format of a file name's ending and say where each answer stands in it."""
    return _WRITERS[ending](page), places(page, ending)
