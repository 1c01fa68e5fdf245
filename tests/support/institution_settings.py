"""Two institutions' settings, without their folders."""

from madoguchi.institutions import (
    ApiLinkSettings,
    Branch,
    Contact,
    Institution,
    Links,
    MailSettings,
    Text,
)

LINE = Text(ja="平日 9:00～17:00", en="Weekdays 9:00-17:00")


def card_institution() -> Institution:
    """Return the credit cooperative in card mode."""
    return _institution("9901", "sample-shinkumi", ApiLinkSettings(modes=("card",)))


def login_institution() -> Institution:
    """Return the shinkin bank in login mode."""
    return _institution("9902", "mihon-shinkin", ApiLinkSettings(modes=("login",)))


def _institution(code: str, slug: str, api_link: ApiLinkSettings) -> Institution:
    return Institution(
        code=code, slug=slug, kind="信用組合" if code == "9901" else "信用金庫",
        name="サンプル信用組合", name_kana="ｻﾝﾌﾟﾙ", name_en="Sample",
        hosts=(f"api.{slug}.example.jp",),
        branches=(Branch(code="001", name="本店", kana="ﾎﾝﾃﾝ"),),
        contact=Contact(phone="0120000000", hours=LINE),
        links=Links(api_terms="/terms", faq="/faq", privacy="/privacy", home="/"),
        terms_version="1",
        mail=MailSettings(from_address="info@sample.example.jp"),
        api_link=api_link,
    )  # fmt: skip
