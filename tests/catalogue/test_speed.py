"""The door opens quickly: DAG files and reader processes pass through it every time."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from include import catalogue
from include.settings import PROJECT


def test_importing_the_catalogue_and_a_campaign_brings_nothing_heavy() -> None:
    code = """
import sys
from include import catalogue
print(sorted({"yaml", "opencc", "pydantic"} & set(sys.modules)))
catalogue.brief("beipiao-2021")
print(sorted({"opencc", "pydantic", "openpyxl", "chinese_calendar", "great_expectations"} & set(sys.modules)))
"""
    said = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.split("\n")[:2] == ["[]", "[]"]


def test_ten_thousand_units_load_in_seconds_and_then_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from include.catalogue.start import new_campaign

    monkeypatch.setenv("BAOSONG_DEFINITIONS", str(tmp_path))
    new_campaign("large-2027", tmp_path)
    rows = [f"u{n:05},第{n}单位,,{n}号单位|单位第{n},{'office' if n % 2 else 'affiliate'},,,,sample\n" for n in range(10_000)]
    registry = tmp_path / "units" / "large-2027.csv"
    registry.write_text("code,name,parent,aliases,tags,from_on,to_on,heir,basis\n" + "".join(rows), encoding="utf-8")
    began = time.perf_counter()
    assert len(catalogue.load("large-2027").units) == 10_000
    assert time.perf_counter() - began < 15
    began = time.perf_counter()
    catalogue.load("large-2027")
    assert time.perf_counter() - began < 0.2
