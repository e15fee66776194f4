"""Can a level be painted, undone, saved, played and come back to? By commands, and by events that are posted."""

import os

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import numpy as np
import pygame
import pytest

from adversarial_design.kinds import MazeConfig, maze_grid
from social_rl.viewer import visits
from social_rl.viewer.commands import do as do_in_window
from social_rl.viewer.editor import keys
from social_rl.viewer.editor.commands import COMMANDS, do
from social_rl.viewer.editor.draft import empty
from social_rl.viewer.editor.model import EditorState, open_editor
from social_rl.viewer.editor.picture import paint, render
from social_rl.viewer.editor.playing import play_of, scenario_for
from worlds.levels.bank import bank_of, level_of
from worlds.levels.level_text import level_to_text, read_level
from worlds.scenario import make_scenario
from worlds.simulator import DISABLED, Simulator
from worlds.state import FORWARD

HOUSE = """level 1 · 40 steps

#######
#A..o.#
#...#.#
#..b..#
#######

legend
  A Ann facing east
  o orange
  b white bed

instructions
  Ann: put the orange on the bed
"""


@pytest.fixture
def state() -> EditorState:
    return open_editor(read_level(HOUSE), make_scenario("house", agents=1))


def text_of(state: EditorState) -> str:
    assert state.judged.level is not None, state.judged.problem
    return level_to_text(state.judged.level)


def picture_in(state: EditorState) -> list[str]:
    return text_of(state).split("\n\n")[1].splitlines()


# ---- painting ------------------------------------------------------------------------------------------
def test_walls_doors_furniture_items_and_agents_are_painted(state):
    state = do(do(state, "tool", "wall"), "paint", 1, 3)
    state = do(do(do(do(state, "tool", "door"), "shade", "green"), "form", 2), "paint", 2, 3)
    state = do(do(do(state, "tool", "cup"), "shade", "blue"), "paint", 3, 1)
    state = do(do(state, "tool", "agent"), "paint", 3, 5)
    assert picture_in(state) == ["#######", "#A.#o.#", "#..D#.#", "#c.e.B#", "#######"]
    assert "D locked green door" in text_of(state) and "c blue cup" in text_of(state)
    assert state.draft.agents[1].name == "Bob" and state.selected == 1


def test_a_wall_is_painted_over_things_but_not_silently_over_an_agent(state):
    state = do(do(state, "tool", "wall"), "paint", 1, 4)
    assert "orange" not in {item.kind for item in state.draft.items}
    state = do(state, "paint", 1, 1)
    assert state.judged.level is None and state.judged.cell == (1, 1)
    assert state.judged.problem == "Ann starts in a wall: lay a floor there or move Ann"
    assert do(state, "play").notice.startswith("It cannot be played yet: Ann starts in a wall")


def test_a_door_in_a_wall_stands_on_floor(state):
    state = do(do(state, "tool", "door"), "paint", 2, 4)
    assert state.draft.ground[2][4] == "." and state.judged.level is not None


def test_an_item_painted_on_an_agent_is_in_its_hand(state):
    state = do(do(do(state, "tool", "key"), "shade", "red"), "paint", 1, 1)
    assert "A Ann facing east holding red key" in text_of(state)
    gone = do(state, "erase", 1, 1)
    assert not gone.draft.agents and "key" not in {item.kind for item in gone.draft.items}


def test_nothing_lies_on_a_lamp(state):
    state = do(do(state, "tool", "lamp"), "paint", 3, 1)
    state = do(do(state, "tool", "cup"), "paint", 3, 1)
    assert state.notice == "Nothing lies on a lamp: take another cell." and len(state.draft.items) == 1


def test_things_are_moved_with_what_lies_on_them_left_behind(state):
    state = do(do(state, "tool", "move"), "paint", 1, 4)
    state = do(state, "paint", 3, 3)  # the orange on the bed
    assert state.draft.item_at((3, 3)) is not None and state.draft.item_at((1, 4)) is None
    state = do(do(state, "paint", 1, 1), "paint", 2, 2)
    assert (state.draft.agents[0].row, state.draft.agents[0].col) == (2, 2)
    assert state.held is None


def test_a_house_grows_and_shrinks_inside_its_walls(state):
    wide = do(state, "widen", 1, 2)
    assert picture_in(wide) == ["#########", "#A..o...#", "#...#...#", "#..B....#", "#.......#", "#########"]
    assert do(wide, "widen", -1, -2).draft == state.draft
    assert do(open_editor(empty(3, 3), state.scenario), "widen", -1, 0).notice == "A side has 3 to 256 cells."


def test_what_is_painted_with_one_stroke_is_undone_together_and_done_again(state):
    before = state.draft
    state = do(do(state, "tool", "grass"), "begin stroke")
    state = do(do(state, "paint", 1, 2), "paint to", 3, 2)
    state = do(state, "end stroke")
    assert [state.draft.ground[row][2] for row in (1, 2, 3)] == ["g", "g", "g"]
    painted = state.draft
    state = do(state, "undo")
    assert state.draft == before
    assert do(state, "undo").notice == "There is nothing to undo."
    assert do(state, "redo").draft == painted


def test_a_brush_is_picked_from_a_cell(state):
    state = do(do(do(do(state, "tool", "door"), "shade", "blue"), "form", 2), "paint", 2, 2)
    state = do(do(do(state, "tool", "wall"), "shade", "red"), "pick", 2, 2)
    assert (state.tool, state.colour, state.state) == ("door", "blue", "locked")


def test_unknown_commands_and_brushes_are_refused(state):
    with pytest.raises(ValueError, match="no command is called 'jump': there are paint"):
        do(state, "jump")
    with pytest.raises(ValueError, match="no brush is called 'tree'"):
        do(state, "tool", "tree")


def test_every_key_is_a_command(state):
    for row in (*keys.EDITING, *keys.CONTROL, *keys.WRITING):
        assert row.command in COMMANDS
    commands = {area.command for area in paint(state).areas} - {"board"}
    assert commands <= {*COMMANDS}


# ---- words and verdicts --------------------------------------------------------------------------------
def test_while_an_instruction_is_typed_the_house_says_what_it_makes_of_it(state):
    state = do(do(state, "write"), "caret", 99)
    state = do(state, "rub", -len("bed"))
    assert not state.judged.is_solvable
    state = do(state, "type", "sofa")
    assert state.judged.verdicts[0].words == "there is no sofa here"
    state = do(do(do(state, "rub", -4), "type", "bed"), "enter")
    assert state.judged.is_solvable and state.writing == ""
    assert do(state, "undo").draft.agents[0].instruction == "put the orange on the bed"


# ---- files ---------------------------------------------------------------------------------------------
def test_a_level_is_saved_opened_and_asked_about(state, tmp_path):
    path = tmp_path / "houses" / "mine.txt"
    state = do(do(state, "tool", "rug"), "paint", 3, 1)
    assert do(state, "back").notice.startswith("This level is not saved")
    assert not do(do(state, "back"), "back").is_open
    state = do(do(state, "save as"), "leave")
    state = do(state, "save", path)
    assert state.is_kept and state.notice == f"Saved {path}: social-rl play --levels {path}"
    assert read_level(path.read_text()) == state.judged.level
    other = open_editor(empty(), state.scenario)
    assert do(other, "open file", path).draft == state.draft
    assert do(other, "open file", tmp_path / "none.txt").notice.startswith("Not opened: ")
    warned = do(other, "save", path)
    assert warned.notice == f"{path} is there already: once more to do it anyway."
    assert read_level(path.read_text()) == state.judged.level
    assert do(warned, "save", path).is_kept


# ---- playing -------------------------------------------------------------------------------------------
def test_a_level_plays_in_the_editor_as_in_training(state):
    """The same level, seed and acts: the same digest at every step, in a bank of training's own capacities."""
    grid = maze_grid(MazeConfig(side=7, walls=(4, 9)))
    rows = grid.kind.draw(1, np.random.default_rng(5))
    level = level_of(grid.bank(rows), 0)
    editor = do(open_editor(level, grid.scenario, seed=11), "play")
    assert editor.opens == "play"
    viewer = play_of(editor)
    bank = grid.bank(grid.kind.read([level_to_text(level)]))
    training = Simulator(grid.scenario, 1, bank=bank, seed=11, autoreset=DISABLED)
    assert viewer.sim.digest() == training.digest()
    do_in_window(viewer, "take over")
    for act in (FORWARD, 1, FORWARD, 2, FORWARD, FORWARD):
        do_in_window(viewer, "act", act)
        training.step(np.array([[act]]))
        assert viewer.sim.digest() == training.digest()


def test_a_house_plays_as_the_command_line_plays_its_file(state):
    viewer = play_of(state)
    scenario = scenario_for(read_level(HOUSE), make_scenario("house", agents=1))
    sim = Simulator(scenario, 1, bank=bank_of([read_level(HOUSE)]), seed=0, autoreset=DISABLED)
    assert viewer.sim.digest() == sim.digest()


def test_more_agents_than_the_scenario_has_are_taken_where_it_may_have_them(state):
    state = do(do(state, "tool", "agent"), "paint", 3, 1)
    assert play_of(state).sim.agents == 2


# ---- events --------------------------------------------------------------------------------------------
def press(key: int, character: str = "", mod: int = 0) -> None:
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=key, unicode=character, mod=mod))
    pygame.event.post(pygame.event.Event(pygame.KEYUP, key=key, mod=mod))


def write(text: str) -> None:
    for character in text:
        pygame.event.post(pygame.event.Event(pygame.TEXTINPUT, text=character))


def at(state: EditorState, row: int, col: int) -> tuple[int, int]:
    board = next(area for area in paint(state).areas if area.command == "board")
    left, top, tile = board.values
    return left + col * tile + tile // 2, top + row * tile + tile // 2


def mouse(kind: int, pos: tuple[int, int], button: int = 1) -> None:
    if kind == pygame.MOUSEMOTION:
        held = tuple(int(button == n) for n in (1, 2, 3))
        pygame.event.post(pygame.event.Event(kind, pos=pos, rel=(0, 0), buttons=held))
    else:
        pygame.event.post(pygame.event.Event(kind, pos=pos, button=button))


def close() -> None:
    pygame.event.post(pygame.event.Event(pygame.QUIT))


def test_the_mouse_paints_erases_and_picks(state, screen):
    press(pygame.K_w, "w")
    mouse(pygame.MOUSEBUTTONDOWN, at(state, 2, 1))
    mouse(pygame.MOUSEMOTION, at(state, 2, 3))  # faster than the window: the cell between is painted, too
    mouse(pygame.MOUSEBUTTONUP, at(state, 2, 3))
    mouse(pygame.MOUSEBUTTONDOWN, at(state, 1, 4), 3)
    mouse(pygame.MOUSEBUTTONUP, at(state, 1, 4), 3)
    mouse(pygame.MOUSEBUTTONDOWN, at(state, 3, 3), 2)
    mouse(pygame.MOUSEBUTTONUP, at(state, 3, 3), 2)
    close()
    state = visits.visit(state)
    assert state.draft.ground[2] == "#######"[0] + "####" + ".#"
    assert not state.draft.items and state.tool == "bed" and state.shade == "white"
    assert len(state.past) == 2, "a stroke is one edit"
    assert state.quits


def test_things_are_dragged(state, screen):
    press(pygame.K_v, "v")
    mouse(pygame.MOUSEBUTTONDOWN, at(state, 1, 4))
    mouse(pygame.MOUSEMOTION, at(state, 2, 3))
    mouse(pygame.MOUSEBUTTONUP, at(state, 3, 1))
    close()
    assert visits.visit(state).draft.item_at((3, 1)) is not None


def test_keys_paint_undo_and_write(state, screen):
    press(pygame.K_d, "d")
    press(pygame.K_c, "c")
    press(pygame.K_x, "x")
    press(pygame.K_DOWN)
    press(pygame.K_SPACE, " ")
    press(pygame.K_RIGHT)
    press(pygame.K_SPACE, " ")
    press(pygame.K_z, "z", pygame.KMOD_CTRL)
    write("/")
    press(pygame.K_HOME)
    for _ in range(len("put the orange on")):
        press(pygame.K_DELETE)
    write("go to")
    press(pygame.K_RETURN)
    close()
    state = visits.visit(state)
    assert [(f.kind, f.colour, f.state, f.row, f.col) for f in state.draft.fixtures if f.kind == "door"] == [
        ("door", "green", "open", 2, 1)
    ]
    assert state.draft.agents[0].instruction == "go to the bed"


def test_play_from_the_editor_and_come_back(state, screen):
    """P plays; there, space and ten steps; Q comes back to the same draft, F5 plays again; closing closes all."""
    press(pygame.K_p, "p")
    press(pygame.K_SPACE, " ")
    press(pygame.K_PAGEDOWN)
    press(pygame.K_q, "q")
    press(pygame.K_r, "r")
    press(pygame.K_F5)
    close()
    done = visits.visit(state)
    assert done.draft.agents[0].heading == "south" and done.opens == ""
    assert done.quits and not done.is_open


def test_every_button_can_be_clicked(state, screen):
    state = do(do(do(do(state, "tool", "door"), "turn"), "turn"), "undo")
    state = do(do(state, "shade", "blue"), "form", 2)
    painted = paint(state)
    names = "undo redo save open another help theme tool shade form widen steps select write turn"
    for command in names.split():
        area = next(area for area in painted.areas if area.command == command)
        clicked = pygame.event.Event(pygame.MOUSEBUTTONDOWN, pos=area.rect.center, button=1)
        assert visits.KINDS[EditorState].handle(state, clicked, painted) != state, command


# ---- the picture ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("size", [(1024, 640), (1280, 800), (2560, 1440)])
@pytest.mark.parametrize("is_dark", [False, True])
def test_the_same_state_gives_the_same_picture_and_nothing_lies_outside(state, size, is_dark):
    state = do(state, "theme") if is_dark else state
    assert (render(state, size) == render(state, size)).all()
    whole = pygame.Rect(0, 0, *size)
    assert [area for area in paint(state, size).areas if not whole.contains(area.rect)] == []


def test_with_sixteen_agents_the_selected_one_is_in_view():
    state = open_editor(empty(6, 20), make_scenario("house", agents=1))
    state = do(state, "tool", "agent")
    for col in range(2, 17):
        state = do(state, "paint", 1, col)
    assert len(state.draft.agents) == 16
    assert do(state, "paint", 3, 3).notice == "A level has at most 16 agents: erase one first."
    for a in (0, 7, 15):
        areas = paint(do(state, "select", a), (1024, 640)).areas
        assert ("select", (a,)) in {(area.command, area.values) for area in areas}
