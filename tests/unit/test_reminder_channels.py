"""Ways out: whom a channel serves, and that no password is ever said in the clear or to a stranger."""

import datetime as clock
import ipaddress
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from include.domain.reminder import AUTHORITY
from include.report.channels import Channel, Message, Undelivered, channels, mailbox_in, open_line

MESSAGE = Message(
    kind="reminder",
    to="dangban",
    title="【催报提醒】六月",
    text="党办：\n请报送。",
    brief="党办：请报送。",
    mailbox="dangban@ju.example",
    reply_to="office@ju.example",
    sender="住建局\r\nBcc: thief@b.example",
    sent_at=clock.datetime(2021, 6, 24, 9, tzinfo=clock.UTC),
    reference="abc",
)


class Server:
    """A mail server that keeps who logged in and what came."""

    def __init__(self) -> None:
        self.logins: list[tuple[str, str]] = []
        self.mails: list[bytes] = []
        self.port = 0

    def check(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password == b"p@ss/word", handled=False)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append(envelope.content)
        return "250 OK"


@contextmanager
def serving(**options: Any) -> Iterator[Server]:
    server = Server()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        server.port = probe.getsockname()[1]
    controller = Controller(server, hostname="127.0.0.1", port=server.port, authenticator=server.check, **options)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that nobody but this test trusts, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = clock.datetime.now(clock.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - clock.timedelta(days=1))
        .not_valid_after(now + clock.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "server.pem"
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return file


def context(certificate: Path) -> ssl.SSLContext:
    found = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    found.load_cert_chain(certificate)
    return found


def send(address: str) -> None:
    line = open_line(Channel(name="mail", address=address))
    try:
        line.send(MESSAGE)
    finally:
        line.close()


def test_a_password_is_never_given_to_a_server_without_encryption() -> None:
    with serving(auth_require_tls=False) as server:
        with pytest.raises(Undelivered) as refused:
            send(f"smtp://office%40ju.example:p%40ss%2Fword@127.0.0.1:{server.port}")
        assert refused.value.is_down
        assert "p@ss" not in str(refused.value)
        assert server.logins == []


def test_a_password_is_never_given_to_a_server_that_nobody_vouches_for(certificate: Path) -> None:
    with serving(tls_context=context(certificate)) as server:
        with pytest.raises(Undelivered, match="certificate"):
            send(f"smtp://office%40ju.example:p%40ss%2Fword@127.0.0.1:{server.port}")
        assert server.logins == []


def test_a_server_that_is_vouched_for_gets_the_password_and_the_mail(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with serving(tls_context=context(certificate), require_starttls=True) as server:
        send(f"smtp://office%40ju.example:p%40ss%2Fword@127.0.0.1:{server.port}")
    assert server.logins == [("office@ju.example", "p@ss/word")]
    (mail,) = server.mails
    assert b"thief" not in mail.split(b"\n\n")[0].split(b"From:")[0]
    assert b"\nBcc" not in mail


def test_encryption_from_the_first_byte_works_too(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with serving(ssl_context=context(certificate), auth_require_tls=False) as server:
        send(f"smtps://office%40ju.example:p%40ss%2Fword@127.0.0.1:{server.port}")
    assert len(server.mails) == 1


def test_a_wrong_password_is_told_without_it(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with serving(tls_context=context(certificate)) as server, pytest.raises(Undelivered) as refused:
        send(f"smtp://office%40ju.example:falsch@127.0.0.1:{server.port}")
    assert refused.value.is_down
    assert "535" in str(refused.value)
    assert "falsch" not in str(refused.value)


def test_a_connection_that_the_server_closed_is_opened_anew() -> None:
    with serving() as server:
        line = open_line(Channel(name="mail", address=f"smtp://127.0.0.1:{server.port}?security=none&from=office@ju.example"))
        line.send(MESSAGE)
        line.connection.close()  # type: ignore[attr-defined]
        line.send(MESSAGE)
        line.close()
    assert len(server.mails) == 2


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("smtp://127.0.0.1:1?security=none&from=a@b.example", "127.0.0.1:1"),
        ("smtp://127.0.0.1:99999?from=a@b.example", "SMTP"),
        ("smtp://127.0.0.1:25?security=sometimes", "security"),
        ("smtp://" + "x" * 70 + ".example:25?security=none&from=a@b.example", "连不上"),
        ("nonsense://x", "Apprise"),
        ("json://", "Apprise"),
    ],
)
def test_an_address_that_leads_nowhere_is_told(address: str, said: str) -> None:
    with pytest.raises(Undelivered, match=said) as fault:
        send(address)
    assert fault.value.is_down


def test_without_a_sender_nothing_is_sent() -> None:
    line = open_line(Channel(name="mail", address="smtp://127.0.0.1:25?security=none"))
    nobody = Message(**{name: getattr(MESSAGE, name) for name in Message.__slots__} | {"reply_to": ""})
    with pytest.raises(Undelivered, match="from="):
        line.send(nobody)


@pytest.mark.parametrize(
    ("channel", "served"),
    [
        (Channel(name="a", address="smtps://mail.example"), ["dangban", AUTHORITY]),
        (Channel(name="a", address="smtps://mail.example?to=boss@ju.example"), [AUTHORITY]),
        (Channel(name="a", address="mailto://u:p@mail.example?to={mailbox}"), ["dangban", AUTHORITY]),
        (Channel(name="a", address="wecombot://key"), [AUTHORITY]),
        (Channel(name="a", address="wecombot://key", serves=("dangban",)), ["dangban"]),
        (Channel(name="a", address="wecombot://key", serves=("*",)), ["dangban", AUTHORITY]),
        (Channel(name="a", address="wecombot://key", serves=("authority", "jia")), [AUTHORITY]),
        (Channel(name="a", address="smtps://mail.example", campaigns=("other",)), []),
        (Channel(name="a", address="smtps://mail.example", kinds=("demand",)), []),
    ],
)
def test_whom_a_channel_serves(channel: Channel, served: list[str]) -> None:
    assert [to for to in ("dangban", AUTHORITY) if channel.takes("beipiao-2021", "reminder", to)] == served


def test_bare_addresses_get_names_that_tell_no_secret() -> None:
    found, wrong = channels("smtps://u:geheim@mail.example  wecombot://geheimerschluessel smtps://v:anders@mail.example")
    assert wrong == ()
    assert [one.name.rpartition("-")[0] for one in found] == ["smtps", "wecombot", "smtps-mail.example"]
    assert "geheim" not in "".join(one.name for one in found) + repr(found)
    assert channels("") == ((), ())


@pytest.mark.parametrize("text", ["", "没有", "a@b", "a@b.example, c@d.example", "a@b.example\nBcc: c@d.example", "a b@c.example", "<a@b.example>"])
def test_what_is_no_single_mailbox_is_none(text: str) -> None:
    assert mailbox_in(text) == ""


def test_a_mailbox_is_taken_without_blanks_around_it() -> None:
    assert mailbox_in(" zhang.san@ju.example ") == "zhang.san@ju.example"
