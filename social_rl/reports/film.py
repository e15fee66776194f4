"""How does a world become a film with captions? It is copied while it is played, and drawn afterwards.

Below the picture stands one entry for each agent: its name, how far it has come, and its instruction.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from social_rl.reports.trails import with_trails
from worlds.language.instructions import words_of
from worlds.objects import AGENT_COLOURS, COLOURS, NAMES
from worlds.render.draw import draw_world, extent
from worlds.render.tiles import PALETTE
from worlds.state import ACTIVE, AWAY, ROLE, SUCCEEDED, State

SETTINGS = ("option", "rate")  # fields of a State without a world axis
PAPER, INK, FAINT, GOOD, BAD = "#FBF8F1", "#2B2F36", "#6B7280", "#2E7D4F", "#B3432F"
MARGIN, NAME_HEIGHT, LINE_HEIGHT, GAP, MOST_LINES = 10, 20, 18, 6, 3
MOST_FRAMES = 1000  # of a film, unless more are asked for
HOLD = 6  # frames for which the last picture of an episode stays


class Reel:
    """Copies of world 0, step by step, until so many episodes have ended or so many frames are full."""

    def __init__(self, episodes: int, frames: int = MOST_FRAMES) -> None:
        self.episodes_left, self.frames = episodes, frames
        self.shots: list[State] = []

    @property
    def is_cut(self) -> bool:
        """Was it full before its episodes had ended?"""
        return self.episodes_left > 0 and len(self.shots) >= self.frames

    def shoot(self, state: State, ended: bool) -> None:
        """Keep what world 0 looks like now."""
        if self.episodes_left and len(self.shots) < self.frames:
            self.shots += [copy_world(state, 0)] * min(1 + HOLD * ended, self.frames - len(self.shots))
            self.episodes_left -= ended


class Entry(NamedTuple):
    """The caption of one agent."""

    name: int  # index of NAMES
    role: str  # said after the name
    words: str
    news: str
    tone: str  # colour of the news


def copy_world(state: State, w: int) -> State:
    """World `w` as a State of one world."""
    return State(
        **{
            name: array if name in SETTINGS else array[w : w + 1].copy()
            for name, array in zip(state._fields, state, strict=True)
        }
    )


def film(
    shots: Sequence[State], tile: int, trails: int = 0, roles: Sequence[str] = ()
) -> Iterator[np.ndarray]:
    """All pictures with captions, uint8[H, W, 3] of one size.

    Args:
        shots: a world, step by step.
        tile: pixels of a cell.
        trails: for how many steps one sees where agents walked.
        roles: their names, where agents have roles.
    """
    extents = [extent(shot, 0) for shot in shots]
    height, width = tile * max(rows for rows, _ in extents), tile * max(cols for _, cols in extents)
    font, bold = ImageFont.load_default(14), ImageFont.load_default(15)
    told = {tuple(tokens) for shot in shots for tokens in shot.tokens[0].tolist()}
    lines = max(len(wrapped(words_of(_unpadded(tokens)), font, width - 2 * MARGIN)) for tokens in told)
    earned, walked = np.zeros(shots[0].name.shape[1]), []
    for shot in shots:
        if shot.step[0] <= 1:  # an episode begins
            earned, walked = np.zeros_like(earned), []
        if not walked or walked[-1] is not shot:  # the last picture of an episode stays for a while
            earned = earned + shot.reward[0]
            walked.append(shot)
        entries = [entry_of(shot, a, float(earned[a]), roles) for a in range(len(earned))]
        strip = caption(entries, width, lines, font, bold)
        picture = with_trails(draw_world(shot, 0, tile), walked[-trails - 1 :] if trails else [], tile)
        yield np.vstack([centred(picture, height, width), strip])


def entry_of(shot: State, a: int, earned: float, roles: Sequence[str]) -> Entry:
    """What the caption says about agent `a`; of one that nobody told anything, what it `earned`, too."""
    finished, words = int(shot.finished[0, a]), words_of(_unpadded(shot.tokens[0, a].tolist()))
    if finished == SUCCEEDED:
        news, tone = "done", GOOD
    elif finished in AWAY:
        news, tone = AWAY[finished], FAINT
    elif finished != ACTIVE:
        news, tone = "failed", BAD
    elif words and shot.over[0]:
        news, tone = "out of time", FAINT
    else:
        news, tone = f"step {int(shot.step[0])}", FAINT
    if earned and not words:
        news = f"{news}, earned {earned:g}"
    role = f", {roles[shot.own_memory[0, a, ROLE]]}" if roles else ""
    return Entry(int(shot.name[0, a]), role, words, news, tone)


def caption(
    entries: Sequence[Entry],
    width: int,
    lines: int,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    bold: ImageFont.FreeTypeFont | ImageFont.ImageFont,
) -> np.ndarray:
    """The strip below the picture, uint8[h, width, 3], with room for so many lines of words to each entry."""
    each = NAME_HEIGHT + lines * LINE_HEIGHT + GAP
    image = Image.new("RGB", (width, 2 * MARGIN + len(entries) * each - GAP), PAPER)
    pen = ImageDraw.Draw(image)
    for i, (name, role, words, news, tone) in enumerate(entries):
        top = MARGIN + i * each
        colour = PALETTE[COLOURS[AGENT_COLOURS[name]]]
        pen.ellipse((MARGIN, top + 3, MARGIN + 11, top + 14), fill=colour, outline=INK)
        pen.text((MARGIN + 18, top), NAMES[name] + role, INK, bold)
        pen.text((width - MARGIN - pen.textlength(news, font), top), news, tone, font)
        for j, line in enumerate(wrapped(words, font, width - 2 * MARGIN)):
            pen.text((MARGIN, top + NAME_HEIGHT + j * LINE_HEIGHT), line, INK, font)
    return np.asarray(image)


def wrapped(words: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> list[str]:
    """Words in lines no wider than `width` pixels, at most MOST_LINES of them."""
    lines: list[str] = []
    for word in words.split():
        if lines and font.getlength(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines if len(lines) <= MOST_LINES else [*lines[: MOST_LINES - 1], f"{lines[MOST_LINES - 1]} ..."]


def centred(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """A picture in the middle of paper."""
    rows, cols = picture.shape[:2]
    top, left = (height - rows) // 2, (width - cols) // 2
    paper = np.empty((height, width, 3), np.uint8)
    paper[:] = tuple(bytes.fromhex(PAPER[1:]))
    paper[top : top + rows, left : left + cols] = picture
    return paper


def _unpadded(tokens: Sequence[int]) -> list[int]:
    return [token for token in tokens if token]
