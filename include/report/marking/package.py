"""A workbook as a package of parts: what is read from the zip, what changes, and the relations between parts."""

import io
import posixpath
import re
import zipfile
from typing import Any
from urllib.parse import unquote

from lxml import etree

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_OFFICE = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_CONTENT_TYPES = "[Content_Types].xml"
MOST_UNPACKED = 400_000_000
MOST_PARTS = 20_000
_parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_blank_text=False, huge_tree=True)
_illegal = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class CannotMark(Exception):
    """The original is no workbook whose parts can be changed; its sender gets the list alone."""


def parse(part: bytes) -> Any:
    """Parse a part; CannotMark if it declares entities."""
    if b"<!DOCTYPE" in part[:4096] or b"<!ENTITY" in part[:65536]:
        raise CannotMark("a part declares entities")
    return etree.fromstring(part, _parser)


def to_bytes(root: Any) -> bytes:
    """Return an element as a part."""
    result: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return result


def local(element: Any) -> str:
    """Return an element's name without its namespace, "" for a comment."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def clean(text: str) -> str:
    """Return the text without what XML cannot carry, at a length that a cell can hold."""
    return _illegal.sub("", text)[:32_000]


def _new(name: str, namespace: str) -> Any:
    return etree.fromstring(f'<{name} xmlns="{namespace}"/>')


class Package:
    """The parts of one workbook; `changed` holds those that differ from the original, new ones among them."""

    def __init__(self, original: bytes) -> None:
        self._archive = zipfile.ZipFile(io.BytesIO(original))
        self._entries = self._archive.infolist()
        if sum(entry.file_size for entry in self._entries) > MOST_UNPACKED or len(self._entries) > MOST_PARTS:
            raise CannotMark("unpacks to too much")
        if any(entry.flag_bits & 1 for entry in self._entries):
            raise CannotMark("is encrypted")
        self._real = {self.canonical(entry.filename): entry.filename for entry in self._entries}
        if len(self._real) != len(self._entries):
            raise CannotMark("names a part twice")
        self.changed: dict[str, bytes] = {}
        self._rels: dict[str, Any] = {}
        self._types = parse(self.part(_CONTENT_TYPES))
        self.office = OFFICE

    @staticmethod
    def canonical(name: str) -> str:
        """A part's name as packages compare it: without regard to case."""
        return name.replace("\\", "/").lstrip("/").lower()

    def has(self, part: str) -> bool:
        """Whether there is such a part."""
        return part in self.changed or self.canonical(part) in self._real

    def part(self, part: str) -> bytes:
        """A part as it is now; KeyError if there is none."""
        return self.changed[part] if part in self.changed else self._archive.read(self._real[self.canonical(part)])

    def names(self) -> list[str]:
        """The names of all parts, in lower case those of the original."""
        return [*self._real, *(name for name in self.changed if self.canonical(name) not in self._real)]

    def free(self, stem: str, ending: str) -> str:
        """A part's name that is not taken: stem, a number, ending."""
        number = 1
        while self.has(f"{stem}{number}{ending}"):
            number += 1
        return f"{stem}{number}{ending}"

    @staticmethod
    def _rels_part(part: str) -> str:
        folder, name = posixpath.split(part)
        return posixpath.join(folder, "_rels", f"{name}.rels")

    def relations(self, part: str) -> Any:
        """The relations of a part ("" for the package's own), to be changed in place."""
        path = self._rels_part(part)
        if path not in self._rels:
            self._rels[path] = parse(self.part(path)) if self.has(path) else _new("Relationships", _RELS)
        return self._rels[path]

    def without_relations(self, part: str) -> None:
        """Forget what a part refers to."""
        if self.has(self._rels_part(part)):
            self._rels[self._rels_part(part)] = _new("Relationships", _RELS)

    @staticmethod
    def resolved(part: str, target: str) -> str:
        """The part that a relation's target means, seen from `part`."""
        target = unquote(target).replace("\\", "/")
        return target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(posixpath.dirname(part), target))

    def related(self, part: str, *, kind: str = "", identity: str | None = None) -> str | None:
        """The part at the other end of the first relation of a kind, or of the one with that id; None if there is none in this package."""
        if not self.has(self._rels_part(part)) and self._rels_part(part) not in self._rels:
            return None
        for relation in self.relations(part):
            is_it = relation.get("Id") == identity if identity is not None else (relation.get("Type") or "").endswith(f"/{kind}")
            if is_it and relation.get("TargetMode") != "External":
                target = self.resolved(part, relation.get("Target") or "")
                return target if self.has(target) else None
        return None

    def kind_of(self, part: str, identity: str | None) -> str:
        """The kind of the relation with that id: the last word of its type."""
        return next((str(one.get("Type")).rsplit("/", 1)[-1] for one in self.relations(part) if one.get("Id") == identity), "")

    def relate(self, part: str, kind: str, target: str) -> str:
        """Add a relation from a part to another and return its id."""
        relations = self.relations(part)
        taken = {relation.get("Id") for relation in relations}
        number = 1
        while f"rId{number}" in taken:
            number += 1
        made = etree.SubElement(relations, f"{{{_RELS}}}Relationship")
        made.set("Id", f"rId{number}")
        made.set("Type", f"{self.office}/{kind}")
        made.set("Target", posixpath.relpath(target, posixpath.dirname(part) or "."))
        return f"rId{number}"

    def announce(self, part: str, kind: str) -> None:
        """Say of what kind a part is."""
        for override in self._types.findall(f"{{{_TYPES}}}Override"):
            if self.canonical(override.get("PartName") or "") == self.canonical(part):
                override.set("ContentType", kind)
                return
        made = etree.SubElement(self._types, f"{{{_TYPES}}}Override")
        made.set("PartName", f"/{part}")
        made.set("ContentType", kind)

    def announce_ending(self, ending: str, kind: str) -> None:
        """Say of what kind parts of an ending are, where nothing is said yet."""
        if ending in {(one.get("Extension") or "").lower() for one in self._types.findall(f"{{{_TYPES}}}Default")}:
            return
        made = etree.Element(f"{{{_TYPES}}}Default")
        made.set("Extension", ending)
        made.set("ContentType", kind)
        self._types.insert(0, made)

    def saved(self) -> bytes:
        """Return the package: every part in its old place and with its old time, changed or not, new ones behind them."""
        self.changed[_CONTENT_TYPES] = to_bytes(self._types)
        for path, relations in self._rels.items():
            before = etree.tostring(parse(self.part(path)), method="c14n") if self.has(path) else b""
            if len(relations) + len(before) and etree.tostring(relations, method="c14n") != before:
                self.changed[path] = to_bytes(relations)
        by_real = {self._real[self.canonical(part)]: content for part, content in self.changed.items() if self.canonical(part) in self._real}
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy:
            for entry in self._entries:
                info = zipfile.ZipInfo(entry.filename, entry.date_time)
                info.compress_type = zipfile.ZIP_STORED if entry.compress_type == zipfile.ZIP_STORED else zipfile.ZIP_DEFLATED
                info.external_attr = entry.external_attr
                content = by_real.get(entry.filename)
                copy.writestr(info, self._archive.read(entry) if content is None else content)
            for part in sorted(part for part in self.changed if self.canonical(part) not in self._real):
                info = zipfile.ZipInfo(part, (1980, 1, 1, 0, 0, 0))
                info.compress_type = zipfile.ZIP_DEFLATED
                copy.writestr(info, self.changed[part])
        return target.getvalue()
