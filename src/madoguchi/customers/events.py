"""What the operations log says of contracts."""

from madoguchi.operations_log import Event


class CustomerEvent(Event):
    """Events in the life of a contract of internet banking."""

    MADE = "contract:made"
    LOGIN_ID_CHOSEN = "contract:login-id-chosen"
    STEP_DONE = "contract:step-done"
    FIRST_LOGIN_FINISHED = "contract:first-login-finished"
    BEGUN_ANEW = "contract:begun-anew"
    EMAIL_CHANGED = "contract:email-changed"
    EMAIL_CONFIRMED = "contract:email-confirmed"
    CONTACT_CHANGED = "contract:contact-changed"
    LANGUAGE_CHANGED = "contract:language-changed"
    ACCOUNT_ADDED = "contract:account-added"
    ACCOUNT_REMOVED = "contract:account-removed"
    STOPPED = "contract:stopped"
    RESUMED = "contract:resumed"
