"""A window for tests of screens: events are posted to it, and nobody sees it."""

import os

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import pygame
import pytest


@pytest.fixture
def screen():
    pygame.display.init()
    pygame.event.clear()
    yield pygame.display.set_mode((1280, 800))
    pygame.display.quit()
