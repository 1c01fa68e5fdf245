"""What the demo writes for its children to start with."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from madoguchi.demo.clients import SAMPLE_APP
from madoguchi.demo.configuring import write_sample_app
from tests.support.institution_settings import card_institution


def test_the_sample_app_offers_every_institution(tmp_path: Path) -> None:
    """Also the one that links by login: the way there begins in the app as well."""
    place: Any = SimpleNamespace(sample_app=tmp_path)
    door = SimpleNamespace(port=8080)
    doors: Any = SimpleNamespace(home=door, sample_app=door)
    one: Any = card_institution()
    api_link = SimpleNamespace(modes=("login",))
    two: Any = SimpleNamespace(
        slug="mihon-shinkin", name="みほん信用金庫", name_en="Mihon", api_link=api_link
    )
    path = write_sample_app(place, doors, [one, two], {SAMPLE_APP: {"kty": "EC"}})
    banks = json.loads(path.read_text("utf-8"))["banks"]
    assert [each["slug"] for each in banks] == [one.slug, "mihon-shinkin"]
