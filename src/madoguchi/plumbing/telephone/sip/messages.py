"""SIP messages (RFC 3261): read within limits, answered from the request's own headers.

`sipmessage` parses; what it leaves open is closed here before: folded lines, spaces before colons,
control characters, sizes (some of its patterns take quadratic time), headers that must stand
exactly once.
"""

import re
from dataclasses import dataclass

from sipmessage import Message, Request, Response, Via

LONGEST_MESSAGE = 16384
LONGEST_LINE = 1024
MOST_LINES = 100
SINGLE = ("From", "To", "Call-ID", "CSeq")
ALLOWED = "INVITE, ACK, CANCEL, OPTIONS"
PHRASES = {
    100: "Trying", 180: "Ringing", 200: "OK", 405: "Method Not Allowed", 420: "Bad Extension",
    480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist", 482: "Loop Detected",
    486: "Busy Here", 487: "Request Terminated", 503: "Service Unavailable",
}  # fmt: skip

FOLDED = re.compile(rb"\r\n[ \t]+")
SPACE_BEFORE_COLON = re.compile(rb"(?m)^([^\s:]+)[ \t]+:")
SEEN = re.compile(r";\s*(?:received|rport)\s*(?:=[^;]*)?(?=;|$)", re.IGNORECASE)
CONTROLS = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


class Malformed(ValueError):
    """Bytes that are not a SIP message that this agent can use. The text never quotes them."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request, with what names its transaction.

    `transaction` is the same for an INVITE, its CANCEL and the ACK of its refusal (RFC 3261,
    17.2.3); `merged` is the same for copies of one request that came by different ways (8.2.2.2).
    """

    request: Request
    via: Via
    cseq: int
    call_id: str
    in_dialog: bool

    @property
    def transaction(self) -> tuple[str, ...]:
        """The transaction's key."""
        branch = self.via.parameters.get("branch") or ""
        return (branch, self.via.host.lower(), str(self.via.port), self.call_id, str(self.cseq))

    @property
    def merged(self) -> tuple[str, ...]:
        """What copies of one request have in common."""
        return (self.call_id, str(self.cseq), self.request.headers["From"])


def read_request(data: bytes) -> Incoming | None:
    """Return the request in `data`, or None for a response or a keep-alive. Raises `Malformed`."""
    if not data.strip(b"\r\n\x00"):
        return None
    try:
        message = Message.parse(_clean(data))
        if isinstance(message, Response):
            return None
        return _checked(message)
    except Malformed:
        raise
    except (ValueError, KeyError, IndexError) as error:
        raise Malformed(type(error).__name__) from None


def respond(
    incoming: Incoming, code: int, *, source: tuple[str, int], tag: str, **headers: str
) -> bytes:
    """Return the response `code` to a request that came from `source` (address, port).

    `headers` are further ones, underscores for hyphens. The top Via tells the peer how it was seen
    (RFC 3581).
    """
    request = incoming.request
    response = Response(code, PHRASES[code])
    response.headers.setlist("Via", _vias(incoming, source))
    response.headers.setlist("Record-Route", request.headers.getlist("Record-Route"))
    response.headers.set("From", request.headers["From"])
    to = request.headers["To"]
    response.headers.set("To", to if code == 100 or incoming.in_dialog else f"{to};tag={tag}")
    response.headers.set("Call-ID", incoming.call_id)
    response.headers.set("CSeq", request.headers["CSeq"])
    for name, value in headers.items():
        response.headers.set(name.replace("_", "-"), value)
    response.headers.set("Content-Length", "0")
    return bytes(response)


def reply_port(incoming: Incoming, source_port: int) -> int:
    """Return the port for responses over UDP: with `rport`, the one the request came from."""
    if "rport" in incoming.via.parameters:
        return source_port
    return incoming.via.port or 5060


def _clean(data: bytes) -> bytes:
    head, separator, _body = data.lstrip(b"\r\n").partition(b"\r\n\r\n")
    if len(data) > LONGEST_MESSAGE or not separator:
        raise Malformed("size or end of header")
    head = SPACE_BEFORE_COLON.sub(rb"\1:", FOLDED.sub(b" ", head))
    lines = head.split(b"\r\n")
    if len(lines) > MOST_LINES or any(
        len(line) > LONGEST_LINE or CONTROLS.search(line) for line in lines
    ):
        raise Malformed("lines")
    return head + separator


def _checked(request: Request) -> Incoming:
    headers = request.headers
    if any(len(headers.getlist(name)) != 1 or not headers[name] for name in SINGLE):
        raise Malformed("a header that must stand once")
    via, cseq = request.via, request.cseq
    if not via or cseq.method != request.method or cseq.sequence >= 2**31:
        raise Malformed("Via or CSeq")
    if not 0 < (via[0].port or 5060) <= 65535:
        raise Malformed("port")
    if len(request.call_id) > 255 or not request.call_id.isprintable():
        raise Malformed("Call-ID")
    in_dialog = re.search(r";\s*tag\s*=", headers["To"], re.IGNORECASE) is not None
    return Incoming(request, via[0], cseq.sequence, request.call_id, in_dialog)


def _vias(incoming: Incoming, source: tuple[str, int]) -> list[str]:
    """Return the Via headers, the top one with the address that was seen (RFC 3261, 18.2.1)."""
    first, *others = incoming.request.headers.getlist("Via")
    top, comma, rest = first.partition(",")
    top = SEEN.sub("", top) + f";received={source[0]}"
    if "rport" in incoming.via.parameters:
        top += f";rport={source[1]}"
    return [top + comma + rest, *others]
