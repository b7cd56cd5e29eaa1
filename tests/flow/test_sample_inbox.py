"""The sample inbox, from end to end: what the pipeline says is what the units wrote, cell by cell, and the same on both databases."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from openpyxl import load_workbook

from include import flow
from include.catalogue import campaign_codes
from include.domain.standing import Judgement
from include.sample import write_sample
from tests.flow.truth import File, Told, truth, warehouse_says

CAMPAIGNS = ("beipiao-2021", "hainan-2021", "binhai-2021", "heilongjiang-2020", "wulong-2023")


@dataclass(frozen=True, kw_only=True)
class House:
    """One installation that took the whole sample inbox in."""

    sample: Path
    folder: Path
    told: dict[str, Told]
    changed: dict[str, int]
    said: dict[str, dict[str, list[File]]]
    judged: dict[str, Judgement]


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sample")
    write_sample(out, seed=int(os.environ.get("BAOSONG_SAMPLE_SEED", "1")))
    return out


def _settle(url: str, folder: Path, sample: Path, environment: pytest.MonkeyPatch) -> House:
    environment.setenv("BAOSONG_WAREHOUSE", url)
    for name in ("vault", "out", "outbox", "data_docs"):
        environment.setenv(f"BAOSONG_{name.upper()}", str(folder / name))
    environment.setenv("BAOSONG_INBOX", str(sample))
    told = truth(sample)
    changed = {code: flow.intake(code, as_of=told[code].as_of) for code in CAMPAIGNS}
    return House(
        sample=sample,
        folder=folder,
        told=told,
        changed=changed,
        said={code: warehouse_says(code) for code in CAMPAIGNS},
        judged={code: flow.judge(code, told[code].as_of) for code in CAMPAIGNS},
    )


@pytest.fixture(scope="session")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory, sample: Path) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    with pytest.MonkeyPatch.context() as environment:
        yield _settle(f"sqlite:///{folder / 'warehouse.sqlite'}", folder, sample, environment)


def _each(house: House) -> Iterator[tuple[str, str, File, list[File]]]:
    """Campaign, path, truth, what was kept; files that are no reports left out."""
    for code in CAMPAIGNS:
        for path, true in house.told[code].files.items():
            if true.verdict != "skipped":
                yield code, path, true, house.said[code].get(path, [])


def _report(wrong: list[str]) -> None:
    assert not wrong, f"{len(wrong)} differences, for example:\n" + "\n".join(wrong[:40])


def test_the_five_campaigns_are_those_of_the_definitions() -> None:
    assert set(CAMPAIGNS) <= set(campaign_codes())


def test_the_same_seed_writes_the_same_bytes_and_another_seed_another_inbox(sample: Path, tmp_path: Path) -> None:
    def bytes_of(folder: Path) -> dict[str, bytes]:
        return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}

    seed = int(os.environ.get("BAOSONG_SAMPLE_SEED", "1"))
    write_sample(tmp_path, seed=seed)
    again = bytes_of(tmp_path)
    assert again == bytes_of(sample)
    moments = {path: (tmp_path / path).stat().st_mtime_ns for path in again}
    write_sample(tmp_path, seed=seed)
    assert moments == {path: (tmp_path / path).stat().st_mtime_ns for path in again}, "a second run rewrites nothing"
    write_sample(tmp_path, seed=seed + 1)
    other = bytes_of(tmp_path)
    assert other["truth.jsonl"] != again["truth.jsonl"]
    assert {f"{code}/receipts.csv" for code in CAMPAIGNS} | {"truth.jsonl"} | {
        f"{code}/{path}" for code, told in truth(tmp_path).items() for path in told.files
    } == set(other), "what an older sample left is removed, and truth speaks of every file"


def test_every_file_has_a_receipt_and_what_is_no_report_has_none(on_sqlite: House) -> None:
    for code in CAMPAIGNS:
        told = on_sqlite.told[code].files
        assert set(on_sqlite.said[code]) == {path for path, true in told.items() if true.verdict != "skipped"}


def test_every_file_is_put_where_it_belongs_and_judged_as_a_clerk_would(on_sqlite: House) -> None:
    wrong = []
    for code, path, true, kept in _each(on_sqlite):
        seen = {(one.verdict, one.unit, one.obligation, one.period) for one in kept}
        if true.verdict == "unplaced":
            is_right = all(one.verdict in ("unplaced", "waiting") for one in kept)
        else:
            is_right = seen == {(true.verdict, true.unit, true.obligation, true.period)}
        if not is_right:
            places = ("code", "item", "sheet", "cell", "given", "expected")
            found = [" ".join(str(one[name]) for name in places) for file in kept for one in file.findings]
            wrong.append(f"{code}/{path} {true.messes}: {true.verdict} {true.obligation} {true.period}, kept as {seen}, findings {found[:6]}")
    _report(wrong)


def test_no_value_is_silently_wrong(on_sqlite: House) -> None:
    """Whatever the warehouse holds is what stands in the file, in that very cell, or a finding stands on that item."""
    wrong = []
    for code, path, true, kept in _each(on_sqlite):
        for file in kept:
            flagged = {one["item"] for one in file.findings}
            for key, answer in file.answers.items():
                written = true.answers.get(key)
                if written is None:
                    if key[0] not in flagged:
                        wrong.append(f"{code}/{path} {key}: {answer} was never written")
                elif key[0] not in flagged and (not written.says(answer) or (answer.sheet, answer.cell) != (written.sheet, written.cell)):
                    wrong.append(f"{code}/{path} {true.messes} {key}: {answer}, written was {written}")
    _report(wrong)


def test_what_a_careful_clerk_reads_is_read(on_sqlite: House) -> None:
    """Every answer of an accepted file is in the warehouse, flagged as approximate where it is."""
    wrong, count = [], Counter[str]()
    for code, path, true, kept in _each(on_sqlite):
        if true.verdict != "accepted" or true.form is None or "same_bytes" in true.messes:
            continue
        for file in kept:
            assert file.is_nil == true.is_nil, path
            for key, written in true.answers.items():
                answer = file.answers.get(key)
                count["written"] += 1
                if answer is None or not written.says(answer) or (answer.approximate != written.approximate and not written.may_refuse):
                    wrong.append(f"{code}/{path} {true.messes} {key}: {answer}, written was {written}")
    _report(wrong)
    assert count["written"] > 3000


def test_every_doubt_is_a_finding_on_its_item(on_sqlite: House) -> None:
    wrong = []
    for code, path, true, kept in _each(on_sqlite):
        for file in kept:
            flagged = {one["item"] for one in file.findings}
            for doubt in true.findings:
                if not flagged & set(doubt["items"]) and "blank_form" not in true.messes:
                    wrong.append(f"{code}/{path} {true.messes}: nothing on {doubt}")
            if true.verdict == "returned" and not any(one["severity"] == "error" for one in file.findings):
                wrong.append(f"{code}/{path} {true.messes}: no error")
    _report(wrong)


def test_a_clean_file_is_left_in_peace(on_sqlite: House) -> None:
    """No finding of any kind on a report without a mess."""
    wrong = [
        f"{code}/{path}: {one['code']} {one['item']} {one['given']!r} {one['expected']!r}"
        for code, path, true, kept in _each(on_sqlite)
        for file in kept
        for one in file.findings
        if not true.messes
    ]
    _report(wrong)


def test_every_unit_stands_as_the_stories_ended(on_sqlite: House) -> None:
    wrong = []
    for code in CAMPAIGNS:
        true = on_sqlite.told[code].standings
        seen = {(one.unit, one.obligation, one.period): one for one in on_sqlite.judged[code].standings}
        wrong += [f"{code} {key}: owed, but not judged" for key in true.keys() - seen.keys()]
        wrong += [f"{code} {key}: judged {seen[key].standing}, but not owed" for key in seen.keys() - true.keys()]
        for key in true.keys() & seen.keys():
            standing, due_at, received_at = true[key]
            one = seen[key]
            if one.standing != standing or one.due_at != due_at:
                wrong.append(f"{code} {key}: {standing} due {due_at}, judged {one.standing} due {one.due_at} by {one.submission}")
            elif standing in ("on_time", "late") and one.received_at != received_at:
                wrong.append(f"{code} {key}: {standing} by {received_at}, judged by {one.received_at} ({one.submission})")
    _report(wrong)


def test_a_second_run_changes_nothing_and_opens_no_file(on_sqlite: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from include.collect.listing import Inbox

    def opened(self: Inbox, seen: object) -> None:
        raise AssertionError(f"{seen} was opened again")

    monkeypatch.setattr(Inbox, "opened", opened)
    for code in CAMPAIGNS:
        assert flow.collect(code, as_of=on_sqlite.told[code].as_of) == []
        assert flow.intake(code, as_of=on_sqlite.told[code].as_of) == 0
        assert warehouse_says(code) == on_sqlite.said[code]
        again = flow.judge(code, on_sqlite.told[code].as_of)
        assert again.standings == on_sqlite.judged[code].standings
        assert again.scores == on_sqlite.judged[code].scores


def test_postgresql_holds_the_same_answers_findings_standings_and_scores(
    on_sqlite: House, postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = _settle(postgresql_url, tmp_path, on_sqlite.sample, monkeypatch)
    for code in CAMPAIGNS:
        assert other.said[code] == on_sqlite.said[code]
        assert other.judged[code].standings == on_sqlite.judged[code].standings
        assert other.judged[code].scores == on_sqlite.judged[code].scores


def test_each_campaign_gets_a_compliance_workbook_that_opens_and_counts_right(on_sqlite: House, tmp_path: Path) -> None:
    for code in CAMPAIGNS:
        told = on_sqlite.told[code]
        written = flow.report(code, told.as_of, str(tmp_path))
        book_path = tmp_path / code / "compliance.xlsx"
        assert book_path in written
        book = load_workbook(book_path)
        cells = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row]
        assert not [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"], "text from units never runs"
        names = {unit for unit, _, _ in told.standings}
        assert len(names) > 5
        due = [key for key, (standing, due_at, _) in told.standings.items() if due_at is not None and standing != "not_due"]
        received = [key for key in due if told.standings[key][0] in ("on_time", "late")]
        assert len(due) in cells, f"{code}: 应报 {len(due)}"
        assert len(received) in cells, f"{code}: 实报 {len(received)}"
        for sheet in ("总览", "报送情况一览表", "未报单位名单", "问题清单", "考核评分"):
            assert any(sheet in name for name in book.sheetnames), (code, sheet, book.sheetnames)
