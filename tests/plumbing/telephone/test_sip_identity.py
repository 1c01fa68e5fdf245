"""Caller id and called number as SIP messages tell them: every form, and every doubt."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.plumbing.telephone import Trunk
from madoguchi.plumbing.telephone.sip.identity import called_of, caller_of
from madoguchi.plumbing.telephone.sip.messages import Malformed, read_request, respond
from tests.plumbing.telephone.sip_peer import ASSERTED, CALLED, CALLER, SENDER, request

STRICT = Trunk("trunk", ("127.0.0.1",))
LENIENT = Trunk("trunk", ("127.0.0.1",), caller_from="asserted_or_from")


def caller(headers: str, sender: str = SENDER, trunk: Trunk = STRICT) -> str | None:
    incoming = read_request(request("INVITE", 5060, headers=headers, sender=sender))
    assert incoming is not None
    return caller_of(incoming.request, trunk)


@pytest.mark.requirement("LINK-26")
@pytest.mark.parametrize(
    "headers",
    [
        ASSERTED,
        "P-Asserted-Identity: <tel:+819000001234>",
        "P-Asserted-Identity: tel:+819000001234",
        "P-Asserted-Identity: <tel:09000001234;phone-context=+81>",
        "p-asserted-identity : <sip:09000001234@carrier.example>",
        "P-Asserted-Identity: <sip:819000001234@carrier.example>",
        'P-Asserted-Identity: "見本" <sip:09000001234@h.example>, <tel:+819000001234>',
        'P-Asserted-Identity: "a" <sip:09000001234@h.example>, "b" <tel:+819000001234>',
        f"{ASSERTED}\r\nP-Asserted-Identity: <tel:+819000001234>",
        f"{ASSERTED}\r\nPrivacy: none",
        f"{ASSERTED}\r\nPrivacy: session;critical",
        "P-Asserted-Identity:\r\n <sip:+819000001234@carrier.example>",
    ],
)
def test_the_asserted_identity_is_read_in_every_form(headers: str) -> None:
    """URIs of both schemes, national and international, named, listed, folded."""
    assert caller(headers) == CALLER


@pytest.mark.requirement("LINK-22", "LINK-26")
@pytest.mark.parametrize(
    "headers",
    [
        "",
        f"{ASSERTED}\r\nPrivacy: id",
        f"{ASSERTED}\r\nPrivacy : ID;critical",
        f"{ASSERTED}\r\nPrivacy: header",
        f"{ASSERTED}\r\nPrivacy: none\r\nPrivacy: user",
        f"{ASSERTED}\r\nPrivacy: none, id",
        f"{ASSERTED}\r\nPrivacy: something-new",
        "P-Asserted-Identity: <sip:anonymous@anonymous.invalid>",
        'P-Asserted-Identity: "Anonymous" <sip:+819000001234@carrier.example>',
        "P-Asserted-Identity: <sip:unavailable@carrier.example>",
        "P-Asserted-Identity: <sip:alice@carrier.example>",
        "P-Asserted-Identity:",
        "P-Asserted-Identity: <sip:+819000001234@carrier.example",
        "P-Asserted-Identity: <sip:+819000001234@h.example>, <tel:+819000005678>",
        f"{ASSERTED}\r\nP-Asserted-Identity: <tel:+819000005678>",
        f"{ASSERTED}\r\nP-Asserted-Identity: nonsense <",
        'P-Asserted-Identity: "a <sip:+819000001234@h.example>',
        "P-Asserted-Identity: tel:+819000005678, <sip:+819000001234@h.example>",
        "P-Preferred-Identity: <sip:+819000001234@carrier.example>",
        "Remote-Party-ID: <sip:+819000001234@carrier.example>",
    ],
)
@pytest.mark.parametrize("trunk", [STRICT, LENIENT])
def test_doubt_counts_as_withheld(headers: str, trunk: Trunk) -> None:
    """Privacy, anonymous, unreadable or contradicting identities: no caller, nor From instead."""
    told = "P-Asserted-Identity" in headers
    sender = '"x" <sip:anonymous@anonymous.invalid>' if trunk is LENIENT and not told else SENDER
    assert caller(headers, sender, trunk) is None


@pytest.mark.requirement("LINK-22", "LINK-26")
@pytest.mark.parametrize(
    "sender",
    [
        '"Anonymous" <sip:+819000001234@carrier.example>',
        "anonymous <sip:+819000001234@carrier.example>",
        '"非通知" <sip:+819000001234@carrier.example>',
        "<sip:anonymous@anonymous.invalid>",
        "<sip:+819000001234@anonymous.invalid>",
        "<sip:Unavailable@carrier.example>",
        "<sip:>",
        "nonsense <",
    ],
)
def test_an_anonymous_sender_stays_unknown_even_where_an_identity_is_asserted(sender: str) -> None:
    """Who asked to be anonymous is not known by another header."""
    assert caller(ASSERTED, sender) is None
    assert caller("", sender, LENIENT) is None


def test_from_is_read_only_where_the_setting_allows_it() -> None:
    """Without an assertion From counts on a trunk that is set so, and nowhere else."""
    assert caller("") is None
    assert caller("", trunk=LENIENT) == CALLER
    assert caller("", f'"A \\" B" {SENDER}', LENIENT) == CALLER


@pytest.mark.parametrize(
    ("uri", "to", "called_from", "called"),
    [
        ("sip:0120000001@h", "<sip:0120000002@h>", "request_uri", CALLED),
        ("sip:+81120000001@h;user=phone", "<sip:x@h>", "request_uri", CALLED),
        ("tel:+81-120-000-001", "<sip:x@h>", "request_uri", CALLED),
        ("sip:gateway@h", '"a" <sip:0120000001@h>', "to", CALLED),
        ("sip:0120000001@h", "<sip:gateway@h>", "to", None),
        ("sip:h.example", "<sip:0120000001@h>", "request_uri", None),
    ],
)
def test_the_called_number_is_read_where_the_setting_says(
    uri: str, to: str, called_from: str, called: str | None
) -> None:
    """From the Request-URI, or from To."""
    incoming = read_request(request("INVITE", 5060, uri=uri, to=to))
    assert incoming is not None
    trunk = Trunk("trunk", (), called_from="to" if called_from == "to" else "request_uri")
    assert called_of(incoming.request, trunk) == called


@pytest.mark.parametrize(
    ("peers", "address", "trusted"),
    [
        (("192.0.2.1",), "192.0.2.1", True),
        (("192.0.2.0/28",), "192.0.2.15", True),
        (("192.0.2.0/28",), "192.0.2.16", False),
        (("192.0.2.1",), "::ffff:192.0.2.1", True),
        (("2001:db8::/64",), "2001:db8::1%eth0", True),
        (("192.0.2.1",), "nonsense", False),
        ((), "192.0.2.1", False),
    ],
)
def test_only_the_carriers_addresses_are_trusted(
    peers: tuple[str, ...], address: str, trusted: bool
) -> None:
    """Single addresses and networks of both families; nothing where none is set."""
    assert Trunk("trunk", peers).trusts(address) is trusted


@settings(max_examples=50)
@given(st.binary(max_size=400), st.integers(0, 300))
def test_any_bytes_are_read_or_malformed(noise: bytes, position: int) -> None:
    """Noise in a message, wherever it stands, never raises anything else or lets a line through."""
    good = request("INVITE", 5060)
    try:
        incoming = read_request(good[:position] + noise + good[position:])
    except Malformed:
        return
    if incoming:
        caller_of(incoming.request, LENIENT)
        called_of(incoming.request, STRICT)
        assert incoming.call_id.isprintable()
        response = respond(incoming, 180, source=("127.0.0.1", 5060), tag="t")
        assert response.count(b"\r\n\r\n") == 1


def test_a_hostile_message_is_read_quickly() -> None:
    """Lines made to be slow to match cost next to nothing."""
    started = time.perf_counter()
    for headers in ("P-Asserted-Identity: <tel:+" + "1" * 990 + "x>", "A: " + "b" * 1000):
        assert caller("\r\n".join([headers] * 12)) is None
    with pytest.raises(Malformed):
        read_request(request("INVITE", 5060, uri="tel:+" + "1" * 980 + "x"))
    assert time.perf_counter() - started < 1
