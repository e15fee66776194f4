"""Does the editor say why something cannot be done? Houses as text, and the reason in words."""

import pytest

from social_rl.viewer.editor.draft import draft_of, told
from social_rl.viewer.editor.verdicts import CAN, CANNOT, NO_WORDS, TOLD_NOTHING, judged
from worlds.levels.level_text import read_level


def verdict(house: str, words: str):
    return judged(told(draft_of(read_level(house)), 0, words))


BEHIND_ITS_DOOR = """level 1 · 128 steps

##########
#A..#...b#
#o..D...c#
#...#..kd#
##########

legend
  A Ann facing east
  D locked blue door
  b white bed
  k blue key
  o orange
  c red cup
  d blue cup
"""


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("go to the bed", "no way to the bed: the blue key is behind the blue door"),
        ("put the orange on the bed", "no way to the bed: the blue key is behind the blue door"),
        ("open the blue door", "the blue door is locked: the blue key is behind the blue door"),
        ("go to the sofa", "there is no sofa here"),
        ("put every cup on the table", "there is no table here"),
    ],
)
def test_a_reason_is_told(words, reason):
    found = verdict(BEHIND_ITS_DOOR, words)
    assert [(v.kind, v.words) for v in found.verdicts] == [(CANNOT, reason)]
    assert found.level is not None and not found.is_solvable


def test_with_its_key_on_this_side_it_can_be_done():
    house = BEHIND_ITS_DOOR.replace("#...#..kd#", "#.k.#...d#")
    found = verdict(house, "go to the bed")
    assert found.verdicts[0].kind == CAN and found.verdicts[0].acts > 5 and found.is_solvable


def test_one_key_is_behind_the_door_of_another():
    house = """level 1 · 128 steps

#############
#A..D..E...b#
#...#g.#..k.#
#############

legend
  A Ann facing east
  D locked blue door
  E locked green door
  g green key
  k blue key
  b white bed
"""
    assert verdict(house, "go to the bed").verdicts[0].words == (
        "no way to the bed: the blue key is behind the blue door"
    )
    swapped = house.replace("D locked blue", "D locked green").replace("E locked green", "E locked blue")
    assert verdict(swapped, "go to the bed").verdicts[0].words == (
        "no way to the bed: the green key is behind the green door"
    )


def test_a_chain_of_keys_is_followed_to_its_end():
    house = """level 1 · 128 steps

#############
#A..D......b#
##E##########
#.k#F.......#
#..###......#
#########.g.#
#############

legend
  A Ann facing east
  D locked blue door
  E locked green door
  F locked green door
  k blue key
  g green key
  b white bed
"""
    words = verdict(house, "go to the bed").verdicts[0].words
    assert words == (
        "no way to the bed: the blue key is behind the green door, and the green key cannot be reached: "
        "there are walls all around"
    )


def test_furniture_and_walls_bar_the_way():
    house = """level 1 · 64 steps

########
#A.T.b.#
########

legend
  A Ann facing east
  T brown table
  b white bed
"""
    assert verdict(house, "go to the bed").verdicts[0].words == "no way to the bed: furniture is in the way"
    walled = house.replace("#A.T.b.#", "#A#T.b.#")
    assert (
        verdict(walled, "go to the bed").verdicts[0].words == "no way to the bed: there are walls all around"
    )


def test_a_thing_that_another_holds_cannot_be_had():
    house = """level 1 · 64 steps

#######
#A...B#
#######

legend
  A Ann facing east
  B Bob facing west holding red cup
"""
    assert verdict(house, "pick up the red cup").verdicts[0].words == "Bob holds the red cup"


def test_a_forbidden_room_is_named():
    house = """level 1 · 64 steps

########
#A.kk.b#
########

legend
  k kitchen floor
  A Ann facing east
  b white bed
"""
    words = verdict(house, "go to the bed without entering the kitchen").verdicts[0].words
    assert words.startswith("not without breaking") and "kitchen" in words


def test_the_step_limit_may_be_too_low():
    house = BEHIND_ITS_DOOR.replace("128 steps", "3 steps").replace("locked blue door", "open blue door")
    words = verdict(house, "go to the bed").verdicts[0].words
    assert words.endswith("the level ends after 3") and words.startswith("it takes ")


def test_words_that_mean_nothing_are_told_with_what_may_be_meant():
    found = verdict(BEHIND_ITS_DOOR, "pick up the orangge")
    assert found.level is None and found.verdicts[0].kind == NO_WORDS
    assert "orange" in found.problem and found.problem.startswith("Ann's words")
    assert verdict(BEHIND_ITS_DOOR, "").verdicts[0].kind == TOLD_NOTHING
