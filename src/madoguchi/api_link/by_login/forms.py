"""The form of the consent in login mode: which accounts, and the box that must be ticked."""

from dataclasses import dataclass

from madoguchi.plumbing.web import typed

MOST_ACCOUNTS = 100


def _as_chosen(text: str) -> str:
    return text


def _ticked(_text: str) -> str:
    return "yes"


@dataclass(frozen=True, slots=True)
class AccountsForm:
    """③ 情報連携認可: `accounts` holds the public ids ticked, one a line (LINK-39)."""

    accounts: str = typed(_as_chosen)
    agree: str = typed(_ticked)

    @property
    def chosen(self) -> frozenset[str]:
        """The public ids of the accounts ticked."""
        return frozenset(self.accounts.split("\n")[:MOST_ACCOUNTS])
