"""What the visits hold in which a direct debit is applied for, or withdrawn."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class UtilityVisit:
    """An application on its way; `from_account` names the account as forms do."""

    company: str = ""
    customer_number: str = ""
    contractor_kana: str = ""
    from_account: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalVisit:
    """The application that is to be withdrawn."""

    application_id: str
