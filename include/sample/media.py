"""Documents and materials: small, but what they claim to be."""

import struct
import zlib
from base64 import b64decode
from random import Random

from include.sample.writers import document

# A baseline picture of one grey dot; a comment segment is put behind its first two bytes, so that no two pictures are the same file.
_DOT = b64decode(
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////"
    "wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAACf/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AVN//2Q=="
)
_TOPICS = ("安全生产责任落实", "隐患排查治理", "安全宣传“五进”", "应急演练", "警示教育", "安全宣传咨询日", "安全培训", "举报奖励宣传")
_DEEDS = (
    "组织干部职工集中观看警示教育片，围绕典型事故案例开展讨论",
    "深入一线开展安全检查，对发现的问题当场交办、限时整改、逐项销号",
    "在社区广场设立咨询台，发放宣传手册，现场解答群众关心的安全问题",
    "结合行业特点开展应急救援演练，检验预案、锻炼队伍、提高处置能力",
    "利用电子显示屏、公众号和短视频平台持续推送安全常识",
    "由主要负责人讲授安全生产公开课，班组长和一线职工参加学习",
    "建立问题隐患和制度措施两个清单，明确责任人和整改时限",
)


def summary_text(unit: str, title: str, luck: Random) -> list[str]:
    """Return a report's paragraphs, the title first."""
    topics = luck.sample(_TOPICS, 3)
    paragraphs = [f"{unit}{title}", "按照通知要求，我单位高度重视，成立领导小组，制定工作方案，扎实推进各项工作，现将有关情况报告如下。"]
    for number, topic in zip("一二三", topics, strict=True):
        deeds = "；".join(luck.sample(_DEEDS, 2))
        held = f"共开展相关活动{luck.randint(2, 20)}场次，参与{luck.randint(60, 2000)}人次"
        paragraphs.append(f"{number}、扎实做好{topic}。{deeds}。活动期间{held}。")
    paragraphs.append("下一步，我单位将继续巩固活动成果，建立长效机制，坚决防范和遏制各类生产安全事故发生。")
    paragraphs.append(unit)
    return paragraphs


def docx_report(unit: str, title: str, luck: Random) -> bytes:
    """A Word report of real paragraphs."""
    return document(summary_text(unit, title, luck))


def png(luck: Random) -> bytes:
    """A valid picture of 16 x 12 dots in one colour."""
    colour = bytes(luck.randrange(256) for _ in range(3))
    raw = b"".join(b"\0" + colour * 16 for _ in range(12))

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 16, 12, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw, 9)) + chunk(b"IEND", b"")


def jpg(luck: Random) -> bytes:
    """A valid picture of one dot, told apart from the next by a comment."""
    comment = f"DSC{luck.randrange(100000):05d} {luck.random()}".encode()
    return _DOT[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + _DOT[2:]


def mp4(luck: Random) -> bytes:
    """A file of the right boxes (ftyp, moov, mdat) with noise for frames."""

    def box(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body) + 8) + kind + body

    header = struct.pack(">IIIII", 0, 0, 0, 1000, 5000) + struct.pack(">IH", 0x10000, 0x100) + bytes(70)
    return box(b"ftyp", b"isom\0\0\2\0isomiso2mp41") + box(b"moov", box(b"mvhd", header)) + box(b"mdat", luck.randbytes(600))


def pdf(lines: list[str], luck: Random) -> bytes:
    """A one-page file with a grey rectangle for the scanned page and Latin text only, as a scanner's output has no text of ours."""
    scan = f"{luck.random():.2f} g 40 40 515 760 re f 0 g BT /F1 12 Tf 60 780 Td ({' '.join(lines)}) Tj ET".encode("latin-1", "replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n" % len(scan) + scan + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)


def txt(unit: str, luck: Random) -> bytes:
    """A short note in UTF-8."""
    return f"{unit}：{luck.choice(_DEEDS)}，参与{luck.randint(30, 3000)}人次。\r\n".encode()
