"""The mails on direct debits: applied for, and what the company said (RET-26, RET-31)."""

from collections.abc import Callable

from madoguchi.direct_debits import SENT_AFTER, Application, Tell, Template
from madoguchi.institutions import Institution
from madoguchi.notices import Notice, Notices, sender_of
from madoguchi.plumbing.database import Tx
from madoguchi.plumbing.templates.formats import format_moment
from madoguchi.retail.utilities.companies import company_name
from madoguchi.retail.utilities.pages import reason_key


def telling(
    notices: Notices, texts: Callable[..., str], institution_of: Callable[[str], Institution]
) -> Tell:
    """Return how customers are told of their applications; account numbers show their end only."""

    async def tell(tx: Tx, application: Application, template: Template) -> None:
        if not application.email:
            return
        institution = institution_of(application.institution)
        language, account = application.language, application.account
        kind = texts(f"transfer.kind.{account.kind}", language=language)
        notice = Notice(
            sender=sender_of(institution),
            event_key=f"{template}:{application.id}",
            template=template,
            language=language,
            to=application.email,
            values={
                "company": company_name(institution, application.company_code, language),
                "account": texts(
                    "transfer.account",
                    language=language,
                    kind=kind,
                    number=f"***{account.number[-4:]}",
                ),
                "at": format_moment(application.applied_at, language),
                "minutes": str(int(SENT_AFTER.total_seconds()) // 60),
                "why": texts(reason_key(application), language=language),
            },
        )
        await notices.send(tx, notice)

    return tell
