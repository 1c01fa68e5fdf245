"""One of two processes that send the same transfers: `python -m … URL NOW ACCOUNT ACCOUNT …`.

Prints what the core answered, in the order of the transfers, as JSON.
"""

import asyncio
import json
import random
import sys
from datetime import datetime

from madoguchi.core_bank import Held, OwnPayee, Refused, Settled, Transfer
from madoguchi.kernel.money import Yen
from madoguchi.plumbing.database import Database
from tests.core_bank.conftest import embedded_stage
from tests.core_bank.contract import FAR_AWAY, writing
from tests.core_bank.stages import EmbeddedStage
from tests.support.clock import SettableClock

TRANSFERS = 60


async def main(url: str, now: str, accounts: list[str]) -> list[str]:
    """Send all transfers, eight at a time."""
    database = await Database.connect(url)
    stage = embedded_stage(database, SettableClock(datetime.fromisoformat(now)))
    gate = asyncio.Semaphore(8)

    async def one(place: int) -> str:
        async with gate:
            return repr(await send(stage, accounts, place))

    answers = await asyncio.gather(*(one(place) for place in range(TRANSFERS)))
    await database.close()
    return list(answers)


async def send(stage: EmbeddedStage, accounts: list[str], place: int) -> Settled | Refused:
    """Hold and settle the transfer of that place."""
    payer, payee = random.Random(place).sample(accounts, 2)
    wanted = Transfer(
        from_account=payer,
        payee=OwnPayee(account_id=payee),
        amount=Yen(random.Random(-place).randrange(200, 900)),
        fee=Yen(10),
        remarks="ﾌﾘｺﾐ",
        payee_remarks="ﾌﾘｺﾐ",
        expires_at=FAR_AWAY,
    )
    hold = await stage.core.hold(writing(stage, f"hold {place}"), wanted)
    if isinstance(hold, Refused):
        return hold
    assert isinstance(hold, Held)
    settled = await stage.core.settle(writing(stage, f"settle {place}"), hold.hold_id)
    assert isinstance(settled, Settled)
    return settled


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3:]))))
