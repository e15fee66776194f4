"""Which houses are made by hand, and what is told there? On a sheet: python -m social_rl.reports.contact_sheet FILE"""

import sys
from collections.abc import Mapping
from textwrap import wrap
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from social_rl.evaluation.handmade import houses
from worlds.levels.bank import bank_of
from worlds.levels.level import Level
from worlds.render.brush import font
from worlds.render.draw import draw_world
from worlds.render.tiles import INK
from worlds.scenario import make_scenario
from worlds.simulator import DISABLED, Simulator

PAPER, PALE = "#FCFBF9", "#5B6772"
WIDTH, MARGIN, GAP = 1580, 28, 26
NAME, LINE, LETTER = 24, 15, 5.4  # pixels: of a name, of a line of words, from letter to letter
NARROWEST = 168  # words need that much, however small the house


class Entry(NamedTuple):
    """A house on the sheet."""

    name: str
    pixels: np.ndarray
    words: list[str]

    @property
    def width(self) -> int:
        """Of the picture or of the words below, whichever is wider."""
        return max(self.pixels.shape[1], NARROWEST)

    @property
    def height(self) -> int:
        """Of the picture with its words."""
        return self.pixels.shape[0] + NAME + LINE * len(self.words)


def contact_sheet(levels: Mapping[str, Level], tile: int = 14) -> Image.Image:
    """All houses with their names and what agents are told, in lines like those of a text."""
    lines = broken([entry_of(name, level, tile) for name, level in levels.items()])
    heights = [max(entry.height for entry in line) for line in lines]
    sheet = Image.new("RGB", (WIDTH, sum(heights) + GAP * (len(lines) - 1) + 2 * MARGIN), PAPER)
    pen, top = ImageDraw.Draw(sheet), MARGIN
    for line, height in zip(lines, heights, strict=True):
        gap = (WIDTH - 2 * MARGIN - sum(entry.width for entry in line)) / max(len(line) - 1, 1)
        left = float(MARGIN)
        for entry in line:
            write(sheet, pen, entry, round(left), top)
            left += entry.width + gap
        top += height + GAP
    return sheet


def entry_of(name: str, level: Level, tile: int) -> Entry:
    """A house as it begins."""
    scenario = make_scenario("house", agents=len(level.agents))
    sim = Simulator(scenario, 1, bank=bank_of([level]), autoreset=DISABLED)
    sim.reset(level=0)
    pixels = draw_world(sim.state, 0, tile)
    across = int(max(pixels.shape[1], NARROWEST) / LETTER)
    words: list[str] = []
    for agent in level.agents:
        words += wrap(f"{agent.name}: {agent.instruction}", across, subsequent_indent="   ")
    return Entry(name, pixels, words)


def broken(entries: list[Entry]) -> list[list[Entry]]:
    """Entries in lines of the width of the sheet."""
    lines: list[list[Entry]] = [[]]
    for entry in entries:
        if lines[-1] and sum(e.width + GAP for e in lines[-1]) + entry.width > WIDTH - 2 * MARGIN:
            lines.append([])
        lines[-1].append(entry)
    return lines


def write(sheet: Image.Image, pen: ImageDraw.ImageDraw, entry: Entry, left: int, top: int) -> None:
    """Put a house on the sheet."""
    pen.text((left, top + NAME - 8), entry.name, INK, font(15), anchor="ls")
    sheet.paste(Image.fromarray(entry.pixels), (left, top + NAME))
    below = top + NAME + entry.pixels.shape[0]
    for number, words in enumerate(entry.words, 1):
        pen.text((left, below + number * LINE), words, PALE, font(11), anchor="ls")


if __name__ == "__main__":
    contact_sheet(houses()).quantize(256, dither=Image.Dither.NONE).save(sys.argv[1], optimize=True)
