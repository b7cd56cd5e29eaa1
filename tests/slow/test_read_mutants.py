"""Ten thousand mutants of valid files, where `make test` reads a thousand: zero crashes, zero hangs, and no other figure without a finding."""

from functools import partial
from pathlib import Path

import pytest

from tests.unit.read_mutants import FILES, bytes_changed, keep_values, records_changed, survive, xml_changed
from tests.unit.test_read_mutants import OWN_RECORDS, XML_KINDS, within


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(FILES))
def test_ten_thousand_mutants_are_read_or_refused(kind: str, tmp_path: Path) -> None:
    survive(kind, bytes_changed, 600, tmp_path, seed=1)
    if kind in XML_KINDS:
        survive(kind, xml_changed, 400, tmp_path, seed=1)
    if kind in OWN_RECORDS:
        survive(kind, records_changed, 400, tmp_path, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [*XML_KINDS, *sorted(OWN_RECORDS)])
def test_what_does_not_touch_a_figure_changes_none_without_a_finding(kind: str) -> None:
    assert keep_values(kind, partial(within, kind=kind), 400, seed=1) > 100
