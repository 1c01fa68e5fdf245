"""登録情報の変更: mail address, passwords, questions, contact (RET-28).

`page.py` shows what is registered, `journeys.py` is the tables of the screens; each journey's steps
stand in a file of its own.
"""

from madoguchi.retail.registered_data.journeys import (
    CONTACT_CHANGE,
    MAIL_CHANGE,
    MAIL_CONFIRMATION,
    PASSWORD_CHANGE,
    QUESTION_CHANGE,
)
from madoguchi.retail.registered_data.page import REGISTERED_DATA

JOURNEYS = (MAIL_CHANGE, MAIL_CONFIRMATION, PASSWORD_CHANGE, QUESTION_CHANGE, CONTACT_CHANGE)
PAGES = (REGISTERED_DATA,)

__all__ = ["JOURNEYS", "PAGES"]
