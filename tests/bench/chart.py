"""The stages of a request beside the floor, as a chart of bars."""

from collections.abc import Mapping
from typing import Any, Final
from xml.sax.saxutils import escape

_WIDTH: Final = 760
_LEFT: Final = 260
_LINE: Final = 24
_ROOM_FOR_NUMBER: Final = 90


def chart(results: Mapping[str, Any]) -> str:
    """An SVG of what `results.json` says of one thread."""
    measured = results["one thread, microseconds"]
    bars = [("floor", measured["floor"]["whole"]), *measured["stages"].items(), ("whole request", measured["whole"])]
    scale = (_WIDTH - _LEFT - _ROOM_FOR_NUMBER) / max(value for _, value in bars)
    height = _LINE * (len(bars) + 2)
    title = f"CPU of one request of {measured['bytes']} bytes, microseconds: {results['machine']}, {results['date']}"
    lines = [f'<text x="8" y="{_LINE - 6}">{escape(title)}</text>']
    for number, (name, value) in enumerate(bars, 1):
        y, width = number * _LINE + 6, max(1.0, value * scale)
        colour = "#2a7" if name == "floor" else "#47a"
        lines.append(f'<text x="{_LEFT - 8}" y="{y + 13}" text-anchor="end">{escape(name)}</text>')
        lines.append(f'<rect x="{_LEFT}" y="{y}" width="{width:.1f}" height="{_LINE - 6}" fill="{colour}"/>')
        lines.append(f'<text x="{_LEFT + width + 6:.1f}" y="{y + 13}">{value:,.0f}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" font-size="12" '
        f'font-family="sans-serif"><title>{escape(title)}</title>\n' + "\n".join(lines) + "\n</svg>\n"
    )
