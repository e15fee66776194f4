"""How does a replay become a clip for a page? Once played again, as numbers of tiles, and one picture of all tiles.

A frame is what the window and films show: `draw_world`, cut into cells. Each distinct cell is kept once, in a sheet,
and of each later frame only the cells that changed. So a clip of a hundred steps is some kilobytes and a small PNG, and
its pixels are those of `draw_world`. Who played whom is left out: whoever judges it does not know whose it is.
"""

import io
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from worlds.events import Acts, Instruct, Speak
from worlds.language.tokens import words_of
from worlds.objects import AGENT_COLOURS, COLOURS
from worlds.render.draw import draw_world, extent
from worlds.render.tiles import PALETTE
from worlds.replay import Replay, ReplayError, check, resimulate
from worlds.scenario import Scenario
from worlds.simulator import Simulator
from worlds.state import ACTIVE, AWAY, FAILED, SUCCEEDED

TILE = 48  # pixels of a cell in the sheet
BECAME = {ACTIVE: "has come", SUCCEEDED: "has done it", FAILED: "has failed", **AWAY}
COLUMNS = 16  # tiles in a row of the sheet
MOST_FRAMES = 2001
MOST_TILES = 5000  # a sheet of more is higher than some browsers show
ABSENT = -1  # the cell of an agent that is not in the house


class Line(NamedTuple):
    """Something that was said or came about, in words."""

    step: int
    kind: str  # task, subgoal, talk, outcome
    who: str  # speaker; of a task or a subgoal, who has it
    listener: str  # of talk, else ""
    words: str


class Clip(NamedTuple):
    """One episode as drawn. Cells are counted row by row from the upper left corner, tiles likewise in the sheet."""

    rows: int
    cols: int
    names: tuple[str, ...]  # of agents
    colours: tuple[str, ...]  # of agents, "#RRGGBB"
    first: tuple[int, ...]  # the tile of each cell at the beginning
    changes: tuple[tuple[int, ...], ...]  # for each later frame: cell, tile, cell, tile, ...
    where: tuple[tuple[int, ...], ...]  # for each frame, the cell of each agent, or ABSENT
    lines: tuple[Line, ...]  # in order
    sheet: bytes  # PNG, COLUMNS tiles wide, TILE pixels each


def clip_of(replay: Replay, scenario: Scenario | None = None) -> Clip:
    """A replay as a clip; it is played again, and must go as it went.

    Args:
        scenario: as `resimulate` takes it, where the replay is of none of ours.

    Raises:
        ReplayError: it goes otherwise than it went, it cannot be played, or it is too long.
    """
    if replay.steps >= MOST_FRAMES:
        raise ReplayError(
            f"the replay has {replay.steps} steps, a clip at most {MOST_FRAMES - 1}: record less of it"
        )
    difference = check(replay, scenario)
    if difference is not None:
        raise ReplayError(str(difference))
    sim = resimulate(replay, scenario, steps=0)
    rows, cols = extent(sim.state, 0)
    tiles: dict[bytes, int] = {}
    frames, where = [], []
    lines = [
        Line(0, "task", name, "", words) for name, words in zip(sim.names(), _told(sim), strict=True) if words
    ]
    for said in _moments(sim, replay):
        lines += said
        frames.append(_cut(draw_world(sim.state, 0, TILE, size=(rows, cols)), tiles))
        where.append(_cells(sim, cols))
    if len(tiles) > MOST_TILES:
        raise ReplayError(
            f"the replay shows {len(tiles)} different cells, a clip at most {MOST_TILES}: record less of it"
        )
    colours = tuple(PALETTE[COLOURS[AGENT_COLOURS[n]]] for n in sim.state.name[0].tolist())
    changes = tuple(_change(before, after) for before, after in pairwise(frames))
    return Clip(
        rows, cols, tuple(sim.names()), colours, tuple(frames[0].tolist()), changes, tuple(where), tuple(lines),
        _sheet(tiles),
    )  # fmt: skip


def clip_json(clip: Clip) -> dict[str, Any]:
    """All of a clip but its sheet, for a page."""
    return {
        "rows": clip.rows,
        "cols": clip.cols,
        "tile": TILE,
        "columns": COLUMNS,
        "names": list(clip.names),
        "colours": list(clip.colours),
        "first": list(clip.first),
        "changes": [list(change) for change in clip.changes],
        "where": [list(cells) for cells in clip.where],
        "lines": [line._asdict() for line in clip.lines],
    }


def frame_of(clip: Clip, step: int) -> np.ndarray:
    """The tiles after so many steps, int[rows, cols].

    Raises:
        ValueError: the clip has no such step.
    """
    if not 0 <= step <= len(clip.changes):
        raise ValueError(f"step is {step}, this clip has 0 to {len(clip.changes)}")
    tiles = np.array(clip.first)
    for change in clip.changes[:step]:
        tiles[list(change[::2])] = change[1::2]
    return tiles.reshape(clip.rows, clip.cols)


# ---- an episode ----------------------------------------------------------------------------------------
def _moments(sim: Simulator, replay: Replay) -> Iterator[list[Line]]:
    """Let it happen again; yields what was said or came about, once for each frame, when all of its events are done."""
    finished, said = sim.state.finished[0].copy(), []
    for event, *_ in replay.entries:
        if isinstance(event, Acts):
            yield said
            sim.step(np.array([event.acts]))
            said = _outcomes(sim, finished)
        else:
            said += _said(sim, event)
            sim.apply(0, event)
        finished = sim.state.finished[0].copy()
    yield said


def _said(sim: Simulator, event: object) -> list[Line]:
    step = int(sim.state.step[0])
    match event:
        case Speak(speaker, listener, words):
            return [Line(step, "talk", speaker, listener, words)]
        case Instruct(agent, words, task):
            return [Line(step, "task" if task else "subgoal", sim.names()[agent], "", words)]
        case _:
            return []


def _outcomes(sim: Simulator, before: np.ndarray) -> list[Line]:
    """Whose episode began or ended at this step, and how."""
    step, lines = int(sim.state.step[0]), []
    for a, name in enumerate(sim.names()):
        now = int(sim.state.finished[0, a])
        if now != before[a]:
            lines.append(Line(step, "outcome", name, "", BECAME[now]))
        elif now == ACTIVE and sim.state.over[0]:
            lines.append(Line(step, "outcome", name, "", "has run out of time"))
    return lines


def _told(sim: Simulator) -> list[str]:
    """What each agent is told, in words."""
    return [words_of(tokens) for tokens in sim.state.tokens[0].tolist()]


def _cells(sim: Simulator, cols: int) -> tuple[int, ...]:
    cells = sim.state.agent_cell[0].tolist()
    return tuple(cell // 256 * cols + cell % 256 if cell >= 0 else ABSENT for cell in cells)


# ---- pictures ------------------------------------------------------------------------------------------
def _cut(picture: np.ndarray, tiles: dict[bytes, int]) -> np.ndarray:
    """The tile of each cell of a picture; tiles that are new are added."""
    rows, cols = picture.shape[0] // TILE, picture.shape[1] // TILE
    cells = picture.reshape(rows, TILE, cols, TILE, 3).swapaxes(1, 2).reshape(rows * cols, -1)
    return np.array([tiles.setdefault(cell.tobytes(), len(tiles)) for cell in cells])


def _change(before: np.ndarray, after: np.ndarray) -> tuple[int, ...]:
    cells = np.flatnonzero(before != after)
    return tuple(np.stack([cells, after[cells]], 1).ravel().tolist())


def _sheet(tiles: dict[bytes, int]) -> bytes:
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError("clips need Pillow: pip install pillow") from error
    high = -(-len(tiles) // COLUMNS)
    sheet = np.zeros((high * COLUMNS, TILE, TILE, 3), np.uint8)
    for pixels, i in tiles.items():
        sheet[i] = np.frombuffer(pixels, np.uint8).reshape(TILE, TILE, 3)
    picture = (
        sheet.reshape(high, COLUMNS, TILE, TILE, 3).swapaxes(1, 2).reshape(high * TILE, COLUMNS * TILE, 3)
    )
    data = io.BytesIO()
    Image.fromarray(picture).save(data, "PNG")
    return data.getvalue()
