"""An institution for pages: what they show of it, without its settings files."""

from types import SimpleNamespace

BRANCH = SimpleNamespace(code="001", name="本店営業部")
INSTITUTION = SimpleNamespace(
    slug="sample-shinkumi",
    name="サンプル信用組合",
    name_en="Sample Credit Cooperative",
    languages=("ja", "en"),
    colours=SimpleNamespace(main="#00615a", dark="#71c5b8"),
    contact=SimpleNamespace(
        phone="0120-000-101",
        tel="tel:0120000101",
        hours=SimpleNamespace(ja="平日 9時から17時", en="Weekdays 9:00 to 17:00"),
    ),
    links=SimpleNamespace(api_terms="/terms", faq="/faq", privacy="/privacy", home="/"),
    branches=(BRANCH,),
    branch=lambda code: BRANCH if code == BRANCH.code else None,
    api_link=SimpleNamespace(call_seconds=120),
)
