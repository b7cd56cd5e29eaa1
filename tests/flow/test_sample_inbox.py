"""The sample inbox, from end to end: what the pipeline says is what the units wrote, cell by cell, and the same on both databases."""

import os
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from include import flow
from include.catalogue import campaign_codes
from include.sample import layouts, styles, write_sample
from tests.flow import sampled
from tests.flow.sampled import CAMPAIGNS, House
from tests.flow.truth import truth, warehouse_says

SEED = int(os.environ.get("BAOSONG_SAMPLE_SEED", "1"))


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sample")
    write_sample(out, seed=SEED)
    return out


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory, sample: Path) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    with pytest.MonkeyPatch.context() as environment:
        sampled.point_at(f"sqlite:///{folder / 'warehouse.sqlite'}", folder, sample, environment)
        yield sampled.settle(sample)


def _none(differences: Iterable[str]) -> None:
    wrong = list(differences)
    assert not wrong, f"{len(wrong)} differences, for example:\n" + "\n".join(wrong[:40])


def test_the_five_campaigns_are_those_of_the_definitions() -> None:
    assert set(CAMPAIGNS) <= set(campaign_codes())


def test_the_same_seed_writes_the_same_bytes(sample: Path) -> None:
    """A file is written only where its bytes differ: no moment changes, so every byte of the second run was that of the first."""
    moments = {path: path.stat().st_mtime_ns for path in sample.rglob("*") if path.is_file()}
    summary = write_sample(sample, seed=SEED)
    assert moments == {path: path.stat().st_mtime_ns for path in sample.rglob("*") if path.is_file()}
    assert 350 <= summary.files <= 650
    assert len(moments) == summary.files + len(CAMPAIGNS) + 1, "truth speaks of every file but receipts.csv and itself"
    assert str(summary.files) in str(summary)


def test_every_kind_of_mess_comes_up(sample: Path) -> None:
    seen = Counter(mess for told in truth(sample).values() for true in told.files.values() for mess in true.messes)
    layout_messes = {mess.__name__ for mess in (*layouts.IN_ANY_FILE, *layouts.IN_WORKBOOKS, *layouts.WITH_FORMULAS)}
    number_styles = {style.__name__ for style in (*styles.READ_WELL, *styles.ASKED_ABOUT, *styles.REFUSED)}
    assert not (layout_messes | number_styles) - set(seen)
    stories_told = {
        "late",
        "late_by_a_second",
        "at_the_very_moment",
        "corrected_before",
        "corrected_after",
        "mended_before",
        "mended_after",
        "same_bytes",
    }
    faults = {"cut_off", "behind_a_password", "empty", "blank_form", "another_table", "csv_named_xls", "part_exceeds_whole", "rate_differs"}
    others = {
        "nil_report",
        "two_attachments",
        "scan_beside",
        "scan_only",
        "in_the_neighbours_folder",
        "at_the_root",
        "formulas_in_text",
        "last_weeks_again",
        "a_week_late",
        "amended_plan",
    }
    endings = {"as_docx", "as_xls", "as_xlsm", "as_ods", "as_csv", "as_utf8_csv", "as_pdf", "lock_file", "temporary_file", "thumbnails"}
    assert not (stories_told | faults | others | endings) - set(seen)


def test_every_file_has_a_receipt_and_what_is_no_report_has_none(on_sqlite: House) -> None:
    for code in CAMPAIGNS:
        told = on_sqlite.told[code].files
        assert set(on_sqlite.said[code]) == {path for path, true in told.items() if true.verdict != "skipped"}


def test_every_file_is_put_where_it_belongs_and_judged_as_a_clerk_would(on_sqlite: House) -> None:
    _none(sampled.misplaced(on_sqlite))


def test_no_value_is_silently_wrong(on_sqlite: House) -> None:
    """Whatever the warehouse holds is what stands in the file, in that very cell, or a warning or an error stands on that item."""
    _none(sampled.silently_wrong(on_sqlite))


def test_what_a_careful_clerk_reads_is_read(on_sqlite: House) -> None:
    """Every answer of an accepted file is in the warehouse, flagged as approximate where it is."""
    assert sum(len(true.answers) for _, _, true, _ in sampled.each_submission(on_sqlite) if true.verdict == "accepted") > 3000
    _none(sampled.unread(on_sqlite))


def test_every_doubt_is_a_finding_on_its_item(on_sqlite: House) -> None:
    _none(sampled.undoubted(on_sqlite))


def test_a_clean_file_is_left_in_peace(on_sqlite: House) -> None:
    _none(sampled.harassed(on_sqlite))


def test_every_unit_stands_as_the_stories_ended(on_sqlite: House) -> None:
    _none(sampled.misjudged(on_sqlite))


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
    sampled.point_at(postgresql_url, tmp_path, on_sqlite.sample, monkeypatch)
    other = sampled.settle(on_sqlite.sample)
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
        with zipfile.ZipFile(book_path) as archive:
            sheets = [archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
        assert not [sheet for sheet in sheets if re.search(rb"<f[ >]", sheet)], "text from units never runs"
        book = CalamineWorkbook.from_path(str(book_path))
        overview = {str(cell).removesuffix(".0") for row in book.get_sheet_by_name("总览").to_python() for cell in row}
        due = [key for key, (_, due_at, _) in told.standings.items() if due_at is not None]
        received = [key for key in due if told.standings[key][0] in ("on_time", "late")]
        assert str(len(due)) in overview, f"{code}: 应报 {len(due)}"
        assert str(len(received)) in overview, f"{code}: 实报 {len(received)}"
        for sheet in ("总览", "报送情况一览表", "未报单位名单", "问题清单", "考核评分"):
            assert any(sheet in name for name in book.sheet_names), (code, sheet, book.sheet_names)
