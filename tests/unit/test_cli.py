"""The command line as a stranger meets it: help with an example on every command, exit statuses, JSON by the contract, clear errors."""

import json
import sys
from pathlib import Path

import openpyxl
import pytest
from typer.main import get_command
from typer.testing import CliRunner

from include import cli

COMMANDS = {
    "check", "new", "units import", "forms", "sample", "read", "intake", "judge", "report", "decide", "receipt verify", "score", "trace", "docs",
    "reread",
}  # fmt: skip


def commands() -> dict[str, str]:
    """Every command with its help."""
    found = {}
    for name, command in get_command(cli.app).commands.items():  # type: ignore[attr-defined]
        for inner, deeper in getattr(command, "commands", {}).items():
            found[f"{name} {inner}"] = deeper.help
        if not hasattr(command, "commands"):
            found[name] = command.help
    return found


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BAOSONG_WAREHOUSE", f"sqlite:///{tmp_path / 'warehouse.sqlite'}")
    for name in ("VAULT", "OUT", "OUTBOX", "INBOX", "DATA_DOCS"):
        monkeypatch.setenv(f"BAOSONG_{name}", str(tmp_path / name.lower()))
    return tmp_path


def run(*words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """Run `baosong` as the console script does; return status, stdout, stderr."""
    monkeypatch.setattr(sys, "argv", ["baosong", *words])
    try:
        cli.main()
        status = 0
    except SystemExit as leaving:
        status = int(leaving.code or 0)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_every_command_of_the_contract_is_there_and_has_an_example() -> None:
    found = commands()
    assert set(found) >= COMMANDS
    assert {name for name, text in found.items() if f"baosong {name}" not in text} == set()


def test_the_readme_names_every_command() -> None:
    project = Path(cli.__file__).parents[1]
    for readme in ("README.md", "README.zh-CN.md"):
        text = (project / readme).read_text(encoding="utf-8")
        assert {name for name in COMMANDS - {"docs"} if f"baosong {name}" not in text} == set(), readme


def test_a_broken_definition_is_status_2_with_file_line_and_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "campaigns").mkdir()
    (tmp_path / "campaigns" / "x-2026.yaml").write_text("code: x-2026\nversion: 1\nobligatons: []\n", encoding="utf-8")
    status, _, said = run("check", str(tmp_path), monkeypatch=monkeypatch, capsys=capsys)
    assert status == 2
    assert "x-2026.yaml:3" in said
    assert "obligations" in said


def test_an_unknown_campaign_is_status_2_with_the_nearest(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, said = run("judge", "beipiao-2012", "--as-of", "2021-06-24", monkeypatch=monkeypatch, capsys=capsys)
    assert (status, "beipiao-2021" in said) == (2, True)


def test_a_moment_that_is_none_is_a_usage_error() -> None:
    answer = CliRunner().invoke(cli.app, ["judge", "beipiao-2021", "--as-of", "yesterday"])
    assert answer.exit_code == 2


def test_judge_json_has_the_contracts_keys_and_the_same_bytes_again(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("judge", "wulong-2023", "--as-of", "2023-06-26", "--known-at", "2026-01-01T00:00:00+08:00", "--json")
    status, first, _ = run(*words, monkeypatch=monkeypatch, capsys=capsys)
    _, again, _ = run(*words, monkeypatch=monkeypatch, capsys=capsys)
    said = json.loads(first)
    assert status == 0
    assert first == again
    assert set(said) == {"campaign", "as_of", "known_at", "standings", "scores"}
    keys = {"unit", "obligation", "period", "due_at", "standing", "flags", "received_at", "submission", "late_by_s", "findings"}
    assert {frozenset(one) for one in said["standings"]} == {frozenset(keys)}
    assert {one["due_at"] for one in said["standings"]} == {"2023-06-26T00:00:00+08:00"}


def test_read_json_prints_one_object_a_file_and_status_1_for_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["活动联络员推荐表"], ["序号", "单位", "姓名", "职务", "办公电话", "手机"], [1, "党办", "张三", "主任", "7901098", "13800138000"]):
        sheet.append(row)
    good, bad = tmp_path / "联络员.xlsx", tmp_path / "坏.xlsx"
    book.save(good)
    bad.write_bytes(good.read_bytes()[:800])
    status, out, _ = run("read", str(good), str(bad), "--form", "liaison", "--json", monkeypatch=monkeypatch, capsys=capsys)
    first, second = map(json.loads, out.splitlines())
    assert status == 1
    assert (first["accepted"], second["accepted"]) == (True, False)
    assert set(first) == {"file", "sha256", "form", "unit_named", "period_named", "accepted", "answers", "findings"}
    assert {(a["item"], a["value"], a["row"], a["cell"]) for a in first["answers"]} >= {("L3", "张三", None, "C3"), ("L6", "13800138000", None, "F3")}
    (problem,) = [one for one in second["findings"] if one["severity"] == "error"]
    assert set(problem) == {"code", "name", "severity", "item", "row", "sheet", "cell", "given", "message", "remedy"}
    assert good.stat().st_size > 800


def test_the_catalogue_prints_every_rule_in_both_languages(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from include.catalogue import rules

    for language in ("zh", "en"):
        status, out, _ = run("docs", "--lang", language, monkeypatch=monkeypatch, capsys=capsys)
        assert status == 0
        assert [line.split("|")[1].strip() for line in out.splitlines()[2:]] == sorted(rules())
