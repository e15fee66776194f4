"""Comparisons and labels for tests."""

from social_rl.human_feedback.preferences.comparison import Comparison, Item, Label

VERSIONS = {"schema": "1", "rules": "r", "grammar": "g"}


def item(text="done", **features):
    return Item("first", "a" * 64, "put the cup on the table", text, "replays/one.jsonl", features)


def comparison(id="c0", kind="choice", items=None, round=0, level="l", **others):
    number = {"choice": 2, "ranking": 4}.get(kind, 1)
    items = tuple(items or (item(worth=float(i)) for i in range(number)))
    values = {"shown": tuple(range(len(items))), "versions": dict(VERSIONS), **others}
    return Comparison(id, round, level, kind, items, **values)


def label(of="c0", rater="ann", answer=None, **others):
    values = {
        "is_human": True, "time": "2026-11-30T12:00:00+00:00", "seconds": 1.5, "repeat_of": "", "is_gold": False,
        "reason": "", **others,
    }  # fmt: skip
    return Label(comparison=of, rater=rater, answer=answer or {"best": 0}, **values)
