"""What makes an environment, what a change scores, and what the score leads to."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from madoguchi.risk import Assessment, Environment, Reason, environment_of
from madoguchi.risk.environment import browser_of, language_of, network_of, place_of
from madoguchi.risk.rules import POINTS, Usual, assessed, learned_from

HOME = Environment(
    device_id="device-1",
    network="203.0.113.0/24",
    place="JP-13",
    browser="Chrome on Windows",
    language="ja",
)


def usual_after(*environments: Environment) -> Usual:
    """Return what is usual after logins from these."""
    taught = {pair for env in environments for pair in learned_from(env)}

    def of(wanted: str) -> frozenset[str]:
        return frozenset(value for kind, value in taught if kind == wanted)

    return Usual(of("device"), of("browser"), of("network"), of("place"), of("language"))


def judged(env: Environment, *extra: Reason, usual: Usual | None = None) -> Assessment:
    """Assess a login with the default thresholds, after one from HOME."""
    return assessed(env, usual or usual_after(HOME), extra, ask_at=40, stop_at=100)


CHANGES = {
    "nothing": ({}, (), 0, "allow"),
    "network": ({"network": "198.51.100.0/24"}, (), 20, "allow"),
    "place": ({"place": "JP-27"}, (), 30, "allow"),
    "language": ({"language": "en"}, (), 5, "allow"),
    "browser": ({"browser": "Firefox on Windows"}, (), 20, "allow"),
    "device": ({"device_id": "device-2"}, (), 40, "ask"),
    "network and browser": ({"network": "", "browser": ""}, (), 40, "ask"),
    "network and place": ({"network": "198.51.100.0/24", "place": "US"}, (), 50, "ask"),
    "device and its browser": ({"device_id": "", "browser": "Safari on iOS"}, (), 40, "ask"),
    "failures": ({}, (Reason.SEVERAL_FAILURES,), 20, "allow"),
    "failures told twice": ({}, (Reason.SEVERAL_FAILURES,) * 2, 20, "allow"),
    "all but failures": (
        {"device_id": "", "network": "", "place": "US", "language": "en"}, (), 95, "ask",
    ),
    "all": (
        {"device_id": "", "network": "", "place": "US", "language": "en"},
        (Reason.SEVERAL_FAILURES,), 115, "stop",
    ),
}  # fmt: skip


@pytest.mark.requirement("RET-14")
@pytest.mark.parametrize(
    ("changed", "extra", "score", "decision"), CHANGES.values(), ids=CHANGES.keys()
)
def test_what_a_change_scores(
    changed: dict[str, str], extra: tuple[Reason, ...], score: int, decision: str
) -> None:
    """Each change has its points, and the sum decides with the default thresholds."""
    found = judged(replace(HOME, **changed), *extra)
    assert (found.score, found.decision) == (score, decision)
    assert found.score == sum(POINTS[Reason(reason)] for reason in found.reasons)


@pytest.mark.requirement("RET-14")
@pytest.mark.parametrize(
    ("score", "decision"), [(39, "allow"), (40, "ask"), (99, "ask"), (100, "stop")]
)
def test_thresholds_count_from_themselves_on(
    score: int, decision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A score that reaches a threshold has reached it."""
    monkeypatch.setitem(POINTS, Reason.SEVERAL_FAILURES, score)
    assert judged(HOME, Reason.SEVERAL_FAILURES).decision == decision


@pytest.mark.requirement("RET-14")
def test_the_first_login_is_let_in() -> None:
    """Where nothing is known nothing is unusual; the device is not called known."""
    first = assessed(replace(HOME, place="US"), None, (), ask_at=40, stop_at=100)
    assert first == Assessment(score=0, decision="allow", reasons=("first",), first=True)
    assert not first.known_device


@pytest.mark.requirement("RET-14")
def test_a_forgotten_environment_is_not_a_first_login() -> None:
    """After a long silence everything is unusual: a dormant account is no free entrance."""
    found = judged(replace(HOME, place=""), usual=Usual())
    assert (found.score, found.decision, found.first) == (65, "ask", False)


@pytest.mark.requirement("RET-14")
@pytest.mark.parametrize("field", Environment.__struct_fields__)
def test_what_is_missing_scores_as_changed(field: str) -> None:
    """Leaving an input out never helps: it scores like another value (case 14)."""
    left_out = judged(replace(HOME, **{field: ""}))
    changed = judged(replace(HOME, **{field: "other"}))
    assert left_out.score == changed.score > 0
    assert left_out.reasons == changed.reasons


@pytest.mark.requirement("RET-14")
def test_what_is_missing_is_never_learned() -> None:
    """An empty environment teaches nothing, so that a second one is as unusual."""
    nothing = Environment(device_id="", network="", place="", browser="", language="")
    assert learned_from(nothing) == []
    assert judged(nothing, usual=usual_after(HOME, nothing)).score == 95


@pytest.mark.requirement("RET-14")
def test_where_nothing_tells_places_they_do_not_score() -> None:
    """An installation without places is not worse off; the first place told is new, then usual."""
    placeless = usual_after(replace(HOME, place=""))
    assert judged(replace(HOME, place=""), usual=placeless).score == 0
    assert judged(HOME, usual=placeless).reasons == ("unknown-place",)
    assert judged(HOME, usual=usual_after(replace(HOME, place=""), HOME)).score == 0


@pytest.mark.requirement("RET-14")
def test_a_cookie_in_the_browser_of_another_device_scores() -> None:
    """With two devices known, the cookie of one in the browser of the other is unusual."""
    phone = replace(HOME, device_id="device-2", browser="Safari on iOS")
    mixed = replace(HOME, browser="Safari on iOS")
    found = judged(mixed, usual=usual_after(HOME, phone))
    assert found.reasons == ("other-browser",)
    assert found.known_device


texts = st.sampled_from(["", "a", "b"])
environments = st.builds(
    Environment, device_id=texts, network=texts, place=texts, browser=texts, language=texts
)


@pytest.mark.requirement("RET-14")
@settings(max_examples=50)
@given(environments, environments)
def test_what_was_learned_whole_scores_nothing(env: Environment, other: Environment) -> None:
    """After a login from it, a complete environment is usual, whatever else was learned."""
    complete = all(getattr(env, name) for name in Environment.__struct_fields__)
    found = judged(env, usual=usual_after(other, env))
    assert found.score == 0 or not complete


@pytest.mark.requirement("RET-14")
@settings(max_examples=50)
@given(environments, environments, st.sampled_from(Environment.__struct_fields__))
def test_leaving_an_input_out_never_lowers_the_score(
    env: Environment, learned: Environment, field: str
) -> None:
    """No forger gains by sending less, on top of the device that his score begins with.

    But for a place that is not known, where none was ever told.
    """
    usual = usual_after(learned)
    less = replace(env, **{field: ""})
    if field == "place" and not usual.places:
        return
    assert judged(less, usual=usual).score >= judged(env, usual=usual).score


@pytest.mark.requirement("RET-14")
@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("2001:DB8:1:ffff::", "2001:db8:1::/48"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("127.0.0.1", "127.0.0.0/24"),
        *((text, "") for text in ("", "unknown", "203.0.113.77, 198.51.100.1", "203.0.113")),
        ("0.0.0.0", ""),  # noqa: S104 - what is refused
        *((text, "") for text in ("::", "224.0.0.1", "ff02::1", "fe80::1%eth0", "1.2.3.4:80")),
        *((text, "") for text in ("203.0.113.077", "203.0.113.7\n", "２０３.0.113.7", "[::1]")),
    ],
)
def test_the_network_of_an_address(address: str, network: str) -> None:
    """The /24 or the /48; what is no single client's address is none (case 14)."""
    assert network_of(address) == network


CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15"
PHONE = "Mozilla/5.0 (Linux; Android 16; K) AppleWebKit/537.36 (KHTML, like Gecko)"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"


@pytest.mark.requirement("RET-14")
@pytest.mark.parametrize(
    ("user_agent", "browser"),
    [
        (f"{CHROME} Chrome/140.0.0.0 Safari/537.36", "Chrome on Windows"),
        (f"{CHROME} Chrome/141.0.0.0 Safari/537.36", "Chrome on Windows"),
        (f"{CHROME} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0", "Edge on Windows"),
        (f"{CHROME} Chrome/140.0.0.0 Safari/537.36 OPR/122.0", "Opera on Windows"),
        (
            "Mozilla/5.0 (Windows NT 10.0; rv:144.0) Gecko/20100101 Firefox/144.0",
            "Firefox on Windows",
        ),
        (f"{IPHONE} (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1", "Safari on iOS"),
        (f"{IPHONE} (KHTML, like Gecko) CriOS/140.0 Mobile/15E148 Safari/604.1", "Chrome on iOS"),
        (f"{PHONE} Chrome/140.0.0.0 Mobile Safari/537.36", "Chrome on Android"),
        (
            f"{PHONE} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
            "Samsung Internet on Android",
        ),
        (f"{MAC} Version/26.0 Safari/605.1.15", "Safari on macOS"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
         "Firefox on Linux"),
        ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) Chrome/140.0.0.0 Safari/537.36",
         "Chrome on ChromeOS"),
        *((text, "") for text in ("", "curl/8.5.0", "Chrome/140.0.0.0", "Windows NT 10.0")),
        (f"{CHROME} Chrome/140\n", ""),
        (f"{CHROME} Chrome/140 " + "x" * 1000, ""),
    ],
)  # fmt: skip
def test_the_browser_of_a_user_agent(user_agent: str, browser: str) -> None:
    """Family and platform, the same after an update; what tells neither is none."""
    assert browser_of(user_agent) == browser


@pytest.mark.requirement("RET-14")
@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("ja", "ja"), ("ja-JP,ja;q=0.9,en;q=0.8", "ja"), ("en-US;q=0.7", "en"), ("EN", "en"),
        ("zh-Hant-TW,zh", "zh"), ("", ""), ("*", ""), ("<script>", ""), ("j", ""), ("日本", ""),
    ],
)  # fmt: skip
def test_the_language_asked_for(header: str, language: str) -> None:
    """The first one, without its region."""
    assert language_of(header) == language


@pytest.mark.requirement("RET-14")
@pytest.mark.parametrize(
    ("told", "place"),
    [
        ("JP", "JP"), (" jp-13 ", "JP-13"), ("GB-ENG", "GB-ENG"), ("", ""), ("XX", ""), ("T1", ""),
        ("JP, US", ""), ("Japan", ""), ("JP\r\nX: y", ""), ("ＪＰ", ""), ("ﬁ", ""),
    ],
)  # fmt: skip
def test_the_place_that_a_proxy_tells(told: str, place: str) -> None:
    """A code of ISO 3166; "unknown" and two proxies' words at once are none (case 14)."""
    assert place_of(told) == place


@pytest.mark.requirement("RET-14")
@settings(max_examples=50)
@given(*(st.text(max_size=40) for _ in range(5)))
def test_no_input_breaks_the_reading(
    address: str, user_agent: str, accept_language: str, place: str, device_id: str
) -> None:
    """Whatever is sent, there is an environment, of harmless texts that can be stored."""
    env = environment_of(address, user_agent, accept_language, place, device_id)
    for name in Environment.__struct_fields__:
        value = getattr(env, name)
        assert value.isascii()
        assert value == "" or value.isprintable()
        assert len(value) <= 128


def test_a_request_becomes_an_environment() -> None:
    """All five together."""
    user_agent = f"{CHROME} Chrome/140.0.0.0 Safari/537.36"
    given_by = ("203.0.113.9", user_agent, "ja,en;q=0.5", "JP-13", "device-1")
    assert environment_of(*given_by) == HOME
    assert environment_of(*given_by[:4], "a forged; one").device_id == ""
