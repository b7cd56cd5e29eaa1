"""Reminders from the warehouse to the people: a real mail server and a real webhook on loopback, the same on both databases."""

import csv
import json
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from include import catalogue, flow
from include.catalogue.start import new_campaign
from include.domain.reading import Answer
from include.domain.receipt import State, Submission
from include.exceptions import TryAgain
from include.judge import judge
from include.report import letters
from include.report.reminders import Reminded
from include.settings import DEFINITIONS
from include.warehouse import Connection, answers, connect, intakes, ledger, reminders, submissions

CAMPAIGN = "beipiao-2021"
# Three of the units below report to others.
PARENTS = {"zhijianzhan": "jianguangu", "anjianzhan": "anquangu", "zaojiazhan": "jianguangu"}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text + "+08:00")


class Postman:
    """What a mail server does with what it is given: keeps it, or refuses those it does not know."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.mails: list[EmailMessage] = []
        self.refused: set[str] = set()
        self.is_full = False

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refused:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.is_full:
            return "452 mailbox full"
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 OK"

    def to(self, mailbox: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if mail["To"] == mailbox]


@pytest.fixture
def postman() -> Iterator[Postman]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    keeper = Postman(f"smtp://127.0.0.1:{port}?security=none&from=office@ju.example")
    controller = Controller(keeper, hostname="127.0.0.1", port=port)
    controller.start()
    yield keeper
    controller.stop()


@dataclass
class Hook:
    """A webhook: what was posted, and whether it works today."""

    posted: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    status: int = 200
    url: str = ""


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hook]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    found = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if found.status == 200:
                found.posted.append((self.path, json.loads(body)))
            self.send_response(found.status)
            self.end_headers()

        def log_message(self, *said: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"json://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Office:
    """A campaign whose files were read, validated and merged, with a clock that stands where the test wants it."""

    house: Path
    campaign: str = CAMPAIGN
    connection: Connection | None = None

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """All that comes within is kept in one transaction."""
        with connect().begin() as self.connection:
            yield
        self.connection = None

    def took(
        self, unit: str, obligation: str, when: str, *, period: str | None = None, state: State = "accepted", said: dict[str, str] | None = None
    ) -> None:
        moment = at(when)
        with nullcontext(self.connection) if self.connection else connect().begin() as connection:
            number = ledger.count(connection, self.campaign) + 1
            arrival = ledger.Arrival(
                path=f"{unit}/{number}.xlsx",
                size=1,
                sha256=sha256(str(number).encode()).hexdigest(),
                modified_at=None,
                version_tag="",
                received_at=moment,
                how_known="first_seen",
            )
            ledger.append(connection, self.campaign, [arrival], recorded_at=moment)
            one = Submission(
                id=f"{self.campaign}-{number:06}",
                receipt_number=number,
                unit=unit,
                obligation=obligation,
                period=period,
                received_at=moment,
                recorded_at=moment,
                state=state,
            )
            submissions.insert(connection, self.campaign, [(one, "", 0)])
            cells = tuple(Answer(item=item, row=None, value=value, raw=value, sheet="Sheet1", cell="B2") for item, value in (said or {}).items())
            answers.load(connection, [(one.id, cells)] if cells else [])

    def liaison(self, unit: str, mailbox: str = "", name: str = "张三", telephone: str = "0421-5812345", mobile: str = "13900000001") -> None:
        said = {"L1": unit, "L3": name, "L5": telephone, "L6": mobile} | ({"L9": mailbox} if mailbox else {})
        self.took(unit, "liaison", "2021-06-05T10:00:00", said=said)

    def looked(self, when: str) -> None:
        with connect().begin() as connection:
            intakes.begin(connection, self.campaign, at(when))
            intakes.finish(connection, self.campaign)

    def remind(self, when: str, now: str | None = None) -> Reminded:
        return flow.remind(self.campaign, at(when), now=at(now or when))

    def everything(self, unit: str, *left_out: tuple[str, str | None]) -> None:
        """All that a unit owes in June came, but for some."""
        owed = [("weekly", f"2021-06-{day}") for day in (10, 17, 24)] + [("month-summary", None), ("month-statistics", None)]
        for obligation, period in owed:
            if (obligation, period) not in left_out:
                self.took(unit, obligation, "2021-06-09T10:00:00", period=period)


@pytest.fixture
def office(house: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.delenv("BAOSONG_CHANNELS", raising=False)
    found = Office(house)
    with found.at_once():
        for unit in catalogue.load(CAMPAIGN).units:
            if unit.code not in ("dangban", *PARENTS):
                found.liaison(unit.code)
                found.everything(unit.code)
    return found


def text_of(path: Path) -> str:
    return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")


def told(done: Reminded) -> list[tuple[str, str, str]]:
    return [(one.channel, one.to, one.state) for one in done.outcomes]


def test_texts_are_written_ready_to_copy_one_a_unit_and_one_list_a_supervisor(office: Office) -> None:
    office.liaison("zhijianzhan", telephone="0421-5812345/139 0000 0002")
    office.looked("2021-06-24T08:00:00")
    done = office.remind("2021-06-24T09:00:00")
    folder = office.house / "out" / CAMPAIGN / "reminders" / "2021-06-24"
    assert done.folder == folder
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    units = {f"units/{unit}.txt" for unit in ("dangban", *PARENTS)}
    assert names == units | {"lists/authority.txt", "lists/jianguangu.txt", "lists/anquangu.txt", "sent.csv"}

    message = text_of(folder / "units" / "zhijianzhan.txt")
    assert message.startswith("【催报提醒】北票市住建系统2021年“安全生产月”和“安全生产朝阳行”活动\n建设工程质量监督站：\n")
    place = "beipiao-2021/建设工程质量监督站/weekly/2021-06-10/"
    assert f"【已逾期】\n1. 每周活动资料（6月10日）：应于6月10日16:00前报送，已逾期13天17小时。（位置：{place}）" in message
    assert "【即将到期】\n5. 每周活动资料（6月24日）：请于6月24日16:00前报送（今天）。" in message
    assert "安全股，电话7901098" in message
    assert "1390000" not in message

    internal, handed_on = text_of(folder / "lists" / "authority.txt"), text_of(folder / "lists" / "jianguangu.txt")
    assert "建设工程质量监督站（联络员：张三，电话0421-5812345/139 0000 0002，手机13900000001）" in internal
    assert "不得外传" in internal
    assert "党办（未报联络员）" in internal
    assert "· 安全生产月总结报告，应于6月23日24:00前报送：未报4家（党办、建设工程质量监督站、建筑安全监督站、建设工程造价管理站）" in internal
    # A list that leaves the office has no mobile number, however it was written; and only the supervisor's own units.
    assert "建设工程质量监督站（联络员：张三，电话0421-5812345）" in handed_on
    assert "139" not in handed_on
    assert "党办" not in handed_on
    assert "建筑安全监督站" not in handed_on


def test_nothing_is_said_of_what_came_and_nothing_at_night(office: Office) -> None:
    office.looked("2021-06-24T00:30:00")
    assert office.remind("2021-06-24T07:00:00").files == ()
    assert office.remind("2021-06-26T10:00:00").files == ()  # a Saturday
    done = office.remind("2021-06-24T09:00:00")
    assert not {"jianguangu", "anquangu"} & {path.stem for path in done.files if path.parent.name == "units"}


def test_nobody_is_chased_before_an_intake_that_began_after_the_deadline(office: Office) -> None:
    office.looked("2021-06-23T23:59:59")
    done = office.remind("2021-06-24T09:00:00")
    message = text_of(done.folder / "units" / "dangban.txt")
    # What fell due before that intake is chased; the summary of last midnight is not, the report of today is announced.
    assert "每周活动资料（6月17日）" in message
    assert "总结报告" not in message
    office.looked("2021-06-24T09:15:00")
    assert "总结报告" in text_of(office.remind("2021-06-24T11:00:00").folder / "units" / "dangban.txt")


def test_an_intake_counts_when_it_is_merged_and_from_when_it_began(office: Office) -> None:
    inbox = office.house / "inbox" / CAMPAIGN
    inbox.mkdir()
    flow.collect(CAMPAIGN, as_of=at("2021-06-24T08:00:00"))
    with connect().look() as connection:
        assert intakes.finished_began_at(connection, CAMPAIGN) is None
    flow.merge(CAMPAIGN)
    with connect().look() as connection:
        assert intakes.finished_began_at(connection, CAMPAIGN) == at("2021-06-24T08:00:00")
    # A replay of an older day does not count for the present.
    flow.collect(CAMPAIGN, as_of=at("2021-06-10T08:00:00"))
    flow.merge(CAMPAIGN)
    with connect().look() as connection:
        assert intakes.finished_began_at(connection, CAMPAIGN) == at("2021-06-24T08:00:00")


def test_mail_goes_to_the_liaisons_mailbox_and_the_list_to_the_office(office: Office, postman: Postman, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAOSONG_CHANNELS", postman.address)
    office.liaison("zhijianzhan", "zjz@ju.example")
    office.looked("2021-06-24T08:00:00")
    done = office.remind("2021-06-24T09:00:00")
    (mail,) = postman.to("zjz@ju.example")
    assert mail["Subject"] == "【催报提醒】北票市住建系统2021年“安全生产月”和“安全生产朝阳行”活动"
    assert mail["From"].addresses[0].addr_spec == "office@ju.example"
    assert mail["From"].addresses[0].display_name == "北票市住房和城乡建设局"
    assert mail["Reply-To"] == "bpaqzh7901098@126.com"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "建设工程质量监督站：" in mail.get_content()
    (chase,) = postman.to("bpaqzh7901098@126.com")
    assert "催报清单" in chase["Subject"]
    assert "13900000001" not in chase.get_content()
    mailed = [one for one in told(done) if one[0] != "text"]
    # Who gave no mailbox is called by telephone; the office sees who.
    assert sorted(mailed) == sorted(
        [("smtp-127.0.0.1", "zhijianzhan", "sent"), ("smtp-127.0.0.1", "", "sent")]
        + [("smtp-127.0.0.1", unit, "unaddressed") for unit in ("dangban", "anjianzhan", "zaojiazhan", "jianguangu", "anquangu")]
    )


def test_each_step_goes_out_once_however_often_the_task_runs(office: Office, postman: Postman, hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAOSONG_CHANNELS", f"{postman.address} {hook.url}/office")
    office.liaison("zhijianzhan", "zjz@ju.example")
    office.looked("2021-06-24T08:00:00")
    office.remind("2021-06-24T09:00:00")
    first = len(postman.mails), len(hook.posted)
    assert first == (2, 1)
    again = office.remind("2021-06-24T09:20:00")
    assert (again.files, again.outcomes) == ((again.folder / "sent.csv",), ())
    office.remind("2021-06-24T16:30:00")
    assert (len(postman.mails), len(hook.posted)) == first
    # The next day brings the next step.
    office.looked("2021-06-25T08:00:00")
    office.remind("2021-06-25T09:00:00")
    assert len(postman.to("zjz@ju.example")) == 2
    assert "【催办单】" in postman.to("zjz@ju.example")[1]["Subject"]
    assert len({mail["Message-ID"] for mail in postman.mails}) == len(postman.mails)


def test_the_days_text_holds_what_the_day_has_said(office: Office) -> None:
    office.looked("2021-06-23T23:59:59")
    office.remind("2021-06-24T09:00:00")
    office.looked("2021-06-25T09:15:00")
    first = text_of(office.remind("2021-06-25T09:20:00").folder / "lists" / "authority.txt")
    assert "已逾期1天9小时〔逾期提醒〕" in first
    # The Saturday brings nothing; on Monday the demands come, and the text of Friday stays as it was.
    assert "已逾期4天9小时〔催办〕" in text_of(office.remind("2021-06-28T09:20:00").folder / "lists" / "authority.txt")


def test_what_was_demanded_yesterday_is_mentioned_today_and_not_demanded_again(
    office: Office, postman: Postman, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BAOSONG_CHANNELS", postman.address)
    office.liaison("zhijianzhan", "zjz@ju.example")
    for day in ("11", "15", "16"):
        office.looked(f"2021-06-{day}T08:00:00")
        office.remind(f"2021-06-{day}T09:00:00")
    subjects = [mail["Subject"][1:4] for mail in postman.to("zjz@ju.example")]
    assert subjects == ["催报提", "催办单", "催报提"]
    assert "每周活动资料（6月10日）" in postman.to("zjz@ju.example")[2].get_content()


def test_a_shared_channel_is_the_offices_own(office: Office, hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAOSONG_CHANNELS", f"{hook.url}/office")
    office.liaison("zhijianzhan")
    office.looked("2021-06-24T08:00:00")
    office.remind("2021-06-24T09:00:00")
    ((path, posted),) = hook.posted
    assert path.rstrip("/") == "/office"
    assert posted["title"].startswith("【催报清单】")
    assert "党办" in posted["message"]
    assert "13900000001" not in posted["message"]


def test_a_supervisor_gets_the_list_of_its_own_subtree_by_mail(office: Office, postman: Postman, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAOSONG_CHANNELS", postman.address)
    office.liaison("jianguangu", "jgg@ju.example")
    office.looked("2021-06-24T08:00:00")
    office.remind("2021-06-24T09:00:00")
    (mail,) = postman.to("jgg@ju.example")
    assert mail["Subject"].startswith("【催报清单】")
    assert "建设工程造价管理站" in mail.get_content()
    assert "建筑安全监督站" not in mail.get_content()


def test_the_circular_is_a_draft_for_the_office_and_names_no_person(office: Office, postman: Postman, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAOSONG_CHANNELS", postman.address)
    for unit in PARENTS:
        office.liaison(unit, f"{unit}@ju.example", name="李四")
    for day in ("24", "25", "29"):
        office.looked(f"2021-06-{day}T08:00:00")
        done = office.remind(f"2021-06-{day}T09:00:00")
    circular = text_of(done.folder / "circular.txt")
    assert "1. 党办：" in circular
    assert "安全生产月总结报告（应于6月23日24:00前报送）" in circular
    assert "内部拟稿" in circular
    assert "李四" not in circular
    assert "1390000" not in circular
    (draft,) = [mail for mail in postman.mails if mail["Subject"].startswith("【通报】")]
    assert draft["To"] == "bpaqzh7901098@126.com"
    # What the circular is about moves no unit's mailbox.
    assert not [mail for mail in postman.to("zhijianzhan@ju.example") if "通报】" in mail["Subject"]]


def test_a_failing_channel_stops_nothing_and_is_tried_again(
    office: Office, postman: Postman, hook: Hook, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    hook.status = 500
    monkeypatch.setenv("BAOSONG_CHANNELS", f"{hook.url}/office {postman.address} nonsense://x smtp://127.0.0.1:1?security=none&from=a@b.example")
    office.liaison("zhijianzhan", "zjz@ju.example")
    office.looked("2021-06-24T08:00:00")
    with caplog.at_level(logging.ERROR):
        done = office.remind("2021-06-24T09:00:00")
    assert len(postman.mails) == 2
    failed = {one.channel.partition("-")[0]: one for one in done.failures if one.state == "failed"}
    assert set(failed) == {"json", "nonsense", "smtp"}
    assert "500" in failed["json"].detail
    assert "127.0.0.1:1" in failed["smtp"].detail
    assert sum(record.getMessage().count("未送达") for record in caplog.records) == 3
    with (done.folder / "sent.csv").open(encoding="utf-8-sig") as file:
        assert [row["状态"] for row in csv.DictReader(file) if row["渠道"].startswith("json")] == ["未送达，下次再发"]
    hook.status = 200
    again = office.remind("2021-06-24T11:00:00")
    assert [one.state for one in again.outcomes if one.channel.startswith("json")] == ["sent"]
    assert len(hook.posted) == 1
    assert len(postman.mails) == 2
    with (again.folder / "sent.csv").open(encoding="utf-8-sig") as file:
        assert [row["状态"] for row in csv.DictReader(file) if row["渠道"].startswith("json")] == ["已发出"]


def test_a_mailbox_that_is_refused_is_told_and_holds_up_nobody(office: Office, postman: Postman, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAOSONG_CHANNELS", postman.address)
    for unit in PARENTS:
        office.liaison(unit, f"{unit}@ju.example")
    postman.refused = {"zhijianzhan@ju.example"}
    office.looked("2021-06-24T08:00:00")
    done = office.remind("2021-06-24T09:00:00")
    (refused,) = [one for one in done.failures if one.state == "failed"]
    assert (refused.to, "no such mailbox" in refused.detail) == ("zhijianzhan", True)
    assert {mail["To"] for mail in postman.mails} == {"anjianzhan@ju.example", "zaojiazhan@ju.example", "bpaqzh7901098@126.com"}
    postman.refused = set()
    office.remind("2021-06-24T11:00:00")
    assert len(postman.to("zhijianzhan@ju.example")) == 1
    assert len(postman.mails) == 4


def test_a_channel_that_takes_nothing_is_left_alone_until_the_next_run(office: Office, postman: Postman, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAOSONG_CHANNELS", postman.address)
    for unit in ("dangban", *PARENTS):
        office.liaison(unit, f"{unit}@ju.example")
    postman.is_full = True
    office.looked("2021-06-24T08:00:00")
    assert [one.state for one in office.remind("2021-06-24T09:00:00").outcomes if one.channel != "text"] == ["failed"] * 3
    postman.is_full = False
    office.remind("2021-06-24T11:00:00")
    assert len(postman.mails) == 5


def test_what_a_dead_run_was_sending_is_told_and_not_sent_again(office: Office, postman: Postman, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAOSONG_CHANNELS", postman.address)
    office.liaison("zhijianzhan", "zjz@ju.example")
    office.looked("2021-06-24T08:00:00")

    def die(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("include.report.channels._Mail.send", die)
        with pytest.raises(KeyboardInterrupt):
            office.remind("2021-06-24T09:00:00")
    done = office.remind("2021-06-24T09:20:00")
    assert [(one.to, one.state) for one in done.failures if one.state == "uncertain"] == [("zhijianzhan", "uncertain")]
    # The office's list, which was not tried, goes out; the unit's message is nobody's guess.
    assert [mail["To"] for mail in postman.mails] == ["bpaqzh7901098@126.com"]


def test_a_run_that_died_while_writing_writes_again(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.looked("2021-06-24T08:00:00")

    def fail(*_: Any) -> None:
        raise OSError("away")

    with monkeypatch.context() as patch:
        patch.setattr("include.report.reminders.written", fail)
        with pytest.raises(OSError, match="away"):
            office.remind("2021-06-24T09:00:00")
    assert (office.remind("2021-06-24T09:20:00").folder / "units" / "dangban.txt").exists()


def test_two_runs_at_once_send_once(office: Office, postman: Postman, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAOSONG_CHANNELS", postman.address)
    office.liaison("zhijianzhan", "zjz@ju.example")
    office.looked("2021-06-24T08:00:00")
    connect()
    faults: list[Exception] = []

    def run() -> None:
        try:
            office.remind("2021-06-24T09:00:00")
        except TryAgain as fault:
            faults.append(fault)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(postman.to("zjz@ju.example")) == 1


def test_of_another_time_than_now_texts_are_written_and_nothing_is_sent(office: Office, postman: Postman, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAOSONG_CHANNELS", postman.address)
    office.liaison("zhijianzhan", "zjz@ju.example")
    office.looked("2021-06-25T08:00:00")
    rehearsed = flow.remind(CAMPAIGN, at("2021-06-24T23:00:00"))
    assert rehearsed.is_rehearsal
    assert "总结报告" in text_of(rehearsed.folder / "units" / "dangban.txt")
    assert postman.mails == []
    before = {path: path.read_bytes() for path in rehearsed.files}
    assert {path: path.read_bytes() for path in flow.remind(CAMPAIGN, at("2021-06-24T23:00:00")).files} == before
    # It does not count as said: the live run of the day says it.
    live = office.remind("2021-06-24T09:00:00")
    assert not live.is_rehearsal
    assert len(postman.to("zjz@ju.example")) == 1
    # And what was really said stays, beside what a rehearsal of the same day says.
    later = flow.remind(CAMPAIGN, at("2021-06-24T23:00:00"))
    assert later.folder.name == "2021-06-24-rehearsal"


def test_a_rehearsal_leaves_no_text_of_a_former_one(office: Office) -> None:
    office.looked("2021-06-25T08:00:00")
    first = flow.remind(CAMPAIGN, at("2021-06-24T12:00:00"))
    assert (first.folder / "units" / "dangban.txt").exists()
    office.liaison("dangban")
    office.everything("dangban")
    second = flow.remind(CAMPAIGN, at("2021-06-24T12:00:00"))
    assert not (second.folder / "units" / "dangban.txt").exists()
    assert (second.folder / "units" / "zhijianzhan.txt").exists()


def test_the_kept_verdict_stays_as_it_is(office: Office) -> None:
    from include.warehouse import standings

    judge(CAMPAIGN, at("2021-06-23T12:00:00"))
    office.looked("2021-06-24T08:00:00")
    office.remind("2021-06-24T09:00:00")
    with connect().look() as connection:
        assert standings.stored_as_of(connection, CAMPAIGN) == at("2021-06-23T12:00:00")


def test_channels_may_stand_in_a_file_with_names_of_their_own(office: Office, postman: Postman, hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    file = office.house / "channels.yaml"
    file.write_text(
        "channels:\n"
        f'  - {{name: mail, address: "{postman.address}", kinds: [reminder]}}\n'
        f'  - {{name: dangban-group, address: "{hook.url}/dangban", serves: [dangban]}}\n'
        f'  - {{name: platform, address: "{hook.url}/platform/{{unit}}", kinds: [reminder, demand]}}\n'
        f'  - {{name: other, address: "{hook.url}/other", campaigns: [wulong-2023]}}\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("BAOSONG_CHANNELS", str(file))
    office.liaison("zhijianzhan", "zjz@ju.example")
    office.looked("2021-06-24T08:00:00")
    done = office.remind("2021-06-24T09:00:00")
    assert [mail["To"] for mail in postman.mails] == ["zjz@ju.example"]
    expected = ["/dangban", *(f"/platform/{unit}" for unit in ("dangban", *PARENTS))]
    assert sorted(path.rstrip("/") for path, _ in hook.posted) == sorted(expected)
    assert {one.channel for one in done.outcomes} == {"text", "mail", "dangban-group", "platform"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("channels:\n  - {name: a, adress: 'json://x'}\n", "adress"),
        ("channels:\n  - {name: a, address: 'json://x'}\n  - {name: a, address: 'json://y'}\n", "duplicate name"),
        ("- [", "YAML"),
    ],
)
def test_a_broken_file_of_channels_is_told_and_the_texts_are_written(office: Office, monkeypatch: pytest.MonkeyPatch, text: str, said: str) -> None:
    file = office.house / "channels.yaml"
    file.write_text(text, encoding="utf-8")
    monkeypatch.setenv("BAOSONG_CHANNELS", str(file))
    office.looked("2021-06-24T08:00:00")
    done = office.remind("2021-06-24T09:00:00")
    assert any(said in one.detail for one in done.failures if one.channel == "BAOSONG_CHANNELS")
    assert (done.folder / "units" / "dangban.txt").exists()


def test_secrets_stay_out_of_the_definitions_and_of_what_is_told(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("BAOSONG_CHANNELS", str(DEFINITIONS / "channels.yaml"))
    office.looked("2021-06-24T08:00:00")
    assert "secrets" in office.remind("2021-06-24T09:00:00").failures[0].detail
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("BAOSONG_CHANNELS", "json://user:geheimnis@127.0.0.1:1/topsecretkey smtp://user:geheimnis@127.0.0.1:1?security=none")
    with caplog.at_level(logging.DEBUG, logger="include"):
        done = office.remind("2021-06-24T09:10:00")
    assert len(done.failures) == 2
    with connect().look() as connection:
        kept = str(reminders.records(connection, CAMPAIGN, at("2021-06-24T00:00:00")))
    for leaked in (kept, str(done), str(done.summary()), caplog.text, text_of(done.folder / "sent.csv")):
        assert "geheimnis" not in leaked
        assert "topsecretkey" not in leaked


def test_a_name_that_would_smuggle_something_into_a_mail_does_not(office: Office, postman: Postman, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAOSONG_CHANNELS", postman.address)
    for number, mailbox in enumerate(("a@b.example\nBcc: c@d.example", "a@b.example, c@d.example", "没有", "a@b"), start=1):
        office.took("zhijianzhan", "liaison", f"2021-06-05T1{number}:00:00", said={"L1": "x", "L3": "张三", "L6": "13900000001", "L9": mailbox})
        material = letters.material_of(judge(CAMPAIGN, at("2021-06-24T09:00:00")))
        assert "zhijianzhan" not in letters.mailboxes(material)
    office.took("zhijianzhan", "liaison", "2021-06-06T10:00:00", said={"L1": "x", "L3": "张三", "L6": "13900000001", "L9": "ＺＪＺ＠ju.example"})
    office.looked("2021-06-24T08:00:00")
    office.remind("2021-06-24T09:00:00")
    assert len(postman.to("ZJZ@ju.example")) == 1


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ("0421-5812345", "0421-5812345"),
        ("13900000001", ""),
        ("0421-5812345/13900000001", "0421-5812345"),
        ("+86 139 0000 0001、0421-5812345", "0421-5812345"),
        ("１３９-００００-０００１", ""),
        ("8613900000001", ""),
        ("400-139-0000", "400-139-0000"),
        ("5812345转139", "5812345转139"),
    ],
)
def test_mobile_numbers_are_known_however_they_are_written(given: str, left: str) -> None:
    assert letters.without_mobiles(given) == left


def test_a_letter_of_ones_own_stands_in_for_ours(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "own"
    (own / "templates" / "reminders").mkdir(parents=True)
    letter = own / "templates" / "reminders" / "reminder.txt"
    letter.write_text("催一下\n$unit 还欠：\n$items\n", encoding="utf-8")
    monkeypatch.setenv("BAOSONG_DEFINITIONS", str(own))
    office.looked("2021-06-24T08:00:00")
    done = office.remind("2021-06-24T09:00:00")
    assert text_of(done.folder / "units" / "dangban.txt").startswith("催一下\n党办 还欠：\n")
    letter.write_text("催一下 $who $5\n", encoding="utf-8")
    found = [(problem.line, problem.message.rpartition(" / ")[2]) for problem in catalogue.problems()]
    assert found == [(1, "a dollar sign of its own is written $$")]


def test_a_stamped_deadline_of_a_year_that_no_calendar_knows_is_judged_and_reminded(
    house: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    new_campaign("qingshan-2041", tmp_path / "own")
    monkeypatch.setenv("BAOSONG_DEFINITIONS", str(tmp_path / "own"))
    office = Office(house, "qingshan-2041")
    unit = catalogue.load(office.campaign).units[0].code
    office.took(unit, "summary", "2041-06-24T20:00:00", state="returned")
    with caplog.at_level(logging.WARNING):
        judged = judge(office.campaign, at("2041-06-26T12:00:00"), known_at=datetime(2050, 1, 1, tzinfo=UTC))
    (stands,) = [one for one in judged.standings if (one.unit, one.obligation) == (unit, "summary")]
    # Returned on Monday 24 June, so the grace ends with the Tuesday.
    assert stands.standing == "missing"
    assert judged.guessed_years == (2041,)
    assert caplog.text.count("calendars/2041.yaml") == 1
    office.looked("2041-06-26T08:00:00")
    done = flow.remind(office.campaign, at("2041-06-26T12:00:00"))
    assert "2041年的放假安排尚未收录" in text_of(done.folder / "lists" / "authority.txt")


@pytest.mark.parametrize("warehouse_url", ["sqlite"], indirect=True)
def test_the_whole_of_june_is_chased_as_the_ladder_says(office: Office, postman: Postman, monkeypatch: pytest.MonkeyPatch) -> None:
    """One unit sends nothing all June; the mails it gets are those of the ladder, one a day at most."""
    monkeypatch.setenv("BAOSONG_CHANNELS", postman.address)
    office.liaison("dangban", "dangban@ju.example")
    for unit in PARENTS:
        office.liaison(unit)
        office.everything(unit)
    got: dict[str, str] = {}
    day = at("2021-06-07T00:00:00")
    while day < at("2021-07-03T00:00:00"):
        office.looked((day + timedelta(hours=8)).replace(tzinfo=None).isoformat())
        for hour in (9, 11, 16.5):
            now = day + timedelta(hours=hour)
            before = len(postman.to("dangban@ju.example"))
            flow.remind(CAMPAIGN, now, now=now)
            new = postman.to("dangban@ju.example")[before:]
            assert len(new) <= 1
            got.update({f"{now:%m-%d %H:%M}": mail["Subject"][1:4] for mail in new})
        day += timedelta(days=1)
    assert got == {
        "06-09 09:00": "催报提",  # a working day before the first Thursday
        "06-10 09:00": "催报提",  # on the Thursday
        "06-11 09:00": "催报提",  # overdue
        "06-15 09:00": "催办单",  # two working days after, the festival between
        "06-16 09:00": "催报提",  # the second Thursday comes near
        "06-17 09:00": "催报提",
        "06-18 09:00": "催报提",  # overdue, and three days before the 23rd
        "06-21 09:00": "催办单",
        "06-22 09:00": "催报提",  # a day before the 23rd
        "06-23 09:00": "催报提",
        "06-24 09:00": "催报提",
        "06-25 09:00": "催办单",
        "06-28 09:00": "催办单",
    }


def test_what_stands_where_is_a_fact_of_the_warehouse(office: Office) -> None:
    office.looked("2021-06-24T08:00:00")
    office.remind("2021-06-24T09:00:00")
    with connect().look() as connection:
        kept = reminders.records(connection, CAMPAIGN, at("2021-06-24T00:00:00"))
        taken = reminders.taken(connection, CAMPAIGN)
    assert {(one.channel, one.state, one.attempts) for one in kept} == {("text", "sent", 1)}
    assert set(taken.values()) == {at("2021-06-24T09:00:00")}
    recipients = {one.recipient for one in kept if one.key[0] == "zhijianzhan"}
    assert recipients == {"zhijianzhan", "jianguangu", ""}
    assert replace(kept[0], attempts=2) != kept[0]
