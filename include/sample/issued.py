"""The blanks as `baosong forms` issues them, filled in: drop-downs, hidden mark and all."""

import warnings
from datetime import datetime
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from include.report.blanks import PERIOD_FIELD, write_blank
from include.report.layout import lay_out
from include.sample.activities import mark_days
from include.sample.figures import truths
from include.sample.layouts import field_texts
from include.sample.page import Told, address
from include.sample.sending import Case
from include.sample.writers import repack


def fill_blank(case: Case, at: datetime) -> tuple[bytes, list[Told]]:
    """Write the unit's own blank, fill the case's figures in and save it, as a clerk does who uses what was sent to the unit."""
    from openpyxl import load_workbook

    assert case.form is not None
    definitions = case.definitions
    obligation = definitions.campaign.obligation(case.asked.obligation)
    with TemporaryDirectory() as folder, warnings.catch_warnings():
        blank = write_blank(Path(folder) / "blank.xlsx", definitions.campaign, obligation, case.form, case.unit, case.period or "")
        # Extensions for newer Excel that openpyxl leaves out, as many programs do.
        warnings.simplefilter("ignore", UserWarning)
        book = load_workbook(blank)
    layout = lay_out(case.form, case.asks, period_field=PERIOD_FIELD if case.period else "")
    for name, (sheet, row, column) in layout.fields.items():
        text = next((text for field, text in field_texts(case.head(at)).items() if name.startswith(field)), None)
        if text is not None:
            book[sheet].cell(row + 1, column + 1).value = text
    answers = truths(case.figures)
    mark_days(answers, case.rows)
    told = []
    for key, truth in answers.items():
        sheet, row, column = layout.places[key]
        book[sheet].cell(row + 1, column + 1).value = "/" if truth.value is None else truth.value
        told.append(Told(truth=truth, sheet=sheet, cell=address(row, column)))
    out = BytesIO()
    book.save(out)
    return repack(out.getvalue()), told
