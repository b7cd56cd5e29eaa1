"""Comments on cells: the words (comments part) and the drawing without which no program shows them (VML part)."""

import posixpath
import re
from collections.abc import Mapping
from typing import Any

from lxml import etree

from include.report.address import cells_of, letters_of
from include.report.marking.package import CannotMark, Package, clean, local, parse, to_bytes
from include.report.wide import BODY_FONT, lines_of

AUTHOR = "报送系统"
COMMENT_HEAD = "【退回修改意见】"
_COMMENTS_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_VML_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"
# What stands behind `legacyDrawing` in a worksheet, by the schema's order.
_AFTER_LEGACY = {"legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts", "extLst", "AlternateContent"}
# Shapes are numbered in blocks of this many; a drawing owns whole blocks.
_BLOCK = 1024
Cell = tuple[int, int]


def comment(package: Package, ns: str, part: str, root: Any, texts: Mapping[Cell, str]) -> None:
    """Put a comment on each cell of a sheet, below the sender's own where there is one; `root` is the sheet's element and may gain a reference."""
    tag = f"{{{ns}}}"
    words_part = package.related(part, kind="comments")
    if words_part is None:
        folder = posixpath.dirname(posixpath.dirname(part))
        words_part = package.free(posixpath.join(folder, "comments_return"), ".xml")
        package.relate(part, "comments", words_part)
        package.announce(words_part, _COMMENTS_TYPE)
        comments = etree.fromstring(f'<comments xmlns="{ns}"><authors/><commentList/></comments>')
    else:
        comments = parse(package.part(words_part))
    authors, listed = comments.find(f"{tag}authors"), comments.find(f"{tag}commentList")
    if authors is None or listed is None:
        raise CannotMark("comments without authors")
    is_threaded = package.related(part, kind="threadedComment") is not None
    names = [author.text or "" for author in authors]
    existing = {cells[0]: one for one in listed if (cells := cells_of(one.get("ref") or ""))}
    new: list[Cell] = []
    for cell in sorted(texts):
        one = existing.get(cell)
        if one is not None:
            number = int(one.get("authorId") or 0)
            # A thread's comment is a mere copy that Excel writes anew; the fill has to do.
            if not (is_threaded and number < len(names) and names[number].startswith("tc=")):
                _say(one, ns, "\n" + texts[cell])
            continue
        if AUTHOR not in names:
            etree.SubElement(authors, f"{tag}author").text = AUTHOR
            names.append(AUTHOR)
        one = etree.SubElement(listed, f"{tag}comment")
        one.set("ref", f"{letters_of(cell[1])}{cell[0] + 1}")
        one.set("authorId", str(names.index(AUTHOR)))
        _say(one, ns, texts[cell])
        new.append(cell)
    package.changed[words_part] = to_bytes(comments)
    if new:
        _draw(package, ns, part, root, {cell: texts[cell] for cell in new})


def uncomment(package: Package, ns: str, part: str) -> None:
    """Take our earlier comments off a sheet; what the sender wrote beside them stays."""
    words_part = package.related(part, kind="comments")
    if words_part is None or COMMENT_HEAD.encode() not in package.part(words_part):
        return
    comments = parse(package.part(words_part))
    listed = comments.find(f"{{{ns}}}commentList")
    gone: set[Cell] = set()
    for one in list(listed if listed is not None else ()):
        words = list(one.iter(f"{{{ns}}}t"))
        text = "".join(element.text or "" for element in words)
        left = text.find(COMMENT_HEAD)
        if left < 0:
            continue
        # Some programs put the author's name in front of the words.
        if not text[:left].strip().removeprefix(AUTHOR).strip(" :：\n"):
            gone.update(cells_of(one.get("ref") or "")[:1])
            listed.remove(one)
            continue
        for element in words:
            long = len(element.text or "")
            element.text = (element.text or "")[: max(0, left)].rstrip("\n") if left < long else element.text
            left -= long
    package.changed[words_part] = to_bytes(comments)
    # A picture in the page's head has a drawing of the same kind.
    named = re.search(rb"<(?:\w+:)?legacyDrawing\b[^>]*?:id=[\"']([^\"']+)", package.part(part))
    drawing = package.related(part, identity=named[1].decode()) if named is not None else None
    if gone and drawing is not None:
        text = package.part(drawing).decode("utf-8-sig", "surrogateescape")
        package.changed[drawing] = _without(text, gone).encode("utf-8", "surrogateescape")


def _say(one: Any, ns: str, text: str) -> None:
    holder = one.find(f"{{{ns}}}text")
    if holder is None:
        holder = etree.Element(f"{{{ns}}}text")
        one.insert(0, holder)
    run = etree.Element(f"{{{ns}}}r")
    style = etree.SubElement(run, f"{{{ns}}}rPr")
    for name, value in (("sz", "9"), ("rFont", BODY_FONT)):
        etree.SubElement(style, f"{{{ns}}}{name}").set("val", value)
    words = etree.SubElement(run, f"{{{ns}}}t")
    words.text = clean(text)
    words.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    before = [child for child in holder if local(child) in ("t", "r")]
    if before:
        before[-1].addnext(run)
    else:
        holder.insert(0, run)


def _draw(package: Package, ns: str, part: str, root: Any, texts: Mapping[Cell, str]) -> None:
    """Draw new notes: into the sheet's own VML part where there is one."""
    legacy = root.find(f"{{{ns}}}legacyDrawing")
    drawing = package.related(part, identity=legacy.get(f"{{{package.office}}}id")) if legacy is not None else None
    if drawing is not None:
        text = package.part(drawing).decode("utf-8-sig", "surrogateescape")
        end = text.rfind("</xml>")
        if end < 0:
            raise CannotMark("a drawing of notes is not understood")
        used = [int(number) for number in re.findall(r"_x0000_s(\d{3,9})", text)]
        names = "" if all(f"xmlns:{prefix}=" in text[: text.find(">", text.find("<xml"))] for prefix in "vox") else _NAMES
        shapes = _shapes(texts, max(used, default=_free_block(package) * _BLOCK) + 1, with_type="_x0000_t202" not in text, names=names)
        package.changed[drawing] = (text[:end] + shapes + text[end:]).encode("utf-8", "surrogateescape")
        return
    drawing = package.free(posixpath.join(posixpath.dirname(posixpath.dirname(part)), "drawings", "return"), ".vml")
    block = _free_block(package)
    blocks = ",".join(str(block + number) for number in range(len(texts) // _BLOCK + 1))
    layout = f'<o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="{blocks}"/></o:shapelayout>'
    package.changed[drawing] = (_VML_HEAD + layout + _shapes(texts, block * _BLOCK + 1, with_type=True) + "</xml>").encode()
    package.announce_ending("vml", _VML_TYPE)
    identity = package.relate(part, "vmlDrawing", drawing)
    if legacy is None:
        legacy = etree.Element(f"{{{ns}}}legacyDrawing", nsmap={"r": package.office})
        root.insert(next((at for at, child in enumerate(root) if local(child) in _AFTER_LEGACY), len(root)), legacy)
    legacy.set(f"{{{package.office}}}id", identity)


def _free_block(package: Package) -> int:
    """A block of shape numbers that no drawing of notes has taken."""
    taken = {0}
    for name in package.names():
        if name.endswith(".vml"):
            for data in re.findall(rb'idmap[^>]*\bdata="([\d, ]*)"', package.part(name)):
                taken.update(int(number) for number in re.findall(rb"\d+", data))
    return max(taken) + 1


def _shapes(texts: Mapping[Cell, str], first: int, *, with_type: bool, names: str = "") -> str:
    """The notes as shapes; `names` declares the prefixes where the drawing's own root does not."""
    found = [_VML_TYPE_202.replace("<v:shapetype ", f"<v:shapetype {names}")] if with_type else []
    for number, ((row, column), text) in enumerate(sorted(texts.items())):
        lines = min(30, 1 + lines_of(text, 40))
        left, top = min(column + 1, 16_379), max(0, row - 1)
        anchor = f"{left}, 15, {top}, 4, {left + 3}, 60, {top + max(3, lines * 13 // 15)}, 4"
        found.append(
            f'<v:shape {names}id="_x0000_s{first + number}" type="#_x0000_t202" style="position:absolute;margin-left:80pt;margin-top:5pt;width:240pt;'
            f'height:{lines * 13}pt;z-index:{number + 1};visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/>'
            '<v:shadow on="t" color="black" obscured="t"/><v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto">'
            '<div style="text-align:left"></div></v:textbox><x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
            f"<x:Anchor>{anchor}</x:Anchor><x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
        )
    return "".join(found)


def _without(drawing: str, cells: set[Cell]) -> str:
    def kept(found: re.Match[str]) -> str:
        row = re.search(r"<x:Row>\s*(\d+)\s*</x:Row>", found.group())
        column = re.search(r"<x:Column>\s*(\d+)\s*</x:Column>", found.group())
        is_gone = "Note" in found.group() and row is not None and column is not None and (int(row[1]), int(column[1])) in cells
        return "" if is_gone else found.group()

    return re.sub(r"<v:shape\b.*?</v:shape>", kept, drawing, flags=re.DOTALL)


_NAMES = 'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:x="urn:schemas-microsoft-com:office:excel" '
_VML_HEAD = f"<xml {_NAMES.strip()}>"
_VML_TYPE_202 = (
    '<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/>'
    '<v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)
