"""A customer who changes what is registered of him."""

import pytest

from madoguchi.customers import Contract
from madoguchi.kernel.errors import must
from tests.support.retail_world import CONFIRMATION_PASSWORD, LOGIN_PASSWORD, RetailWorld
from tests.support.transfer_walk import Walk

NEW_ADDRESS = "atarashii@example.jp"
OLD_ADDRESS = "mihon34567@example.jp"
QUESTIONS = {
    "question_1": "favourite-dish",
    "answer_1": "そば",
    "question_2": "first-pet",
    "answer_2": "くろ",
    "question_3": "first-school",
    "answer_3": "例示小学校",
    "noted": "1",
}
CURRENT = {"current_login": LOGIN_PASSWORD, "current_confirmation": CONFIRMATION_PASSWORD}


class DataWalk(Walk):
    """A customer at the screens of registered data."""

    async def contract(self) -> Contract:
        """Return the contract as it stands."""
        async with self.bank.database.transaction() as tx:
            found = await self.bank.runtime.banking.customers.find(
                tx, self.bank.code, self.customer.contract.id
            )
        return must(found)

    async def confirm_address(self) -> None:
        """Have the registered address confirmed, as if he had done it long ago."""
        contract = await self.contract()
        async with self.bank.database.transaction() as tx:
            await self.bank.runtime.banking.customers.confirm_email(
                tx, contract, must(contract.email), by=contract.id, now=self.bank.clock.now()
            )

    async def change_address(self, email: str = NEW_ADDRESS, **typed: str) -> None:
        """Type a new address."""
        await self.open("mail-change")
        right = {"confirmation_password": self.customer.confirmation_password}
        await self.send(**{**right, "email": email, "email_again": email, **typed})

    async def type_code(self, code: str = "") -> None:
        """Type the code that was sent last, unless told otherwise."""
        await self.send(code=code or self.code)

    async def to_questions(self) -> None:
        """Choose three questions, up to their confirmation."""
        await self.open("question-change")
        await self.send(**QUESTIONS)

    async def change_passwords(self, **typed: str) -> None:
        """Type passwords: both current ones are right, unless told otherwise."""
        await self.open("password-change")
        new = dict(typed)
        for name in ("new_login", "new_confirmation"):
            if name in typed:
                new.setdefault(f"{name}_again", typed[name])
        await self.send(**{**CURRENT, **new})

    def wrong_code(self) -> str:
        """Return a code that was not sent."""
        return "000000" if self.code != "000000" else "111111"

    async def told(self, address: str) -> list[str]:
        """Return the templates of what was mailed to an address, but codes, the oldest first."""
        notices = self.bank.runtime.notices
        async with self.bank.database.transaction() as tx:
            found = await notices.find(tx, self.bank.code, to=address)
        return [each.template for each in reversed(found) if each.template != "mailed-code"]


@pytest.fixture
async def walk(bank: RetailWorld) -> DataWalk:
    """A customer who has signed in; his address is not confirmed yet."""
    found = await DataWalk.come(bank)
    assert isinstance(found, DataWalk)
    return found
