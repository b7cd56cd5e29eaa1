"""Killed at any moment and run again, the work comes out as if nothing had happened: nothing lost, doubled, half done, or left locked."""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from include.sample import inbox as writing
from tests.flow.killed import Server, Step, Told, holdings, house_at, intake, litter

CAMPAIGN = "beipiao-2021"
FIRST, SECOND = "2021-06-08T20:00:00+08:00", "2021-06-24T09:30:00+08:00"


def decide(at: str, verb: str, **more: str) -> Step:
    return Step(verb="decide", campaign=CAMPAIGN, at=at, more={"verb": verb, **more})


def told(at: str) -> list[Step]:
    return [Step(verb=verb, campaign=CAMPAIGN, at=at) for verb in ("judge", "report", "remind")]


MORNING = [
    *intake(CAMPAIGN, FIRST),
    decide(FIRST, "exempt", unit="yuanlinchu", obligation="weekly", period="2021-06-10"),
    decide(FIRST, "register", unit="zilaishui", obligation="liaison", paper="传真一页"),
    *told(FIRST),
]
EVENING = [
    *intake(CAMPAIGN, SECOND),
    decide(SECOND, "extend", unit="gongrechu", obligation="month-summary", until="2021-06-26T18:00:00+08:00"),
    decide(SECOND, "return", unit="dangban", obligation="liaison"),
    *told(SECOND),
]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    one = Server()
    yield one
    one.close()


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the units of one campaign send."""
    folder = tmp_path_factory.mktemp("sample")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writing, "NOTICES", [notice for notice in writing.NOTICES if notice.campaign == CAMPAIGN])
        writing.write_sample(folder)
    return folder


def lay_out(sample: Path, tmp_path: Path, senders: tuple[str, ...]) -> Path:
    """An inbox with what some senders' folders hold, and what lies in nobody's."""
    target = tmp_path / "inbox" / CAMPAIGN
    for path in sorted((sample / CAMPAIGN).rglob("*")):
        name = path.relative_to(sample / CAMPAIGN)
        if path.is_file() and name.parts[0].startswith((*senders, "扫描件", "receipts.csv")):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target / name)
    return target.parent


def change(inbox: Path) -> None:
    """Between the two intakes one file is written over, one gets another name, one comes again."""
    files = sorted(path for path in (inbox / CAMPAIGN).rglob("*.docx"))
    files[0].write_bytes(files[1].read_bytes())
    files[1].rename(files[1].with_name("改名后的材料.docx"))
    shutil.copy(files[2], files[2].with_name("又一份.docx"))


def killed(server: Server, house: dict[str, str], step: Step, whole: Told, chance: random.Random, kills: int) -> int:
    """Kill a step some times, then let it end; return how many kills met it at work."""
    met = 0
    for _ in range(kills):
        if chance.random() < 0.7:
            ended = server.run(step, house, before_event=chance.randint(1, max(1, whole.events)))
        else:
            ended = server.run(step, house, after_seconds=chance.uniform(0, whole.seconds))
        assert ended.end in ("killed", "done"), ended
        assert not ended.left_behind, f"{step}: {ended.left_behind} processes outlived their parent"
        met += ended.end == "killed"
    ended = server.run(step, house)
    assert ended.end == "done", f"{step}: {ended.end}"
    return met


def play(server: Server, inbox: Path, tmp_path: Path, urls: list[str], seed: int, kills: int) -> int:
    """Run two intakes with all that follows in a house that nobody disturbs and in others that are killed; compare; return the kills."""
    chance = random.Random(seed)
    quiet = house_at(tmp_path / "quiet", f"sqlite:///{tmp_path / 'quiet.sqlite'}", inbox)
    shaken = [house_at(tmp_path / f"shaken{number}", url, inbox) for number, url in enumerate(urls)]
    met = 0
    for steps in (MORNING, EVENING):
        for step in steps:
            whole = server.run(step, quiet)
            assert whole.end == "done", f"{step}: {whole.end}"
            met += sum(killed(server, house, step, whole, chance, kills) for house in shaken)
        if steps is MORNING:
            change(inbox)
    expected = holdings(quiet)
    assert not litter(expected)
    assert len(expected["table receipt"]) > 10
    for house in shaken:
        found = holdings(house)
        left = litter(found)
        differing = sorted(name for name in (expected.keys() | found.keys()) - left if expected.get(name) != found.get(name))
        assert not differing, f"seed {seed}, {house['BAOSONG_WAREHOUSE']}: {differing}: {_first(expected, found, differing[0])}"
    return met


def _first(expected: dict[str, object], found: dict[str, object], name: str) -> str:
    ours, theirs = expected.get(name), found.get(name)
    if isinstance(ours, list) and isinstance(theirs, list):
        pairs = [pair for pair in zip(ours, theirs, strict=False) if pair[0] != pair[1]]
        return f"{len(ours)} rows, {len(theirs)} in the killed house; first difference {pairs[:1]}"
    return f"{str(ours)[:200]} ... {str(theirs)[:200]}"


def test_what_is_killed_comes_out_as_if_it_was_not(server: Server, sample: Path, tmp_path: Path, postgresql_url: str) -> None:
    inbox = lay_out(sample, tmp_path, ("dangban", "gongrechu", "供热"))
    assert play(server, inbox, tmp_path, [f"sqlite:///{tmp_path / 'shaken.sqlite'}", postgresql_url], seed=1, kills=1) > 10


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10, 20))
def test_what_is_killed_many_times_comes_out_as_if_it_was_not(server: Server, sample: Path, tmp_path: Path, postgresql_url: str, seed: int) -> None:
    inbox = lay_out(sample, tmp_path, ("dangban", "anjianzhan", "建筑安全监督站", "gongrechu", "供热", "城建股", "chengjiangu"))
    assert play(server, inbox, tmp_path, [f"sqlite:///{tmp_path / 'shaken.sqlite'}", postgresql_url], seed=seed, kills=4) > 60
