"""The problems that the account API answers with (API-06).

Stable types, and what to do in Japanese and English.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TYPE_BASE = "urn:madoguchi:problem:"


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of problem: the end of its type, its status, its title, what to do."""

    name: str
    status: int
    title: str
    ja: str
    en: str

    @property
    def type(self) -> str:
        """The URI by which programs know it."""
        return TYPE_BASE + self.name


@dataclass(frozen=True, slots=True)
class Refused:
    """A request that is refused: `members` and `headers` say what is particular to this case."""

    problem: Problem
    members: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def answering(self, headers: Mapping[str, str]) -> "Refused":
        """Return the same with the headers that every answer to this app has."""
        return Refused(self.problem, self.members, {**headers, **self.headers})


INVALID_TOKEN = Problem(
    "invalid_token",
    401,
    "The access token is not valid here",
    "アクセストークンが無効です。更新トークンで取り直すか、利用者にもう一度連携していただいてください。",
    "The access token is not valid. Get a new one with the refresh token, or send the user to "
    "link again.",
)
CONSENT_EXPIRED = Problem(
    "consent_expired",
    401,
    "The consent has ended",
    "認可期間が終わりました。利用者にもう一度連携していただいてください。",
    "The term of the consent is over. Send the user to link again.",
)
CONSENT_REVOKED = Problem(
    "consent_revoked",
    401,
    "The consent was revoked",
    "連携は解除されました。利用者が望む場合は、もう一度連携していただいてください。",
    "The consent was revoked. Send the user to link again, if the user wishes so.",
)
INSUFFICIENT_SCOPE = Problem(
    "insufficient_scope",
    403,
    "The consent does not cover this",
    "この情報は、利用者が同意した範囲に入っていません。必要な範囲を加えて連携をやり直してください。",
    "The user has not agreed to this. Link again with the scope that is needed.",
)
ACCOUNT_NOT_FOUND = Problem(
    "account_not_found",
    404,
    "No such account under this consent",
    "この連携に、その口座はありません。口座の一覧を取り直してください。",
    "There is no such account under this consent. Read the list of accounts again.",
)
ACCOUNT_MOVED = Problem(
    "account_moved",
    409,
    "The account has moved to another branch",
    "口座は別の店舗に移管されました。新しい店番と口座番号で連携し直していただいてください。",
    "The account has moved to another branch. Send the user to link it under its new branch and "
    "number.",
)
ACCOUNT_CLOSED = Problem(
    "account_closed",
    409,
    "The account is closed",
    "口座は解約されました。この口座の連携を終えてください。",
    "The account is closed. Stop reading it.",
)
OUT_OF_HOURS = Problem(
    "out_of_hours",
    503,
    "Outside service hours",
    "ただいまサービス時間外です。`next_opening` の時刻を過ぎてからもう一度お試しください。",
    "The service is closed now. Try again after `next_opening`.",
)
CORE_UNAVAILABLE = Problem(
    "core_unavailable",
    503,
    "The core banking system cannot be reached",
    "勘定系システムに接続できません。しばらくしてからもう一度お試しください。",
    "The core banking system cannot be reached. Try again in a while.",
)
RATE_LIMITED = Problem(
    "rate_limited",
    429,
    "Too many requests",
    "リクエストが多すぎます。`Retry-After` の秒数を待ってからもう一度お試しください。",
    "Too many requests. Wait for `Retry-After` seconds and try again.",
)
OUT_OF_RANGE = Problem(
    "out_of_range",
    400,
    "The period cannot be read",
    "指定された期間の明細は取得できません。`earliest` 以後の日付を指定してください。",
    "This period cannot be read. Ask for days from `earliest` on.",
)
UNAVAILABLE = Problem(
    "unavailable",
    503,
    "Not available at the moment",
    "ただいまご利用いただけません。`Retry-After` の秒数を待ってからもう一度お試しください。",
    "Not available at the moment. Wait for `Retry-After` seconds and try again.",
)
INTERNAL_ERROR = Problem(
    "internal_error",
    500,
    "Something failed here",
    "処理に失敗しました。続くときは `reference` を添えて金融機関にお問い合わせください。",
    "Something failed here. Where it goes on, ask the institution and name `reference`.",
)
INVALID_REQUEST = Problem(
    "invalid_request",
    400,
    "The request cannot be understood",
    "リクエストの値を読み取れません。`parameter` の値を確かめてください。",
    "A value cannot be read. Check `parameter`.",
)
NOT_FOUND = Problem(
    "not_found",
    404,
    "Nothing here",
    "そのアドレスには何もありません。",
    "There is nothing at this address.",
)
METHOD_NOT_ALLOWED = Problem(
    "method_not_allowed",
    405,
    "This method is not offered here",
    "このアドレスでは、そのメソッドは使えません。`Allow` ヘッダーにあるものを使ってください。",
    "This method is not offered here. Use one of those in the header `Allow`.",
)
ALL = (
    INVALID_TOKEN,
    CONSENT_EXPIRED,
    CONSENT_REVOKED,
    INSUFFICIENT_SCOPE,
    ACCOUNT_NOT_FOUND,
    ACCOUNT_MOVED,
    ACCOUNT_CLOSED,
    OUT_OF_HOURS,
    CORE_UNAVAILABLE,
    RATE_LIMITED,
    OUT_OF_RANGE,
    UNAVAILABLE,
    INTERNAL_ERROR,
    INVALID_REQUEST,
    NOT_FOUND,
    METHOD_NOT_ALLOWED,
)
