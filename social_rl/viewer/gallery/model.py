"""What does the gallery know? The levels of a curriculum, their order, the chosen one. Never changed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from adversarial_design.curriculum import Record, read_curriculum
from social_rl.reports.gallery import numbers_of
from social_rl.viewer.editor.draft import Cell, Draft, draft_of
from worlds.levels.level import Level, LevelError
from worlds.levels.level_text import read_level
from worlds.scenario import Scenario

CURRICULUM = "curriculum.jsonl"


@dataclass(frozen=True)
class GalleryState:
    """What `picture.paint` draws; `commands.do` returns the next one."""

    records: tuple[Record, ...]
    scenario: Scenario  # that plays its levels
    path: Path
    cast: tuple[str, ...] = ()
    seed: int = 0
    order: str = "score"
    shown: tuple[int, ...] = ()  # numbers of records, in the order of the window
    at: int = 0  # in `shown`
    top: int = 0  # the first row of pictures that is in view
    size: tuple[int, int] = (1280, 800)
    scale: float = 1.0
    is_dark: bool = False
    help: bool = False
    notice: str = ""
    opens: str = ""  # a screen above this one: "play" or "edit"
    is_open: bool = True
    quits: bool = False
    by_id: dict[str, int] = field(default_factory=dict)

    @property
    def chosen(self) -> Record:
        """The record that is looked at."""
        return self.records[self.shown[self.at]]

    @property
    def parent(self) -> Record | None:
        """The record that the chosen one was made from, if it is in this curriculum."""
        number = self.by_id.get(self.chosen.get("parent", ""), -1)
        return self.records[number] if number >= 0 else None


def open_gallery(path: Path, scenario: Scenario, **known: object) -> GalleryState:
    """The gallery of a run of design, or of its curriculum.

    Raises:
        ValueError: it holds no levels.
        OSError: it cannot be read.
    """
    records = tuple(read_curriculum(path))
    if not records:
        raise ValueError(f"{path} holds no levels: nothing was saved yet")
    by_id = {record["id"]: number for number, record in enumerate(records)}
    shown = ordered(records, "score")
    return GalleryState(records, scenario, path, shown=shown, by_id=by_id, **known)  # pyright: ignore[reportArgumentType]


# ---- what is known of a level --------------------------------------------------------------------------
def score_of(record: Record) -> float | None:
    """The score that it had when it was visited last."""
    visits = [visit[1] for visit in record.get("visits", ()) if visit[1] is not None]
    return visits[-1] if visits else None


def _acts(record: Record) -> float:
    return numbers_of(record).get("acts") or -1.0


# By name: which comes first.
ORDERS: dict[str, Callable[[Record], float]] = {
    "score": lambda record: -(score_of(record) or 0.0),
    "replays": lambda record: -record.get("replays", 0),
    "hardest": lambda record: 2.0 if record.get("solved") is None else record["solved"],
    "longest": lambda record: -_acts(record),
    "newest": lambda record: -record.get("born", 0),
    "oldest": lambda record: record.get("born", 0),
}


def ordered(records: Sequence[Record], order: str) -> tuple[int, ...]:
    """Numbers of records in an order; equal ones as they stand in the file."""
    return tuple(sorted(range(len(records)), key=lambda number: ORDERS[order](records[number])))


@lru_cache(maxsize=1024)
def level_in(text: str) -> Level:
    """The level of a record's text, without the line that says who plays beside the student.

    Raises:
        LevelError: it is none.
    """
    return read_level(text.partition("\n")[2] if text.startswith("with ") else text)


def draft_in(record: Record) -> Draft | None:
    """A record's level to be drawn; None: its text is no level of this version."""
    try:
        return draft_of(level_in(record["level"]))
    except LevelError:
        return None


def changed_cells(draft: Draft, parent: Draft) -> tuple[Cell, ...]:
    """The cells that differ: in ground, in what is there, in who starts there and what it is told."""
    if (draft.rows, draft.cols) != (parent.rows, parent.cols):
        return ()
    mine, theirs = _contents(draft), _contents(parent)
    return tuple(
        (row, col)
        for row in range(draft.rows)
        for col in range(draft.cols)
        if draft.ground[row][col] != parent.ground[row][col] or mine.get((row, col)) != theirs.get((row, col))
    )


def _contents(draft: Draft) -> dict[Cell, list[tuple]]:
    found: dict[Cell, list[tuple]] = {}
    for things in (draft.agents, draft.fixtures, draft.items):
        for thing in things:
            found.setdefault((thing.row, thing.col), []).append(thing)
    return found
