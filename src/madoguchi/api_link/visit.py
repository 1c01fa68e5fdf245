"""What a visit of the API link has proved so far."""

from dataclasses import dataclass, replace
from datetime import date

from madoguchi.core_bank.port import AccountKind


@dataclass(frozen=True, slots=True)
class ChosenAccount:
    """The account typed on ①: 3 digits, kind, 7 digits."""

    branch_code: str
    kind: AccountKind
    number: str


@dataclass(frozen=True, slots=True)
class TypedCustomer:
    """What was typed on ②: half-width kana, birth date, phone in E.164 and mail address."""

    name_kana: str
    birth_date: date
    phone: str
    email: str


@dataclass(frozen=True, slots=True)
class LinkVisit:
    """The app's request that this visit answers, and what the person has proved.

    `request_id` names the authorization request, kept with the visit so that its own short life
    ends nothing; `turn` counts how often the person has started over; a step sets what it has
    proved.
    """

    request_id: str
    client_id: str
    scopes: tuple[str, ...]
    redirect_uri: str
    turn: int = 0
    account: ChosenAccount | None = None
    customer: TypedCustomer | None = None
    account_id: str = ""
    holder_id: str = ""
    call_confirmed: bool = False
    pin_right: bool = False
    return_url: str = ""


def start_over(visit: LinkVisit) -> LinkVisit:
    """Return the visit with everything forgotten but the app's request (LINK-24)."""
    return LinkVisit(
        visit.request_id, visit.client_id, visit.scopes, visit.redirect_uri, turn=visit.turn + 1
    )


def with_customer(
    visit: LinkVisit, customer: TypedCustomer, account_id: str, holder_id: str
) -> LinkVisit:
    """Return the visit with stage ① proved: the customer's data match the account's holder."""
    return replace(visit, customer=customer, account_id=account_id, holder_id=holder_id)
