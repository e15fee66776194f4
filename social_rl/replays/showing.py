"""How is a replay shown in a notebook or in a browser? As one page that has all it needs, and loads nothing.

The page has the player of the labelling page (human_feedback/labelling/page/player.js) and the clip of the replay:
tiles on a sheet, and which tile each cell shows at each step.
"""

import base64
import html
import json
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from social_rl.human_feedback.labelling.clips import clip_json, clip_of
from worlds.replay import Replay
from worlds.replay_files import load
from worlds.scenario import Scenario

HEIGHT = 560  # pixels of a frame in a notebook


class Shown(NamedTuple):
    """A page; a notebook shows it in place."""

    html: str

    def _repr_html_(self) -> str:
        style = f"width:100%;height:{HEIGHT}px;border:1px solid #ddd;border-radius:8px"
        return f'<iframe sandbox="allow-scripts" style="{style}" srcdoc="{html.escape(self.html)}"></iframe>'

    def save(self, path: str | Path) -> Path:
        """Write the page to a file, for any browser."""
        path = Path(path)
        path.write_text(self.html, encoding="utf-8")
        return path


def show(replay: Replay | str | Path, scenario: Scenario | None = None) -> Shown:
    """A replay, or a file of one, as a page that plays it.

    Args:
        scenario: as `worlds.replay.resimulate` takes it, where the replay is of none of ours.

    Raises:
        ReplayError: it goes otherwise than it went, it cannot be played, or it is too long.
    """
    replay = replay if isinstance(replay, Replay) else load(Path(replay))
    clip = clip_of(replay, scenario)
    sheet = base64.b64encode(clip.sheet).decode()
    data = {**clip_json(clip), "sheet": f"data:image/png;base64,{sheet}"}
    played = ", ".join(f"{name}: {who}" for name, who in zip(clip.names, replay.cast, strict=False))
    return Shown(
        _read("social_rl.replays", "show.html").format(
            title=html.escape(replay.scenario.replace("_", " ") or "replay"),
            cast=html.escape(played),
            style=_read("social_rl.replays", "show.css"),
            clip=json.dumps(data).replace("<", "\\u003c"),  # so that no word of it ends the script
            player=_read("social_rl.human_feedback.labelling", "player.js").replace("\nexport ", "\n"),
            show=_read("social_rl.replays", "show.js"),
        )
    )


def _read(package: str, name: str) -> str:
    return (files(package) / "page" / name).read_text(encoding="utf-8")
