"""Does a result depend on anything but the seed? Threads, batches, processes, caches, saving: all the same."""

import os
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest

from tests.houses import act, assert_sound, house
from tests.replay import SCENES, acts, digests, simulator
from worlds.compiler.compile import COMPILED
from worlds.kernels import DISABLED, NEXT_STEP, PARALLEL_FROM, SAME_STEP

ROOT = Path(__file__).resolve().parents[2]
SHARED = ("option", "rate")  # settings, without a world axis
AGENT_STEPS = 20_000 if COMPILED else 1_000

needs_compiler = pytest.mark.skipif(not COMPILED, reason="about compiled rules")


def steps_for(agent_steps: int, worlds: int, agents: int) -> int:
    return max(agent_steps // (worlds * agents), 10)


def python(code: str, **environment: str) -> str:
    """The output of a program in a Python of its own."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


# ---- threads -------------------------------------------------------------------------------------------
def check_threads(scene: str, agent_steps: int) -> None:
    worlds = PARALLEL_FROM
    before = numba.get_num_threads()
    ends = []
    for threads in (1, 2):
        numba.set_num_threads(threads)
        sim = simulator(scene, worlds)
        ring = [acts(sim, step) for step in range(7)]  # drawing acts takes longer than carrying them out
        for step in range(steps_for(agent_steps, worlds, sim.agents)):
            sim.step(*ring[step % 7])
        ends.append(sim.digest())
    numba.set_num_threads(before)
    assert ends[0] == ends[1]


@needs_compiler
@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="one core")
@pytest.mark.parametrize("scene", SCENES)
def test_threads_change_nothing(scene):
    check_threads(scene, AGENT_STEPS)


@pytest.mark.slow
@needs_compiler
@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="one core")
@pytest.mark.parametrize("scene", SCENES)
def test_threads_change_nothing_for_long(scene):
    check_threads(scene, 1_000_000)


# ---- batches -------------------------------------------------------------------------------------------
def check_batches(scene: str, autoreset: int, agent_steps: int) -> None:
    worlds = 6
    together = simulator(scene, worlds, autoreset=autoreset)
    steps = steps_for(agent_steps, worlds, together.agents)
    for step in range(steps):
        together.step(*acts(together, step))
    assert_sound(together)
    arrays = together.save()
    for w in range(worlds):
        alone = simulator(scene, 1, autoreset=autoreset, first_world=w)
        for step in range(steps):
            alone.step(*acts(alone, step, w))
        for name, array in alone.save().items():
            if name not in SHARED:
                other = arrays[name][w : w + 1]
                assert np.array_equal(array, other), f"{name} of world {w} differs"


@pytest.mark.parametrize("autoreset", [SAME_STEP, NEXT_STEP, DISABLED])
@pytest.mark.parametrize("scene", SCENES)
def test_batches_change_nothing(scene, autoreset):
    check_batches(scene, autoreset, AGENT_STEPS // 5)


@pytest.mark.slow
@pytest.mark.parametrize("scene", SCENES)
def test_batches_change_nothing_for_long(scene):
    check_batches(scene, SAME_STEP, 200_000)


CROSS = """
    #A#
    D.B
    #C#

    A Ann facing south
    B Bob facing west
    C Cleo facing north
    D Dan facing east
"""


def different_worlds(numbers: np.ndarray) -> int:
    """Four want the cell between them, in eight episodes: how many series of winners come of it?"""
    sim = house(CROSS, worlds=len(numbers))
    sim.state.world_id[:] = numbers
    series = []
    for episode in range(8):
        sim.reset(seed=None if episode else 0)
        act(sim, ann="forward", bob="forward", cleo="forward", dan="forward")
        series.append(sim.state.agent_at[:, 1, 1].copy())
    return len({tuple(winners) for winners in np.stack(series, 1).tolist()})


def test_worlds_differ_from_each_other():
    """Who comes first is drawn in each world by itself; worlds of one number would all go the same way."""
    assert different_worlds(np.zeros(16, np.uint64)) == 1
    # 16 series of 65,536: two are the same with a chance of 0.2 %
    assert different_worlds(np.arange(16, dtype=np.uint64)) == 16
    assert different_worlds(np.arange(2**40, 2**40 + 16, dtype=np.uint64)) == 16


def test_episodes_and_seeds_differ_from_each_other():
    sim = simulator("crowd", 1)
    keys = []
    for seed in (0, 1, 2**63):
        sim.reset(seed=seed)
        for _ in range(8):
            keys.append(int(sim.state.key[0]))
            sim.reset()
    assert len(set(keys)) == 3 * 8


# ---- processes, caches, saving -------------------------------------------------------------------------
def test_processes_and_hash_seeds_change_nothing():
    code = (
        "from tests.replay import SCENES, digests\n"
        "print(*[list(digests(scene, 20, 2))[-1] for scene in SCENES])"
    )
    mine = [list(digests(scene, 20, 2))[-1] for scene in SCENES]
    for hash_seed in ("0", "4711"):
        assert python(code, PYTHONHASHSEED=hash_seed, NUMBA_NUM_THREADS="1").split() == mine


@pytest.mark.slow
@needs_compiler
def test_a_cold_cache_changes_nothing(tmp_path):
    code = "from tests.replay import digests\nprint(list(digests('family', 50, 2))[-1])"
    cold = python(code, SOCIAL_RL_CACHE=str(tmp_path))
    assert list(tmp_path.rglob("*.compiled")), "it was cold, and is warm now"
    assert cold == python(code, SOCIAL_RL_CACHE=str(tmp_path)) == python(code)


@pytest.mark.parametrize("scene", SCENES)
def test_what_was_saved_continues_as_it_would_have(scene):
    sim = simulator(scene, 3)
    for step in range(15):
        sim.step(*acts(sim, step))
    saved = sim.save()
    ends = []
    for _ in range(2):
        sim.restore(saved)
        for step in range(15, 40):
            sim.step(*acts(sim, step))
        ends.append(sim.digest())
    other = simulator(scene, 3, seed=99)
    other.set_bank(sim.bank)
    other.restore(saved)
    for step in range(15, 40):
        other.step(*acts(other, step))
    assert ends == [other.digest()] * 2


def test_seeding_anew_begins_anew():
    sim = simulator("house", 2)
    first = sim.digest()
    for step in range(10):
        sim.step(*acts(sim, step))
    assert sim.digest() != first
    saved = simulator("house", 2)
    saved.reset(seed=5)
    sim.reset(seed=5)
    sim.state.action[:], saved.state.action[:] = 0, 0
    sim.state.act_cell[:], saved.state.act_cell[:] = 0, 0
    sim.state.final_view[:], saved.state.final_view[:] = 0, 0
    differing = [n for n, a in sim.save().items() if not np.array_equal(a, saved.save()[n])]
    assert set(differing) <= {"final_self", "final_tokens", "final_heard"}, differing


# ---- bounds --------------------------------------------------------------------------------------------
OUT_OF_BOUNDS = """
import numpy as np
from worlds.compiler.compile import BOUNDSCHECK, cold, rule

@rule
def read(array, i):
    return array[i]

@cold
def read_from(array, i):
    return read(array, i)

try:
    read_from(np.zeros(3), 3)
    print("unchecked")
except IndexError:
    print("checked")
"""


@needs_compiler
def test_checked_mode_is_live():
    """A rule that reads one element too far: an IndexError in checked mode, and nothing in fast mode."""
    assert python(OUT_OF_BOUNDS, SOCIAL_RL_BOUNDSCHECK="1").strip() == "checked"
    assert python(OUT_OF_BOUNDS, SOCIAL_RL_BOUNDSCHECK="0").strip() == "unchecked"


BROKEN_STATE = """
from tests.replay import SCENES, acts, digests, simulator

for scene in SCENES:
    print(list(digests(scene, 100, 2))[-1])
sim = simulator("maze", 2)
sim.state.agent_cell[1, 1] = 200 << 8 | 200
try:
    sim.step(*acts(sim, 0))
    print("unchecked")
except IndexError:
    print("checked")
"""


@pytest.mark.slow
@needs_compiler
def test_no_rule_reaches_out_of_bounds():
    """Checked rules play all scenes as the fast ones do, and a broken state is noticed inside a step."""
    *checked, is_live = python(BROKEN_STATE, SOCIAL_RL_BOUNDSCHECK="1").split()
    assert checked == [list(digests(scene, 100, 2))[-1] for scene in SCENES]
    assert is_live == "checked"
