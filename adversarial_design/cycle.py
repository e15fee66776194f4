"""What is a cycle of design? Propose, play, score, learn; and all that has to be kept to go on."""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from adversarial_design.curriculum import Curriculum
from adversarial_design.designer import STUDENT, Arrays, Designer, Play, Proposal, Rows, Scores, scored
from worlds.typed import chance_of, counted, typed


class Player(Protocol):
    """Who plays proposals: a Student, or whatever plays levels of another kind."""

    def play(self, levels: Rows, trains: bool) -> Play:
        """Play all levels; where `trains` is False, stay as you are."""
        ...

    def save(self) -> tuple[dict[str, Arrays], dict[str, Any]]:
        """Arrays by part, and what goes into JSON."""
        ...

    def restore(self, arrays: Mapping[str, Arrays], facts: Mapping[str, Any]) -> None:
        """Go on from what `save` returned."""
        ...


class Cycle:
    """A designer, those who play, and what became of the levels.

    Args:
        designer: proposes.
        players: by the names that proposals use.
        curriculum: keeps a record.
        seed: of the designer's chance.
    """

    def __init__(
        self, designer: Designer, players: Mapping[str, Player], curriculum: Curriculum, seed: int = 0
    ) -> None:
        self.designer, self.players, self.curriculum = designer, dict(players), curriculum
        self.rng = np.random.default_rng(seed)
        self.cycles = 0

    def advance(self) -> dict[str, float]:
        """One cycle; returns figures.

        Raises:
            KeyError: a proposal wants a player that is not here.
        """
        proposal = self.designer.propose(self.rng)
        plays = {who: self.players[who].play(proposal.levels, proposal.trains) for who in proposal.players}
        scores = scored(proposal, plays, self.designer.score)
        log = self.designer.learn(proposal, scores)
        self.cycles += 1
        self.curriculum.note(proposal, scores, self.cycles)
        return figures(proposal, plays, scores) | log

    def save(self) -> tuple[dict[str, Arrays | bytes], dict[str, Any]]:
        """Arrays by file, and what goes into JSON, that `restore` needs to go on as if nothing had happened."""
        arrays: dict[str, Arrays | bytes] = {"curriculum.jsonl": self.curriculum.save()}
        found, facts = self.designer.save()
        arrays["designer.safetensors"] = found
        kept: dict[str, Any] = {"cycles": self.cycles, "rng": self.rng.bit_generator.state, "designer": facts}
        for who, player in self.players.items():
            parts, kept[who] = player.save()
            arrays |= {f"{who}/{part}.safetensors".replace("/", "-"): found for part, found in parts.items()}
        return arrays, kept

    def restore(self, arrays: Mapping[str, Arrays | bytes], facts: Mapping[str, Any]) -> None:
        """Go on from what `save` returned.

        Raises:
            ValueError: it is damaged, or of another cycle.
        """
        cycles, rng = counted(facts.get("cycles"), "cycles"), chance_of(facts.get("rng"), "rng")
        curriculum = arrays["curriculum.jsonl"]
        assert isinstance(curriculum, bytes)
        self.curriculum.restore(curriculum)
        self.designer.restore(
            _arrays(arrays["designer.safetensors"]), typed(dict, facts.get("designer"), "designer")
        )
        for who, player in self.players.items():
            head, tail = f"{who}-", ".safetensors"
            parts = {k[len(head) : -len(tail)]: _arrays(v) for k, v in arrays.items() if k.startswith(head)}
            try:
                player.restore(parts, typed(dict, facts.get(who), who))
            except ValueError as error:
                raise ValueError(f"{who}: {error}") from error
        self.cycles, self.rng.bit_generator.state = cycles, rng


def _arrays(part: Arrays | bytes) -> Arrays:
    assert not isinstance(part, bytes)
    return part


def figures(proposal: Proposal, plays: Mapping[str, Play], scores: Scores) -> dict[str, float]:
    """What a cycle came to; figures of levels that students train on are kept apart from the others."""
    where = "trained" if proposal.trains else "judged"
    found = {f"{where}/solved": _mean(scores.solved), f"{where}/score": _mean(scores.value)}
    found[f"{where}/unknown"] = float(np.isnan(scores.value).mean())
    for who, play in plays.items():
        name = "return" if who == STUDENT else f"return of {who}"
        found[f"{where}/{name}"] = _mean(play.returns)
    return {name: value for name, value in found.items() if value == value}


def _mean(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else float("nan")
