"""What the app says, in Japanese and English."""

from datetime import datetime

LANGUAGES = ("ja", "en")
WEEKDAYS = "月火水木金土日"

TEXTS: dict[str, tuple[str, str]] = {
    "name": ("おこづかい帳", "Pocket Money Book"),
    "sample": ("見本アプリ", "sample app"),
    "sample.long": (
        "Madoguchi をためすための見本です。実在の会社・銀行とは関係ありません。",
        "A sample to try Madoguchi with. Not related to any real company or bank.",
    ),
    "lead": (
        "口座の残高と入出金を、ひとつの帳面に。",
        "Balances and movements, in one little book.",
    ),
    "lead.more": (
        "残高と入出金明細が自動で届きます。暗証番号やパスワードをこのアプリに入力することはありません。",
        "They come by themselves. You never type a PIN or a password into this app.",
    ),
    "link": ("口座を連携する", "Link an account"),
    "link.another": ("ほかの口座も連携する", "Link another account"),
    "choose": ("金融機関をえらぶ", "Choose your bank"),
    "choose.more": (
        "えらんだ金融機関の画面に移ります。本人確認と同意は、その画面で行います。",
        "You will be taken to the bank's own pages, to prove who you are and to consent.",
    ),
    "go": ("この金融機関の画面へ", "Go to this bank"),
    "back": ("もどる", "Back"),
    "total": ("残高の合計", "Total balance"),
    "available": ("引き出せる額", "Available"),
    "as-of": ("{when} 現在", "as of {when}"),
    "consent-until": ("連携の期限: {when} まで", "Linked until {when}"),
    "transactions": ("入出金明細", "Movements"),
    "transactions.none": ("入出金はありません。", "There are no movements."),
    "older": ("もっと前を見る", "Older ones"),
    "newest": ("最新にもどる", "Back to the newest"),
    "balance-after": ("残高", "balance"),
    "in": ("入金", "in"),
    "out": ("出金", "out"),
    "renew": ("連携をやり直す・延長する", "Link again or prolong"),
    "unlink": ("連携を解除する", "End the link"),
    "unlink.sure": (
        "解除すると、このアプリは口座の情報を読めなくなります。",
        "The app will no longer be able to read the account.",
    ),
    "unlink.yes": ("解除する", "End it"),
    "forget": ("この表示を消す", "Remove this entry"),
    "accounts": ("口座", "Accounts"),
    "settings": ("連携の管理", "Manage the link"),
    "from-bank": ("金融機関からの案内", "What the bank says"),
    "kind.ordinary": ("普通", "Ordinary"),
    "kind.savings": ("貯蓄", "Savings"),
    "kind.current": ("当座", "Current"),
    "done.linked": ("連携しました。", "The account is linked."),
    "done.unlinked": ("連携を解除しました。", "The link has been ended."),
    "error.access_denied": (
        "連携を中止しました。口座の情報は渡されていません。",
        "You stopped the link. No account data was handed over.",
    ),
    "error.consent_expired": (
        "連携の期限が切れました。もう一度連携してください。",
        "The link has run out. Link the account again.",
    ),
    "error.consent_revoked": (
        "連携は解除されています。続けて使うには、もう一度連携してください。",
        "The link has been ended at the bank. Link the account again to go on.",
    ),
    "error.link_ended": (
        "連携が終わっています（期限切れ、または解除）。もう一度連携してください。",
        "The link is over: it ran out or was ended. Link the account again.",
    ),
    "error.account_moved": (
        "口座がほかの店舗に移りました。新しい店番と口座番号で、もう一度連携してください。",
        "The account has moved to another branch. Link it again under its new branch and number.",
    ),
    "error.account_closed": ("この口座は解約されています。", "This account is closed."),
    "error.out_of_hours": (
        "ただいま金融機関のサービス時間外です。時間をおいてお試しください。",
        "The bank's service is closed at this hour. Try again later.",
    ),
    "error.core_unavailable": (
        "ただいま金融機関と通信できません。しばらくしてからお試しください。",
        "The bank cannot be reached at the moment. Try again in a while.",
    ),
    "error.rate_limited": (
        "アクセスが集中しています。少し待ってからお試しください。",
        "Too many requests. Wait a moment and try again.",
    ),
    "error.out_of_range": (
        "この期間の明細は取得できません。",
        "Movements of this period are no longer available.",
    ),
    "error.temporarily_unavailable": (
        "金融機関のサーバーが混み合っています。しばらくしてからお試しください。",
        "The bank's server is busy. Try again in a while.",
    ),
    "error.server_error": (
        "金融機関の側で問題が起きました。しばらくしてからお試しください。",
        "Something failed at the bank. Try again in a while.",
    ),
    "error.unreachable": (
        "金融機関につながりません。しばらくしてからお試しください。",
        "The bank cannot be reached. Try again in a while.",
    ),
    "error.state": (
        "このお手続きは、すでに終わっているか、このブラウザーで始めたものではありません。下に口座が出ていなければ、はじめからやり直してください。",
        "It is over already, or was not begun in this browser. No account below? Start again.",
    ),
    "error.issuer": (
        "別の金融機関から応答が届いたため、連携を中止しました。",
        "The answer came from another bank than asked. The link was stopped.",
    ),
    "error.unexpected": ("うまくいきませんでした（{code}）。", "That did not work ({code})."),
    "retry-after": ("{seconds}秒後にお試しください。", "Try again in {seconds} seconds."),
    "next-opening": ("再開: {when}", "Opens again: {when}"),
    "other-language": ("English", "日本語"),
    "page.missing": ("ページが見つかりません。", "There is no such page."),
}


def text(language: str, key: str, **values: object) -> str:
    """Return a text, its placeholders filled."""
    return TEXTS[key][LANGUAGES.index(language)].format(**values)


def error_text(language: str, code: str) -> str:
    """Return the words for an error of the bank's."""
    key = f"error.{code}"
    return text(language, key if key in TEXTS else "error.unexpected", code=code)


def day_text(language: str, iso: str) -> str:
    """Return `11月20日(金)` or `20 Nov` for an ISO date."""
    day = datetime.fromisoformat(iso)
    if language == "ja":
        return f"{day.month}月{day.day}日({WEEKDAYS[day.weekday()]})"
    return f"{day:%-d %b}"


def moment_text(language: str, iso: str) -> str:
    """Return `2026年11月20日 9:05` or `20 Nov 2026, 9:05` for an ISO time with its offset."""
    at = datetime.fromisoformat(iso)
    if language == "ja":
        return f"{at.year}年{at.month}月{at.day}日 {at:%-H:%M}"
    return f"{at:%-d %b %Y, %-H:%M}"


def yen(amount: int) -> str:
    """Return `¥1,234`."""
    return f"-¥{-amount:,}" if amount < 0 else f"¥{amount:,}"
