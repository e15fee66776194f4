"""How does the labelling page use the store? Questions are its own; labels are a person's, at the time they come in."""

from collections.abc import Sequence
from datetime import UTC, datetime

from social_rl.human_feedback.labelling.answers import KINDS, Sent, check_skip
from social_rl.human_feedback.labelling.desk import key_of
from social_rl.human_feedback.preferences.comparison import Comparison, Kind, Label
from social_rl.human_feedback.preferences.store import Asked, Question, Store


class StoreDesk:
    """The Desk of a store.

    Comparisons never change, so they are read once; those that are asked later are found when they are looked for.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._asked: dict[str, Asked] = {}  # by key
        self._answered: dict[str, set[str]] = {}  # by rater: keys
        self._skipped: dict[str, set[str]] = {}  # by rater: ids
        self._read()

    def upcoming(self, rater: str) -> Sequence[Comparison]:
        """What a rater may answer next, one of each kind that is left; `shown` is for this rater."""
        found = [self._next_for(rater, kind) for kind in KINDS]
        return [_keyed(question.comparison) for question in found if question is not None]

    def progress(self, rater: str) -> tuple[int, int]:
        """How many comparisons the rater has answered, repetitions left out, and of how many."""
        if rater not in self._answered:
            labels = self._store.labels(human=True).values()
            self._answered[rater] = {key_of(label.comparison) for label in labels if label.rater == rater}
        shown = {key for key, asked in self._asked.items() if asked.comparison.kind in KINDS}
        return len(self._answered[rater] & shown), len(shown)

    def find(self, key: str) -> Comparison | None:
        """The comparison of a key, None where there is none."""
        asked = self._find(key)
        return None if asked is None else _keyed(asked.comparison)

    def skip(self, key: str, rater: str) -> None:
        """Do not ask this rater that again, as long as this desk stands; nothing is kept.

        Raises:
            ValueError: there is no such comparison, or a skip is an answer to it, as `SKIPS` says: keep that.
        """
        asked = self._find(key)
        if asked is None:
            raise ValueError("there is no such comparison")
        check_skip(asked.comparison.kind)
        self._skipped.setdefault(rater, set()).add(asked.comparison.id)

    def keep(self, sent: Sent, rater: str) -> None:
        """Keep a label: it is on the disk when this returns, and once, however often it is sent.

        Raises:
            ValueError: another label has its id, the rater has answered this already, or it is no answer to it.
            OSError: the database failed; nothing was kept.
        """
        asked = self._find(sent.comparison)
        if asked is None:
            raise ValueError("there is no such comparison")
        comparison, is_gold = asked.comparison, asked.gold is not None
        question = self._next_for(rater, comparison.kind)
        is_next = question is not None and question.comparison.id == comparison.id
        label = Label(
            comparison=comparison.id,
            rater=rater,
            is_human=True,
            answer=sent.answer,
            time=datetime.now(UTC).isoformat(timespec="milliseconds"),
            seconds=sent.seconds,
            repeat_of=question.repeat_of if question is not None and is_next else "",
            is_gold=is_gold,
            reason=sent.reason,
        )
        try:
            self._store.answer(sent.id, label, sent.shown)
        except ValueError:
            # It may have been kept before, when nobody heard that it was: then at another time, before what was next.
            kept = self._store.labels(human=True).get(sent.id)
            if kept is None:
                raise
            if kept._replace(time=label.time, repeat_of=label.repeat_of) != label:
                raise ValueError("another label has this id: send it again as a new one") from None
        self.progress(rater)
        self._answered[rater].add(sent.comparison)

    def _next_for(self, rater: str, kind: Kind) -> Question | None:
        return self._store.next_for(rater, kind=kind, without=tuple(self._skipped.get(rater, ())))

    def _find(self, key: str) -> Asked | None:
        if key not in self._asked:
            self._read()
        return self._asked.get(key)

    def _read(self) -> None:
        self._asked = {key_of(asked.comparison.id): asked for asked in self._store.asked()}


def _keyed(comparison: Comparison) -> Comparison:
    return comparison._replace(id=key_of(comparison.id))
