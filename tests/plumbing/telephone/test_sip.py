"""The SIP gateway with real peers: SIPp as the carrier, a bare socket for what SIPp cannot do."""

import asyncio
import contextlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from madoguchi.plumbing.telephone import IncomingCall, Timers, Trunk
from tests.plumbing.telephone.sip_peer import (
    ASSERTED,
    CALLED,
    CALLER,
    RING_SECONDS,
    TRUNK,
    Line,
    Peer,
    header,
    listening,
    needs_sipp,
    request,
)

FORGED = "<sip:+819099999999@carrier.example>"
NO_IDENTITY = "X-Identity: none"


@needs_sipp
@pytest.mark.requirement("LINK-21", "LINK-26")
@pytest.mark.parametrize("transport", ["u1", "t1"])
async def test_a_call_rings_is_refused_and_counts(transport: str) -> None:
    """SIPp sees 100, 180, 486, never 200, over UDP and TCP; the call counts after the rings."""
    async with listening() as line:
        assert await line.sipp("refused", "-m", "1", "-t", transport) == ""
        [call] = line.calls
    assert (call.gateway, call.called, call.caller) == ("trunk", CALLED, CALLER)
    assert call.counted_at is not None
    assert call.counted_at - call.arrived_at >= timedelta(seconds=RING_SECONDS - 0.01)
    assert call.counted_at - call.arrived_at < timedelta(seconds=RING_SECONDS + 2)
    assert datetime.now(UTC) - call.arrived_at < timedelta(seconds=15)


@needs_sipp
@pytest.mark.requirement("LINK-21")
async def test_a_call_cancelled_before_the_rings_end_does_not_count() -> None:
    """CANCEL gets 200, the INVITE 487, and nothing is counted, also later."""
    async with listening() as line:
        assert await line.sipp("cancelled") == ""
        await asyncio.sleep(2 * RING_SECONDS)
        assert line.calls == []


@needs_sipp
@pytest.mark.requirement("LINK-22", "LINK-26")
@pytest.mark.parametrize(
    ("sender", "identity", "privacy"),
    [
        (FORGED, NO_IDENTITY, "X-Privacy: none"),
        (FORGED, ASSERTED, "Privacy: id"),
        (FORGED, ASSERTED, "Privacy: user;critical"),
        ('"Anonymous" <sip:anonymous@anonymous.invalid>', NO_IDENTITY, "X-Privacy: none"),
        ('"Anonymous" <sip:anonymous@anonymous.invalid>', ASSERTED, "Privacy: id"),
    ],
)
async def test_withheld_and_unasserted_callers_stay_unknown(
    sender: str, identity: str, privacy: str
) -> None:
    """A forged From without assertion, Privacy, and anonymous senders all count as withheld."""
    async with listening() as line:
        result = await line.sipp("refused", sender=sender, identity=identity, privacy=privacy)
        assert result == ""
        assert [call.caller for call in line.calls] == [None]


@needs_sipp
@pytest.mark.requirement("LINK-22", "LINK-26")
async def test_the_asserted_identity_wins_over_a_forged_from() -> None:
    """What the carrier asserts is the caller, whatever From claims, even where From is allowed."""
    async with listening(replace(TRUNK, caller_from="asserted_or_from")) as line:
        assert await line.sipp("refused", sender=FORGED) == ""
        assert await line.sipp("refused", sender=FORGED, identity=NO_IDENTITY) == ""
        assert [call.caller for call in line.calls] == [CALLER, "+819099999999"]


@needs_sipp
async def test_a_late_acknowledgement_is_waited_for() -> None:
    """The refusal is sent again until the ACK comes; the call counts once."""
    async with listening() as line:
        assert await line.sipp("slow_ack") == ""
        assert len(line.calls) == 1


@needs_sipp
async def test_a_flood_is_shed_and_the_line_recovers() -> None:
    """Beyond the calls at once 503 is the answer; afterwards calls are taken again."""
    async with listening(replace(TRUNK, calls_at_once=3, ring_seconds=1)) as line:
        assert await line.sipp("flood", "-m", "40", "-r", "200") == ""
        assert 3 <= len(line.calls) < 40
        counted = len(line.calls)
        await asyncio.sleep(0.3)
        assert await line.sipp("refused") == ""
        assert len(line.calls) == counted + 1


@needs_sipp
async def test_a_repeated_call_id_is_told_as_the_same_call() -> None:
    """Two calls under one Call-ID carry one id, so that the store counts them once."""
    async with listening() as line:
        for _ in range(2):
            assert await line.sipp("refused", "-m", "1", "-cid_str", "same@carrier") == ""
        assert len(line.calls) == 2
        assert {call.call_id for call in line.calls} == {"same@carrier"}


@needs_sipp
async def test_the_carrier_can_ask_whether_the_agent_lives() -> None:
    """OPTIONS is answered 200 and is no call."""
    async with listening() as line:
        assert await line.sipp("options") == ""
        assert line.calls == []


@needs_sipp
async def test_numbers_of_several_institutions_come_over_one_trunk() -> None:
    """Each call tells the number it was made to."""
    async with listening() as line:
        for called in ("0120000001", "+81120000002", "0312343333"):
            assert await line.sipp("refused", called=called) == ""
        numbers = [call.called for call in line.calls]
    assert numbers == ["+81120000001", "+81120000002", "+81312343333"]


async def test_the_responses_carry_what_the_peer_needs() -> None:
    """100 has no To tag, 180 has a Contact, 486 the tag of 180; Via tells the source."""
    async with listening() as line, Peer(line) as peer:
        peer.request()
        trying, ringing, busy = [await peer.receive() for _ in range(3)]
        peer.request("ACK")
    assert "tag=" not in header(trying, "To")[0]
    assert header(ringing, "To") == header(busy, "To")
    assert "tag=" in header(busy, "To")[0]
    assert header(ringing, "Contact")[0].startswith("<sip:madoguchi@127.0.0.1:")
    via = header(busy, "Via")[0]
    assert f"127.0.0.1:{peer.port};branch=z9hG4bK1" in via
    assert via.endswith(f";received=127.0.0.1;rport={peer.port}")


async def test_a_repeated_invite_gets_the_last_response_again() -> None:
    """While it rings 180, after the refusal 486, after the ACK nothing; the call counts once."""
    async with listening() as line, Peer(line) as peer:
        peer.request()
        assert [await peer.code() for _ in range(2)] == [100, 180]
        peer.request()
        assert await peer.code() == 180
        assert await peer.code() == 486
        peer.request()
        assert await peer.code() == 486
        peer.request("ACK")
        await asyncio.sleep(0.02)
        peer.request()
        assert 100 not in await peer.codes(until_silent_for=0.05)
        assert len(line.calls) == 1


async def test_a_refusal_that_is_never_acknowledged_is_given_up() -> None:
    """486 is sent again with growing pauses, not for ever, and then nothing is kept."""
    async with (
        listening(replace(TRUNK, timers=Timers(t1=0.02, t2=0.08))) as line,
        Peer(line) as peer,
    ):
        peer.request()
        codes = await peer.codes(until_silent_for=1)
        assert codes[:2] == [100, 180]
        assert set(codes[2:]) == {486}
        assert 5 <= len(codes) <= 30
        assert line.gateway._agent._invites == {}
        assert line.gateway._agent._merged == set()


async def test_a_cancel_after_the_refusal_changes_nothing() -> None:
    """Who hangs up after the rings has called: CANCEL gets its 200, the INVITE no 487."""
    async with listening() as line, Peer(line) as peer:
        peer.request()
        assert [await peer.code() for _ in range(3)] == [100, 180, 486]
        peer.request("CANCEL")
        peer.request("ACK")
        assert 487 not in await peer.codes()
        assert len(line.calls) == 1


async def test_a_cancel_of_another_call_cancels_nothing() -> None:
    """CANCEL with another branch or Call-ID gets 481, and the call goes on."""
    async with listening() as line, Peer(line) as peer:
        peer.request()
        assert [await peer.code() for _ in range(2)] == [100, 180]
        peer.request("CANCEL", branch="2")
        assert await peer.code() == 481
        peer.request("CANCEL", call_id="other")
        assert await peer.code() == 481
        assert await peer.code() == 486
        peer.request("ACK")
        assert len(line.calls) == 1


@pytest.mark.parametrize(
    ("method", "to", "code"),
    [
        ("REGISTER", "<sip:0120000001@127.0.0.1>", 405),
        ("MESSAGE", "<sip:0120000001@127.0.0.1>", 405),
        ("BYE", "<sip:0120000001@127.0.0.1>;tag=x", 481),
        ("INVITE", "<sip:0120000001@127.0.0.1>;tag=x", 481),
        ("CANCEL", "<sip:0120000001@127.0.0.1>", 481),
        ("ACK", "<sip:0120000001@127.0.0.1>;tag=x", 0),
    ],
)
async def test_other_requests_are_declined(method: str, to: str, code: int) -> None:
    """What is no new call is told so, and is none."""
    async with listening() as line, Peer(line) as peer:
        peer.request(method, to=to)
        assert await peer.code(0.3) == code
        assert line.calls == []


async def test_a_required_extension_is_declined() -> None:
    """Require names what this agent lacks: 420, and the call does not count."""
    async with listening() as line, Peer(line) as peer:
        peer.request(headers=f"{ASSERTED}\r\nRequire: 100rel")
        answer = await peer.receive()
        assert answer.startswith("SIP/2.0 420 ")
        assert header(answer, "Unsupported") == ["100rel"]
        assert line.calls == []


async def test_one_call_by_two_ways_rings_once() -> None:
    """The same INVITE with another branch, as a forking proxy sends it, gets 482."""
    async with listening() as line, Peer(line) as peer:
        peer.request(branch="1")
        assert [await peer.code() for _ in range(2)] == [100, 180]
        peer.request(branch="2")
        assert await peer.code() == 482
        assert await peer.code() == 486
        peer.request("ACK")
        assert len(line.calls) == 1


@pytest.mark.requirement("LINK-22")
async def test_strangers_are_not_answered() -> None:
    """From an address that is not the carrier's nothing is taken, over UDP or TCP."""
    async with listening(replace(TRUNK, peers=("192.0.2.0/24",))) as line, Peer(line) as peer:
        peer.request()
        peer.request("OPTIONS")
        assert await peer.code(0.4) == 0
        reader, writer = await asyncio.open_connection(*line.gateway.address)
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
        assert line.calls == []


MALFORMED = [
    b"",
    b"\r\n\r\n",
    b"\x00" * 100,
    b"\xff\xfe\xfd",
    b"INVITE",
    b"INVITE sip:x SIP/2.0\r\n\r\n",
    b"INVITE not-a-uri SIP/2.0\r\nVia: x\r\n\r\n",
    b"SIP/2.0 abc OK\r\n\r\n",
    b"SIP/2.0 200 OK\r\n\r\n",
    b"a" * 60000,
    request("INVITE", 9).replace(b"CSeq: 1 INVITE", b"CSeq: 1 BYE"),
    request("INVITE", 9).replace(b"CSeq: 1 INVITE", b"CSeq: " + b"9" * 900 + b" INVITE"),
    request("INVITE", 9).replace(b"Call-ID: id\r\n", b""),
    request("INVITE", 9).replace(b"Call-ID: id", b"Call-ID: " + b"i" * 300),
    request("INVITE", 9).replace(b"Call-ID: id", b"Call-ID: one\nforged log line"),
    request("INVITE", 9).replace(b"Call-ID: id", b"Call-ID: one\x1b[2J"),
    request("INVITE", 9).replace(b"Call-ID: id", b"Call-ID: one\r\nCall-ID: two"),
    request("INVITE", 9).replace(b"From: ", b"From: <sip:a@b>\r\nFrom: "),
    request("INVITE", 9).replace(b"127.0.0.1:9;", b"127.0.0.1:99999;"),
    request("INVITE", 9).replace(b"SIP/2.0/UDP", b"nonsense"),
    request("INVITE", 9, uri="tel:" + "1" * 20000),
    request("INVITE", 9, headers="A: b\r\n" * 500),
]


@pytest.mark.parametrize("data", MALFORMED, ids=range(len(MALFORMED)))
async def test_malformed_packets_are_survived(data: bytes) -> None:
    """Nonsense is dropped without an answer, and the next call is taken as ever."""
    async with listening() as line, Peer(line) as peer:
        peer.send(data)
        peer.request(call_id="good")
        assert [await peer.code() for _ in range(3)] == [100, 180, 486]
        peer.request("ACK", call_id="good")
        assert [call.call_id for call in line.calls] == ["good"]


async def test_a_call_to_no_number_is_refused_and_not_counted() -> None:
    """A Request-URI without a telephone number gets its refusal, and nothing is told."""
    async with listening() as line, Peer(line) as peer:
        peer.request(uri="sip:operator@127.0.0.1")
        assert [await peer.code() for _ in range(3)] == [100, 180, 486]
        peer.request("ACK")
        assert line.calls == []


async def test_a_sink_that_fails_does_not_stop_the_line() -> None:
    """Where a call cannot be stored the next one is taken all the same."""

    class Broken(Line):
        async def take(self, call: IncomingCall) -> None:
            await super().take(call)
            raise ConnectionError("no database")

    line = Broken(TRUNK)
    await line.gateway.start("127.0.0.1", 0)
    async with Peer(line) as peer:
        for call_id in ("first", "second"):
            peer.request(call_id=call_id)
            assert [await peer.code() for _ in range(3)] == [100, 180, 486]
            peer.request("ACK", call_id=call_id)
            await peer.codes(until_silent_for=0.3)
    await line.gateway.close()
    assert [call.call_id for call in line.calls] == ["first", "second"]


async def test_closing_refuses_what_rings() -> None:
    """A call that rings when the gateway stops gets 480 and does not count."""
    async with listening() as line, Peer(line) as peer:
        peer.request()
        assert [await peer.code() for _ in range(2)] == [100, 180]
        await line.gateway.close()
        assert await peer.code() == 480
        assert line.calls == []


async def test_a_taken_port_is_an_error() -> None:
    """Two gateways cannot share a port, and the second says so."""
    async with listening() as line:
        second = Line(Trunk("second", ()))
        with pytest.raises(OSError, match="in use"):
            await second.gateway.start(*line.gateway.address)
        await second.gateway.close()


async def test_broken_tcp_streams_end_their_connection_only() -> None:
    """A message without a usable length ends that connection; keep-alives and others go on."""
    async with listening() as line:
        for data in (
            b"INVITE sip:x SIP/2.0\r\n\r\n",
            b"x" * 40000,
            b"OPTIONS x\r\nl: 99999\r\n\r\n",
        ):
            reader, writer = await asyncio.open_connection(*line.gateway.address)
            writer.write(b"\r\n\r\n" + data)
            with contextlib.suppress(ConnectionResetError):
                assert await asyncio.wait_for(reader.read(), 2) == b""
            writer.close()
        reader, writer = await asyncio.open_connection(*line.gateway.address)
        writer.write(request("OPTIONS", 5060))
        assert (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 2)).startswith(
            b"SIP/2.0 200 "
        )
        writer.close()
        await writer.wait_closed()


def test_the_default_ring_is_two_to_three_rings() -> None:
    """Without a setting it rings for 2 to 3 of Japan's rings of three seconds each."""
    assert 6 <= Trunk("trunk", ()).ring_seconds <= 9
