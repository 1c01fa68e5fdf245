"""A mailed code: good once, for what it was asked for, in time, and for a few tries."""

from dataclasses import replace
from datetime import timedelta

import pytest

from madoguchi.one_time_passwords import (
    Asked,
    Begun,
    CodeExpired,
    CodeLocked,
    CodeRight,
    CodeWrong,
    NoCode,
    OneTimePassword,
    TooManyCodes,
)
from tests.support.code_sender import ASKED, Codes, wrong
from tests.support.keys import FixedKeys


async def test_a_code_is_sent_and_right_once(codes: Codes) -> None:
    """Six digits go out; the screen gets a masked address; the code is right, once (case 1)."""
    port: OneTimePassword = codes.port
    async with codes.database.transaction() as tx:
        begun = await port.begin(tx, ASKED, codes.clock.now())
    assert begun == Begun(
        "mailed-code", "t***@example.jp", codes.clock.now() + timedelta(minutes=10)
    )
    [code] = codes.sent
    assert len(code) == 6
    assert code.isdecimal()
    assert await codes.judge(code) == CodeRight()
    assert await codes.judge(code) == NoCode()
    assert await codes.judge(wrong(code)) == NoCode()


async def test_people_type_codes_as_they_like(codes: Codes) -> None:
    """Full-width digits, spaces and hyphens are read as the code."""
    code = await codes.begin()
    full_width = code.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert await codes.judge(f" {full_width[:3]}－{full_width[3:]} ") == CodeRight()


ELSEWHERE = {
    "another institution": replace(ASKED, institution="9902"),
    "another customer": replace(ASKED, owner="contract-2"),
    "another purpose": replace(ASKED, purpose="login"),
    "another visit": replace(ASKED, bound_to="visit-2"),
    "another amount": replace(ASKED, facts=(*ASKED.facts[:1], ("amount", "90000"))),
    "another payee": replace(ASKED, facts=(("payee", "0002"), *ASKED.facts[1:])),
    "facts left out": replace(ASKED, facts=()),
    "facts in another order": replace(ASKED, facts=ASKED.facts[::-1]),
    "a fact's name and value drawn together": replace(
        ASKED, facts=(("payee0001 001", " ordinary 1234567"), ASKED.facts[1])
    ),
}


@pytest.mark.requirement("RET-18", "RET-19", "INST-04")
@pytest.mark.parametrize("other", ELSEWHERE.values(), ids=ELSEWHERE.keys())
async def test_a_code_is_good_for_nothing_else(codes: Codes, other: Asked) -> None:
    """Elsewhere the code is refused, also where a code waits there (cases 1, 10, 12, 16)."""
    code = await codes.begin()
    assert not isinstance(await codes.judge(code, other), CodeRight)
    assert await codes.judge(code) == CodeRight()


@pytest.mark.requirement("RET-18")
async def test_a_code_is_refused_where_another_waits(codes: Codes) -> None:
    """With codes waiting for two customers, each one's is wrong for the other (case 10)."""
    theirs = replace(ASKED, owner="contract-2")
    code, their_code = await codes.begin(), await codes.begin(theirs)
    assert code != their_code
    assert await codes.judge(their_code) == CodeWrong(4)
    assert await codes.judge(code, theirs) == CodeWrong(4)
    assert await codes.judge(code) == CodeRight()
    assert await codes.judge(their_code, theirs) == CodeRight()


@pytest.mark.requirement("RET-19")
async def test_a_new_code_kills_the_old_one(codes: Codes) -> None:
    """Only the last code counts, with tries of its own."""
    old = await codes.begin()
    assert await codes.judge(wrong(old)) == CodeWrong(4)
    new = await codes.begin()
    assert await codes.judge(old) == CodeWrong(4)
    assert await codes.judge(new) == CodeRight()


async def test_a_code_for_other_facts_kills_the_old_one_too(codes: Codes) -> None:
    """One code for an owner and purpose: that of an earlier transfer is dead."""
    first = await codes.begin()
    other = replace(ASKED, facts=(("amount", "5"),), bound_to="visit-2")
    second = await codes.begin(other)
    assert await codes.judge(first) == CodeWrong(4)
    assert await codes.judge(second, other) == CodeRight()


@pytest.mark.requirement("LOCK-01")
async def test_the_limit_of_wrong_tries_kills_the_code(codes: Codes) -> None:
    """After the last wrong try right and wrong are answered the same (case 7)."""
    code = await codes.begin()
    results = [await codes.judge(typed) for typed in (wrong(code), "", "abc", "12345", "1" * 99)]
    assert results == [*(CodeWrong(left) for left in (4, 3, 2, 1)), CodeLocked(just_now=True)]
    assert await codes.judge(code) == await codes.judge(wrong(code)) == CodeLocked()


@pytest.mark.requirement("LOCK-01")
async def test_the_last_try_may_be_right(codes: Codes) -> None:
    """Four wrong tries leave one, and it counts."""
    code = await codes.begin()
    for _ in range(4):
        await codes.judge(wrong(code))
    assert await codes.judge(code) == CodeRight()


async def test_the_limit_is_that_of_the_code(codes: Codes) -> None:
    """A limit raised afterwards does not give a code more tries."""
    code = await codes.begin(replace(ASKED, failures_limit=1))
    assert await codes.judge(wrong(code)) == CodeLocked(just_now=True)
    assert await codes.judge(code, replace(ASKED, failures_limit=99)) == CodeLocked()


async def test_a_code_expires_to_the_second(codes: Codes) -> None:
    """Right until the time is over; from then on right and wrong are answered the same (case 7)."""
    code = await codes.begin()
    codes.clock.advance(600)
    assert await codes.judge(code) == await codes.judge(wrong(code)) == CodeExpired()
    code = await codes.begin()
    codes.clock.advance(599)
    assert await codes.judge(code) == CodeRight()


async def test_so_many_codes_within_an_hour(codes: Codes) -> None:
    """The limit is of an owner over all purposes and visits, and says when the next may be had."""
    first_at = codes.clock.now()
    for number in range(3):
        await codes.begin(replace(ASKED, purpose=f"purpose-{number}", bound_to=f"v-{number}"))
        codes.clock.advance(60)
    async with codes.database.transaction() as tx:
        refused = await codes.port.begin(tx, ASKED, codes.clock.now())
    assert refused == TooManyCodes(first_at + timedelta(hours=1))
    assert len(codes.sent) == 3
    await codes.begin(replace(ASKED, owner="contract-2"))
    await codes.begin(replace(ASKED, institution="9902"))
    codes.clock.set(first_at + timedelta(hours=1))
    await codes.begin()


async def test_a_refused_sending_leaves_the_waiting_code(codes: Codes) -> None:
    """Whoever asks for too many can still use the last one."""
    asked = replace(ASKED, per_hour=1)
    code = await codes.begin(asked)
    async with codes.database.transaction() as tx:
        assert isinstance(await codes.port.begin(tx, asked, codes.clock.now()), TooManyCodes)
    assert await codes.judge(code, asked) == CodeRight()


async def test_a_sending_that_rolls_back_was_none(codes: Codes) -> None:
    """Where the request fails, no code waits, the one before is good, and the hour is not used."""
    code = await codes.begin()
    for _ in range(5):
        with pytest.raises(ZeroDivisionError):
            async with codes.database.transaction() as tx:
                await codes.port.begin(tx, ASKED, codes.clock.now())
                raise ZeroDivisionError
    assert await codes.judge(codes.sent[-1]) == CodeWrong(4)
    assert await codes.judge(code) == CodeRight()


@pytest.mark.requirement("SEC-03")
async def test_the_code_and_the_address_stand_nowhere(codes: Codes) -> None:
    """No row holds the code, no text of a value shows code, address or facts."""
    code = await codes.begin()
    async with codes.database.transaction() as tx:
        rows = await tx.value(
            "SELECT json_agg(c)::text || (SELECT json_agg(s) FROM one_time_passwords_sending s)"
            " FROM one_time_passwords_code c"
        )
    # times hold digits of their own
    assert f'"{code}"' not in rows
    assert code.encode().hex() not in rows
    assert "mihon" not in rows + repr(ASKED)
    assert "10000" not in rows + repr(ASKED)


async def test_codes_outlive_the_rotation_of_the_key(codes: Codes, keys: FixedKeys) -> None:
    """A code sent under the older key is right."""
    code = await codes.begin()
    keys.rotate("index")
    assert await codes.judge(code) == CodeRight()


async def test_purging_keeps_what_still_counts(codes: Codes) -> None:
    """Codes that ended go with their sendings; waiting ones stay."""
    await codes.begin()
    codes.clock.advance(3 * 3600)
    other = replace(ASKED, purpose="login")
    code = await codes.begin(other)
    async with codes.database.transaction() as tx:
        assert await codes.port.purge(tx, codes.clock.now() - timedelta(hours=2)) == 2
    assert await codes.judge(code, other) == CodeRight()
