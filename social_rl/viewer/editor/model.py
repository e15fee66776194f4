"""What does the editor know? A draft with its past and future, the brush, and what one is about. Never changed."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from social_rl.viewer.controls.entry import Entry
from social_rl.viewer.editor.draft import AGENT, Cell, Draft, colours_for, draft_of, states_for
from social_rl.viewer.editor.verdicts import Judged, judged
from worlds.levels.level import FIXTURE_KINDS, GROUNDS, ITEM_KINDS, Level
from worlds.scenario import Scenario

MOVE, ERASE = "move", "erase"
TOOLS = (MOVE, ERASE, AGENT, *GROUNDS.values(), *FIXTURE_KINDS[::-1], *ITEM_KINDS)
INSTRUCTION, FILE, TO_OPEN = "instruction", "file to save", "file to open"  # what is written in the entry
MOST_UNDONE = 500


@dataclass(frozen=True)
class EditorState:
    """What `picture.paint` draws; `commands.do` returns the next one."""

    scenario: Scenario  # that plays the level
    draft: Draft
    cast: tuple[str, ...] = ()  # NAME=POLICY, who plays whom when it is played
    seed: int = 0
    past: tuple[Draft, ...] = ()
    future: tuple[Draft, ...] = ()
    kept: Draft | None = None  # as it stands in its file
    path: Path | None = None
    out: Path = Path("out")  # where levels and pictures go that have no path
    tool: str = "wall"
    shade: str = "red"  # the colour that was chosen last
    form: int = 0  # the state that was chosen last
    cursor: Cell = (1, 1)
    held: Cell | None = None  # from where something is being moved
    stroke: str = ""  # "paint" or "erase" while a button of the mouse is down: its cells are one edit
    selected: int = 0
    entry: Entry = field(default_factory=Entry)
    writing: str = ""  # what the entry is for, "": closed
    size: tuple[int, int] = (1280, 800)
    scale: float = 1.0
    is_dark: bool = False
    help: bool = False
    notice: str = ""
    asks: str = ""  # what was warned of: the same command again does it
    opens: str = ""  # a screen above this one: "play"
    is_open: bool = True
    quits: bool = False

    @property
    def judged(self) -> Judged:
        """What the draft is worth."""
        return judged(self.draft, self.scenario.needs_done)

    @property
    def is_kept(self) -> bool:
        """Does the draft stand in its file?"""
        return self.draft == self.kept

    @property
    def colour(self) -> str:
        """The colour in which the brush paints, "" where it has none."""
        colours = colours_for(self.tool)
        return self.shade if self.shade in colours else colours[0] if colours else ""

    @property
    def state(self) -> str:
        """The state in which the brush paints, "" where there is only one."""
        states = states_for(self.tool)
        return states[self.form % len(states)] if states else ""


def open_editor(
    level: Level | Draft, scenario: Scenario, path: Path | None = None, **known: object
) -> EditorState:
    """The editor on a level; with a path, as it stands in that file."""
    draft = draft_of(level) if isinstance(level, Level) else level
    return replace(
        EditorState(scenario, draft, path=path, kept=draft if path else None),
        **known,  # pyright: ignore[reportArgumentType]
    )
