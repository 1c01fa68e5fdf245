"""The load, as a process of its own: it reads a job and writes what it measured, as JSON.

Bounded in time and in count; talks to 127.0.0.1 only.
"""

import asyncio
import json
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvloop

from bench.support.app import App, Unexpected, private_key, told
from bench.support.cpu import cpu_seconds
from bench.support.http import Client, Times
from bench.support.retail_load import RetailLoad
from bench.support.visitor import Telephone, Visitor

Job = Mapping[str, Any]
Unit = Callable[[], Awaitable[None]]
"""One piece of what is measured: a read, or a whole journey."""
MOST_UNITS = 200_000
RETAIL = "retail-"
NOT_REQUESTS = ("journey", "turned away", "reader turned away")


class Load:
    """The users of one job, each with a connection; `times` is how long their requests took."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.times: Times = defaultdict(list)
        self.retail: RetailLoad | None = None
        self._endpoints: dict[str, str] = {}

    async def units(self) -> list[Unit]:
        """Return what each user does again and again, once each has what he needs for it."""
        match self.job["what"]:
            case "bare":
                return [self._bare() for _ in range(self.job["users"])]
            case "link":
                await self._discover()
                return [self._link(place) for place in range(self.job["users"])]
            case what if what.startswith(RETAIL):
                self.retail = RetailLoad(self.job, self.times)
                return await self.retail.units(what.removeprefix(RETAIL))
            case what:
                await self._discover()
                tokens = [await self._linked(each) for each in range(self.job["consents"])]
                users = range(self.job["users"])
                return [await self._read(what, *tokens[each % len(tokens)]) for each in users]

    def _bare(self) -> Unit:
        client = self._client()

        async def look_up() -> None:
            told(await client.request("bare", "GET", "/"), 200)

        return look_up

    def _link(self, place: int) -> Unit:
        app, visitor = self._app(), self._visitor(place)

        async def link() -> None:
            began = time.perf_counter()
            await visitor.link(await app.push())
            self.times["journey"].append(time.perf_counter() - began)

        return link

    async def _linked(self, place: int) -> tuple[App, str, str]:
        """Return an app with an access token, and the address of the one account."""
        app = self._app()
        token = await app.redeem(await self._visitor(place).link(await app.push()))
        base = f"{app.issuer}/api/v1/accounts"
        await app.read(app.http, "", base, token)  # for the nonce
        listed = told(await app.read(app.http, "", base, token), 200)["accounts"]
        return app, token, f"{base}/{listed[0]['id']}"

    async def _read(self, what: str, linked: App, token: str, account: str) -> Unit:
        client = self._client()
        query = "?limit=100" if what == "transactions" else ""

        async def read() -> None:
            answer = await linked.read(client, what, f"{account}/{what}", token, query)
            if answer.status != 200:
                raise Unexpected(f"{answer.status}: {answer.body[:500].decode()}")

        lines = told(await linked.read(client, "", f"{account}/{what}", token, query), 200)
        if what == "transactions" and len(lines["transactions"]) != 100:
            raise Unexpected(f"a page of {len(lines['transactions'])}, not of 100")
        return read

    async def _discover(self) -> None:
        parts = urlsplit(self.job["issuer"])
        path = f"/.well-known/oauth-authorization-server{parts.path}"
        self._endpoints = told(await self._client().request("", "GET", path), 200)

    def _app(self) -> App:
        key, ahead = private_key(self.job["client_key"]), self.job["clock_ahead_seconds"]
        return App(self._client(), self.job["issuer"], self._endpoints, key, ahead)

    def _visitor(self, place: int) -> Visitor:
        ahead = self.job["clock_ahead_seconds"]
        telephone = Telephone(self.job["webhook_url"], self.job["webhook_secret"], ahead)
        return Visitor(self._client(), self.job["customers"][place], telephone)

    def _client(self) -> Client:
        return Client(self.job["port"], self.times)


async def drive(job: Job) -> dict[str, Any]:
    """Do the job: warm up, then one user alone, then all of them at once."""
    load = Load(job)
    units = await load.units()
    await _all_at_once(units, job["warm_up_seconds"])
    load.times.clear()
    await _all_at_once(units[:1], job["alone_seconds"])
    alone = {**load.times}
    load.times.clear()
    before, began, mine = _costs(job), time.perf_counter(), _my_cpu_seconds()
    done = await _all_at_once(units, job["seconds"])
    seconds = time.perf_counter() - began
    costs = {name: after - before[name] for name, after in _costs(job).items()}
    if load.retail:
        load.retail.keep_browsers()
    return {
        "alone": alone,
        "loaded": {**load.times},
        "units": done,
        "requests": sum(len(each) for name, each in load.times.items() if name not in NOT_REQUESTS),
        "seconds": seconds,
        "cpu_seconds": {**costs, "driver": _my_cpu_seconds() - mine},
    }


async def _all_at_once(units: list[Unit], seconds: float) -> int:
    """Have each user go on until the time is over; return how many pieces were done whole."""
    deadline, done = time.perf_counter() + seconds, 0

    async def go_on(unit: Unit) -> None:
        nonlocal done
        while time.perf_counter() < deadline and done < MOST_UNITS:
            await unit()
            done += 1

    await asyncio.gather(*map(go_on, units))
    return done


def _costs(job: Job) -> dict[str, float]:
    return {name: cpu_seconds(pid) for name, pid in job["pids"].items()}


def _my_cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    job_file, measured_file = map(Path, sys.argv[1:])
    measured = uvloop.run(drive(json.loads(job_file.read_text("utf-8"))))
    measured_file.write_text(json.dumps(measured), "utf-8")
