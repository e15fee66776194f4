"""Which key does what while episodes are compared? Tables for the window and its help."""

import pygame

from social_rl.viewer.controls.keys import Key

JUDGING = (
    Key(0, "1", "number", (0,), "1–4", "this one is better, is next best"),
    Key(0, "2", "number", (1,)),
    Key(0, "3", "number", (2,)),
    Key(0, "4", "number", (3,)),
    Key(pygame.K_t, "", "tie", (), "T", "as good; in a ranking: next ties"),
    Key(pygame.K_u, "", "thumb", (1,), "U", "good; gets on here"),
    Key(pygame.K_d, "", "thumb", (-1,), "D", "bad; is set back here"),
    Key(pygame.K_n, "", "thumb", (0,), "N", "neither, here"),
    Key(0, "", "write", (), "W", "write what would be better"),
    Key(0, "", "explain", (), "E", "write why, if you like"),
    Key(pygame.K_RETURN, "", "send", (), "enter", "send it, or store it at once"),
    Key(pygame.K_KP_ENTER, "", "send"),
    Key(pygame.K_BACKSPACE, "", "unmark", (), "backspace", "take a mark away, rank anew"),
    Key(pygame.K_z, "", "undo", (), "Z", "undo, until it is stored"),
    Key(pygame.K_s, "", "skip", (), "S", "skip: you cannot tell"),
    Key(pygame.K_l, "", "later", (), "L", "later: show another one first"),
)
PLAYING = (
    Key(pygame.K_SPACE, "", "pause", (), "space", "play, pause"),
    Key(pygame.K_LEFT, "", "by", (-1,), "left right", "one step; with shift ten"),
    Key(pygame.K_RIGHT, "", "by", (1,)),
    Key(pygame.K_HOME, "", "go to", (0,), "home end", "the beginning, the end"),
    Key(pygame.K_END, "", "go to", (9999,)),
    Key(pygame.K_r, "", "reverse", (), "R", "play backwards"),
    Key(0, ",", "faster", (-1,), ", .", "slower, faster"),
    Key(0, ".", "faster", (1,)),
    Key(pygame.K_UP, "", "scroll", (-1,), "up down", "move the words"),
    Key(pygame.K_DOWN, "", "scroll", (1,)),
    Key(0, "?", "help", (), "?", "these keys"),
    Key(0, "", "zoom", (), "ctrl + −", "larger, smaller text"),
    Key(0, "", "close", (), "ctrl Q", "close the window"),
    Key(pygame.K_ESCAPE, "", "leave"),
)
# While a text is open, characters go there.
WRITING = (
    Key(0, "", "send", (), "ctrl enter", "send"),
    Key(pygame.K_RETURN, "", "new line", (), "enter", "a new line; after why: done"),
    Key(pygame.K_KP_ENTER, "", "new line"),
    Key(pygame.K_ESCAPE, "", "leave", (), "esc", "back; what you typed stays"),
    Key(pygame.K_BACKSPACE, "", "erase", (-1,)),
    Key(pygame.K_DELETE, "", "erase", (1,)),
    Key(pygame.K_LEFT, "", "move", (-1,)),
    Key(pygame.K_RIGHT, "", "move", (1,)),
    Key(pygame.K_HOME, "", "move", (-9999,)),
    Key(pygame.K_END, "", "move", (9999,)),
)
OPENING = {"w": "write", "e": "explain"}  # these characters open a text, and are not written into it
FAR = 10  # steps, with shift
# While their key is held down, these are repeated.
REPEATING = frozenset(("by", "scroll", "faster", "unmark", "erase", "move", "new line"))
COLUMNS = ((("Judge", JUDGING),), (("Watch", PLAYING), ("Write", WRITING)))
