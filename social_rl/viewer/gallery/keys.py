"""Which key does what in the gallery? Tables for the window and the help; a new key is a row."""

import pygame

from social_rl.viewer.controls.keys import Key

LOOKING = (
    Key(pygame.K_LEFT, "", "go", (-1,), "left right", "another level (or click)"),
    Key(pygame.K_RIGHT, "", "go", (1,)),
    Key(pygame.K_UP, "", "go", (0, -1), "up down", "another row"),
    Key(pygame.K_DOWN, "", "go", (0, 1)),
    Key(pygame.K_PAGEUP, "", "page", (-1,), "PgUp PgDn", "another page (wheel)"),
    Key(pygame.K_PAGEDOWN, "", "page", (1,)),
    Key(pygame.K_HOME, "", "look at", (0,), "Home End", "the first, the last"),
    Key(pygame.K_END, "", "look at", (1 << 40,)),
    Key(pygame.K_s, "", "next order", (), "S", "sort otherwise"),
    Key(pygame.K_p, "", "to parent", (), "P", "its parent"),
    Key(pygame.K_c, "", "to child", (), "C", "its best child"),
)
DOING = (
    Key(pygame.K_RETURN, "", "play", (), "enter", "play it; Q comes back"),
    Key(pygame.K_SPACE, "", "play"),
    Key(pygame.K_e, "", "edit", (), "E", "paint it; Q comes back"),
    Key(pygame.K_m, "", "theme", (), "M", "dark, or light"),
    Key(0, "", "zoom", (), "ctrl + −", "larger, smaller"),
    Key(pygame.K_h, "?", "help", (), "? H", "these keys"),
    Key(pygame.K_q, "", "back", (), "Q", "leave the gallery"),
    Key(pygame.K_ESCAPE, "", "leave"),
)
KEYS = LOOKING + DOING
REPEATING = frozenset(("go", "page"))
HELP = ((("Look", LOOKING),), (("Do", DOING),))
