"""The truth of a sample inbox, and what the warehouse says beside it: two plain records to be compared, cell by cell."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text

from include.warehouse import connect

Key = tuple[str, int | None]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One cell's answer, as written or as read."""

    value: Any
    approximate: bool
    sheet: str
    cell: str
    may_refuse: bool = False
    iso: str = ""

    def says(self, other: "Answer") -> bool:
        """Whether a reading says what was written."""
        return other.value == self.value or (bool(self.iso) and other.value == self.iso)


@dataclass(kw_only=True)
class File:
    """One file: where it was put, what it says, how it was judged."""

    verdict: str
    unit: str | None = None
    obligation: str | None = None
    period: str | None = None
    received_at: datetime | None = None
    is_nil: bool = False
    answers: dict[Key, Answer] = field(default_factory=dict)
    blanks: set[Key] = field(default_factory=set)
    findings: list[Any] = field(default_factory=list)
    messes: list[str] = field(default_factory=list)
    form: str | None = None
    also: list["File"] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Told:
    """One campaign's truth."""

    as_of: datetime
    files: Mapping[str, File]
    standings: Mapping[tuple[str, str, str | None], tuple[str, datetime | None, datetime | None]]


def truth(sample: Path) -> dict[str, Told]:
    """Read truth.jsonl: campaign -> its truth; paths are relative to the campaign's inbox."""
    told: dict[str, Told] = {}
    for line in (sample / "truth.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        if "as_of" in record:
            told[record["campaign"]] = Told(as_of=datetime.fromisoformat(record["as_of"]), files={}, standings={})
        elif "path" in record:
            campaign, _, path = record["path"].partition("/")
            told[campaign].files[path] = _file(record)  # type: ignore[index]
        else:
            owed = record["expectation"]
            key = (owed["unit"], owed["obligation"], owed["period"])
            told[owed["campaign"]].standings[key] = (record["standing"], _moment(record["due_at"]), _moment(record["received_at"]))  # type: ignore[index]
    return told


def _file(record: dict[str, Any]) -> File:
    return File(
        verdict=record["verdict"],
        unit=record["unit"],
        obligation=record["obligation"],
        period=record["period"],
        received_at=_moment(record["received_at"]),
        is_nil=record["nil"],
        answers={
            (one["item"], one["row"]): Answer(
                value=one["value"],
                approximate=one["approximate"],
                sheet=one["sheet"],
                cell=one["cell"],
                may_refuse=one["may_refuse"],
                iso=one.get("iso", ""),
            )
            for one in record["answers"]
        },
        blanks={(one["item"], one["row"]) for one in record["blanks"]},
        findings=record["findings"],
        messes=record["mess"],
        form=record["form"],
        also=[_file(other) for other in record.get("also", ())],
    )


def _moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None


def warehouse_says(campaign: str) -> dict[str, list[File]]:
    """What the pipeline kept of each path: a file for every submission, or one that is unplaced."""
    with connect().look() as connection:

        def rows(sql: str) -> list[Any]:
            return list(connection.execute(text(sql), {"campaign": campaign}).mappings())

        receipts = rows("SELECT number, path FROM receipt WHERE campaign_code = :campaign ORDER BY number")
        submissions = rows("SELECT * FROM submission WHERE campaign_code = :campaign ORDER BY submission")
        findings = rows("SELECT * FROM finding WHERE campaign_code = :campaign ORDER BY receipt_number, number")
        answers = rows("SELECT a.* FROM answer a JOIN submission s ON s.submission = a.submission WHERE s.campaign_code = :campaign")
    said: dict[str, list[File]] = {}
    for receipt in receipts:
        found = [one for one in findings if one["receipt_number"] == receipt["number"]]
        placed = [one for one in submissions if one["receipt_number"] == receipt["number"]]
        said[receipt["path"]] = [
            File(
                verdict=one["state"],
                unit=one["unit_code"],
                obligation=one["obligation_code"],
                period=one["period"] or None,
                form=one["form_code"],
                is_nil=bool(one["is_nil"]),
                answers={_key(row): _answer(row) for row in answers if row["submission"] == one["submission"]},
                findings=[row for row in found if row["submission"] in (None, one["submission"])],
            )
            for one in placed
        ] or [File(verdict="unplaced", findings=found)]
    return said


def _key(row: Any) -> Key:
    return row["item"], row["row"] or None


def _answer(row: Any) -> Answer:
    number = row["value_number"]
    value = row["value_text"] if number is None else int(number) if float(number).is_integer() else number
    return Answer(value=value, approximate=bool(row["approximate"]), sheet=row["sheet"], cell=row["cell"])
