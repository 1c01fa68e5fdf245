"""Login mode of the API link over HTTP: internet banking's login, then the accounts to share."""

import re
from dataclasses import dataclass

import pytest

from madoguchi.core_bank import NewCard
from madoguchi.kernel.errors import must
from madoguchi.sign_in import Secret
from tests.support.html_browser import HtmlBrowser
from tests.support.link_world import counters
from tests.support.oauth_client import AppClient
from tests.support.retail_world import ANSWERS, Customer, RetailWorld, bank

__all__ = ["bank", "counters"]

BOTH = pytest.mark.parametrize("language", ["ja", "en"])


@dataclass
class Linking:
    """A bank in login mode, a customer of its internet banking, an app that sends him there."""

    bank: RetailWorld
    customer: Customer
    app: AppClient

    async def begin(
        self, browser: HtmlBrowser | None = None, language: str = "ja", **parameters: str
    ) -> HtmlBrowser:
        """Have the app send a browser: it stands on the first screen."""
        browser = browser or self.bank.browser(language)
        await browser.open(await self.app.pushed_url(**parameters))
        return browser

    async def log_in(self, browser: HtmlBrowser, password: str = "", login_id: str = "") -> None:
        """Type ID and password, the right ones unless told otherwise."""
        await browser.send(
            "go",
            login_id=login_id or self.customer.login_id,
            login_password=password or self.customer.login_password,
        )

    def offered(self, browser: HtmlBrowser) -> list[str]:
        """Return the public ids of the accounts to choose from."""
        return re.findall(r'name="accounts\[\]" type="checkbox" value="([^"]+)"', browser.html)

    async def allow(self, browser: HtmlBrowser, *chosen: str, agree: str = "1") -> None:
        """Tick accounts and the box, and press 許可."""
        form = browser.form
        fields = [(name, value) for name, value in form.fields.items() if name != "accounts[]"]
        fields += [("accounts[]", each) for each in chosen]
        fields += [("agree", agree), ("go", "1")] if agree else [("go", "1")]
        await browser.follow_pairs(fields)


@pytest.fixture
async def linking(bank: RetailWorld) -> Linking:
    """A customer with two accounts that can be linked, and two that cannot."""
    bank.code, bank.slug = "9902", "mihon-shinkin"
    customer = await bank.customer("6789012")
    savings = next(each for each in customer.contract.accounts if each.kind == "savings")
    await bank.runtime.core_administration().issue_card(
        bank.code, NewCard(id="second-card", account_id=savings.account_id, pin="4711")
    )
    return Linking(bank, customer, await bank.app())


@BOTH
@pytest.mark.requirement("LINK-37", "LINK-39", "LINK-30", "LINK-01")
async def test_a_login_links_the_accounts_chosen(language: str, linking: Linking) -> None:
    """ID and password, then the accounts ticked and no others are what the app may read."""
    browser = await linking.begin(language=language)
    assert browser.screen == "login"
    await linking.log_in(browser)
    assert browser.screen == "accounts", browser.text
    offered = linking.offered(browser)
    assert len(offered) == 2
    await linking.allow(browser, offered[1])
    redeemed = await linking.app.redeem(linking.app.returned(browser.left_for)["code"])
    token = redeemed.json()["access_token"]
    url = f"{linking.app.issuer}/api/v1/accounts"
    listed = (await linking.app.resource("GET", url, token)).json()
    assert [each["id"] for each in listed["accounts"]] == [offered[1]]
    mails = await linking.bank.rows("SELECT template FROM notices_outbox")
    assert {"template": "link-completed"} in mails


@pytest.mark.requirement("LINK-39", "LINK-01")
async def test_accounts_that_cannot_be_linked_are_named_with_the_reason(linking: Linking) -> None:
    """Nobody looks for an account in vain: the others stand below the choice, and why."""
    browser = await linking.begin()
    terms = linking.bank.institution.links.api_terms
    assert f'<a href="{terms}">API利用規約</a>への' in browser.html
    await linking.log_in(browser)
    accounts = linking.customer.contract.accounts
    assert len(accounts) == len(linking.offered(browser)) + 2
    choice, others = browser.text.split("次の口座は連携できません。")
    for each in accounts:
        assert each.number in (choice if each.kind in {"ordinary", "savings"} else others)
    assert "普通預金と貯蓄預金の口座だけ" in others


@BOTH
@pytest.mark.requirement("LINK-39", "LINK-01")
async def test_who_has_nothing_to_link_is_told_what_could_be(
    language: str, linking: Linking
) -> None:
    """With both cards reported lost the way ends, in words that name the card."""
    administration = linking.bank.runtime.core_administration()
    for account in linking.customer.contract.accounts:
        if account.kind in {"ordinary", "savings"}:
            await administration.lose_card(linking.bank.code, account.account_id)
    browser = await linking.begin(language=language)
    await linking.log_in(browser)
    assert browser.screen == "nothing-to-link", browser.text
    assert ("キャッシュカード" if language == "ja" else "cash card") in browser.text
    assert "link." not in browser.text


@pytest.mark.requirement("LINK-39", "LINK-29", "LINK-04")
async def test_nothing_is_shared_without_a_choice_or_the_box(linking: Linking) -> None:
    """No account ticked, an account of somebody else, no box: the screen says so, and stays."""
    browser = await linking.begin()
    await linking.log_in(browser)
    offered = linking.offered(browser)
    await linking.allow(browser)
    assert browser.screen == "accounts"
    assert "連携する口座" in browser.text
    await linking.allow(browser, "not-an-account-of-his")
    assert browser.screen == "accounts"
    await linking.allow(browser, offered[0], agree="")
    assert browser.screen == "accounts"
    await linking.allow(browser, offered[0])
    assert browser.left_for


@pytest.mark.requirement("LINK-38", "RET-14")
async def test_an_unusual_device_is_asked_a_question(linking: Linking) -> None:
    """The first login teaches; from another browser the same question stays until it is right."""
    await linking.log_in(await linking.begin())
    other = await linking.begin(linking.bank.browser())
    await linking.log_in(other)
    assert other.screen == "question", other.text
    asked = next(key for key in ANSWERS if _question(linking, key) in other.text)
    await other.send("go", answer="ちがう")
    assert other.screen == "question"
    assert _question(linking, asked) in other.text
    await other.send("go", answer=ANSWERS[asked])
    assert other.screen == "accounts"


@pytest.mark.requirement("LINK-40", "LOCK-01")
async def test_the_lock_is_that_of_internet_banking(linking: Linking) -> None:
    """Wrong passwords here lock the login there, and the other way round."""
    limit = linking.bank.institution.retail.login_failures_limit
    browser = await linking.begin()
    for _ in range(limit - 1):
        await linking.log_in(browser, password="Chigau99")
        assert browser.screen == "login"
    there = linking.bank.browser()
    await there.open(linking.bank.url("login"))
    await there.send("go", login_id=linking.customer.login_id, login_password="Chigau99")
    assert "R82" in there.text
    await linking.log_in(browser)
    assert browser.screen == "login-locked"
    assert "R82" in browser.text


@pytest.mark.requirement("LINK-37", "LOCK-02")
async def test_an_id_that_nobody_has_is_answered_alike(linking: Linking) -> None:
    """A wrong password and an unknown ID give the same page."""
    texts = []
    for login_id in (linking.customer.login_id, "dareka99"):
        browser = await linking.begin()
        await linking.log_in(browser, password="Chigau99", login_id=login_id)
        texts.append(browser.text)
    assert texts[0] == texts[1]


@pytest.mark.requirement("LINK-37", "RET-06")
async def test_an_unfinished_registration_links_nothing(linking: Linking) -> None:
    """Before the first login is finished nothing can be linked, and the app is told no."""
    newcomer = await linking.bank.customer("1234567", state="first-login")
    browser = await linking.begin()
    await linking.log_in(browser, login_id=newcomer.login_id)
    assert browser.screen == "not-ready"
    returned = linking.app.returned(browser.link("連携元画面へ"))
    assert returned["error"] == "access_denied"


@pytest.mark.requirement("LINK-37")
async def test_where_both_ways_are_offered_the_person_chooses(linking: Linking) -> None:
    """An institution with both modes shows the choice; each way begins its own screens."""
    linking.bank.configure(
        api_link={"modes": ("card", "login"), "verification_numbers": ("0120-000-301",)}
    )
    by_card = await linking.begin()
    assert by_card.screen == "way"
    await by_card.send("go", mode="card")
    assert by_card.screen == "account"
    by_login = await linking.begin()
    await by_login.send("go", mode="login")
    assert by_login.screen == "login"
    await linking.log_in(by_login)
    await linking.allow(by_login, linking.offered(by_login)[0])
    assert "code" in linking.app.returned(by_login.left_for)


@pytest.mark.requirement("LINK-37")
async def test_an_app_for_one_mode_is_not_asked(linking: Linking) -> None:
    """Where both are offered, an app whose contract has one mode gets that."""
    linking.bank.configure(
        api_link={"modes": ("card", "login"), "verification_numbers": ("0120-000-301",)}
    )
    linking.app = await linking.bank.app("card-app", link_modes=("card",))
    assert (await linking.begin()).screen == "account"


@pytest.mark.requirement("LINK-06", "LINK-07")
async def test_giving_up_and_going_back(linking: Linking) -> None:
    """中止する tells the app no; an older screen's form leads to where the person really is."""
    browser = await linking.begin()
    old = browser.copy()
    await linking.log_in(browser)
    linking.bank.clock.advance(10)
    await linking.log_in(old)
    assert old.screen == "accounts"
    await browser.send("cancel")
    assert browser.screen == "cancelled"
    assert linking.app.returned(browser.link("連携元画面へ"))["error"] == "access_denied"


@pytest.mark.requirement("LINK-40")
async def test_a_contract_stopped_meanwhile_shares_nothing(linking: Linking) -> None:
    """Staff stop the contract while the consent is shown: 許可 gives nothing."""
    browser = await linking.begin()
    await linking.log_in(browser)
    chosen = linking.offered(browser)[0]
    customers = linking.bank.runtime.banking.customers
    async with linking.bank.database.transaction() as tx:
        contract = await customers.find(tx, "9902", linking.customer.contract.id)
        await customers.stop(
            tx, must(contract), reason="lost", by="staff-1", now=linking.bank.clock.now()
        )
    await linking.allow(browser, chosen)
    assert browser.screen == "login-stopped"


@pytest.mark.requirement("LINK-40", "RET-28")
async def test_a_former_password_shares_nothing(linking: Linking) -> None:
    """The password is changed while the consent is shown: 許可 gives nothing, and asks for it."""
    browser = await linking.begin()
    await linking.log_in(browser)
    chosen = linking.offered(browser)[0]
    linking.bank.clock.advance(1)
    async with linking.bank.database.transaction() as tx:
        await linking.bank.runtime.banking.sign_in.set_secret(
            tx, linking.customer.contract, Secret.LOGIN_PASSWORD, "Sakura77Gate",
            provisional_until=None, now=linking.bank.clock.now(),
        )  # fmt: skip
    await linking.allow(browser, chosen)
    assert browser.screen == "login"
    assert "ログインパスワードが変更されました" in browser.text
    await linking.log_in(browser, "Sakura77Gate")
    assert browser.screen == "question"


def _question(linking: Linking, key: str) -> str:
    questions = linking.bank.institution.retail.questions
    return next(each.text.ja for each in questions if each.key == key)
