"""Mail addresses and phones in the database: sealed, with a hash to find them by (SEC-03)."""

from typing import cast

import msgspec

from madoguchi.customers.rules import (
    Contract,
    ContractAccount,
    Language,
    folded_email,
    state_of,
)
from madoguchi.customers.store import Row
from madoguchi.kernel.phone import normalise
from madoguchi.plumbing.keys import Keys, keyed_hash, keyed_hashes, seal, unseal

SEALS = "personal-data"
HASHES = "index"


class Sealing:
    """Seals, opens and hashes the personal data of contracts, each for its own place only."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def email(self, institution: str, contract_id: str, address: str) -> tuple[bytes, bytes]:
        """Return the address sealed, and its hash."""
        sealed = self._seal(institution, contract_id, "email", address)
        return sealed, keyed_hash(self._keys, *_email_parts(institution, address))

    def email_hashes(self, institution: str, address: str) -> list[bytes]:
        """Return the hashes that the address may stand under."""
        return list(keyed_hashes(self._keys, *_email_parts(institution, address)))

    def phone(
        self, institution: str, contract_id: str, phone: str | None
    ) -> tuple[bytes | None, bytes | None]:
        """Return the phone, in national digits, sealed, and its hash; None twice for no phone."""
        if not phone:
            return None, None
        sealed = self._seal(institution, contract_id, "phone", normalise(phone))
        return sealed, keyed_hash(self._keys, *_phone_parts(institution, phone))

    def phone_hashes(self, institution: str, phone: str) -> list[bytes]:
        """Return the hashes that the phone may stand under."""
        return list(keyed_hashes(self._keys, *_phone_parts(institution, phone)))

    def opened(self, row: Row) -> Contract:
        """Return the contract of a row. Raises `SealBroken` where a seal is another row's."""
        fields = {name: getattr(row, name) for name in Row.__struct_fields__}
        state = state_of(fields.pop("stage"), row.stopped_at)
        fields["accounts"] = tuple(ContractAccount(**account) for account in row.accounts)
        fields["email"] = self._open(row, "email", row.email)
        fields["contact_phone"] = self._open(row, "phone", row.contact_phone)
        fields["language"] = cast("Language", row.language)
        return Contract(state=state, **fields)

    def _seal(self, institution: str, contract_id: str, what: str, text: str) -> bytes:
        return seal(self._keys, SEALS, text.encode(), _place(institution, contract_id, what))

    def _open(self, row: Row, what: str, sealed: bytes | None) -> str | None:
        if sealed is None:
            return None
        return unseal(self._keys, SEALS, sealed, _place(row.institution, row.id, what)).decode()


def _place(institution: str, contract_id: str, what: str) -> bytes:
    return msgspec.json.encode(["customers", institution, contract_id, what])


def _email_parts(institution: str, address: str) -> tuple[str, str, str, str]:
    return HASHES, "customers-email", institution, folded_email(address)


def _phone_parts(institution: str, phone: str) -> tuple[str, str, str, str]:
    return HASHES, "customers-phone", institution, normalise(phone)
