"""What the operations log says of internet banking as such; groups of screens have their own."""

from madoguchi.operations_log import Event


class RetailEvent(Event):
    """Where people went, on which journey; the journey and the screen stand in the detail.

    And what happens on any journey.
    """

    SCREEN = "bank:screen"
    ENDED = "bank:journey"
    DOWNLOAD = "bank:download"
    CODE_LOCKED = "bank:code-locked"
