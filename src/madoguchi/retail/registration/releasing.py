"""What staff do about the registration's lock: release it, and tell the customer (LOCK-03)."""

from collections.abc import Callable
from datetime import datetime

from madoguchi import lockout
from madoguchi.core_bank.port import Account, Holder
from madoguchi.institutions import Institution
from madoguchi.notices import Notice, Notices, sender_of
from madoguchi.operations_log import Entry, OperationsLog
from madoguchi.plumbing.database import Tx
from madoguchi.plumbing.keys import Keys
from madoguchi.plumbing.templates.formats import format_moment
from madoguchi.retail.registration.events import RegistrationEvent
from madoguchi.retail.registration.tries import WHAT, lock_subject


class RegistrationLocks:
    """Releases the lock that is kept for an account, whether or not it has a contract."""

    def __init__(
        self, keys: Keys, log: OperationsLog, notices: Notices, texts: Callable[..., str]
    ) -> None:
        self._keys, self._log, self._notices, self._texts = keys, log, notices, texts

    async def release(
        self, tx: Tx, institution: Institution, account: Account, holder: Holder | None,
        *, by: str, reason: str, now: datetime,
    ) -> bool:  # fmt: skip
        """Release, log, and mail the holder where the bank has an address; False: no lock."""
        place = (account.branch_code, account.kind, account.number)
        subject = lock_subject(self._keys, institution.code, *place)
        if not await lockout.release(tx, institution.code, WHAT, subject, now):
            return False
        entry = Entry(
            institution.code, RegistrationEvent.RELEASED, "done",
            actor=by, subject=subject, reason=reason, detail={"account": account.id},
        )  # fmt: skip
        self._log.append(tx, entry)
        if holder is not None and holder.email:
            await self._notices.send(tx, self._notice(institution, subject, holder.email, now))
        return True

    def _notice(self, institution: Institution, subject: str, to: str, now: datetime) -> Notice:
        language = institution.languages[0]
        return Notice(
            sender=sender_of(institution),
            event_key=f"lock-released:{WHAT}:{subject}:{now.isoformat()}",
            template="lock-released",
            language=language,
            to=to,
            values={
                "what": self._texts("registration.mail.what-locked", language=language),
                "at": format_moment(now, language),
            },
        )
