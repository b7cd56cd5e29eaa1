"""The sender's own workbook with the errors marked in it: the parts of the .xlsx are changed directly, every other part stays byte for byte.

openpyxl drops drawings, printer settings and XML maps on saving, so it is not used. What may change, and nothing else:

    [Content_Types].xml               the list sheet, the comments and their drawings are announced
    xl/workbook.xml and its rels      the list sheet stands first and is shown; names that belong to one sheet move with it
    xl/styles.xml                     fills are added, and for each marked cell's format a copy with the fill; nothing is removed
    the marked sheets and their rels  the failing cells' formats, the reference to the comments
    comments and vmlDrawing parts     one comment a failing cell, below the sender's own where there is one
    the sheet that was shown          it gives up being the selected one (two selected sheets would be edited together)

A copy that is marked again loses the marks of the time before, also where its list has another name by now. Strict and transitional workbooks are
both understood.
"""

from include.report.marking.letter import Letter, Remark
from include.report.marking.package import CannotMark
from include.report.marking.workbook import RETURN_SHEET, mark

__all__ = ["RETURN_SHEET", "CannotMark", "Letter", "Remark", "mark"]
