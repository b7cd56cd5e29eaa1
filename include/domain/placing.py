"""Whose file is it, and what for: evidence weighed, never guessed.

Evidence is the folder, the hidden mark of an issued blank, names inside, the file's name and its content. Agreement places a file; where two
witnesses disagree, or none speaks, a finding asks a supervisor. The moment of arrival never decides a period alone: it only breaks the tie when a
single period is still open and unmet, and then a note says so.

`UnitIndex.build(units, fold)` once per campaign, `clues(path, campaign, index)` per path, `place(...)` per file. Text is folded by the function the
caller gives, as Chinese text needs tables that the domain does not carry. This page is long because it is one decision: splitting it would hide the
order of weight.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, tzinfo
from difflib import SequenceMatcher
from typing import Literal

from include.domain.activity_day import days_named, month_named, week_named
from include.domain.campaign import AfterActivity, Campaign, EveryMonth, EveryWeek, Obligation
from include.domain.deadline import WEEKDAYS
from include.domain.expectation import Expectation
from include.domain.finding import Finding, Severity
from include.domain.reading import Mark, Reading
from include.domain.unit import Unit

Fold = Callable[[str], str]
# Given a folded text and the registry's folded names: those similar to it, most similar first. Default: difflib's; stages bring a faster one.
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
# How many texts an index remembers what they speak of.
_told_limit = 20_000
# What folders are called after what lies in them, which tells no activity from another.
_file_words = re.compile(r"照片|图片|视频|影像|录像|音频|文字|文档|材料|资料|电子版|附件|扫描件|盖章|新建|文件夹|活动|现场|重点|其他|的|\d+")


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
    told: dict[tuple[str, ...], "Clues"] = field(default_factory=dict, compare=False, repr=False)

    @staticmethod
    def build(units: Iterable[Unit], fold: Fold, similar: Similar | None = None) -> "UnitIndex":
        """Index the units; a name that two units share names neither with certainty."""
        by_code = {unit.code: unit for unit in units}
        names: dict[str, tuple[str, ...]] = {}
        shortened: dict[str, tuple[tuple[str, str], ...]] = {}
        for unit in by_code.values():
            for text in dict.fromkeys(map(fold, unit.names)):
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
    obligation. `obligations_by_folder` and `obligations_by_name` are the obligations that folders and file name speak of most strongly (several
    where the words fit several alike; `word_strength` says how many letters fitted). `units_in_name` are the units in the file name,
    `begins_with` the one it begins with.
    """

    path: str
    folder: str
    folder_unit: Named
    obligations_by_folder: tuple[str, ...]
    obligations_by_name: tuple[str, ...]
    spoken_by_name: tuple[str, ...]
    word_strength: int
    period_folder: str
    folder_days: tuple[date, ...]
    folder_week: int | None
    folder_month: tuple[int | None, int] | None
    name_days: tuple[date, ...]
    name_week: int | None
    name_month: tuple[int | None, int] | None
    units_in_name: tuple[str, ...]
    begins_with: str | None
    folded_name: str
    extension: str


def clues(path: str, campaign: Campaign, index: UnitIndex) -> Clues:
    """Say what a path below the campaign's inbox tells: `<unit>/[<obligation>/[<period>/]]file`; folders may be codes, names or aliases."""
    *folders, name = [part for part in unicodedata.normalize("NFC", path).replace("\\", "/").split("/") if part]
    folder, folder_unit, rest = _unit_folder(folders, campaign, index)
    # Below the units' folders thousands of files have the same names.
    key = (campaign.code, *rest, name)
    told = index.told.get(key)
    if told is None:
        if len(index.told) >= _told_limit:
            index.told.clear()
        told = index.told[key] = _clues_below(rest, name, campaign, index)
    return replace(told, path=path, folder=folder, folder_unit=folder_unit)


def _clues_below(rest: list[str], name: str, campaign: Campaign, index: UnitIndex) -> Clues:
    """What a path tells below the folder of its unit."""
    stem, dot, extension = name.rpartition(".")
    stem = stem if dot else name
    by_folder: tuple[str, ...] = ()
    period_folder = ""
    for part in rest:
        spoken = _speak_of(part, campaign, index.fold, whole=True)
        if spoken and not by_folder:
            by_folder = tuple(spoken)
        else:
            period_folder = part
    if not by_folder and period_folder and not _days(period_folder, campaign) and week_named(period_folder) is None:
        by_folder = _strongest(_speak_of(period_folder, campaign, index.fold), period_folder, campaign, index.fold)
    spoken = _speak_of(stem, campaign, index.fold)
    by_name = _strongest(spoken, stem, campaign, index.fold)
    folded = index.fold(stem)
    in_name = index.within(folded)
    starts = [code for code in in_name for word in _names_of(index, code) if folded.startswith(word)]
    return Clues(
        path="",
        folder="",
        folder_unit=Named(unit=None, how="none"),
        obligations_by_folder=by_folder,
        obligations_by_name=by_name,
        spoken_by_name=tuple(spoken),
        word_strength=max(spoken.values(), default=0),
        period_folder=period_folder,
        folder_days=_days(period_folder, campaign),
        folder_week=week_named(period_folder),
        folder_month=month_named(period_folder),
        name_days=_days(stem, campaign),
        name_week=week_named(stem),
        name_month=month_named(stem),
        units_in_name=in_name,
        begins_with=starts[0] if starts else None,
        folded_name=folded,
        extension=extension.lower() if dot else "",
    )


def _names_of(index: UnitIndex, code: str) -> list[str]:
    return [index.fold(word) for word in index.units[code].names if word]


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
        if _speak_of(folders[0], campaign, index.fold, whole=True):
            return "", Named(unit=None, how="none"), folders
    return folders[0], first, folders[1:]


def _days(text: str, campaign: Campaign) -> tuple[date, ...]:
    """The last days of what a text names, near the campaign's own days (a version "1.2" is no day)."""
    near = timedelta(days=31)
    spans = days_named(text, campaign.first_on, campaign.last_on)
    return tuple(dict.fromkeys(span.ends_on for span in spans if campaign.first_on - near <= span.ends_on <= campaign.last_on + near))


def _speak_of(text: str, campaign: Campaign, fold: Fold, *, whole: bool = False) -> dict[str, int]:
    """The report obligations a text speaks of, with how many letters of their words stand in it; `whole`: only where all of the text is such a
    word.

    A word that is part of another obligation's word (统计表, 朝阳行统计表) speaks of both.
    """
    folded = fold(text)
    if not folded:
        return {}
    said: dict[str, set[str]] = {}
    own: dict[str, set[str]] = {}
    for one in campaign.reports():
        own[one.code] = {fold(word) for word in (one.name.zh, *one.file_words)} - {""}
        words = own[one.code] | ({fold(one.code), fold(one.form), fold(one.name.en)} - {""})
        said[one.code] = {word for word in words if (word == folded if whole else len(word) >= 2 and _stands_in(word, folded))}
    heard = set[str]().union(*(found & own[code] for code, found in said.items()))
    strengths = {}
    for code, found in said.items():
        found |= {word for word in heard if any(word in longer for longer in own[code])}
        if found:
            # Longer words contain shorter ones; letters are counted once.
            strengths[code] = sum(len(word) for word in found if not any(word != other and word in other for other in found))
    return strengths


def _strongest(strengths: Mapping[str, int], text: str, campaign: Campaign, fold: Fold) -> tuple[str, ...]:
    """The obligations spoken of most strongly; among equals the one of which alone a peculiar pair of letters stands in the text (朝阳 of
    朝阳行活动总结).
    """
    best = tuple(code for code, strength in strengths.items() if strength == max(strengths.values()))
    if len(best) < 2:
        return best
    pairs = {}
    for code in best:
        one = campaign.obligation(code)
        pairs[code] = {word[n : n + 2] for word in map(fold, (one.name.zh, *one.file_words)) for n in range(len(word) - 1)}
    folded = fold(text)
    hit = [
        code for code in best if any(pair in folded for pair in pairs[code].difference(*(others for other, others in pairs.items() if other != code)))
    ]
    return (hit[0],) if len(hit) == 1 else best


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

    def __init__(self, code: str, *, given: str = "", expected: str = "") -> None:
        super().__init__(code)
        self.finding = finding(code, given=given, expected=expected)


def place(evidence: Clues, readings: Sequence[Reading], *, campaign: Campaign, index: UnitIndex, owed: Owing, received_at: datetime) -> Placement:
    """Weigh the evidence for one file and say where it belongs.

    `readings` are what the file says: one for each form that matched, or one with form "" for documents, materials and what could not be read.
    `owed(unit)` gives the unit's expectations in force (open ones included) with what is already met. Pure; the same evidence places the same way.
    """
    case = _Case(evidence, tuple(readings), campaign, index, owed, received_at, [])
    unit: str | None = None
    try:
        unit = case.unit()
        owner, slots = case.slots(unit)
    except _Asks as asks:
        return Placement(unit=unit, findings=(*case.notes, asks.finding))
    return Placement(unit=owner, slots=slots, findings=tuple(dict.fromkeys(case.notes)))


def _heirs(code: str, index: UnitIndex) -> list[str]:
    chain = [code]
    while code in index.units and index.units[code].heir and index.units[code].heir not in chain:
        code = index.units[code].heir
        chain.append(code)
    return chain


def _same(one: str, other: str, index: UnitIndex) -> bool:
    """Whether two codes are one reporter: the same unit, or a closed one and its heir."""
    return one == other or _heirs(one, index)[-1] == _heirs(other, index)[-1]


def _narrow(codes: tuple[str, ...], witness: Iterable[str]) -> tuple[str, ...]:
    heard = set(witness)
    return tuple(code for code in codes if code in heard) or codes


@dataclass(frozen=True, slots=True)
class _Case:
    """One file and everything said about it; `notes` gathers what is worth telling although the file can be placed."""

    evidence: Clues
    readings: tuple[Reading, ...]
    campaign: Campaign
    index: UnitIndex
    owed: Owing
    received_at: datetime
    notes: list[Finding]

    @property
    def mark(self) -> Mark | None:
        return next((reading.mark for reading in self.readings if reading.mark is not None), None)

    @property
    def kind(self) -> str:
        return (next((reading.file_kind for reading in self.readings if reading.file_kind), "") or self.evidence.extension).lower()

    @property
    def file_name(self) -> str:
        return self.evidence.path.rpartition("/")[2]

    def label(self, codes: Iterable[str]) -> str:
        return "、".join(self.campaign.obligation(code).name.zh for code in codes)

    # Whose it is.

    def unit(self) -> str:
        """The unit whose file it is; asks where witnesses disagree or none speaks."""
        evidence, index, mark, owner = self.evidence, self.index, self.mark, self.evidence.folder_unit.unit
        words = next((reading.unit_named for reading in self.readings if reading.unit_named and reading.unit_named.strip()), "")
        inside = index.find(words) if words else Named(unit=None, how="none")
        if owner is None:
            return self._without_folder(words, inside)
        if inside.unit is None and owner in inside.candidates:
            # Several names stand inside, the folder's owner among them, or a near miss of it.
            if inside.how == "near":
                self.notes.append(finding("C302", given=words, expected=index.label(owner)))
            inside = Named(unit=owner, how="within")
        if (inside.unit is not None and not _same(inside.unit, owner, index)) or (inside.unit is None and inside.candidates):
            raise _Asks("C701", given=words, expected=index.label(owner))
        if words and inside.unit is None:
            self.notes.append(finding("C303", given=words, expected=index.label(owner)))
        if mark is not None and (mark.campaign != self.campaign.code or not _same(mark.unit, owner, index)):
            given = index.label(mark.unit) if mark.campaign == self.campaign.code else mark.campaign
            raise _Asks("C702", given=given, expected=index.label(owner))
        other = evidence.begins_with if inside.unit is None and owner not in evidence.units_in_name else None
        if other is not None and not _same(other, owner, index) and not self._receives(other):
            raise _Asks("C701", given=index.label(other), expected=index.label(owner))
        if evidence.folder_unit.how == "within":
            self.notes.append(finding("C302", given=evidence.folder, expected=index.label(owner)))
        return owner

    def _without_folder(self, words: str, inside: Named) -> str:
        """No folder speaks with certainty: a whole name inside, on the file or in the mark, and nothing against it."""
        evidence, index, mark = self.evidence, self.index, self.mark
        told: dict[str, str] = {}
        if inside.unit is not None:
            told["inside"] = inside.unit
        if mark is not None and mark.campaign == self.campaign.code and mark.unit in index.units:
            told["mark"] = mark.unit
        in_name = evidence.units_in_name
        by_name = [code for code in in_name if len(in_name) == 1 or not self._receives(code)]
        if len(by_name) == 1:
            told["name"] = by_name[0]
        meant = sorted(set(told.values()))
        if len(meant) > 1:
            raise _Asks("C701", given="、".join(index.label(code) for code in meant), expected=evidence.folder or "、".join(map(index.label, meant)))
        if not meant:
            near = inside.candidates or evidence.folder_unit.candidates
            if near:
                given = words if inside.candidates else evidence.folder
                raise _Asks("C302", given=given, expected="、".join(index.label(code) for code in near))
            raise _Asks("C301", given=words or evidence.folder or self.file_name)
        # A folder that names nobody: one witness is not enough to call it a misprint, two are.
        if evidence.folder and meant[0] not in evidence.folder_unit.candidates and len(told) < 2:
            raise _Asks("C301", given=evidence.folder, expected=index.label(meant[0]))
        if evidence.folder or told.keys() == {"name"}:
            self.notes.append(finding("C302", given=evidence.folder or self.file_name, expected=index.label(meant[0])))
        return meant[0]

    def _receives(self, code: str) -> bool:
        """Whether the unit is the office that receives the reports: "报安全股" in a file name is an address, not a sender."""
        return self.index.fold(self.index.label(code)) in self.index.fold(self.campaign.authority.receives)

    # What it is for.

    def slots(self, unit: str) -> tuple[str, tuple[Slot, ...]]:
        """Who owes it (the unit, or its heir) and the expectations it is put to."""
        forms = tuple(dict.fromkeys(reading.form for reading in self.readings if reading.form))
        wanted = self._by_form(forms) if forms else [("", self._without_form(unit))]
        found: list[Slot] = []
        owner = unit
        for form, codes in wanted:
            owner, mine = self._owed(unit, codes)
            if not mine:
                raise _Asks("C308", given=self.label(codes), expected=self.index.label(unit))
            reading = next((reading for reading in self.readings if reading.form == form), self.readings[0] if self.readings else None)
            chosen = self._expectation(mine, reading)
            obligation = self.campaign.obligation(chosen.obligation)
            found.append(Slot(obligation=obligation.code, period=chosen.period, form=form, part=self._part(obligation, form)))
        return owner, tuple(found)

    def _owed(self, unit: str, codes: Iterable[str]) -> tuple[str, list[Owed]]:
        wanted = set(codes)
        for heir in _heirs(unit, self.index):
            if mine := [one for one in self.owed(heir) if one.expectation.obligation in wanted]:
                return heir, mine
        return unit, []

    def _by_form(self, forms: tuple[str, ...]) -> list[tuple[str, tuple[str, ...]]]:
        """For each form that matched, the obligations that ask for it, narrowed by folder, mark and file name."""
        evidence, mark = self.evidence, self.mark
        folder, by_name = evidence.obligations_by_folder, evidence.obligations_by_name
        asked = [(form, tuple(one.code for one in self.campaign.reports() if one.form == form)) for form in forms]
        asked = [(form, codes) for form, codes in asked if codes]
        asking = {code for _, codes in asked for code in codes}
        if not asked:
            raise _Asks("C308", given="、".join(forms), expected=self.campaign.name.zh)
        if folder and not asking & set(folder):
            raise _Asks("C703", given=self.label(sorted(asking)), expected=self.label(folder))
        if mark is not None and (mark.obligation not in asking or (folder and mark.obligation not in folder)):
            raise _Asks("C702", given=mark.obligation, expected=self.label(folder or sorted(asking)))
        marked = (mark.obligation,) if mark is not None else ()
        found = []
        for form, codes in asked:
            named = set(by_name) & set(codes)
            for witness in (set(folder) & set(codes), set(marked) & set(codes)):
                # The folder or the mark says June's table, the file's name December's.
                if named and witness and not named & witness:
                    raise _Asks("C703", given=self.file_name, expected=self.label(sorted(witness)))
            found.append((form, _narrow(_narrow(_narrow(codes, folder), marked), by_name)))
        # A summary that carries the table meets both, where its name speaks of both.
        texts = tuple(code for code in evidence.spoken_by_name if self.campaign.obligation(code).what == "document")
        if texts and asking & set(evidence.spoken_by_name) and self.kind not in _sheet_kinds:
            found.append(("", _narrow(texts, by_name)))
        return found

    def _without_form(self, unit: str) -> tuple[str, ...]:
        """The obligations that a document, materials or an unreadable file may be for."""
        evidence, mark = self.evidence, self.mark
        folder, by_name = evidence.obligations_by_folder, evidence.obligations_by_name
        if mark is not None and mark.campaign == self.campaign.code and any(one.code == mark.obligation for one in self.campaign.reports()):
            # The blank's mark is there but its form could not be read: the unit's report all the same, to be returned.
            if folder and mark.obligation not in folder:
                raise _Asks("C702", given=mark.obligation, expected=self.label(folder))
            return (mark.obligation,)
        if folder:
            both = tuple(code for code in folder if code in evidence.spoken_by_name)
            # What materials show is on their name; any other file called after another report lies in the wrong folder.
            if by_name and not both and evidence.word_strength >= 4 and any(self.campaign.obligation(code).what != "materials" for code in folder):
                raise _Asks("C703", given=self.file_name, expected=self.label(folder))
            return both or folder
        if self.kind not in _sheet_kinds:
            texts = tuple(code for code in evidence.spoken_by_name if self.campaign.obligation(code).what != "form")
            if texts and not set(texts) & set(by_name):
                by_name = texts
            # A named activity says more than 好的做法.
            if (born := self._activities_named(unit)) and all(self.campaign.obligation(code).what == "materials" for code in by_name):
                return born
        if by_name:
            return by_name
        _, mine = self._owed(unit, self._fitting())
        fitting = tuple(dict.fromkeys(one.expectation.obligation for one in mine))
        if len(fitting) != 1:
            raise _Asks("C304", given=self.file_name, expected=self.label(fitting or (one.code for one in self.campaign.reports())))
        self.notes.append(finding("C306", given=self.file_name, expected=self.label(fitting)))
        return fitting

    def _activities_named(self, unit: str) -> tuple[str, ...]:
        """The obligations born from activities of which one's whole name (four letters or more) stands in the file's name or its folder's."""
        text = self.evidence.folded_name + self.index.fold(self.evidence.period_folder)
        born = [one.code for one in self.campaign.reports() if isinstance(one.due, AfterActivity)]
        _, mine = self._owed(unit, born) if born else (unit, [])
        names = [(one.expectation.obligation, self.index.fold((one.expectation.period or "").rpartition("@")[0])) for one in mine]
        return tuple(dict.fromkeys(code for code, name in names if len(name) >= 4 and name in text))

    def _fitting(self) -> tuple[str, ...]:
        """The obligations a nameless file of its kind could be for."""
        reports = self.campaign.reports()
        if self.kind in _film_kinds or (self.kind in _scan_kinds and self.kind != "pdf"):
            return tuple(one.code for one in reports if one.what == "materials" or "scan" in one.parts)
        if self.kind in _sheet_kinds:
            return tuple(one.code for one in reports if one.what == "form")
        return tuple(one.code for one in reports)

    def _part(self, obligation: Obligation, form: str) -> str:
        if form or "scan" not in obligation.parts or self.kind not in _scan_kinds:
            return ""
        return "scan" if obligation.what == "form" or any(word in self.evidence.folded_name for word in _scan_words) else ""

    # Which period.

    def _expectation(self, mine: Sequence[Owed], reading: Reading | None) -> Expectation:
        """Which of the expectations a file could be for it is for. One alone needs no telling unless it is one of a series."""
        if len(mine) == 1 and mine[0].expectation.period is None:
            return mine[0].expectation
        row = sorted(
            mine, key=lambda one: (_day(one.expectation, self.campaign.zone), one.expectation.due_at or self.received_at, one.expectation.obligation)
        )
        evidence = self.evidence
        mark = self.mark if self.mark is not None and any(one.expectation.obligation == self.mark.obligation for one in row) else None
        inside = reading.period_named if reading is not None and reading.period_named else ""
        witnesses = {
            "表内标记": {mark.period} & {_key(one) for one in row} if mark is not None and mark.period else None,
            "文件夹": self._told_by_folder(row),
            "表内": self._told(row, inside, _days(inside, self.campaign), week_named(inside), month_named(inside)) if inside else None,
            "文件名": self._told(row, "", evidence.name_days, evidence.name_week, evidence.name_month),
        }
        told = {who: periods for who, periods in witnesses.items() if periods is not None}
        if not told:
            return self._only_open(row)
        common = set.intersection(*told.values())
        if not common:
            given = "；".join(f"{who}：{'、'.join(sorted(periods)) or '不在应报之列'}" for who, periods in told.items())
            disagree = sum(bool(periods) for periods in told.values()) > 1
            raise _Asks("C704" if disagree else "C307", given=given, expected=_listed(row))
        fitting = [one for one in row if _key(one) in common]
        return fitting[0].expectation if len(fitting) == 1 else self._only_open(fitting)

    def _told_by_folder(self, row: Sequence[Owed]) -> set[str] | None:
        """The periods its folder speaks of. A folder called after an activity that no plan has speaks of one that is not owed."""
        words = self.evidence.period_folder
        told = self._told(row, words, self.evidence.folder_days, self.evidence.folder_week, self.evidence.folder_month)
        is_born = all(isinstance(self.campaign.obligation(one.expectation.obligation).due, AfterActivity) for one in row)
        if told is None and is_born and len(_file_words.sub("", self.index.fold(words))) >= 2:
            return set()
        return told

    def _told(
        self, row: Sequence[Owed], words: str, days: tuple[date, ...], week: int | None, month: tuple[int | None, int] | None
    ) -> set[str] | None:
        """The periods one witness speaks of; None where it does not speak of any, an empty set where it speaks of one that is not owed."""
        fold = self.index.fold
        folded = fold(words)
        if folded:
            named = {_key(one) for one in row if folded in (fold(_key(one)), fold((one.expectation.period or "").rpartition("@")[0]))}
            if named:
                return named
        born = [one for one in row if isinstance(self.campaign.obligation(one.expectation.obligation).due, AfterActivity)]
        if born:
            text = folded or self.evidence.folded_name
            names = {_key(one): fold(_key(one).rpartition("@")[0]) for one in born}
            by_name = {key for key, name in names.items() if name and (name in text or (len(text) >= 4 and text in name))}
            by_day = {_key(one) for one in born if _day(one.expectation, self.campaign.zone) in days}
            return (by_name & by_day) or by_name or by_day or None
        if week is not None:
            return self._week(row, week)
        if not days:
            return self._month(row, *month) if month is not None else None
        # 统计截止日期 says what the figures cover; 填报日期 says no more than the moment of arrival does; of any other day the eve is certain enough.
        eve = timedelta(days=366 if "截" in words else 0 if "填" in words or "制表" in words else 1)
        return set().union(*(_week_of(row, day, self.campaign.zone, eve=eve) for day in days))

    def _week(self, row: Sequence[Owed], week: int) -> set[str] | None:
        """The period of 第n周: the n-th due day of the rule's month, owed or not (a notice issued on the 4th still calls the 10th the second
        week).
        """
        told: set[str] = set()
        rules = [self.campaign.obligation(code).due for code in {one.expectation.obligation for one in row}]
        weekly = [rule for rule in rules if isinstance(rule, EveryWeek)]
        for rule in weekly:
            in_one_month = (rule.first_on.year, rule.first_on.month) == (rule.last_on.year, rule.last_on.month)
            first = rule.first_on.replace(day=1) if in_one_month else rule.first_on
            nth = first + timedelta(days=(WEEKDAYS.index(rule.weekday) - first.weekday()) % 7 + 7 * (week - 1))
            told |= {nth.isoformat()} & {one.expectation.period for one in row if one.expectation.period is not None}
        return told if weekly else None

    def _month(self, row: Sequence[Owed], year: int | None, month: int) -> set[str] | None:
        """The periods of a month's report: due in that month, or in the first half of the next (每月5日前报上月). Both, where both may be meant."""
        monthly = [one for one in row if isinstance(self.campaign.obligation(one.expectation.obligation).due, EveryMonth)]
        told: set[str] = set()
        for one in monthly:
            due_on = _day(one.expectation, self.campaign.zone)
            meant = {due_on} if due_on.day > 15 else {due_on, due_on.replace(day=1) - timedelta(days=1)}
            if any(day.month == month and year in (None, day.year) for day in meant):
                told.add(_key(one))
        return told if monthly else None

    def _only_open(self, row: Sequence[Owed]) -> Expectation:
        """The tie broken by arrival: the single period that has begun and is still unmet.

        A period begins when the one before it was due (single reports side by side: in the middle between the two). An obligation that takes many
        files takes more of them for the running period.
        """
        candidates = []
        last_due: datetime | None = None
        begins: datetime | None = None
        for one in row:
            due_at = one.expectation.due_at
            if due_at is not None and last_due is not None and due_at > last_due:
                begins = last_due if one.expectation.period is not None else last_due + (due_at - last_due) / 2
            last_due = due_at or last_due
            if begins is not None and self.received_at <= begins:
                break
            takes_many = self.campaign.obligation(one.expectation.obligation).accepts == "many"
            if not one.is_met or (takes_many and (due_at is None or self.received_at <= due_at)):
                candidates.append(one)
        if len(candidates) != 1:
            raise _Asks("C305", expected=_listed(candidates or row))
        self.notes.append(finding("C306", given=self.file_name, expected=_key(candidates[0])))
        return candidates[0].expectation


def _key(one: Owed) -> str:
    """What tells an expectation from its neighbours: its period, or its obligation where several single reports stand side by side."""
    return one.expectation.period or one.expectation.obligation


def _listed(row: Sequence[Owed]) -> str:
    return "、".join(_key(one) for one in row)


def _day(expectation: Expectation, zone: tzinfo) -> date:
    """The day an expectation stands for: the due day before any roll, the activity's end, or the day its deadline falls on."""
    if expectation.period is not None:
        try:
            return date.fromisoformat(expectation.period.rpartition("@")[2])
        except ValueError:
            pass
    return (expectation.due_at - timedelta(microseconds=1)).astimezone(zone).date() if expectation.due_at is not None else date.max


def _week_of(row: Sequence[Owed], day: date, zone: tzinfo, *, eve: timedelta) -> set[str]:
    """The periods a day may belong to: the first one that ends on it or after it; days well after the last period belong to none.

    A day after an unmet period may stand on its late report or on the next one's early report: both are answered, unless it lies no more than `eve`
    before the next due day, so that a late report never takes the next slot by itself. Single reports side by side (a June table and a December one)
    have no weeks: before the middle between them a day belongs to the earlier one while that is unmet.
    """
    days = {_key(one): _day(one.expectation, zone) for one in row}
    exact = {key for key, own in days.items() if own == day}
    if exact:
        return exact
    later = [one for one in row if days[_key(one)] > day]
    earlier = [one for one in row if days[_key(one)] < day]
    if not later:
        last = earlier[-1]
        return {_key(last)} if last.expectation.period is None or day - days[_key(last)] <= timedelta(days=3) else set()
    next_on = days[_key(later[0])]
    following = {_key(one) for one in later if days[_key(one)] == next_on}
    if not earlier:
        return following
    before = earlier[-1]
    if later[0].expectation.period is None:
        if day - days[_key(before)] > next_on - day:
            return following
        return following | {_key(before)} if before.is_met else {_key(before)}
    return following if before.is_met or next_on - day <= eve else following | {_key(before)}


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
