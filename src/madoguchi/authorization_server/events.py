"""What the operations log says of the authorization server."""

from madoguchi.operations_log import Event


class AuthorizationEvent(Event):
    """Events of the authorization server. Tokens under way day by day are not among them."""

    COMPLETED = "authorization:completed"
    REFUSED = "authorization:refused"
    TOKENS_ISSUED = "authorization:tokens-issued"
    CODE_REUSED = "authorization:code-reused"
    TOKEN_REVOKED = "authorization:token-revoked"  # noqa: S105 - the name of an event
    KEY_ROTATED = "authorization:key-rotated"
