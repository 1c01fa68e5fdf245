"""What the operations log says of institutions."""

from madoguchi.operations_log import Event


class InstitutionEvent(Event):
    """An institution's settings were published, or it is no longer served."""

    PUBLISHED = "institution:published"
    WITHDRAWN = "institution:withdrawn"
