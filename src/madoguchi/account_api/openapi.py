"""The OpenAPI 3.1 description of the account API, made from the types that it answers with."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from madoguchi.account_api import problems
from madoguchi.account_api.problems import Problem
from madoguchi.account_api.representation import (
    AccountsView,
    BalanceView,
    ConsentView,
    TransactionsView,
)
from madoguchi.institutions import Institution

VIEWS = (AccountsView, BalanceView, TransactionsView, ConsentView)
ALWAYS = (
    problems.INVALID_TOKEN, problems.CONSENT_EXPIRED, problems.CONSENT_REVOKED, problems.RATE_LIMITED,
    problems.OUT_OF_HOURS, problems.CORE_UNAVAILABLE,
)  # fmt: skip
OF_ACCOUNT = (problems.ACCOUNT_NOT_FOUND, problems.ACCOUNT_MOVED, problems.ACCOUNT_CLOSED)
ACCOUNT_ID = {
    "name": "id", "in": "path", "required": True, "schema": {"type": "string"},
    "description": "口座識別子: the id from the list of accounts",
}  # fmt: skip


def describe(institution: Institution, api_base: str, issuer: str) -> dict[str, Any]:
    """Return the description for one institution, with its own limits in it."""
    _, components = msgspec.json.schema_components(
        VIEWS, ref_template="#/components/schemas/{name}"
    )
    settings = institution.account_api
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{institution.name_en} account API",
            "version": "1",
            "description": "Balances and transactions for apps that a customer has linked. Access tokens "
            "are bound to the app's key (RFC 9449).",
        },
        "servers": [{"url": api_base}],
        "security": [{"dpop": []}],
        "paths": {
            "/accounts": {"get": _operation("accounts", "口座一覧", AccountsView)},
            "/accounts/{id}/balance": {
                "get": _operation("balance", "残高照会", BalanceView, OF_ACCOUNT, [ACCOUNT_ID])
            },
            "/accounts/{id}/transactions": {
                "get": _operation(
                    "transactions", "入出金明細照会", TransactionsView,
                    (*OF_ACCOUNT, problems.OUT_OF_RANGE, problems.INVALID_REQUEST),
                    [ACCOUNT_ID, *_range_parameters(settings.history_days, settings.page_size_limit)],
                )
            },
            "/consent": {
                "get": _operation("consent", "同意の照会", ConsentView),
                "delete": _operation("revoke-consent", "同意の解除", None),
            },
        },
        "components": {
            "schemas": {**components, "Problem": PROBLEM_SCHEMA},
            "securitySchemes": {
                "dpop": {
                    "type": "http", "scheme": "DPoP",
                    "description": f"Authorization server: {issuer}",
                }
            },
        },
    }  # fmt: skip


def _operation(
    name: str, title: str, view: type | None, more: Sequence[Problem] = (),
    parameters: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:  # fmt: skip
    ok = (
        {"204": {"description": "Done"}}
        if view is None
        else {"200": {"description": title, "content": _content("application/json", view.__name__)}}
    )
    if view is not None:
        ok["304"] = {"description": "Not changed since the `ETag` given in `If-None-Match`"}
    return {
        "operationId": name,
        "summary": title,
        "parameters": list(parameters),
        "responses": {**ok, **_refusals((problems.INSUFFICIENT_SCOPE, *ALWAYS, *more))},
    }


def _refusals(found: Sequence[Problem]) -> dict[str, Any]:
    by_status: dict[int, list[Problem]] = {}
    for each in found:
        by_status.setdefault(each.status, []).append(each)
    return {
        str(status): {
            "description": "; ".join(f"`{each.name}`: {each.en}" for each in those),
            "content": _content("application/problem+json", "Problem"),
        }
        for status, those in sorted(by_status.items())
    }


def _content(media_type: str, schema: str) -> dict[str, Any]:
    return {media_type: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def _range_parameters(history_days: int, limit: int) -> list[dict[str, Any]]:
    day = {"type": "string", "format": "date"}
    return [
        _query(
            "from", f"開始日: at most {history_days} days before today, which is the default", day
        ),
        _query("to", "終了日: today by default", day),
        _query("cursor", "次頁: `next_cursor` of the page before", {"type": "string"}),
        _query("limit", "件数", {"type": "integer", "minimum": 1, "maximum": limit}),
    ]


def _query(name: str, description: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": schema}


PROBLEM_SCHEMA = {
    "type": "object",
    "description": "RFC 9457. `ja` and `en` say what to do.",
    "required": ["type", "title", "status", "ja", "en"],
    "properties": {
        "type": {
            "type": "string",
            "enum": [problems.TYPE_BASE + each.name for each in problems.ALL],
        },
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "ja": {"type": "string"},
        "en": {"type": "string"},
        "parameter": {"type": "string"},
        "earliest": {"type": "string", "format": "date"},
        "next_opening": {"type": "string", "format": "date-time"},
        "reference": {"type": "string"},
    },
}
