"""Draws a journey's table as a page for people: a Mermaid diagram and the table in words."""

from madoguchi.kernel.journey import Again, Journey, Proceed, Screen


def draw(journey: Journey) -> str:
    """Return the journey as Markdown: each screen, each outcome of its step, and where it leads."""
    lines = [
        f"# {journey.name}",
        "",
        "Drawn from the table in the code by `madoguchi draw-journeys`; not edited by hand.",
        "",
        "```mermaid",
        "flowchart TD",
        *(_box(screen) for screen in journey.screens),
        *(f"    {_node(ending)}([{ending}])" for ending in (journey.finish, *journey.endings)),
        *(arrow for screen in journey.screens for arrow in _arrows(journey, screen)),
        "```",
        "",
        "| screen | id | outcome | leads to |",
        "| --- | --- | --- | --- |",
        *(row for screen in journey.screens for row in _rows(journey, screen)),
        "",
        f"The cancel button leads to `{journey.cancelled}` from every screen.",
        "A visit left too long ends at `expired`.",
        "",
    ]
    return "\n".join(lines)


def _box(screen: Screen) -> str:
    return f"    {_node(screen.name)}[{screen.screen_id}<br/>{screen.name}]"


def _arrows(journey: Journey, screen: Screen) -> list[str]:
    return [
        f"    {_node(screen.name)} -->|{outcome.__name__}| "
        f"{_node(_destination(journey, screen, outcome))}"
        for outcome in screen.outcomes
        if outcome is not Again
    ]


def _rows(journey: Journey, screen: Screen) -> list[str]:
    return [
        f"| {screen.name} | {screen.screen_id} | {outcome.__name__} "
        f"| {_destination(journey, screen, outcome)} |"
        for outcome in screen.outcomes
    ]


def _destination(journey: Journey, screen: Screen, outcome: type) -> str:
    if outcome is Again:
        return screen.name
    if outcome is Proceed:
        return journey.destination(screen, Proceed(None))
    return screen.on[outcome]


def _node(name: str) -> str:
    return name.replace("-", "_")
