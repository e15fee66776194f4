"""What can be done in the editor? Every key, click and button is one of these: `do(state, "paint", 2, 3)`.

A command takes a state and returns the next one; only those of files touch anything else.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from social_rl.episodes.levels import read_levels
from social_rl.viewer.controls import entry as entries
from social_rl.viewer.drawing.camera import free_path
from social_rl.viewer.drawing.theme import drawn_size, fitting_scale, next_scale
from social_rl.viewer.editor import draft as drafts
from social_rl.viewer.editor.draft import AGENT, Cell, Draft, EditError, colours_for, draft_of, states_for
from social_rl.viewer.editor.model import (
    ERASE,
    FILE,
    INSTRUCTION,
    MOST_UNDONE,
    MOVE,
    TO_OPEN,
    TOOLS,
    EditorState,
)
from worlds.files import replacing
from worlds.levels.bank import level_of
from worlds.levels.level_text import level_to_text

AGAIN = "once more to do it anyway"


def do(state: EditorState, command: str, *values: object) -> EditorState:
    """Carry out a command by its name; what cannot be done is said in the notice.

    Raises:
        ValueError: no such command.
    """
    if command not in COMMANDS:
        raise ValueError(f"no command is called {command!r}: there are {', '.join(COMMANDS)}")
    if command in SILENT:
        return COMMANDS[command](state, *values)
    asks = state.asks
    state = replace(state, notice="", asks="")
    try:
        return COMMANDS[command](replace(state, asks=asks) if command in ASKING else state, *values)
    except EditError as error:
        return replace(state, notice=f"{str(error)[:1].upper()}{str(error)[1:]}.")


# ---- edits ---------------------------------------------------------------------------------------------
def _edited(state: EditorState, draft: Draft) -> EditorState:
    """With another draft, which can be undone; the cells of one stroke are undone together."""
    draft = drafts.ordered(draft)
    if draft == state.draft:
        return state
    past = state.past if state.stroke == "going" else (*state.past, state.draft)[-MOST_UNDONE:]
    selected = min(state.selected, max(len(draft.agents) - 1, 0))
    stroke = "going" if state.stroke else ""
    row, col = state.cursor
    cursor = min(row, draft.rows - 1), min(col, draft.cols - 1)
    return replace(state, draft=draft, past=past, future=(), selected=selected, stroke=stroke, cursor=cursor)


def paint(state: EditorState, row: int, col: int) -> EditorState:
    """Use the brush in a cell."""
    cell = _inside(state, row, col)
    state = replace(state, cursor=cell)
    if state.tool == MOVE:
        return drop(state, row, col) if state.held else grab(state, row, col)
    if state.tool == ERASE:
        return erase(state, row, col)
    agents = len(state.draft.agents)
    state = _edited(state, drafts.painted(state.draft, cell, state.tool, state.colour, state.state))
    if state.tool == AGENT:
        is_new = len(state.draft.agents) > agents
        state = replace(state, selected=agents if is_new else state.draft.agent_at(cell))
    return state


def paint_to(state: EditorState, row: int, col: int) -> EditorState:
    """Use the brush in all cells from the cursor to this one, as the mouse does that was faster than the window."""
    for cell in _line(state.cursor, _inside(state, row, col)):
        state = paint(state, *cell)
    return state


def erase(state: EditorState, row: int, col: int) -> EditorState:
    """Take away what is in a cell; its ground stays."""
    cell = _inside(state, row, col)
    return replace(_edited(state, drafts.erased(state.draft, cell)), cursor=cell)


def erase_to(state: EditorState, row: int, col: int) -> EditorState:
    """Take away what is in all cells from the cursor to this one."""
    for cell in _line(state.cursor, _inside(state, row, col)):
        state = erase(state, *cell)
    return state


def begin_stroke(state: EditorState) -> EditorState:
    """What is painted from now on is undone together."""
    return replace(state, stroke="begun")


def end_stroke(state: EditorState) -> EditorState:
    """What is painted from now on is undone by itself."""
    return replace(state, stroke="")


def grab(state: EditorState, row: int, col: int) -> EditorState:
    """Take up what is uppermost in a cell, to drop it in another one."""
    cell = _inside(state, row, col)
    draft = state.draft
    if draft.agent_at(cell) < 0 and draft.item_at(cell) is None and draft.fixture_at(cell) is None:
        return replace(state, cursor=cell, held=None)
    state = replace(state, cursor=cell, held=cell)
    return replace(state, selected=draft.agent_at(cell)) if draft.agent_at(cell) >= 0 else state


def drop(state: EditorState, row: int, col: int) -> EditorState:
    """Put what was taken up into a cell."""
    cell, held = _inside(state, row, col), state.held
    state = replace(state, held=None, cursor=cell)
    return state if held is None else _edited(state, drafts.moved(state.draft, held, cell))


def pick(state: EditorState, row: int, col: int) -> EditorState:
    """Take as a brush what is uppermost in a cell."""
    kind, colour, form = drafts.picked(state.draft, _inside(state, row, col))
    state = replace(state, tool=kind, shade=colour or state.shade)
    return replace(state, form=states_for(kind).index(form)) if form else state


def _inside(state: EditorState, row: int, col: int) -> Cell:
    return min(max(int(row), 0), state.draft.rows - 1), min(max(int(col), 0), state.draft.cols - 1)


def _line(first: Cell, last: Cell) -> list[Cell]:
    """Cells from one to another, both included."""
    n = max(abs(last[0] - first[0]), abs(last[1] - first[1]))
    if n == 0:
        return [last]
    return [
        (round(first[0] + (last[0] - first[0]) * i / n), round(first[1] + (last[1] - first[1]) * i / n))
        for i in range(n + 1)
    ]


def undo(state: EditorState) -> EditorState:
    """Take the last edit back."""
    if not state.past:
        return replace(state, notice="There is nothing to undo.")
    future = (*state.future, state.draft)
    return _at(replace(state, past=state.past[:-1], future=future), state.past[-1])


def redo(state: EditorState) -> EditorState:
    """Do again what was undone."""
    if not state.future:
        return replace(state, notice="There is nothing to redo.")
    past = (*state.past, state.draft)
    return _at(replace(state, past=past, future=state.future[:-1]), state.future[-1])


def _at(state: EditorState, draft: Draft) -> EditorState:
    selected = min(state.selected, max(len(draft.agents) - 1, 0))
    return replace(
        state, draft=draft, selected=selected, held=None, stroke="",
        cursor=(min(state.cursor[0], draft.rows - 1), min(state.cursor[1], draft.cols - 1)),
    )  # fmt: skip


def widen(state: EditorState, rows: int, cols: int) -> EditorState:
    """More rows and columns, or fewer; the outer ones stay."""
    return _edited(state, drafts.resized(state.draft, rows, cols))


def steps(state: EditorState, by: int) -> EditorState:
    """A higher step limit, or a lower one."""
    return _edited(state, drafts.with_steps(state.draft, by))


def another(state: EditorState) -> EditorState:
    """A level as the scenario draws it, in place of this one; it can be undone."""
    seed = (state.seed + 1) % 2**64
    level = level_of(state.scenario.draw(1, seed), 0)
    return replace(_edited(state, draft_of(level)), seed=seed, selected=0)


def clear(state: EditorState) -> EditorState:
    """An empty room of the same size; it can be undone."""
    return replace(_edited(state, drafts.empty(state.draft.rows, state.draft.cols)), selected=0)


# ---- the brush and the cursor --------------------------------------------------------------------------
def tool(state: EditorState, name: str) -> EditorState:
    """Take another brush.

    Raises:
        ValueError: there is no such brush.
    """
    if name not in TOOLS:
        raise ValueError(f"no brush is called {name!r}: there are {', '.join(TOOLS)}")
    return replace(state, tool=name, held=None)


def next_tool(state: EditorState, by: int) -> EditorState:
    """Take the brush that is so many further on the palette."""
    return tool(state, TOOLS[(TOOLS.index(state.tool) + by) % len(TOOLS)])


def shade(state: EditorState, name: str) -> EditorState:
    """Paint in another colour."""
    return replace(state, shade=name)


def next_shade(state: EditorState, by: int = 1) -> EditorState:
    """Paint in the next colour that the brush comes in."""
    colours = colours_for(state.tool)
    if not colours:
        return replace(state, notice=f"{state.tool.capitalize()} comes in one colour.")
    return replace(state, shade=colours[(colours.index(state.colour) + by) % len(colours)])


def form(state: EditorState, number: int) -> EditorState:
    """Paint doors and furniture in another state."""
    return replace(state, form=number)


def next_form(state: EditorState, by: int = 1) -> EditorState:
    """Paint in the next state that the brush may be in."""
    states = states_for(state.tool)
    if not states:
        return replace(state, notice=f"{state.tool.capitalize()} has one state.")
    return replace(state, form=(state.form + by) % len(states))


def point(state: EditorState, row: int, col: int) -> EditorState:
    """The cursor is in a cell."""
    return replace(state, cursor=_inside(state, row, col))


def go(state: EditorState, rows: int, cols: int) -> EditorState:
    """Move the cursor."""
    return replace(state, cursor=_inside(state, state.cursor[0] + rows, state.cursor[1] + cols))


def here(state: EditorState, command: str) -> EditorState:
    """Carry out `paint`, `erase` or `pick` in the cell of the cursor."""
    return COMMANDS[command](state, *state.cursor)


# ---- agents --------------------------------------------------------------------------------------------
def select(state: EditorState, a: int) -> EditorState:
    """Look at agent `a`."""
    return replace(state, selected=a % max(len(state.draft.agents), 1))


def next_agent(state: EditorState) -> EditorState:
    """Look at the next agent."""
    return select(state, state.selected + 1)


def turn(state: EditorState) -> EditorState:
    """The selected agent heads to its right."""
    _check_agents(state)
    return _edited(state, drafts.turned(state.draft, state.selected))


def rename(state: EditorState) -> EditorState:
    """The selected agent has another name."""
    _check_agents(state)
    return _edited(state, drafts.renamed(state.draft, state.selected))


def _check_agents(state: EditorState) -> None:
    if not state.draft.agents:
        raise EditError("there is no agent: A and a click put one into the house")


def tell(state: EditorState, a: int, words: str) -> EditorState:
    """Tell an agent something else."""
    return _edited(state, drafts.told(state.draft, a, words))


# ---- the entry -----------------------------------------------------------------------------------------
def write(state: EditorState, what: str = INSTRUCTION, a: int = -1) -> EditorState:
    """Open the entry: for the words of an agent (else of the selected one), or for the name of a file."""
    if what == INSTRUCTION:
        _check_agents(state)
        state = select(state, a) if a >= 0 else state
        text = state.draft.agents[state.selected].instruction
    else:
        text = str(state.path or free_path(state.out, "level", ".txt"))
    return replace(state, writing=what, entry=entries.Entry(text, len(text), is_open=True))


def leave(state: EditorState) -> EditorState:
    """Close what is open: the help or the entry; or put back what is being moved."""
    if state.help:
        return replace(state, help=False)
    return replace(state, writing="", entry=entries.Entry(), held=None, stroke="")


def type_text(state: EditorState, text: str) -> EditorState:
    """Write into the entry; an instruction is the agent's at once, so that the house says what it makes of it."""
    return _written(state, entries.typed(state.entry, text))


def rub(state: EditorState, by: int) -> EditorState:
    """Remove so many characters after (below 0: before) the caret."""
    return _written(state, entries.erased(state.entry, state.entry.caret + by))


def caret(state: EditorState, by: int) -> EditorState:
    """Move the caret."""
    return replace(state, entry=entries.moved(state.entry, state.entry.caret + by))


def _written(state: EditorState, entry: entries.Entry) -> EditorState:
    state = replace(state, entry=entry, notice=entry.answer)
    if state.writing != INSTRUCTION:
        return state
    stroke = "going" if state.stroke == "going" else "begun"
    return _edited(replace(state, stroke=stroke), drafts.told(state.draft, state.selected, entry.text))


def enter(state: EditorState) -> EditorState:
    """Done with the entry: a file is saved or opened."""
    text, writing = state.entry.text.strip(), state.writing
    if writing == INSTRUCTION:
        return leave(state)
    if not text:
        return leave(state)
    return save(state, Path(text)) if writing == FILE else open_file(state, Path(text))


# ---- files ---------------------------------------------------------------------------------------------
def save(state: EditorState, path: Path | None = None) -> EditorState:
    """Write the level as text: to its file, or to another one, which must not exist unless it is asked for twice."""
    judged = state.judged
    path = path or state.path
    if path is None:
        return write(state, FILE)
    if judged.level is None:
        return replace(state, notice=f"Not saved, this is no level yet: {judged.problem}.")
    if path != state.path and path.exists() and state.asks != f"save {path}":
        return replace(state, asks=f"save {path}", notice=f"{path} is there already: {AGAIN}.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as beside:
            beside.write_text(level_to_text(judged.level), encoding="utf-8")
    except OSError as error:
        return replace(state, notice=f"Not saved: {error}.")
    can = "" if judged.is_solvable else " Not all of it can be done."
    state = replace(leave(state), path=path, kept=state.draft, asks="")
    return replace(state, notice=f"Saved {path}: social-rl play --levels {path}{can and '.'}{can}")


def open_file(state: EditorState, path: Path) -> EditorState:
    """Open a level, the first one of its file."""
    if not state.is_kept and state.past and state.asks != f"open {path}":
        return replace(state, asks=f"open {path}", notice=f"This level is not saved: {AGAIN}.")
    try:
        levels = read_levels(path)
    except (ValueError, OSError) as error:
        return replace(state, notice=f"Not opened: {str(error).removeprefix('--levels ')}.")
    draft = draft_of(levels[0][1])
    is_alone = len(levels) == 1
    state = replace(leave(state), past=(), future=(), path=path if is_alone else None, selected=0, asks="")
    state = _at(state, draft)
    more = "" if is_alone else f", the first of {len(levels)} levels"
    return replace(state, kept=draft, notice=f"Opened {path}{more}.")


# ---- the window ----------------------------------------------------------------------------------------
def play(state: EditorState) -> EditorState:
    """Play the level; closing that window comes back here."""
    problem = state.judged.problem
    if state.judged.level is None:
        return replace(state, notice=f"It cannot be played yet: {problem}.")
    return replace(state, opens="play", writing="", entry=entries.Entry())


def back(state: EditorState) -> EditorState:
    """Close the editor; a level that is not saved is asked about once."""
    if not state.is_kept and state.past and state.asks != "back":
        return replace(state, asks="back", notice=f"This level is not saved: {AGAIN}.")
    return replace(state, is_open=False)


def close(state: EditorState) -> EditorState:
    """Close the window."""
    return replace(state, is_open=False, quits=True)


def show_help(state: EditorState) -> EditorState:
    """Show all keys, or hide them."""
    return replace(state, help=not state.help)


def change_theme(state: EditorState) -> EditorState:
    """Dark, or light."""
    return replace(state, is_dark=not state.is_dark)


def resize(state: EditorState, wide: int, high: int) -> EditorState:
    """The window has another size."""
    return replace(state, size=drawn_size(wide, high))


def zoom(state: EditorState, by: float) -> EditorState:
    """Larger text, as far as the window has room, or smaller."""
    wanted = next_scale(state.scale, by)
    largest = fitting_scale(wanted, state.size)
    if by > 0 and largest < wanted:
        return replace(state, scale=max(state.scale, largest), notice="Larger text needs a larger window.")
    return replace(state, scale=wanted)


COMMANDS: dict[str, Callable[..., EditorState]] = {
    "paint": paint, "paint to": paint_to, "erase": erase, "erase to": erase_to, "begin stroke": begin_stroke,
    "end stroke": end_stroke, "grab": grab, "drop": drop, "pick": pick, "undo": undo, "redo": redo, "widen": widen,
    "steps": steps, "another": another, "clear": clear, "tool": tool, "next tool": next_tool, "shade": shade,
    "next shade": next_shade, "form": form, "next form": next_form, "point": point, "go": go, "here": here,
    "select": select, "next agent": next_agent, "turn": turn, "rename": rename, "tell": tell, "write": write,
    "leave": leave, "type": type_text, "rub": rub, "caret": caret, "enter": enter, "save": save,
    "save as": lambda state: write(state, FILE), "open": lambda state: write(state, TO_OPEN),
    "open file": open_file, "play": play, "back": back, "close": close, "help": show_help, "theme": change_theme,
    "resize": resize, "zoom": zoom,
}  # fmt: skip
SILENT = frozenset(("point", "resize", "end stroke"))  # the notice stays
ASKING = frozenset(("back", "save", "open file", "enter"))  # that ask before something is lost
