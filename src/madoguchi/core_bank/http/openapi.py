"""The OpenAPI 3.1 description of what a core's gateway serves, made from the table (CORE-03)."""

from collections.abc import Sequence
from typing import Any

import msgspec

from madoguchi.core_bank.http import operations, problems
from madoguchi.core_bank.http.operations import OPERATIONS, Operation
from madoguchi.core_bank.http.problems import Problem, ProblemBody
from madoguchi.core_bank.port import Refusal

AT_ANY = tuple(each for each in problems.ALL if each is not problems.REFUSED)
REFERENCE = "#/components/schemas/{name}"
ABOUT = (
    "What Madoguchi asks of a core banking system. `docs/operations/core-over-http.md` tells how "
    "to build it."
)


def describe() -> dict[str, Any]:
    """Return the description."""
    types = [kind for each in OPERATIONS for kind in (each.request, each.answer)]
    schemas, components = msgspec.json.schema_components(
        [*types, ProblemBody], ref_template=REFERENCE
    )
    asked, answered = schemas[:-1:2], schemas[1::2]
    components["ProblemBody"] = components["ProblemBody"] | {"description": _refusals()}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Core banking system", "version": "1", "description": ABOUT},
        "servers": [{"url": "https://core-gateway.example.jp/core/v1"}],
        "security": [{"bearer": []}, {"certificate": []}],
        "paths": {
            f"/{each.name}": {"post": _operation(each, body, answer)}
            for each, body, answer in zip(OPERATIONS, asked, answered, strict=True)
        },
        "components": {
            "schemas": components,
            "parameters": PARAMETERS,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "certificate": {"type": "mutualTLS"},
            },
        },
    }


def text() -> str:
    """Return the description as it stands in `docs/api/core.openapi.json`."""
    return msgspec.json.format(msgspec.json.encode(describe()), indent=2).decode() + "\n"


def _operation(
    operation: Operation[Any, Any], body: dict[str, Any], answer: dict[str, Any]
) -> dict[str, Any]:
    names = [operations.INSTITUTION, operations.CORRELATION_ID, operations.DEADLINE]
    if operation.writes:
        names.append(operations.IDEMPOTENCY_KEY)
    return {
        "operationId": operation.name,
        "summary": operation.title,
        "description": "A write." if operation.writes else "A read: it changes nothing.",
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in names],
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            "200": {
                "description": operation.title,
                "content": {"application/json": {"schema": answer}},
            },
            **_problems((problems.REFUSED, *AT_ANY) if operation.writes else AT_ANY),
        },
    }


def _problems(found: Sequence[Problem]) -> dict[str, Any]:
    by_status: dict[int, list[Problem]] = {}
    for each in found:
        by_status.setdefault(each.status, []).append(each)
    schema = {"$ref": REFERENCE.format(name=ProblemBody.__name__)}
    return {
        str(status): {
            "description": "; ".join(f"`{each.type}`: {each.title}" for each in those),
            "content": {problems.MEDIA_TYPE: {"schema": schema}},
        }
        for status, those in sorted(by_status.items())
    }


def _refusals() -> str:
    numbers = ", ".join(f"{each.value} `{problems.name_of(each)}`" for each in Refusal)
    return f"RFC 9457. `number` and `name` of a refusal, the first that applies: {numbers}."


def _header(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    about = {"description": description, "required": True, "schema": schema}
    return {name: {"name": name, "in": "header", **about}}


PARAMETERS = {
    **_header(
        operations.INSTITUTION,
        "The institution's unified code: nothing of another's is found, read or moved",
        {"type": "string", "pattern": "^[0-9]{4}$"},
    ),
    **_header(
        operations.CORRELATION_ID,
        "By it the call is found in both systems' logs; it may be empty",
        {"type": "string"},
    ),
    **_header(
        operations.DEADLINE,
        "After it the platform no longer waits: what arrives later must not be begun",
        {"type": "string", "format": "date-time"},
    ),
    **_header(
        operations.IDEMPOTENCY_KEY,
        "Of one institution, over all kinds of writes, for ever: same key and body, the first "
        "answer again; same key and another operation or body, refusal 1",
        {"type": "string", "minLength": 1},
    ),
}
