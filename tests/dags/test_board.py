"""The board shows nothing without a login, and to each user only the campaigns and units of their own list."""

import asyncio
import importlib.util
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

PROJECT = Path(__file__).resolve().parents[2]
AS_OF = datetime.fromisoformat("2023-06-26T08:00:00+08:00")


class Person:
    """What Airflow's auth manager hands to a route."""

    def __init__(self, name: str) -> None:
        self.name = name

    def get_name(self) -> str:
        return self.name


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The plugin as Airflow loads it, before a warehouse in which wulong is judged."""
    users = tmp_path / "users.yaml"
    users.write_text('- {user: wang, campaign: wulong-2023}\n- {user: boss, campaign: "*"}\n', encoding="utf-8")
    monkeypatch.setenv("BAOSONG_BOARD_USERS", str(users))
    monkeypatch.setenv("BAOSONG_WAREHOUSE", f"sqlite:///{tmp_path / 'warehouse.sqlite'}")
    from include import flow

    flow.judge("wulong-2023", AS_OF)
    spec = importlib.util.spec_from_file_location("baosong_board_under_test", PROJECT / "plugins" / "baosong_board.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    module.board.dependency_overrides.clear()


def get(module: Any, path: str, user: str | None) -> httpx.Response:
    """Ask for a page as that user, or as nobody."""
    from airflow.api_fastapi.core_api.security import get_user

    module.board.dependency_overrides = {} if user is None else {get_user: lambda: Person(user)}

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=module.board), base_url="http://board") as client:
            return await client.get(path)

    return asyncio.run(ask())


def test_every_route_demands_a_login(board: Any) -> None:
    paths = [route.path.replace("{code}", "wulong-2023") for route in board.board.routes]
    assert paths
    assert {path: get(board, path, None).status_code for path in paths} == dict.fromkeys(paths, 401)


def test_a_supervisor_sees_their_campaign_with_its_missing(board: Any) -> None:
    page = get(board, "/wulong-2023", "wang")
    assert page.status_code == 200
    assert page.text.count('class="missing"') == 8
    assert "2023-06-26 08:00" in page.text


def test_what_the_definition_dropped_and_a_renamed_unit_are_shown_until_the_next_verdict(board: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    definitions = board.catalogue.load("wulong-2023")
    changed = replace(
        definitions,
        campaign=replace(definitions.campaign, obligations=()),
        units=(replace(definitions.units[0], changes=("2023-07-01 name 新名社区",)), *definitions.units[1:]),
    )
    monkeypatch.setattr(board.catalogue, "load", lambda _code: changed)
    page = get(board, "/wulong-2023", "wang")
    assert page.status_code == 200
    assert "summary" in page.text
    assert "新名社区" in page.text


def test_a_broken_definition_says_what_to_do(board: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_code: str) -> None:
        raise board.BrokenDefinition([])

    monkeypatch.setattr(board.catalogue, "load", broken)
    page = get(board, "/wulong-2023", "wang")
    assert page.status_code == 503
    assert "baosong check" in page.text
    assert get(board, "/", "wang").status_code == 200


def test_other_campaigns_are_not_there_for_them(board: Any) -> None:
    assert get(board, "/beipiao-2021", "wang").status_code == get(board, "/no-such", "wang").status_code == 404
    assert "beipiao" not in get(board, "/", "wang").text


def test_a_user_without_an_entry_sees_nothing(board: Any) -> None:
    assert get(board, "/wulong-2023", "stranger").status_code == 404
    assert "wulong" not in get(board, "/", "stranger").text


def test_whoever_sees_all_campaigns_sees_all(board: Any) -> None:
    page = get(board, "/", "boss").text
    assert all(code in page for code in ("beipiao-2021", "hainan-2021", "binhai-2021", "heilongjiang-2020", "wulong-2023"))


def test_names_never_become_markup(board: Any) -> None:
    page = board._page("campaigns.html", rows=[], user="<script>alert(1)</script>")
    assert b"<script>alert" not in page.body
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_airflow_takes_the_plugin() -> None:
    from airflow import plugins_manager

    plugins, errors = plugins_manager._get_plugins()
    assert not [file for file in errors if "baosong" in file]
    assert "baosong_board" in {plugin.name for plugin in plugins}
