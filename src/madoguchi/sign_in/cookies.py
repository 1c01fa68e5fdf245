"""The cookies of internet banking: the session's and the device's (SEC-01, RET-14)."""

import hmac
import re

from starlette.requests import Request

from madoguchi.plumbing.keys import Keys, keyed_hash, keyed_hashes

SESSION_SECONDS = 2 * 24 * 60 * 60
"""Longer than any session lives, so that who comes too late is told so."""
DEVICE_SECONDS = 400 * 24 * 60 * 60
"""The longest that browsers keep a cookie."""
DEVICE_KEY = "index"
_DEVICE = re.compile(r"([A-Za-z0-9_-]{22})\.([0-9a-f]{64})")
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


def read_session(request: Request, institution: str) -> str:
    """Return the session's secret that the browser sent, or ""."""
    sent = request.cookies.get(session_cookie_name(institution), "")
    return sent if _SECRET.fullmatch(sent) else ""


def give_session(cookies: list[str], institution: str, secret: str) -> None:
    """Have the browser keep a session's secret; `cookies` is `request.state.cookies`."""
    cookies.append(_cookie(session_cookie_name(institution), secret, SESSION_SECONDS))


def drop_session(cookies: list[str], institution: str) -> None:
    """Have the browser forget the session's secret."""
    cookies.append(_cookie(session_cookie_name(institution), "", 0))


def read_device(request: Request, keys: Keys, institution: str) -> str:
    """Return the device's id that we once gave this browser; "" where there is none, or forged."""
    sent = _DEVICE.fullmatch(request.cookies.get(device_cookie_name(institution), ""))
    if sent is None:
        return ""
    given = (made.hex() for made in keyed_hashes(keys, DEVICE_KEY, *_parts(institution, sent[1])))
    return sent[1] if any(hmac.compare_digest(made, sent[2]) for made in given) else ""


def give_device(cookies: list[str], keys: Keys, institution: str, device_id: str) -> None:
    """Have the browser keep a device's id, signed; `cookies` is `request.state.cookies`."""
    signed = f"{device_id}.{keyed_hash(keys, DEVICE_KEY, *_parts(institution, device_id)).hex()}"
    cookies.append(_cookie(device_cookie_name(institution), signed, DEVICE_SECONDS))


def session_cookie_name(institution: str) -> str:
    """Return the name of the session's cookie; its prefix binds it to this host and to TLS."""
    return f"__Host-bank-{institution}"


def device_cookie_name(institution: str) -> str:
    """Return the name of the device's cookie."""
    return f"__Host-device-{institution}"


def _parts(institution: str, device_id: str) -> tuple[str, ...]:
    return "device", institution, device_id


def _cookie(name: str, value: str, seconds: int) -> str:
    return f"{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; Secure; SameSite=Lax"
