"""What the operations log says of signing in."""

from madoguchi.operations_log import Event


class SignInEvent(Event):
    """Events at the door of internet banking."""

    PASSWORD = "sign-in:password"  # noqa: S105 -- the event's name
    CONFIRMATION = "sign-in:confirmation"
    QUESTION = "sign-in:question"
    RISK = "sign-in:risk"
    LOCKED = "sign-in:locked"
    RELEASED = "sign-in:released"
    SESSION = "sign-in:session"
    SESSION_ENDED = "sign-in:session:ended"
    SECRET_SET = "sign-in:secret:set"  # noqa: S105 -- the event's name
    REISSUED = "sign-in:secret:reissued"
    QUESTIONS_SET = "sign-in:question:set"
