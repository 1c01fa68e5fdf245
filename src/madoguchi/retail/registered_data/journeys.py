"""The screens on which registered data are changed (RET-28)."""

from madoguchi.kernel.journey import Journey, Screen
from madoguchi.retail.ground import BankJourney
from madoguchi.retail.registered_data import contact, mail_address, passwords, questions
from madoguchi.retail.registered_data.outcomes import ChangedElsewhere, OldUnproved
from madoguchi.retail.registered_data.visits import (
    ContactVisit,
    MailVisit,
    PasswordVisit,
    QuestionVisit,
)
from madoguchi.retail.transfer import Back, CodeSentAgain, Locked

FOLDER = "retail.registered_data"

MAIL_CHANGE = BankJourney(
    journey=Journey(
        "mail-change",
        screens=(
            Screen(
                "address",
                "BRG011",
                mail_address.address,
                show=mail_address.show_address,
                on={OldUnproved: "new-code", Locked: "locked"},
            ),
            Screen(
                "old-code",
                "BRG012",
                mail_address.old_code,
                show=mail_address.show_code,
                on={Back: "address", CodeSentAgain: "old-code", ChangedElsewhere: "address"},
            ),
            Screen(
                "new-code",
                "BRG013",
                mail_address.new_code,
                show=mail_address.show_code,
                on={Back: "address", CodeSentAgain: "new-code", ChangedElsewhere: "address"},
            ),
        ),
        finish="mail-changed",
        endings=("cancelled", "locked", "expired"),
    ),
    path="mail-change",
    visit=MailVisit,
    service="retail-other",
    folder=FOLDER,
    menu="settings",
    begin=mail_address.begin,
    page_ids={
        "mail-changed": "BRG014",
        "cancelled": "BRG091",
        "locked": "BRG092",
        "expired": "BRG093",
    },
    views={"mail-changed": mail_address.show_changed},
)

MAIL_CONFIRMATION = BankJourney(
    journey=Journey(
        "mail-confirmation",
        screens=(
            Screen("send", "BRG021", mail_address.send, show=mail_address.show_send),
            Screen(
                "code",
                "BRG022",
                mail_address.confirm,
                show=mail_address.show_code,
                on={Back: "send", CodeSentAgain: "code", ChangedElsewhere: "send"},
            ),
        ),
        finish="mail-confirmed",
        endings=("cancelled", "expired"),
    ),
    path="mail-confirmation",
    visit=MailVisit,
    service="retail-other",
    folder=FOLDER,
    menu="settings",
    begin=mail_address.begin_confirmation,
    page_ids={"mail-confirmed": "BRG023", "cancelled": "BRG091", "expired": "BRG093"},
)

PASSWORD_CHANGE = BankJourney(
    journey=Journey(
        "password-change",
        screens=(
            Screen(
                "passwords",
                "BRG031",
                passwords.change,
                show=passwords.show,
                on={Locked: "locked"},
            ),
        ),
        finish="passwords-changed",
        endings=("cancelled", "locked", "expired"),
    ),
    path="password-change",
    visit=PasswordVisit,
    service="retail-other",
    folder=FOLDER,
    menu="settings",
    begin=passwords.begin,
    page_ids={
        "passwords-changed": "BRG032",
        "cancelled": "BRG091",
        "locked": "BRG092",
        "expired": "BRG093",
    },
)

QUESTION_CHANGE = BankJourney(
    journey=Journey(
        "question-change",
        screens=(
            Screen("questions", "BRG041", questions.questions, show=questions.show_questions),
            Screen(
                "confirm",
                "BRG042",
                questions.confirm,
                show=questions.show_confirm,
                on={Back: "questions", CodeSentAgain: "confirm", Locked: "locked"},
            ),
        ),
        finish="questions-changed",
        endings=("cancelled", "locked", "expired"),
    ),
    path="question-change",
    visit=QuestionVisit,
    service="retail-other",
    folder=FOLDER,
    menu="settings",
    begin=questions.begin,
    page_ids={
        "questions-changed": "BRG043",
        "cancelled": "BRG091",
        "locked": "BRG092",
        "expired": "BRG093",
    },
)

CONTACT_CHANGE = BankJourney(
    journey=Journey(
        "contact-change",
        screens=(
            Screen("contact", "BRG051", contact.change, show=contact.show, on={Locked: "locked"}),
        ),
        finish="contact-changed",
        endings=("cancelled", "locked", "expired"),
    ),
    path="contact-change",
    visit=ContactVisit,
    service="retail-other",
    folder=FOLDER,
    menu="settings",
    begin=contact.begin,
    page_ids={
        "contact-changed": "BRG052",
        "cancelled": "BRG091",
        "locked": "BRG092",
        "expired": "BRG093",
    },
)
