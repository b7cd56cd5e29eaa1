"""What a cell's words may mean on a form's sheet: an item's label, the head of a column, a total, a section, a note, a labelled field.

A form is compiled once per process into a dictionary of folded wordings; a cell's text is looked up as it stands and then, step by step, without
numbering, brackets, measurement unit and filler words. Likeness (misprints) is asked only for what no wording meets.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from rapidfuzz.distance import OSA

from include.catalogue.wording import fold, simplify
from include.domain.form import Form, Item
from include.read import measures
from include.read.lexicon import FIELDS, PEOPLE, ROLES, TELLING, TOTALS, WATCHING

Role = str  # serial, label, unit, value, week, total, other, plan, remark, sum


@dataclass(slots=True)
class Sense:
    """What a text may mean. `items` are indices in the form's order; more than one where the same wording stands for several.

    `unit` is the measurement unit stated in the label (normal form), `period` 本周 or 累计 standing in it ("week", "total"), `inline` the
    figure or words behind the label in the same cell. `key` is the folded label without numbering, for likeness.
    """

    key: str
    items: tuple[int, ...] = ()
    is_official: bool = False
    unit: str = ""
    period: str = ""
    inline: str = ""
    role: Role = ""
    section: str = ""
    measure: str = ""
    is_total: bool = False
    is_note: bool = False
    is_field: bool = False
    is_nil: bool = False
    is_people: bool = False
    steps: tuple[str, ...] = ()


PLAIN = Sense(key="")

_leads = (
    "共组织开展",
    "累计组织开展",
    "共开展",
    "共组织",
    "累计开展",
    "累计组织",
    "组织开展",
    "组织举办",
    "开展",
    "组织",
    "举办",
    "其中",
    "共计",
    "共",
)
_tails = ("数量", "情况", "总数", "数目", "次数", "总量", "数")
_circled = str.maketrans({chr(0x2460 + n): f"({n + 1})" for n in range(20)} | {chr(0x2776 + n): f"({n + 1})" for n in range(10)})
# 应急演练①, 应急演练[1]: the mark of a note below the table, never a figure.
_footnote = re.compile(r"(?<=\w)\s*(?:[①-⑳❶-❿¹²³⁴⁵⁶⁷⁸⁹]|[\[［]\d{1,2}[\]］])+\s*$")
_numberings = tuple(
    re.compile(rf"^\s*(?:{pattern})\s*")
    for pattern in (
        r"[(\[【<〔](?:\d{1,3}|[一二三四五六七八九十]{1,3}|[A-Za-z])[)\]】>〕][、.:]?",
        r"\d{1,3}\s*(?:[、)]|[.:](?!\d))",
        r"\d{1,3}\s*[.:](?=\d)",
        r"\d{1,2}(?:\.\d{1,2})+[、.:)]?(?=\D)",
        r"\d{1,3}\s+(?=\S)",
        r"[一二三四五六七八九十]{1,3}\s*[、.:)]",
        r"第[一二三四五六七八九十\d]{1,3}[项条、]",
        r"[A-Za-z]{1,2}-?\d{1,2}(?:\s*[、.:\-)]|\s|(?=[^\w\s])|(?=[一-鿿]))",
        r"[IVXivx]{1,4}\s*[、.)]|[a-zA-Z]\s*[、.)]",
        r"[•·●◆■□★☆※*▲△○◎→\->]+",
    )
)
_loose_numbering = re.compile(r"^\s*\d{1,2}(?=[一-鿿“《「\"<])")
_bracket = re.compile(r"^(.*\S)\s*[(\[【〔]([^()\[\]【】〔〕]*)[)\]】〕]\s*[:：]?$", re.DOTALL)
_droppable = re.compile(
    r"^(?:必填|选填|填数字|人工|下同|个数|数量|含.*|包括.*|指.*|即.*|如.*|可.*|请.*|按.*|以.*|截至.*|注.*|见.*|以?单位.*计?|\s*|_+|/)$"
)
_placeholder = re.compile(r"_{2,}|[(（]\s*[)）]|[…]{2,}")
_inline = re.compile(
    r"^(?P<label>.+?)[\s:：,，]*(?P<filler>为|共计|共|合计|达到|达|计)?[\s:：]*(?P<open>[(（_]*)"
    r"(?P<figure>(?:约|近|超过|超|逾|大约|-)?\s*(?:\d[\d,.]*\s*[百千万亿]?|[零〇一二两三四五六七八九十百千万]+)"
    r"\s*(?:余|多)?)(?P<close>[)）_]*)(?P<unit>[^\d,，;；:：()（）]{0,5}?(?:[(（]次[)）])?)[。.;；]?$",
    re.DOTALL,
)
_inline_word = re.compile(r"^(?P<label>.{2,60}?)\s*[:：][:：\s]*(?P<figure>.+)$", re.DOTALL)
_periods = (
    (re.compile(r"^(?:本周累计|本周|当周|这周|本期|当期|本次|周内|本旬)(?:新增)?(?:[:：、,的])?"), "week"),
    (re.compile(r"^(?:总累计|累计|截至目前|截至本期|自.{2,12}以来|至今)(?:共)?(?:[:：、,的])?"), "total"),
)

_roles: dict[str, Role] = {word: role for role, heads in ROLES.items() for word in heads}
_role_parts: tuple[tuple[re.Pattern[str], Role], ...] = (
    (re.compile(r"备注|说明|口径|依据|解释|附注|责任|来源|佐证|资料|要求|审核"), "remark"),
    (re.compile(r"上周|上期|上月|上次|上年|去年|同期|同比|环比|增减|增幅|增长|历史|往年|较上|比上|上报前|前期|上旬末|差额|变化|占比|排名"), "other"),
    (re.compile(r"^(?:任务)?完成(?:率|比例|进度)|^(?:达标率|百分比|得分|分值|权重|评分|排序|名次)"), "other"),
    (re.compile(r"计划|目标|任务|应完成|预期|预计|预估|指标要求|拟"), "plan"),
    (re.compile(r"^本周累计|^本周|^当周|^这周|本期|当期|本旬|当旬|本次|本日|今日|周报数|^周$|新增|本阶段|^第?\d+周$"), "week"),
    (re.compile(r"累计|累积|截至|截止|至今|以来|总数|迄今"), "total"),
    (re.compile(r"^合计|^总计|^小计|^共计|合计$|总计$|^汇总"), "sum"),
    (re.compile(r"本月|当月|本季|本年|今年"), "month"),
    (re.compile(r"核定|核实|审定|认定|核准|更正后?|修正后?|调整后"), "value"),
)
_note = re.compile(
    r"^\s*[(（\[]?(?:注|备注|说明|填表说明|填报说明|填表要求|填报要求|注意|注意事项|附注|附|提示|※|\*)\s*[一二三四五六七八九十\d]{0,2}\s*[:：.、)]"
    r"|^\s*注\s*\d|^\s*[※]|^\s*\*[^*]{6}"
)
_field = re.compile(
    r"^\s*(?:填报|填表|报送|上报|制表|编制|申报|汇总|统计|审核|审批|复核|单位|部门|分管|主要|主管|经办|联系|签发|科室|股室)?"
    r"(?:单位|部门|人|人员|负责人|领导|日期|时间|电话|方式|签字|签章|盖章|者|员|负责同志"
    r"|截止日期|截止时间|截止|时段|期间|机关)"
    r"(?:名称|签字|签名|签章|盖章)?\s*(?:[(（][^()（）]{0,8}[)）])?\s*[:：]"
)
_counted_total = re.compile(r"^(?:合\s*计|总\s*计|小\s*计)\s*[:：]?\s*\d+\s*(?:场次?|人次?|项|个|次|家|条|件|份)?$")
_note_signs = "注註备備说說填附提※*(（[［"
_example = re.compile(r"^\s*[(（【\[]?(?:填写)?(?:示例|样例|例如|范例|例)[)）】\]]?\s*(?:[:：\d]|$)")


@dataclass(slots=True)
class Likeness:
    """The item a misprinted label is nearest to, by which wording, with the distance in signs and that of the next best item."""

    item: int
    wording: str
    distance: int
    next_item: int | None
    next_distance: int


@dataclass(slots=True)
class Vocabulary:
    """A form compiled for reading.

    `official` are labels and aliases, `derived` what people make of them, both folded, to the items they may mean. `children` are
    (base item, folded words behind its label) to the item that both name together. `familiar` are layouts
    already seen, `naming` the item that names the unit itself.
    """

    form: Form
    items: tuple[Item, ...]
    units: tuple[str, ...]
    official: dict[str, tuple[int, ...]]
    derived: dict[str, tuple[int, ...]]
    unit_tails: tuple[str, ...]
    children: dict[tuple[int, str], int]
    wordings: tuple[tuple[str, int], ...]
    sections: dict[str, str]
    nil_keys: frozenset[str]
    index: dict[str, int]
    naming: int | None
    grams: frozenset[str]
    senses: dict[str, Sense] = field(default_factory=dict)
    familiar: list[Any] = field(default_factory=list)

    def required(self, asks: frozenset[str]) -> frozenset[int]:
        """The items asked for: all but the optional ones, and those of them that the obligation asks for."""
        return frozenset(number for number, item in enumerate(self.items) if not item.optional or item.code in asks)

    def look_up(self, key: str) -> tuple[tuple[int, ...], str, bool]:
        """Return (items, unit stated, whether official) for a folded wording."""
        found = self.official.get(key)
        if found is not None:
            return tuple(found), "", True
        found = self.derived.get(key)
        if found is not None:
            return tuple(found), "", False
        for tail in ("", *_tails, *self.unit_tails):
            if tail and not key.endswith(tail):
                continue
            stem = key[: len(key) - len(tail)]
            for lead in ("", *_leads, *self.sections):
                if not stem.startswith(lead) or len(stem) - len(lead) < 2:
                    continue
                if found := self._plainly(stem[len(lead) :]):
                    stated = measures.normal(tail) if tail else ""
                    if tail in _tails:
                        found = tuple(item for item in found if self.items[item].is_number)
                        stated = "次" if tail == "次数" else ""
                    if found:
                        return found, stated, False
        return (), "", False

    def _plainly(self, key: str) -> tuple[int, ...]:
        return tuple(self.official.get(key) or self.derived.get(key) or ())

    def sense(self, text: str) -> Sense:
        """Return what a text may mean; the same object for the same text."""
        sense = self.senses.get(text)
        if sense is None:
            if len(self.senses) > 50_000:
                self.senses.clear()
            sense = self.senses[text] = self._make_sense(text)
        return sense

    def child_of(self, base: int, key: str) -> int | None:
        """Return the item whose wording is the base item's wording followed by `key` (应急演练 + 参与人数)."""
        return self.children.get((base, key))

    def _make_sense(self, text: str) -> Sense:
        text = _footnote.sub("", text) or text
        whole = fold(text)
        if not whole:
            return PLAIN
        if len(text) > 400:
            return Sense(key="", is_note=bool(_note.match(simplify(text[:40]))))
        if whole.isdecimal():
            return PLAIN
        if len(whole) > 2 and text.lstrip()[0] not in _note_signs and self.grams.isdisjoint([whole[at : at + 2] for at in range(len(whole) - 1)]):
            # Not two signs in common with any word that means something: nothing further to look for.
            return Sense(key=whole)
        plain = simplify(text.translate(_circled)).strip()
        sense = self._as_label(plain, whole, text.translate(_circled).strip())
        if len(whole) <= 20:
            self._as_head(sense, plain, whole)
        bare = _strip_numbering(plain)
        section = self.sections.get(whole) or self.sections.get(fold(bare))
        if section:
            sense.section = section
        sense.measure = measures.normal(plain)
        sense.is_total = fold(re.sub(r"[(（].*?[)）]", "", bare)) in TOTALS or bool(_counted_total.match(bare))
        sense.is_note = bool(_note.match(plain)) and not (sense.items and sense.is_official)
        sense.is_field = bool(_field.match(plain)) or whole in FIELDS
        sense.is_people = sense.key in _people_keys or whole in _people_keys
        sense.is_nil = whole in self.nil_keys
        return sense

    def _as_label(self, plain: str, whole: str, text: str) -> Sense:
        items, unit, is_official = self.look_up(whole)
        if items:
            return Sense(key=whole, items=items, is_official=is_official, unit=unit)
        if len(plain) > 160:
            return self._as_inline(plain, text) or Sense(key="")
        sense = self._as_written(plain, text)
        if not sense.items and (squeezed := re.sub(r"\s+", "", plain)) != plain:
            # Blanks and line breaks inside a number or brackets: "(5\n)学习".
            closer = self._as_written(squeezed, text)
            if closer.items or len(closer.key) < len(sense.key):
                return closer
        return sense

    def _as_written(self, plain: str, text: str) -> Sense:
        body = plain
        for stripped in _without_numbering(body):
            items, unit, is_official = self.look_up(fold(stripped))
            if items:
                return Sense(key=fold(stripped), items=items, is_official=is_official, unit=unit, steps=("numbering",))
        variants = _without_numbering(body)
        best: Sense | None = None
        for variant in (*variants, body):
            sense = self._without_brackets(variant, ["numbering"] if variant != body else [])
            if sense.items:
                return sense
            if best is None or len(sense.key) < len(best.key):
                best = sense
        inline = self._as_inline(plain, text)
        if inline is not None:
            return inline
        return best or Sense(key="")

    def _without_brackets(self, body: str, steps: list[str]) -> Sense:
        stated = ""
        body = body.rstrip(":：")
        for _ in range(3):
            found = _bracket.match(body)
            if found is None:
                break
            inside = found[2].strip()
            known = measures.normal(inside)
            if known and not stated:
                stated, body = known, found[1]
                steps.append(f"unit {inside}")
            elif known or _droppable.match(inside):
                body = found[1]
                steps.append("brackets")
            else:
                break
        emptied = _placeholder.sub("", body)
        if emptied != body:
            body = emptied
            steps.append("placeholder")
        key = fold(body)
        for attempt in (key, fold(_loose_numbering.sub("", body))):
            items, unit, is_official = self.look_up(attempt)
            if items:
                return Sense(key=attempt, items=items, is_official=is_official and attempt == key, unit=stated or unit, steps=tuple(steps))
        for pattern, period in _periods:
            found_period = pattern.match(body)
            if found_period:
                rest = fold(body[found_period.end() :])
                items, unit, is_official = self.look_up(rest)
                if items:
                    return Sense(key=rest, items=items, unit=stated or unit, period=period, steps=(*steps, period))
        return Sense(key=fold(_loose_numbering.sub("", body)), unit=stated, steps=tuple(steps))

    def _as_inline(self, plain: str, text: str) -> Sense | None:
        """开展检查：12次, 应急演练（12）场次: label and figure in one cell."""
        for bare in (plain, *_without_numbering(plain)):
            if found := _inline.match(bare):
                label = found["label"].rstrip("(（:： _")
                inner = _bracket.match(label)
                stated = measures.normal(inner[2]) if inner else ""
                longer = label + found["filler"] if found["filler"] else ""
                for attempt, unit_in_label in ((label, ""), (longer, ""), (inner[1] if inner and stated else "", stated)):
                    items, unit, _ = self.look_up(fold(attempt)) if attempt else ((), "", False)
                    behind = found["unit"].strip("_ ")
                    if items and (not behind or measures.normal(behind)):
                        figure = found["figure"].strip() + behind
                        return Sense(key=fold(attempt), items=items, unit=unit_in_label or unit, inline=figure, steps=("figure in the label's cell",))
            if found := _inline_word.match(bare):
                label = found["label"]
                inner = _bracket.match(label)
                stated = measures.normal(inner[2]) if inner else ""
                items, unit, _ = self.look_up(fold(inner[1] if inner and stated else label))
                if items and len(fold(label)) >= 2 and fold(found["figure"]):
                    said = found["figure"].strip()
                    # Words stay as they were typed: the same tail of the text before it was simplified.
                    said = text[len(text) - len(said) :] if len(text) == len(simplify(text)) and simplify(text).endswith(said) else said
                    return Sense(key=fold(label), items=items, unit=stated or unit, inline=said, steps=("words in the label's cell",))
        return None

    def _as_head(self, sense: Sense, plain: str, whole: str) -> None:
        role = _roles.get(whole, "")
        if not role:
            short = fold(re.sub(r"[(（].*?[)）]", "", plain))
            role = _roles.get(short, "")
            if not role:
                for pattern, name in _role_parts:
                    if pattern.search(whole):
                        role = name
                        break
        sense.role = role

    def likeness(self, key: str, among: Iterable[int]) -> Likeness | None:
        """Return the nearest item among those given, by signs to change; None if nothing is near at all."""
        allowed = set(among)
        best: dict[int, tuple[int, str]] = {}
        limit = max(3, len(key) // 2)
        for wording, item in self.wordings:
            if item not in allowed or abs(len(wording) - len(key)) > limit:
                continue
            distance = OSA.distance(key, wording, score_cutoff=limit)
            if distance <= limit and (item not in best or distance < best[item][0]):
                best[item] = (distance, wording)
        if not best:
            return None
        order = sorted((distance, item, wording) for item, (distance, wording) in best.items())
        distance, item, wording = order[0]
        following = order[1] if len(order) > 1 else None
        return Likeness(
            item=item,
            wording=wording,
            distance=distance,
            next_item=following[1] if following else None,
            next_distance=following[0] if following else 99,
        )

    def nearest(self, key: str) -> int | None:
        """Return the item whose label shares most with the text, for telling people; None if nothing resembles it."""
        found = self.likeness(key, range(len(self.items)))
        return found.item if found and found.distance * 2 <= len(key) else None


def _strip_numbering(text: str) -> str:
    """The text without one number before it."""
    for pattern in _numberings:
        found = pattern.match(text)
        if found and found.end() < len(text):
            return text[found.end() :].strip()
    return text


def _without_numbering(text: str) -> list[str]:
    """Every way to take up to three numbers off the front of a text, those that take least first: "23.6·16咨询日" is 23. and 6·16咨询日."""
    found: dict[str, None] = {}
    layer = [text]
    for _ in range(3):
        following: list[str] = []
        for each in layer:
            for pattern in _numberings:
                match = pattern.match(each)
                if match and match.end() < len(each):
                    rest = each[match.end() :].strip()
                    if rest and rest not in found:
                        found[rest] = None
                        following.append(rest)
        layer = following
    return list(found)


_people_keys = frozenset((*PEOPLE, *WATCHING, "其中参与人数", "其中参加人数", "参与群众", "参与群众人数"))


def is_another(key: str, wording: str) -> bool:
    """Whether two labels that look alike plainly name different things: a word too many before or behind, or one that changes the meaning."""
    if len(key) > len(wording) and (key.startswith(wording) or key.endswith(wording)):
        return True
    return any(word in key and word not in wording for word in TELLING)


def tolerance(length: int) -> int:
    """How many signs of a folded label of that length may be misprinted."""
    return 0 if length < 4 else 1 if length < 8 else 2 if length < 16 else 3


def is_example(text: str) -> bool:
    """Whether a text marks its row as an example for filling in."""
    return bool(_example.match(simplify(text)))


_unit_labels = ("单位", "填报单位", "单位名称", "报送单位")
_compiled: dict[int, Vocabulary] = {}


def vocabulary(form: Form) -> Vocabulary:
    """Return the form compiled for reading; once per form and process."""
    known = _compiled.get(id(form))
    if known is not None and known.form is form:
        return known
    if len(_compiled) > 200:
        _compiled.clear()
    made = _compiled[id(form)] = _compile(form)
    return made


@lru_cache(maxsize=64)
def _compile(form: Form) -> Vocabulary:
    items = tuple(form.items())
    index = {item.code: number for number, item in enumerate(items)}
    official: dict[str, list[int]] = {}
    derived: dict[str, list[int]] = {}
    own: list[set[str]] = []
    for number, item in enumerate(items):
        keys = {fold(item.label), *map(fold, item.aliases)} - {""}
        own.append(keys)
        for key in keys:
            official.setdefault(key, []).append(number)

    # An alias that is another item's label belongs to the label alone.
    for number, item in enumerate(items):
        holders = official[fold(item.label)]
        labelled = [other for other in holders if fold(items[other].label) == fold(item.label)]
        if number in labelled:
            official[fold(item.label)] = labelled

    stems: list[set[str]] = []
    for number, item in enumerate(items):
        names = set(own[number])
        for wording in (item.label, *item.aliases):
            if found := _bracket.match(simplify(wording)):
                names.add(fold(found[1]))
        names |= {name[2:] for name in names if name.startswith("其中") and len(name) > 4}
        names |= {name[:-2] for name in names if name.endswith("活动") and len(name) > 4} | {
            name.replace("活动参与", "参与") for name in names if "活动参与" in name
        }
        for tails in (PEOPLE, WATCHING):
            for name in list(names):
                ending = max((tail for tail in tails if name.endswith(tail)), key=len, default="")
                if ending and len(name) > len(ending) + 1:
                    names |= {name[: -len(ending)] + other for other in tails}
        stems.append({name for name in names if len(name) > 1})
    # 重大事故隐患 + 已完成整改: an item of two wholes may be named by both.
    for number, item in enumerate(items):
        wholes = [index[code] for code in item.part_of if code in index]
        for one in wholes:
            for other in wholes:
                if one != other and any(name.startswith(first) for name in own[number] for first in stems[one]):
                    stems[number] |= {first + second for first in stems[one] for second in stems[other] if not first.endswith(second)}

    for number in range(len(items)):
        for stem in sorted(stems[number]):
            if stem not in official:
                derived.setdefault(stem, []).append(number)

    children: dict[tuple[int, str], set[int]] = {}
    for base in range(len(items)):
        for number in range(len(items)):
            # One count of people is no part of another: 检查人数 and 检查参与人数 are two items.
            if number == base or all(measures.FAMILY.get(measures.normal(items[each].measurement_unit)) == "people" for each in (base, number)):
                continue
            for first in stems[base]:
                for name in stems[number]:
                    if name.startswith(first) and len(name) > len(first):
                        rest = name[len(first) :]
                        rests = {rest, "其中" + rest}
                        if rest in _people_keys:
                            rests |= set(_people_keys)
                        for each in rests:
                            children.setdefault((base, each), set()).add(number)
    in_patterns = [word for pattern in (*(part for part, _ in _role_parts), _field) for word in re.findall(r"[一-鿿]{2,}", pattern.pattern)]
    said = [fold(text) for text in (*form.nil_texts, *(item.section for item in items))]
    meaningful = (*official, *derived, *_roles, *TOTALS, *FIELDS, *_people_keys, *measures.FAMILY, *in_patterns, *said, "零报告")
    sections = {fold(item.section): item.section for item in items if item.section}
    nil_keys = frozenset({fold(text) for text in form.nil_texts} | {"零报告"})
    return Vocabulary(
        form=form,
        items=items,
        units=tuple(measures.normal(item.measurement_unit) for item in items),
        official={key: tuple(found) for key, found in official.items()},
        derived={key: tuple(found) for key, found in derived.items()},
        unit_tails=tuple(sorted({fold(item.measurement_unit) for item in items} - {""}, key=lambda unit: (-len(unit), unit))),
        children={place: next(iter(found)) for place, found in children.items() if len(found) == 1},
        wordings=tuple(sorted((name, number) for number in range(len(items)) for name in stems[number] | own[number])),
        sections=sections,
        nil_keys=nil_keys - {""},
        index=index,
        grams=frozenset(word[at : at + 2] for word in meaningful for at in range(len(word) - 1) if not word[at : at + 2].isdecimal()),
        naming=next((number for number, item in enumerate(items) if item.kind == "text" and fold(item.label) in _unit_labels), None),
    )


def match_misprint(key: str, unit: str, claimed: set[int], words: Vocabulary) -> int | tuple[int, ...]:
    """Return the item a label is a misprint of; or the items it could be, none of them for certain."""
    allowed = tolerance(len(key))
    everything = range(len(words.items))
    fitting = [item for item in everything if not unit or measures.relation(unit, words.units[item]) != "contradicts"]
    free = [item for item in fitting if item not in claimed]
    best = words.likeness(key, free)
    if best is None:
        return ()
    taken = words.likeness(key, [item for item in fitting if item in claimed])
    taken_distance = taken.distance if taken else 99
    near = tuple(item for item in (best.item, best.next_item) if item is not None and words.likeness(key, (item,)) is not None)
    if best.distance > allowed:
        return near if best.distance <= max(allowed + 1, len(key) // 4) else ()
    # The next best free item must be clearly further away; one that another row already holds need only be further.
    if best.next_distance < best.distance + 2 or taken_distance <= best.distance or is_another(key, best.wording):
        return near
    return best.item
