"""Reminders in words: the letters of `definitions/templates/reminders` filled in with what a message says.

Whatever leaves the office carries no mobile number; only the authority's own list on its own disk does.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from unicodedata import normalize

from include import catalogue
from include.catalogue.calendar import LenientCalendar
from include.domain.campaign import Campaign
from include.domain.reminder import AUTHORITY, Owed, Rank, Reminder
from include.domain.standing import Judgement
from include.domain.unit import roster_on
from include.report import words
from include.report.channels import Message, mailbox_in
from include.report.gather import COUNTED, Liaison, Material
from include.warehouse import answers, connect

BRIEF_CHARACTERS = 600
"""How much a channel gets that takes little."""
STEPS: dict[Rank, str] = {"before": "提前提醒", "reminder": "逾期提醒", "parts": "催补缺件", "demand": "催办", "circular": "通报"}
_mobile = re.compile(r"(?<!\d)(?:\+?(?:00)?86[-\s]?)?1[3-9](?:[-\s]?\d){9}(?!\d)")
_unsafe = re.compile(r'[<>:"/\\|?*\x00-\x1f]|^\.|[. ]$')
_INTERNAL = "内部资料：含联系人和电话，仅供主管单位工作使用，不得外传。"
_OUTSIDE = "本清单只供催报使用，请勿转发。"
_DRAFT = "（内部拟稿，经审定后印发。）"


def material_of(judgement: Judgement) -> Material:
    """What the texts need: names, and answers of those forms that name a unit's liaison."""
    definitions = catalogue.load(judgement.campaign)
    campaign, forms = definitions.campaign, definitions.forms
    contacts = {
        one.code
        for one in campaign.reports()
        if one.what == "form"
        and one.form in forms
        and any(item.kind in ("phone", "mail") for table in forms[one.form].tables if table.rows == "one" for item in table.items)
    }
    wanted = [one.submission for one in judgement.standings if one.submission is not None and one.obligation in contacts]
    with connect().look() as connection:
        said = answers.answers_of(connection, wanted)
    today = judgement.as_of.astimezone(campaign.zone).date()
    units = tuple(sorted(roster_on(definitions.units, today), key=lambda unit: unit.order))
    return Material(campaign=campaign, units=units, forms=dict(forms), judgement=judgement, answers=said)


def mailboxes(material: Material) -> Mapping[str, str]:
    """Each unit's mailbox, from the last of its accepted one-row forms that has one."""
    found: dict[str, str] = {}
    for obligation in material.campaign.reports():
        form = material.form_of(obligation)
        items = {item.code for table in form.tables if table.rows == "one" for item in table.items if item.kind == "mail"} if form else set()
        if not items:
            continue
        for standing in material.judgement.standings:
            if standing.obligation != obligation.code or standing.standing not in COUNTED:
                continue
            for answer in material.answers.get(standing.submission or "", ()):
                if answer.item in items and isinstance(answer.value, str) and mailbox_in(normalize("NFKC", answer.value)):
                    found[standing.unit] = mailbox_in(normalize("NFKC", answer.value))
    return found


@dataclass(frozen=True, kw_only=True)
class Writer:
    """Puts reminders into words."""

    material: Material
    liaisons: Mapping[str, Liaison]
    mailboxes: Mapping[str, str]
    calendar: LenientCalendar

    @staticmethod
    def of(material: Material, calendar: LenientCalendar) -> "Writer":
        """A writer with what is known of the units' liaisons."""
        return Writer(material=material, liaisons=material.liaisons, mailboxes=mailboxes(material), calendar=calendar)

    @property
    def campaign(self) -> Campaign:
        """The campaign spoken of."""
        return self.material.campaign

    def name(self, code: str) -> str:
        """Who somebody is."""
        return self.material.name(code) if code != AUTHORITY else self.campaign.authority.name

    def mailbox(self, code: str) -> str:
        """Where mail for somebody goes: the liaison's mailbox, the authority's own; "" where none is known."""
        return mailbox_in(self.campaign.authority.mailbox) if code == AUTHORITY else self.mailboxes.get(code, "")

    def message(self, one: Reminder, now: datetime) -> Message:
        """A message as it leaves the office: without mobile numbers."""
        title, text = self.text(one, is_internal=False)
        campaign = self.campaign
        brief = (
            text
            if one.kind in ("reminder", "demand")
            else f"截至{words.full_moment(self.material.judgement.as_of, campaign.zone)}：\n{self._summary(one.owed)}"
        )
        if len(brief) > BRIEF_CHARACTERS:
            brief = brief[: BRIEF_CHARACTERS - 20].rpartition("\n")[0] + "\n……（全文见催报清单）"
        office = mailbox_in(campaign.authority.mailbox)
        keys = "\n".join(map(str, sorted(one.keys, key=str)))
        return Message(
            kind=one.kind,
            to=one.to,
            title=title,
            text=text,
            brief=brief,
            mailbox=self.mailbox(one.to),
            reply_to=office,
            sender=campaign.authority.name,
            sent_at=now.astimezone(campaign.zone),
            reference=sha256(f"{campaign.code}\n{one.kind}\n{one.to}\n{keys}".encode()).hexdigest()[:32],
        )

    def text(self, one: Reminder, *, is_internal: bool) -> tuple[str, str]:
        """Title and text of a message by the letter of its kind; mobile numbers stand only in what stays in the office."""
        campaign, zone, as_of = self.campaign, self.campaign.zone, self.material.judgement.as_of
        authority = campaign.authority
        office = "，".join(
            part
            for part in (
                authority.receives,
                f"电话{authority.telephone}" if authority.telephone else "",
                f"邮箱{authority.mailbox}" if authority.mailbox else "",
            )
            if part
        )
        match one.kind:
            case "list":
                items, note = self._by_unit(one.owed, is_internal), _INTERNAL if is_internal else _OUTSIDE
                years = "、".join(map(str, sorted({*self.calendar.guessed, *self.material.judgement.guessed_years})))
                note += f"\n注：{years}年的放假安排尚未收录，工作日暂按周一至周五推算。" if years else ""
            case "circular":
                items, note = self._named(one.owed), _DRAFT
            case _:
                items, note = self._asked(one), ""
        filled = catalogue.letter(one.kind).substitute(
            campaign=campaign.name.zh,
            unit=self.name(one.to),
            as_of=words.full_moment(as_of, zone),
            items=items,
            where=campaign.reminders.where or f"放入本单位收件文件夹（各事项后所列位置），或报送{office}",
            contact=office,
            authority=authority.name,
            day=words.full_day(as_of.astimezone(zone).date()),
            units=len({owed.standing.unit for owed in one.owed}),
            count=len(one.owed),
            summary=self._summary(one.owed) if one.kind == "list" else "",
            note=note,
        )
        title, _, text = filled.strip().partition("\n")
        return " ".join(title.split()), text.strip()

    def _asked(self, one: Reminder) -> str:
        """What a unit is asked for: overdue first, then what was returned, what falls due, and what lacks a part."""
        groups: dict[str, list[Owed]] = {"已逾期": [], "退回待补正": [], "即将到期": [], "缺件": []}
        for owed in one.owed:
            match owed.standing.standing:
                case "missing":
                    groups["已逾期"].append(owed)
                case "returned":
                    groups["退回待补正"].append(owed)
                case "not_due":
                    groups["即将到期"].append(owed)
                case _:
                    groups["缺件"].append(owed)
        lines: list[str] = []
        number = 0
        for head, some in groups.items():
            if some:
                lines.append(f"【{head}】")
            for owed in some:
                number += 1
                lines.append(f"{number}. {self._title(owed)}：{self._state(owed)}。{self._place(owed)}")
        return "\n".join(lines)

    def _by_unit(self, owed: Sequence[Owed], is_internal: bool) -> str:
        """What each unit owes, with whom to call."""
        by_unit: dict[str, list[Owed]] = {}
        for one in owed:
            by_unit.setdefault(one.standing.unit, []).append(one)
        lines = []
        for number, (unit, some) in enumerate(by_unit.items(), start=1):
            lines.append(f"{number}. {self.name(unit)}（{self._liaison(unit, is_internal)}）")
            for one in some:
                step = f"〔{STEPS[one.rank]}〕" if one.rank is not None else ""
                lines.append(f"   · {self._title(one)}：{self._state(one)}{step}")
        return "\n".join(lines)

    def _named(self, owed: Sequence[Owed]) -> str:
        """Units and what they did not report; no person is named."""
        by_unit: dict[str, list[str]] = {}
        for one in owed:
            due = words.due(one.due_at, self.campaign.zone)
            by_unit.setdefault(one.standing.unit, []).append(f"{self._title(one)}（应于{due}前报送）")
        return "\n".join(f"{number}. {self.name(unit)}：{'；'.join(some)}" for number, (unit, some) in enumerate(by_unit.items(), start=1))

    def _summary(self, owed: Sequence[Owed]) -> str:
        """What is owed by how many, and by whom: an obligation a line."""
        lines: dict[tuple[str, str | None, datetime], dict[str, list[str]]] = {}
        state = {"missing": "未报", "returned": "退回待补正", "not_due": "尚未报送"}
        for one in owed:
            groups = lines.setdefault((one.standing.obligation, one.standing.period, one.due_at), {})
            groups.setdefault(state.get(one.standing.standing, "缺件"), []).append(self.name(one.standing.unit))
        notice = {one.code: number for number, one in enumerate(self.campaign.obligations)}
        told = []
        for obligation, period, due_at in sorted(lines, key=lambda key: (notice.get(key[0], 999), key[1] or "", key[2])):
            counts = "；".join(f"{word}{len(some)}家（{words.names(some)}）" for word, some in lines[obligation, period, due_at].items())
            told.append(f"· {self.material.title(obligation, period)}，应于{words.due(due_at, self.campaign.zone)}前报送：{counts}")
        return "\n".join(told)

    def _title(self, one: Owed) -> str:
        return self.material.title(one.standing.obligation, one.standing.period)

    def _state(self, one: Owed) -> str:
        """How it stands: "应于6月10日16:00前报送，已逾期1天"."""
        zone, as_of = self.campaign.zone, self.material.judgement.as_of
        due = words.due(one.due_at, zone)
        match one.standing.standing:
            case "missing":
                before = "，此前报送的已退回且未在补正时限内改正" if one.standing.submission else ""
                return f"应于{due}前报送，已逾期{words.span((as_of - one.due_at).total_seconds())}{before}"
            case "returned":
                return f"应于{due}前报送，来件已退回，请按退回修改意见补正后重新报送"
            case "not_due":
                days = ((one.due_at - timedelta(microseconds=1)).astimezone(zone).date() - as_of.astimezone(zone).date()).days
                return f"请于{due}前报送（{'今天' if days == 0 else '明天' if days == 1 else f'还有{days}天'}）"
            case _:
                return f"电子版已收，请补报{'、'.join(words.PARTS.get(part, part) for part in one.standing.missing_parts)}"

    def _place(self, one: Owed) -> str:
        """The folder that the collector looks into; a campaign that says where reports go needs none."""
        if self.campaign.reminders.where:
            return ""
        name = self.name(one.standing.unit)
        unit = name if not re.search(r'[<>:"/\\|?*\x00-\x1f]|^\.|[. ]$', name) else one.standing.unit
        parts = (self.campaign.code, unit, one.standing.obligation, one.standing.period)
        return f"（位置：{'/'.join(part for part in parts if part)}/）"

    def _liaison(self, unit: str, is_internal: bool) -> str:
        """Whom to call; mobile numbers stay in the office."""
        who = self.liaisons.get(unit)
        if who is None or not who.name:
            return "未报联络员"
        parts = [f"联络员：{who.name}", who.duty]
        fixed = who.telephone if is_internal else without_mobiles(who.telephone)
        parts.append(f"电话{fixed}" if fixed else "")
        parts.append(f"手机{who.mobile}" if who.mobile and is_internal else "")
        return "，".join(" ".join(part.split()) for part in parts if part)


def without_mobiles(text: str) -> str:
    """Return what is left of a text of telephone numbers without the mobile ones, however they are written."""
    left = _mobile.sub("", normalize("NFKC", text))
    return re.sub(r"[/、,;|\s]+", " ", left).strip()
