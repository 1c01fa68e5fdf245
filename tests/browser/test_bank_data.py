"""Registered data, and the consents given to apps by the login, as people see them."""

import pytest

from tests.browser.bank_walk import BankWalk
from tests.browser.conftest import Banker
from tests.browser.look import look
from tests.browser.walk import APP, pushed_url

SACHIKO, GORO, TARO = "mihonsachi5", "reigoro55", "mihontaro1"


@pytest.mark.requirement("RET-28", "UI-01")
async def test_registered_data(banker: Banker) -> None:
    """Mail address, contact, passwords and questions: each screen up to where it is changed."""
    walk = await banker(GORO)
    await walk.log_in()
    await walk.open("registered-data")
    await walk.look("registered-data")
    password = walk.person["confirmation_password"]
    new = "goro-new@example.jp"
    await walk.open("mail-change")
    await walk.look("mail-1-address")
    await walk.go(email=new, email_again=new, confirmation_password=password)
    walk.at("old-code")
    await walk.look("mail-2-old-code")
    await walk.go(code=await walk.code())
    walk.at("new-code")
    await walk.look("mail-3-new-code")
    await walk.open("contact-change")
    await walk.look("contact")
    await walk.go(dm_wanted="yes", language="ja", confirmation_password=password)
    walk.at("contact-changed")
    await walk.look("contact-changed")
    await walk.open("password-change")
    await walk.look("password-change")
    await walk.open("question-change")
    await walk.look("question-change")
    await walk.go("cancel")
    await walk.look("question-change-cancelled")


@pytest.mark.requirement("RET-28", "UI-01")
async def test_mail_address_to_be_confirmed(banker: Banker) -> None:
    """The top page leads to the confirmation of an address; the code that is mailed confirms it."""
    walk = await banker(SACHIKO)
    await walk.log_in()
    await walk.follow("メールアドレス")
    await walk.open("mail-confirmation")
    walk.at("send")
    await walk.look("mail-confirmation-1-send")
    await walk.go()
    walk.at("code")
    await walk.look("mail-confirmation-2-code")
    await walk.go(code=await walk.code())
    walk.at("mail-confirmed")
    await walk.look("mail-confirmation-3-done")


@pytest.mark.requirement("RET-30", "LINK-36", "LINK-37", "LINK-38", "LINK-39", "UI-01")
async def test_link_by_login_and_its_end(banker: Banker) -> None:
    """An app is let in by the login, and by its question; the consent is shown and revoked."""
    walk = await banker(TARO, "9902")
    await walk.page.goto(await pushed_url(walk.demo, "9902"))
    walk.at("login")
    await _look(walk, "link-login")
    await walk.fill(login_id=TARO, login_password=walk.person["login_password"])
    await walk.go()
    if walk.place == "question":
        await _look(walk, "link-question")
        await walk.answer()
    walk.at("accounts")
    await _look(walk, "link-accounts")
    await walk.page.locator('[name="accounts[]"]').first.check()
    await walk.fill(agree="1")
    async with walk.page.expect_request(lambda request: request.url.startswith(APP)):
        await walk.page.locator("button[name=go]").click()
    await walk.log_in()
    await walk.open("consents")
    await walk.look("consents")
    await walk.page.locator("main .bank-list a").first.click()
    await walk.look("consent")
    await walk.page.locator("main a.button").first.click()
    await walk.look("consent-revoke")
    await walk.confirm()
    walk.at("revoked")
    await walk.look("consent-revoked")


async def _look(walk: BankWalk, name: str) -> None:
    await look(walk.page, name, widths=(360, 1280))
