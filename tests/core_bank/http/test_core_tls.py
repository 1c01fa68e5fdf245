"""TLS to the gateway: verified, with a client certificate where one is set (CORE-03)."""

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from madoguchi.core_bank import CoreFailure, CoreUnavailable
from madoguchi.core_bank.http.gateway import core_gateway
from tests.core_bank.contract import BANK, reading
from tests.core_bank.http.serving import TOKEN, core_over_http, served
from tests.core_bank.stages import FakeStage
from tests.support.clock import SettableClock


def certify(folder: Path, name: str, host: str = "127.0.0.1") -> tuple[str, str]:
    """Write a certificate that vouches for itself, and its key; return their paths."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    crt, pem = folder / f"{name}.pem", folder / f"{name}.key"
    crt.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return str(crt), str(pem)


@pytest.mark.requirement("CORE-03")
async def test_tls_is_verified_both_ways(clock: SettableClock, tmp_path: Path) -> None:
    """A gateway that nobody vouches for, or of another name, is not spoken to; nor we without ours.

    With the right authority and our certificate, the core is asked.
    """
    stage = FakeStage(clock)
    account = await stage.open_account()
    gateway = core_gateway(stage.core, institutions=(BANK,), tokens=(TOKEN,), clock=clock)
    server, ours = certify(tmp_path, "server"), certify(tmp_path, "ours")
    elsewhere = certify(tmp_path, "elsewhere", "127.0.0.9")
    known: dict[str, str] = {"client_certificate": ours[0], "client_key": ours[1]}

    async def asked(served_as: tuple[str, str], **more: Any) -> object:
        tls = {
            "ssl_certfile": served_as[0], "ssl_keyfile": served_as[1], "ssl_ca_certs": ours[0],
            "ssl_cert_reqs": ssl.CERT_REQUIRED,
        }  # fmt: skip
        async with served(gateway, **tls) as port:
            url = f"https://127.0.0.1:{port}"
            async with core_over_http(port, clock, tmp_path, url=url, **more) as core:
                try:
                    return await core.account(reading(stage), account.id)
                except CoreUnavailable as error:
                    return error.kind

    assert await asked(server, ca_file=server[0], **known) == account
    assert await asked(server, **known) is CoreFailure.LINK_FAILED
    assert await asked(elsewhere, ca_file=elsewhere[0], **known) is CoreFailure.LINK_FAILED
    assert await asked(server, ca_file=server[0]) is CoreFailure.LINK_FAILED
