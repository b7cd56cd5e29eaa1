"""What reading makes of a page of the corpus, against the truth on its cells."""

from collections import Counter
from dataclasses import dataclass, field
from random import Random

from include.catalogue import form
from include.domain.reading import Value
from include.read.book import open_book
from include.read.understand import understand
from include.sample.page import Page, Told, Truth, places
from include.settings import Limits
from tests.corpus import nasty  # noqa: F401  its families join those of `families`
from tests.corpus.families import FAMILIES, Family
from tests.corpus.formats import FORMATS, TEXTS
from tests.corpus.hands import HANDS


@dataclass
class Tally:
    """Sums over files: cells a careful clerk could read, those read, answers wrong without a finding."""

    files: int = 0
    readable: int = 0
    read: int = 0
    wrong: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        share = 100 * self.read / max(1, self.readable)
        return f"{self.files} files, {len(self.wrong)} answers silently wrong, {self.read} of {self.readable} readable cells read ({share:.2f} %)"


def draw(name: str, seed: int) -> Page:
    """A page of the family, its figures typed as some clerk would; the same page for the same seed."""
    family, luck = FAMILIES[name], Random(f"{name} {seed}")
    page = family.make(luck)
    if family.hands:
        items = {item.code: item for code in family.forms(page) for item in form(code).items()}
        hands = luck.sample(HANDS, 3)
        spread = luck.choice((0.0, 0.3, 1.0))
        for _, _, _, cell in page.cells():
            if cell.truth is not None and not cell.formula and not cell.format and luck.random() < spread:
                luck.choice(hands)(cell, cell.truth, items[cell.truth.item], luck)
    return page


def can_hold(format_name: str, family: Family, page: Page) -> bool:
    """Whether a format can hold the page: text has one sheet."""
    if family.writers is not None:
        return format_name in family.writers
    return format_name not in TEXTS or sum(any(cell.shown is not None for row in sheet.rows for cell in row) for sheet in page.sheets) == 1


def judge(name: str, seed: int, format_name: str, tally: Tally) -> None:
    """Draw, write, read and weigh one file, if the format can hold it."""
    page = draw(name, seed)
    if can_hold(format_name, FAMILIES[name], page):
        ending, write = FORMATS[format_name]
        told = places(page, "csv" if format_name in TEXTS else "html" if format_name == "html" else ending)
        weigh(name, page, told, write(page), f"统计表.{ending}", f"{name} #{seed} as {format_name}", tally)


def weigh(name: str, page: Page, told: list[Told], data: bytes, file_name: str, where: str, tally: Tally) -> None:
    """Read one file as every form it holds and count what is right, what is not read, and what is wrong without a finding."""
    family = FAMILIES[name]
    book = open_book(data, file_name, Limits())
    tally.files += 1
    for code in family.forms(page):
        reading = understand(book, form(code))
        own = {item.code for item in form(code).items()}
        truths = {(one.truth.item, one.truth.row): one for one in told if one.truth.item in own}
        answers = {(answer.item, answer.row): answer for answer in reading.answers}
        flagged = {(finding.item, finding.row) for finding in reading.findings if finding.severity != "note"}
        tally.codes.update({finding.code for finding in reading.findings})
        for key, answer in answers.items():
            true = truths.get(key)
            is_right = true is not None and says(true.truth, answer.value) and (family.is_spread or answer.cell == true.cell)
            if not is_right and not flagged & {key, (key[0], None), (None, None)}:
                written = f"{true.truth.value!r} at {true.cell}" if true is not None else "nothing"
                tally.wrong.append(f"{where}: {key} is {answer.value!r} at {answer.cell}, written was {written}")
        for key, one in truths.items():
            if not family.is_clear or one.truth.is_blank or one.truth.may_refuse:
                continue
            tally.readable += 1
            if key in answers and says(one.truth, answers[key].value):
                tally.read += 1
            else:
                codes = sorted({finding.code for finding in reading.findings if finding.item in (key[0], None)})
                tally.unread.append(f"{where}: {key}, {one.truth.value!r} at {one.cell}: {', '.join(codes) or 'no finding'}")


def says(truth: Truth, value: Value) -> bool:
    """Whether an answer says the truth."""
    if truth.is_blank:
        return False
    if isinstance(truth.value, float) or isinstance(value, float):
        return isinstance(value, (int, float)) and isinstance(truth.value, (int, float)) and abs(value - truth.value) < 1e-6
    return value == truth.value
