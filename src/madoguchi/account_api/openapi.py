"""The OpenAPI 3.1 description of the account API, made from what it is served by (API-09)."""

from collections.abc import Sequence
from typing import Any

import msgspec

from madoguchi.account_api import problems
from madoguchi.account_api.guard import INTERACTION_ID
from madoguchi.account_api.operations import OPERATIONS, Operation
from madoguchi.account_api.problems import Problem
from madoguchi.institutions import AccountApiSettings, Institution

AT_ANY = (
    problems.INVALID_REQUEST, problems.INVALID_TOKEN, problems.CONSENT_EXPIRED,
    problems.CONSENT_REVOKED, problems.ACCOUNT_MOVED, problems.RATE_LIMITED,
    problems.INTERNAL_ERROR, problems.UNAVAILABLE,
)  # fmt: skip
WHERE_THE_CORE_IS_ASKED = (problems.OUT_OF_HOURS, problems.CORE_UNAVAILABLE)
TEXT = {"type": "string"}
DAY = {"type": "string", "format": "date"}


def describe(institution: Institution, api_base: str, issuer: str) -> dict[str, Any]:
    """Return the description for one institution, with its own limits in it."""
    views = [operation.view for operation in OPERATIONS if operation.view]
    _, schemas = msgspec.json.schema_components(views, ref_template="#/components/schemas/{name}")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{institution.name_en} account API",
            "version": "1",
            "description": "Balances and transactions for apps that a customer has linked. Access "
            "tokens are bound to the app's key (RFC 9449).",
        },
        "servers": [{"url": api_base}],
        "security": [{"dpop": []}],
        "paths": _paths(institution.account_api),
        "components": {
            "schemas": {**schemas, "Problem": PROBLEM},
            "parameters": PARAMETERS,
            "headers": HEADERS,
            "securitySchemes": {
                "dpop": {
                    "type": "http",
                    "scheme": "DPoP",
                    "description": f"RFC 9449. The authorization server is {issuer}",
                }
            },
        },
    }


def _paths(settings: AccountApiSettings) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        described = _operation(operation, settings)
        paths.setdefault(operation.path, {})[operation.method.lower()] = described
    return paths


def _operation(operation: Operation, settings: AccountApiSettings) -> dict[str, Any]:
    parameters = [_parameter(name) for name in ("DPoP", INTERACTION_ID)]
    if operation.view is not None:
        parameters.append(_parameter("If-None-Match"))
    if "{id}" in operation.path:
        parameters.append(_parameter("id"))
    if operation.name == "transactions":
        parameters += _range_parameters(settings)
    return {
        "operationId": operation.name,
        "summary": operation.title,
        "description": _needed(operation),
        "parameters": parameters,
        "responses": {**_answers(operation), **_refusals(_problems_of(operation))},
    }


def _needed(operation: Operation) -> str:
    if operation.need.scope is None:
        return "Any access token of the consent will do, at any hour."
    return f"Needs the scope `{operation.need.scope}`."


def _answers(operation: Operation) -> dict[str, Any]:
    headers = _headers(INTERACTION_ID, "DPoP-Nonce")
    if operation.view is None:
        return {"204": {"description": "Done", "headers": headers}}
    headers |= _headers("ETag")
    content = _content("application/json", operation.view.__name__)
    unchanged = "Not changed since the `ETag` given in `If-None-Match`"
    return {
        "200": {"description": operation.title, "headers": headers, "content": content},
        "304": {"description": unchanged, "headers": headers},
    }


def _problems_of(operation: Operation) -> list[Problem]:
    found = [*AT_ANY, *operation.problems]
    if operation.need.scope is not None:
        found.append(problems.INSUFFICIENT_SCOPE)
    if operation.need.hours:
        found += WHERE_THE_CORE_IS_ASKED
    return [each for each in problems.ALL if each in found]


def _refusals(found: Sequence[Problem]) -> dict[str, Any]:
    by_status: dict[int, list[Problem]] = {}
    for each in found:
        by_status.setdefault(each.status, []).append(each)
    return {str(status): _refusal(status, those) for status, those in sorted(by_status.items())}


def _refusal(status: int, those: Sequence[Problem]) -> dict[str, Any]:
    headers = _headers(INTERACTION_ID)
    if status == problems.INVALID_TOKEN.status:
        headers |= _headers("WWW-Authenticate", "DPoP-Nonce")
    if status == problems.RATE_LIMITED.status:
        headers |= _headers("Retry-After")
    return {
        "description": "; ".join(f"`{each.name}`: {each.en}" for each in those),
        "headers": headers,
        "content": _content("application/problem+json", "Problem"),
    }


def _content(media_type: str, schema: str) -> dict[str, Any]:
    return {media_type: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def _parameter(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/parameters/{name}"}


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _range_parameters(settings: AccountApiSettings) -> list[dict[str, Any]]:
    earliest = f"開始日: at most {settings.history_days} days before today, which is the default"
    size, most = settings.page_size, settings.page_size_limit
    number = {"type": "integer", "minimum": 1, "maximum": most, "default": size}
    return [
        _input("query", "from", earliest, DAY),
        _input("query", "to", "終了日: not before `from`; today by default", DAY),
        _input("query", "cursor", "次頁: `next_cursor` of the page before; `from` and `to` as "
               "there", TEXT),
        _input("query", "limit", "件数: lines on a page", number),
    ]  # fmt: skip


def _input(place: str, name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": place, "description": description, "schema": schema}


PARAMETERS = {
    "DPoP": {
        **_input("header", "DPoP", "The proof of possession for this request (RFC 9449)", TEXT),
        "required": True,
    },
    INTERACTION_ID: _input(
        "header",
        INTERACTION_ID,
        "A UUID by which both sides find the request in their logs; echoed",
        {"type": "string", "format": "uuid"},
    ),
    "If-None-Match": _input("header", "If-None-Match", "The `ETag` of the answer known", TEXT),
    "id": {
        **_input("path", "id", "口座識別子: the id from the list of accounts", TEXT),
        "required": True,
    },
}
HEADERS = {
    INTERACTION_ID: {"description": "As given, else made here", "required": True, "schema": TEXT},
    "DPoP-Nonce": {"description": "The nonce for the next proof", "schema": TEXT},
    "ETag": {"description": "For `If-None-Match`", "required": True, "schema": TEXT},
    "WWW-Authenticate": {
        "description": "The challenge; with `use_dpop_nonce`, ask again with the nonce",
        "required": True,
        "schema": TEXT,
    },
    "Retry-After": {"description": "Seconds to wait", "required": True, "schema": TEXT},
}
PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `ja` and `en` say what to do.",
    "required": ["type", "title", "status", "ja", "en"],
    "properties": {
        "type": {"type": "string", "enum": [each.type for each in problems.ALL]},
        "title": TEXT,
        "status": {"type": "integer"},
        "ja": TEXT,
        "en": TEXT,
        "detail": TEXT,
        "error": {**TEXT, "description": "The error of the challenge (RFC 6750, RFC 9449)"},
        "scope": {**TEXT, "description": "The scope that is needed"},
        "consent_status": {**TEXT, "description": "How the consent ended"},
        "parameter": {**TEXT, "description": "The parameter that cannot be read"},
        "earliest": {**DAY, "description": "The earliest day that can be asked for"},
        "next_opening": {"type": "string", "format": "date-time"},
        "notice": {
            "type": "object",
            "description": "What the institution says about the closure",
            "required": ["ja", "en"],
            "properties": {"ja": TEXT, "en": TEXT},
        },
        "reference": {**TEXT, "description": "The number that leads to our log"},
    },
}
