"""The findings that concern rows, labels and cells (R3xx to R5xx), by name.

Wordings stand in `definitions/findings/read-cells.yaml`; the reader process must start fast and knows codes and severities only. A test holds both
together.
"""

from include.domain.finding import Finding, Severity

DOUBTS: dict[str, tuple[str, Severity]] = {
    "table_not_found": ("R301", "error"),
    "item_not_found": ("R302", "error"),
    "item_found_twice": ("R303", "error"),
    "item_repeated_alike": ("R304", "note"),
    "label_near_miss": ("R305", "warning"),
    "label_unclear": ("R306", "error"),
    "row_not_in_form": ("R307", "note"),
    "value_column_unclear": ("R308", "error"),
    "other_period_only": ("R309", "error"),
    "unit_contradicts": ("R310", "error"),
    "unit_differs": ("R311", "warning"),
    "column_not_in_form": ("R312", "note"),
    "read_from_hidden": ("R313", "note"),
    "several_rows_for_one": ("R314", "error"),
    "table_without_rows": ("R315", "error"),
    "table_repeated": ("R316", "error"),
    "table_repeated_alike": ("R317", "note"),
    "table_blank": ("R318", "error"),
    "read_by_neighbour": ("R319", "warning"),
    "example_row_left_out": ("R320", "note"),
    "elsewhere_differs": ("R321", "warning"),
    "total_column_taken": ("R322", "warning"),
    "column_unclear": ("R323", "warning"),
    "blank_cell": ("R401", "error"),
    "dash_for_blank": ("R402", "error"),
    "slash_for_figure": ("R403", "error"),
    "not_a_number": ("R404", "error"),
    "negative_number": ("R405", "error"),
    "fraction_of_count": ("R406", "error"),
    "approximate": ("R407", "warning"),
    "one_of_two_figures": ("R408", "note"),
    "two_figures": ("R409", "error"),
    "unsolved_expression": ("R410", "error"),
    "error_value": ("R411", "error"),
    "formula_without_value": ("R412", "error"),
    "formula_recomputed": ("R413", "note"),
    "nought_shown_blank": ("R414", "note"),
    "date_for_number": ("R415", "error"),
    "rate_unclear": ("R416", "error"),
    "percent_of_count": ("R417", "error"),
    "scale_unclear": ("R418", "error"),
    "unit_converted": ("R419", "warning"),
    "remark_beside_figure": ("R420", "warning"),
    "merged_over_items": ("R421", "error"),
    "leading_zero_lost": ("R422", "warning"),
    "precision_lost": ("R423", "error"),
    "not_done": ("R424", "warning"),
    "number_for_date": ("R425", "warning"),
    "same_as_above": ("R426", "warning"),
    "slash_for_blank": ("R427", "note"),
    "nil_with_figures": ("R501", "error"),
}


def doubt(
    name: str, *, item: str | None = None, row: int | None = None, sheet: str = "", cell: str = "", given: str = "", expected: str = ""
) -> Finding:
    """Return the finding of that name; KeyError if there is none."""
    code, severity = DOUBTS[name]
    return Finding(code=code, severity=severity, item=item, row=row, sheet=sheet, cell=cell, given=given[:200], expected=expected[:200])
