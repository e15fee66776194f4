"""Does the simulated person react as they feel, and are rewards read from their words? Talks made by hand."""

import json

import numpy as np
import pytest

from social_rl.human_feedback.offline.person import EFFECTS, NEEDS, Person, habitual, hold_talks, sayings
from social_rl.human_feedback.offline.reading import batch_of, seen, vocabulary_of
from social_rl.human_feedback.offline.rewards import REWARDS
from social_rl.human_feedback.offline.sentiment import SIGNALS, Classifier, sentiment, signals, table
from social_rl.human_feedback.offline.talks import KINDS, MOST_TURNS, Talk, Turn, read_talks, write_talks

TALK = Talk(
    (
        Turn("fetch me the book", "switch", "no not that fetch me the book", -1),
        Turn("no not that fetch me the book", "fetch", "great thanks the light please", 1),
        Turn("great thanks the light please", "acknowledge", "the light please", 0),
        Turn("the light please", "explain", "never mind I will do it myself bye", 0),
    ),
    is_over=True,
    is_human=False,
)


def a_person(needs: list[str], is_vague: bool = False, is_talkative: bool = False) -> Person:
    person = Person(np.random.default_rng(0))
    person.needs, person.is_vague, person.is_talkative = needs, is_vague, is_talkative
    return person


def test_every_need_is_met_by_a_kind_of_reply_and_can_be_said():
    assert set(NEEDS) <= set(KINDS) and len(KINDS) == 12
    assert set(sayings()["request"]) == set(sayings()["vague"]) == set(NEEDS)
    shown = {what for effect in EFFECTS.values() for what in effect.shown} - {"", "repeats"}
    assert shown <= set(sayings())


@pytest.mark.parametrize(
    ("needs", "is_vague", "is_talkative", "reply", "felt"),
    [
        (["fetch"], False, False, "fetch", "met"),
        (["fetch"], False, False, "switch", "wrong"),
        (["fetch"], True, False, "ask which", "asked well"),
        (["fetch"], False, False, "ask which", "asked needlessly"),
        (["fetch"], False, False, "acknowledge", "delayed"),
        (["fetch"], False, True, "chat", "amused"),
        (["fetch"], False, False, "joke", "bored"),
        (["fetch"], False, True, "explain", "bored"),
        (["fetch"], False, False, "goodbye", "sent away"),
        (["fetch"], False, False, "apologise", "delayed"),
        ([], False, False, "goodbye", "parted"),
        ([], False, True, "fetch", "wrong"),
    ],
)
def test_what_a_reply_feels_like(needs, is_vague, is_talkative, reply, felt):
    person = a_person(needs, is_vague, is_talkative)
    gained = person.hear(reply)
    gave_up = felt == "sent away"
    assert gained == EFFECTS[felt].satisfaction - gave_up
    assert person.is_over == (felt in ("sent away", "parted"))


def test_an_apology_soothes_after_a_wrong_reply_alone():
    person = a_person(["fetch"])
    person.hear("switch")
    assert person.hear("apologise") == EFFECTS["soothed"].satisfaction
    assert person.hear("apologise") == EFFECTS["delayed"].satisfaction


def test_a_question_makes_a_vague_request_plain():
    person = a_person(["tell where"], is_vague=True)
    person.hear("ask which")
    assert person.words in sayings()["request"]["tell where"]


def test_who_runs_out_of_patience_leaves():
    person = a_person(["fetch"])
    replies = 0
    while not person.is_over:
        person.hear("switch")
        replies += 1
    assert replies == 4 and person.satisfaction == -4 - 1  # 1 - 4 × .3 < 0, and one for giving up
    assert any(person.words.endswith(line) for line in sayings()["leaves"]["cross"])


def test_a_talk_with_one_who_only_chats_is_cut_where_the_person_likes_it():
    held = hold_talks(lambda talks, words: ["chat"] * len(words), 50, 0, 0)
    lengths = [len(talk.turns) for talk in held.talks]
    assert max(lengths) == MOST_TURNS and min(lengths) < 6
    assert all(talk.is_over == (len(talk.turns) < MOST_TURNS) for talk in held.talks)


def test_votes_are_given_in_their_share_of_talks_alone():
    held = hold_talks(habitual(0), 400, 0.05, 0)
    voted = [talk for talk in held.talks if any(turn.vote for turn in talk.turns)]
    assert 8 <= len(voted) <= 35
    assert all(turn.vote for talk in voted for turn in talk.turns)
    assert not any(t.vote for talk in hold_talks(habitual(0), 50, 0, 0).talks for t in talk.turns)


def test_the_same_seed_holds_the_same_talks():
    one, two, other = (hold_talks(habitual(seed), 5, 0.5, seed).talks for seed in (0, 0, 1))
    assert one == two != other


def test_signals_are_read_from_words():
    assert [signals(turn) for turn in TALK.turns] == [
        {"corrects"}, {"thanks"}, {"repeats"}, {"takes_over", "leaves"},
    ]  # fmt: skip
    assert signals(Turn("", "fetch", "ugh come on", 0)) == {"sighs"}
    assert set(table()["signals"]) | {"repeats"} == set(SIGNALS)


def test_the_lexicon_adds_up_and_is_cut():
    assert sentiment("Great, thanks!") == 1  # .8 + .7
    assert sentiment("that is wrong") == pytest.approx(-0.9)
    assert sentiment("the lamp") == 0


def test_the_classifier_tells_praise_from_blame_in_words_that_it_did_not_learn_from():
    classifier = Classifier()
    learned = {line for text in table()["examples"].values() for line in text.strip().split("\n")}
    praise, blame = sayings()["thanks"]["any"], sayings()["corrects"]["any"]
    assert not {*praise, *blame} <= learned
    assert classifier.sentiment(list(praise)).mean() > 0.4
    assert classifier.sentiment(list(blame)).mean() < -0.4
    assert (classifier.sentiment(["great thanks"]) == Classifier().sentiment(["great thanks"])).all()


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("signals", [-1, 1, -0.5, -1]),
        ("thanks", [0, 1, 0, 0]),
        ("votes", [-1, 1, 0, 0]),
        ("both", [-2, 2, -0.5, -1]),
        ("tokens", [0.5, 0.6, 0.3, 4.0]),
        ("turns", [0.1, 0.1, 0.1, 0]),
        ("talk", [0, 0, 0.4, 0]),
    ],
)
def test_rewards_of_a_talk(name, wanted):
    assert REWARDS[name]([TALK])[0].tolist() == pytest.approx(wanted)


def test_a_talk_of_one_turn_and_one_that_is_cut():
    one = TALK._replace(turns=TALK.turns[:1])
    assert REWARDS["talk"]([one])[0].tolist() == [0]
    assert REWARDS["turns"]([one, one._replace(is_over=False)])[1].tolist() == [pytest.approx(0.1)]


def test_what_is_seen_is_the_last_two_sayings_and_replies():
    vocabulary = {"book": 0, "light": 1, "thanks": 2}
    seen_X = seen(TALK.turns[:2], "great thanks the light please", vocabulary)
    assert seen_X[:6].tolist() == [0, 1, 1, 1, 0, 0]  # now: light, thanks; before: book
    replies = seen_X[6:-1].reshape(2, 12)
    assert [KINDS[i] for i in replies.argmax(1)] == ["fetch", "switch"] and replies.sum() == 2
    assert seen_X[-1] == pytest.approx(2 / MOST_TURNS)
    assert not seen([], "unheard of", vocabulary).any()


def test_a_log_as_arrays_ends_where_the_person_left_alone():
    cut = TALK._replace(is_over=False)
    batch = batch_of([TALK, cut], vocabulary_of([TALK, cut]))
    assert batch.over_N.tolist() == [False] * 3 + [True] + [False] * 4
    assert [KINDS[a] for a in batch.action_N[:4]] == ["switch", "fetch", "acknowledge", "explain"]
    assert (batch.next_NX[0] == batch.state_NX[1]).all() and (batch.next_NX[0] != batch.state_NX[0]).any()


def test_talks_are_written_and_read_back(tmp_path):
    file = tmp_path / "talks.jsonl"
    talks = [TALK, TALK._replace(is_human=True)]
    write_talks(file, talks)
    assert read_talks(file) == talks


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"is_over": 1}, "is_over is 1"),
        ({"turns": []}, r"turns is \[\]"),
        ({"turns": [{"said": "a"}]}, "turn 1 is no turn"),
        ({"turns": [{"said": "a", "reply": "fetsch", "answered": "b", "vote": 0}]}, "did you mean 'fetch'"),
        ({"turns": [{"said": "a", "reply": "fetch", "answered": "b", "vote": True}]}, "vote is True"),
        ({"more": 1}, "no talk"),
    ],
)
def test_a_line_that_is_no_talk_is_refused(tmp_path, change, named):
    file = tmp_path / "talks.jsonl"
    good = {"turns": [TALK.turns[0]._asdict()], "is_over": True, "is_human": True}
    file.write_text(json.dumps(good) + "\n" + json.dumps(good | change) + "\n")
    with pytest.raises(ValueError, match=f"line 2.*{named}"):
        read_talks(file)
