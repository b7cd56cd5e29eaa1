"""The formats of a workbook (styles.xml): copies with a fill for marked cells, and those of the list sheet."""

from typing import Any

from lxml import etree

from include.report.marking.package import local, parse
from include.report.wide import BODY_FONT

# Two colours of ours alone, by which our marks are known and taken off again.
FILLS: dict[str, str] = {"error": "FFFFC2C9", "warning": "FFFFE8A1"}
# A solid fill shows no background: there the sender's own colour waits until our mark is taken off.
_UNDER = "01"


class Formats:
    """styles.xml while fills and formats are added to it; what is there keeps its number."""

    ORDER = ("numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "tableStyles", "colors", "extLst")

    def __init__(self, part: bytes | None, ns: str) -> None:
        self.ns = ns
        self.root = parse(part) if part else etree.fromstring(_EMPTY_STYLES.format(ns=ns).encode())
        self.formats = self.section("cellXfs")
        if not len(self.formats):
            self.append("cellXfs", '<xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>')
        self._marked: dict[tuple[int, str], int] = {}
        self._known: dict[str, dict[bytes, int]] = {}

    def section(self, name: str) -> Any:
        """The section of that name, made in its place where the file has none."""
        found = self.root.find(f"{{{self.ns}}}{name}")
        if found is None:
            found = etree.Element(f"{{{self.ns}}}{name}")
            later = self.ORDER[self.ORDER.index(name) + 1 :]
            at = next((i for i, child in enumerate(self.root) if local(child) in later), len(self.root))
            self.root.insert(at, found)
        return found

    def append(self, section: str, xml: str) -> int:
        """The number of an element of a counted section: of the one there that is the same, so that no copy's list piles up on the one before."""
        return self._put(section, etree.fromstring(f'<a xmlns="{self.ns}">{xml}</a>')[0])

    def _put(self, section: str, made: Any) -> int:
        into = self.section(section)
        known = self._known.get(section)
        if known is None:
            there = [child for child in into if isinstance(child.tag, str)]
            known = self._known[section] = {}
            for number, child in enumerate(there):
                known.setdefault(_looks(child), number)
        looks = _looks(made)
        if looks not in known:
            into.append(made)
            etree.cleanup_namespaces(into)
            known[looks] = sum(isinstance(child.tag, str) for child in into) - 1
            into.set("count", str(known[looks] + 1))
        return known[looks]

    def ours(self) -> set[int]:
        """The numbers of the formats that carry one of our fills, from an earlier return."""
        colours = {colour[-6:] for colour in FILLS.values()}
        fills = {str(number) for number in range(len(self.section("fills"))) if self._colours(str(number))[0][-6:].upper() in colours}
        return {number for number, xf in enumerate(self.formats) if xf.get("fillId") in fills} if fills else set()

    def without_mark(self, number: int) -> int:
        """The format that a marked one was made from, with the fill that was under ours as far as it can be told, else with none."""
        under = self._colours(self.formats[number].get("fillId"))[1]
        fill = 0
        if under.startswith(_UNDER):
            wanted = ("FF" + under[len(_UNDER) :]).upper()
            fills = range(len(self.section("fills")))
            fill = next((one for one in fills if self._colours(str(one))[0].upper() == wanted), 0) or self._fill(_solid(wanted))
        looks = self._but_fill(self.formats[number])
        like = (n for n, xf in enumerate(self.formats) if xf.get("fillId", "0") == str(fill) and self._but_fill(xf) == looks)
        found = next(like, None)
        return self._copied(number, fill) if found is None else found

    def _colours(self, fill: str | None) -> tuple[str, str]:
        """The foreground and background of a solid fill as hexadecimal ARGB, "" where they are not given so."""
        fills = self.section("fills")
        number = int(fill or 0)
        pattern = fills[number].find(f"{{{self.ns}}}patternFill") if number < len(fills) else None
        if pattern is None or pattern.get("patternType") != "solid":
            return "", ""
        found = (pattern.find(f"{{{self.ns}}}{name}") for name in ("fgColor", "bgColor"))
        fore, back = ((one.get("rgb") or "") if one is not None else "" for one in found)
        return fore, back

    @staticmethod
    def _but_fill(xf: Any) -> tuple[Any, ...]:
        attributes = sorted((k, v) for k, v in xf.attrib.items() if k not in ("fillId", "applyFill"))
        return (tuple(attributes), tuple(etree.tostring(child, method="c14n") for child in xf))

    def with_mark(self, number: int, severity: str) -> int:
        """The format of that number with the fill of a severity."""
        if (number, severity) not in self._marked:
            xf = self.formats[number if 0 <= number < len(self.formats) else 0]
            own = self._colours(xf.get("fillId"))[0]
            self._marked[number, severity] = self._copied(number, self._fill(_solid(FILLS[severity], _UNDER + own[-6:] if own else "")))
        return self._marked[number, severity]

    def _fill(self, xml: str) -> int:
        if not len(self.section("fills")):
            # The first two fills are reserved in every workbook.
            self.append("fills", '<fill><patternFill patternType="none"/></fill>')
            self.append("fills", '<fill><patternFill patternType="gray125"/></fill>')
        return self.append("fills", xml)

    def _copied(self, number: int, fill: int) -> int:
        source = self.formats[number if 0 <= number < len(self.formats) else 0]
        made = etree.fromstring(etree.tostring(source))
        made.tail = None
        made.set("fillId", str(fill))
        made.set("applyFill", "1")
        return self._put("cellXfs", made)

    def text(self, *, size: float = 10.5, bold: bool = False, colour: str = "", underline: bool = False, fill: str = "", border: bool = False,
             centre: bool = False, font: str = BODY_FONT) -> int:  # fmt: skip
        """A format for the list sheet."""
        look = ("<b/>" if bold else "") + ("<u/>" if underline else "") + f'<sz val="{size}"/>' + (f'<color rgb="{colour}"/>' if colour else "")
        font_number = self.append("fonts", f'<font>{look}<name val="{font}"/></font>')
        fill_number = 0
        if fill:
            fill_number = self._fill(_solid(fill))
        border_number = 0
        if border:
            line = 'style="thin"><color rgb="FFB0B7C3"/></'
            border_number = self.append(
                "borders", "<border>" + "".join(f"<{side} {line}{side}>" for side in ("left", "right", "top", "bottom")) + "<diagonal/></border>"
            )
        across = "center" if centre else "left"
        applied = " ".join(f'apply{what}="1"' for what in ("NumberFormat", "Font", "Fill", "Border", "Alignment"))
        return self.append(
            "cellXfs",
            f'<xf numFmtId="49" fontId="{font_number}" fillId="{fill_number}" borderId="{border_number}" {applied}>'
            f'<alignment horizontal="{across}" vertical="center" wrapText="1"/></xf>',
        )


def _looks(element: Any) -> bytes:
    """What an element says, whatever prefixes its file uses."""
    attributes = sorted(element.attrib.items())
    return repr(
        (local(element), attributes, (element.text or "").strip(), [_looks(child) for child in element if isinstance(child.tag, str)])
    ).encode()


def _solid(colour: str, under: str = "") -> str:
    behind = f'rgb="{under}"' if under else 'indexed="64"'
    return f'<fill><patternFill patternType="solid"><fgColor rgb="{colour}"/><bgColor {behind}/></patternFill></fill>'


_EMPTY_STYLES = (
    '<styleSheet xmlns="{ns}"><fonts count="1"><font><sz val="11"/><name val="宋体"/></font></fonts><fills count="2">'
    '<fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
