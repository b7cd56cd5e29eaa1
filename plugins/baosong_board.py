"""The compliance board inside Airflow: who stands where, for the campaigns and subtrees that a user is bound to.

A plugin's web application has no login of its own, and Airflow's per-DAG rights say nothing of units, so every route depends on Airflow's user
**and** on our own list (`BAOSONG_BOARD_USERS`, see include/domain/sight.py): no entry, no data. Pages are read-only; the template escapes text.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from airflow.api_fastapi.core_api.security import get_user
from airflow.plugins_manager import AirflowPlugin
from fastapi import Depends, FastAPI, HTTPException
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader

from include import catalogue, settings
from include.catalogue.sights import sights
from include.domain.sight import seen_by
from include.domain.standing import Standing, rates
from include.domain.unit import Unit, roster_on
from include.exceptions import BrokenDefinition, UnknownName
from include.warehouse import connect, standings

WORDS = {
    "on_time": "按时",
    "late": "迟报",
    "missing": "未报",
    "returned": "退回补正",
    "under_review": "待审核",
    "exempt": "免报",
    "not_due": "未到期",
}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
pages = Environment(loader=FileSystemLoader(Path(__file__).parent / "baosong_board"), autoescape=True, trim_blocks=True, lstrip_blocks=True)
board = FastAPI(title="报送情况看板", docs_url=None, redoc_url=None, openapi_url=None)
User = Annotated[Any, Depends(get_user)]


def visible(user: Any, code: str) -> tuple[Any, tuple[Unit, ...]]:
    """Return the campaign's definitions and the units that the user may see, as they are named today.

    404 where there is neither, so that nothing tells which exists; 503 where the definition is broken.
    """
    try:
        definitions = catalogue.load(code)
    except UnknownName:
        raise HTTPException(404, "没有这个活动，或您无权查看 / no such campaign, or not yours to see") from None
    except BrokenDefinition:
        raise HTTPException(503, "活动定义有误，请运维人员运行 baosong check / broken definition: run baosong check") from None
    roster = roster_on(definitions.units, datetime.now(definitions.campaign.zone).date())
    seen = seen_by(user.get_name(), code, sights(settings.current().board_users), roster)
    if not seen:
        raise HTTPException(404, "没有这个活动，或您无权查看 / no such campaign, or not yours to see")
    return definitions, tuple(unit for unit in roster if unit.code in seen)


@board.get("/", response_class=HTMLResponse)
def campaigns(user: User) -> HTMLResponse:
    """The campaigns that the user may see, each with its rates."""
    rows = []
    for code in catalogue.campaign_codes():
        try:
            definitions, units = visible(user, code)
        except HTTPException:
            continue
        stored, as_of = _stored(code, units)
        rows.append(
            {
                "code": code,
                "name": definitions.campaign.name.zh,
                "units": len(units),
                **_shares(stored),
                "as_of": _moment(as_of, definitions.campaign.zone),
            }
        )
    return _page("campaigns.html", rows=rows, user=user.get_name())


@board.get("/{code}", response_class=HTMLResponse)
def campaign(code: str, user: User) -> HTMLResponse:
    """Units in official order x what they owe, with colours and words."""
    definitions, units = visible(user, code)
    zone = definitions.campaign.zone
    stored, as_of = _stored(code, units)
    names = {one.code: one.name.zh for one in definitions.campaign.obligations}
    # What the definition no longer has stands last, under its code, until the campaign is judged anew.
    order = {code: number for number, code in enumerate(names)}
    columns = sorted({(order.get(one.obligation, len(order)), one.obligation, _column(one)) for one in stored})
    cells: dict[tuple[str, str, str], list[Standing]] = {}
    for one in stored:
        cells.setdefault((one.unit, one.obligation, _column(one)), []).append(one)
    grid = [
        {
            "name": unit.name,
            "cells": [[_cell(one, zone) for one in cells.get((unit.code, obligation, period), [])] for _, obligation, period in columns],
        }
        for unit in units
    ]
    heads = [{"name": names.get(obligation, obligation), "period": period} for _, obligation, period in columns]
    return _page(
        "campaign.html",
        name=definitions.campaign.name.zh,
        heads=heads,
        grid=grid,
        as_of=_moment(as_of, zone),
        user=user.get_name(),
        words=WORDS,
        **_shares(stored),
    )


def _column(one: Standing) -> str:
    # What comes from data (name@day) differs from unit to unit and shares one column.
    return "" if one.period is None or "@" in one.period else one.period


def _cell(one: Standing, zone: ZoneInfo) -> dict[str, str]:
    detail = [f"截止 {_until(one.due_at, zone)}" if one.due_at else "不设时限"]
    if one.period and "@" in one.period:
        detail.insert(0, one.period.replace("@", "，"))
    if one.received_at:
        detail.append(f"收到 {one.received_at.astimezone(zone):%m-%d %H:%M:%S}")
    if one.findings:
        detail.append(f"问题 {one.findings} 条")
    return {"standing": one.standing, "word": WORDS[one.standing], "detail": "；".join(detail)}


def _stored(code: str, units: Iterable[Unit]) -> tuple[list[Standing], datetime | None]:
    seen = {unit.code for unit in units}
    with connect().look() as connection:
        return [one for one in standings.standings(connection, code) if one.unit in seen], standings.stored_as_of(connection, code)


def _shares(stored: list[Standing]) -> dict[str, Any]:
    """The rates as the workbook has them: 应报 are those due by now and not exempt, 实报 of them what came."""
    found = rates(stored)
    expected = found.expected
    return {
        "rates": found,
        "share": f"{found.received / expected:.1%}" if expected else "/",
        "punctual": f"{found.on_time / expected:.1%}" if expected else "/",
    }


def _until(moment: datetime, zone: ZoneInfo) -> str:
    """A deadline: midnight is the end of the day before."""
    here = moment.astimezone(zone)
    if (here.hour, here.minute, here.second) == (0, 0, 0):
        return f"{here - timedelta(days=1):%Y-%m-%d} 24:00"
    return f"{here:%Y-%m-%d %H:%M}"


def _moment(moment: datetime | None, zone: ZoneInfo) -> str:
    return "—" if moment is None else f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def _page(template: str, **values: Any) -> HTMLResponse:
    return HTMLResponse(pages.get_template(template).render(**values), headers=HEADERS)


class BaosongBoard(AirflowPlugin):
    """The menu entry 报送情况 and the pages behind it."""

    name = "baosong_board"
    fastapi_apps = [{"app": board, "url_prefix": "/baosong", "name": "报送情况看板"}]  # noqa: RUF012 - Airflow reads class attributes
    external_views = [{"name": "报送情况", "href": "/baosong/", "destination": "nav"}]  # noqa: RUF012 - no url_route: an iframe forbids printing
