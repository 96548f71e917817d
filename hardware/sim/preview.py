"""The picture of a job before it is printed, from its very bytes."""

from __future__ import annotations

from hardware.sim.bematech import parse_job
from hardware.sim.paper import Paper
from hardware.sim.paper import draw as draw_paper


def draw(data: bytes, dots: int = 576, zoom: int = 2) -> bytes:
    """PNG of all that the job prints on a head of `dots`. Takes some 50 ms: call it in a thread."""
    return draw_paper((parsed.operation for parsed in parse_job(data, strict=False)), Paper(dots, zoom))
