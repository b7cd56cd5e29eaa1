"""A decision carries the name of who proposed it, and where a second person is asked it is never the first."""

from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from include.exceptions import BaosongError

ASKED = {"verb": "extend", "why": "停电", "unit": "安全股", "obligation": "weekly", "period": "2021-06-10", "submission": None, "receipt": None}
ASKED |= {"item": None, "points": None, "withdraws": None}


def context(by: str | None = "wang", **said: Any) -> dict[str, Any]:
    return {
        "params": ASKED | {"until": "2021-06-11T16:00", "at": None, "paper": None} | said,
        "dag": SimpleNamespace(timezone=ZoneInfo("Asia/Shanghai")),
        "dag_run": SimpleNamespace(triggering_user_name=by),
    }


def said(option: str, by: str | None = "li") -> dict[str, Any]:
    return {"chosen_options": [option], "params_input": {}, "responded_by_user": by and {"id": by, "name": by}}


def test_the_form_becomes_a_decision_with_moments_by_the_campaigns_clock() -> None:
    from dags import _people

    decided = _people.decision(context())
    assert decided["until"].isoformat() == "2021-06-11T16:00:00+08:00"
    assert _people.decision(context(until="2021-06-11"))["until"].isoformat() == "2021-06-12T00:00:00+08:00"
    assert (decided["verb"], decided["receipt_number"], decided["at"], decided["paper"]) == ("extend", None, None, "")


def test_nobody_decides_without_a_name() -> None:
    from dags import _people

    assert _people.proposer(context()) == "wang"
    with pytest.raises(BaosongError):
        _people.proposer(context(by=None))


def test_where_no_second_person_is_asked_there_is_no_answer() -> None:
    from dags import _people

    assert _people.answer(None, "wang") == {}


def test_another_person_approves_or_rejects() -> None:
    from dags import _people

    assert _people.answer(said(_people.APPROVE), "wang") == {"approved": True, "approved_by": "li"}
    assert _people.answer(said(_people.REJECT), "wang") == {"approved": False, "approved_by": "li"}


@pytest.mark.parametrize("by", ["wang", None])
def test_the_one_who_proposed_cannot_answer_and_nobody_cannot_either(by: str | None) -> None:
    from dags import _people

    with pytest.raises(BaosongError, match="second_person"):
        _people.answer(said(_people.APPROVE, by), "wang")
