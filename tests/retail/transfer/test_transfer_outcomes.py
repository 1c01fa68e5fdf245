"""Every outcome in the tables of these screens is produced over HTTP, and leads where it should."""

import json
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Any

import pytest

from madoguchi.kernel.journey import Journey
from madoguchi.retail.limits import LIMITS
from madoguchi.retail.payees import PAYEE_REGISTER, PAYEE_REMOVE, PAYEE_RENAME
from madoguchi.retail.transfer import TRANSFER
from madoguchi.retail.transfer_list import TRANSFER_CANCEL
from tests.support.retail_world import RetailWorld
from tests.support.transfer_walk import NO_LOOK_UP, Walk

Pair = tuple[str, str, str]
Scene = Callable[[Walk], Awaitable[None]]
JOURNEYS = (TRANSFER, TRANSFER_CANCEL, PAYEE_REGISTER, PAYEE_RENAME, PAYEE_REMOVE, LIMITS)
SCENES: dict[Pair, Scene] = {}


def pairs(journey: Journey) -> Iterator[Pair]:
    for screen in journey.screens:
        for outcome in screen.outcomes:
            yield journey.name, screen.name, outcome.__name__


PAIRS = [pair for journey in JOURNEYS for pair in pairs(journey)]


def scene(*pair: str) -> Callable[[Scene], Scene]:
    """Note who plays a pair of the tables."""

    def noted(play: Scene) -> Scene:
        journey, screen, outcome = pair
        SCENES[journey, screen, outcome] = play
        return play

    return noted


async def to(walk: Walk, screen: str, journey: str = "transfer") -> None:
    """Go on by way of a new payee whose name cannot be looked up, so that every screen is seen."""
    await walk.open(journey)
    steps: dict[str, dict[str, str]] = {
        "parties": {"to": "new"},
        "account": {"account_kind": "ordinary", "account_number": "123"},
        "name": {"name_kana": "やまだ　しょうこ"},
        "nickname": {"nickname": "家賃"},
        "amount": {"amount": "1000", "when": "today"},
    }
    while walk.screen != screen:
        if walk.screen == "bank":
            await walk.find_bank(NO_LOOK_UP)
        elif walk.screen == "branch":
            await walk.find_branch("001")
        else:
            await walk.send(**steps[walk.screen])


async def wrong_passwords(walk: Walk) -> None:
    """Type the wrong password until it is locked, each time with the right code."""
    for _ in range(walk.bank.institution.retail.confirmation_failures_limit):
        await walk.confirm(confirmation_password="Wrong1234")


# ── a transfer ────────────────────────────────────────────────────────────────────────────────────


@scene("transfer", "parties", "Proceed")
async def parties_proceed(walk: Walk) -> None:
    await to(walk, "parties")
    await walk.send(to="new")


@scene("transfer", "parties", "Again")
async def parties_again(walk: Walk) -> None:
    await to(walk, "parties")
    await walk.submit(to="saved:nobody-of-mine")


@scene("transfer", "parties", "PayeeKnown")
async def parties_payee_known(walk: Walk) -> None:
    await walk.made()
    await walk.open("transfer?again=" + (await walk.transfers())[0]["id"])
    await walk.send()


@scene("transfer", "name", "Proceed")
async def name_proceed(walk: Walk) -> None:
    await to(walk, "name")
    await walk.send(name_kana="ヤマダ ショウコ")


@scene("transfer", "name", "Again")
async def name_again(walk: Walk) -> None:
    await to(walk, "name")
    await walk.send(name_kana="山田祥子")


@scene("transfer", "name", "Back")
async def name_back(walk: Walk) -> None:
    await to(walk, "name")
    await walk.send("back")


@scene("transfer", "amount", "Proceed")
async def amount_proceed(walk: Walk) -> None:
    await to(walk, "amount")
    await walk.send(amount="１，０００", when="today")


@scene("transfer", "amount", "Again")
async def amount_again(walk: Walk) -> None:
    await to(walk, "amount")
    await walk.send(amount="-1000", when="today")


@scene("transfer", "amount", "Back")
async def amount_back(walk: Walk) -> None:
    await to(walk, "amount")
    await walk.send("back")


@scene("transfer", "amount", "BackToParties")
async def amount_back_to_parties(walk: Walk) -> None:
    await parties_payee_known(walk)
    await walk.send("back")


@scene("transfer", "confirm", "Proceed")
async def confirm_proceed(walk: Walk) -> None:
    await to(walk, "confirm")
    await walk.confirm()


@scene("transfer", "confirm", "Again")
async def confirm_again(walk: Walk) -> None:
    await to(walk, "confirm")
    await walk.confirm(code="000000" if walk.code != "000000" else "000001")


@scene("transfer", "confirm", "Back")
async def confirm_back(walk: Walk) -> None:
    await to(walk, "confirm")
    await walk.send("back")


@scene("transfer", "confirm", "BackToParties")
async def confirm_back_to_parties(walk: Walk) -> None:
    await to(walk, "confirm")
    await walk.lose_account()
    await walk.confirm()


@scene("transfer", "confirm", "CodeSentAgain")
async def confirm_code_sent_again(walk: Walk) -> None:
    await to(walk, "confirm")
    await walk.send("resend")


@scene("transfer", "confirm", "Changed")
async def confirm_changed(walk: Walk) -> None:
    await to(walk, "confirm")
    walk.raise_fees()
    await walk.confirm()


@scene("transfer", "confirm", "Locked")
async def confirm_locked(walk: Walk) -> None:
    await to(walk, "confirm")
    await wrong_passwords(walk)


# ── finding a payee, the same for a transfer and for the list ─────────────────────────────────────


async def nothing_chosen(walk: Walk, path: str, screen: str) -> None:
    await to(walk, screen, path)
    await walk.submit(**{screen: "no-such-code"})


async def search(walk: Walk, path: str, screen: str) -> None:
    await to(walk, screen, path)
    await walk.send("search", query="みずほ" if screen == "bank" else "東京")


async def back(walk: Walk, path: str, screen: str) -> None:
    await to(walk, screen, path)
    await walk.send("back")


async def forward(walk: Walk, path: str, screen: str) -> None:
    await to(walk, screen, path)
    match screen:
        case "bank":
            await walk.find_bank(NO_LOOK_UP)
        case "branch":
            await walk.find_branch("001")
        case _:
            await walk.send(account_kind="current", account_number="1234567")


async def no_such_account(walk: Walk, path: str, screen: str) -> None:
    await walk.to_account(path)
    await walk.send(account_kind="ordinary", account_number="9999999")


async def known(walk: Walk, path: str, screen: str) -> None:
    await walk.to_account(path)
    await walk.send(account_kind="ordinary", account_number="7890123")


def finding(journey: str) -> None:
    """Note the scenes of bank, branch and account on `journey`."""
    for screen in ("bank", "branch", "account"):
        lists = screen != "account"
        SCENES[journey, screen, "Proceed"] = partial(forward, path=journey, screen=screen)
        SCENES[journey, screen, "Back"] = partial(back, path=journey, screen=screen)
        again = nothing_chosen if lists else no_such_account
        SCENES[journey, screen, "Again"] = partial(again, path=journey, screen=screen)
        detour, play = ("Searched", search) if lists else ("PayeeKnown", known)
        SCENES[journey, screen, detour] = partial(play, path=journey, screen=screen)


finding("transfer")
finding("payee-register")


# ── calling a transfer off ────────────────────────────────────────────────────────────────────────


async def to_cancel(walk: Walk) -> None:
    reserved = await walk.reserved()
    await walk.open(f"transfer-cancel?transfer={reserved}")


@scene("transfer-cancel", "cancel", "Proceed")
async def cancel_proceed(walk: Walk) -> None:
    await to_cancel(walk)
    await walk.confirm()


@scene("transfer-cancel", "cancel", "Again")
async def cancel_again(walk: Walk) -> None:
    await to_cancel(walk)
    await walk.confirm(confirmation_password="Wrong1234")


@scene("transfer-cancel", "cancel", "NoLonger")
async def cancel_no_longer(walk: Walk) -> None:
    await walk.made()
    await walk.open("transfer-cancel?transfer=" + (await walk.transfers())[0]["id"])
    await walk.confirm()


@scene("transfer-cancel", "cancel", "Locked")
async def cancel_locked(walk: Walk) -> None:
    await to_cancel(walk)
    await wrong_passwords(walk)


# ── registered payees ─────────────────────────────────────────────────────────────────────────────


@scene("payee-register", "name", "Proceed")
async def register_name(walk: Walk) -> None:
    await to(walk, "nickname", "payee-register")


@scene("payee-register", "name", "Again")
async def register_name_again(walk: Walk) -> None:
    await to(walk, "name", "payee-register")
    await walk.send(name_kana="山田祥子")


@scene("payee-register", "name", "Back")
async def register_name_back(walk: Walk) -> None:
    await to(walk, "name", "payee-register")
    await walk.send("back")


@scene("payee-register", "nickname", "Proceed")
async def nickname_proceed(walk: Walk) -> None:
    await to(walk, "confirm", "payee-register")


@scene("payee-register", "nickname", "Again")
async def nickname_again(walk: Walk) -> None:
    await to(walk, "nickname", "payee-register")
    await walk.send(nickname="家賃" * 16)


@scene("payee-register", "nickname", "Back")
async def nickname_back(walk: Walk) -> None:
    await to(walk, "nickname", "payee-register")
    await walk.send("back")


@scene("payee-register", "confirm", "Proceed")
async def register_proceed(walk: Walk) -> None:
    await walk.registered()


@scene("payee-register", "confirm", "Again")
async def register_again(walk: Walk) -> None:
    await to(walk, "confirm", "payee-register")
    await walk.confirm(code="")


@scene("payee-register", "confirm", "Back")
async def register_back(walk: Walk) -> None:
    await to(walk, "confirm", "payee-register")
    await walk.send("back")


@scene("payee-register", "confirm", "CodeSentAgain")
async def register_code_again(walk: Walk) -> None:
    await to(walk, "confirm", "payee-register")
    await walk.send("resend")


@scene("payee-register", "confirm", "Locked")
async def register_locked(walk: Walk) -> None:
    await to(walk, "confirm", "payee-register")
    await wrong_passwords(walk)


@scene("payee-rename", "rename", "Proceed")
async def rename_proceed(walk: Walk) -> None:
    await walk.open(f"payee-rename?payee={await walk.registered()}")
    await walk.send(nickname="大家さん")


@scene("payee-rename", "rename", "Again")
async def rename_again(walk: Walk) -> None:
    await walk.open(f"payee-rename?payee={await walk.registered()}")
    await walk.send(nickname="")


@scene("payee-remove", "remove", "Proceed")
async def remove_proceed(walk: Walk) -> None:
    await walk.open(f"payee-remove?payee={await walk.registered()}")
    await walk.send()


# ── limits ────────────────────────────────────────────────────────────────────────────────────────


async def to_limits_confirm(walk: Walk, per_transfer: str = "2000000") -> None:
    await walk.open("limits")
    await walk.send(per_transfer=per_transfer)


@scene("limits", "limits", "Proceed")
async def limits_proceed(walk: Walk) -> None:
    await to_limits_confirm(walk)


@scene("limits", "limits", "Again")
async def limits_again(walk: Walk) -> None:
    await to_limits_confirm(walk, "9999999999")


@scene("limits", "confirm", "Proceed")
async def limits_confirm_proceed(walk: Walk) -> None:
    await to_limits_confirm(walk)
    await walk.confirm()


@scene("limits", "confirm", "Again")
async def limits_confirm_again(walk: Walk) -> None:
    await to_limits_confirm(walk)
    await walk.confirm(code="")


@scene("limits", "confirm", "Back")
async def limits_confirm_back(walk: Walk) -> None:
    await to_limits_confirm(walk)
    await walk.send("back")


@scene("limits", "confirm", "CodeSentAgain")
async def limits_code_again(walk: Walk) -> None:
    await to_limits_confirm(walk)
    await walk.send("resend")


@scene("limits", "confirm", "Changed")
async def limits_changed(walk: Walk) -> None:
    await to_limits_confirm(walk)
    other = walk.in_another_tab()
    await to_limits_confirm(other, "5000")
    await other.confirm()
    await walk.confirm()


@scene("limits", "confirm", "Locked")
async def limits_locked(walk: Walk) -> None:
    await to_limits_confirm(walk)
    await wrong_passwords(walk)


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
@pytest.mark.requirement("RET-17", "RET-18", "RET-22", "RET-23")
async def test_each_outcome_leads_where_the_table_says(pair: Pair, bank: RetailWorld) -> None:
    """Each (screen, outcome) pair is played over HTTP, and ends on the screen meant for it."""
    name, screen_name, outcome = pair
    journey = next(each for each in JOURNEYS if each.name == name)
    walk = await Walk.come(bank)
    await SCENES[pair](walk)
    last = await _last_moved(bank, name)
    assert (last["screen"], last["outcome"]) == (screen_name, outcome), walk.text
    screen = journey.screen(screen_name)
    assert screen is not None
    order = [*(each.name for each in journey.screens), journey.finish]
    detours = {kind.__name__: place for kind, place in screen.on.items()}
    wanted = {"Proceed": order[order.index(screen_name) + 1], "Again": screen_name, **detours}
    assert last["to"] == wanted[outcome]
    assert walk.browser.page is not None
    assert walk.browser.page.status_code == 200


def test_the_scenes_are_the_tables() -> None:
    """Nobody plays what is in no table, and no pair is left out."""
    assert set(SCENES) == set(PAIRS)


async def _last_moved(bank: RetailWorld, journey: str) -> dict[str, Any]:
    rows = await bank.rows(
        "SELECT detail FROM operations_log_entries WHERE detail->>'journey' = $1"
        " ORDER BY at DESC, number DESC",
        journey,
    )
    detail = rows[0]["detail"]
    found: dict[str, Any] = json.loads(detail) if isinstance(detail, str) else detail
    return found
