"""Static files and an institution's look."""

import gzip
from pathlib import Path
from types import SimpleNamespace

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from madoguchi.plumbing.templates import Assets, icon_svg, theme_css, theme_version

LOOK = SimpleNamespace(main="#00615a", dark="#71c5b8")
FIRST_SCREEN_BYTES = 60_000


@pytest.fixture
def assets() -> Assets:
    """The product's own files."""
    return Assets()


@pytest.fixture
def client(assets: Assets) -> TestClient:
    """A client of an application that serves them."""
    return TestClient(Starlette(routes=[Mount("/assets", app=assets)]))


def test_files_may_be_kept_for_ever_under_the_hash_of_their_content(
    assets: Assets, client: TestClient
) -> None:
    """A file under its present address is immutable; under an older one it is served, not kept."""
    now = client.get(assets.url("app.css"))
    older = client.get("/assets/0123456789abcdef/app.css")
    assert now.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert now.headers["content-type"] == "text/css; charset=utf-8"
    assert older.headers["cache-control"] == "no-cache"
    assert older.content == now.content


def test_the_address_changes_with_the_content(tmp_path: Path) -> None:
    """A changed file gets another address, so that no browser keeps the old one."""
    (tmp_path / "a.css").write_text("a{}", encoding="utf-8")
    before = Assets([tmp_path]).url("a.css")
    (tmp_path / "a.css").write_text("b{}", encoding="utf-8")
    assert Assets([tmp_path]).url("a.css") != before


def test_files_are_packed_for_those_who_take_it(assets: Assets, client: TestClient) -> None:
    """A browser that takes gzip gets it; another one gets the file plain."""
    url = assets.url("app.css")
    packed = client.get(url, headers={"accept-encoding": "gzip"})
    plain = client.get(url, headers={"accept-encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content
    assert len(gzip.compress(plain.content)) < len(plain.content)


@pytest.mark.requirement("SEC-01")
def test_nothing_else_is_served(assets: Assets, client: TestClient) -> None:
    """Neither other kinds of files, nor what lies outside, nor other methods are answered."""
    base = f"/assets/{assets.version}"
    assert client.get(f"{base}/tokens.LICENSE").status_code == 404
    assert client.get(f"{base}/..%2fenvironment.py").status_code == 404
    assert client.post(f"{base}/app.css").status_code == 405
    assert client.head(f"{base}/app.css").status_code == 200


def test_unknown_name_is_found_when_the_page_is_made(assets: Assets) -> None:
    """A page cannot name a file that does not exist."""
    with pytest.raises(KeyError):
        assets.url("no.css")


@pytest.mark.requirement("UI-01")
def test_first_screen_is_light(assets: Assets, client: TestClient) -> None:
    """Styles and scripts together stay far below what a first screen may weigh, even unpacked."""
    names = ["tokens.css", "app.css", *(f"screens/{path.name}" for path in scripts())]
    sizes = [len(client.get(assets.url(name)).content) for name in names]
    assert sum(sizes) < FIRST_SCREEN_BYTES - 10_000


def scripts() -> list[Path]:
    """Return the modules of the screens."""
    return sorted((Path(__file__).parents[3] / "web" / "screens").glob("*.js"))


@pytest.mark.requirement("INST-01")
def test_theme_carries_both_colours() -> None:
    """An institution's colour and its twin for dark pages stand in its stylesheet."""
    css = theme_css(LOOK)
    assert "--brand:#00615a;--on-brand:#fff" in css
    assert "prefers-color-scheme:dark){:root{--brand:#71c5b8;--on-brand:#000" in css
    assert theme_version(LOOK) != theme_version(SimpleNamespace(main="#00615b", dark="#71c5b8"))


@pytest.mark.requirement("SEC-01")
@pytest.mark.parametrize("colour", ["red", "#fff", "#00615a;}", "#00615a\n", "url(x)"])
def test_theme_takes_nothing_but_colours(colour: str) -> None:
    """Nothing but six hexadecimal digits can get into a stylesheet or an icon."""
    with pytest.raises(ValueError, match="not a colour"):
        theme_css(SimpleNamespace(main=colour, dark="#000000"))


def test_icon_shows_the_initial() -> None:
    """An institution has an icon of its initial, escaped like all else."""
    assert ">サ</text>" in icon_svg("サンプル信用組合", LOOK)
    assert ">&lt;</text>" in icon_svg("<script>", LOOK)
