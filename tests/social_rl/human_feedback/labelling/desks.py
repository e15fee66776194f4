"""What do tests of the labelling page ask? Comparisons, and a desk in memory that gives them."""

from collections.abc import Sequence

from social_rl.human_feedback.labelling.answers import KINDS, Sent, check_skip
from social_rl.human_feedback.labelling.desk import key_of
from social_rl.human_feedback.preferences.comparison import Comparison, Item

VERSIONS = {"schema": "1", "rules": "r", "grammar": "g"}
SECRET_POLICY = "policy-that-nobody-may-know"


def item(replay: str = "", prompt: str = "bring me the cup", text: str = "Ann: here it is") -> Item:
    """Something to judge."""
    return Item(SECRET_POLICY, "a" * 64, prompt, text, replay, {"utility": 12.5})


def comparison(
    name: str, kind: str = "choice", items: Sequence[Item] = (), shown: tuple[int, ...] = ()
) -> Comparison:
    """A comparison of a name as a page knows it: two items of a choice, four of a ranking, else one."""
    many = {"choice": 2, "ranking": 4}.get(kind, 1)
    items = tuple(items) or (item(),) * many
    return Comparison(key_of(name), 0, "house-1", kind, items, shown or tuple(range(len(items))), VERSIONS)  # type: ignore[arg-type]


class MemoryDesk:
    """A Desk that forgets all when it is gone."""

    def __init__(self, comparisons: Sequence[Comparison]) -> None:
        self.comparisons = {one.id: one for one in comparisons}
        self.kept: dict[str, tuple[Sent, str]] = {}
        self.skipped: set[tuple[str, str]] = set()

    def upcoming(self, rater: str) -> list[Comparison]:
        answered = {sent.comparison for sent, who in self.kept.values() if who == rater}
        answered |= {key for key, who in self.skipped if who == rater}
        left = [one for one in self.comparisons.values() if one.id not in answered]
        return [
            next(one for one in left if one.kind == kind)
            for kind in KINDS
            if kind in {one.kind for one in left}
        ]

    def progress(self, rater: str) -> tuple[int, int]:
        return sum(who == rater for _, who in self.kept.values()), len(self.comparisons)

    def find(self, key: str) -> Comparison | None:
        return self.comparisons.get(key)

    def skip(self, key: str, rater: str) -> None:
        check_skip(self.comparisons[key].kind)
        self.skipped.add((key, rater))

    def keep(self, sent: Sent, rater: str) -> None:
        if self.kept.setdefault(sent.id, (sent, rater)) != (sent, rater):
            raise ValueError("another label has this id")
