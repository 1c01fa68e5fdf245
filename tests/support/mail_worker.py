"""A worker process that sends notices: `python -m tests.support.mail_worker URL PORT NOW SEED`."""

import asyncio
import sys
from datetime import datetime

from madoguchi.notices import Notices
from madoguchi.operations_log import OperationsLog
from madoguchi.plumbing.database import Database
from madoguchi.plumbing.jobs import Worker
from madoguchi.plumbing.mail import SmtpServer, SmtpTransport
from tests.support.clock import SettableClock
from tests.support.entropy import SeededEntropy
from tests.support.keys import FixedKeys


async def main(url: str, port: str, now: str, seed: str) -> None:
    """Send what is due until killed."""
    clock, keys = SettableClock(datetime.fromisoformat(now)), FixedKeys()
    database = await Database.connect(url)
    notices = Notices(keys, clock, OperationsLog(keys, clock))
    transport = SmtpTransport(SmtpServer("127.0.0.1", int(port), security="none"))
    kind = notices.mail_kind(database, transport)
    worker = Worker(database, clock, SeededEntropy(int(seed)), kinds=[kind], poll_seconds=0.05)
    await worker.run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
