"""Mail: addresses, composing, and handing over to a real SMTP server."""

import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.plumbing.mail import (
    Accepted,
    AddressUnusable,
    PermanentFailure,
    SmtpServer,
    SmtpTransport,
    TemporaryFailure,
    Uncertain,
    compose,
    parse_address,
)
from tests.support.smtp_server import SampleSmtpServer, smtp_server

pytestmark = pytest.mark.requirement("MAIL-01")


def mail(to: str = "taro@example.jp", subject: str = "件名", name: str = "") -> EmailMessage:
    return compose(
        sender=parse_address("info@sample.example.jp", name),
        to=parse_address(to),
        subject=subject,
        text="本文\n.\nend",
        html="<p>本文</p>",
        message_id="<1@example.jp>",
        at=datetime(2026, 11, 20, tzinfo=UTC),
        language="ja",
    )


@pytest.fixture
async def server(free_port: int) -> AsyncIterator[SampleSmtpServer]:
    """A running SMTP server."""
    async with smtp_server(free_port) as running:
        yield running


def transport(port: int) -> SmtpTransport:
    return SmtpTransport(SmtpServer("127.0.0.1", port, security="none", timeout_seconds=1))


async def test_a_mail_arrives_as_it_was_composed(server: SampleSmtpServer) -> None:
    """Both texts, the subject in Japanese and the institution's name arrive whole."""
    sent = mail(name="サンプル信用組合")
    assert await transport(server.port).deliver(sent) == Accepted()
    [received] = server.received
    assert received["Subject"] == "件名"
    assert received["From"].addresses[0].display_name == "サンプル信用組合"
    assert received["Message-ID"] == "<1@example.jp>"
    assert received["Date"] == "Fri, 20 Nov 2026 09:00:00 +0900"
    plain = received.get_body(("plain",))
    html = received.get_body(("html",))
    assert plain
    assert plain.get_content().splitlines() == ["本文", ".", "end"]
    assert html
    assert html.get_content().strip() == "<p>本文</p>"
    assert server.envelopes == [("info@sample.example.jp", ["taro@example.jp"])]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"recipient_answers": ["450 4.2.2 full"]}, TemporaryFailure("RCPT TO: 450 4.2.2")),
        (
            {"recipient_answers": ["550 5.1.1 <taro@example.jp>"]},
            PermanentFailure("RCPT TO: 550 5.1.1"),
        ),
        ({"recipient_answers": [None]}, TemporaryFailure("RCPT TO: SMTPServerDisconnected")),
        ({"mail_answers": ["550 5.7.1 who"]}, TemporaryFailure("MAIL FROM: 550 5.7.1")),
        ({"data_answers": ["451 later"]}, TemporaryFailure("DATA: 451")),
        ({"data_answers": ["554 5.6.0 no"]}, PermanentFailure("DATA: 554 5.6.0")),
        ({"data_answers": [None]}, Uncertain("DATA: SMTPServerDisconnected")),
    ],
)
async def test_what_the_server_does_is_told_apart(
    server: SampleSmtpServer, answers: dict[str, list[str | None]], expected: object
) -> None:
    """4xx may be tried again, 5xx is a bounce, a refused sender is our mistake.

    Silence after DATA is unknown.
    """
    for name, values in answers.items():
        setattr(server, name, values)
    assert await transport(server.port).deliver(mail()) == expected


async def test_a_server_that_is_not_there_is_temporary(free_port: int) -> None:
    """Where nobody listens, or the password's file is missing, nothing was sent."""
    assert isinstance(await transport(free_port).deliver(mail()), TemporaryFailure)
    broken = SmtpServer("127.0.0.1", free_port, username="a", password="file:/nowhere")
    assert isinstance(await SmtpTransport(broken).deliver(mail()), TemporaryFailure)


async def test_a_server_without_tls_gets_nothing_where_tls_is_set(server: SampleSmtpServer) -> None:
    """STARTTLS is demanded, not tried: without it, no mail and no password goes out."""
    strict = SmtpServer("127.0.0.1", server.port, security="starttls", timeout_seconds=1)
    assert isinstance(await SmtpTransport(strict).deliver(mail()), TemporaryFailure)
    assert server.received == []


@dataclass
class Certificate:
    """A self-signed certificate for 127.0.0.1, as files."""

    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    """A certificate that only its own file vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.example.jp")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    files = Certificate(tmp_path / "certificate.pem", tmp_path / "key.pem")
    files.certificate.write_bytes(made.public_bytes(Encoding.PEM))
    files.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files


@pytest.mark.requirement("SEC-04")
async def test_tls_and_log_in(free_port: int, certificate: Certificate, tmp_path: Path) -> None:
    """Over STARTTLS, to a server that is the right one, with the password of the file; else not."""
    password = tmp_path / "password"
    password.touch(0o600)
    password.write_text("correct\n")

    def judge(server: object, session: object, envelope: object, way: str, given: object) -> object:
        right = isinstance(given, LoginPassword) and given.password == b"correct"
        return AuthResult(success=right, handled=False)

    settings = SmtpServer(
        "127.0.0.1", free_port, "starttls", "madoguchi", f"file:{password}", timeout_seconds=2,
        ca_file=str(certificate.certificate),
    )  # fmt: skip
    options = {"tls_context": certificate.context(), "authenticator": judge, "auth_required": True}
    async with smtp_server(free_port, **options) as server:
        assert await SmtpTransport(settings).deliver(mail()) == Accepted()
        stranger = replace(settings, ca_file="")
        failed = await SmtpTransport(stranger).deliver(mail())
        assert isinstance(failed, TemporaryFailure)
        assert "SSLCertVerificationError" in failed.reason
        password.write_text("wrong")
        failed = await SmtpTransport(settings).deliver(mail())
        assert failed == TemporaryFailure("connect: 535 5.7.8")
        assert len(server.received) == 1


@pytest.mark.parametrize(
    "address",
    [
        "", "taro", "taro@", "@example.jp", "taro@localhost", "a b@example.jp", "a@b@example.jp",
        "taro@example.jp\r\nBcc: x@example.com", "taro@exam\nple.jp", "太郎@example.jp",
        "<taro@example.jp>", "taro@example.jp,other@example.jp", "a" * 65 + "@example.jp",
        'x"y@example.jp', "taro@-a.jp", "taro@[192.0.2.1]", "taro\0@example.jp",
    ],
)  # fmt: skip
def test_unusable_addresses_are_refused(address: str) -> None:
    """What is no single mail address of the common form is refused."""
    with pytest.raises(AddressUnusable):
        parse_address(address)


@pytest.mark.parametrize(
    ("address", "envelope"),
    [
        ("taro@example.jp", "taro@example.jp"),
        (" Taro@Example.JP ", "Taro@example.jp"),
        ("ta..ro.@docomo.example.jp", "ta..ro.@docomo.example.jp"),
        ("taro@見本.example.jp", "taro@xn--psss20b.example.jp"),
    ],
)
async def test_addresses_that_exist_in_japan_work(
    server: SampleSmtpServer, address: str, envelope: str
) -> None:
    """Dots where RFC 5321 wants quotes, and domains in Japanese, arrive (the server unquotes)."""
    if "xn--" in envelope:
        envelope = "taro@" + "見本.example.jp".encode("idna").decode()
    assert await transport(server.port).deliver(mail(address)) == Accepted()
    assert server.envelopes[0][1] == [envelope]


@given(st.text(max_size=60), st.text(max_size=60))
@settings(max_examples=50)
def test_no_text_adds_a_header(subject: str, name: str) -> None:
    """Whatever stands in a subject or a name, the mail has its own headers and one recipient."""
    for text in (subject, f"x\r\nBcc: evil@example.com\r\n\r\n{subject}"):
        message = mail(subject=text, name=name)
        raw = message.as_bytes()
        head = raw.split(b"\r\n\r\n", 1)[0]
        names = [
            line.split(b":")[0] for line in head.split(b"\r\n") if line[:1] not in (b" ", b"\t")
        ]
        assert sorted(names) == sorted(name.encode() for name in message)
        assert b"Bcc" not in names
