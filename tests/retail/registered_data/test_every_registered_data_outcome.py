"""Every outcome in the tables of registered data is produced over HTTP, and leads where it says."""

from collections.abc import Awaitable, Callable

import pytest

from madoguchi.retail.registered_data import JOURNEYS
from tests.retail.registered_data.conftest import QUESTIONS, DataWalk
from tests.support.bank_walk import last_step, visit_of

Pair = tuple[str, str, str]
Scene = Callable[[DataWalk], Awaitable[None]]
TABLES = {each.journey.name: each.journey for each in JOURNEYS}
PAIRS = [
    (table.name, screen.name, outcome.__name__)
    for table in TABLES.values()
    for screen in table.screens
    for outcome in screen.outcomes
]
SCENES: dict[Pair, Scene] = {}


def scene(*pair: str) -> Callable[[Scene], Scene]:
    """Note who plays a pair of the tables."""

    def noted(play: Scene) -> Scene:
        journey, screen, outcome = pair
        SCENES[journey, screen, outcome] = play
        return play

    return noted


async def to_old_code(walk: DataWalk) -> None:
    await walk.confirm_address()
    await walk.change_address()


async def to_code(walk: DataWalk) -> None:
    await walk.open("mail-confirmation")
    await walk.send()


async def lock(walk: DataWalk, send: Callable[[], Awaitable[None]]) -> None:
    """Do the same until the confirmation password is locked."""
    for _ in range(walk.bank.institution.retail.confirmation_failures_limit):
        await send()


async def change_elsewhere(walk: DataWalk, email: str = "betsu@example.jp") -> None:
    contract = await walk.contract()
    async with walk.bank.database.transaction() as tx:
        await walk.bank.runtime.banking.customers.change_email(
            tx, contract, email, confirmed=True, by="staff-1", now=walk.bank.clock.now()
        )


# ── mail address ──────────────────────────────────────────────────────────────────────────────────


@scene("mail-change", "address", "Proceed")
async def address_proceed(walk: DataWalk) -> None:
    await to_old_code(walk)


@scene("mail-change", "address", "Again")
async def address_again(walk: DataWalk) -> None:
    await walk.change_address(email_again="chigau@example.jp")


@scene("mail-change", "address", "OldUnproved")
async def address_old_unproved(walk: DataWalk) -> None:
    await walk.change_address()


@scene("mail-change", "address", "Locked")
async def address_locked(walk: DataWalk) -> None:
    await lock(walk, lambda: walk.change_address(confirmation_password="Wrong1234"))


@scene("mail-change", "old-code", "Proceed")
async def old_code_proceed(walk: DataWalk) -> None:
    await to_old_code(walk)
    await walk.type_code()


@scene("mail-change", "old-code", "Again")
async def old_code_again(walk: DataWalk) -> None:
    await to_old_code(walk)
    await walk.type_code(walk.wrong_code())


@scene("mail-change", "old-code", "Back")
async def old_code_back(walk: DataWalk) -> None:
    await to_old_code(walk)
    await walk.send("back")


@scene("mail-change", "old-code", "CodeSentAgain")
async def old_code_sent_again(walk: DataWalk) -> None:
    await to_old_code(walk)
    await walk.send("resend")


@scene("mail-change", "old-code", "ChangedElsewhere")
async def old_code_changed_elsewhere(walk: DataWalk) -> None:
    await to_old_code(walk)
    await change_elsewhere(walk)
    await walk.type_code()


@scene("mail-change", "new-code", "Proceed")
async def new_code_proceed(walk: DataWalk) -> None:
    await walk.change_address()
    await walk.type_code()


@scene("mail-change", "new-code", "Again")
async def new_code_again(walk: DataWalk) -> None:
    await walk.change_address()
    await walk.type_code("123")


@scene("mail-change", "new-code", "Back")
async def new_code_back(walk: DataWalk) -> None:
    await walk.change_address()
    await walk.send("back")


@scene("mail-change", "new-code", "CodeSentAgain")
async def new_code_sent_again(walk: DataWalk) -> None:
    await walk.change_address()
    await walk.send("resend")


@scene("mail-change", "new-code", "ChangedElsewhere")
async def new_code_changed_elsewhere(walk: DataWalk) -> None:
    await walk.change_address()
    await change_elsewhere(walk)
    await walk.type_code()


@scene("mail-confirmation", "send", "Proceed")
async def send_proceed(walk: DataWalk) -> None:
    await to_code(walk)


@scene("mail-confirmation", "send", "Again")
async def send_again(walk: DataWalk) -> None:
    walk.bank.configure(retail={"mailed_codes_per_hour": 1})
    await to_code(walk)
    await to_code(walk)


@scene("mail-confirmation", "code", "Proceed")
async def code_proceed(walk: DataWalk) -> None:
    await to_code(walk)
    await walk.type_code()


@scene("mail-confirmation", "code", "Again")
async def code_again(walk: DataWalk) -> None:
    await to_code(walk)
    await walk.type_code(walk.wrong_code())


@scene("mail-confirmation", "code", "Back")
async def code_back(walk: DataWalk) -> None:
    await to_code(walk)
    await walk.send("back")


@scene("mail-confirmation", "code", "CodeSentAgain")
async def code_sent_again(walk: DataWalk) -> None:
    await to_code(walk)
    await walk.send("resend")


@scene("mail-confirmation", "code", "ChangedElsewhere")
async def code_changed_elsewhere(walk: DataWalk) -> None:
    await to_code(walk)
    await change_elsewhere(walk)
    await walk.type_code()


# ── passwords ─────────────────────────────────────────────────────────────────────────────────────


@scene("password-change", "passwords", "Proceed")
async def passwords_proceed(walk: DataWalk) -> None:
    await walk.change_passwords(new_login="Atarashi7x")


@scene("password-change", "passwords", "Again")
async def passwords_again(walk: DataWalk) -> None:
    await walk.change_passwords()


@scene("password-change", "passwords", "Locked")
async def passwords_locked(walk: DataWalk) -> None:
    for _ in range(walk.bank.institution.retail.confirmation_failures_limit):
        await walk.change_passwords(new_login="Atarashi7x", current_confirmation="Wrong1234")


# ── questions ─────────────────────────────────────────────────────────────────────────────────────


@scene("question-change", "questions", "Proceed")
async def questions_proceed(walk: DataWalk) -> None:
    await walk.to_questions()


@scene("question-change", "questions", "Again")
async def questions_again(walk: DataWalk) -> None:
    await walk.open("question-change")
    await walk.send(**{**QUESTIONS, "question_2": QUESTIONS["question_1"]})


@scene("question-change", "confirm", "Proceed")
async def confirm_proceed(walk: DataWalk) -> None:
    await walk.to_questions()
    await walk.confirm()


@scene("question-change", "confirm", "Again")
async def confirm_again(walk: DataWalk) -> None:
    await walk.to_questions()
    await walk.confirm(code=walk.wrong_code())


@scene("question-change", "confirm", "Back")
async def confirm_back(walk: DataWalk) -> None:
    await walk.to_questions()
    await walk.send("back")


@scene("question-change", "confirm", "CodeSentAgain")
async def confirm_code_sent_again(walk: DataWalk) -> None:
    await walk.to_questions()
    await walk.send("resend")


@scene("question-change", "confirm", "Locked")
async def confirm_locked(walk: DataWalk) -> None:
    await walk.to_questions()
    await lock(walk, lambda: walk.confirm(confirmation_password="Wrong1234"))


# ── contact ───────────────────────────────────────────────────────────────────────────────────────


@scene("contact-change", "contact", "Proceed")
async def contact_proceed(walk: DataWalk) -> None:
    await walk.open("contact-change")
    await walk.confirm(dm_wanted="yes")


@scene("contact-change", "contact", "Again")
async def contact_again(walk: DataWalk) -> None:
    await walk.open("contact-change")
    await walk.confirm()


@scene("contact-change", "contact", "Locked")
async def contact_locked(walk: DataWalk) -> None:
    await walk.open("contact-change")
    await lock(walk, lambda: walk.confirm(dm_wanted="yes", confirmation_password="Wrong1234"))


@pytest.mark.requirement("RET-28")
@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
async def test_every_outcome_leads_where_the_table_says(pair: Pair, walk: DataWalk) -> None:
    """The scene brings the outcome about, the log names it, and the page shown is the table's."""
    await SCENES[pair](walk)
    journey, screen, outcome = pair
    table = TABLES[journey]
    visit = visit_of(walk.browser)
    judged, name, place = await last_step(walk.bank, visit)
    assert (judged, name) == (screen, outcome), walk.text
    declared = next(each for each in table.screens if each.name == screen)
    kind = next(each for each in declared.outcomes if each.__name__ == outcome)
    following = [each.name for each in table.screens][
        [each.name for each in table.screens].index(screen) + 1 :
    ]
    usual = {"Proceed": (following or [table.finish])[0], "Again": screen}
    assert place == usual.get(outcome, declared.on.get(kind, "")) == walk.screen
    assert walk.browser.page is not None
    assert walk.browser.page.status_code == 200
    assert "画面ID: BRG" in walk.text


def test_every_pair_of_the_tables_has_its_scene() -> None:
    """No outcome is left out, and none is played that is in no table."""
    assert set(SCENES) == set(PAIRS)
