"""What every screen must satisfy, judged on the living items of the window: nothing here reads the QML files."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont
from PySide6.QtQuick import QQuickItem, QQuickWindow

from totem.ui.theme import CAP_HEIGHT, MIN_CAPITAL_MM, MIN_KEY_MM, MIN_QR_MM

KEYS = ("key.", "card.", "plus.", "minus.")
SLACK_PX = 1.5
FOREIGN = "webpage"
"""What is inside belongs to WebEngine, which deletes it at will: never to be walked."""
_WHOLE_SCREEN = "key.start"
"""The first screen itself is a key; others lie on it."""


@dataclass(frozen=True)
class Seen:
    """A visible item, with its place in the window as far as it is not clipped away."""

    item: QQuickItem
    rect: QRectF
    clip: QRectF

    @property
    def name(self) -> str:
        return self.item.objectName()

    @property
    def text(self) -> str:
        return str(self.item.property("text"))


def walk(item: QQuickItem, clip: QRectF) -> Iterator[Seen]:
    """Every visible item under `item`, itself included, from back to front."""
    if not item.isVisible() or item.opacity() <= 0.01:
        return
    rect = item.mapRectToScene(QRectF(0, 0, item.width(), item.height()))
    yield Seen(item, rect, clip)
    if item.objectName() == FOREIGN:
        return
    inner = clip.intersected(rect) if item.clip() else clip
    for child in item.childItems():
        yield from walk(child, inner)


def top_layer(window: QQuickWindow) -> list[Seen]:
    """What can be read and pressed: under an overlay, the overlay alone."""
    whole = QRectF(0, 0, window.width(), window.height())
    root = window.contentItem()
    overlays = [seen.item for seen in walk(root, whole) if seen.name == "overlay"]
    overlay = overlays[-1] if overlays else None
    seen = walk(overlay, whole) if overlay is not None else walk(root, whole)
    return [each for each in seen if each.rect.intersects(each.clip) or each.rect.isEmpty()]


def faults(window: QQuickWindow, px_per_mm: float, *, low_reach: bool = False) -> list[str]:
    """Everything that is wrong with what the window shows now; empty when all is well."""
    items = top_layer(window)
    endless = [
        each
        for each in walk(window.contentItem(), QRectF())
        if not math.isfinite(each.rect.width() + each.rect.height())
    ]
    texts = [each for each in items if each.item.inherits("QQuickText") and each.text]
    keys = [each for each in items if each.name.startswith(KEYS)]
    found = [*_text_faults(texts, window, px_per_mm), *_key_faults(keys, window, px_per_mm)]
    found += _overlaps(texts, keys)
    found += [f"{each.item.metaObject().className()} {each.name} has no end" for each in endless]
    found += _code_faults(items, px_per_mm)
    if not texts:
        found.append("the screen says nothing")
    if low_reach:
        middle = window.height() / 2 - SLACK_PX
        found += [
            f"{key.name} is {middle - key.rect.top():.0f} px above the lower half"
            for key in keys
            if key.rect.top() < middle and key.name != _WHOLE_SCREEN
        ]
    return found


def painted(seen: Seen) -> QRectF:
    """The rectangle of the letters themselves."""
    item = seen.item
    wide, high = float(item.property("contentWidth")), float(item.property("contentHeight"))
    sideways = {4: 0.5, 2: 1.0}.get(int(item.property("across") or 1), 0.0)
    upright = {128: 0.5, 64: 1.0}.get(int(item.property("down") or 32), 0.0)
    inner = QRectF((item.width() - wide) * sideways, (item.height() - high) * upright, wide, high)
    return item.mapRectToScene(inner)


def _text_faults(texts: list[Seen], window: QQuickWindow, px_per_mm: float) -> Iterator[str]:
    for seen in texts:
        item, short = seen.item, seen.text[:40]
        if item.property("truncated"):
            yield f"cut off: {short!r}"
        if float(item.property("contentWidth")) > item.width() + SLACK_PX:
            yield f"wider than its place by {float(item.property('contentWidth')) - item.width():.0f} px: {short!r}"
        if float(item.property("contentHeight")) > item.height() + SLACK_PX + _leading(item):
            yield f"higher than its place by {float(item.property('contentHeight')) - item.height():.0f} px: {short!r}"
        if "{" in seen.text or "undefined" in seen.text:
            yield f"a place without its value: {short!r}"
        if seen.clip == QRectF(0, 0, window.width(), window.height()) and not seen.clip.contains(_letters(seen)):
            yield f"leaves the window: {short!r}"
        font = item.property("font")
        if isinstance(font, QFont) and font.pixelSize() * CAP_HEIGHT < MIN_CAPITAL_MM * px_per_mm - 0.5:
            yield f"capitals of {font.pixelSize() * CAP_HEIGHT / px_per_mm:.1f} mm: {short!r}"


def _leading(item: QQuickItem) -> float:
    """A line height under 1 lets descenders hang into the padding: that is drawn, and cuts nothing."""
    font = item.property("font")
    factor = float(item.property("lineHeight") or 1.0)
    return font.pixelSize() * 1.3 * max(0.0, 1.0 - factor) if isinstance(font, QFont) else 0.0


def _key_faults(keys: list[Seen], window: QQuickWindow, px_per_mm: float) -> Iterator[str]:
    whole = QRectF(-SLACK_PX, -SLACK_PX, window.width() + 2 * SLACK_PX, window.height() + 2 * SLACK_PX)
    least = MIN_KEY_MM * px_per_mm - 0.5
    for key in keys:
        if min(key.rect.width(), key.rect.height()) < least:
            size = f"{key.rect.width() / px_per_mm:.1f} x {key.rect.height() / px_per_mm:.1f} mm"
            yield f"{key.name} is only {size}"
        if key.clip.contains(key.rect) and not whole.contains(key.rect):
            yield f"{key.name} leaves the window"
        if not key.item.property("spoken") and not key.name.startswith(("card.", "key.method.", _WHOLE_SCREEN)):
            yield f"{key.name} has no name to be read aloud"


def _overlaps(texts: list[Seen], keys: list[Seen]) -> Iterator[str]:
    for one, other in combinations(keys, 2):
        if _WHOLE_SCREEN in (one.name, other.name):
            continue
        shared = one.rect.intersected(one.clip).intersected(other.rect.intersected(other.clip))
        nested = one.rect.contains(other.rect) or other.rect.contains(one.rect)
        if not nested and shared.width() > SLACK_PX and shared.height() > SLACK_PX:
            yield f"{one.name} lies on {other.name}"
    for one, other in combinations(texts, 2):
        shared = _letters(one).intersected(_letters(other))
        if shared.width() > SLACK_PX and shared.height() > SLACK_PX:
            yield f"{one.text[:30]!r} lies on {other.text[:30]!r}"


def _letters(seen: Seen) -> QRectF:
    """Painted rectangle without the leading above and below, as far as it is seen."""
    rect = painted(seen)
    font = seen.item.property("font")
    slack = font.pixelSize() * 0.22 if isinstance(font, QFont) else 0.0
    return rect.adjusted(0, slack, 0, -slack).intersected(seen.clip)


def _code_faults(items: list[Seen], px_per_mm: float) -> Iterator[str]:
    for seen in items:
        if seen.name == "code" and seen.rect.width() < MIN_QR_MM * px_per_mm:
            yield f"the code is only {seen.rect.width() / px_per_mm:.0f} mm wide"
