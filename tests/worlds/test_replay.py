"""Does a world go as it went? Recorded, written, read, and played once more; what is no replay is refused."""

import copy
import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.houses import level, scenario_of
from tests.replay import FAMILY, SCENES, acts
from worlds.events import Acts, Instruct, Rejoin, Say, Speak, TakeOver
from worlds.replay import DIGESTED, ReplayError, check, record, resimulate, rules_version
from worlds.replay_files import load, save
from worlds.scenario import make_scenario
from worlds.simulator import DISABLED, NEXT_STEP, SAME_STEP, Simulator
from worlds.state import State


def family() -> Simulator:
    told = {"ann": "put the cup on the table", "bob": "open the door"}
    return Simulator(
        scenario_of([level(FAMILY, 25, **told)], view=7, message_tokens=2, earshot=4),
        levels=1,
        autoreset=DISABLED,
    )


def eventful(sim: Simulator):
    """Ten steps in which all kinds of events happen."""
    recorder = record(sim, 0, cast=("expert", "still"))
    for step in range(10):
        if step == 2:
            sim.instruct(0, 0, "pick up the green ball")
        if step == 4:
            sim.apply(0, Instruct(1, "go to the lamp", task=False))
            sim.apply(0, TakeOver(1, "keyboard"))
        if step == 6:
            sim.say(0, 1, (3, 4))
            sim.speak(0, "Ann", "Bob", "give me the key, please")
            sim.speak(0, "person", "Ann", "\u201cthe red one\u201d")
        if step == 8:
            sim.rejoin(0, 0, 30)
        action, message = acts(sim, step)
        sim.step(action, message if step == 7 else None)
    return recorder


def test_all_events_are_recorded_and_happen_again():
    sim = family()
    replay = eventful(sim).replay
    events = [entry.event for entry in replay.entries if not isinstance(entry.event, Acts)]
    assert events[:7] == [
        Instruct(0, "pick up the green ball"),
        Instruct(1, "go to the lamp", task=False),
        TakeOver(1, "keyboard"),
        Say(1, (3, 4)),
        Speak("Ann", "Bob", "give me the key, please"),
        Speak("person", "Ann", "\u201cthe red one\u201d"),
        Say(0, tuple(acts(sim, 7)[1][0, 0].tolist())),
    ]
    assert events[-1] == Rejoin(0, 30)
    assert replay.steps == 10
    assert check(replay, sim.scenario) is None
    assert resimulate(replay, sim.scenario).digest() == sim.digest()


@pytest.mark.parametrize("autoreset", [DISABLED, SAME_STEP, NEXT_STEP])
@pytest.mark.parametrize("scene", ["berry_bush", "house", "maze"])
def test_any_world_of_any_batch_happens_again(scene, autoreset):
    sim = Simulator(SCENES[scene](), 3, levels=4, seed=7, autoreset=autoreset, first_world=5)
    recorder = record(sim, 2)
    for step in range(35):
        if step % 4 == 1:
            for w in (1, 2):
                sim.speak(w, "person", sim.names(w)[0], f"word {step} to world {w}")
        sim.step(*acts(sim, step))
    replay = recorder.replay
    assert 0 < replay.steps <= 35
    assert recorder.is_on == (replay.steps == 35), "it ends with its episode"
    spoken = [entry.event.words for entry in replay.entries if isinstance(entry.event, Speak)]
    assert spoken == [f"word {step} to world 2" for step in range(1, replay.steps, 4)]
    assert check(replay) is None


def test_what_goes_otherwise_is_named():
    sim = family()
    replay = eventful(sim).replay
    entries = list(replay.entries)
    at = next(i for i, entry in enumerate(entries) if isinstance(entry.event, Acts) and i > 4)
    turned = Acts((1 if entries[at].event.acts[0] != 1 else 2, *entries[at].event.acts[1:]))
    entries[at] = entries[at]._replace(event=turned)
    changed = copy.copy(replay)
    object.__setattr__(changed, "entries", tuple(entries))
    difference = check(changed, sim.scenario)
    assert difference is not None
    assert difference.event == turned
    assert "last_act" in difference.fields
    with pytest.raises(ReplayError, match=f"step {difference.step}, after .*last_act"):
        resimulate(changed, sim.scenario)


def test_a_prefix_is_where_another_branch_begins():
    sim = family()
    replay = eventful(sim).replay
    branch = resimulate(replay, sim.scenario, steps=5)
    assert branch.state.step[0] == 5
    again = family()
    for step in range(5):
        if step == 2:
            again.instruct(0, 0, "pick up the green ball")
        if step == 4:
            again.instruct(0, 1, "go to the lamp", task=False)
        again.step(acts(again, step)[0])
    assert branch.digest() == again.digest()


def test_a_step_taken_back_is_forgotten():
    sim = family()
    recorder = record(sim)
    moments = []
    for step in range(6):
        moments.append(sim.save())
        sim.step(acts(sim, step)[0])
    sim.restore(moments[4])
    assert recorder.replay.steps == 4
    sim.step(np.array([[0, 0]]))
    assert check(recorder.replay, sim.scenario) is None
    sim.reset(seed=0)
    assert recorder.replay.entries == (), "the same beginning"
    sim.reset(seed=1)
    assert not recorder.is_on, "another episode"
    sim.step(np.array([[0, 0]]))
    assert recorder.replay.entries == ()


def test_recording_begins_where_an_episode_does():
    sim = family()
    sim.step(np.array([[0, 0]]))
    with pytest.raises(ValueError, match="from the beginning of an episode"):
        record(sim)
    sim = family()
    sim.speak(0, "person", "Ann", "hello")
    with pytest.raises(ValueError, match="from the beginning of an episode"):
        record(sim)


def test_words_that_were_taken_back_are_forgotten():
    sim = family()
    recorder = record(sim)
    before = sim.save()
    sim.speak(0, "person", "Ann", "the red one")
    sim.step(np.array([[0, 0]]))
    sim.restore(before)
    assert recorder.is_on and recorder.replay.entries == ()
    sim.speak(0, "person", "Ann", "the blue one")
    after = sim.save()
    sim.step(np.array([[0, 0]]))
    sim.restore(after)
    assert [entry.event for entry in recorder.replay.entries] == [Speak("person", "Ann", "the blue one")]
    assert check(recorder.replay, sim.scenario) is None


def test_words_that_differ_are_named():
    sim = family()
    replay = eventful(sim).replay
    at = next(i for i, entry in enumerate(replay.entries) if isinstance(entry.event, Speak))
    other = replay.entries[at]._replace(event=Speak("Ann", "Bob", "give me the key"))
    changed = replace(replay, entries=(*replay.entries[:at], other, *replay.entries[at + 1 :]))
    difference = check(changed, sim.scenario)
    assert difference is not None and difference.fields == ("talk",) and difference.event == other.event


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["Ann", "Bob", "person"]), st.text(max_size=20)))
)
def test_a_talk_is_there_again_at_every_step(said):
    """Whatever is said when, by whom: written, read and played once more, everybody hears it at the same steps."""
    sim = family()
    recorder = record(sim)
    heard = [hearing(sim)]
    for step in range(10):
        for when, speaker, words in said:
            if when == step:
                sim.speak(0, speaker, "Bob" if speaker == "Ann" else "Ann", words)
        sim.step(acts(sim, step)[0])
        heard.append(hearing(sim))
    with TemporaryDirectory() as folder:
        save(recorder.replay, Path(folder) / "r.jsonl")
        replay = load(Path(folder) / "r.jsonl")
    assert replay == recorder.replay
    assert check(replay, sim.scenario) is None
    assert [hearing(resimulate(replay, sim.scenario, steps)) for steps in range(11)] == heard


def hearing(sim: Simulator):
    return [sim.heard(0, name) for name in ("Ann", "Bob", "person")]


def test_copies_of_a_simulator_are_not_recorded():
    sim = family()
    recorder = record(sim)
    copy.deepcopy(sim).step(np.array([[0, 0]]))
    assert recorder.replay.steps == 0


def test_each_field_is_digested_or_named_here():
    """A new field of the State must be told apart from what was recorded, too."""
    left_out = {
        "house", "life", "action", "message", "act_cell", "level", "next_level", "view_bytes",
        "final_view", "final_self", "final_heard", "final_tokens",
    }  # fmt: skip
    assert set(DIGESTED) | left_out == set(State._fields)


# ---- files ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["replay.jsonl", "replay.jsonl.gz", "replay.jsonl.zst"])
def test_what_is_written_is_read(tmp_path, name):
    if name.endswith(".zst"):
        pytest.importorskip("zstandard", reason="there is no zstandard: pip install 'social-rl[zstd]'")
    replay = eventful(family()).replay
    path = tmp_path / name
    save(replay, path)
    first = path.read_bytes()
    assert load(path) == replay
    save(load(path), path)
    assert path.read_bytes() == first


def test_choices_of_a_scenario_are_kept(tmp_path):
    sim = Simulator(make_scenario("house", agents=2, rooms=(2, 3)), levels=2, autoreset=DISABLED)
    recorder = record(sim)
    sim.step(np.array([[3, 3]]))
    save(recorder.replay, tmp_path / "r.jsonl")
    replay = load(tmp_path / "r.jsonl")
    assert replay.choices == {"agents": 2, "rooms": (2, 3)}
    assert check(replay) is None


def test_a_scenario_that_is_not_ours_must_be_given():
    replay = eventful(family()).replay
    with pytest.raises(ReplayError, match="none of ours"):
        check(replay)
    with pytest.raises(ReplayError, match="view, message tokens and agents are 7, 2 and 2"):
        check(replay, make_scenario("maze"))


def test_a_replay_of_version_1_is_read(tmp_path, lines):
    """As it was written before there were words: digests without the talk, and nobody who speaks."""
    header, *entries = lines
    assert header["fields"][-1] == "talk" and header["replay"] == 3
    header = {name: value for name, value in header.items() if name not in ("minds", "rules")}
    old = [header | {"replay": 1, "fields": header["fields"][:-1], "digest": header["digest"][:-8]}]
    for entry in entries:
        entry.pop("places", None)
        if entry["event"] != "speak":
            old.append(entry | ({"digest": entry["digest"][:-8]} if "digest" in entry else {}))
    path = tmp_path / "old.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in old))
    replay = load(path)
    assert replay.steps == 10 and check(replay, family().scenario) is None
    save(replay, path)
    assert load(path) == replay


def test_where_agents_were_and_by_which_rules_is_written_down(tmp_path):
    sim = family()
    recorder = eventful(sim)
    replay = recorder.replay
    assert replay.rules == rules_version() and len(replay.rules) == 12 and replay.origin == ""
    row, col = divmod(int(sim.state.agent_cell[0, 1]), 256)
    assert replay.entries[-1].places[1] == (row, col, int(sim.state.heading[0, 1]))
    steps = [entry for entry in replay.entries if isinstance(entry.event, Acts)]
    assert all(len(entry.places) == 2 for entry in steps)
    old = replace(replay, rules="0123456789ab", digest="0" * len(replay.digest))
    assert "under other rules (0123456789ab, these are " in old.origin
    with pytest.raises(
        ReplayError, match=r"at the beginning: .* differ .*; it was recorded under other rules"
    ):
        resimulate(old, sim.scenario)


@pytest.fixture
def lines(tmp_path):
    path = tmp_path / "good.jsonl"
    save(eventful(family()).replay, path)
    return [json.loads(line) for line in path.read_text().splitlines()]


def refused(tmp_path, lines, match: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with pytest.raises(ReplayError, match=match):
        load(path)


@pytest.mark.parametrize(
    ("field", "value", "match"),
    [
        ("replay", 4, "replay is 4, this program reads versions 1, 2, 3"), ("replay", True, "replay is True"),
        ("minds", ["a", "b", "c"], "minds is no list of at most 2"), ("rules", 7, "rules is no text"),
        ("scenario", 3, "scenario is no text"),
        ("choices", [], "choices is no object"), ("choices", {"a": {}}, "choices: a is no"),
        ("choices", {"a": [[[[1]]]]}, "choices: a is no"),
        ("cast", ["a", "b", "c"], "cast is no list of at most 2"), ("level", {}, "lacks the field"),
        ("order", [[0], [0]], r"order\[0\] is no list of"), ("order", None, "order is no list"),
        ("sizes", [9, 2, 9, 9, 7], "sizes is no list of 6"), ("sizes", [9, 3, 9, 9, 7, 2], "do not go with"),
        ("sizes", [9, 2, -9, 9, 7, 2], r"sizes\[2\] is -9"),
        ("sizes", [9, 2, 9, 9, 6, 2], r"sizes\[4\], the view, is 6, allowed are 5, 7, 9, 11"),
        ("seed", -1, "seed is -1"), ("seed", 1.0, "seed is 1.0"),
        ("world", 2**64, "world is"), ("episode", 0, "episode is 0"), ("focal", 3, "focal is 3"),
        ("fields", [], "fields is no list"), ("fields", ["a", "a"], "twice"), ("digest", "00", "digest is no text"),
    ],
)  # fmt: skip
def test_a_wrong_header_is_refused_by_name(tmp_path, lines, field, value, match):
    refused(tmp_path, [lines[0] | {field: value}, *lines[1:]], f"line 1: .*{match}")


@pytest.mark.parametrize(
    ("event", "match"),
    [
        ({"event": "acts", "acts": [0, 8]}, r"acts\[1\] is 8"),
        ({"event": "acts", "acts": [0]}, "acts is no list of 2"),
        ({"event": "acts", "acts": [0, True]}, r"acts\[1\] is True"), ({"event": "dance"}, "event is 'dance'"),
        ({"event": []}, "event is"), (3, "event is"), ({"event": "acts"}, "no object with the fields acts"),
        ({"event": "instruct", "agent": 2, "words": "go to Bob", "task": True}, "agent is 2"),
        ({"event": "instruct", "agent": 0, "words": "dance", "task": True}, "dance"),
        ({"event": "instruct", "agent": 0, "words": "go to Bob", "task": 1}, "task is '1'"),
        ({"event": "say", "agent": 0, "tokens": [1]}, "tokens is no list of 2"),
        ({"event": "say", "agent": 0, "tokens": [1, 256]}, r"tokens\[1\] is 256"),
        ({"event": "speak", "speaker": "Ann", "listener": "Bob", "words": 1}, "words is 1, no text"),
        ({"event": "speak", "speaker": "", "listener": "Bob", "words": "a"}, "speaker is '', no text"),
        ({"event": "speak", "speaker": "Ann", "listener": "B:", "words": "a"}, "listener is 'B:', no text"),
        ({"event": "speak", "speaker": "Ann", "listener": "Bob", "words": "a\u202e"}, "words is .*no text"),
        ({"event": "speak", "speaker": "Ann", "listener": "Bob", "words": "a" * 513}, "words is .*no text"),
        ({"event": "speak", "agent": 0, "words": "a"}, "no object with the fields speaker, listener, words"),
        ({"event": "rejoin", "agent": 0, "steps": 10**6}, "steps is 1000000"),
        ({"event": "take over", "agent": 0, "by": 1}, "by is no text"),
        ({"event": "acts", "acts": [0, 0], "digest": 7}, "digest is no text"),
        ({"event": "acts", "acts": [0, 0], "places": [[1, 1, 0]]}, "places is no list of 2 places"),
        ({"event": "acts", "acts": [0, 0], "places": [[1, 1, 0], [1, 1, 4]]}, r"places\[1\]\[2\] is 4"),
        ({"event": "acts", "acts": [0, 0], "places": [[1, 1, 0], [999, 1, 0]]}, r"places\[1\]\[0\] is 999"),
        ({"event": "rejoin", "agent": 0, "steps": 1, "places": []}, "no object with the fields agent, steps"),
    ],
)  # fmt: skip
def test_a_wrong_event_is_refused_by_line(tmp_path, lines, event, match):
    refused(tmp_path, [*lines[:3], event, *lines[3:]], f"line 4: .*{match}")


@pytest.mark.parametrize(
    ("choices", "match"),
    [
        ({"agnts": 2}, "has no choice 'agnts': did you mean 'agents'"),
        ({"agents": 10**30}, "agents is 10+, allowed are 1 to 16"),
        ({"rooms": "many"}, "rooms is 'many': give a tuple, such as"),
        ({"rooms": [1, 10**9]}, r"rooms\[1\] is 1000000000, allowed are 1 to 9"),
    ],
)
def test_choices_that_a_scenario_does_not_have_are_refused(tmp_path, lines, choices, match):
    path = tmp_path / "r.jsonl"
    path.write_text(json.dumps(lines[0] | {"scenario": "house", "choices": choices}))
    with pytest.raises(ReplayError, match=f"choices of the scenario house: .*{match}"):
        check(load(path))


@pytest.mark.parametrize(
    ("at", "value", "match"),
    [
        (0, 2**16, "side is 65536, allowed are 1 to 256"),
        (0, 1, "a side of 9, the bank holds 1"),
        (2, 2**16, "items is 65536, allowed are 0 to"),
        (3, 2**16, "fixtures is 65536, allowed are 0 to"),
        (5, 2**16, "view, message tokens and agents are 7, 65536 and 2"),
    ],
)
def test_sizes_that_no_world_has_are_refused_before_there_is_one(tmp_path, lines, at, value, match):
    sizes = [*lines[0]["sizes"]]
    sizes[at] = value
    path = tmp_path / "r.jsonl"
    path.write_text(json.dumps(lines[0] | {"sizes": sizes}))
    with pytest.raises(ReplayError, match=match):
        check(load(path), family().scenario)


def test_a_byte_order_mark_is_passed_over_and_a_cut_line_is_named(tmp_path, lines):
    path = tmp_path / "r.jsonl"
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    path.write_text(f"\ufeff{text}", encoding="utf-8")
    assert load(path).steps == 10
    path.write_text(text[:-30], encoding="utf-8")
    with pytest.raises(
        ReplayError, match=f"r.jsonl, line {len(lines)}: this is no JSON: the file is cut or damaged"
    ):
        load(path)


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"", "line 1: this is no JSON"),
        (b'{"replay": ' + b"9" * 5000 + b"}", "line 1: this is no JSON"),
        (b'{"replay": 1, "choices": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "line 1: this is no JSON"),
        (b"\xff\n", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"NaN\n", "no object"),
    ],
)
def test_what_is_no_text_of_json_is_refused(tmp_path, data, match):
    path = tmp_path / "bad.jsonl"
    path.write_bytes(data)
    with pytest.raises(ReplayError, match=match):
        load(path)


def test_a_damaged_or_endless_packed_file_is_refused(tmp_path):
    path = tmp_path / "r.jsonl.gz"
    save(eventful(family()).replay, path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    with pytest.raises(ReplayError, match="is cut"):
        load(path)
    path.write_bytes(b"{}\n")
    with pytest.raises(ReplayError, match="damaged"):
        load(path)
