"""The judgement as `baosong judge --json` prints it: the same judgement gives the same bytes."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from include import catalogue
from include.domain.standing import Judgement


def to_json(judgement: Judgement) -> str:
    """Return one JSON object, a standing or score a line, ending with a line break; instants are RFC 3339 in the campaign's zone."""
    zone = catalogue.brief(judgement.campaign).zone
    standings = [
        {
            "unit": one.unit,
            "obligation": one.obligation,
            "period": one.period,
            "due_at": _instant(one.due_at, zone),
            "standing": one.standing,
            "flags": list(one.flags),
            "received_at": _instant(one.received_at, zone),
            "submission": one.submission,
            "late_by_s": one.late_by_s,
            "findings": one.findings,
        }
        for one in judgement.standings
    ]
    scores = [
        {
            "unit": one.unit,
            "score": one.score,
            "deductions": [
                {"points": taken.points, "clause": taken.clause, "obligation": taken.obligation, "period": taken.period, "why": taken.why}
                for taken in one.deductions
            ],
        }
        for one in judgement.scores
    ]
    return (
        f'{{"campaign": {_line(judgement.campaign)}, "as_of": {_line(_instant(judgement.as_of, zone))}, '
        f'"known_at": {_line(_instant(judgement.known_at, zone))},\n"standings": {_list(standings)},\n"scores": {_list(scores)}}}\n'
    )


def _instant(moment: datetime | None, zone: ZoneInfo) -> str | None:
    return moment.astimezone(zone).isoformat() if moment is not None else None


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _list(values: Sequence[Mapping[str, object]]) -> str:
    return "[\n" + ",\n".join(map(_line, values)) + "\n]" if values else "[]"
