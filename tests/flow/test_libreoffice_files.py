"""Forms that LibreOffice saved are read as they were filled in, cell by cell."""

import json
from pathlib import Path
from typing import Any

import pytest

from include import catalogue
from include.read import read_files

FOLDER = Path(__file__).resolve().parent.parent / "fixtures" / "libreoffice"
TRUTH = [json.loads(line) for line in (FOLDER / "truth.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("true", TRUTH, ids=[record["file"] for record in TRUTH])
def test_what_was_filled_in_is_read_from_what_libreoffice_saved(true: dict[str, Any]) -> None:
    [(_, reading, _)] = read_files([FOLDER / true["file"]], catalogue.form(true["form"]))
    assert not [finding for finding in reading.findings if finding.severity == "error"]
    said = {(one.item, one.row): one for one in reading.answers}
    for answer in true["answers"]:
        one = said.pop((answer["item"], answer["row"]))
        assert one.value in (answer["value"], answer["iso"] or answer["value"])
        assert (one.approximate, one.sheet, one.cell) == (answer["approximate"], answer["sheet"], answer["cell"])
    assert not said, "nothing is read that nobody wrote"
