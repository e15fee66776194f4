"""Who hears what, and when? Words come a step later, stay in their world and their episode, and are kept with it."""

import copy
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.houses import house
from worlds.events import Speak
from worlds.language.cleaning import CUT
from worlds.language.tokens import MAX_CHARACTERS
from worlds.scenario import make_scenario
from worlds.simulator import DISABLED, NEXT_STEP, SAME_STEP, Simulator
from worlds.state import WAIT
from worlds.talk import KEPT, Spoken

ROOM = """
A...c
....B

A Ann facing east
B Bob facing west
c red cup
"""


@pytest.fixture
def sim() -> Simulator:
    return house(ROOM, worlds=3)


def step(sim: Simulator, times: int = 1) -> None:
    for _ in range(times):
        sim.step(np.full((sim.worlds, sim.agents), WAIT))


def words(turns: tuple[Spoken, ...]) -> list[str]:
    return [turn.words for turn in turns]


def test_what_is_said_is_heard_at_the_next_step(sim):
    step(sim, 2)
    assert sim.speak(1, "Ann", "Bob", "where is the cup?") == Spoken(2, "Ann", "Bob", "where is the cup?")
    assert [sim.heard(1, name) for name in ("Ann", "Bob")] == [(), ()], "not even by who said it"
    assert words(sim.talk(1)) == ["where is the cup?"]
    step(sim)
    assert sim.heard(1, "Ann") == sim.heard(1, "Bob") == (Spoken(2, "Ann", "Bob", "where is the cup?"),)
    sim.speak(1, "Bob", "Ann", "behind you")
    assert words(sim.heard(1, "Ann")) == ["where is the cup?"]
    step(sim)
    assert words(sim.heard(1, "Ann")) == ["where is the cup?", "behind you"]


def test_it_is_heard_by_nobody_else(sim):
    sim.speak(0, "person", "Ann", "the red one")
    sim.speak(2, "person", "Bob", "wait there")
    step(sim)
    heard = {(w, name): words(sim.heard(w, name)) for w in range(3) for name in ("Ann", "Bob")}
    assert {who: said for who, said in heard.items() if said} == {
        (0, "Ann"): ["the red one"],
        (2, "Bob"): ["wait there"],
    }
    assert words(sim.heard(0, "person")) == ["the red one"]


@pytest.mark.parametrize("autoreset", [SAME_STEP, NEXT_STEP, DISABLED])
def test_an_episode_that_ends_takes_its_talk_along(autoreset):
    """World 1 begins anew one step later than world 0: each forgets with its own episode."""
    sim = Simulator(make_scenario("house", step_limit=5), 2, levels=2, autoreset=autoreset)
    sim.state.step_limit[:] = 3, 4
    for w in (0, 1):
        sim.speak(w, "person", sim.names(w)[0], "hello")
    step(sim, 2)
    assert all(words(sim.talk(w)) == ["hello"] for w in (0, 1))
    step(sim)
    gone = {SAME_STEP: [[], ["hello"]], NEXT_STEP: [["hello"]] * 2, DISABLED: [["hello"]] * 2}
    assert [words(sim.talk(w)) for w in (0, 1)] == gone[autoreset]
    step(sim, 2)
    assert [words(sim.talk(w)) for w in (0, 1)] == ([["hello"]] * 2 if autoreset == DISABLED else [[], []])


def test_a_reset_begins_with_nothing_said(sim):
    """Also where the seed, and so the number of the episode, is the one from before."""
    for w in (0, 1):
        sim.speak(w, "person", "Ann", "hello")
    sim.reset(seed=0, chosen=np.array([True, False, False]))
    assert sim.state.episode.tolist() == [1, 1, 1]
    assert [words(sim.talk(w)) for w in range(3)] == [[], ["hello"], []]
    sim.reset()
    assert words(sim.talk(1)) == []


def test_listeners_are_told_of_clean_words(sim):
    told = []

    class Listener:
        def applied(self, w, event):
            told.append((w, event))

        def stepped(self):
            pass

        def jumped(self):
            pass

    sim.listeners.append(Listener())
    sim.apply(2, Speak("Ann\n", "Bob:", "  give me\tthe \u202ecup\n"))
    sim.speak(2, "Ann", "Bob", " \u200b\x07")
    assert told == [(2, Speak("Ann", "Bob", "give me the cup"))]
    assert sim.talk(2) == (Spoken(0, "Ann", "Bob", "give me the cup"),)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((3, "Ann", "Bob", "a"), "world is 3, allowed are 0 to 2"),
        ((-1, "Ann", "Bob", "a"), "world is -1"),
        ((0, None, "Bob", "a"), "speaker is None: give a text"),
        ((0, "Ann", 7, "a"), "listener is 7: give a text"),
        ((0, "Ann", "Bob", b"a"), "words is b'a': give a text"),
    ],
)
def test_what_is_no_talk_is_refused(sim, arguments, message):
    with pytest.raises(ValueError, match=message):
        sim.speak(*arguments)
    assert not any(sim.talk(w) for w in range(3))


ODD = st.text(st.characters() | st.sampled_from("\x00\x1b\u202e\u2066\u200f\u200b\ufeff\u2028\ud800 :\n"))


@settings(max_examples=60, deadline=None)
@given(ODD, ODD, ODD, st.integers(1, 20_000))
def test_odd_words_are_cut_and_never_crash(speaker, listener, said, times):
    sim = house(ROOM)
    sim.speak(0, speaker, listener, said * times)
    for turn in sim.talk():
        assert len(turn.words) <= MAX_CHARACTERS and 0 < len(turn.speaker) <= 24
        assert all(text.isprintable() and text.strip() == text for text in turn[1:])
    step(sim)
    assert sim.heard(0, listener) == sim.talk()
    again = house(ROOM)
    again.restore(sim.save())
    assert again.talk() == sim.talk()


def test_a_very_long_speech_says_that_it_was_cut(sim):
    said = sim.speak(0, "person", "Ann", "put the cup on the table and " * 5000)
    assert said is not None and len(said.words) == MAX_CHARACTERS and said.words.endswith(CUT)


def test_only_the_last_turns_of_an_episode_are_kept(sim):
    for n in range(KEPT + 3):
        sim.speak(0, "person", "Ann", f"word {n}")
    assert words(sim.talk())[::255] == ["word 3", "word 258"]
    assert len(sim.talk()) == KEPT == 256


# ---- kept ----------------------------------------------------------------------------------------------
def test_what_was_said_is_saved_and_restored(sim):
    quiet = sim.digest(), sim.save()
    step(sim)
    sim.speak(1, "Ann", "Bob", "where is “the cup”?")
    step(sim)
    sim.speak(1, "Bob", "Ann", "behind you")
    saved, spoken, digest = sim.save(), sim.talk(1), sim.digest()
    step(sim)
    sim.speak(1, "Bob", "Ann", "no, in front of you")
    other = house(ROOM, worlds=3, seed=7)
    other.speak(0, "person", "Ann", "hello")
    for one in (sim, other):
        one.restore(saved)
        assert (one.talk(1), one.talk(0), one.digest()) == (spoken, (), digest)
    assert words(other.heard(1, "Bob")) == ["where is “the cup”?"]
    sim.restore(quiet[1])
    assert (sim.talk(1), sim.digest()) == ((), quiet[0])


def test_silence_is_not_saved_and_words_change_the_digest(sim):
    assert "talk" not in sim.save()
    before = sim.digest()
    sim.speak(0, "person", "Ann", "hello")
    assert sim.digest() != before
    assert sim.save()["talk"].dtype == np.uint8
    sim.reset()
    assert "talk" not in sim.save()


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy])  # a pickle is made as these are
def test_a_copy_has_a_talk_of_its_own(sim, again):
    sim.speak(0, "person", "Ann", "hello")
    twin = again(sim)
    assert twin.talk() == sim.talk() and twin.digest() == sim.digest()
    twin.speak(0, "person", "Ann", "are you there?")
    assert words(sim.talk()) == ["hello"]


def packed(rows: object) -> np.ndarray:
    return np.frombuffer(json.dumps(rows).encode(), np.uint8)


ROW = [1, 1, "Ann", "Bob", "hello"]


@pytest.mark.parametrize(
    ("talk", "message"),
    [
        (np.zeros(3, np.int8), "is no uint8"),
        (np.zeros((3, 3), np.uint8), "is no uint8"),
        ([ROW], "is no uint8"),
        (packed([ROW])[:-5], "is no JSON"),
        (np.full(9, 255, np.uint8), "is no JSON"),
        (np.frombuffer(b"[" * 100_000, np.uint8), "is no JSON"),
        (packed({}), "is a dict, a list of turns is needed"),
        (packed([ROW, ROW[:-1]]), r"\[1\] is no list of world, step, speaker, listener, words"),
        (packed([[3, *ROW[1:]]]), r"\[0\], the world, is 3, allowed are 0 to 2"),
        (packed([[True, *ROW[1:]]]), "the world, is True"),
        (packed([[1, 3, *ROW[2:]]]), "the step, is 3, allowed are 0 to 2"),
        (packed([[1, 2, *ROW[2:]], ROW]), r"\[1\], the step, is 1, allowed are 2 to 2"),
        (packed([[*ROW[:4], "hello\n"]]), "words is 'hello.*no text as it is written"),
        (packed([[*ROW[:4], ""]]), "words is '', no text"),
        (packed([[*ROW[:4], "\ud800"]]), "words is .*no text"),
        (packed([[*ROW[:4], 5]]), "words is 5, no text"),
        (packed([[1, 1, "A:", *ROW[3:]]]), "speaker is 'A:', no text"),
        (packed([[*ROW[:3], "x" * 25, "hello"]]), "listener is 'xxx.*no text"),
        (packed([ROW] * (KEPT + 1)), r"\[256\] is more than the 256 turns"),
    ],
)
def test_a_damaged_talk_is_refused_in_a_sentence(sim, talk, message):
    sim.speak(0, "person", "Ann", "hello")
    step(sim, 2)
    before = sim.digest()
    with pytest.raises(ValueError, match=f"^what was saved: talk.*{message}"):
        sim.restore(sim.save() | {"talk": talk})
    assert sim.digest() == before, "nothing has changed"


def test_damage_anywhere_is_refused_or_harmless(sim):
    """A byte is changed at a time; what is still accepted is a talk."""
    sim.speak(1, "Ann", "Bob", "where is the cup?")
    step(sim)
    sim.speak(1, "Bob", "Ann", "behind you")
    saved, rng, refused = sim.save(), np.random.default_rng(0), 0
    for _ in range(400):
        talk = saved["talk"].copy()
        talk[rng.integers(len(talk))] = rng.integers(256)
        try:
            sim.restore(saved | {"talk": talk})
        except ValueError as error:
            assert str(error).startswith("what was saved: talk")
            refused += 1
        assert all(isinstance(turn, Spoken) for w in range(3) for turn in sim.talk(w))
    assert 50 < refused < 400
