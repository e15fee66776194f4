"""Do panels, overlays, the seek bar and themes show what is so?"""

import os

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import numpy as np
import pygame
import pytest
import torch

from agents.network.actor_critic import ActorCritic
from agents.network.config import NetworkConfig
from agents.policies.learned import Learned, pick
from agents.policies.perception import LearnedMemory
from social_rl.episodes.casting import make_policy
from social_rl.viewer import window
from social_rl.viewer.commands import do
from social_rl.viewer.controls import clock, manual
from social_rl.viewer.controls.keys import WATCHING
from social_rl.viewer.controls.seekbar import step_at
from social_rl.viewer.drawing.house import eased, spots_of
from social_rl.viewer.drawing.overlays import OVERLAYS, prestige_of, values_on_way
from social_rl.viewer.drawing.theme import BODY, DARK, width
from social_rl.viewer.minds.heeding import heeded_by
from social_rl.viewer.model import open_state
from social_rl.viewer.panels.acts import thought_now
from social_rl.viewer.panels.curves import ticks, values_of
from social_rl.viewer.panels.map import known_part
from social_rl.viewer.panels.panel import PANELS
from social_rl.viewer.picture import paint, render
from social_rl.viewer.time.reward_parts import followed
from tests.social_rl.viewer.test_viewer import Ahead, Whim, a_scenario
from worlds.language.instructions import parse
from worlds.levels.bank import bank_of
from worlds.levels.level_text import read_level
from worlds.objects import UNSEEN
from worlds.render.draw import draw_world
from worlds.render.tiles import PALETTE
from worlds.scenario import Rewards, Scenario, make_scenario
from worlds.state import DONE, FORWARD, TAKE

SIZES = [(1024, 640), (1280, 800), (2560, 1440)]


@pytest.fixture(scope="module")
def mind():
    torch.manual_seed(0)
    return Learned(ActorCritic(NetworkConfig(hidden=32, view=7)), temperature=1.0)


@pytest.fixture
def state():
    return open_state(a_scenario(), {"Ann": Ahead(), "Bob": Whim()}, levels=1)


@pytest.fixture
def minded(mind):
    """Ann is played by a mind."""
    scenario = make_scenario("house", agents=2, side=9)
    return open_state(scenario, {"Ann": mind, "Bob": Ahead()}, levels=1)


# ---- panels ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("is_dark", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_every_panel_is_drawn_in_its_room(minded, size, is_dark):
    for _ in range(3):
        do(minded, "step")
    do(minded, "resize", *size)
    minded.is_dark = is_dark
    seen = set()
    for name in PANELS:
        do(minded, "panel", name)
        painted = paint(minded)
        assert all(painted.surface.get_rect().contains(area.rect) for area in painted.areas)
        assert {area.values for area in painted.areas if area.command == "panel"} == {(n,) for n in PANELS}
        seen.add(pygame.image.tobytes(painted.surface, "RGB"))
    assert len(seen) == len(PANELS)
    with pytest.raises(ValueError, match="no panel is called 'dreams': there are sees, map"):
        do(minded, "panel", "dreams")


def test_acts_are_those_that_the_mind_draws_from_and_asking_changes_nothing(minded):
    """The mind's own logits, once more by hand; then what it does is as likely as that."""
    before = minded.sim.digest(), minded.cast[0].memory.draws
    thought = thought_now(minded, 0)
    assert (minded.sim.digest(), minded.cast[0].memory.draws) == before
    assert thought is not None and thought.likely.sum() == pytest.approx(1)
    do(minded, "step")
    memory, policy = minded.cast[0].memory, minded.cast[0].policy
    with torch.inference_mode():
        logits, value = policy.network.decide(memory.hidden)
    assert thought.likely == pytest.approx(logits[0].softmax(-1).numpy(), abs=1e-6)
    assert thought.value == pytest.approx(float(value[0]), abs=1e-6)
    assert thought.entropy == pytest.approx(-(thought.likely * np.log(thought.likely)).sum())
    chosen = int(pick(logits, policy._chance(np.array([0]), 0))[0])
    assert chosen == minded.tape.entries[0].event.acts[0]
    assert thought_now(minded, 1) is None, "who only goes ahead has no chances of acts"


def test_values_are_noted_at_each_step_and_shown_along_the_way(minded):
    for _ in range(6):
        do(minded, "step")
    curve = values_of(minded, 0)
    assert [step for step, _ in curve] == [0, 1, 2, 3, 4, 5] and values_of(minded, 1) == []
    way = values_on_way(minded, 0)
    assert way[minded.tape.cells[5][0]] == curve[5][1]
    assert set(way) == {cells[0] for cells in minded.tape.cells[:6]}
    do(minded, "go to", 2)
    assert set(values_on_way(minded, 0)) == {cells[0] for cells in minded.tape.cells[:2]}


def test_a_map_has_what_was_seen_and_no_more(minded):
    do(minded, "step")
    memory = minded.cast[0].memory
    cells = known_part(memory, 0)
    assert sum(cell.place != UNSEEN for row in cells for cell in row) == int((memory.map[0, 2] & 1).sum())
    here = [(row, col) for row, line in enumerate(cells) for col, cell in enumerate(line) if cell.figures]
    assert len(here) == 1
    assert max(len(cells), len(cells[0])) <= 2 * 9, (
        "a map that goes on at its other side is shown in one piece"
    )


def test_round_numbers_stand_beside_a_curve():
    assert ticks(-0.13, 0.12) == [-0.1, 0.0, 0.1]
    assert ticks(0, 1) == [0.0, 0.5, 1.0]


PAID = """level 1 · 40 steps

######
#A.o.#
######

legend
  A Ann facing east
  o orange

instructions
  Ann: pick up the orange
"""


def test_parts_of_rewards_add_up_to_what_was_paid():
    """A step costs .01, the part of the instruction is worth .5, success 1, less .4 * 3 / 40 for three steps."""
    level = read_level(PAID)
    rewards = Rewards(success=1.0, clause=0.5, step=-0.01, slowness=0.4, failure=-1.0)
    scenario = Scenario("paid", "", ("Ann",), lambda n, seed: bank_of([level] * n), rewards=rewards)
    state = open_state(scenario, {"Ann": Ahead()}, levels=1)
    do(state, "take over")
    for act in (FORWARD, TAKE, DONE):
        do(state, "act", act)
    parts = followed(None, state.tape, scenario)
    assert list(parts.worlds) == ["success", "parts", "steps", "failure"]
    assert np.array(parts.paid)[:, :, 0] == pytest.approx(
        np.array([[0, 0, -0.01, 0], [0, 0.5, -0.01, 0], [1 - 0.4 * 3 / 40, 0, -0.01, 0]])
    )
    assert np.sum(parts.paid) == pytest.approx(state.returns[0])
    do(state, "back")
    assert len(followed(parts, state.tape, scenario).paid) == 2, "as far as time has come"
    do(state, "act", FORWARD)
    assert np.array(followed(parts, state.tape, scenario).paid)[2].ravel() == pytest.approx([0, 0, -0.01, 0])


def test_what_a_scenario_pays_by_its_own_rule_is_a_part():
    scenario = make_scenario("coins")
    state = open_state(scenario, dict.fromkeys(scenario.agents, make_policy("expert", 0)), levels=1)
    for _ in range(20):
        do(state, "step")
    assert state.returns.any(), "somebody has come upon a coin"
    parts = followed(None, state.tape, scenario)
    assert list(parts.worlds) == ["scenario"]
    assert np.sum(parts.paid, 0)[0] == pytest.approx(state.returns)


# ---- overlays ----------------------------------------------------------------------------------------------
def test_overlays_are_off_but_for_reliance_and_each_has_a_key(state):
    assert state.overlays == {"reliance"}
    assert {row.values[0] for row in WATCHING if row.command == "overlay"} == set(OVERLAYS)
    plain = render(state).tobytes()
    for _ in range(2):
        do(state, "step")
    stepped = render(state)
    do(state, "overlay", "trails")
    assert not np.array_equal(stepped, render(state))
    do(state, "overlay", "trails")
    assert np.array_equal(stepped, render(state)) and stepped.tobytes() != plain
    with pytest.raises(ValueError, match="no overlay is called 'auras'"):
        do(state, "overlay", "auras")


def test_prestige_is_that_of_the_scenario(state):
    assert prestige_of(state) is None
    do(state, "overlay", "prestige")
    assert state.notice.startswith("Nobody has prestige in this scenario")
    scenario = make_scenario("routine_cycle")
    routine = open_state(scenario, dict.fromkeys(scenario.agents, Whim()), levels=1)
    before = render(routine)
    routine.sim.state.own_memory[0, 0, scenario.prestige] = 2500
    assert prestige_of(routine)[0] == 2.5
    do(routine, "overlay", "prestige")
    assert not np.array_equal(before, render(routine))


# ---- the house ---------------------------------------------------------------------------------------------
def test_agents_glide_from_the_cell_where_they_were(state):
    do(state, "step")
    assert spots_of(state)[0] == (1.0, 2.0)
    state.phase = 0.25
    assert spots_of(state)[0] == (1.0, 1 + eased(0.25))
    assert eased(0) == 0 and eased(0.5) == 0.5 and eased(1) == 1
    first = render(state)
    state.phase = 1.0
    assert not np.array_equal(first, render(state))
    do(state, "back")
    state.phase = 0.25
    assert spots_of(state)[0] == (1.0, 2 - eased(0.25)), "and back again"
    do(state, "go to", 0)
    assert not clock.is_gliding(state), "time stands still"
    do(state, "pause")
    assert clock.is_gliding(state)
    do(state, "glide")
    assert not clock.is_gliding(state)


def test_the_house_in_the_window_is_that_of_draw_world(state):
    """Agents are put upon rooms by another hand than in films: no pixel is off by more than 2 of 255."""
    do(state, "resize", 1280, 800)
    painted = render(state)
    at = next(area.rect for area in paint(state).areas if (area.command, area.values) == ("select", (0,)))
    tile = at.width
    drawn = draw_world(state.sim.state, 0, tile).astype(int)
    shown = painted[at.top : at.top + tile, at.left : at.left + tile].astype(int)
    row, col = divmod(int(state.sim.state.agent_cell[0, 0]), 256)
    same = np.abs(drawn[row * tile : (row + 1) * tile, col * tile : (col + 1) * tile] - shown).max(-1) <= 2
    assert same[: tile // 2].all(), "below lies the tag with its name"


# ---- the seek bar ------------------------------------------------------------------------------------------
def test_a_click_and_a_drag_on_the_bar_go_to_a_step(state):
    for _ in range(20):
        do(state, "step")
    painted = paint(state)
    bar = next(area for area in painted.areas if area.command == "scrub")
    left, wide, whole = bar.values
    assert whole == 40, "of a live episode, to where it must end"
    for kind, step, buttons in ((pygame.MOUSEBUTTONDOWN, 10, None), (pygame.MOUSEMOTION, 5, (1, 0, 0))):
        place = (left + round(wide * step / whole), bar.rect.centery)
        event = pygame.event.Event(kind, pos=place, button=1, **({"buttons": buttons} if buttons else {}))
        window.handle(state, event, painted)
        assert state.sim.state.step[0] == step
    window.handle(state, pygame.event.Event(pygame.MOUSEBUTTONUP, button=1, pos=(0, 0)), painted)
    window.handle(state, pygame.event.Event(pygame.MOUSEMOTION, pos=(left, 0), buttons=(0, 0, 0)), painted)
    assert (state.sim.state.step[0], state.dragged) == (5, None)
    window.handle(
        state,
        pygame.event.Event(pygame.MOUSEBUTTONDOWN, button=1, pos=(left + wide, bar.rect.centery)),
        painted,
    )
    assert state.sim.state.step[0] == 20, "no further than it has come"
    assert [step_at(x, 10, 100, 4) for x in (0, 10, 22, 23, 110, 999)] == [0, 0, 0, 1, 4, 4]


# ---- looks -------------------------------------------------------------------------------------------------
def test_no_colour_of_a_thing_or_an_agent_is_changed_by_the_theme(state):
    assert not set(PALETTE.values()) & set(DARK) - {"#969CA4"}, "grey, which no agent has"
    state.used = True
    light = render(state)
    do(state, "theme")
    dark = render(state)
    assert light.mean() > 150 > 90 > dark[:40, :400].mean()
    do(state, "theme")
    assert np.array_equal(render(state), light)


def test_all_keys_are_on_the_sheet_and_the_sheet_is_in_the_window():
    for columns in manual.COLUMNS:
        for _, rows in columns:
            for row in rows:
                assert width(row.words, BODY) <= manual.DENSE.column - manual.DENSE.keys, row.words
    told = {row.command for columns in manual.COLUMNS for _, rows in columns for row in rows if row.words}
    assert told >= {row.command for row in WATCHING} - {"leave", "write"}
    lines = max(
        sum(2 + len([row for row in rows if row.words]) for _, rows in column) for column in manual.COLUMNS
    )
    assert (
        64 + lines * manual.DENSE.line + 8 <= 620 and len(manual.COLUMNS) * manual.DENSE.column + 32 <= 1000
    )


def test_an_instruction_that_is_long_is_wrapped(state):
    words = "pick up the orange, then put it on the bed, then go to the red ball without entering the kitchen"
    assert parse(words)
    for size in SIZES:
        do(state, "resize", *size)
        do(state, "instruct", 0, words)
        painted = paint(state)
        card = next(area.rect for area in painted.areas if (area.command, area.values) == ("select", (0,)))
        assert painted.surface.get_rect().contains(card)


def test_the_words_that_are_shown_as_heeded_are_those_by_which_the_mind_acted() -> None:
    """Shares sum to 1, and bare words weighted by them are what its acting forward took in."""
    scenario = make_scenario("house")
    names = scenario.agents
    state = open_state(scenario, {name: make_policy("mind", 0) for name in names}, seed=0, levels=1)
    assert heeded_by(state.driver(0)) == []  # it has read nothing yet
    do(state, "step")
    driver = state.driver(0)
    assert isinstance(driver.policy, Learned)
    mind, memory = driver.policy, driver.memory
    assert isinstance(memory, LearnedMemory)
    shares = mind.shares(memory)
    assert np.allclose(shares.sum(-1), 1, atol=1e-5)
    encoder = mind.network.instruction_encoder
    tokens = memory.tokens[:1, : shares.shape[1] - 1].astype(np.int64)
    with torch.inference_mode():
        _, words, rows = encoder.listen(torch.from_numpy(tokens), encoder.know())
        values = torch.cat([words[rows[0]], encoder.nothing[1:]])
        taken = (torch.from_numpy(shares) @ values).flatten()
    assert np.allclose(taken, memory.reading.taken[0], atol=1e-4)
    assert sum(one.cells for one in heeded_by(driver)) == pytest.approx(1, abs=1e-5)
