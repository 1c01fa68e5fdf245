"""The API link's names in the operations log (LOG-01)."""

from madoguchi.operations_log import Event


class LinkEvent(Event):
    """One for each screen, and what happens beside them."""

    ACCOUNT = "link:account"
    CUSTOMER = "link:customer"
    PHONE = "link:phone"
    CALL = "link:call"
    CARD_PIN = "link:card-pin"
    CONSENT = "link:consent"
    ENDED = "link:ended"
    NAME_TYPED = "link:name-typed"
    LOCKED = "link:account:locked"
    RELEASED = "link:account:released"


AT_SCREEN = {
    "account": LinkEvent.ACCOUNT,
    "customer": LinkEvent.CUSTOMER,
    "phone": LinkEvent.PHONE,
    "call": LinkEvent.CALL,
    "card-pin": LinkEvent.CARD_PIN,
    "consent": LinkEvent.CONSENT,
}
