"""Health, readiness and metrics, on an address that is not published (RUN-03, LOG-02)."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from madoguchi.app.runtime import Runtime
from madoguchi.plumbing.database import DatabaseUnavailable
from madoguchi.plumbing.observability import METRICS


def internal_application(runtime: Runtime) -> ASGIApp:
    """Return `/healthz` (the process lives), `/readyz` (it can serve), `/metrics` (Prometheus)."""

    async def health(_: Request) -> Response:
        return PlainTextResponse("ok")

    async def ready(_: Request) -> Response:
        try:
            async with runtime.database.transaction() as tx:
                await tx.value("SELECT 1")
        except DatabaseUnavailable:
            return PlainTextResponse("no database", 503)
        return PlainTextResponse("ok")

    async def metrics(_: Request) -> Response:
        body, media_type = METRICS.exposition()
        return Response(body, headers={"content-type": media_type})

    return Starlette(
        routes=[Route("/healthz", health), Route("/readyz", ready), Route("/metrics", metrics)]
    )
