"""The drawn journeys are those of the code."""

from madoguchi import api_link, retail
from madoguchi.kernel.drawing import draw
from tests.support.source import ROOT

JOURNEYS = (*api_link.JOURNEYS, *retail.drawn())
FOLDER = ROOT / "docs" / "journeys"


def test_every_journey_is_drawn_as_it_is() -> None:
    """`madoguchi draw-journeys` would change nothing in `docs/journeys/`."""
    drawn = {path.name: path.read_text("utf-8") for path in FOLDER.iterdir()}
    assert drawn == {f"{journey.name}.md": draw(journey) for journey in JOURNEYS}


def test_the_drawing_shows_every_screen_and_where_each_outcome_leads() -> None:
    """Each line of the table stands in the page: screens with their ids, detours, endings."""
    for journey in JOURNEYS:
        page = draw(journey)
        for screen in journey.screens:
            assert f"| {screen.name} | {screen.screen_id} | " in page
            for outcome, place in screen.on.items():
                row = f"| {screen.name} | {screen.screen_id} | {outcome.__name__} | {place} |"
                assert row in page
        assert all(f"([{ending}])" in page for ending in (journey.finish, *journey.endings))
