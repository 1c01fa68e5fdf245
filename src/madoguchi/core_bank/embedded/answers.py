"""The kept answers of writes: what stands in the database, and the port's values."""

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

import msgspec

from madoguchi.core_bank.interbank import Order
from madoguchi.core_bank.port import (
    AddressChangeAccepted,
    Held,
    Refusal,
    Refused,
    Released,
    ReleaseReason,
    Settled,
    Unknown,
    WriteAnswer,
)
from madoguchi.kernel.errors import BrokenInvariant
from madoguchi.kernel.money import Yen

Answer = TypeVar("Answer", Held, Settled, Released, AddressChangeAccepted)


@dataclass(frozen=True)
class Out:
    """No answer yet: the transfer is with the network (`again`: perhaps, since it was before)."""

    order: Order
    again: bool


def content_of(operation: str, *content: object) -> bytes:
    """Return the hash by which two writes with one idempotency key are told apart."""
    return hashlib.sha256(msgspec.json.encode((operation, *content))).digest()


def answer_of(kept: dict[str, Any]) -> WriteAnswer | Out:
    """Return the kept answer as the port's value, or that there is none yet."""
    match kept["answer"]:
        case "held":
            return Held(hold_id=kept["hold_id"], held=Yen(kept["held"]))
        case "settled":
            return Settled(
                hold_id=kept["hold_id"],
                transaction_id=kept["transaction_id"],
                acceptance_number=kept["acceptance_number"],
                posted_on=date.fromisoformat(kept["posted_on"]),
            )
        case "released":
            return Released(hold_id=kept["hold_id"], reason=ReleaseReason(kept["reason"]))
        case "address_change_accepted":
            return AddressChangeAccepted(reference=kept["reference"])
        case "refused":
            return Refused(code=Refusal[kept["code"].upper()])
        case "out":
            return Out(order=msgspec.convert(kept["order"], Order), again=kept["again"])
        case other:
            raise BrokenInvariant(f"a kept answer of a kind nobody keeps: {other}")


def only(kind: type[Answer], answer: WriteAnswer | Unknown | Out) -> Answer | Refused | Unknown:
    """Return `answer`, which is `kind` or no success at all."""
    if isinstance(answer, kind | Refused | Unknown):
        return answer
    raise BrokenInvariant(f"{type(answer).__name__} is not an answer to this write")
