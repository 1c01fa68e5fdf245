"""Does the client ask too often?"""

from madoguchi import rate_limits
from madoguchi.authorization_server import errors
from madoguchi.authorization_server.errors import Refusal
from madoguchi.authorization_server.exchange import Exchange
from madoguchi.rate_limits import Bucket, Limited

WHAT = "authorization:client"


async def client_is_within_its_limit(exchange: Exchange) -> Refusal | None:
    """The client has a turn left, of those that the institution's settings give it."""
    if exchange.counters is None:
        return None
    limit = exchange.institution.authorization.requests_per_client
    bucket = Bucket(WHAT, exchange.client.id, limit.limit, limit.per_seconds)
    turn = await rate_limits.take(exchange.counters, exchange.code, (bucket,), exchange.now)
    if isinstance(turn, Limited):
        return errors.too_many_requests(turn.retry_after_seconds)
    return None
