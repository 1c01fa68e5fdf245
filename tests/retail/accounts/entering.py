"""A customer who is signed in already, and what is booked on his accounts.

What the pages show is tested apart from the way in.
"""

from datetime import date, timedelta

from madoguchi.core_bank import BankAccount, Journal, Posting, TransactionKind
from madoguchi.core_bank.port import Call
from madoguchi.kernel.clock import japan_day
from madoguchi.kernel.errors import must
from madoguchi.risk import Assessment, Environment
from madoguchi.sign_in import Began
from madoguchi.sign_in.cookies import session_cookie_name
from tests.support.html_browser import HtmlBrowser
from tests.support.retail_world import Customer, RetailWorld

AT_HOME = Environment(
    device_id="", network="198.51.100.0/24", place="", browser="Firefox", language="ja"
)
PASSWORD_SET_AT = """
SELECT set_at FROM sign_in_secret
WHERE institution = $1 AND contract_id = $2 AND kind = 'login-password'"""
USUAL = Assessment(score=0, decision="allow", reasons=(), first=True)


async def enter(bank: RetailWorld, customer: Customer, language: str = "ja") -> HtmlBrowser:
    """Begin a session of the customer; return a browser that holds its cookie."""
    async with bank.database.transaction() as tx:
        set_at = await tx.value(PASSWORD_SET_AT, bank.code, customer.contract.id)
        began = await bank.runtime.banking.sign_in.begin_session(
            tx, bank.institution, customer.contract, how=("password",), env=AT_HOME,
            assessment=USUAL, password_set_at=set_at, source="198.51.100.7", now=bank.clock.now(),
        )  # fmt: skip
    assert isinstance(began, Began)
    browser = bank.browser(language)
    browser.cookies[session_cookie_name(bank.code)] = began.secret
    return browser


async def book(
    bank: RetailWorld, account_id: str, yen: int, remarks: str, day: date | None = None
) -> None:
    """Book a transfer in, or out where `yen` is below zero, on an account."""
    kind = TransactionKind.TRANSFER
    postings = (
        Posting(account=account_id, amount=yen, kind=kind, remarks=remarks),
        Posting(bank=BankAccount.INTERBANK, amount=-yen, kind=kind, remarks=remarks),
    )
    journal = Journal(day=day or japan_day(bank.clock.now()), postings=postings)
    await bank.runtime.core_administration().post(bank.code, journal)


async def balance(bank: RetailWorld, account_id: str) -> int:
    """Return what is in the account."""
    deadline = bank.clock.now() + timedelta(seconds=20)
    call = Call(institution=bank.code, correlation_id="test", deadline=deadline)
    return must(await bank.runtime.core.balances(call, account_id)).ledger
