"""Are a page's labels in the store as they were given: once each, a person's, with sides, repetitions, gold checks?"""

import json

import pytest

pytest.importorskip("sqlalchemy", reason="the store needs sqlalchemy")

from social_rl.human_feedback.labelling.answers import sent_of
from social_rl.human_feedback.labelling.desk import key_of
from social_rl.human_feedback.labelling.stored import StoreDesk
from social_rl.human_feedback.preferences.store import APART, open_store
from tests.social_rl.human_feedback.labelling.desks import comparison
from tests.social_rl.human_feedback.labelling.live import label_of


def sent(name, number, answer=None, **more):
    """A label as it came from a page."""
    return sent_of(json.dumps(label_of(name, number, answer, **more)).encode())


@pytest.fixture
def store(tmp_path):
    store = open_store(tmp_path / "labels.sqlite")
    store.ask([comparison(name)._replace(id=name) for name in ("first", "second")])
    store.ask(
        [comparison("thumb", "vote")._replace(id="thumb"), comparison("d", "demonstration")._replace(id="d")]
    )
    yield store
    store.close()


@pytest.fixture
def desk(store):
    return StoreDesk(store)


def test_one_question_of_each_kind_that_a_page_can_show(desk):
    assert [(one.id, one.kind) for one in desk.upcoming("ann")] == [
        (key_of("first"), "choice"),
        (key_of("thumb"), "vote"),
    ]
    assert desk.progress("ann") == (0, 3), "demonstrations are not for a page"


def test_a_key_does_not_tell_the_id(desk):
    assert desk.find(key_of("first")).id == key_of("first") and desk.find("first") is None
    assert len(key_of("x" * 200)) == 32


def test_a_label_is_a_persons_with_the_sides_of_the_screen(desk, store):
    desk.keep(sent("first", 1, {"best": 1}, shown=[1, 0], reason="it is kind"), "ann")
    [(id, label)] = store.labels(human=True).items()
    assert id == f"{1:032x}" and store.labels(human=False) == {}
    assert (label.comparison, label.rater, label.is_human) == ("first", "ann", True)
    assert (label.answer, label.seconds, label.reason) == ({"best": 1}, 1.5, "it is kind")
    assert (label.repeat_of, label.is_gold) == ("", False)
    assert store.given(human=True)[0].shown == (1, 0)
    assert desk.progress("ann") == (1, 3) and desk.progress("ben") == (0, 3)
    assert desk.upcoming("ann")[0].id == key_of("second") and desk.upcoming("ben")[0].id == key_of("first")


def test_sent_again_it_counts_once_though_time_has_passed(desk, store):
    for _ in range(3):
        desk.keep(sent("first", 1), "ann")
    assert len(store.labels(human=True)) == 1 and desk.progress("ann") == (1, 3)
    StoreDesk(store).keep(sent("first", 1), "ann")  # a server that was started again
    assert len(store.labels(human=True)) == 1


@pytest.mark.parametrize(
    ("again", "rater"),
    [
        (sent("first", 1, {"best": 1}), "ann"),
        (sent("first", 1, reason="other"), "ann"),
        (sent("second", 1), "ann"),
        (sent("first", 1), "ben"),
    ],
)
def test_another_label_of_the_same_id_is_refused(desk, store, again, rater):
    desk.keep(sent("first", 1), "ann")
    with pytest.raises(ValueError):
        desk.keep(again, rater)
    assert len(store.labels(human=True)) == 1


def test_the_same_question_in_two_windows_is_answered_once(desk, store):
    desk.keep(sent("first", 1), "ann")
    with pytest.raises(ValueError, match="answered this comparison"):
        desk.keep(sent("first", 2, {"best": 1}), "ann")
    assert [label.answer for label in store.labels(human=True).values()] == [{"best": 0}]


def test_what_was_never_asked_is_refused(desk, store):
    with pytest.raises(ValueError, match="no such comparison"):
        desk.keep(sent("never", 1), "ann")
    assert store.labels(human=True) == {}


def test_a_comparison_that_is_asked_later_is_found(desk, store):
    store.ask([comparison("new", "ranking")._replace(id="new")])
    assert key_of("new") in {one.id for one in desk.upcoming("ann")}
    assert desk.find(key_of("new")).kind == "ranking"
    desk.keep(sent("new", 1, {"order": [[3], [0, 1], [2]]}), "ann")
    assert store.labels(human=True)[f"{1:032x}"].answer == {"order": [[3], [0, 1], [2]]}


def test_what_is_skipped_is_not_asked_again_by_this_desk_and_nothing_is_kept(desk, store):
    store.ask([comparison("up", "vote")._replace(id="up")])
    desk.skip(key_of("thumb"), "ann")
    assert [one.id for one in desk.upcoming("ann")] == [key_of("first"), key_of("up")]
    desk.keep(sent("up", 1, {"vote": 1}), "ann")
    desk.skip(key_of("thumb"), "ann")
    assert [one.kind for one in desk.upcoming("ann")] == ["choice"]
    assert desk.upcoming("ben")[1].id == key_of("thumb"), "others have not skipped it"
    assert StoreDesk(store).upcoming("ann")[1].id == key_of("thumb"), "nor is it so for ever"
    assert len(store.labels(human=True)) == 1 and desk.progress("ann") == (1, 4)


def test_a_choice_is_skipped_by_an_answer_and_nothing_unknown_is(desk):
    with pytest.raises(ValueError, match="by the answer"):
        desk.skip(key_of("first"), "ann")
    with pytest.raises(ValueError, match="no such comparison"):
        desk.skip(key_of("never"), "ann")


def test_a_repetition_can_be_skipped_and_another_one_is_answered_as_it_is(tmp_path):
    store = open_store(tmp_path / "many.sqlite")
    store.ask([comparison(f"v{i}", "vote")._replace(id=f"v{i}") for i in range(60)])
    desk, number, skipped, by_key = StoreDesk(store), 0, set(), {key_of(f"v{i}"): f"v{i}" for i in range(60)}
    while upcoming := desk.upcoming("ann"):
        name, answered = by_key[upcoming[0].id], [one.comparison for one in store.labels(human=True).values()]
        if name in answered and name not in skipped:
            desk.skip(upcoming[0].id, "ann")
            skipped.add(name)
            assert by_key[desk.upcoming("ann")[0].id] != name
            continue
        number += 1
        desk.keep(sent(name, number, {"vote": 1}), "ann")
    assert skipped and not any(label.repeat_of for label in store.labels(human=True).values())
    assert len(store.labels(human=True)) == 60
    store.close()


def test_gold_checks_and_repetitions_are_marked(tmp_path):
    store = open_store(tmp_path / "many.sqlite")
    names = [f"c{i}" for i in range(60)]
    store.ask([comparison(name)._replace(id=name) for name in names], {"c5": {"best": 1}, "c9": {"best": 0}})
    desk = StoreDesk(store)
    by_key = {key_of(name): name for name in names}
    number = 0
    while upcoming := desk.upcoming("ann"):
        assert len(upcoming) == 1
        name, number = by_key[upcoming[0].id], number + 1
        given = sent(name, number, shown=list(upcoming[0].shown))
        desk.keep(given, "ann")
        desk.keep(given, "ann")  # nobody heard that it was kept
    labels = store.labels(human=True)
    store.close()
    repeated = [label for label in labels.values() if label.repeat_of]
    assert len(labels) == number == 60 + len(repeated) and repeated, "about a tenth is asked twice"
    assert all(labels[label.repeat_of].comparison == label.comparison for label in repeated)
    order = [*labels]
    assert all(
        order.index(id) - order.index(label.repeat_of) > APART
        for id, label in labels.items()
        if label.repeat_of
    )
    assert {label.comparison for label in labels.values() if label.is_gold} == {"c5", "c9"}
    assert desk.progress("ann") == (60, 60)
