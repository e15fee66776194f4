"""Which key does what in the editor? Tables for the window and the help; a new key is a row."""

import pygame

from social_rl.viewer.controls.keys import ENTERING as WRITING
from social_rl.viewer.controls.keys import Key

PAINTING = (
    Key(pygame.K_SPACE, "", "here", ("paint",), "space", "paint (or the mouse)"),
    Key(pygame.K_RETURN, "", "here", ("paint",)),
    Key(pygame.K_DELETE, "", "here", ("erase",), "del", "erase (right button)"),
    Key(pygame.K_BACKSPACE, "", "here", ("erase",)),
    Key(pygame.K_i, "", "here", ("pick",), "I", "take as a brush (middle)"),
    Key(pygame.K_UP, "", "go", (-1, 0), "up down", "move the cursor"),
    Key(pygame.K_DOWN, "", "go", (1, 0)),
    Key(pygame.K_LEFT, "", "go", (0, -1), "left right", ""),
    Key(pygame.K_RIGHT, "", "go", (0, 1)),
)
BRUSHES = (
    Key(pygame.K_w, "", "tool", ("wall",), "W", "wall"),
    Key(pygame.K_f, "", "tool", ("floor",), "F", "floor"),
    Key(pygame.K_d, "", "tool", ("door",), "D", "door"),
    Key(pygame.K_a, "", "tool", ("agent",), "A", "agent; again: it turns"),
    Key(pygame.K_v, "", "tool", ("move",), "V", "move things"),
    Key(pygame.K_e, "", "tool", ("erase",), "E", "eraser"),
    Key(0, "[", "next tool", (-1,), "[ ]", "the next brush"),
    Key(0, "]", "next tool", (1,)),
    Key(pygame.K_c, "", "next shade", (), "C", "colour (wheel)"),
    Key(pygame.K_x, "", "next form", (), "X", "shut, open, locked"),
)
AGENTS = (
    Key(pygame.K_TAB, "", "next agent", (), "tab", "the next agent"),
    Key(0, "/", "write", (), "/", "what it is told"),
    Key(pygame.K_r, "", "turn", (), "R", "turn it"),
    Key(pygame.K_n, "", "rename", (), "N", "another name"),
)
LEVEL = (
    Key(pygame.K_p, "", "play", (), "P", "play it; Q comes back"),
    Key(pygame.K_F5, "", "play"),
    Key(0, "+", "steps", (8,), "+ −", "steps, 8 more or fewer"),
    Key(0, "=", "steps", (8,)),
    Key(0, "-", "steps", (-8,)),
    Key(pygame.K_g, "", "another", (), "G", "draw another house"),
    Key(pygame.K_k, "", "clear", (), "K", "an empty room"),
    Key(pygame.K_m, "", "theme", (), "M", "dark, or light"),
    Key(pygame.K_h, "?", "help", (), "? H", "these keys"),
    Key(pygame.K_q, "", "back", (), "Q", "leave the editor"),
    Key(pygame.K_ESCAPE, "", "leave"),
)
# With control.
CONTROL = (
    Key(pygame.K_z, "", "undo", (), "Z", "undo"),
    Key(pygame.K_y, "", "redo", (), "Y", "redo"),
    Key(pygame.K_s, "", "save", (), "S", "save"),
    Key(pygame.K_d, "", "save as", (), "D", "save as another file"),
    Key(pygame.K_o, "", "open", (), "O", "open a file"),
    Key(pygame.K_DOWN, "", "widen", (1, 0), "down up", "a row more, or less"),
    Key(pygame.K_UP, "", "widen", (-1, 0)),
    Key(pygame.K_RIGHT, "", "widen", (0, 1), "right left", "a column more, or less"),
    Key(pygame.K_LEFT, "", "widen", (0, -1)),
    Key(0, "", "zoom", (), "+ −", "larger, smaller text"),
)
EDITING = PAINTING + BRUSHES + AGENTS + LEVEL
REPEATING = frozenset(("go", "steps", "widen", "undo", "redo", "rub", "caret", "next tool"))
HELP = (
    (("Paint", PAINTING), ("Agents", AGENTS)),
    (("Brushes", BRUSHES), ("While writing", WRITING)),
    (("Level", LEVEL), ("With ctrl", CONTROL)),
)
