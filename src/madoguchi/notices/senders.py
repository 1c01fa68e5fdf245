"""What a mail of an institution is signed with."""

from madoguchi.institutions import Institution
from madoguchi.notices.model import Sender


def sender_of(institution: Institution) -> Sender:
    """Return the sender that an institution's settings name."""
    return Sender(
        institution=institution.code,
        name=institution.name,
        name_en=institution.name_en,
        from_address=institution.mail.from_address,
        contact_phone=institution.contact.phone,
        contact_hours=institution.contact.hours.ja,
        contact_hours_en=institution.contact.hours.en,
    )
