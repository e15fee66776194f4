"""Which episodes are compared? Those of the same agent in the same level, asked the same, by policies or by chance."""

import hashlib
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

from social_rl.human_feedback.preferences.comparison import Comparison, Item
from social_rl.human_feedback.tuning.asked import AGENTS, Asked
from social_rl.human_feedback.tuning.episodes import Episode
from worlds.language.instructions import canonical
from worlds.objects import NAMES
from worlds.replay_files import save

REPLAYS = "replays"  # folder beside a store
TOLD = " is told: "  # in prompts, after the name of the agent


def items_of(
    asked: Asked, episodes: Sequence[Episode], policy: str, checkpoint: str, folder: Path | None = None, name: str = ""
) -> list[Item]:  # fmt: skip
    """What raters see of episodes, by column.

    Args:
        asked: what was asked.
        episodes: of columns; those that were recorded have a replay.
        policy: whose they are.
        checkpoint: its digest.
        folder: of the store, where replays are written.
        name: of this play, among all plays of the store.
    """
    found = []
    for one in episodes:
        w, a = divmod(one.column, AGENTS)
        path = f"{REPLAYS}/{name}-{w}.jsonl.gz" if folder and one.replay else ""
        if folder and one.replay and a == 0:
            (folder / REPLAYS).mkdir(exist_ok=True)
            save(one.replay, folder / path)
        told = f"{NAMES[asked.bank.name[w, a]]}{TOLD}{asked.words[one.column]}"
        if asked.is_unclear_B[one.column]:
            told += f". Meant is: {canonical(asked.goals[one.column])}"
        found.append(Item(policy, checkpoint, told, one.transcript, path, one.features))
    return found


def compared(
    asked: Asked, plays: Sequence[Sequence[Item]], round: int, versions: dict[str, str]
) -> list[Comparison]:
    """A choice for each two transcripts of a column that differ; items stand in the order of plays.

    Args:
        asked: what was asked.
        plays: items of all columns, one list for each time that they were played.
        round: of labelling.
        versions: of schema, rules and grammar.
    """
    found = []
    for b in range(len(asked.words)):
        level, seen = level_of(asked, b), set[frozenset[str]]()
        for i, j in combinations(range(len(plays)), 2):
            one, other = plays[i][b], plays[j][b]
            texts = frozenset((one.text, other.text))
            if len(texts) == 2 and texts not in seen:
                seen.add(texts)
                name = hashlib.sha256("\0".join((level, str(round), *sorted(texts))).encode()).hexdigest()
                found.append(Comparison(name[:32], round, level, "choice", (one, other), (0, 1), versions))
    return found


def level_of(asked: Asked, b: int) -> str:
    """The digest of a level and of what an agent is asked there."""
    w = b // (len(asked.words) // len(asked.bank.step_limit))
    words = asked.words[b].encode()
    return hashlib.sha256(asked.bank.house[w].tobytes() + b"\0" + bytes([b % 256]) + words).hexdigest()
