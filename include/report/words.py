"""Moments, spans, standings and other things in the words of the sheets."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from include.domain.finding import Severity
from include.domain.receipt import HowKnown, State
from include.domain.standing import Flag, StandingName

STANDINGS: dict[StandingName, str] = {
    "on_time": "按时",
    "late": "迟报",
    "missing": "未报",
    "returned": "退回补正",
    "exempt": "免报",
    "not_due": "未到期",
    "under_review": "待审核",
}
# Fill and letter of each standing: told apart by word first, by colour second.
COLOURS: dict[StandingName, tuple[str, str]] = {
    "on_time": ("#DDF0DD", "#1E6B2C"),
    "late": ("#FCE8C4", "#8A5300"),
    "missing": ("#F8D0D0", "#A31515"),
    "returned": ("#F3D9EE", "#7A2470"),
    "exempt": ("#E6E6E6", "#555555"),
    "not_due": ("#FFFFFF", "#777777"),
    "under_review": ("#D6E6F7", "#174A84"),
}
SEVERITIES: dict[Severity, str] = {"error": "须改正", "warning": "请核实", "note": "提示"}
SEVERITY_FILLS: dict[Severity, str] = {"error": "#F8D0D0", "warning": "#FCE8C4", "note": "#EDEDED"}
STATES: dict[State, str] = {"accepted": "已接收", "returned": "已退回", "waiting": "待审核", "withdrawn": "已撤回"}
FLAGS: dict[Flag, str] = {"has_warnings": "有存疑数据", "repaired": "补正后接收", "by_hand": "人工登记", "explained": "已作情况说明"}
PARTS = {"scan": "盖章扫描件"}
HOW_KNOWN: dict[HowKnown, str] = {
    "first_seen": "收集时首次见到",
    "change_time": "服务器上的变更时间",
    "store": "存储或邮件服务器的时间戳",
    "trusted_list": "可信收文清单",
    "stated": "操作员指定的时刻",
    "by_hand": "人工登记",
}
VERBS = {
    "accept": "接收",
    "return": "退回",
    "exempt": "免报",
    "extend": "延期",
    "confirm": "确认",
    "withdraw": "撤回",
    "place": "归位",
    "register": "人工登记",
    "freeze": "冻结",
    "reopen": "重新开放",
    "award": "评分",
}
REFUSALS = {"link": "链接，不收", "special": "不是普通文件，不收", "escapes": "路径越出收件夹，不收"}


def moment(at: datetime | None, zone: ZoneInfo, *, seconds: bool = False) -> str:
    """Return a moment as "2021-06-23 15:04" in the campaign's zone."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M") if at is not None else ""


def full_moment(at: datetime, zone: ZoneInfo) -> str:
    """Return a moment as "2021年6月24日 9:30"."""
    local = at.astimezone(zone)
    return f"{full_day(local.date())} {local.hour}:{local.minute:02d}"


def full_day(day: date) -> str:
    """Return a day as "2021年6月24日"."""
    return f"{day.year}年{day.month}月{day.day}日"


def due(at: datetime | None, zone: ZoneInfo, *, year: bool = False) -> str:
    """Return a due moment as people say it: "6月23日24:00", "6月10日16:00"; "不设期限" for an open obligation."""
    if at is None:
        return "不设期限"
    local = at.astimezone(zone)
    clock = f"{local.hour}:{local.minute:02d}"
    if local.time() == time(0):
        local, clock = local - timedelta(days=1), "24:00"
    return f"{f'{local.year}年' if year else ''}{local.month}月{local.day}日{clock}"


def period(text: str | None) -> str:
    """Return a period as it stands on sheets: "6月10日", "咨询日活动（6月16日）", "" for a single report."""
    if not text:
        return ""
    name, at, day = text.rpartition("@")
    try:
        on = date.fromisoformat(day if at else text)
    except ValueError:
        return text
    return f"{name}（{on.month}月{on.day}日）" if at else f"{on.month}月{on.day}日"


def span(seconds: float) -> str:
    """Return a length of time for people: "3天4小时", "2小时5分", below a minute "59秒"; what has begun counts."""
    if seconds < 60:
        return f"{max(1, -int(-seconds // 1))}秒"
    minutes = int(seconds // 60)
    days, rest = divmod(minutes, 1440)
    hours, left = divmod(rest, 60)
    if days:
        return f"{days}天{hours}小时" if hours else f"{days}天"
    if hours:
        return f"{hours}小时{left}分" if left else f"{hours}小时"
    return f"{left}分"


def size(number: int) -> str:
    """Return a file's size for people."""
    return f"{number / 1_048_576:.1f} MB" if number >= 1_048_576 else f"{max(1, round(number / 1024))} KB" if number else "0 字节"


def names(some: Iterable[str], most: int = 60) -> str:
    """Return names in a row; of more than `most` the number of the others."""
    listed = list(some)
    return "、".join(listed[:most]) + (f"等{len(listed)}家" if len(listed) > most else "")


def basis(text: str) -> str:
    """Return where a rule comes from, as people read it."""
    return text.replace("decided:", "主管单位未明确，按系统默认：").replace("decided", "按系统默认")


def percent(rate: float | None) -> str:
    """Return a rate as "92.3%", "/" where nothing was expected."""
    return "/" if rate is None else f"{rate * 100:.1f}%"


def utc(at: datetime) -> datetime:
    """Return the moment in UTC."""
    return at.astimezone(UTC)
