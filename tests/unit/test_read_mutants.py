"""A thousand mutants of valid files: zero crashes, zero hangs, and no other figure without a finding. Ten thousand more in `make slow`."""

import random
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tests.unit.read_mutants import FILES, bytes_changed, keep_values, records_changed, survive, xml_changed

FIGURES = {"12", "3500", "1.5"}
VALUE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}value"
XML_KINDS = ("xlsx", "xlsxwriter.xlsx", "ods", "docx")
OWN_RECORDS = {"xls": frozenset({0x203, 0x27E, 0xBD}), "xlsb": frozenset({2, 5})}
"""The records that hold numbers."""


def is_of_a_figure(_part: str, element: Any) -> bool:
    """Whether the element is a figure's own cell or stands within it."""
    for each in (element, *element.iterancestors()):
        name = etree.QName(each).localname
        if name == "c" and "".join(each.itertext("{*}v")) in FIGURES and each.get("t") in (None, "n"):
            return True
        if (name == "table-cell" and each.get(VALUE) in FIGURES) or (name == "tc" and "".join(each.itertext()) in FIGURES):
            return True
    return False


def within(data: bytes, dice: random.Random, kind: str) -> bytes:
    """A mutant that leaves the figures' own bytes alone."""
    return records_changed(data, dice, OWN_RECORDS[kind]) if kind in OWN_RECORDS else xml_changed(data, dice, is_of_a_figure)


@pytest.mark.parametrize("kind", sorted(FILES))
def test_files_with_bytes_changed_are_read_or_refused(kind: str, tmp_path: Path) -> None:
    survive(kind, bytes_changed, 60, tmp_path)


@pytest.mark.parametrize("kind", XML_KINDS)
def test_files_with_elements_changed_are_read_or_refused(kind: str, tmp_path: Path) -> None:
    survive(kind, xml_changed, 50, tmp_path)


@pytest.mark.parametrize("kind", sorted(OWN_RECORDS))
def test_files_with_records_changed_are_read_or_refused(kind: str, tmp_path: Path) -> None:
    survive(kind, records_changed, 50, tmp_path)


@pytest.mark.parametrize("kind", [*XML_KINDS, *sorted(OWN_RECORDS)])
def test_what_does_not_touch_a_figure_changes_none_without_a_finding(kind: str) -> None:
    assert keep_values(kind, partial(within, kind=kind), 60) > 20
