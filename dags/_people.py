"""Who decides: the form that a supervisor fills in, and the second person's answer."""

from __future__ import annotations

from typing import Any, get_args

from airflow.sdk import Param

from dags._moments import parse
from include.domain.campaign import Campaign
from include.domain.deadline import until
from include.domain.decision import Verb
from include.exceptions import BaosongError

APPROVE, REJECT = "同意 approve", "不同意 reject"
SUBJECT = "{{ dag_run.triggering_user_name }}：{{ params.verb }} {{ params.unit or '' }} {{ params.obligation or '' }} {{ params.period or '' }}"
BODY = (
    "理由 / why: {{ params.why }}\n\n依据 / paper: {{ params.paper or '—' }}\n\n"
    "报送件、回执 / submission, receipt: {{ params.submission or '—' }}, {{ params.receipt or '—' }}\n\n延至 / until: {{ params.until or '—' }}\n\n"
    "评分 / award: {{ params.item or '—' }} {{ params.points if params.points is not none else '' }}\n\n"
    "撤回意见 / withdraws: {{ params.withdraws or '—' }}"
)
VERBS = {
    "accept": "accept 接收",
    "return": "return 退回补正",
    "exempt": "exempt 免报",
    "extend": "extend 延期",
    "confirm": "confirm 数据属实",
    "withdraw": "withdraw 撤回",
    "place": "place 归位",
    "register": "register 人工收文登记",
    "freeze": "freeze 冻结汇总",
    "reopen": "reopen 重新开放",
    "award": "award 人工评分",
}


def form(campaign: Campaign) -> dict[str, Param]:
    """The trigger form: what may be chosen comes from the campaign's definition, names of units are checked when the decision is entered."""
    reports = {one.code: f"{one.code} {one.name.zh}" for one in campaign.reports()}
    items = {one.code: f"{one.name.zh}（{one.least:g} 至 {one.most:g} 分）" for one in campaign.scoring.entered}
    text: dict[str, Any] = {"type": ["null", "string"]}
    return {
        "verb": Param("accept", type="string", enum=list(get_args(Verb)), values_display=VERBS, title="处理意见 decision"),
        "why": Param("", type="string", minLength=1, title="理由 why"),
        "unit": Param(None, **text, title="单位 unit", description="代码或名称 / code or name"),
        "obligation": Param(None, type=["null", "string"], enum=[None, *reports], values_display=reports, title="报送事项 obligation"),
        "period": Param(None, **text, title="期间 period", description="如 2021-06-10；只报一次的不填 / empty for a report that comes once"),
        "submission": Param(None, **text, title="报送件 submission", description="问题清单中的编号 / its number in the workbook"),
        "receipt": Param(
            None, type=["null", "integer"], minimum=1, title="回执号 receipt", description="place、register 用 / for place and register"
        ),
        "until": Param(
            None, **text, title="延至 until", description="extend 用，ISO 8601，只写日期即到当日24:00 / for extend; a day alone: its 24:00"
        ),
        "at": Param(None, **text, title="何时 at", description="不填即现在；register 为收到时刻 / empty: now; for register: when it came"),
        "paper": Param(None, **text, title="依据 paper", description="所依据的文件；award 必填 / the paper it rests on; award needs one"),
        "item": Param(
            None, type=["null", "string"], enum=[None, *items], values_display=items, title="评分项 item", description="award 用 / for award"
        ),
        "points": Param(None, type=["null", "number"], title="分值 points", description="award 用，负数为扣分 / for award; negative: taken"),
        "withdraws": Param(
            None,
            type=["null", "integer"],
            minimum=1,
            title="撤回第几号意见 withdraws",
            description="withdraw 用：撤回免报、延期或评分 / for withdraw: an exemption, extension or award",
        ),
    }


def decision(context: Any) -> dict[str, Any]:
    """What the form says, as `flow.decide` takes it; moments without a zone are the campaign's."""
    said = dict(context["params"])
    zone = context["dag"].timezone
    moments = {name: said[name] and read(said[name], zone) for name, read in (("until", until), ("at", parse))}
    return {
        "verb": said["verb"],
        "why": said["why"],
        **{name: said[name] for name in ("unit", "obligation", "period", "submission", "item", "points", "withdraws")},
        "receipt_number": said["receipt"],
        "paper": said["paper"] or "",
        **moments,
    }


def proposer(context: Any) -> str:
    """Who filled in the form, by the name that Airflow knows."""
    name = context["dag_run"].triggering_user_name
    if not name:
        raise BaosongError("无法得知由谁提出：请在 Airflow 页面或接口登录后触发 / nobody is known to have proposed this: trigger it when logged in")
    return str(name)


def answer(said: Any, proposed_by: str) -> dict[str, Any]:
    """The second person's answer as `approved` and `approved_by`; nothing where none was asked. The one who proposed may not answer."""
    if said is None:
        return {}
    person = said["responded_by_user"] or {}
    names = {str(person.get(key) or "") for key in ("id", "name")} - {""}
    if not names or proposed_by in names:
        raise BaosongError(
            "须由另一人审批，提出者本人不得同意或否决；清除 second_person 任务后再问 / another person must answer: clear second_person to ask again"
        )
    return {"approved": said["chosen_options"] == [APPROVE], "approved_by": str(person.get("name") or person.get("id"))}
