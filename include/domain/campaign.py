"""活动: one notice put to work: obligations, calendar, scoring."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Literal
from zoneinfo import ZoneInfo

from include.domain.decision import Verb
from include.domain.wordings import Strict, Wording

Roll = Literal["none", "next_workday", "previous_workday"]
Met = Literal["end_of_day", "close_of_business", "day_before"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source(Strict):
    """The sentence of the notice a definition rests on; `quote` stands in `definitions/notices/<notice>.txt` to the letter."""

    notice: str
    quote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDate(Strict):
    """Due on one day. Without `at`, `met` says what "前" means: until 24:00 of the day, the campaign's close of business, or 24:00 of the day
    before.
    """

    kind: Literal["date"]
    on: date
    at: time | None = None
    met: Met = "end_of_day"
    roll: Roll = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class EveryWeek(Strict):
    """Due on every `weekday`, and on those in `also` (每周二、周五), from `first_on` to `last_on` (both included) at `at`; one period per due day.
    Days before the campaign's issue owe nothing.
    """

    kind: Literal["weekly"]
    weekday: Weekday
    also: tuple[Weekday, ...] = ()
    first_on: date
    last_on: date
    at: time | None = None
    met: Met = "end_of_day"
    roll: Roll = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class EveryMonth(Strict):
    """Due on these `days` of every month (每月25日前; 旬报: 10, 20, 31), or of these `months` only (季报: 3, 6, 9, 12), from `first_on` to `last_on`.

    A day that a month lacks is its last one, so that 31 says 月底. One period per due day; days before the campaign's issue owe nothing.
    """

    kind: Literal["monthly"]
    days: tuple[int, ...]
    months: tuple[int, ...] = ()
    first_on: date
    last_on: date
    at: time | None = None
    met: Met = "end_of_day"
    roll: Roll = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class EveryDay(Strict):
    """Due on every day from `first_on` to `last_on` (每日16时前), or, where `count` is `working`, on every day on which people work."""

    kind: Literal["daily"]
    first_on: date
    last_on: date
    count: Literal["calendar", "working"] = "calendar"
    at: time | None = None
    met: Met = "end_of_day"


Recurring = EveryWeek | EveryMonth | EveryDay


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterActivity(Strict):
    """Due `days` after each activity ends: one expectation per dated row of the unit's accepted report on obligation `plan`.

    `name_item` and `date_item` are that form's items for the activity's name and its days; the day after the end is day 1; `count` says which days
    are counted. A row without a day ("待定", "另行通知", "5月") owes nothing yet and is listed.
    """

    kind: Literal["after_activity"]
    plan: str
    name_item: str
    date_item: str
    days: int
    count: Literal["calendar", "working"] = "calendar"
    at: time | None = None
    met: Met = "end_of_day"
    roll: Roll = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Open(Strict):
    """Never due: what arrives between the days is counted, nobody is late."""

    kind: Literal["open"]
    first_on: date
    last_on: date


Due = OnDate | EveryWeek | EveryMonth | EveryDay | AfterActivity | Open


@dataclass(frozen=True, slots=True, kw_only=True)
class Levelled(Strict):
    """Another rule for some units: those carrying `tag` follow `due` (county two days before prefecture)."""

    tag: str
    due: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment(Strict):
    """A deadline rule changed mid-campaign: standings as of a moment before `effective_at` are judged by the rule then in force.

    It replaces the rule whole: where some units follow another rule (`Obligation.levels`), the amendment says theirs anew.
    """

    effective_at: datetime
    due: Due
    levels: tuple[Levelled, ...] = ()
    source: Source | None = None
    basis: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner(Strict):
    """Who owes an obligation: the campaign's units, those carrying one of `tags`, the named `units`, or the authority itself."""

    who: Literal["units", "tags", "named", "authority"] = "units"
    tags: tuple[str, ...] = ()
    units: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag(Strict):
    """标签 that units carry (sector, region, level, kind of unit), with its name for sheets; `kind` says along what sub-totals are made."""

    code: str
    name: Wording
    kind: Literal["sector", "region", "level", "group"] = "group"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target(Strict):
    """A measure to be reached, seen in reported figures: `item` of `obligation` >= `at_least`, per unit and, where the report is periodic, per
    period.

    For a target of the authority itself the figure is the roll-up's: the sum over the units.
    """

    obligation: str
    item: str
    at_least: float
    at_most: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Days(Strict):
    """So many days before or after the due day, 0 being the day itself; `working` counts China's official working days."""

    days: int
    count: Literal["calendar", "working"] = "calendar"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung(Strict):
    """A step of the ladder of chasing, `days` after the due day: a further reminder (催报), a demand (催办单), the circular (通报)."""

    step: Literal["reminder", "demand", "circular"]
    days: int
    count: Literal["calendar", "working"] = "working"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet(Strict):
    """Hours of a day in which nobody is chased."""

    begins: time
    ends: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminders(Strict):
    """催报: who still owes something is reminded before the deadline and chased after it, in people's working hours.

    `weekly_before` is for obligations that fall due every week, `others_before` for all others, `after` for all once they are overdue; an
    obligation's own `remind_before` and `remind_after` take their place. Nothing goes out before `opens`, from `closes` on (default: the campaign's
    close of business), in `quiet` hours or on days when nobody works: what falls on such a day before the deadline goes out on the working day
    before it, what comes after it on the next. `rounds` are the times of day at which the scheduler looks. What a channel did not take is tried
    again for `retry_days`. `where` tells units where to put their reports; default: their inbox folder and the authority's office.
    """

    is_on: bool = True
    weekly_before: tuple[Days, ...] = (Days(days=1, count="working"), Days(days=0))
    others_before: tuple[Days, ...] = (Days(days=3), Days(days=1), Days(days=0))
    after: tuple[Rung, ...] = (Rung(step="reminder", days=1, count="calendar"), Rung(step="demand", days=2), Rung(step="circular", days=4))
    opens: time = time(8, 30)
    closes: time | None = None
    quiet: tuple[Quiet, ...] = (Quiet(begins=time(12), ends=time(13, 30)),)
    rounds: tuple[time, ...] = (time(9), time(11), time(14, 30), time(16, 30))
    retry_days: int = 3
    where: str = ""
    basis: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation(Strict):
    """报送事项: one thing the notice asks for.

    `kind`: `report` is sent and has a `due`; `target` is a measure (`target` says how it is seen, absent where a person enters it); `keep` stays
    with the unit. `what`: a `form` (then `form` names it), a `document` or `materials`. `accepts`: one current file or many. `parts` are further
    files asked beside the first (`scan` = stamped scan 盖章扫描件). A report that comes after `closes_on` is kept and not accepted; what has come may
    be corrected until the end of `edit_ends_on` (default: `closes_on`), a later correction is kept and changes nothing. `asks_items` are the form's
    optional items this obligation asks for. `file_words` are words that tell the obligation in a file name. `remind_before` and `remind_after` stand
    in for the campaign's reminders; an empty list reminds nobody. A `target` with days of its own (6月中旬 = 11 to 20) has them in `first_on`
    and `last_on`. `source` or `basis` or both are given; `basis` begins "decided" where the notice is silent.
    """

    code: str
    name: Wording
    kind: Literal["report", "target", "keep"]
    owner: Owner = field(default_factory=Owner)
    what: Literal["form", "document", "materials"] = "document"
    form: str = ""
    asks_items: tuple[str, ...] = ()
    accepts: Literal["one", "many"] = "one"
    parts: tuple[Literal["scan"], ...] = ()
    due: Due | None = None
    amendments: tuple[Amendment, ...] = ()
    levels: tuple[Levelled, ...] = ()
    closes_on: date | None = None
    edit_ends_on: date | None = None
    target: Target | None = None
    first_on: date | None = None
    last_on: date | None = None
    file_words: tuple[str, ...] = ()
    remind_before: tuple[Days, ...] | None = None
    remind_after: tuple[Rung, ...] | None = None
    source: Source | None = None
    basis: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority(Strict):
    """主管单位: who issued the notice and receives the reports."""

    name: str
    receives: str
    telephone: str = ""
    mailbox: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grace(Strict):
    """补正时限: the time given to mend a returned report, counted from the return."""

    working_days: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Deduction(Strict):
    """Points taken. `per`: once per report, or per day begun (late). `cap` is the most that this line can take from a unit."""

    when: Literal["missing", "late", "returned", "incomplete", "warning", "target_missed"]
    points: float
    per: Literal["report", "day"] = "report"
    cap: float | None = None
    basis: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnteredItem(Strict):
    """A scoring item that a person enters with evidence (现场检查, bonus for practices that were adopted)."""

    code: str
    name: Wording
    most: float
    least: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoring(Strict):
    """考核评分: out of `full`; ranked only within units sharing a tag of `group_tags` (all together where empty).

    No score falls below `floor` or rises above `ceiling`, which lets a bonus lift a unit over the full points (None: it never does).
    """

    full: float = 100.0
    ceiling: float | None = None
    floor: float = 0.0
    deductions: tuple[Deduction, ...] = ()
    entered: tuple[EnteredItem, ...] = ()
    group_tags: tuple[str, ...] = ()
    basis: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group(Strict):
    """分组: what the units carrying a tag are called on sheets, and by what they are grouped there (`by`: 行业, 市县, 类别). Sub-totals follow it."""

    tag: str
    name: Wording
    by: Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign(Strict):
    """A campaign as `definitions/campaigns/<code>.yaml` has it. Days and times are in `zone`; it runs from `first_on` to `last_on`.

    `notice` names its text in `definitions/notices`. `tags` gives the units' tags their names, in the order of sheets; where any is named, units
    may carry no other. `approval` names the decisions that a second person must approve.
    """

    code: str
    version: int
    name: Wording
    notice: str
    zone: ZoneInfo
    authority: Authority
    issued_on: date
    first_on: date
    last_on: date
    close_of_business: time = time(17, 30)
    trusts_receipts_csv: bool = False
    grace: Grace = field(default_factory=Grace)
    tags: tuple[Tag, ...] = ()
    obligations: tuple[Obligation, ...]
    scoring: Scoring = field(default_factory=Scoring)
    groups: tuple[Group, ...] = ()
    approval: tuple[Verb, ...] = ()
    reminders: Reminders = field(default_factory=Reminders)

    def obligation(self, code: str) -> Obligation:
        """Return the obligation of that code; KeyError if the campaign has none."""
        for obligation in self.obligations:
            if obligation.code == code:
                return obligation
        raise KeyError(code)

    def reports(self) -> tuple[Obligation, ...]:
        """The obligations that are sent, in the order of the notice."""
        return tuple(obligation for obligation in self.obligations if obligation.kind == "report")
