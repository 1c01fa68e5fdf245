"""The mails on changes of address: asked for, and what became of it (RET-31).

None of them holds an address: a mail may end up in another's hands, an old one's above all.
"""

from collections.abc import Callable

from madoguchi.address_changes import AddressRequest, Tell, Template
from madoguchi.institutions import Institution
from madoguchi.notices import Notice, Notices, sender_of
from madoguchi.plumbing.database import Tx
from madoguchi.plumbing.templates.formats import format_moment


def telling(notices: Notices, institution_of: Callable[[str], Institution]) -> Tell:
    """Return how customers are told of their requests."""

    async def tell(tx: Tx, request: AddressRequest, template: Template) -> None:
        if not request.address.email:
            return
        notice = Notice(
            sender=sender_of(institution_of(request.institution)),
            event_key=f"{template}:{request.id}",
            template=template,
            language=request.language,
            to=request.address.email,
            values={
                "at": format_moment(request.requested_at, request.language),
                "reason": request.reason,
            },
        )
        await notices.send(tx, notice)

    return tell
