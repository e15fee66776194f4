"""Do agents come and go as rules of a scenario say, and is nothing of it mixed up with how episodes end?"""

from tests.houses import act, assert_sound, drawn, house, picture
from tests.presence import HOUSE, RULES, WAITING
from worlds.state import ACTIVE, AGENT_PLANE, LEFT, SUCCEEDED, TO_COME, just_came


def test_who_is_to_come_waits_apart_and_others_do_not_see_it():
    sim = house(HOUSE, rules=RULES)
    assert picture(sim) == drawn(WAITING)
    assert sim.state.finished.tolist() == [[ACTIVE, TO_COME]]
    centre = sim.state.obs_view.shape[-1] // 2
    view = sim.state.obs_view[0, 0, AGENT_PLANE].copy()
    view[0, centre] = 0  # herself
    assert not view.any()
    act(sim, ann="wait", bob="forward")
    assert picture(sim) == drawn(WAITING) and not sim.state.active[0, 1]


def test_it_comes_and_leaves_and_has_one_episode_of_its_own():
    sim = house(HOUSE, rules=RULES)
    active, ends = [], []
    for _ in range(8):
        act(sim, bob="turn left")
        active.append(bool(sim.state.active[0, 1]))
        ends.append(bool(sim.state.terminated[0, 1]))
        assert_sound(sim)
    #       it comes at the third step, acts in the fourth to the sixth, and leaves in that
    assert active == [False, False, False, True, True, True, False, False]
    assert ends == [False, False, False, False, False, True, False, False]
    assert sim.state.finished.tolist() == [[ACTIVE, LEFT]] and not sim.state.success.any()
    assert (sim.state.agent_cell[0, 1] >> 8, sim.state.agent_cell[0, 1] & 255) == (1, 9)


def test_a_world_goes_on_while_somebody_is_to_come():
    sim = house(HOUSE, rules=RULES, ann="pick up the red cup", bob="pick up the red cup")
    sim.state.finished[0, 0] = SUCCEEDED
    for _ in range(3):
        act(sim)
        assert not sim.state.over[0]
    assert just_came(sim.state).tolist() == [[False, True]]
    act(sim, bob="done")  # too early: that is the end of its episode, and of the world
    assert sim.state.terminated.tolist() == [[False, True]] and sim.state.over[0]


def test_who_never_came_is_not_cut_off_by_the_end():
    sim = house(HOUSE, steps=2, rules=RULES)
    act(sim)
    act(sim)
    assert sim.state.over[0] and sim.state.truncated.tolist() == [[True, False]]
    assert sim.state.finished.tolist() == [[ACTIVE, TO_COME]] and not just_came(sim.state).any()


def test_without_a_free_cell_nobody_comes():
    sim = house(
        """
        ##########
        #Ac#####B#
        ##########

        A Ann facing east
        B Bob facing west
        c red cup
        """,
        rules=RULES,
    )
    for _ in range(5):
        act(sim)
    assert sim.state.finished.tolist() == [[ACTIVE, TO_COME]]


def test_a_house_without_cells_apart_lets_nobody_wait():
    sim = house("A.B\n\nA Ann facing east\nB Bob facing west", rules=RULES)
    assert sim.state.finished.tolist() == [[ACTIVE, ACTIVE]]
