"""The chart of a measurement: a bar for each call, in the order in which they were begun."""

import math
from dataclasses import dataclass
from typing import Final

from conformance.performance.measured import PERCENTILES, Performance

_WIDTH, _HEIGHT = 960, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 800, 12, 252
_LINE_HEIGHT: Final = 14
"""What a line's name needs, so that two names never cover each other."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One call; all lengths in units of the chart."""

    x: float
    y: float
    width: float
    height: float
    failed: bool
    text: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the scale."""

    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A percentile, and where its name stands."""

    y: float
    text_y: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """What chart.svg draws."""

    width: int
    height: int
    left: int
    right: int
    words: str
    ticks: list[Tick]
    bars: list[Bar]
    lines: list[Line]


def chart(measured: Performance) -> Chart | None:
    """The chart; None when no call was made."""
    if not measured.calls:
        return None
    top, step = _scale(max(call.seconds for call in measured.calls))
    room = (_RIGHT - _LEFT) / len(measured.calls)
    bars = [
        Bar(
            x=round(_LEFT + room * number, 2),
            y=_y(call.seconds, top),
            width=round(room * 0.8, 2),
            height=round(_BOTTOM - _y(call.seconds, top), 2),
            failed=bool(call.trouble),
            text=f"call {number + 1}: {_said(call.seconds)}{', no Success' if call.trouble else ''}",
        )
        for number, call in enumerate(measured.calls)
    ]
    ticks = [Tick(_y(step * number, top), _said(step * number)) for number in range(round(top / step) + 1)]
    percentiles = {percent: seconds for percent in PERCENTILES if (seconds := measured.percentile(percent)) is not None}
    told = ", ".join(f"p{percent} {_said(seconds)}" for percent, seconds in percentiles.items())
    words = f"{len(bars)} calls; {told}" if told else f"{len(bars)} calls, none with Success"
    return Chart(_WIDTH, _HEIGHT, _LEFT, _RIGHT, words, ticks, bars, _lines(percentiles, top))


def _lines(percentiles: dict[int, float], top: float) -> list[Line]:
    """From the lowest up, each name at least a line above the one before."""
    lines: list[Line] = []
    for percent, seconds in percentiles.items():
        y = _y(seconds, top)
        text_y = min(y + 4, lines[-1].text_y - _LINE_HEIGHT) if lines else y + 4
        lines.append(Line(y, text_y, f"p{percent} {_said(seconds)}"))
    lowest_name = _TOP + 4
    if lines and lines[-1].text_y < lowest_name:
        shift = lowest_name - lines[-1].text_y
        lines = [Line(line.y, line.text_y + shift, line.text) for line in lines]
    return lines


def _scale(longest: float) -> tuple[float, float]:
    """A round number above `longest`, and a round step of which four or five reach it; both in seconds."""
    longest = max(longest, 1e-6)
    power = 10.0 ** math.floor(math.log10(longest))
    step = next(step * power for step in (0.25, 0.5, 1.0, 2.0, 2.5) if step * power * 5 >= longest)
    return step * math.ceil(longest / step), step


def _y(seconds: float, top: float) -> float:
    return round(_BOTTOM - (_BOTTOM - _TOP) * seconds / top, 2)


def _said(seconds: float) -> str:
    return f"{seconds * 1000:.4g} ms" if seconds < 1 else f"{seconds:.4g} s"
