"""Internet banking put together: its capabilities and use cases, built once for each process."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from madoguchi import risk
from madoguchi.address_changes import AddressChanges
from madoguchi.app.requests import address_changes_of, direct_debits_of
from madoguchi.bill_payments import (
    BillerNetwork,
    BillerSimulator,
    BillPaymentPorts,
    BillPayments,
)
from madoguchi.core_bank import MovesMany
from madoguchi.customers import ContractState, Customers
from madoguchi.direct_debits import DirectDebits
from madoguchi.institutions import Institution
from madoguchi.kernel.errors import must
from madoguchi.kernel.money import Yen
from madoguchi.notices import Notice, sender_of
from madoguchi.one_time_passwords import Asked, MailedCodes, Tell
from madoguchi.plumbing.database import Tx
from madoguchi.plumbing.jobs import Kind, Schedule
from madoguchi.plumbing.templates import formats
from madoguchi.retail import RegistrationLockTeller, RetailDoor, RetailPorts
from madoguchi.sign_in import Contracts, Hasher, SignIn, SignInPorts
from madoguchi.site import Pages
from madoguchi.transfers import Payer, Transfers, TransfersPorts

if TYPE_CHECKING:
    from madoguchi.app.runtime import Runtime

CODES_KEPT = timedelta(days=1)
DECISIONS_KEPT = timedelta(days=400)


@dataclass(frozen=True)
class Banking:
    """What moves customers and their money, for web, worker and command line alike."""

    customers: Customers
    sign_in: SignIn
    contracts: Contracts
    mailed_codes: MailedCodes
    transfers: Transfers
    bill_payments: BillPayments
    address_changes: AddressChanges
    direct_debits: DirectDebits

    def kinds(self, runtime: "Runtime") -> list[Kind]:
        """Return the kinds of jobs that the worker does."""
        registration = RegistrationLockTeller(
            runtime.database, self.customers, runtime.notices, runtime.core_of,
            runtime.institutions.by_code, runtime.clock,
        )  # fmt: skip
        return [
            registration.kind(),
            *self.sign_in.kinds(runtime.database, runtime.institutions.by_code),
            *self.transfers.kinds(),
            *self.bill_payments.kinds(),
            *self.address_changes.kinds(),
            *self.direct_debits.kinds(),
        ]

    def schedules(self) -> list[Schedule]:
        """Return what the worker does every so often."""
        return [*self.transfers.schedules()]

    async def purge(self, tx: Tx, now: datetime) -> None:
        """Delete what nobody needs any more."""
        await self.sign_in.purge(tx, now)
        await self.mailed_codes.purge(tx, now - CODES_KEPT)
        await risk.purge(tx, now, decisions_before=now - DECISIONS_KEPT)


def open_banking(runtime: "Runtime") -> Banking:
    """Return internet banking on the ports of `runtime`."""
    customers = Customers(runtime.keys, runtime.entropy, runtime.log)
    signing_in = SignInPorts(
        counters=runtime.counters,
        customers=customers,
        notices=runtime.notices,
        log=runtime.log,
        keys=runtime.keys,
        entropy=runtime.entropy,
        hasher=Hasher(runtime.keys),
        texts=runtime.templates.text,
    )
    transfers = Transfers(
        TransfersPorts(
            database=runtime.database,
            core_of=runtime.core_of,
            institution_of=runtime.institutions.by_code,
            notices=runtime.notices,
            log=runtime.log,
            keys=runtime.keys,
            entropy=runtime.entropy,
            clock=runtime.clock,
            payer_refusal=_payer_refusal(customers),
            together=_moves_many(runtime),
        )
    )
    return Banking(
        customers=customers,
        sign_in=SignIn(signing_in),
        contracts=Contracts(signing_in),
        mailed_codes=MailedCodes(
            runtime.keys, runtime.entropy, runtime.counters, _mailing(runtime)
        ),
        transfers=transfers,
        bill_payments=BillPayments(
            BillPaymentPorts(
                database=runtime.database,
                core_of=runtime.core_of,
                institution_of=lambda code: must(runtime.institutions.by_code(code)),
                network=_billers(runtime),
                notices=runtime.notices,
                log=runtime.log,
                texts=runtime.templates.text,
                keys=runtime.keys,
                entropy=runtime.entropy,
                clock=runtime.clock,
                day_limit=_day_limit(transfers),
            )
        ),
        address_changes=address_changes_of(runtime),
        direct_debits=direct_debits_of(runtime),
    )


def retail_door(runtime: "Runtime", pages: Pages) -> RetailDoor:
    """Return the door of internet banking."""
    banking = runtime.banking
    ports = RetailPorts(
        database=runtime.database,
        counters=runtime.counters,
        clock=runtime.clock,
        keys=runtime.keys,
        entropy=runtime.entropy,
        log=runtime.log,
        institutions=runtime.institutions,
        pages=pages,
        texts=runtime.templates.text,
        core_of=runtime.core_of,
        notices=runtime.notices,
        customers=banking.customers,
        sign_in=banking.sign_in,
        one_time_password=banking.mailed_codes,
        transfers=banking.transfers,
        bill_payments=banking.bill_payments,
        address_changes=banking.address_changes,
        direct_debits=banking.direct_debits,
    )
    return RetailDoor(ports, seats=max(1, runtime.settings.database.pool // 2))


def _moves_many(runtime: "Runtime") -> bool:
    """Return whether a core of the institutions, where there are any yet, moves many at once."""
    cores = [runtime.core_of(institution) for institution in runtime.institutions.all()]
    return not cores or any(isinstance(core, MovesMany) for core in cores)


def _payer_refusal(customers: Customers) -> Callable[[Tx, str, Payer], Awaitable[str]]:
    """Return how transfers learn that a contract was stopped, or an account left it (RET-19)."""

    async def why_not(tx: Tx, institution: str, payer: Payer) -> str:
        contract = await customers.find(tx, institution, payer.contract_id)
        if contract is None or contract.state is ContractState.STOPPED:
            return "contract-stopped"
        under_it = {account.account_id for account in contract.accounts}
        return "" if payer.account_id in under_it else "account-unusable"

    return why_not


def _day_limit(transfers: Transfers) -> Callable[[Tx, Institution, str, datetime], Awaitable[Yen]]:
    """Return how bills learn the customer's limit of a day: who lowers it, lowers both (RET-22)."""

    async def per_day(tx: Tx, institution: Institution, contract_id: str, now: datetime) -> Yen:
        limits = await transfers.limits_of(tx, institution, contract_id, now)
        return Yen(limits.now.per_day)

    return per_day


def _billers(runtime: "Runtime") -> BillerNetwork | None:
    """Return the way to the billers: simulated ones in the demo, none yet elsewhere."""
    if not runtime.settings.billers.simulator:
        return None
    return BillerSimulator(runtime.core_database, runtime.clock)


def _mailing(runtime: "Runtime") -> Tell:
    """Return how a code goes out by mail, with exactly what it is for (RET-18)."""

    async def tell(tx: Tx, asked: Asked, code: str, expires_at: datetime) -> None:
        institution: Institution = must(runtime.institutions.by_code(asked.institution))
        await runtime.notices.send(
            tx,
            Notice(
                sender=sender_of(institution),
                event_key=f"code:{asked.owner}:{expires_at.isoformat()}:{asked.purpose}",
                template="mailed-code",
                language=asked.language,
                to=asked.to,
                values={
                    "code": code,
                    "until": formats.format_time(expires_at, asked.language),
                    "purpose": runtime.templates.text(
                        f"bank.code.{asked.purpose}", language=asked.language
                    ),
                    "facts": tuple(f"{name}: {value}" for name, value in asked.facts),
                },
            ),
        )

    return tell
