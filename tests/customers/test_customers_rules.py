"""How login IDs and addresses are compared, and which account is the card's."""

import pytest

from madoguchi.customers import ContractAccount, NewContract, folded_login_id
from madoguchi.customers.rules import folded_email


@pytest.mark.requirement("RET-04")
@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("Taro01", "taro01"),
        ("TARO01", "taro01"),
        ("taro01", "taro01"),
        ("\u212a01", "\u212a01"),  # the sign for Kelvin, whose small letter is k
        ("ＴＡＲＯ01", "ＴＡＲＯ01"),
        ("", ""),
    ],
)
def test_login_ids_are_compared_in_small_letters(typed: str, folded: str) -> None:
    """ASCII letters are folded; what only looks like one names nobody."""
    assert folded_login_id(typed) == folded


def test_addresses_are_looked_up_in_small_letters() -> None:
    """Spaces around an address and its upper case do not matter."""
    assert folded_email(" Taro@Example.JP ") == "taro@example.jp"


@pytest.mark.parametrize(
    ("account", "held"),
    [
        (ContractAccount("a-1", "001", "ordinary", "1234567"), True),
        (ContractAccount("a-1", "002", "ordinary", "1234567"), False),
        (ContractAccount("a-1", "001", "savings", "1234567"), False),
        (ContractAccount("a-1", "001", "ordinary", "1234568"), False),
    ],
)
def test_the_cards_account_is_one_of_the_contracts(account: ContractAccount, held: bool) -> None:
    """Branch, kind and number together name it."""
    new = NewContract(
        holder_id="h-1", branch_code="001", account_kind="ordinary", account_number="1234567",
        accounts=(account,),
    )  # fmt: skip
    assert new.holds_card_account() is held
