"""Where do the turns of compared episodes lie? Beside the store, as tokens, so that methods without rewards can learn.

A transcript is what raters and reward models read; what a policy learns from are its decisions. A line of a file has
the level and the transcript of an episode, by digest, and its turns.
"""

import gzip
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from agents.language.model.decisions import Turn, decisions_of
from social_rl.human_feedback.tuning.asked import Asked
from social_rl.human_feedback.tuning.episodes import Episode
from social_rl.human_feedback.tuning.gathering import level_of
from worlds.files import replacing

TURNS = "turns"  # folder beside a store


def key_of(level: str, transcript: str) -> str:
    """The digest of an episode, as the level and the transcript tell it."""
    return hashlib.sha256(f"{level}\0{transcript}".encode()).hexdigest()


def write_turns(folder: Path, name: str, asked: Asked, episodes: Sequence[Episode]) -> None:
    """Write the turns of a play, whole or not at all; episodes that read alike are written once."""
    lines = {
        key_of(level_of(asked, one.column % len(asked.words)), one.transcript): [
            [said.turn.prompt, said.turn.answer, said.turn.allowed]
            for said in one.turns
            if decisions_of(said.turn)
        ]
        for one in episodes
    }
    path = folder / TURNS / f"{name}.jsonl.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps({"episode": key, "turns": turns}) + "\n" for key, turns in lines.items())
    with replacing(path) as beside:
        beside.write_bytes(gzip.compress(text.encode(), mtime=0))


def read_turns(folder: Path) -> dict[str, list[Turn]]:
    """The turns of all plays that lie beside a store, by episode.

    Raises:
        ValueError: there are none, or a file is damaged.
    """
    found: dict[str, list[Turn]] = {}
    for path in sorted((folder / TURNS).glob("*.jsonl.gz")):
        try:
            lines = gzip.decompress(path.read_bytes()).decode().splitlines()
            for line in lines:
                record = json.loads(line)
                found[record["episode"]] = [
                    Turn(tuple(prompt), tuple(answer), tuple(map(tuple, allowed)))
                    for prompt, answer, allowed in record["turns"]
                ]
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path} is damaged ({error}): gather these comparisons again") from None
    if not found:
        raise ValueError(
            f"{folder / TURNS} holds no turns of episodes: gather comparisons by social-rl rlhf quickstart"
        )
    return found
