"""The ways by which reminders reach people: mail by SMTP, and whatever Apprise knows (mail, WeCom, DingTalk, Feishu, webhooks).

BAOSONG_CHANNELS holds addresses separated by blanks, or names a YAML file outside the definitions, as addresses hold secrets:

    channels:
      - {name: mail, address: "smtps://user:password@mail.example:465?from=office@mail.example"}
      - {name: office-group, address: "wecombot://KEY"}
      - {name: dangban-group, address: "feishu://TOKEN", serves: [dangban], campaigns: [beipiao-2021]}
      - {name: platform, address: "jsons://platform.example/{unit}", kinds: [reminder, demand]}

An address that says {mailbox} or {unit}, or SMTP without a fixed `to`, is personal and serves everybody: units by the mailbox of their liaison, the
authority by its own. Any other is somebody's in particular, the authority's unless `serves` says whose. SMTP takes `from`, `to` and `security`
(`starttls` default, `tls` for smtps, `none`). What is wrong with a channel is told beside what was sent and stops nothing.
"""

import hashlib
import re
import smtplib
import ssl
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from logging import WARNING
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, parse_qs, quote, unquote, urlsplit

from include import settings
from include.catalogue.problem import Problem
from include.catalogue.strict import Parsed, build, compose, read_text
from include.domain.reminder import AUTHORITY, Kind
from include.domain.wordings import Strict
from include.exceptions import BaosongError

TIMEOUT_SECONDS = 20.0
_mailbox = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_EVERYBODY = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel(Strict):
    """One way out. `serves` names units, `authority` or `*` for everybody; `campaigns` and `kinds` narrow it, all where empty.

    The name stands in the records of what was sent: a channel that is renamed has sent nothing yet.
    """

    name: str
    address: str = field(repr=False)
    serves: tuple[str, ...] = ()
    campaigns: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()

    @property
    def is_personal(self) -> bool:
        """Whether the address is made out to whomever the message is for."""
        url = urlsplit(self.address)
        return "{mailbox}" in self.address or "{unit}" in self.address or (url.scheme in ("smtp", "smtps") and "to" not in parse_qs(url.query))

    @property
    def needs_mailbox(self) -> bool:
        """Whether nothing can be sent to somebody without a mailbox."""
        return self.is_personal and "{unit}" not in self.address

    def takes(self, campaign: str, kind: Kind, to: str) -> bool:
        """Whether a message of a campaign goes out here."""
        serves = self.serves or ((_EVERYBODY,) if self.is_personal else ("authority",))
        is_served = _EVERYBODY in serves or ("authority" if to == AUTHORITY else to) in serves
        return is_served and (not self.campaigns or campaign in self.campaigns) and (not self.kinds or kind in self.kinds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Channels(Strict):
    """The file of channels."""

    channels: tuple[Channel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as it goes out: `brief` says the same shortly, for channels that take little; `reference` is the same when it is sent again."""

    kind: Kind
    to: str
    title: str
    text: str
    brief: str
    mailbox: str
    reply_to: str
    sender: str
    sent_at: datetime
    reference: str


class Undelivered(BaosongError):
    """A message that a channel did not take; `is_down` where it would take no other either."""

    def __init__(self, reason: str, *, is_down: bool = False) -> None:
        super().__init__(reason)
        self.is_down = is_down


class Line(Protocol):
    """A channel in use."""

    def send(self, message: Message) -> None:
        """Hand a message over; Undelivered where it was not taken."""
        ...

    def close(self) -> None:
        """Hang up."""
        ...


def mailbox_in(text: str) -> str:
    """Return the mailbox that a text consists of, "" where it is anything else (none, several, something to smuggle into a mail's head)."""
    text = text.strip()
    return text if _mailbox.fullmatch(text) and len(text) <= 254 else ""


def channels(given: str) -> tuple[tuple[Channel, ...], tuple[str, ...]]:
    """Return the channels that BAOSONG_CHANNELS names and what is wrong with it."""
    given = given.strip()
    if not given:
        return (), ()
    if "://" in given:
        return _named(given.split()), ()
    file = settings.PROJECT / given
    folders = (settings.DEFINITIONS, *settings.current().definitions)
    if any(file.resolve().is_relative_to(folder.resolve()) for folder in folders):
        return (), (f"{file.name} 含有密钥，不能放在定义文件夹里 / channels hold secrets: keep their file outside the definitions",)
    return _of_file(file)


def _of_file(file: Path) -> tuple[tuple[Channel, ...], tuple[str, ...]]:
    problems: list[Problem] = []
    text = read_text(file, problems)
    node = compose(text, file, problems) if text is not None else None
    if node is None:
        return (), tuple(map(str, problems))
    parsed: Parsed[Channels] = build(Channels, node, file)
    seen: set[str] = set()
    for number, one in enumerate(parsed.value.channels):
        if one.name in seen:
            parsed.report(("channels", number, "name"), f"`{one.name}` 重复 / duplicate name `{one.name}`")
        seen.add(one.name)
    return (() if parsed.problems else parsed.value.channels), tuple(map(str, parsed.problems))


def _named(addresses: Iterable[str]) -> tuple[Channel, ...]:
    """Channels from bare addresses: each is called after its kind and a fingerprint that tells nothing of its secrets."""
    found = {}
    for address in addresses:
        url = urlsplit(address)
        mark = hashlib.sha256(address.encode()).hexdigest()[:8]
        name = f"{url.scheme}-{_host(url)}" if url.scheme in ("smtp", "smtps") else f"{url.scheme}-{mark}"
        name = name if name not in found else f"{name}-{mark}"
        found[name] = Channel(name=name, address=address)
    return tuple(found.values())


def _host(url: SplitResult) -> str:
    try:
        return url.hostname or ""
    except ValueError:
        return ""


def open_line(channel: Channel) -> Line:
    """Return a channel ready for use; nothing is connected, and no fault told, before the first message."""
    if urlsplit(channel.address).scheme in ("smtp", "smtps"):
        return _Mail(channel.address)
    return _Apprise(channel)


class _Mail:
    """SMTP, one connection for all messages of a run."""

    def __init__(self, address: str) -> None:
        url = urlsplit(address)
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        self.is_tls = url.scheme == "smtps" or query.get("security") == "tls"
        self.security = "tls" if self.is_tls else query.get("security", "starttls")
        self.wrong = "" if self.security in ("tls", "starttls", "none") else "security 只能是 starttls、tls、none / security is starttls, tls or none"
        self.host, self.port = "", 0
        try:
            self.host, self.port = url.hostname or "", url.port or (465 if self.is_tls else 25 if self.security == "none" else 587)
        except ValueError:
            self.wrong = "SMTP 地址写错了 / the SMTP address cannot be understood"
        self.user, self.password = unquote(url.username or ""), unquote(url.password or "")
        self.sender = mailbox_in(query.get("from", "")) or mailbox_in(self.user)
        self.fixed = mailbox_in(query.get("to", ""))
        self.connection: smtplib.SMTP | None = None

    def send(self, message: Message) -> None:
        """Send one mail; a connection that the server closed meanwhile is opened anew."""
        if self.wrong:
            raise Undelivered(self.wrong, is_down=True)
        mail = self._written(message)
        try:
            connection = self._connected()
        except (OSError, smtplib.SMTPException, ValueError) as error:
            self.close()
            raise Undelivered(f"连不上邮件服务器 {self.host}:{self.port}：{_why(error)}", is_down=True) from error
        try:
            connection.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            raise Undelivered(f"收件地址被拒：{message.mailbox}（{_why(next(iter(error.recipients.values()), error))}）") from error
        except smtplib.SMTPSenderRefused as error:
            raise Undelivered(f"发件地址被拒：{_why(error)}", is_down=True) from error
        except (OSError, smtplib.SMTPException, ValueError) as error:
            self.close()
            raise Undelivered(f"邮件没有发出：{_why(error)}") from error

    def close(self) -> None:
        """Say goodbye where somebody listens."""
        connection, self.connection = self.connection, None
        if connection is not None:
            try:
                connection.quit()
            except (OSError, smtplib.SMTPException):
                connection.close()

    def _connected(self) -> smtplib.SMTP:
        if self.connection is not None:
            try:
                if self.connection.noop()[0] == 250:
                    return self.connection
            except (OSError, smtplib.SMTPException):
                pass
            self.close()
        context = ssl.create_default_context()
        if self.is_tls:
            connection: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT_SECONDS, context=context)
        else:
            connection = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_SECONDS)
        self.connection = connection
        if self.security == "starttls":
            connection.starttls(context=context)
        if self.user:
            connection.login(self.user, self.password)
        return connection

    def _written(self, message: Message) -> EmailMessage:
        sender, to = self.sender or message.reply_to, self.fixed or message.mailbox
        if not sender:
            raise Undelivered("没有发件地址，请在 SMTP 地址里写 from= / no sender: say from= in the SMTP address", is_down=True)
        mail = EmailMessage(policy=SMTP_POLICY)
        try:
            mail["Subject"] = " ".join(message.title.split())
            mail["From"] = Address(display_name=" ".join(message.sender.split()), addr_spec=sender)
            mail["To"] = Address(addr_spec=to)
            if message.reply_to and message.reply_to != sender:
                mail["Reply-To"] = Address(addr_spec=message.reply_to)
        except (MessageError, ValueError) as error:
            raise Undelivered(f"地址不能用：{_why(error)}") from error
        mail["Date"] = format_datetime(message.sent_at)
        mail["Message-ID"] = f"<{message.reference}@{sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text, cte="base64")
        return mail


class _Apprise:
    """Whatever Apprise knows."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel

    def send(self, message: Message) -> None:
        """Hand over one message, shortly where the service takes little."""
        import apprise

        address = self.channel.address.replace("{mailbox}", quote(message.mailbox, safe="")).replace(
            "{unit}", quote(message.to or "authority", safe="")
        )
        asset = apprise.AppriseAsset(async_mode=False, secure_logging=True, storage_mode="memory")
        with apprise.LogCapture(level=WARNING, fmt="%(message)s") as log:  # type: ignore[no-untyped-call]
            service = apprise.Apprise.instantiate(address, asset=asset)
            if service is None:
                raise Undelivered("Apprise 不认识这个地址 / Apprise does not understand the address", is_down=True)
            # Limits are those of the service, in bytes to be on the safe side: a Chinese character has three.
            fits = len(message.title.encode()) + len(message.text.encode()) + 2 <= service.body_maxlen
            text = message.text if fits else message.brief
            if "overflow=" not in address:
                service.overflow_mode = apprise.OverflowMode.SPLIT
            everything = apprise.Apprise(asset=asset)
            everything.add(service)
            is_taken = everything.notify(title=message.title, body=text, body_format=apprise.NotifyFormat.TEXT)
            said = log.getvalue().strip()
        if not is_taken:
            raise Undelivered(self._without_secrets(said.splitlines()[-1] if said else "没有送达 / not delivered"))

    def close(self) -> None:
        """Nothing is kept open."""

    def _without_secrets(self, text: str) -> str:
        url = urlsplit(self.channel.address)
        secrets = {self.channel.address, url.netloc, url.password or "", unquote(url.password or ""), *url.path.split("/"), *url.query.split("&")}
        for secret in sorted((one for one in secrets if len(one) > 3), key=len, reverse=True):
            text = text.replace(secret, "***")
        return text


def _why(error: object) -> str:
    """An error in one short line."""
    if isinstance(error, smtplib.SMTPResponseException):
        error = (error.smtp_code, error.smtp_error)
    if isinstance(error, Sequence) and not isinstance(error, str | bytes):
        return " ".join(part.decode(errors="replace") if isinstance(part, bytes) else str(part) for part in error)[:200]
    return " ".join(str(error).split())[:200] or type(error).__name__
