"""`madoguchi draw-journeys`: draws `docs/journeys/` from the tables."""

from pathlib import Path

import click

from madoguchi import api_link, retail
from madoguchi.kernel.drawing import draw


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default="docs/journeys")
def draw_journeys(folder: Path) -> None:
    """Write one page for each journey into FOLDER."""
    folder.mkdir(parents=True, exist_ok=True)
    for journey in (*api_link.JOURNEYS, *retail.drawn()):
        (folder / f"{journey.name}.md").write_text(draw(journey), "utf-8")
        click.echo(folder / f"{journey.name}.md")
