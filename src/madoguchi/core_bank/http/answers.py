"""Answers to writes: the port's values, and what goes over the wire."""

from typing import assert_never

from madoguchi.core_bank.http import messages as m
from madoguchi.core_bank.http.problems import name_of, refusal_of
from madoguchi.core_bank.port import (
    AddressChangeAccepted,
    Held,
    NeverSeen,
    Refused,
    Released,
    Settled,
    Unknown,
    WriteAnswer,
)


def answer_of(  # noqa: PLR0911 -- one for each answer
    message: m.InquiryAnswer, key: str
) -> WriteAnswer | NeverSeen | Unknown:
    """Return the port's value; of a refusal that nobody knows, `Unknown`."""
    match message:
        case m.HeldAnswer():
            return Held(message.hold_id, message.held)
        case m.SettledAnswer():
            return Settled(
                message.hold_id,
                message.transaction_id,
                message.acceptance_number,
                message.posted_on,
            )
        case m.ReleasedAnswer():
            return Released(message.hold_id, message.reason)
        case m.AddressChangeAnswer():
            return AddressChangeAccepted(message.reference)
        case m.RefusedAnswer():
            refusal = refusal_of(message.number, message.name)
            return Unknown(key) if refusal is None else Refused(refusal)
        case m.UnknownAnswer():
            return Unknown(key)
        case m.NeverSeenAnswer():
            return NeverSeen()
    assert_never(message)


def message_of(  # noqa: PLR0911 -- one for each answer
    answer: WriteAnswer | NeverSeen | Unknown,
) -> m.InquiryAnswer:
    """Return what goes over the wire for the port's value."""
    match answer:
        case Held():
            return m.HeldAnswer(hold_id=answer.hold_id, held=answer.held)
        case Settled():
            return m.SettledAnswer(
                hold_id=answer.hold_id,
                transaction_id=answer.transaction_id,
                acceptance_number=answer.acceptance_number,
                posted_on=answer.posted_on,
            )
        case Released():
            return m.ReleasedAnswer(hold_id=answer.hold_id, reason=answer.reason)
        case AddressChangeAccepted():
            return m.AddressChangeAnswer(reference=answer.reference)
        case Refused():
            return m.RefusedAnswer(number=answer.code, name=name_of(answer.code))
        case Unknown():
            return m.UnknownAnswer()
        case NeverSeen():
            return m.NeverSeenAnswer()
    assert_never(answer)
