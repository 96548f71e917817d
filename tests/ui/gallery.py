"""Every screen as a picture, judged: `python -m tests.ui.gallery --out DIR`. Exits 1 where a check fails.

Each screen is drawn in every language and two orientations, and in Portuguese also with high contrast, large text
and low reach; then every page of maintenance. `DIR/sheet-*.png` shows them side by side.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from totem.domain.texts import CUSTOMER_LANGUAGES, LANGUAGES

if TYPE_CHECKING:
    from tests.ui.studio import Studio

MAINTENANCE = "maintenance"
_VARIANTS = ("contrast", "large", "low", MAINTENANCE)
THUMB_PX = 300


@dataclass(frozen=True)
class Take:
    """One picture to make."""

    shot: str
    orientation: str
    language: str
    variant: str

    @property
    def sheet(self) -> str:
        return f"{self.orientation}-{self.language}" + ("" if self.variant == "plain" else f"-{self.variant}")

    @property
    def name(self) -> str:
        return f"{self.sheet}-{self.shot}"


def takes(names: Iterable[str], orientation: str, variants: Iterable[str]) -> Iterator[Take]:
    """Everything to draw in one orientation; variants in one language, but for large text, which is tried in all."""
    for variant in variants:
        for language in CUSTOMER_LANGUAGES if variant in {"plain", "large"} else CUSTOMER_LANGUAGES[:1]:
            for name in names:
                yield Take(name, orientation, language, variant)


async def draw(runtime: object, out: Path | None, orientation: str, only: str = "") -> list[str]:
    """Draw and judge every screen of one orientation; returns the faults, each with its picture's name."""
    from tests.ui.checks import faults
    from tests.ui.pictures import VARIANTS, shots
    from tests.ui.studio import ORIENTATIONS, studio
    from totem.runtime import Runtime
    from totem.ui.theme import px_per_mm

    assert isinstance(runtime, Runtime)
    found: list[str] = []
    scale = px_per_mm(*ORIENTATIONS[orientation], 21.5)
    with studio(orientation, runtime, languages=CUSTOMER_LANGUAGES) as stage:
        await stage.kiosk.first_frame.wait()
        by_name = {shot.name: shot for shot in shots(stage.clock.monotonic())}
        for take in takes(by_name, orientation, VARIANTS):
            if only not in take.name:
                continue
            fresh = {shot.name: shot for shot in shots(stage.clock.monotonic())}[take.shot]
            await stage.show(fresh, take.language, take.variant)
            low = take.variant == "low" and take.shot != "attract"
            found += [f"{take.name}: {fault}" for fault in faults(stage.kiosk.window, scale, low_reach=low)]
            await _keep(stage, out, take)
    return found


async def draw_maintenance(runtime: object, out: Path | None, orientation: str, only: str = "") -> list[str]:
    """Draw and judge every page of maintenance in one orientation; returns the faults, as `draw` does."""
    from tests.ui.checks import faults
    from tests.ui.maintenance.bench import bench
    from tests.ui.maintenance.pictures import PAGES, show
    from tests.ui.studio import ORIENTATIONS
    from totem.runtime import Runtime
    from totem.ui.theme import px_per_mm

    assert isinstance(runtime, Runtime)
    found: list[str] = []
    scale = px_per_mm(*ORIENTATIONS[orientation], 21.5)
    with bench(runtime, orientation) as made:
        await made.stage.kiosk.first_frame.wait()
        for page in PAGES:
            for language in LANGUAGES:
                take = Take(page.name, orientation, language, MAINTENANCE)
                if only not in take.name:
                    continue
                await show(made, page, language)
                found += [f"{take.name}: {fault}" for fault in faults(made.stage.kiosk.window, scale)]
                await _keep(made.stage, out, take)
    return found


async def _keep(stage: Studio, out: Path | None, take: Take) -> None:
    if out is not None:
        picture = stage.kiosk.window.grabWindow()
        await asyncio.to_thread(picture.save, str(out / f"{take.name}.png"))


def make_sheets(out: Path) -> list[Path]:
    """Contact sheets of the pictures in the folder, one a language, orientation and variant."""
    groups: dict[str, list[Path]] = {}
    for file in sorted(out.glob("*-*-*.png")):
        if file.name.startswith("sheet-"):
            continue
        orientation, language, rest = file.stem.split("-", 2)
        variant = next((each for each in _VARIANTS if rest.startswith(f"{each}-")), "")
        groups.setdefault("-".join(filter(None, (orientation, language, variant))), []).append(file)
    return [_sheet(out / f"sheet-{name}.png", files) for name, files in groups.items()]


def _sheet(target: Path, files: list[Path]) -> Path:
    thumbs = []
    for file in files:
        with Image.open(file) as picture:
            thumbs.append(picture.convert("RGB").resize((THUMB_PX * 2, THUMB_PX * 2 * picture.height // picture.width)))
    columns = 8 if thumbs[0].height > thumbs[0].width else 4
    wide, high = thumbs[0].width + 16, thumbs[0].height + 40
    rows = -(-len(thumbs) // columns)
    sheet = Image.new("RGB", (columns * wide, rows * high), "#55606B")
    draw_on = ImageDraw.Draw(sheet)
    for place, (file, thumb) in enumerate(zip(files, thumbs, strict=True)):
        x, y = place % columns * wide + 8, place // columns * high
        draw_on.text((x, y + 8), file.stem, fill="#FFFFFF", font_size=20)
        sheet.paste(thumb, (x, y + 32))
    sheet.save(target)
    return target


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.ui.gallery", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the pictures")
    parser.add_argument("--only", default="", help="part of a picture's name, to draw a few")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("QT_QUICK_BACKEND", "software")

    from totem.runtime import Runtime, run

    found: list[str] = []

    async def everything(runtime: Runtime) -> int:
        for orientation in ("portrait", "landscape"):
            found.extend(await draw(runtime, options.out, orientation, options.only))
            found.extend(await draw_maintenance(runtime, options.out, orientation, options.only))
        return 1 if found else 0

    code = run(everything, ["gallery"])
    sheets = make_sheets(options.out)
    sys.stdout.write("\n".join([*found, *(str(sheet) for sheet in sheets), f"{len(found)} faults", ""]))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
