"""Does the window show what is, and do what it is asked? Driven by commands, and by posted events."""

import os

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import numpy as np
import pygame
import pytest

from social_rl.viewer import driving, window
from social_rl.viewer.cards import instruction_of, parts_of
from social_rl.viewer.commands import COMMANDS, do
from social_rl.viewer.keys import DRIVING, WATCHING, WRITING
from social_rl.viewer.model import SPEEDS, open_state
from social_rl.viewer.picture import paint, render, seen_by
from worlds.bank import bank_of
from worlds.goal import decode
from worlds.instructions import canonical, parse
from worlds.level_text import read_level
from worlds.scenario import Rewards, Scenario
from worlds.state import FORWARD, TAKE, TURN_RIGHT

HOUSE = """level 1 · 40 steps

#########
#A.o..Nb#
#...#...#
#B..#...#
#########

legend
  A Ann facing east
  B Bob facing east
  o orange
  N white bed
  b red ball

instructions
  Ann: pick up the red ball
  Bob: go to the bed
"""


def a_scenario() -> Scenario:
    level = read_level(HOUSE)
    return Scenario(
        name="little_house",
        summary="A room.",
        agents=("Ann", "Bob"),
        draw=lambda n, seed: bank_of([level] * n),
        rewards=Rewards(success=1.0),
    )
