"""How is a comparison opened? `--beside` says who plays otherwise on the right."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pygame

from social_rl.episodes.casting import read_cast
from social_rl.viewer.beside.commands import do
from social_rl.viewer.beside.model import BesideState
from social_rl.viewer.beside.picture import paint
from social_rl.viewer.beside.window import go_on, play_frames
from social_rl.viewer.controls.screen import INVISIBLE, open_display, open_window
from social_rl.viewer.drawing.camera import finish, save_surface
from worlds.scenario import Scenario


def cast_beside(cast: Sequence[str], beside: Sequence[str], scenario: Scenario) -> dict[str, str]:
    """Who plays on the right: as on the left, but for those of `beside`; a policy without a name plays all.

    Raises:
        ValueError: no such agent or policy.
    """
    texts = []
    for text in beside:
        texts += [text] if "=" in text else [f"{name.lower()}={text}" for name in scenario.agents]
    said = {text.partition("=")[0].lower() for text in texts}
    return read_cast(
        [*(text for text in cast if text.partition("=")[0].lower() not in said), *texts],
        scenario.agents,
        scenario.cast,
    )


def show_beside(
    state: BesideState, screenshot: Path | None = None, frames: int | None = None, film: Path | None = None
) -> int:
    """Open the window on a comparison; returns the exit status.

    Args:
        screenshot: write a picture there and return at once; this needs no display.
        frames: close after so many steps; without: stay open, and with a film but no display, to the end of both.
        film: record what is shown, to this file.

    Raises:
        OSError: there is no display, or the picture cannot be written.
    """
    if screenshot is not None:
        save_surface(paint(state).surface, screenshot)
        print(f"Saved {screenshot}.", file=sys.stderr)
        return 0
    if film is not None:
        do(state, "record", film)
        state.notice = ""  # it would stand in the film
    if (frames or film) and "SDL_VIDEODRIVER" not in os.environ:
        pygame.display.init()
        pygame.font.init()
        if pygame.display.get_driver() in INVISIBLE:
            play_frames(state, frames or _longest(state))
            _end_film(state, film)
            pygame.display.quit()
            return 0
    open_display()
    try:
        state.size = open_window(state.size, f"Social RL: {state.left.sim.scenario.name}, side by side")
        if frames:
            play_frames(state, frames)
        else:
            do(state, "pause")
            go_on(state)
        _end_film(state, film)
    finally:
        pygame.display.quit()
    return 0


def _longest(state: BesideState) -> int:
    """Pictures of both episodes, from the first to the last."""
    return 1 + max(int(side.sim.state.step_limit[0]) for side in state.sides)


def _end_film(state: BesideState, asked: Path | None) -> None:
    finish(state)
    if asked is not None:
        print(state.notice, file=sys.stderr)
