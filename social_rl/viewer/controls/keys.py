"""Which key does what? Tables for the window, its buttons and the help; a new key is a row."""

from typing import NamedTuple

import pygame

from worlds.state import DONE, FORWARD, PUT, TAKE, TURN_LEFT, TURN_RIGHT, USE, WAIT


class Key(NamedTuple):
    """A key (or the character it writes) and its command."""

    key: int  # of pygame, or 0
    character: str
    command: str
    values: tuple[object, ...] = ()
    shown: str = ""
    words: str = ""  # for the help; rows without words are second ways


TIME = (
    Key(pygame.K_SPACE, "", "pause", (), "space", "play, pause"),
    Key(pygame.K_RIGHT, ".", "step", (), "right .", "one step"),
    Key(pygame.K_LEFT, ",", "back", (), "left ,", "one step back"),
    Key(pygame.K_PAGEDOWN, "", "go by", (10,), "PgDn", "ten steps on"),
    Key(pygame.K_PAGEUP, "", "go by", (-10,), "PgUp", "ten steps back"),
    Key(pygame.K_HOME, "", "go to", (0,), "Home", "to the beginning"),
    Key(pygame.K_END, "", "go to end", (), "End", "to the last step"),
    Key(pygame.K_z, "", "reverse", (), "Z", "backwards"),
    Key(0, "+", "faster", (), "+", "faster"),
    Key(0, "=", "faster"),
    Key(0, "-", "slower", (), "−", "slower"),
    Key(pygame.K_b, "", "branch", (), "B", "branch from here"),
    Key(pygame.K_r, "", "again", (), "R", "the same episode again"),
    Key(pygame.K_n, "", "new", (), "N", "a new episode"),
    Key(pygame.K_w, "", "keep replay", (), "W", "write a replay"),
)
LOOKING = (
    Key(pygame.K_TAB, "", "next agent", (), "tab", "the next agent (or click)"),
    Key(pygame.K_1, "", "panel", ("sees",), "1", "what it perceives"),
    Key(pygame.K_2, "", "panel", ("map",), "2", "what it remembers"),
    Key(pygame.K_3, "", "panel", ("acts",), "3", "how likely each act is"),
    Key(pygame.K_4, "", "panel", ("reward",), "4", "what it was paid for"),
    Key(pygame.K_5, "", "panel", ("value",), "5", "what it expects"),
    Key(pygame.K_6, "", "panel", ("reads",), "6", "which words it heeds"),
    Key(pygame.K_v, "", "sight", (), "V", "what it sees, in the house"),
    Key(pygame.K_l, "", "overlay", ("trails",), "L", "trails"),
    Key(pygame.K_g, "", "overlay", ("value",), "G", "value along its way"),
    Key(pygame.K_k, "", "overlay", ("reliance",), "K", "who relies on whom"),
    Key(pygame.K_x, "", "overlay", ("prestige",), "X", "prestige"),
    Key(pygame.K_i, "", "guesses", (), "I", "what each was told?"),
    Key(pygame.K_j, "", "glide", (), "J", "glide, or jump"),
    Key(pygame.K_m, "", "theme", (), "M", "dark, or light"),
    Key(0, "", "zoom", (), "ctrl + −", "larger, smaller text"),
    Key(pygame.K_h, "?", "help", (), "? H", "these keys"),
)
DOING = (
    Key(pygame.K_t, "", "take over", (), "T", "take over, hand back"),
    Key(pygame.K_e, "", "expert", (), "E", "expert plays, hand back"),
    Key(pygame.K_s, "", "picture", (), "S", "save a picture"),
    Key(pygame.K_o, "", "record", (), "O", "record a video, or stop"),
    Key(pygame.K_f, "", "edit", (), "F", "paint this level"),
    Key(pygame.K_c, "", "cast", (), "C", "choose scenario and cast"),
    Key(pygame.K_q, "", "leave screen", (), "Q", "back to where it was opened"),
    Key(pygame.K_ESCAPE, "", "leave"),
    Key(pygame.K_RETURN, "", "write"),
)
WATCHING = TIME + LOOKING + DOING
# While the selected agent is driven by keyboard, these come first.
DRIVING = (
    Key(pygame.K_UP, "", "act", (FORWARD,), "up", "forward"),
    Key(pygame.K_LEFT, "", "act", (TURN_LEFT,), "left", "turn left"),
    Key(pygame.K_RIGHT, "", "act", (TURN_RIGHT,), "right", "turn right"),
    Key(pygame.K_DOWN, "", "act", (WAIT,), "down", "wait"),
    Key(pygame.K_p, "", "act", (TAKE,), "P", "pick up"),
    Key(pygame.K_d, "", "act", (PUT,), "D", "put down"),
    Key(pygame.K_u, "", "act", (USE,), "U", "use: open, switch"),
    Key(pygame.K_RETURN, "", "act", (DONE,), "enter", "say done"),
)
# While the entry is open, characters go there.
WRITING = (
    Key(pygame.K_RETURN, "", "say", (), "enter", "tell it to the agent"),
    Key(pygame.K_KP_ENTER, "", "say"),
    Key(pygame.K_ESCAPE, "", "leave", (), "esc", "leave; it stays"),
    Key(pygame.K_UP, "", "recall", (1,), "up down", "earlier instructions"),
    Key(pygame.K_DOWN, "", "recall", (-1,)),
    Key(pygame.K_BACKSPACE, "", "erase", (-1,)),
    Key(pygame.K_DELETE, "", "erase", (1,)),
    Key(pygame.K_LEFT, "", "move", (-1,)),
    Key(pygame.K_RIGHT, "", "move", (1,)),
    Key(pygame.K_HOME, "", "move", (-9999,)),
    Key(pygame.K_END, "", "move", (9999,)),
)
# In an entry of the editor and of the first screen.
ENTERING = (
    Key(pygame.K_RETURN, "", "enter", (), "enter", "done"),
    Key(pygame.K_KP_ENTER, "", "enter"),
    Key(pygame.K_ESCAPE, "", "leave", (), "esc", "leave"),
    Key(pygame.K_BACKSPACE, "", "rub", (-1,)),
    Key(pygame.K_DELETE, "", "rub", (1,)),
    Key(pygame.K_LEFT, "", "caret", (-1,)),
    Key(pygame.K_RIGHT, "", "caret", (1,)),
    Key(pygame.K_HOME, "", "caret", (-9999,)),
    Key(pygame.K_END, "", "caret", (9999,)),
)
# While their key is held down, these are repeated.
REPEATING = frozenset(("step", "back", "go by", "faster", "slower", "act", "recall", "erase", "move"))
OPENING = "/"  # this character opens the entry
# With control; some keyboards have "+" on one key, some on another.
ZOOM_KEYS = {
    pygame.K_PLUS: 0.25,
    pygame.K_EQUALS: 0.25,
    pygame.K_KP_PLUS: 0.25,
    pygame.K_MINUS: -0.25,
    pygame.K_KP_MINUS: -0.25,
}


def find(keys: tuple[Key, ...], key: int, character: str) -> Key | None:
    """The row of a pressed key."""
    return next(
        (
            row
            for row in keys
            if (row.key and row.key == key) or (row.character and row.character == character)
        ),
        None,
    )
