"""The table of the interface: what can be asked, with which body, and what comes back.

Client, gateway and description are all made from it. Every operation is `POST {url}/{name}`, reads
too: account numbers, names and PINs stand in bodies, never in addresses, which proxies log.
"""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec

from madoguchi.core_bank.http import messages as m
from madoguchi.core_bank.port import AddressChange, Transfer

Q = TypeVar("Q")
A = TypeVar("A")

INSTITUTION = "Core-Institution"
CORRELATION_ID = "Core-Correlation-Id"
DEADLINE = "Core-Deadline"
IDEMPOTENCY_KEY = "Idempotency-Key"


@dataclass(frozen=True, kw_only=True)
class Operation(Generic[Q, A]):
    """One operation of the port, as a resource.

    `writes`: it carries an idempotency key and may be refused. `repeatable`: asked a second time
    it does no harm where the first one's answer was lost.
    """

    name: str
    title: str
    request: type[Q]
    answer: Any
    """The type `A`; Any, since a union is no `type`."""
    writes: bool = False
    repeatable: bool = True

    def read_request(self, body: bytes) -> Q:
        """Return what a body asks. Raises `msgspec.DecodeError`."""
        return msgspec.json.decode(body, type=self.request)

    def read_answer(self, body: bytes) -> A:
        """Return what a body answers. Raises `msgspec.DecodeError`."""
        answer: A = msgspec.json.decode(body, type=self.answer)
        return answer


CAPABILITIES: Operation[m.Nothing, m.CapabilityList] = Operation(
    name="capabilities",
    title="What the core offers to the institution",
    request=m.Nothing,
    answer=m.CapabilityList,
)
BUSINESS_DATE: Operation[m.Nothing, m.BusinessDate] = Operation(
    name="business-date",
    title="The day that the core books on now",
    request=m.Nothing,
    answer=m.BusinessDate,
)
FIND_ACCOUNT: Operation[m.AccountNumber, m.FoundAccount] = Operation(
    name="find-account",
    title="The account with a branch, kind and number, whatever its status",
    request=m.AccountNumber,
    answer=m.FoundAccount,
)
ACCOUNT: Operation[m.AccountId, m.FoundAccount] = Operation(
    name="account",
    title="The account with an id, whatever its status",
    request=m.AccountId,
    answer=m.FoundAccount,
)
HOLDER: Operation[m.HolderId, m.FoundHolder] = Operation(
    name="holder",
    title="The customer with an id",
    request=m.HolderId,
    answer=m.FoundHolder,
)
ACCOUNTS_OF: Operation[m.HolderId, m.AccountList] = Operation(
    name="accounts-of",
    title="All accounts of a customer, whatever their status, by branch, kind and number",
    request=m.HolderId,
    answer=m.AccountList,
)
VERIFY_CARD_PIN: Operation[m.TypedPin, m.PinJudged] = Operation(
    name="verify-card-pin",
    title="Compare a PIN with that of the account's card",
    request=m.TypedPin,
    answer=m.PinJudged,
    # a core that counts wrong PINs of its own would count one twice
    repeatable=False,
)
BALANCES: Operation[m.AccountId, m.FoundBalances] = Operation(
    name="balances",
    title="What is in an account",
    request=m.AccountId,
    answer=m.FoundBalances,
)
TRANSACTIONS: Operation[m.TransactionRange, m.TransactionsAnswer] = Operation(
    name="transactions",
    title="Transactions of an account, newest first, by pages",
    request=m.TransactionRange,
    answer=m.TransactionsAnswer,
)
TIME_DEPOSITS: Operation[m.HolderId, m.TimeDepositList] = Operation(
    name="time-deposits",
    title="A customer's time deposits, by account and deposit number",
    request=m.HolderId,
    answer=m.TimeDepositList,
)
PAYEE_NAME: Operation[m.PayeeNumber, m.PayeeAnswer] = Operation(
    name="payee-name",
    title="Whose account this is, so that a payer can check before paying",
    request=m.PayeeNumber,
    answer=m.PayeeAnswer,
)
HOLD: Operation[Transfer, m.HeldAnswer | m.UnknownAnswer] = Operation(
    name="hold",
    title="Set a transfer's amount and fee aside",
    request=Transfer,
    answer=m.HeldAnswer | m.UnknownAnswer,
    writes=True,
)
SETTLE: Operation[m.HoldId, m.SettledAnswer | m.UnknownAnswer] = Operation(
    name="settle",
    title="Move the money of a pending hold: all of it, once",
    request=m.HoldId,
    answer=m.SettledAnswer | m.UnknownAnswer,
    writes=True,
)
RELEASE: Operation[m.Release, m.ReleasedAnswer | m.UnknownAnswer] = Operation(
    name="release",
    title="End a pending hold without moving money",
    request=m.Release,
    answer=m.ReleasedAnswer | m.UnknownAnswer,
    writes=True,
)
ADDRESS_CHANGE: Operation[AddressChange, m.AddressChangeAnswer | m.UnknownAnswer] = Operation(
    name="request-address-change",
    title="Hand a change of address to the bank",
    request=AddressChange,
    answer=m.AddressChangeAnswer | m.UnknownAnswer,
    writes=True,
)
INQUIRE: Operation[m.Inquiry, m.InquiryAnswer] = Operation(
    name="inquire",
    title="The first answer to the write with an idempotency key",
    request=m.Inquiry,
    answer=m.InquiryAnswer,
)
EVENTS: Operation[m.EventsSince, m.EventsAnswer] = Operation(
    name="events",
    title="What happened after a cursor, oldest first",
    request=m.EventsSince,
    answer=m.EventsAnswer,
)

OPERATIONS: tuple[Operation[Any, Any], ...] = (
    *(CAPABILITIES, BUSINESS_DATE, FIND_ACCOUNT, ACCOUNT, HOLDER, ACCOUNTS_OF, VERIFY_CARD_PIN),
    *(BALANCES, TRANSACTIONS, TIME_DEPOSITS, PAYEE_NAME),
    *(HOLD, SETTLE, RELEASE, ADDRESS_CHANGE, INQUIRE, EVENTS),
)
