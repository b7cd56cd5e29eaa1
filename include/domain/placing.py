"""Whose file is it, and what for: evidence weighed, never guessed.

Evidence is the folder, the hidden mark of an issued blank, names inside, the file's name and its content. Agreement places a file; where two
witnesses disagree, or none speaks, a finding asks a supervisor. The moment of arrival never decides a period alone: it only breaks the tie when a
single period is still open and unmet, and then a note says so.

`UnitIndex.build(units, fold)` once per campaign, `clues(path, campaign, index)` per path, `place(...)` per file. Text is folded by the function the
caller gives, as Chinese text needs tables that the domain does not carry. This page is long because it is one decision: splitting it would hide the
order of weight.
"""

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import SequenceMatcher
from typing import Literal

from include.domain.activity_day import days_named, week_named
from include.domain.campaign import AfterActivity, Campaign, EveryWeek, Obligation
from include.domain.expectation import Expectation
from include.domain.finding import Finding, Severity
from include.domain.reading import Mark, Reading
from include.domain.unit import Unit

Fold = Callable[[str], str]
# Given a folded text and the registry's folded names: those similar to it, most similar first. Default: difflib's; callers may bring a faster one.
Similar = Callable[[str, Sequence[str]], Sequence[str]]

# Severities as in definitions/findings/placing.yaml (a test compares them): what asks is a warning, what informs is a note.
SEVERITIES: Mapping[str, Severity] = {
    "C301": "warning",  # unit_not_told
    "C302": "warning",  # unit_name_near
    "C303": "warning",  # unit_name_unknown
    "C304": "warning",  # obligation_not_told
    "C305": "warning",  # period_not_told
    "C306": "note",  # taken_as_only_open
    "C307": "warning",  # period_not_owed
    "C308": "warning",  # report_not_owed
    "C701": "warning",  # unit_conflict
    "C702": "warning",  # mark_conflict
    "C703": "warning",  # obligation_conflict
    "C704": "warning",  # period_conflict
}

_scan_kinds = frozenset({"pdf", "jpg", "jpeg", "png", "bmp", "tif", "tiff", "gif", "heic", "webp", "image", "scan"})
_film_kinds = frozenset({"mp4", "mov", "avi", "wmv", "mkv", "m4v", "mp3", "wav", "video", "audio"})
_sheet_kinds = frozenset({"xlsx", "xlsm", "xls", "xlsb", "ods", "et", "csv", "tsv", "spreadsheet"})
_scan_words = ("盖章", "扫描", "签字", "签章")
_activity_name_limit = 120


def normalise_activity_name(name: str, fold: Fold) -> str:
    """Return an activity's name in the one form that periods use: folded, at most 120 characters."""
    return fold(name)[:_activity_name_limit]


def finding(code: str, *, given: str = "", expected: str = "") -> Finding:
    """A placing finding; it concerns the whole file."""
    return Finding(code=code, severity=SEVERITIES[code], given=given, expected=expected)


def _similar(text: str, names: Sequence[str]) -> Sequence[str]:
    """Names at least three quarters like the text, most similar first, at most three."""
    matcher = SequenceMatcher(b=text, autojunk=False)
    scored = []
    for name in names:
        matcher.set_seq1(name)
        if matcher.real_quick_ratio() >= 0.75 and matcher.quick_ratio() >= 0.75 and (ratio := matcher.ratio()) >= 0.75:
            scored.append((-ratio, name))
    return [name for _, name in sorted(scored)[:3]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What a text says of units. `unit` is set only where it names one with certainty; `candidates` are the codes it may mean otherwise.

    `how`: `exact` a code, name or alias; `shortened` the same name with or without 省市区县街道社区; `within` one name stands inside a longer text;
    `several` names more than one; `near` only similar; `none` nothing like it.
    """

    unit: str | None
    candidates: tuple[str, ...] = ()
    how: Literal["exact", "shortened", "within", "several", "near", "none"]


_offices = ("街道办事处", "办事处", "街道", "社区", "居委会", "办公室", "省", "市", "区", "县", "旗", "镇", "乡", "村")


def _shortened(folded: str) -> str:
    for word in _offices:
        folded = folded.replace(word, "办" if word == "办公室" else "")
    return folded


def _is_subsequence(short: str, long: str) -> bool:
    letters = iter(long)
    return all(letter in letters for letter in short)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitIndex:
    """A campaign's units by every folded code, name and alias. Build it once."""

    units: Mapping[str, Unit]
    names: Mapping[str, tuple[str, ...]]
    shortened: Mapping[str, tuple[tuple[str, str], ...]]
    longest: int
    fold: Fold
    similar: Similar

    @staticmethod
    def build(units: Iterable[Unit], fold: Fold, similar: Similar | None = None) -> "UnitIndex":
        """Index the units; a name that two units share names neither with certainty."""
        by_code = {unit.code: unit for unit in units}
        names: dict[str, tuple[str, ...]] = {}
        shortened: dict[str, tuple[tuple[str, str], ...]] = {}
        for unit in by_code.values():
            for text in dict.fromkeys(fold(word) for word in (unit.code, unit.name, *unit.aliases)):
                if not text:
                    continue
                names[text] = (*names.get(text, ()), unit.code)
                short = _shortened(text)
                if len(short) >= 2:
                    shortened[short] = (*shortened.get(short, ()), (text, unit.code))
        longest = max(map(len, names), default=0)
        return UnitIndex(units=by_code, names=names, shortened=shortened, longest=longest, fold=fold, similar=similar or _similar)

    def find(self, text: str) -> Named:
        """Say which unit a text (a folder's name, a cell with 填报单位) names."""
        folded = self.fold(text)
        if not folded:
            return Named(unit=None, how="none")
        if exact := self.names.get(folded):
            return Named(unit=exact[0], how="exact") if len(exact) == 1 else Named(unit=None, candidates=exact, how="several")
        # Only letters left out, never letters changed: 南山 is 南山区, 南山县 is not.
        shortened = {
            code for name, code in self.shortened.get(_shortened(folded), ()) if _is_subsequence(folded, name) or _is_subsequence(name, folded)
        }
        if len(shortened) == 1:
            return Named(unit=shortened.pop(), how="shortened")
        within = self.within(folded)
        if len(within) == 1:
            return Named(unit=within[0], how="within")
        if within or shortened:
            return Named(unit=None, candidates=within or tuple(sorted(shortened)), how="several")
        near = dict.fromkeys(code for name in self.similar(folded, list(self.names)) for code in self.names[name])
        return Named(unit=None, candidates=tuple(near), how="near" if near else "none")

    def within(self, folded: str) -> tuple[str, ...]:
        """The units whose names (two letters or more) stand inside a folded text; a name that is only part of a longer one there does not count."""
        spans: list[tuple[int, int, tuple[str, ...]]] = []
        for begin in range(len(folded)):
            for end in range(min(len(folded), begin + self.longest), begin + 1, -1):
                part = folded[begin:end]
                if (codes := self.names.get(part)) and not _is_cut(folded, begin, end):
                    spans.append((begin, end, codes))
                    break
        kept = [one for one in spans if not any(o[0] <= one[0] and one[1] <= o[1] and o[1] - o[0] > one[1] - one[0] for o in spans)]
        return tuple(dict.fromkeys(code for _, _, codes in kept for code in codes))

    def label(self, code: str) -> str:
        """The unit's name for people."""
        return self.units[code].name if code in self.units else code


def _is_cut(text: str, begin: int, end: int) -> bool:
    """Whether a Latin word or number goes on beyond the part: code "a1" does not stand in "a12"."""
    word = text[begin:end]
    return (begin > 0 and word[0].isascii() and word[0].isalnum() and text[begin - 1].isascii() and text[begin - 1].isalnum()) or (
        end < len(text) and word[-1].isascii() and word[-1].isalnum() and text[end].isascii() and text[end].isalnum()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Clues:
    """What a path alone says.

    `folder` is the text of the folder that should name the unit ("" at the inbox's root), `period_folder` that of one that names neither unit nor
    obligation. `obligations_by_folder` and `obligations_by_name` are the obligations that folders and file name speak of (several where the words
    fit several alike; `word_strength` says how many letters fitted). `units_in_name` are the units in the file name, `begins_with` the one it
    begins with.
    """

    path: str
    folder: str
    folder_unit: Named
    obligations_by_folder: tuple[str, ...]
    obligations_by_name: tuple[str, ...]
    word_strength: int
    period_folder: str
    folder_days: tuple[date, ...]
    folder_week: int | None
    name_days: tuple[date, ...]
    name_week: int | None
    units_in_name: tuple[str, ...]
    begins_with: str | None
    folded_name: str
    extension: str


def clues(path: str, campaign: Campaign, index: UnitIndex) -> Clues:
    """Say what a path below the campaign's inbox tells: `<unit>/[<obligation>/[<period>/]]file`; folders may be codes, names or aliases."""
    *folders, name = [part for part in unicodedata.normalize("NFC", path).replace("\\", "/").split("/") if part]
    stem, dot, extension = name.rpartition(".")
    stem = stem if dot else name
    folder, folder_unit, rest = _unit_folder(folders, campaign, index)
    by_folder: tuple[str, ...] = ()
    period_folder = ""
    for part in rest:
        spoken, _ = _obligations_spoken(part, campaign, index.fold, whole=True)
        if spoken and not by_folder:
            by_folder = spoken
        else:
            period_folder = part
    if not by_folder and period_folder and not _days(period_folder, campaign) and week_named(period_folder) is None:
        by_folder, _ = _obligations_spoken(period_folder, campaign, index.fold)
    by_name, strength = _obligations_spoken(stem, campaign, index.fold)
    folded = index.fold(stem)
    in_name = index.within(folded)
    starts = [code for code in in_name for word in _names_of(index, code) if folded.startswith(word)]
    return Clues(
        path=path,
        folder=folder,
        folder_unit=folder_unit,
        obligations_by_folder=by_folder,
        obligations_by_name=by_name,
        word_strength=strength,
        period_folder=period_folder,
        folder_days=_days(period_folder, campaign),
        folder_week=week_named(period_folder),
        name_days=_days(stem, campaign),
        name_week=week_named(stem),
        units_in_name=in_name,
        begins_with=starts[0] if starts else None,
        folded_name=folded,
        extension=extension.lower() if dot else "",
    )


def _names_of(index: UnitIndex, code: str) -> list[str]:
    unit = index.units[code]
    return [index.fold(word) for word in (unit.code, unit.name, *unit.aliases) if word]


def _unit_folder(folders: list[str], campaign: Campaign, index: UnitIndex) -> tuple[str, Named, list[str]]:
    """The folder that names the unit: the first, unless it names none and a deeper one does so exactly (units grouped in folders)."""
    if not folders:
        return "", Named(unit=None, how="none"), []
    first = index.find(folders[0])
    if first.unit is None:
        for number, folder in enumerate(folders[1:], start=1):
            deeper = index.names.get(index.fold(folder), ())
            if len(deeper) == 1:
                return folder, Named(unit=deeper[0], how="exact"), folders[number + 1 :]
        if _obligations_spoken(folders[0], campaign, index.fold, whole=True)[0]:
            return "", Named(unit=None, how="none"), folders
    return folders[0], first, folders[1:]


def _days(text: str, campaign: Campaign) -> tuple[date, ...]:
    """The last days of what a text names, near the campaign's own days (a version "1.2" is no day)."""
    near = timedelta(days=31)
    spans = days_named(text, campaign.first_on, campaign.last_on)
    return tuple(dict.fromkeys(span.ends_on for span in spans if campaign.first_on - near <= span.ends_on <= campaign.last_on + near))


def _obligations_spoken(text: str, campaign: Campaign, fold: Fold, *, whole: bool = False) -> tuple[tuple[str, ...], int]:
    """The report obligations a text speaks of by its strongest words (the most letters), and that strength.

    `whole`: only where all of the text is such a word.
    """
    folded = fold(text)
    strengths: dict[str, int] = {}
    for obligation in campaign.reports():
        words = {fold(word) for word in (obligation.code, obligation.name.zh, obligation.name.en, obligation.form, *obligation.file_words)} - {""}
        if whole:
            if folded in words:
                strengths[obligation.code] = len(folded)
            continue
        found = [word for word in words if len(word) >= 2 and _stands_in(word, folded)]
        if found:
            # Longer words contain shorter ones; letters are counted once.
            strengths[obligation.code] = sum(len(word) for word in found if not any(word != other and word in other for other in found))
    best = max(strengths.values(), default=0)
    return tuple(code for code, strength in strengths.items() if strength == best), best


def _stands_in(word: str, text: str) -> bool:
    begin = text.find(word)
    while begin >= 0:
        if not _is_cut(text, begin, begin + len(word)):
            return True
        begin = text.find(word, begin + 1)
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """An expectation of a unit and whether something acceptable was already received for it."""

    expectation: Expectation
    is_met: bool


Owing = Callable[[str], Sequence[Owed]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One expectation that a file is put to: as which of its readings (`form`, "" for documents and materials) and which `part` ("scan" or "")."""

    obligation: str
    period: str | None
    form: str = ""
    part: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a file belongs. Without `slots` it is unplaced and a finding asks; `unit` may be known all the same."""

    unit: str | None
    slots: tuple[Slot, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def is_placed(self) -> bool:
        """Whether the file was put to at least one expectation."""
        return self.unit is not None and bool(self.slots)


class _Asks(Exception):
    """The evidence does not suffice: the finding that asks (used inside this page only)."""

    def __init__(self, code: str, *, given: str = "", expected: str = "", unit: str | None = None) -> None:
        super().__init__(code)
        self.finding = finding(code, given=given, expected=expected)
        self.unit = unit


def place(evidence: Clues, readings: Sequence[Reading], *, campaign: Campaign, index: UnitIndex, owed: Owing, received_at: datetime) -> Placement:
    """Weigh the evidence for one file and say where it belongs.

    `readings` are what the file says: one for each form that matched, or one with form "" for documents, materials and what could not be read.
    `owed(unit)` gives the unit's expectations in force (open ones included) with what is already met. Pure; the same evidence places the same way.
    """
    notes: list[Finding] = []
    unit: str | None = None
    try:
        unit = _unit(evidence, readings, campaign, index, notes)
        slots = _slots(unit, evidence, readings, campaign, index, owed, received_at, notes)
    except _Asks as asks:
        return Placement(unit=asks.unit or unit, findings=(*notes, asks.finding))
    return Placement(unit=slots[0], slots=slots[1], findings=tuple(notes))


# --- whose ---


def _mark(readings: Sequence[Reading]) -> Mark | None:
    return next((reading.mark for reading in readings if reading.mark is not None), None)


def _unit(evidence: Clues, readings: Sequence[Reading], campaign: Campaign, index: UnitIndex, notes: list[Finding]) -> str:
    folder = evidence.folder_unit
    words = next((reading.unit_named for reading in readings if reading.unit_named and reading.unit_named.strip()), None)
    inside = index.find(words) if words else Named(unit=None, how="none")
    if inside.unit is None and folder.unit in inside.candidates:
        # Several names stand inside, the folder's owner among them, or a near miss of it.
        if inside.how == "near":
            notes.append(finding("C302", given=words or "", expected=index.label(folder.unit or "")))
        inside = Named(unit=folder.unit, how="within")
    mark = _mark(readings)
    owner = folder.unit
    if owner is not None:
        if inside.unit is not None and not _same(inside.unit, owner, index):
            raise _Asks("C701", given=words or "", expected=index.label(owner))
        if inside.unit is None and inside.candidates:
            raise _Asks("C701", given=words or "", expected=index.label(owner))
        if words and inside.unit is None:
            notes.append(finding("C303", given=words, expected=index.label(owner)))
        if mark is not None and (mark.campaign != campaign.code or not _same(mark.unit, owner, index)):
            raise _Asks("C702", given=index.label(mark.unit) if mark.campaign == campaign.code else mark.campaign, expected=index.label(owner))
        other = evidence.begins_with if inside.unit is None and owner not in evidence.units_in_name else None
        if other is not None and not _same(other, owner, index) and not _receives(other, campaign, index):
            raise _Asks("C701", given=index.label(other), expected=index.label(owner))
        if folder.how not in ("exact", "shortened"):
            notes.append(finding("C302", given=evidence.folder, expected=index.label(owner)))
        return owner
    # No folder speaks with certainty: two witnesses that agree, or one whole name inside or on the file, none against it.
    witnesses = {}
    if inside.unit is not None:
        witnesses["inside"] = inside.unit
    if mark is not None and mark.campaign == campaign.code and mark.unit in index.units:
        witnesses["mark"] = mark.unit
    by_name = [code for code in evidence.units_in_name if len(evidence.units_in_name) == 1 or not _receives(code, campaign, index)]
    if len(by_name) == 1:
        witnesses["name"] = by_name[0]
    told = set(witnesses.values())
    if len(told) > 1:
        raise _Asks("C701", given="、".join(index.label(code) for code in sorted(told)), expected=evidence.folder)
    if not told:
        near = inside.candidates or folder.candidates
        if near:
            meant = "、".join(index.label(code) for code in near)
            raise _Asks("C302", given=words if inside.candidates and words else evidence.folder, expected=meant)
        raise _Asks("C301", given=words or evidence.folder)
    code = told.pop()
    # A folder that names nobody: one witness inside is not enough to call its owner a misprint, two are.
    if evidence.folder and code not in folder.candidates and len(witnesses) < 2:
        raise _Asks("C301", given=evidence.folder, expected=index.label(code))
    if evidence.folder or witnesses.keys() == {"name"}:
        notes.append(finding("C302", given=evidence.folder or evidence.path, expected=index.label(code)))
    return code


def _same(one: str, other: str, index: UnitIndex) -> bool:
    """Whether two codes are one reporter: the same unit, or a closed one and its heir."""
    return one == other or _heirs(one, index)[-1] == _heirs(other, index)[-1]


def _heirs(code: str, index: UnitIndex) -> list[str]:
    chain = [code]
    while code in index.units and index.units[code].heir and index.units[code].heir not in chain:
        code = index.units[code].heir
        chain.append(code)
    return chain


def _receives(code: str, campaign: Campaign, index: UnitIndex) -> bool:
    """Whether the unit is the office that receives the reports: "报安全股" in a file name is an address, not a sender."""
    return index.fold(index.label(code)) in index.fold(campaign.authority.receives)


# --- what for ---


def _slots(
    unit: str,
    evidence: Clues,
    readings: Sequence[Reading],
    campaign: Campaign,
    index: UnitIndex,
    owed: Owing,
    received_at: datetime,
    notes: list[Finding],
) -> tuple[str, tuple[Slot, ...]]:
    mark = _mark(readings)
    forms = tuple(dict.fromkeys(reading.form for reading in readings if reading.form))
    wanted = _obligations(evidence, forms, mark, readings, campaign, index, notes)
    slots: list[Slot] = []
    owner = unit
    for form, obligations in wanted:
        for heir in _heirs(unit, index):
            mine = [one for one in owed(heir) if one.expectation.obligation in obligations]
            if mine:
                owner = heir
                break
        else:
            raise _Asks("C308", given="、".join(campaign.obligation(code).name.zh for code in obligations), expected=index.label(unit))
        reading = next((reading for reading in readings if reading.form == form), readings[0] if readings else None)
        chosen = _period(mine, evidence, reading, mark, campaign, index, received_at, notes)
        obligation = campaign.obligation(chosen.obligation)
        slots.append(Slot(obligation=obligation.code, period=chosen.period, form=form, part=_part(obligation, form, evidence, readings)))
    return owner, tuple(slots)


def _kind(evidence: Clues, readings: Sequence[Reading]) -> str:
    return (next((reading.file_kind for reading in readings if reading.file_kind), "") or evidence.extension).lower()


def _part(obligation: Obligation, form: str, evidence: Clues, readings: Sequence[Reading]) -> str:
    if form or "scan" not in obligation.parts:
        return ""
    kind = _kind(evidence, readings)
    is_image = kind in _scan_kinds
    return "scan" if is_image and (obligation.what == "form" or any(word in evidence.folded_name for word in _scan_words)) else ""


def _obligations(
    evidence: Clues,
    forms: tuple[str, ...],
    mark: Mark | None,
    readings: Sequence[Reading],
    campaign: Campaign,
    index: UnitIndex,
    notes: list[Finding],
) -> list[tuple[str, tuple[str, ...]]]:
    """The obligations a file may be for: for each form that matched (or "" once) the codes that fit, narrowed by every witness that speaks."""
    reports = campaign.reports()
    folder, by_name = evidence.obligations_by_folder, evidence.obligations_by_name
    if forms:
        wanted = []
        for form in forms:
            asking = tuple(one.code for one in reports if one.form == form)
            if asking:
                wanted.append((form, asking))
        if not wanted:
            raise _Asks("C308", given="、".join(forms), expected=campaign.name.zh)
        if folder and not any(set(folder) & set(asking) for _, asking in wanted):
            raise _Asks("C703", given="、".join(forms), expected="、".join(campaign.obligation(code).name.zh for code in folder))
        if mark is not None and not any(mark.obligation in asking for _, asking in wanted):
            raise _Asks("C702", given=mark.obligation, expected="、".join(forms))
        narrowed = [(form, _narrow(_narrow(_narrow(asking, folder), (mark.obligation,) if mark else ()), by_name)) for form, asking in wanted]
        if mark is not None and folder and mark.obligation not in folder:
            raise _Asks("C702", given=mark.obligation, expected="、".join(folder))
        # Folder or mark say June's table, the file's name December's.
        for _, asking in wanted:
            named = set(by_name) & set(asking)
            for witness in (folder, (mark.obligation,) if mark else ()):
                if named and named < set(asking) and set(witness) & set(asking) and not named & set(witness):
                    raise _Asks("C703", given=evidence.path.rpartition("/")[2], expected="、".join(campaign.obligation(c).name.zh for c in witness))
        # A summary that carries the statistics table meets both, where its name or folder says so.
        asking_all = {code for _, asking in narrowed for code in asking}
        texts = tuple(code for code in by_name if campaign.obligation(code).what == "document" and code not in asking_all)
        if texts and by_name and asking_all & _spoken_too(evidence, campaign, index) and _kind(evidence, readings) not in _sheet_kinds:
            narrowed.append(("", texts))
        return narrowed
    if mark is not None and mark.campaign == campaign.code:
        # The blank's mark is there but its form could not be read: the unit's report all the same, to be returned.
        if folder and mark.obligation not in folder:
            raise _Asks("C702", given=mark.obligation, expected="、".join(folder))
        if any(one.code == mark.obligation for one in reports):
            return [("", (mark.obligation,))]
    if folder:
        both = tuple(code for code in folder if code in by_name)
        if by_name and not both and evidence.word_strength >= 4 and not _materials(folder, campaign):
            raise _Asks("C703", given=evidence.path.rpartition("/")[2], expected="、".join(campaign.obligation(code).name.zh for code in folder))
        return [("", both or folder)]
    if by_name:
        return [("", by_name)]
    fitting = _fitting(_kind(evidence, readings), reports)
    if len(fitting) > 1:
        # What is due once and what is open cannot be told apart by a nameless file.
        raise _Asks("C304", given=evidence.path.rpartition("/")[2], expected="、".join(campaign.obligation(code).name.zh for code in fitting))
    if not fitting:
        raise _Asks("C304", given=evidence.path.rpartition("/")[2])
    notes.append(finding("C306", given=evidence.path.rpartition("/")[2], expected=campaign.obligation(fitting[0]).name.zh))
    return [("", fitting)]


def _spoken_too(evidence: Clues, campaign: Campaign, index: UnitIndex) -> set[str]:
    """All report obligations with a form whose words stand in the file name, weak ones too."""
    spoken = set()
    for one in campaign.reports():
        words = {index.fold(word) for word in (one.name.zh, *one.file_words) if word} - {""}
        if one.what == "form" and any(len(word) >= 2 and word in evidence.folded_name for word in words):
            spoken.add(one.code)
    return spoken


def _materials(codes: Iterable[str], campaign: Campaign) -> bool:
    """Whether all are materials, where a file's name speaks of what it shows and not of the obligation."""
    return all(campaign.obligation(code).what == "materials" for code in codes)


def _fitting(kind: str, reports: Sequence[Obligation]) -> tuple[str, ...]:
    """The obligations a nameless file of that kind could be for."""
    if kind in _film_kinds or (kind in _scan_kinds and kind != "pdf"):
        return tuple(one.code for one in reports if one.what == "materials" or "scan" in one.parts)
    if kind in _sheet_kinds:
        return tuple(one.code for one in reports if one.what == "form")
    return tuple(one.code for one in reports)


def _narrow(codes: tuple[str, ...], witness: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(code for code in codes if code in witness) or codes


# --- which period ---


def _period(
    mine: Sequence[Owed],
    evidence: Clues,
    reading: Reading | None,
    mark: Mark | None,
    campaign: Campaign,
    index: UnitIndex,
    received_at: datetime,
    notes: list[Finding],
) -> Expectation:
    """Which of the expectations a file could be for it is for. One alone needs no telling unless it comes back every week."""
    if len(mine) == 1 and mine[0].expectation.period is None:
        return mine[0].expectation
    slots = sorted(mine, key=lambda one: (_day(one.expectation), one.expectation.due_at or received_at, one.expectation.obligation))
    believed = mark.period if mark is not None and mark.period else None
    if believed is not None and all(one.expectation.period != believed for one in slots):
        raise _Asks("C307", given=believed, expected=_listed(slots))
    witnesses = {
        "mark": {believed} if believed is not None else None,
        "folder": _told(slots, evidence.period_folder, evidence.folder_days, evidence.folder_week, evidence, campaign, index),
        "content": _told_inside(slots, reading, evidence, campaign, index),
        "name": _told(slots, "", evidence.name_days, evidence.name_week, evidence, campaign, index),
    }
    told = {who: keys for who, keys in witnesses.items() if keys is not None}
    if not told:
        return _only_open(slots, campaign, received_at, notes)
    common = set.intersection(*({str(key) for key in keys} for keys in told.values()))
    if not common:
        strong = [who for who, keys in told.items() if keys]
        given = "；".join(f"{_said(who)} {_shown(keys)}" for who, keys in told.items())
        raise _Asks("C704" if len(strong) > 1 else "C307", given=given, expected=_listed(slots))
    fitting = [one for one in slots if str(_key(one)) in common]
    if len(fitting) == 1:
        return fitting[0].expectation
    return _only_open(fitting, campaign, received_at, notes)


def _key(one: Owed) -> str:
    """What tells an expectation from its neighbours: its period, or its obligation where several single reports stand side by side."""
    return one.expectation.period or one.expectation.obligation


def _said(who: str) -> str:
    return {"mark": "表内标记", "folder": "文件夹", "content": "表内", "name": "文件名"}[who]


def _shown(keys: set[str]) -> str:
    return "、".join(sorted(keys)) or "（不在应报之列）"


def _listed(slots: Sequence[Owed]) -> str:
    return "、".join(_key(one) for one in slots)


def _day(expectation: Expectation) -> date:
    """The day an expectation stands for: the due day before any roll, the activity's end, or the day its deadline falls on."""
    if expectation.period is not None:
        try:
            return date.fromisoformat(expectation.period.rpartition("@")[2])
        except ValueError:
            pass
    return (expectation.due_at - timedelta(microseconds=1)).date() if expectation.due_at is not None else date.max


def _told_inside(slots: Sequence[Owed], reading: Reading | None, evidence: Clues, campaign: Campaign, index: UnitIndex) -> set[str] | None:
    if reading is None or not reading.period_named:
        return None
    words = reading.period_named
    return _told(slots, words, _days(words, campaign), week_named(words), evidence, campaign, index)


def _told(
    slots: Sequence[Owed],
    words: str,
    days: tuple[date, ...],
    week: int | None,
    evidence: Clues,
    campaign: Campaign,
    index: UnitIndex,
) -> set[str] | None:
    """The periods one witness speaks of; None where it does not speak of any, an empty set where it speaks of one that is not owed."""
    folded = index.fold(words)
    if folded:
        named = {_key(one) for one in slots if folded in (index.fold(_key(one)), index.fold((one.expectation.period or "").rpartition("@")[0]))}
        if named:
            return named
    born = [one for one in slots if isinstance(campaign.obligation(one.expectation.obligation).due, AfterActivity)]
    if born:
        text = folded or evidence.folded_name
        hits = {one: index.fold((one.expectation.period or "").rpartition("@")[0]) for one in born}
        by_name = {one.expectation.period or "" for one, name in hits.items() if name and (name in text or (len(text) >= 4 and text in name))}
        by_day = {one.expectation.period or "" for one in born if _day(one.expectation) in days}
        if by_name and by_day and by_name & by_day:
            return by_name & by_day
        if by_name or by_day:
            return by_name or by_day
        return None
    if week is not None:
        return _week(slots, week, campaign)
    if not days:
        return None
    told: set[str] = set()
    for day in days:
        told |= _week_of(slots, day)
    return told


def _week(slots: Sequence[Owed], week: int, campaign: Campaign) -> set[str] | None:
    """The period of 第n周: the n-th due day of the rule's month, owed or not (a notice issued on the 4th still calls the 10th the second week)."""
    told: set[str] = set()
    speaks = False
    for code in {one.expectation.obligation for one in slots}:
        due = campaign.obligation(code).due
        if isinstance(due, EveryWeek):
            speaks = True
            weekday = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday").index(due.weekday)
            first = due.first_on.replace(day=1) if (due.first_on.year, due.first_on.month) == (due.last_on.year, due.last_on.month) else due.first_on
            nth = first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (week - 1))
            told |= {nth.isoformat() for one in slots if one.expectation.period == nth.isoformat()}
    return told if speaks else None


def _week_of(slots: Sequence[Owed], day: date) -> set[str]:
    """The periods a day may belong to: the first one that ends on it or after it; days well after the last period belong to none.

    The day after an unmet period may be its late report or the next one's early report: both are answered then, so that a late report never takes
    the next slot by itself. Single reports side by side (a June table and a December one) have no weeks: before the middle between them a day
    belongs to the earlier one while that is unmet.
    """
    exact = [one for one in slots if _day(one.expectation) == day]
    if exact:
        return {_key(one) for one in exact}
    later = [one for one in slots if _day(one.expectation) > day]
    earlier = [one for one in slots if _day(one.expectation) < day]
    if not later:
        last = earlier[-1]
        return {_key(last)} if last.expectation.period is None or day - _day(last.expectation) <= timedelta(days=3) else set()
    following = {_key(one) for one in later if _day(one.expectation) == _day(later[0].expectation)}
    if not earlier:
        return following
    is_nearer = day - _day(earlier[-1].expectation) <= _day(later[0].expectation) - day
    if later[0].expectation.period is None:
        if not is_nearer:
            return following
        return following | {_key(earlier[-1])} if earlier[-1].is_met else {_key(earlier[-1])}
    return following | {_key(earlier[-1])} if is_nearer and not earlier[-1].is_met else following


def _only_open(slots: Sequence[Owed], campaign: Campaign, received_at: datetime, notes: list[Finding]) -> Expectation:
    """The tie broken by arrival: the single period that has begun and is still unmet.

    A period begins when the one before it was due (single reports side by side: in the middle between the two). An obligation that takes many
    files takes more of them for the running period.
    """
    candidates = []
    last_due: datetime | None = None
    begins: datetime | None = None
    for one in slots:
        due_at = one.expectation.due_at
        if due_at is not None and last_due is not None and due_at > last_due:
            begins = last_due if one.expectation.period is not None else last_due + (due_at - last_due) / 2
        last_due = due_at or last_due
        if begins is not None and received_at <= begins:
            break
        takes_more = campaign.obligation(one.expectation.obligation).accepts == "many" and (due_at is None or received_at <= due_at)
        if not one.is_met or takes_more:
            candidates.append(one)
    if len(candidates) != 1:
        raise _Asks("C305", expected=_listed(candidates or slots))
    chosen = candidates[0]
    notes.append(finding("C306", expected=_key(chosen)))
    return chosen.expectation


__all__ = [
    "SEVERITIES",
    "Clues",
    "Fold",
    "Named",
    "Owed",
    "Owing",
    "Placement",
    "Slot",
    "UnitIndex",
    "clues",
    "finding",
    "normalise_activity_name",
    "place",
]
