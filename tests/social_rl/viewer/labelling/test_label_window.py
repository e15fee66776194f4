"""Does a person compare episodes in the window, and is the store told what they answered? Posted events throughout."""

import os

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import numpy as np
import pygame
import pytest

pytest.importorskip("sqlalchemy", reason="the store needs sqlalchemy")

from social_rl.human_feedback.labelling.desk import DAMAGED
from social_rl.human_feedback.preferences.store import open_store
from social_rl.viewer.controls import manual
from social_rl.viewer.drawing import theme
from social_rl.viewer.drawing.canvas import Canvas
from social_rl.viewer.drawing.theme import Theme
from social_rl.viewer.labelling import keys
from social_rl.viewer.labelling.commands import COMMANDS, do, until_next
from social_rl.viewer.labelling.model import AGAIN, HELD, MORE
from social_rl.viewer.labelling.picture import paint, render
from social_rl.viewer.labelling.reel import picture_at
from social_rl.viewer.labelling.window import handle, is_repeated
from tests.social_rl.human_feedback.labelling.desks import SECRET_POLICY, item
from tests.social_rl.viewer.labelling.windows import (
    PAIR,
    asking,
    click,
    fetched,
    handle_all,
    opened,
    press,
    write,
)


@pytest.fixture(scope="module")
def episode():
    return fetched()


@pytest.fixture
def load(episode):
    return lambda replay: episode[0]


@pytest.fixture(autouse=True)
def screen():
    pygame.display.init()
    pygame.event.clear()
    yield pygame.display.set_mode((1280, 800))
    pygame.display.quit()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "labels.sqlite"


def answers(path) -> list:
    """What the store holds, read anew."""
    store = open_store(path)
    found = [label.answer for label in store.labels(human=True).values()]
    store.close()
    return found


# ---- answers -------------------------------------------------------------------------------------------
def test_every_kind_is_answered_by_keys(path, load):
    four = (PAIR[0],) * 4
    store = asking(
        path,
        ("choice", "choice", PAIR, (1, 0)),
        ("ranking", "ranking", four, (2, 0, 3, 1)),
        ("progress", "progress", PAIR[:1]),
        ("vote", "vote", PAIR[:1]),
        ("correction", "correction"),
    )
    state = opened(store, load)
    sides = []
    for pressed in (
        ["1"],
        ["2", "t", "3", "1", "4", "return"],
        ["home", "u", "right", "n", "end", "d", "backspace", "d", "return"],
        ["d"],
    ):
        sides.append(state.question.shown)
        press(state, *pressed, "return")
    press(state, "w")
    write(state, "which cup?")
    press(state, "return")
    write(state, "the red one?")
    press(state, "return", mod=pygame.KMOD_CTRL)
    press(state, "return")
    ranked, rows = sides[1], [[1, 2], [0], [3]]  # places: 2 and 3 tie, then 1, then 4
    assert answers(path) == [
        {"best": sides[0][0]},
        {"order": [[ranked[place] for place in row] for row in rows]},
        {"marks": [[0, 1], [1, 0], [3, -1]]},
        {"vote": -1},
        {"text": "which cup?\nthe red one?"},
    ]
    assert [given.shown for given in store.given(human=True)][:2] == sides[:2]
    assert state.question is None and (state.done, state.everything) == (5, 5)


def test_every_kind_is_answered_by_mouse(path, load):
    store = asking(
        path,
        ("choice", "choice", PAIR),
        ("ranking", "ranking", PAIR),
        ("progress", "progress", PAIR[:1]),
        ("vote", "vote", PAIR[:1]),
        ("correction", "correction"),
    )
    state = opened(store, load)
    click(state, "tie")
    press(state, "return")
    first, second = state.question.shown
    click(state, "rank", 1, 0)
    click(state, "rank", 0, 1)
    click(state, "send")
    press(state, "return")
    click(state, "go to", 0)
    click(state, "thumb", 1)
    click(state, "send")
    press(state, "return")
    click(state, "thumb", 1)
    press(state, "return")
    click(state, "write")
    write(state, "ask")
    click(state, "send")
    press(state, "return")
    assert answers(path) == [
        {"best": "tie"},
        {"order": [[second], [first]]},
        {"marks": [[0, 1]]},
        {"vote": 1},
        {"text": "ask"},
    ]


def test_an_answer_is_held_then_stored(path, load):
    state = opened(asking(path, ("a", "choice", PAIR), ("b", "choice", PAIR)), load)
    do(state, "tick", 7.25)
    press(state, "2")
    assert "Z takes it back" not in state.notice and until_next(state) <= HELD
    do(state, "tick", 7.25 + HELD - 0.01)
    assert answers(path) == []
    side = state.question.shown[1]
    do(state, "tick", 7.25 + HELD)
    assert answers(path) == [{"best": side}] and state.notice == "Stored."
    store = open_store(path)
    [label] = store.labels(human=True).values()
    assert (label.rater, label.is_human, label.seconds) == ("ann", True, 7.25)
    store.close()
    assert (state.done, state.everything) == (1, 2)


def test_an_answer_is_undone_until_it_is_stored(path, load):
    state = opened(asking(path, ("a", "choice", PAIR)), load)
    press(state, "1")
    assert state.chosen == (0,)
    press(state, "2")
    assert state.chosen == (0,), "one answer at a time"
    press(state, "z")
    do(state, "tick", 100.0)
    assert answers(path) == [] and state.chosen == ()
    press(state, "t")
    click(state, "undo")
    press(state, "2")
    side = state.question.shown[1]
    press(state, "return", "z")
    assert answers(path) == [{"best": side}], "what was stored stays stored"
    assert "stays stored" in state.notice


def test_a_draft_is_taken_apart_again(path, load):
    state = opened(asking(path, ("a", "ranking", PAIR), ("b", "progress", PAIR[:1])), load)
    press(state, "return")
    assert state.held is None and state.notice == "Rank all of them first."
    press(state, "1", "backspace", "2", "1")
    order = [[state.question.shown[1]], [state.question.shown[0]]]
    press(state, "return", "return")
    press(state, "u", "backspace", "return")
    assert state.held is None and state.notice == "Mark a step first: U, D or N."
    assert answers(path) == [{"order": order}]


def test_a_reason_is_kept_with_the_answer_even_if_it_is_written_while_that_is_held(path, load):
    state = opened(asking(path, ("a", "choice", PAIR), ("b", "choice", PAIR)), load)
    press(state, "e")
    write(state, "neat, 1st")
    assert state.held is None, "characters that are written are no keys"
    press(state, "return", "t", "return")
    press(state, "1", "e")
    do(state, "tick", 60.0)
    assert len(answers(path)) == 1, "while a reason is written, the answer waits"
    write(state, "quick")
    press(state, "escape")
    do(state, "tick", 60.0 + HELD)
    store = open_store(path)
    assert [label.reason for label in store.labels(human=True).values()] == ["neat, 1st", "quick"]
    store.close()


def test_a_choice_is_skipped_by_an_answer_and_other_kinds_without(path, load):
    store = asking(
        path,
        ("a", "choice", PAIR),
        ("b", "ranking", PAIR),
        ("c", "vote", PAIR[:1]),
        ("d", "correction"),
        ("e", "correction"),
    )
    state = opened(store, load)
    press(state, "s", "return")
    assert answers(path) == [{"best": "skip"}]
    kinds = []
    for _ in range(4):
        kinds.append(state.question.kind)
        press(state, "s")
    assert state.question is None
    assert kinds == ["ranking", "vote", "correction", "correction"] and state.skipped == 4
    assert len(answers(path)) == 1
    do(state, "tick", MORE + 1)
    assert state.question is None, "in this session they are not asked again"
    assert opened(store, load).question.kind == "ranking", "in another one they are"


def test_later_shows_another_one_first(path, load):
    state = opened(asking(path, ("a", "choice", PAIR), ("b", "vote", PAIR[:1])), load)
    press(state, "l")
    assert state.question.kind == "vote"
    press(state, "l")
    assert state.question.kind == "choice"
    click(state, "later")
    press(state, "u", "return", "l")
    assert state.question.kind == "choice" and state.notice == "Nothing else is left."


def test_a_session_goes_on_where_it_was_left(path, load):
    store = asking(path, *((name, "choice", PAIR) for name in "abc"))
    state = opened(store, load)
    asked = [state.question.id]
    press(state, "1", "return")
    asked.append(state.question.id)
    press(state, "2")
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    handle_all(state)
    assert not state.is_open and len(answers(path)) == 2, "what is held is stored when the window is closed"
    state = opened(store, load)
    assert state.question.id not in asked and (state.done, state.everything) == (2, 3)
    assert opened(store, load, "ben").done == 0


def test_new_questions_show_by_themselves(path, load):
    store = asking(path, ("a", "vote", PAIR[:1]))
    state = opened(store, load)
    press(state, "u", "return")
    assert state.question is None and until_next(state) == MORE
    asking(path, ("b", "vote", PAIR[:1])).close()
    do(state, "tick", MORE)
    assert state.question is not None


# ---- a store that fails --------------------------------------------------------------------------------
def test_an_answer_that_could_not_be_stored_is_tried_again_under_its_id(path, load, monkeypatch):
    state = opened(asking(path, ("a", "choice", PAIR)), load)
    keep, sent = state.desk.keep, []

    def broken(one, rater):
        sent.append(one.id)
        raise OSError("the disk is full")

    monkeypatch.setattr(state.desk, "keep", broken)
    press(state, "space", "1", "return")
    assert "the disk is full" in state.trouble and until_next(state) == AGAIN
    press(state, "z")
    assert state.held is not None, "it may be stored already"
    press(state, "e")
    write(state, "too late")
    monkeypatch.setattr(state.desk, "keep", lambda one, rater: (sent.append(one.id), keep(one, rater)))
    do(state, "tick", AGAIN)
    [label] = state.desk._store.labels(human=True).values()
    assert label.reason == "", "the same id has the same content"
    assert len(sent) == 2 and sent[0] == sent[1] and state.trouble == "" and len(answers(path)) == 1


def test_an_answer_that_is_refused_is_told_and_passed_over(path, load):
    store = asking(path, ("a", "choice", PAIR), ("b", "choice", PAIR))
    one, two = opened(store, load), opened(store, load)
    press(one, "1", "return")
    press(two, "2", "return")
    assert "answered this comparison" in two.trouble and two.question.id == one.question.id
    assert len(answers(path)) == 1


def test_a_store_that_does_not_answer_is_asked_again(path, load, monkeypatch):
    state = opened(asking(path, ("a", "vote", PAIR[:1]), ("b", "vote", PAIR[:1])), load)
    upcoming = state.desk.upcoming

    def away(rater):
        raise OSError("nobody listens")

    monkeypatch.setattr(state.desk, "upcoming", away)
    press(state, "u", "return")
    assert state.question is None and "nobody listens" in state.trouble
    monkeypatch.setattr(state.desk, "upcoming", upcoming)
    do(state, "tick", AGAIN)
    assert state.question is not None and state.trouble == ""


# ---- clips ---------------------------------------------------------------------------------------------
def test_frames_are_what_was_seen(path, load, episode):
    state = opened(asking(path, ("a", "choice", PAIR)), load)
    for step, expected in enumerate(episode[1]):
        pixels = pygame.surfarray.array3d(picture_at(state.screens[0], step, 48)).swapaxes(0, 1)
        assert (pixels == expected).all(), step
    assert picture_at(state.screens[0], 9, 20).get_size() == (20 * 4, 20 * 3) or state.screens[0].last == 3


def test_clips_play_and_are_moved_together(path, load):
    state = opened(asking(path, ("a", "choice", PAIR)), load)
    assert state.clock.playing and state.clock.step == 0
    do(state, "tick", 0.19)
    assert state.clock.step == 0
    do(state, "tick", 0.21)
    assert state.clock.step == 1, "5 steps a second"
    pictures = []
    for step, key in ((0, "home"), (1, "right"), (2, "right"), (3, "end"), (2, "left")):
        press(state, key)
        assert state.clock.step == step and not state.clock.playing
        pictures.append(render(state))
    assert np.array_equal(pictures[2], pictures[4]) and not np.array_equal(pictures[2], pictures[3])
    press(state, "left", mod=pygame.KMOD_SHIFT)
    assert state.clock.step == 0
    press(state, "right", mod=pygame.KMOD_SHIFT)
    assert state.clock.step == 3


def test_speed_and_direction_change_what_is_shown_when(path, load):
    state = opened(asking(path, ("a", "choice", PAIR)), load)
    press(state, "end", "r", ",", ",", "space")
    assert state.clock.speed == 0.25
    do(state, "tick", 0.79)
    assert state.clock.step == 3
    do(state, "tick", 0.81)  # a step takes 1 / (5 × 0.25) = 0.8 seconds
    assert state.clock.step == 2
    press(state, *"......", "r", "space")
    assert state.clock.speed == 10 and not state.clock.playing
    press(state, "space")
    do(state, "tick", 0.81 + 0.021)
    assert state.clock.step == 3 and not state.clock.playing, "a step takes 0.02 seconds, and there it ends"
    click(state, "faster", -1)
    assert state.clock.speed == 4


def test_the_scrubber_is_dragged(path, load):
    state = opened(asking(path, ("a", "choice", PAIR)), load)
    line = next(area.rect for area in paint(state).areas if area.command == "scrub")

    def mouse(kind: int, share: float) -> None:
        at = round(line.left + share * line.width), line.centery
        given = (
            {"pos": at, "rel": (0, 0), "buttons": (1, 0, 0)}
            if kind == pygame.MOUSEMOTION
            else {"pos": at, "button": 1}
        )
        pygame.event.post(pygame.event.Event(kind, given))
        handle_all(state)

    seen = []
    mouse(pygame.MOUSEMOTION, 1.0)
    assert state.clock.step == 0, "nobody holds it"
    for kind, share in (
        (pygame.MOUSEBUTTONDOWN, 0.34),
        (pygame.MOUSEMOTION, 0.66),
        (pygame.MOUSEMOTION, 5.0),
        (pygame.MOUSEBUTTONUP, 0.0),
        (pygame.MOUSEMOTION, 0.0),
    ):
        mouse(kind, share)
        seen.append(state.clock.step)
    assert seen == [1, 2, 3, 3, 3]


def test_a_clip_that_cannot_be_shown_is_told_without_its_path(path, drawn):
    def damaged(replay):
        raise ValueError(f"/secret/{replay} is damaged")

    state = opened(asking(path, ("a", "choice", PAIR)), damaged)
    paint(state)
    assert any(DAMAGED.startswith(text) for text in drawn if len(text) > 20)
    assert not any("secret" in text for text in drawn)
    press(state, "s", "return")
    assert answers(path) == [{"best": "skip"}]


# ---- texts ---------------------------------------------------------------------------------------------
def test_a_correction_is_edited(path, load):
    state = opened(asking(path, ("a", "correction")), load)
    press(state, "return")
    assert "W" in state.notice and state.held is None
    press(state, "w")
    write(state, "the bue cup\x07")
    press(state, *["left"] * 6)
    write(state, "l")
    press(state, "home", "delete", "end", "backspace")
    write(state, "p, ?")
    assert state.draft.text.text == "he blue cup, ?"
    press(state, "escape", "?")
    assert state.help and state.draft.text.text == "he blue cup, ?"
    press(state, "?", "return", "return")
    assert answers(path) == [{"text": "he blue cup, ?"}]


def test_texts_have_a_largest_length(path, load):
    state = opened(asking(path, ("a", "correction")), load)
    do(state, "write")
    do(state, "type", "x" * 4000)
    do(state, "type", "y")
    assert len(state.draft.text.text) == 4000 and state.notice == "a correction has at most 4000 characters"
    do(state, "explain")
    do(state, "type", "x" * 1001)
    assert state.reason.text == "" and state.notice == "a reason has at most 1000 characters"


# ---- keys ----------------------------------------------------------------------------------------------
def test_every_key_has_a_command_and_fits_the_help():
    canvas = Canvas(pygame.Surface((10, 10)), Theme(1.0), [])
    for row in (*keys.JUDGING, *keys.PLAYING, *keys.WRITING):
        assert row.command in COMMANDS
        assert theme.width(row.words, theme.BODY) <= manual.ROOMY.column - manual.ROOMY.keys, row.words
        x = 0
        for shown in row.shown.split():
            x = canvas.key(shown, x, 5) + 4
        assert x <= manual.ROOMY.keys, row.shown
    with pytest.raises(ValueError, match="no command is called 'dance'"):
        do(None, "dance")


def test_the_help_covers_the_keys_below_it(path, load):
    state = opened(asking(path, ("a", "choice", PAIR)), load)
    plain = render(state)
    press(state, "?", "1", "e", "space")
    assert state.help and state.held is None and not state.reason.is_open
    assert not np.array_equal(render(state), plain)
    press(state, "escape")
    assert not state.help
    click(state, "help")
    assert state.help


def test_a_key_that_is_held_down_answers_once(path, load):
    state, held = opened(asking(path, ("a", "choice", PAIR)), load), set()
    down = pygame.event.Event(pygame.KEYDOWN, key=pygame.K_1, unicode="1", mod=0)
    right = pygame.event.Event(pygame.KEYDOWN, key=pygame.K_RIGHT, unicode="", mod=0)
    assert [is_repeated(state, down, held) for _ in range(2)] == [False, True]
    assert [is_repeated(state, right, held) for _ in range(2)] == [False, False]
    is_repeated(state, pygame.event.Event(pygame.KEYUP, key=pygame.K_1, mod=0), held)
    assert not is_repeated(state, down, held)


def test_text_grows_and_ctrl_q_closes(path, load):
    state = opened(asking(path, ("a", "choice", PAIR)), load)
    do(state, "resize", 1600, 1000)
    press(state, "=", mod=pygame.KMOD_CTRL)
    assert state.scale == 1.25
    press(state, "-", "-", mod=pygame.KMOD_CTRL)
    assert state.scale == 0.75
    press(state, "q", mod=pygame.KMOD_CTRL)
    assert not state.is_open


# ---- pictures ------------------------------------------------------------------------------------------
@pytest.fixture
def drawn(monkeypatch):
    """All texts that are drawn; each has to lie within the window."""
    found, text = [], Canvas.text

    def within(canvas, words, left, middle, *args, **kwargs):
        end = text(canvas, words, left, middle, *args, **kwargs)
        assert left >= 0 and end <= canvas.surface.get_width() and 0 < middle < canvas.surface.get_height(), (
            words
        )
        found.append(words)
        return end

    monkeypatch.setattr(Canvas, "text", within)
    return found


LONG = "put the cup that nobody has seen for days on the table beside the sink, " * 9 + "x" * 300


@pytest.mark.parametrize(
    ("size", "scale"),
    [((640, 420), 0.75), ((640, 420), 3.0), ((1000, 620), 1.0), ((900, 1400), 3.0), ((2560, 1440), 1.0)],
)
def test_nothing_is_cut_whatever_the_size_and_the_zoom(path, load, drawn, size, scale):
    long = item("", prompt=LONG, text="\n".join([LONG] * 9))
    own = item("replays/one.jsonl", prompt=f"else {LONG}", text=LONG)
    store = asking(
        path,
        ("a", "choice", (long, long)),
        ("b", "ranking", (own, long, own, long)),
        ("c", "progress", (own,)),
        ("d", "vote", (long,)),
        ("e", "correction", (long,)),
    )
    state = opened(store, load, "a" * 40)
    state.scale = scale
    do(state, "resize", *size)
    state.reason = state.reason.__class__(LONG, 300, True)
    for _ in range(5):
        for _ in range(2):
            painted = paint(state)
            assert painted.surface.get_size() == size
            assert all(painted.surface.get_rect().contains(area.rect) for area in painted.areas)
            do(state, "help")
        do(state, "later")
        do(state, "write")
        do(state, "type", LONG)
        paint(state)
        do(state, "leave")
    assert len(drawn) > 100


def test_nothing_tells_whose_it_is(path, load, drawn):
    state = opened(asking(path, ("a", "choice", PAIR)), load)
    paint(state)
    assert "bring me the cup" in drawn and "Ann: here it is" in drawn and "Ann" in drawn
    assert "Ann has the task: pick up the red cup" in drawn, "without a transcript, what the clip tells"
    assert not any(SECRET_POLICY in text or "replays" in text or "12.5" in text for text in drawn)


def test_long_transcripts_are_moved_to_their_end_and_no_further(path, load, drawn):
    text = "\n".join(f"line {i}" for i in range(200))
    state = opened(asking(path, ("a", "vote", (item(text=text),))), load)
    paint(state)
    assert "line 0" in drawn and "line 199" not in drawn
    drawn.clear()
    pygame.event.post(pygame.event.Event(pygame.MOUSEWHEEL, x=0, y=-500))
    handle_all(state)
    paint(state)
    drawn.clear()
    paint(state)
    assert "line 0" not in drawn and "line 199" in drawn
    last = state.scroll
    press(state, "up")
    assert state.scroll == last - 1, "it comes back at once"


def test_events_of_other_kinds_change_nothing(path, load):
    state = opened(asking(path, ("a", "choice", PAIR)), load)
    painted = paint(state)
    for event in (
        pygame.event.Event(pygame.MOUSEBUTTONDOWN, button=3, pos=(5, 5)),
        pygame.event.Event(pygame.KEYDOWN, key=pygame.K_F9, unicode="", mod=0),
        pygame.event.Event(pygame.TEXTINPUT, text="k"),
        pygame.event.Event(pygame.MOUSEBUTTONDOWN, button=1, pos=(1, 1)),
    ):
        handle(state, event, painted)
    assert state.held is None and state.reason.text == "" and state.is_open
