"""What does each byte of an observation mean? Tables of the tables that rules go by, as one page."""

from collections.abc import Callable

import numpy as np

from social_rl.reports.scenario_page import table
from worlds.envs.spaces import PLANES, SENSES
from worlds.language.tokens import VOCABULARY
from worlds.objects import FIRST_ITEM, FIRST_PLACE, FLOOR, FLOORS, ITEMS, NAMES, PLACE_KIND, WALL
from worlds.render.describe import item_words, place_words
from worlds.state import ACTS, MAX_TOKENS, OUTCOMES

EXAMPLE = """```python
from worlds import parallel_env
from worlds.render.describe import explain

env = parallel_env("house")
observations, _ = env.reset(seed=1)
mine = observations["Ann"]
print(explain(mine["view"], mine["self"], env.possible_agents))
```"""


def observation_page() -> str:
    """Markdown with the planes, the senses and what each byte stands for."""
    ground = list(range(FLOOR, FLOOR + len(FLOORS)))
    things = sorted({int(byte) for byte in FIRST_PLACE[np.nonzero(FIRST_PLACE)]})
    looks = [
        FIRST_ITEM + 8 * kind + colour for kind, row in enumerate(ITEMS) for colour in row.colours or (0,)
    ]
    parts = [
        "# Observations",
        "What an agent perceives at each step, byte by byte. `worlds.render.describe.explain` puts it into words:",
        EXAMPLE,
        "## Senses",
        table(("byte of `self`", "", "what it says"), [(i, *row) for i, row in enumerate(SENSES)]),
        "## View",
        table(("plane of `view`", "what it says of a cell"), PLANES),
        "### Places",
        "Furniture and doors that have a colour take eight bytes, from the one that is named here on: one for each "
        "colour, in the order red, green, blue, yellow, purple, brown, white, grey.",
        table(("byte", "place"), [(byte, place_words(byte)) for byte in (0, *ground)]),
        table(("first byte", "place"), [(byte, plain(place_words, byte)) for byte in things]),
        f"{WALL} is a wall. Of {WALL} and above, a place hides what lies behind it.",
        "### Items",
        ", ".join(f"{byte} {item_words(byte)}" for byte in looks),
        "## Acts and outcomes",
        table(("act", ""), list(enumerate(ACTS))),
        table(("outcome", ""), list(enumerate(OUTCOMES))),
        "## Words",
        f"`instruction` has room for {MAX_TOKENS} words. There are {len(VOCABULARY)} numbers; 0 is no word.",
        f"Agents are called {', '.join(NAMES)}.",
    ]
    return "\n\n".join(parts) + "\n"


def plain(words: Callable[[int], str], byte: int) -> str:
    """The words for a place, without its colour where it has one."""
    said = words(byte)
    is_coloured = byte + 1 < 256 and PLACE_KIND[byte + 1] == PLACE_KIND[byte] and "red " in said
    return said.replace("red ", "") + (" (8 colours)" if is_coloured else "")
