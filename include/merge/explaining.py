"""情况说明: what a unit answered in its return copy, put to the doubts that still stand.

An answer speaks of one doubt about one figure. It holds where the same rule doubts the same figure again, wherever that stands in the file now; it
never silences an error, and a figure that changed is doubted anew. What an answer was given to is looked up in the warehouse by the line's reference;
of what the file itself says about that nothing is believed. Answers without effect stay in the reading.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from include.catalogue import rules
from include.domain.finding import Finding, reference
from include.domain.reading import Answer, Reading
from include.domain.receipt import Submission
from include.merge.desk import Desk
from include.warehouse import answers, findings

_At = tuple[str, str | None, int | None]
_Doubt = tuple[_At, str, str, str | None]
# Where the other figure stands: a row put in above moves it without changing what is doubted.
_place = re.compile(r"（[A-Z]{1,3}[0-9]{1,7}）")


def explained(desk: Desk, one: Submission, reading: Reading, found: Sequence[Finding]) -> list[Finding]:
    """Return the findings of a submission with the unit's answers to its warnings, and a note (M710) on each answer that was not taken.

    Only answers to findings of an earlier submission of the same unit count. One to a doubt that is gone says nothing more.
    """
    words: dict[_Doubt, str] = {}
    asked: dict[_At, str] = {}
    earlier = _told(desk, one, {each.receipt_number for each in reading.explanations})
    for each in reading.explanations:
        for named in each.about:
            doubt = earlier.get((each.receipt_number, named))
            if doubt is not None:
                words[doubt] = asked[doubt[0]] = each.text
    figures = _figures(reading.answers)
    result: list[Finding] = []
    refused: list[Finding] = []
    for finding in found:
        doubt = _doubt(finding, figures)
        if finding.severity == "warning" and doubt in words:
            result.append(replace(finding, explanation=words[doubt]))
            continue
        result.append(finding)
        if finding.severity != "note" and doubt[0] in asked:
            code = "M710" if finding.severity == "warning" else "M711"
            shown = asked[doubt[0]]
            refused.append(replace(finding, code=code, severity=rules()[code].severity, given=shown, expected=finding.given or "空白"))
    return result + refused


def _told(desk: Desk, one: Submission, numbers: Iterable[int]) -> Mapping[tuple[int, str], _Doubt]:
    """What the unit was told about its earlier submissions, by receipt and the finding's reference."""
    wanted = set(numbers)
    own = {each.submission.id for each in desk.before(one) if each.submission.receipt_number in wanted}
    said = answers.answers_of(desk.connection, own)
    found: dict[tuple[int, str], _Doubt] = {}
    for name, told in findings.of(desk.connection, desk.code, own).items():
        figures = _figures(said.get(name, ()))
        for each in told:
            found[each.receipt_number, reference(each.number, each.finding)] = _doubt(each.finding, figures)
    return found


def _figures(said: Iterable[Answer]) -> dict[tuple[str, int | None], str]:
    return {(each.item, each.row): each.raw for each in said}


def _doubt(finding: Finding, figures: Mapping[tuple[str, int | None], str]) -> _Doubt:
    """What a finding doubts, whatever its cell: rule, item and row; what was seen and what it was held against; the figure as it was written."""
    figure = figures.get((finding.item, finding.row)) if finding.item is not None else None
    return (finding.code, finding.item, finding.row), finding.given, _place.sub("", finding.expected), figure
