"""A change of address over HTTP: asked for, seen, withdrawn, decided by staff (RET-27)."""

from collections.abc import Awaitable, Callable

import pytest

from madoguchi.address_changes import AddressChanges, AddressRequest
from madoguchi.plumbing.jobs import Worker
from madoguchi.retail.address.journey import CHANGE, WITHDRAWAL
from tests.support.bank_walk import last_step, mails, visit_of
from tests.support.retail_world import RetailWorld
from tests.support.transfer_walk import Walk

pytestmark = pytest.mark.requirement("RET-27")
Scene = Callable[[Walk], Awaitable[None]]
PAIRS = [
    (screen.name, outcome.__name__)
    for journey in (CHANGE, WITHDRAWAL)
    for screen in journey.screens
    for outcome in screen.outcomes
]
PLACE = "東京都千代田区千代田"
REST = "1丁目2番3号 みほんハイツ101"


@pytest.fixture
async def walk(bank: RetailWorld) -> Walk:
    """A customer who has signed in."""
    return await Walk.come(bank)


def changes_of(bank: RetailWorld) -> AddressChanges:
    """Return the capability that the screens work with."""
    return bank.runtime.banking.address_changes


async def to_address(walk: Walk, code: str = "100-0001") -> None:
    """Begin, and type the postal code."""
    await walk.open("address-change")
    await walk.send(postal_code=code)


async def to_confirm(walk: Walk, **more: str) -> None:
    """Begin, up to the confirmation."""
    await to_address(walk)
    await walk.send(**{"area": PLACE, "rest": REST, **more})
    assert walk.screen == "confirm", walk.text


async def ask(walk: Walk) -> None:
    """Ask for the change."""
    await to_confirm(walk)
    await walk.confirm()


async def the_open_one(bank: RetailWorld) -> AddressRequest:
    """Return the one open request."""
    async with bank.database.transaction() as tx:
        [found] = await changes_of(bank).list_open(tx, bank.code)
    return found


async def refuse(bank: RetailWorld) -> None:
    """Refuse the open request, as staff."""
    request = await the_open_one(bank)
    async with bank.database.transaction() as tx:
        await changes_of(bank).refuse(
            tx, bank.code, request.id, by="staff-1", reason="本人確認書類をお持ちください",
            now=bank.clock.now(),
        )  # fmt: skip


async def work(bank: RetailWorld) -> None:
    """Let the worker hand over what is to be handed over."""
    kinds = changes_of(bank).kinds()
    await Worker(bank.database, bank.clock, bank.runtime.entropy, kinds=kinds).run_due()


async def found(walk: Walk) -> None:
    """The code is in the list."""
    await to_address(walk)


async def not_found(walk: Walk) -> None:
    """The code is not."""
    await to_address(walk, "000-0000")


async def typed(walk: Walk) -> None:
    """The address is complete."""
    await to_confirm(walk)


async def another_place(walk: Walk) -> None:
    """A place that is not the code's."""
    await to_address(walk)
    await walk.send(area="大阪府大阪市", rest=REST)


async def back_to_the_code(walk: Walk) -> None:
    """戻る."""
    await to_address(walk)
    await walk.send("back")


async def wrong_password(walk: Walk) -> None:
    """The confirmation password is wrong."""
    await to_confirm(walk)
    await walk.confirm(confirmation_password="Wrong1Pass")


async def back_to_the_address(walk: Walk) -> None:
    """戻る."""
    await to_confirm(walk)
    await walk.send("back")


async def wrong_five_times(walk: Walk) -> None:
    """The fifth wrong password locks."""
    await to_confirm(walk)
    for _ in range(5):
        await walk.confirm(confirmation_password="Wrong1Pass")


async def asked_in_another_window(walk: Walk) -> None:
    """Two windows; the other one is first."""
    await to_confirm(walk)
    waiting = walk.browser.page, walk.browser.path
    await ask(walk)
    walk.browser.page, walk.browser.path = waiting
    await walk.confirm()


async def to_withdraw(walk: Walk) -> None:
    """Ask, and begin to withdraw."""
    await ask(walk)
    await walk.open("address-withdrawal")
    assert walk.screen == "withdraw", walk.text


async def withdrawn(walk: Walk) -> None:
    """Withdraw."""
    await to_withdraw(walk)
    await walk.send()


async def decided_meanwhile(walk: Walk) -> None:
    """Staff refuse while the customer is about to withdraw."""
    await to_withdraw(walk)
    await refuse(walk.bank)
    await walk.send()


SCENES: dict[tuple[str, str], tuple[Scene, str]] = {
    ("postal-code", "Proceed"): (found, "address"),
    ("postal-code", "Again"): (not_found, "postal-code"),
    ("address", "Proceed"): (typed, "confirm"),
    ("address", "Again"): (another_place, "address"),
    ("address", "Back"): (back_to_the_code, "postal-code"),
    ("confirm", "Proceed"): (ask, "done"),
    ("confirm", "Again"): (wrong_password, "confirm"),
    ("confirm", "Back"): (back_to_the_address, "address"),
    ("confirm", "Locked"): (wrong_five_times, "locked"),
    ("confirm", "OneOpen"): (asked_in_another_window, "open"),
    ("withdraw", "Proceed"): (withdrawn, "withdrawn"),
    ("withdraw", "TooLate"): (decided_meanwhile, "too-late"),
}


@pytest.mark.parametrize(("screen", "outcome"), PAIRS)
async def test_each_outcome_of_an_address_leads_where_it_should(
    screen: str, outcome: str, walk: Walk
) -> None:
    """Each (screen, outcome) pair of both tables is played, and ends where it is meant to."""
    play, wanted = SCENES[screen, outcome]
    await play(walk)
    assert await last_step(walk.bank, visit_of(walk.browser)) == (screen, outcome, wanted)
    assert walk.screen == wanted, walk.text


def test_nobody_plays_what_is_not_in_the_tables_of_addresses() -> None:
    """The scenes are the tables' pairs, no more and no less."""
    assert set(SCENES) == set(PAIRS)


@pytest.mark.requirement("RET-31")
async def test_the_customer_sees_how_it_stands(walk: Walk) -> None:
    """Received, being checked, refused with the reason; the core has it once; two mails."""
    await to_confirm(walk, phone="090-0000-4444")
    assert "090" in walk.text
    await walk.confirm()
    await walk.open("address")
    assert "受付済み" in walk.text
    assert f"100-0001 {PLACE}{REST}" in walk.text
    await work(walk.bank)
    await walk.open("address")
    assert "確認中" in walk.text
    [handed] = await walk.bank.rows("SELECT * FROM embedded_core.address_change")
    assert handed["address"] == f"{PLACE}{REST}"
    assert handed["phone"] == "+819000004444"
    await refuse(walk.bank)
    await walk.open("address")
    assert "変更できませんでした" in walk.text
    assert "本人確認書類をお持ちください" in walk.text
    told = await mails(walk.bank)
    assert {"address-requested", "address-refused"} <= set(told)


async def test_several_places_are_offered_to_choose_from(walk: Walk) -> None:
    """A code of two prefectures: neither is chosen beforehand."""
    await to_address(walk, "４９８－００００")
    assert "愛知県弥富市" in walk.text
    assert "三重県桑名郡木曽岬町" in walk.text
    await walk.send(rest=REST)
    assert walk.screen == "address"
    await walk.send(area="三重県桑名郡木曽岬町", rest=REST)
    assert "三重県桑名郡木曽岬町1丁目" in walk.text


@pytest.mark.parametrize(
    "rest",
    [
        "1-2-3", "１－２－３　ハイツ・みほんⅡ（北）101号室", "一丁目二番地 𠮷野ビル", "2ｰ3 ﾐﾎﾝｺｰﾎﾟ",
        "Bldg. #2, St. John's House 5/F", "いろは荘々1−2‐3‑4",
    ],
)  # fmt: skip
async def test_the_rest_of_an_address_is_taken_as_people_write_it(walk: Walk, rest: str) -> None:
    """Kanji, kana and letters of either width, and every hyphen that a keyboard makes."""
    await to_confirm(walk, rest=rest)


@pytest.mark.parametrize("rest", ["🏠" * 50, "1-2-3 ★", "1-2-\u200d3", "<b>1-2</b>"])
async def test_signs_that_no_address_has_are_refused(walk: Walk, rest: str) -> None:
    """The error says what can be used; what was typed stays."""
    await to_address(walk)
    await walk.send(area=PLACE, rest=rest)
    assert walk.screen == "address"
    assert "番地・建物名・部屋番号に使えない文字があります。漢字・かな・英字・数字" in walk.text
    assert walk.browser.form.fields["rest"] == rest


async def test_while_one_is_open_no_other_begins(walk: Walk) -> None:
    """The link leads to the state, where the open one can be withdrawn."""
    await ask(walk)
    await walk.open("address-change")
    assert walk.browser.path.endswith("/bank/address")
    assert "取り下げる" in walk.text
    assert "住所変更を申し込む" not in walk.text


async def test_what_was_typed_stands_when_the_customer_comes_back(walk: Walk) -> None:
    """From the confirmation back to the code and on again, nothing is lost."""
    await to_confirm(walk, phone="09000004444")
    await walk.send("back")
    await walk.send("back")
    assert walk.browser.form.fields["postal_code"] == "1000001"
    await walk.send()
    fields = walk.browser.form.fields
    assert (fields["area"], fields["rest"]) == (PLACE, REST)
    assert fields["phone"].replace("-", "") == "09000004444"


async def test_the_pages_of_addresses_are_complete_in_english(bank: RetailWorld) -> None:
    """Nothing Japanese is left of our own texts but the address itself."""
    walk = await Walk.come(bank)
    walk.browser.language = "en"
    await ask(walk)
    await walk.open("address")
    assert "Change of address" in walk.text
    assert "Received" in walk.text
