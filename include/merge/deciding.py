"""处理意见: a supervisor's decision is written down, append-only, and applied.

What a decision changes follows from the decision itself (judge reads it live, effective from its moment); applied here is only what stands in the
tables: where a receipt belongs, a submission's state now, and which submission is current.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from difflib import get_close_matches
from io import BytesIO
from pathlib import Path
from typing import get_args

from include.catalogue import load
from include.catalogue.wording import fold
from include.domain.campaign import Campaign, Obligation
from include.domain.decision import WITHDRAWABLE, Decision, Verb
from include.domain.placing import Slot
from include.domain.reading import Reading
from include.domain.receipt import Receipt, State
from include.exceptions import BaosongError, UnknownName
from include.merge.comparing import Compared
from include.merge.desk import Desk
from include.merge.filing import Batch, put, write
from include.warehouse import Connection, connect, decisions, findings, ledger, readings, submissions, vault
from include.warehouse.database import hold
from include.warehouse.submissions import Stored

BY_HAND = "人工收文登记"
"""The folder under which a receipt entered by hand stands in the ledger."""
_STATES: dict[str, State] = {"accept": "accepted", "return": "returned", "withdraw": "withdrawn"}
_SCANS = frozenset({"pdf", "jpg", "jpeg", "png", "bmp", "tif", "tiff", "gif", "heic", "webp"})


def decide(
    campaign: str,
    verb: str,
    *,
    by: str,
    why: str,
    unit: str | None = None,
    obligation: str | None = None,
    period: str | None = None,
    submission: str | None = None,
    receipt_number: int | None = None,
    until: datetime | None = None,
    paper: str | Path = "",
    at: datetime | None = None,
    approved: bool = True,
    item: str | None = None,
    points: float | None = None,
    withdraws: int | None = None,
    approved_by: str | None = None,
) -> int:
    """Enter a decision and apply it in one transaction; return its number.

    `accept`, `return`, `confirm`, `withdraw` mean a submission: by its id, by its receipt, or the newest one of unit, obligation and period received
    by `at`. `place` puts a receipt to unit, obligation and period. `register` enters what came on paper, by fax or by telephone, received at `at`,
    with `paper` as evidence or with the receipt of a scan. `exempt`, `extend` (`until`), `freeze` and `reopen` mean
    expectations. `award` gives a unit `points` on an `item` of the scoring table, with `paper` as evidence. `withdraw` with `withdraws` takes back
    the exemption, extension or award of that number instead. `paper` is words, or a Path: that file is kept in the vault. Words are never opened,
    whatever file they may name: who decides through Airflow may not read the server's files.
    `at` is when it was decided (default: now); the very same decision of the same moment, said twice, stands once. What the
    campaign's `approval` names needs `approved_by`, another person than `by`; not `approved` by that person: kept, without effect.
    UnknownName for a name that the campaign does not know, with the nearest one; BaosongError for a decision that says too little.
    """
    definitions = load(campaign)
    now = datetime.now(UTC)
    file = paper if isinstance(paper, Path) else None
    if any(moment is not None and moment.tzinfo is None for moment in (at, until)):
        raise ValueError("decided and extended moments must be aware")
    meant = Decision(
        number=0,
        verb=_verb(verb),
        decided_at=at or now,
        recorded_at=now,
        by=_said(by, "经办人（--by）", "who decides (--by)"),
        why=_said(why, "理由（--why）", "the reason (--why)"),
        unit=unit,
        obligation=obligation,
        period=period or None,
        submission=submission,
        receipt_number=receipt_number,
        until_at=until,
        paper=file.name if file is not None else str(paper),
        item=item,
        points=points,
        withdraws=withdraws,
        approved=approved,
        approved_by=(approved_by or "").strip() or None,
    )
    _seconded(definitions.campaign, meant)
    warehouse = connect()
    with warehouse.begin() as connection:
        hold(connection, f"ledger {campaign}")
        hold(connection, f"merge {campaign}")
        desk = Desk(connection, definitions)
        # Known from when it is written down: a clock asked before the wait would let it into pictures already taken.
        meant = _resolved(desk, replace(meant, recorded_at=desk.now))
        is_registered = meant.verb == "register" and approved
        meant = replace(meant, paper=_kept(file)) if file is not None and not is_registered else meant
        if at is not None and (entered := _entered(desk, meant)) is not None:
            return entered.number
        meant = _with_receipt(desk, meant, file) if is_registered else meant
        written = decisions.append(connection, campaign, meant)
        if not approved:
            return written.number
        _apply(connection, desk, written)
        return written.number


# --- what is meant ---


def _verb(verb: str) -> Verb:
    known = get_args(Verb)
    if verb not in known:
        raise _unknown("处理意见", "decision", verb, known)
    found: Verb = verb  # type: ignore[assignment]
    return found


def _said(text: str, zh: str, en: str) -> str:
    if not text.strip():
        raise BaosongError(f"请写明{zh} / say {en}")
    return text.strip()


def _seconded(campaign: Campaign, meant: Decision) -> None:
    """Refuse a decision on which the campaign wants a second person's word and nobody else gave it."""
    if meant.verb not in campaign.approval:
        return
    if meant.approved_by is None:
        raise BaosongError(
            f"本活动的 {meant.verb} 须由另一人审批：请写明审批人（--approved-by），或在 Airflow 页面提出 / "
            f"{meant.verb} needs a second person here: say who approved it (--approved-by), or enter it through Airflow"
        )
    if fold(meant.approved_by) == fold(meant.by):
        raise BaosongError(f"提出者“{meant.by}”不能审批自己的意见，请由另一人审批 / {meant.by} decided this: another person must approve it")


def _unknown(zh: str, en: str, given: object, known: Iterable[str]) -> UnknownName:
    choices = list(known)
    near = get_close_matches(str(given), choices, n=1, cutoff=0.3)
    hint = f"，是否为 {near[0]}？ / no such {en}; did you mean {near[0]}?" if near else f"，可用：{'、'.join(choices[:20])} / no such {en}"
    return UnknownName(f"没有这个{zh}：{given}{hint}")


def _resolved(desk: Desk, meant: Decision) -> Decision:
    """The decision with every name checked and what it leaves open filled in."""
    verb = meant.verb
    unit = _unit(desk, meant.unit) if meant.unit is not None else None
    obligation = _obligation(desk, meant.obligation) if meant.obligation is not None else None
    meant = replace(meant, unit=unit, obligation=obligation.code if obligation else None)
    if meant.receipt_number is not None and not ledger.numbered(desk.connection, desk.code, [meant.receipt_number]):
        raise UnknownName(f"没有回执 {meant.receipt_number} 号 / there is no receipt {meant.receipt_number}")
    if verb == "award":
        return _award(desk, meant)
    if meant.withdraws is not None:
        return _taking_back(desk, meant)
    if verb in ("place", "register"):
        if unit is None or obligation is None or (verb == "place" and meant.receipt_number is None):
            raise BaosongError(
                f"{verb} 须写明单位、报送事项" + ("和回执号" if verb == "place" else "") + f" / {verb} needs --unit, --obligation, --receipt"
            )
        return replace(meant, period=_period(desk, unit, obligation, meant.period))
    if verb in ("exempt", "extend", "freeze", "reopen"):
        if verb == "extend" and (meant.until_at is None or obligation is None):
            raise BaosongError("extend 须写明报送事项和延至何时（--until） / extend needs --obligation and --until")
        if verb in ("freeze", "reopen") and obligation is None:
            raise BaosongError(f"{verb} 须写明报送事项 / {verb} needs --obligation")
        if unit is None and obligation is None:
            raise BaosongError("exempt 须写明单位或报送事项 / exempt needs --unit or --obligation")
        if meant.period is not None and unit is not None and obligation is not None:
            return replace(meant, period=_period(desk, unit, obligation, meant.period))
        if meant.period is not None:
            owed = [one for each in desk.definitions.units for one in desk.owed(each.code, desk.now)]
            known = {one.period for one in owed if meant.obligation in (None, one.obligation)}
            if meant.period not in known:
                raise _unknown("期次", "period", meant.period, sorted(one for one in known if one))
        return meant
    found = _submission(desk, meant)
    return replace(
        meant,
        submission=found.submission.id,
        receipt_number=found.submission.receipt_number,
        unit=found.submission.unit,
        obligation=found.submission.obligation,
        period=found.submission.period,
    )


def _award(desk: Desk, meant: Decision) -> Decision:
    """An award whose item is one that persons enter, whose points lie within its bounds, and that rests on something."""
    items = {one.code: one for one in desk.campaign.scoring.entered}
    if meant.unit is None or meant.item is None or meant.points is None:
        raise BaosongError("award 须写明单位、评分项和分值 / award needs --unit, --item, --points")
    if meant.item not in items:
        raise _unknown("人工评分项", "item that persons enter", meant.item, items)
    item = items[meant.item]
    if not item.least <= meant.points <= item.most or not meant.points:
        bounds = f"{item.least:g} 至 {item.most:g}"
        raise BaosongError(f"“{item.name.zh}”限 {bounds} 分，不能评 {meant.points:g} 分 / {item.code} takes {item.least:g} to {item.most:g} points")
    return replace(meant, paper=_said(meant.paper, "依据（--paper）：文件或记录", "what it rests on (--paper): a file or a record"))


def _taking_back(desk: Desk, meant: Decision) -> Decision:
    """A withdrawal of an earlier decision, about what that one was about."""
    found = {one.number: one for one in decisions.decisions(desk.connection, desk.code)}
    earlier = found.get(meant.withdraws or 0)
    if meant.verb != "withdraw" or earlier is None:
        raise UnknownName(f"没有可撤回的意见 {meant.withdraws} 号 / there is no decision {meant.withdraws} to withdraw")
    if earlier.verb not in WITHDRAWABLE:
        words = "、".join(WITHDRAWABLE)
        raise BaosongError(
            f"{earlier.verb} 不能按编号撤回，请另作相反的处理；可撤回的有 {words} / only {', '.join(WITHDRAWABLE)} can be withdrawn by number"
        )
    return replace(meant, unit=earlier.unit, obligation=earlier.obligation, period=earlier.period, submission=None, receipt_number=None)


def _unit(desk: Desk, given: str) -> str:
    codes = {unit.code for unit in desk.definitions.units}
    if given in codes:
        return given
    named = desk.index.find(given)
    if named.unit is not None and named.how == "exact":
        return named.unit
    raise _unknown("单位", "unit", given, [word for unit in desk.definitions.units for word in (unit.code, unit.name)])


def _obligation(desk: Desk, given: str) -> Obligation:
    for one in desk.campaign.reports():
        if one.code == given:
            return one
    raise _unknown("报送事项", "obligation", given, [one.code for one in desk.campaign.reports()])


def _period(desk: Desk, unit: str, obligation: Obligation, given: str | None) -> str | None:
    owed = [one.period for one in desk.owed(unit, desk.now) if one.obligation == obligation.code]
    label = desk.index.label(unit)
    if not owed:
        raise BaosongError(f"{label}不须报送“{obligation.name.zh}” / {label} does not owe {obligation.code}")
    if given in owed:
        return given
    if given is None:
        raise BaosongError(f"“{obligation.name.zh}”分期报送，请写明期次（--period）：{'、'.join(filter(None, owed))} / say which period")
    if owed == [None]:
        raise BaosongError(f"“{obligation.name.zh}”只报一次，不要写期次 / {obligation.code} comes once: leave --period out")
    raise UnknownName(f"没有这个期次：{given}，可用：{'、'.join(one for one in owed if one)} / no such period")


def _submission(desk: Desk, meant: Decision) -> Stored:
    """The submission a decision means."""
    if meant.submission is not None:
        found = submissions.stored(desk.connection, desk.code, ids=[meant.submission])
        if not found:
            raise _unknown("报送件", "submission", meant.submission, submissions.ids(desk.connection, desk.code))
        return found[0]
    if meant.receipt_number is not None:
        of_receipt = submissions.of_receipt(desk.connection, desk.code, meant.receipt_number)
        mine = [one for one in of_receipt if meant.obligation in (None, one.submission.obligation)]
        if len(mine) == 1:
            return mine[0]
        ids = "、".join(one.submission.id for one in mine)
        raise BaosongError(f"回执 {meant.receipt_number} 号对应的报送件有 {len(mine)} 个：{ids}；请用 --submission 指明 / name one with --submission")
    if meant.unit is None or meant.obligation is None:
        raise BaosongError(f"{meant.verb} 须写明报送件，或单位和报送事项 / {meant.verb} needs --submission, or --unit and --obligation")
    obligation = desk.campaign.obligation(meant.obligation)
    period = _period(desk, meant.unit, obligation, meant.period)
    received = [
        one
        for one in submissions.stored(desk.connection, desk.code, units=[meant.unit])
        if (one.submission.obligation, one.submission.period, one.submission.part) == (obligation.code, period, "")
        and one.repeats is None
        and one.submission.received_at <= meant.decided_at
    ]
    if not received:
        raise BaosongError(f"到 {meant.decided_at.isoformat()} 为止没有收到这项报送件 / nothing was received for it by then")
    return max(received, key=lambda one: (one.submission.received_at, one.submission.receipt_number))


# --- what it does ---


def _kept(file: Path) -> str:
    """Keep the file that a decision rests on in the vault; return how it is known again."""
    sha256, _ = vault.keep(file)
    return f"{file.name}（SHA-256 {sha256}）"


def _entered(desk: Desk, meant: Decision) -> Decision | None:
    """The same decision of the same moment where it stands already: whoever was cut off before hearing its number says it again."""
    for one in (*desk.decided, *decisions.rejected(desk.connection, desk.code)):
        receipt_number = one.receipt_number if meant.verb == "register" and meant.receipt_number is None else meant.receipt_number
        if one == replace(meant, number=one.number, recorded_at=one.recorded_at, receipt_number=receipt_number):
            return one
    return None


def _with_receipt(desk: Desk, meant: Decision, evidence: Path | None) -> Decision:
    """A registration with its receipt: the one named, or a new one over the evidence, received when the clerk says it was."""
    if meant.receipt_number is not None:
        return meant
    if evidence is not None:
        sha256, size = vault.keep(evidence)
        name = evidence.name
    else:
        words = f"{BY_HAND}\n单位：{meant.unit}\n事项：{meant.obligation}\n期次：{meant.period or ''}\n收到：{meant.decided_at.isoformat()}\n"
        words += f"经手：{meant.by}\n说明：{meant.why}\n依据：{meant.paper}\n登记：{meant.recorded_at.isoformat()}\n"
        sha256, size = vault.keep(BytesIO(words.encode()))
        name = f"{meant.unit}-{meant.obligation}{'-' + meant.period if meant.period else ''}.txt"
    arrival = ledger.Arrival(
        path=f"{BY_HAND}/{meant.recorded_at:%Y%m%dT%H%M%S%f}/{name}",
        size=size,
        sha256=sha256,
        modified_at=None,
        version_tag="",
        received_at=meant.decided_at,
        how_known="by_hand",
    )
    (receipt,) = ledger.append(desk.connection, desk.code, [arrival], recorded_at=meant.recorded_at)
    readings.store(desk.connection, desk.code, [(receipt.number, Reading(form="", version=0, file_kind="by_hand"))], meant.recorded_at)
    return replace(meant, receipt_number=receipt.number)


def _apply(connection: Connection, desk: Desk, decided: Decision) -> None:
    touched: set[str] = {decided.unit} if decided.unit is not None else set()
    if decided.verb in ("place", "register"):
        touched |= _put(connection, desk, decided)
    elif decided.submission is not None:
        if decided.verb in _STATES:
            submissions.set_state(connection, decided.submission, _STATES[decided.verb])
        elif decided.verb == "confirm":
            (stored,) = submissions.stored(connection, desk.code, ids=[decided.submission])
            if stored.state_now == "waiting":
                submissions.set_state(connection, decided.submission, "accepted")
    if not touched:
        touched = {unit.code for unit in desk.definitions.units}
    fresh = Desk(connection, desk.definitions)
    submissions.set_current(connection, desk.code, sorted(touched), fresh.current(touched))


def _put(connection: Connection, desk: Desk, decided: Decision) -> set[str]:
    """Put a receipt where the decision says; return the units it touches."""
    assert decided.receipt_number is not None
    assert decided.unit is not None
    assert decided.obligation is not None
    number = decided.receipt_number
    receipt = ledger.numbered(connection, desk.code, [number])[number]
    if decided.verb == "register":
        receipt = replace(receipt, received_at=decided.decided_at, how_known="by_hand")
    kept = readings.of(connection, desk.code, [number]).get(number, ())
    if not kept or any(one.checked is None for one in kept):
        raise BaosongError(f"回执 {number} 号还没有读完，请先收文（intake） / receipt {number} has not been read yet: run intake first")
    there = submissions.of_receipt(connection, desk.code, number)
    home = next((one for one in there if _slot_of(one) == (decided.unit, decided.obligation, decided.period)), None)
    if home is not None and home.state_now == "withdrawn":
        submissions.set_state(connection, home.submission.id, home.submission.state)
    if home is None:
        findings.release(connection, desk.code, number)
        compared = Compared(desk, {sha: list(them) for sha, them in submissions.shas(connection, desk.code, [receipt.sha256]).items()})
        obligation = desk.campaign.obligation(decided.obligation)
        form = obligation.form if any(one.reading.form == obligation.form for one in kept) else ""
        slot = Slot(obligation=obligation.code, period=decided.period, form=form, part=_part(obligation, form, receipt))
        batch = Batch()
        put(desk, compared, batch, receipt, kept, slot, unit=decided.unit, position=len(there), findings=(), is_decided=True)
        write(connection, desk, batch, [number])
    if decided.verb == "place":
        belongs = _belongs(decisions.decisions(connection, desk.code), number)
        for one in there:
            if _slot_of(one) not in belongs:
                submissions.set_state(connection, one.submission.id, "withdrawn")
    return {decided.unit, *(one.submission.unit for one in there)}


_Key = tuple[str | None, str | None, str | None]


def _slot_of(one: Stored) -> _Key:
    return one.submission.unit, one.submission.obligation, one.submission.period


def _belongs(decided: Iterable[Decision], number: int) -> set[_Key]:
    """Where the last word of `place` puts a receipt, for each obligation."""
    placed = [one for one in decided if one.verb == "place" and one.receipt_number == number]
    last = {one.obligation: one for one in sorted(placed, key=lambda one: (one.decided_at, one.number))}
    return {(one.unit, one.obligation, one.period) for one in last.values()}


def _part(obligation: Obligation, form: str, receipt: Receipt) -> str:
    """A picture placed on a form with a stamped scan asked for is that scan."""
    is_scan = receipt.path.rpartition(".")[2].lower() in _SCANS
    return "scan" if "scan" in obligation.parts and not form and is_scan and obligation.what == "form" else ""
