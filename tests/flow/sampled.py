"""An installation that took the sample inbox in, and where it differs from the truth: lists of differences, empty where all is right."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from include import flow
from include.domain.standing import Judgement
from tests.flow.truth import File, Told, truth, warehouse_says

CAMPAIGNS = ("beipiao-2021", "hainan-2021", "binhai-2021", "heilongjiang-2020", "wulong-2023")


@dataclass(frozen=True, kw_only=True)
class House:
    """One installation that took the whole sample inbox in."""

    sample: Path
    told: dict[str, Told]
    said: dict[str, dict[str, list[File]]]
    judged: dict[str, Judgement]


def point_at(url: str, folder: Path, sample: Path, environment: pytest.MonkeyPatch) -> None:
    """Let the environment name this warehouse, this folder for all that is written, and the sample as the inbox."""
    environment.setenv("BAOSONG_WAREHOUSE", url)
    for name in ("vault", "out", "outbox", "data_docs"):
        environment.setenv(f"BAOSONG_{name.upper()}", str(folder / name))
    environment.setenv("BAOSONG_INBOX", str(sample))
    environment.delenv("BAOSONG_DEFINITIONS", raising=False)
    environment.delenv("BAOSONG_LANG", raising=False)


def settle(sample: Path) -> House:
    """Take everything in at once, as of the moment of the truth."""
    told = truth(sample)
    for code in CAMPAIGNS:
        flow.intake(code, as_of=told[code].as_of)
    return look(sample)


def look(sample: Path) -> House:
    """What the warehouse says now, and how everybody stands as of the moment of the truth."""
    told = truth(sample)
    return House(
        sample=sample,
        told=told,
        said={code: warehouse_says(code) for code in CAMPAIGNS},
        judged={code: flow.judge(code, told[code].as_of) for code in CAMPAIGNS},
    )


def each_file(house: House) -> Iterator[tuple[str, str, File, list[File]]]:
    """Campaign, path, truth, what was kept; files that are no reports left out."""
    for code in CAMPAIGNS:
        for path, true in house.told[code].files.items():
            if true.verdict != "skipped":
                yield code, path, true, house.said[code].get(path, [])


def each_submission(house: House) -> Iterator[tuple[str, str, File, list[File]]]:
    """As `each_file`, but a file that meets two obligations comes once for each, with what was kept for it."""
    for code, path, true, kept in each_file(house):
        for one in (true, *true.also):
            yield code, path, one, [file for file in kept if file.obligation == one.obligation] if true.also else kept


def misplaced(house: House) -> Iterator[str]:
    """Files put elsewhere, or judged otherwise, than by a careful clerk."""
    for code, path, true, kept in each_file(house):
        seen = {(one.verdict, one.unit, one.obligation, one.period) for one in kept}
        if true.verdict == "unplaced":
            is_right = all(one.verdict in ("unplaced", "waiting") for one in kept)
        else:
            is_right = seen == {(one.verdict, one.unit, one.obligation, one.period) for one in (true, *true.also)}
        if not is_right:
            places = ("code", "item", "sheet", "cell", "given", "expected")
            found = [" ".join(str(one[name]) for name in places) for file in kept for one in file.findings]
            yield f"{code}/{path} {true.messes}: {true.verdict} {true.obligation} {true.period}, kept as {seen}, findings {found[:6]}"


def silently_wrong(house: House) -> Iterator[str]:
    """Answers that are not what stands in that very cell, without a warning or an error on the item."""
    for code, path, true, kept in each_submission(house):
        for file in kept:
            flagged = {(one["item"], one["row"]) for one in file.findings if one["severity"] != "note"}
            for key, answer in file.answers.items():
                written = true.answers.get(key)
                is_right = written is not None and written.says(answer) and (answer.sheet, answer.cell) == (written.sheet, written.cell)
                if not is_right and not flagged & {key, (key[0], None)}:
                    yield f"{code}/{path} {true.messes} {key}: {answer}, written was {written}"


def unread(house: House) -> Iterator[str]:
    """Answers of accepted files that a careful clerk reads and the warehouse has not, or has without saying that they are approximate."""
    for code, path, true, kept in each_submission(house):
        if true.verdict != "accepted" or true.form is None or "same_bytes" in true.messes:
            continue
        for file in kept:
            if file.is_nil != true.is_nil:
                yield f"{code}/{path} {true.messes}: nil report {file.is_nil}, written was {true.is_nil}"
            for key, written in true.answers.items():
                answer = file.answers.get(key)
                if answer is None or not written.says(answer) or (answer.approximate != written.approximate and not written.may_refuse):
                    yield f"{code}/{path} {true.messes} {key}: {answer}, written was {written}"


def undoubted(house: House) -> Iterator[str]:
    """Doubts without a finding on their item, and returned files without an error."""
    for code, path, true, kept in each_submission(house):
        for file in kept:
            flagged = {one["item"] for one in file.findings}
            for doubt in true.findings:
                if not flagged & set(doubt["items"]):
                    yield f"{code}/{path} {true.messes}: nothing on {doubt}"
            if true.verdict == "returned" and not any(one["severity"] == "error" for one in file.findings):
                yield f"{code}/{path} {true.messes}: no error"


def harassed(house: House) -> Iterator[str]:
    """Findings of any kind on files without a mess."""
    for code, path, true, kept in each_submission(house):
        for file in kept:
            for one in file.findings:
                if not true.messes:
                    yield f"{code}/{path}: {one['code']} {one['item']} {one['given']!r} {one['expected']!r}"


def misjudged(house: House) -> Iterator[str]:
    """Expectations that are not those of the notices, or stand otherwise than their stories ended."""
    for code in CAMPAIGNS:
        true = house.told[code].standings
        seen = {(one.unit, one.obligation, one.period): one for one in house.judged[code].standings}
        yield from (f"{code} {key}: owed, but not judged" for key in true.keys() - seen.keys())
        yield from (f"{code} {key}: judged {seen[key].standing}, but not owed" for key in seen.keys() - true.keys())
        for key in true.keys() & seen.keys():
            standing, due_at, received_at = true[key]
            one = seen[key]
            if one.standing != standing or one.due_at != due_at:
                yield f"{code} {key}: {standing} due {due_at}, judged {one.standing} due {one.due_at} by {one.submission}"
            elif standing in ("on_time", "late") and one.received_at != received_at:
                yield f"{code} {key}: {standing} by {received_at}, judged by {one.received_at} ({one.submission})"
