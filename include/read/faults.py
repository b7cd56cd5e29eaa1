"""The findings that concern a whole file or workbook (R1xx, R2xx), by name.

Wordings stand in `definitions/findings/read.yaml`; the reader process must start fast and knows codes and severities only. A test holds both
together.
"""

from include.domain.finding import Finding, Severity

FAULTS: dict[str, tuple[str, Severity]] = {
    "wrong_ending": ("R101", "note"),
    "empty_file": ("R102", "error"),
    "unknown_kind": ("R103", "error"),
    "damaged": ("R104", "error"),
    "password": ("R105", "error"),
    "no_table_kind": ("R106", "error"),
    "archive_refused": ("R107", "error"),
    "nested_archive": ("R108", "error"),
    "file_too_large": ("R109", "error"),
    "unpacks_too_large": ("R110", "error"),
    "too_many_entries": ("R111", "error"),
    "entity_declaration": ("R112", "error"),
    "reader_hung": ("R113", "error"),
    "reader_died": ("R114", "error"),
    "needs_office": ("R115", "error"),
    "conversion_failed": ("R116", "error"),
    "not_what_it_claims": ("R117", "error"),
    "empty_document": ("R118", "error"),
    "undecodable_text": ("R119", "warning"),
    "macros": ("R120", "warning"),
    "external_links": ("R121", "warning"),
    "embedded_objects": ("R122", "note"),
    "archive_opened": ("R123", "note"),
    "member_left_out": ("R124", "warning"),
    "too_much_memory": ("R125", "error"),
    "duplicate_parts": ("R126", "error"),
    "strings_out_of_step": ("R127", "warning"),
    "no_cells": ("R201", "error"),
    "sheet_too_large": ("R202", "error"),
    "cell_too_long": ("R203", "error"),
    "declared_too_large": ("R204", "note"),
    "sheet_unreadable": ("R205", "error"),
    "form_not_found": ("R206", "error"),
}


class Refused(Exception):
    """A file that is not read any further, and why; carries one finding by its name in `FAULTS`."""

    def __init__(self, name: str, *, given: str = "", expected: str = "", sheet: str = "", cell: str = "") -> None:
        super().__init__(name, given)
        self.finding = fault(name, given=given, expected=expected, sheet=sheet, cell=cell)


def fault(name: str, *, given: str = "", expected: str = "", sheet: str = "", cell: str = "") -> Finding:
    """Return the finding of that name; KeyError if there is none."""
    code, severity = FAULTS[name]
    return Finding(code=code, severity=severity, given=given[:500], expected=expected, sheet=sheet, cell=cell)
