"""空白表: a workbook per unit and form it owes, ready to fill, with the hidden mark by which it is known again.

In: a campaign's definitions. Out: `OUT/<campaign>/<unit>/<单位>_<报送事项>[_<period>].xlsx`, the same bytes for the same definitions. The mark
stands in a very hidden sheet (keys in column A, values in B) and in the document's custom properties, so that it survives Excel, WPS and LibreOffice.
"""

from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

from include import settings
from include.catalogue import load
from include.domain.campaign import Campaign, Obligation
from include.domain.deadline import end_of_day
from include.domain.expectation import expectations
from include.domain.form import Form, Item
from include.domain.reading import Mark
from include.domain.unit import Unit
from include.report.address import letters_of
from include.report.drawing import Pens, draw, new_book, on_paper
from include.report.files import replaced
from include.report.layout import UNIT_FIELDS, Box, lay_out
from include.report.wide import safe_file_name

MARK_SHEET = "_baosong"
PERIOD_FIELD = "报送期次"


def write_blanks(campaign: str, out: str | Path | None = None) -> list[Path]:
    """Write a blank workbook for every unit, form and period it owes, below `out/<campaign>` (default: `forms` in the installation's out folder)."""
    definitions = load(campaign)
    root = Path(out) if out is not None else settings.PROJECT / settings.current().out / "forms"
    rules, units = definitions.campaign, {unit.code: unit for unit in definitions.units}
    paths: list[Path] = []
    # Every amendment the definitions know of counts: a blank is asked for by what is owed in the end.
    for owed in expectations(rules, definitions.units, (), definitions.calendar, end_of_day(rules.last_on, rules)):
        obligation, unit = rules.obligation(owed.obligation), units[owed.unit]
        if obligation.what == "form":
            name = safe_file_name("_".join(part for part in (unit.name, obligation.name.zh, owed.period) if part))
            path = root / campaign / safe_file_name(unit.code) / f"{name}.xlsx"
            paths.append(write_blank(path, rules, obligation, definitions.forms[obligation.form], unit, owed.period or ""))
    return paths


def write_blank(path: Path, campaign: Campaign, obligation: Obligation, form: Form, unit: Unit, period: str = "") -> Path:
    """Write one blank to `path`."""
    mark = Mark(campaign=campaign.code, obligation=obligation.code, form=form.code, version=form.version, unit=unit.code, period=period)
    created = datetime.combine(campaign.issued_on, time(0), tzinfo=UTC)
    return replaced(path, lambda draft: _draw_blank(draft, created, mark, form, obligation, unit.name, campaign))


def _draw_blank(draft: Path, created: datetime, mark: Mark, form: Form, obligation: Obligation, unit_name: str, campaign: Campaign) -> None:
    layout = lay_out(form, obligation.asks_items, period_field=PERIOD_FIELD if mark.period else "")
    book = new_book(draft, created, form.title.zh)
    pens = Pens(book)
    for page in layout.sheets:

        def fill(box: Box) -> tuple[object, dict[str, Any]] | None:
            if box.role == "entry":
                if box.field == PERIOD_FIELD:
                    return mark.period, {"locked": True}
                return (unit_name if box.field.startswith(UNIT_FIELDS) else ""), {"locked": False}
            if box.role == "total":
                return "", {"locked": False}
            if box.role != "value" or box.item is None:
                return None
            value, more = draw_value(form.item(box.item), unit_name)
            return value, {**more, "locked": False}

        sheet = draw(book, page, pens, fill)
        for box in page.boxes:
            if box.role == "value" and box.item is not None:
                _validate(sheet, box, form.item(box.item))
        sheet.protect("", {"insert_rows": True, "format_rows": True, "format_columns": True})
        footer = f"{campaign.authority.name}　{form.title.zh}"
        on_paper(sheet, landscape=page.is_landscape, repeat=(page.first_head_row, page.head_rows - 1), footer=footer)
    hide_mark(book, mark)
    book.close()


def draw_value(item: Item, unit_name: str) -> tuple[str, dict[str, Any]]:
    """What stands in an item's empty cell, and how it looks."""
    # Text format keeps the leading zero of a telephone number and the wording of a day.
    more: dict[str, Any] = {"num_format": "General"} if item.is_number else {"num_format": "@", "align": "left"}
    return (unit_name if item.kind == "text" and item.label in UNIT_FIELDS else ""), more


def _validate(sheet: Any, box: Box, item: Item) -> None:
    """Let the cell refuse what the item cannot be, and say so in words."""
    measure = f"（{item.measurement_unit}）" if item.measurement_unit else ""
    rule: dict[str, Any]
    match item.kind:
        case "count":
            rule = {"validate": "integer", "criteria": ">=", "value": 0, "error_message": f"请填不小于0的整数{measure}，无此项填0。"}
        case "amount":
            rule = {"validate": "decimal", "criteria": ">=", "value": 0, "error_message": f"请填不小于0的数{measure}，无此项填0。"}
        case "rate":
            at = f"{letters_of(box.column)}{box.row + 1}"
            rule = {
                "validate": "custom",
                "value": f'=OR({at}="/",AND(ISNUMBER({at}),{at}>=0,{at}<=100))',
                "error_message": "请填0到100之间的数，保留一位小数；分母为0时填“/”。",
            }
        case "choice" if item.choices and len(",".join(item.choices)) <= 255 and not any("," in choice for choice in item.choices):
            rule = {"validate": "list", "source": list(item.choices), "error_message": "请从下拉列表中选择。"}
        case _:
            return
    sheet.data_validation(box.row, box.column, box.row, box.column, {**rule, "error_title": "填报有误", "ignore_blank": True})


def mark_pairs(mark: Mark) -> dict[str, str]:
    """The hidden mark as the reader knows it: keys and values."""
    return {
        "campaign": mark.campaign,
        "obligation": mark.obligation,
        "form": mark.form,
        "version": str(mark.version),
        "unit": mark.unit,
        "period": mark.period,
    }


def hide_mark(book: Any, mark: Mark) -> None:
    """Put the hidden mark into a workbook: a very hidden sheet and the document's custom properties."""
    hidden = book.add_worksheet(MARK_SHEET)
    for row, (key, value) in enumerate(mark_pairs(mark).items()):
        hidden.write_string(row, 0, key)
        hidden.write_string(row, 1, value)
        if value:
            book.set_custom_property(f"{MARK_SHEET[1:]}_{key}", value, "text")
    hidden.protect()
    hidden.very_hidden()
