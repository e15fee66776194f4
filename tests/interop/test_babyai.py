"""Are MiniGrid's worlds shown as they are? Views, hands, headings, acts and ends, against MiniGrid's own grid."""

import itertools

import numpy as np
import pytest
import torch

from agents.network.actor_critic import ActorCritic
from agents.network.config import NetworkConfig
from agents.spatial_memory.bitboard import SIDE
from agents.spatial_memory.egocentric_map import LANDMARKS, empty_maps, find_landmarks
from agents.training.rollout import RolloutWorker
from social_rl.methods.imitate import imitation
from social_rl.training.babyai import ACT, WORDS, BabyAI, Bot, bytes_of_things, make_env, translated
from worlds.goal import GO_TO, KIND_, P_KIND, PUT_NEXT, VERB
from worlds.language.grammar import TOKEN, UNKNOWN
from worlds.objects import AGENT_MARK, COLOURS, KIND, WALL, look
from worlds.state import (
    ACTS,
    BLOCKED,
    DONE,
    FORWARD,
    HAND_EMPTY,
    HAND_FULL,
    NO_USE,
    NOTHING_THERE,
    OCCUPIED,
    OK,
    PUT,
    SENSE_ACT,
    SENSE_HAND,
    SENSE_HEADING,
    SENSE_OUTCOME,
    TAKE,
    TOO_EARLY,
    TURN_LEFT,
    TURN_RIGHT,
    USE,
    WAIT,
)

minigrid = pytest.importorskip("minigrid")
# Warnings of theirs are not ours to turn into errors.
pytestmark = [pytest.mark.interop, pytest.mark.filterwarnings("ignore")]
ONLY = np.array([0])
RED_BALL = look(KIND["ball"], COLOURS.index("red"))


def a_room(*things, at=(3, 5), facing=3, level="GoToLocal"):
    """One world, 8 x 8 with its walls, emptied but for things (name, colour, (col, row)); facing 3 is north."""
    from minigrid.core.world_object import Ball, Box, Key

    worlds = BabyAI(level, 1)
    env = worlds.envs[0]
    for col, row in itertools.product(range(1, 7), repeat=2):
        env.grid.set(col, row, None)
    for name, colour, (col, row) in things:
        env.put_obj({"ball": Ball, "box": Box, "key": Key}[name](colour), col, row)
    env.agent_pos, env.agent_dir, env.max_steps = at, facing, 1000
    env.instrs.verify = lambda action: "continue"  # nothing is asked for
    act(worlds, WAIT)
    return worlds


def act(worlds, *acts):
    for number in acts:
        worlds.state.action[:] = number
        worlds.advance()
    return worlds


def seen(worlds):
    """The place and the item plane of the first world, and what its agent senses of itself."""
    view, own = worlds.observation.view[0, 0], worlds.observation.own[0, 0]
    return view[0], view[1], own


def test_what_lies_ahead_is_ahead_and_what_lies_left_is_left():
    """Three cells ahead and one to the left; the agent turns, and the ball wanders through its view."""
    worlds = a_room(("ball", "red", (2, 2)))
    _, items, own = seen(worlds)
    assert items[3, 3 - 1] == RED_BALL and (items > 0).sum() == 1 and own[SENSE_HEADING] == 0
    _, items, own = seen(act(worlds, TURN_LEFT))  # west: one ahead, three to the right
    assert items[1, 3 + 3] == RED_BALL and own[SENSE_HEADING] == 3
    _, items, own = seen(act(worlds, TURN_RIGHT, TURN_RIGHT))  # east: it lies behind
    assert (items == 0).all() and own[SENSE_HEADING] == 1


def test_walls_stand_where_the_grid_has_them():
    """At column 3, row 5, facing north: the wall in the west is three cells to the left, in the north five ahead."""
    places, _, _ = seen(a_room())
    assert (places[:6, 0] == WALL).all() and (places[5] == WALL).all()
    assert (places[:5, 1:] == 1).all() and (places[6] == 0).all()  # nobody sees through walls


@pytest.mark.parametrize("facing", range(4))
def test_every_cell_in_view_is_that_cell_of_the_grid(facing):
    """Their grid by columns and rows, ours by cells ahead and to the side: compared through headings."""
    worlds = a_room(("ball", "red", (1, 1)), ("key", "blue", (5, 2)), ("box", "grey", (6, 6)), facing=facing)
    env, (places, items, _) = worlds.envs[0], seen(worlds)
    table = bytes_of_things()
    ahead, aside = env.dir_vec, env.right_vec
    for f, s in itertools.product(range(7), range(7)):
        col, row = env.agent_pos + f * ahead + (s - 3) * aside
        if places[f, s] == 0:
            continue
        inside = 0 <= col < 8 and 0 <= row < 8
        cell = env.grid.get(col, row) if inside else None
        wanted = table[cell.encode()] if cell else (1, 0) if inside else (WALL, 0)
        assert (places[f, s], items[f, s]) == tuple(wanted), (f, s)


def test_agents_see_themselves_and_what_they_carry():
    worlds = a_room(("box", "grey", (3, 4)))
    assert worlds.observation.view[0, 0, 2, 0, 3] == AGENT_MARK
    _, items, own = seen(act(worlds, TAKE))
    box = look(KIND["toy"], COLOURS.index("grey"))
    assert own[SENSE_HAND] == items[0, 3] == box and items[1, 3] == 0
    _, items, own = seen(act(worlds, PUT))
    assert own[SENSE_HAND] == 0 and items[1, 3] == box


def test_no_two_things_share_their_bytes():
    from minigrid.core.world_object import Ball, Box, Door, Floor, Goal, Key, Lava, Wall

    colours = ("red", "green", "blue", "purple", "yellow", "grey")
    things = [kind(c).encode() for kind in (Ball, Box, Key, Floor) for c in colours]
    things += [Door(c, is_open=o, is_locked=k).encode() for c in colours for o, k in ((1, 0), (0, 0), (0, 1))]
    things += [Goal().encode(), Lava().encode(), Wall().encode(), (0, 0, 0), (1, 0, 0)]
    table = bytes_of_things()
    assert len({tuple(table[thing]) for thing in things}) == len(set(things)) == 4 * 6 + 6 * 3 + 5


def test_no_two_words_become_one():
    theirs = (
        "go", "to", "pick", "up", "open", "put", "next", "the", "a", "red", "green", "blue", "purple", "yellow",
        "grey", "box", "ball", "key", "door", "object", "on", "your", "left", "right", "in", "front", "of", "you",
        "behind", ",", "then", "after", "and",
    )  # fmt: skip
    ours = [translated(word) for word in theirs]
    assert len(set(ours)) == len(theirs) and WORDS["box"] == "toy"
    assert all(TOKEN.get(word, UNKNOWN) != UNKNOWN for word in ours)


@pytest.mark.parametrize(("level", "verb", "place"), [("GoToLocal", GO_TO, 0), ("PutNextLocal", PUT_NEXT, 1)])
def test_missions_mean_what_they_say(level, verb, place):
    worlds = BabyAI(level, 16)
    clause = worlds.state.goal[:, 0, 0]
    carried = [KIND[name] for name in ("ball", "key", "toy")]
    assert (clause[:, VERB] == verb).all() and np.isin(clause[:, KIND_], carried).all()
    assert (np.isin(clause[:, P_KIND], carried) == place).all()
    assert (worlds.state.tokens != UNKNOWN).all()


def test_each_act_does_what_its_name_says():
    """A ball two cells ahead, a key behind it."""
    worlds = a_room(("ball", "red", (3, 3)), ("key", "blue", (3, 2)))
    env = worlds.envs[0]
    story = (
        (FORWARD, OK), (FORWARD, BLOCKED), (USE, NO_USE), (TAKE, OK),
        (FORWARD, OK), (TAKE, HAND_FULL), (PUT, OCCUPIED), (TURN_LEFT, OK), (PUT, OK), (PUT, HAND_EMPTY),
        (TURN_LEFT, OK), (TAKE, NOTHING_THERE), (WAIT, OK), (DONE, TOO_EARLY),
    )  # fmt: skip
    for number, told in story:
        _, _, own = seen(act(worlds, number))
        assert (own[SENSE_ACT], own[SENSE_OUTCOME]) == (number, told), ACTS[number]
    assert env.agent_pos == (3, 3) and env.agent_dir == 1  # south
    assert env.grid.get(2, 3).type == "ball" and env.grid.get(3, 2).type == "key"
    assert list(ACT) == list(range(len(ACTS)))


def test_maps_know_where_the_agent_went():
    """Steps that come off count, the one into the wall does not: one cell east, then up to the wall in the north."""
    worlds, (map_, at) = a_room(at=(2, 3), facing=0), empty_maps(1)
    env, begun, landmarks = worlds.envs[0], (2, 3), np.empty((1, LANDMARKS, 4), np.uint8)
    for number in (WAIT, FORWARD, TURN_LEFT, FORWARD, FORWARD, FORWARD, FORWARD):
        act(worlds, number)
        view, own = worlds.observation.view.reshape(1, 3, 49), worlds.observation.own.reshape(1, 8)
        find_landmarks(np.ascontiguousarray(view), own, np.ones(1, np.float32), map_, at, landmarks)
        col, row = env.agent_pos
        signed = (at[0] + SIDE // 2) % SIDE - SIDE // 2
        assert tuple(signed) == (row - begun[1], col - begun[0])
    assert env.agent_pos == (3, 1)
    assert map_[0, 0, -3, 1] == WALL  # row 3 is row 0 of its map, so the wall in row 0 is row -3


def test_success_terminates_and_the_limit_truncates():
    worlds, bot = BabyAI("GoToLocal", 4, seed=1), Bot()
    memory, state = bot.start(worlds, ONLY), worlds.state
    ended = np.zeros(4, bool)
    while not ended.all():
        state.action[:], memory = bot.act(worlds, ONLY, memory)
        taken = state.step + 1
        worlds.advance()
        over = state.over
        assert (state.terminated[over] & state.success[over]).all() and not state.truncated.any()
        assert np.allclose(state.reward[over, 0], 1 - 0.9 * taken[over] / 64)  # 8 * 8 steps are allowed
        assert (state.reward[~over] == 0).all() and (state.step[over] == 0).all()
        ended |= over
    worlds = BabyAI("GoToLocal", 4, seed=1)
    ends = []
    for _ in range(64):
        act(worlds, WAIT)
        ends.append((worlds.state.truncated[:, 0].copy(), worlds.state.terminated.any()))
    assert not any(cut.any() for cut, _ in ends[:-1]) and ends[-1][0].all() and not ends[-1][1]
    assert (worlds.state.reward == 0).all() and not worlds.state.success.any()


def test_what_is_both_is_terminated():
    """The step that succeeds may be the last one that is allowed."""
    worlds, bot = BabyAI("GoToLocal", 1, seed=2), Bot()
    memory = bot.start(worlds, ONLY)
    while True:
        worlds.envs[0].max_steps = int(worlds.state.step[0]) + 1
        worlds.envs[0].max_steps += not will_succeed(worlds, bot, memory)
        worlds.state.action[:], memory = bot.act(worlds, ONLY, memory)
        worlds.advance()
        if worlds.state.over[0]:
            break
    assert worlds.state.terminated[0, 0] and not worlds.state.truncated[0, 0]


def will_succeed(worlds, bot, memory):
    """Would the bot's next act be the last one? Tried in a copy."""
    import copy

    env = copy.deepcopy(worlds.envs[0])
    from minigrid.utils.baby_ai_bot import BabyAIBot

    return bool(env.step(BabyAIBot(env).replan())[2])


def test_the_last_observation_is_that_of_the_old_episode():
    worlds = a_room(("ball", "red", (3, 2)))
    worlds.envs[0].max_steps = worlds.envs[0].step_count + 1
    act(worlds, TURN_LEFT)
    assert worlds.state.over[0] and worlds.state.step[0] == 0
    last, now = worlds.final_observation, worlds.observation
    assert last.own[0, 0, SENSE_HEADING] == 3 and last.own[0, 0, SENSE_ACT] == TURN_LEFT
    assert now.own[0, 0, SENSE_ACT] == 0 and (last.tokens != 0).any()
    assert worlds.envs[0].step_count == 0


def test_the_same_seed_gives_the_same_worlds_and_another_one_others():
    def played(seed):
        worlds, chance = BabyAI("PutNextLocal", 3, seed), np.random.default_rng(0)
        found = []
        for _ in range(140):  # beyond the limit of 128 steps
            worlds.state.action[:, 0] = chance.integers(7, size=3)
            worlds.advance()
            found.append(worlds.observation.view.copy())
        return np.array(found)

    assert (played(5) == played(5)).all()
    assert (played(5) != played(6)).any()


@pytest.mark.parametrize("level", ["GoToLocal", "PutNextLocal"])
def test_the_bot_helps_from_states_that_others_came_to(level):
    """A third of all acts are drawn by chance (never used: a box that is opened is gone); all missions come off."""
    worlds, bot, chance = BabyAI(level, 8, seed=3), Bot(), np.random.default_rng(0)
    memory, ends, successes = bot.start(worlds, ONLY), 0, 0
    for _ in range(200):
        acts, memory = bot.act(worlds, ONLY, memory)
        errs = chance.random(8) < 1 / 3
        acts[errs, 0] = chance.integers(USE, size=errs.sum())
        worlds.state.action[:] = acts
        worlds.advance()
        ends += worlds.state.over.sum()
        successes += worlds.state.success.sum()
    assert ends >= 8 * 200 / 64 and successes >= 0.98 * ends


def test_a_worker_plays_them():
    torch.manual_seed(0)
    network = ActorCritic(NetworkConfig(agents=1, precision="float32"))
    methods = [imitation(Bot(), lambda share: 100.0)]
    worker = RolloutWorker(BabyAI("GoToLocal", 4), network, methods=methods, steps=20)
    batch = worker.collect()
    went = batch.transition
    assert torch.equal(batch.act, batch.label("label")) and went.active.all() and went.terminated.any()
    assert (batch.percept.keep == 0).sum() == 4 + int(went.terminated[:-1].sum())
    with pytest.raises(ValueError, match="cannot be saved"):
        worker.save()


def test_a_level_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="GoNowhere"):
        make_env("GoNowhere")
