"""Does `social-rl design` write what it promises, go on bit for bit, and show what it designed?"""

import html
import json
import re
import shlex

import numpy as np
import pytest

from adversarial_design.curriculum import levels_of, read_curriculum
from adversarial_design.designer import LevelKind
from agents.training.checkpoint import read_arrays, read_manifest, read_network
from agents.training.learner import Learner
from social_rl.cli import main
from social_rl.commands.design import METHODS
from social_rl.commands.groups import flat, with_options
from social_rl.design.design import Designing, design
from social_rl.design.designers import grid_of
from social_rl.evaluation.mazes import levels_of_maze, worst_of
from social_rl.evaluation.protocols import FAMILIES, OURS, TABLE
from social_rl.reports.gallery import command_of, longest_family
from social_rl.runs.run_folder import checkpoints_of, newest_checkpoint
from tests.small import same
from worlds.expert.planning import levels_solvable
from worlds.levels.bank import level_of

SMALL = {
    "choices": ("side=5", "walls=0,6", "step_limit=16"), "frames": 1200, "worlds": 8, "steps": 8, "minibatches": 2,
    "epochs": 1, "capacity": 32, "least": 0.25, "hidden": 32, "map": False, "encoder": "plain", "report": 1,
    "save": 2, "placed": 4, "turns": 2, "candidates": 8, "tries": 2, "every": 2,
}  # fmt: skip
HOUSES = {"world": "house", "choices": ("side=9", "step_limit=16")}


def small(method="accel", **more):
    """A small run; options that the method does not have are left out."""
    asked = METHODS[method]()
    return with_options(asked, **{k: v for k, v in (SMALL | more).items() if k in flat(asked)})


@pytest.mark.parametrize("method", METHODS)
def test_every_method_designs_mazes(tmp_path, method):
    assert design(small(method, runs=tmp_path, frames=384)) == 0
    run = tmp_path / f"maze-{method}"
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    spent = {k: v for k, v in lines[-1].items() if k.startswith("spent/")}
    assert spent["spent/trained"] >= 384 and spent["spent/gradient_steps"] > 0
    parts = ("trained", "scored", "searched", "rivals", "evaluated")
    assert spent["spent/env_steps"] == sum(spent[f"spent/{part}"] for part in parts)
    assert (spent["spent/rivals"] > 0) == (
        method in ("paired", "population_paired", "flexible_paired", "repaired")
    )
    assert (spent["spent/searched"] > 0) == (method in ("learnability", "ncc"))
    assert all(np.isfinite(value) for line in lines for value in line.values())
    assert read_network(newest_checkpoint(run)).config.hidden == 32
    assert read_curriculum(run / "curriculum.jsonl")


@pytest.mark.parametrize("method", ["random", "plr", "accel", "learnability", "ncc"])
def test_houses_are_designed_with_what_is_told_there(tmp_path, method):
    command = small(method, **HOUSES, runs=tmp_path, frames=256, misplaced=0.3)
    assert design(command) == 0
    records = read_curriculum(tmp_path / f"house-{method}" / "curriculum.jsonl")
    assert all("instructions" in record["level"] for record in records)
    assert len(levels_of(records, grid_of(command.world, 5).kind)) == len(records)


@pytest.mark.parametrize("method", ["minimax", "paired", "repaired"])
def test_an_adversary_designs_houses_and_chooses_company(tmp_path, method):
    """What it draws can be done or not, and the record says which."""
    more = {"coplayers": ("expert", "still"), "placed": 8, "least": 0.1, "chance": 0.9}
    command = small(method, **HOUSES, **more, runs=tmp_path, frames=256)
    assert design(command) == 0
    records = read_curriculum(tmp_path / f"house-{method}" / "curriculum.jsonl")
    assert {record["coplayer"] for record in records} <= {"expert", "still"}
    assert all(record["solvable"] in (True, False) for record in records)
    assert len(levels_of(records, grid_of(command.world, 5).kind)) == len(records) > 0


def test_trap_15_a_run_goes_on_bit_for_bit(tmp_path):
    """The same end, whether in one go or in two."""
    whole = Designing(small(runs=tmp_path))
    design(small(runs=tmp_path, name="cut", frames=600))
    cut = Designing(small(runs=tmp_path, frames=600))
    for _ in range(4):
        whole.advance()
    arrays, facts = whole.save()
    assert set(arrays) > {"mind.safetensors", "curriculum.jsonl"} and facts["run"]["cycles"] == 4
    cut.restore(newest_checkpoint(tmp_path / "cut"))
    again = Designing(small(runs=tmp_path, frames=600))
    while again.cycle.cycles < cut.cycle.cycles:
        again.advance()
    assert same(again, cut)
    for _ in range(3):
        assert again.advance() == cut.advance()
    assert same(again, cut)


def new_levels(command):
    """Levels that ACCEL draws at first, read by the kind of the run."""
    designing = Designing(command)
    proposal = designing.cycle.designer.propose(np.random.default_rng(0))
    kind = designing.grid.kind
    assert kind.ids(kind.read(kind.write(proposal.levels))) == list(proposal.ids)
    return kind.facts(proposal.levels).numbers


@pytest.mark.parametrize("more", [{}, {"coplayers": ("still",)}])
def test_accel_begins_with_empty_rooms_or_with_what_it_is_told(tmp_path, more):
    """As published; `--begin` without choices has mazes like those of other methods, and others are possible."""
    asked = small(runs=tmp_path, **more)
    assert new_levels(asked)["walls"].tolist() == [0] * 8
    usual = new_levels(with_options(asked, begin=()))["walls"]
    assert usual.tolist() == new_levels(small("robust_plr", runs=tmp_path, **more))["walls"].tolist()
    assert usual.max() > 0
    assert new_levels(with_options(asked, begin=("walls=5,5",)))["walls"].min() >= 1


def test_accel_begins_with_houses_of_one_room_among_larger_ones(tmp_path):
    """They have the capacities of those that are designed, so that edits can make them as rich."""
    found = new_levels(small(**HOUSES, runs=tmp_path))
    assert found["clauses"].max() == 1 and found["doors"].max() == 0


TOGETHER = {"coplayers": ("expert", "noisy:0.3", "earlier"), "renew": 2}


def gone_on(command, tmp_path):
    """Two of a run: one in one go, one saved after half the way and restored; both at the same cycle."""
    design(with_options(command, runs=tmp_path, name="cut", frames=600))
    cut, again = (Designing(with_options(command, runs=tmp_path, frames=600)) for _ in range(2))
    cut.restore(newest_checkpoint(tmp_path / "cut"))
    while again.cycle.cycles < cut.cycle.cycles:
        again.advance()
    assert same(again, cut)
    return again, cut


@pytest.mark.parametrize("method", ["accel", "random", "ncc"])
def test_trap_15_a_run_with_coplayers_goes_on_bit_for_bit(tmp_path, method):
    """The earlier self and whom each level names are kept, too."""
    again, cut = gone_on(small(method, **TOGETHER), tmp_path)
    for _ in range(3):
        assert again.advance() == cut.advance()
    assert same(again, cut)
    assert cut.student.agents == 1 and cut.student.partners.renewed > 0


@pytest.mark.parametrize("world", ["maze", "house"])
def test_who_plays_beside_the_student_is_designed_and_on_record(tmp_path, world):
    more = {} if world == "maze" else HOUSES
    command = small(**TOGETHER, **more, runs=tmp_path, frames=1000, chance=0.9)
    assert design(command) == 0
    run = tmp_path / f"{world}-accel"
    records = read_curriculum(run / "curriculum.jsonl")
    assert {record["coplayer"] for record in records} == set(TOGETHER["coplayers"])
    assert all(record["level"].startswith(f"with {record['coplayer']}\n") for record in records)
    assert len(levels_of(records, grid_of(command.world, 5).kind)) == len(records)
    assert read_network(newest_checkpoint(run)).config.agents == 2
    assert main(["design", "show", str(run)]) == 0
    assert "with noisy:0.3" in (run / "gallery/index.html").read_text()
    words = ["run", world, "--levels", str(run / "curriculum.jsonl"), "--episodes", "4", "--worlds", "2"]
    assert main([*words, "--set", "agents=2"]) == 0


def test_a_mind_that_plays_beside_has_no_chance_of_its_own(tmp_path):
    design(small(runs=tmp_path, frames=128))
    command = small(**TOGETHER | {"coplayers": ("still", f"mind:{tmp_path / 'maze-accel'}")})
    again, cut = gone_on(command, tmp_path)
    assert again.advance() == cut.advance() and same(again, cut)


def test_a_run_is_taken_up_from_the_command_line(tmp_path, capsys):
    words = ["--runs", str(tmp_path), "--name", "a", "--set", *SMALL["choices"], "--worlds", "8", "--steps", "8",
             "--minibatches", "2", "--hidden", "32", "--no-map", "--frames", "300", "--save", "1"]  # fmt: skip
    assert main(["design", "plr", *words]) == 0
    config = tmp_path / "a" / "config.json"
    record = json.loads(config.read_text())
    record["config"]["frames"] = 600
    config.write_text(json.dumps(record))
    assert main(["design", "plr", "--resume", str(tmp_path / "a")]) == 0
    assert main(["design", "accel", "--resume", str(tmp_path / "a")]) == 2
    assert f"social-rl design plr --resume {tmp_path / 'a'}" in capsys.readouterr().err
    lines = [json.loads(line) for line in (tmp_path / "a" / "metrics.jsonl").read_text().splitlines()]
    frames = [line["frames"] for line in lines]
    assert frames == sorted(set(frames)) and len(checkpoints_of(tmp_path / "a")) == 2


def test_a_batch_that_is_not_finite_ends_a_design_and_is_kept(tmp_path, monkeypatch, capsys):
    learn, calls = Learner.update, []

    def update(learner, batches, losses, *more, **named):
        calls.append(0)
        if len(calls) == 2:
            losses = [lambda batch, answers: (answers.value.sum() * float("nan"), {})]
        return learn(learner, batches, losses, *more, **named)

    monkeypatch.setattr(Learner, "update", update)
    assert design(small("random", runs=tmp_path, name="r", frames=1200)) == 1
    assert (
        "Stopped: the gradient is nan: nothing was changed. The batch at fault is in"
        in capsys.readouterr().out
    )
    (broken,) = (tmp_path / "r/broken").iterdir()
    assert {f.name for f in broken.iterdir()} > {"mind.safetensors", "worker-0.safetensors"}
    assert "view" in read_arrays(broken, "worker-0.safetensors", read_manifest(broken))


def test_a_buffer_that_too_few_levels_can_fill_is_said_so(tmp_path, capsys, monkeypatch):
    """As if all mazes were one."""
    monkeypatch.setattr("social_rl.design.design.IDLE", 5)
    monkeypatch.setattr(LevelKind, "ids", lambda kind, levels: ["the only one" for _ in levels])
    command = small("robust_plr", runs=tmp_path, name="r", capacity=32, least=0.5)
    with pytest.raises(
        ValueError, match=r"has not trained for 5 cycles.*buffer of 1 levels.*smaller --capacity"
    ):
        design(command)
    assert main(["design", "accel", "--chance", "0", "--runs", str(tmp_path)]) == 2
    assert "--chance is 0: the student would never train" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"world": 5}, "config.json: config.world is 5, allowed are 'maze', 'house'"),
        ({"view": "5"}, "config.json: config.view is '5', allowed is a whole number"),
        ({"choices": 3}, "config.json: config.choices is 3, allowed is a list"),
        ({"coplayers": [1]}, "config.json: config.coplayers[0] is 1, allowed is a text"),
    ],
)
def test_a_damaged_config_has_no_gallery(tmp_path, capsys, change, said):
    config = {"world": "maze", "view": 5, "choices": [], "coplayers": []} | change
    (tmp_path / "config.json").write_text(json.dumps({"config": config}))
    (tmp_path / "curriculum.jsonl").write_text("")
    assert main(["design", "show", str(tmp_path)]) == 2
    assert said in capsys.readouterr().err


def test_a_gallery_shows_what_was_designed(tmp_path):
    design(small(runs=tmp_path, frames=2500))
    run = tmp_path / "maze-accel"
    assert main(["design", "show", str(run)]) == 0
    page = (run / "gallery/index.html").read_text()
    assert (
        "Most replayed" in page
        and ">acts that the expert needs</text>" in page
        and ">episodes solved</text>" in page
    )
    records = read_curriculum(run / "curriculum.jsonl")
    shown = re.findall(r'<button data-number="(\d+)" data-command="([^"]*)">', page)
    assert len(shown) == page.count("data:image/png") >= 12, "each with its picture"
    for number, words in shown:
        assert f"--level {records[int(number) - 1]['id']} " in words, "numbers are those of lines"
    picture = tmp_path / "level.png"
    assert main([*shlex.split(html.unescape(shown[0][1]))[1:], "--screenshot", str(picture)]) == 0
    assert picture.stat().st_size > 1000
    assert main(["design", "show", str(tmp_path)]) == 2
    with pytest.raises(SystemExit):
        main(["design", "show"])


def test_a_level_is_played_with_whom_it_names(tmp_path):
    level = {
        "id": "0a",
        "level": "with noisy:0.3\n...",
        "kind": "maze-with-partners",
        "coplayer": "noisy:0.3",
    }
    run = tmp_path / "my runs"
    command = command_of(run, level, "maze", ("Ann", "Bob"), 5)
    assert (
        command == f"social-rl play maze --levels '{run}/curriculum.jsonl' --level 0a --set agents=2 view=5"
    )
    (run / "checkpoints/frames-000000000001").mkdir(parents=True)
    (run / "checkpoints/frames-000000000001/manifest.json").write_text("{}")
    mind = f"mind:{run}"
    assert shlex.split(command_of(run, level, "maze", ("Ann", "Bob"), 7))[-5:] == [
        "--set", "agents=2", "--cast", f"ann={mind}", "bob=noisy:0.3",
    ]  # fmt: skip
    earlier = command_of(run, level | {"coplayer": "earlier"}, "house", ("Ann", "Bob"), 7)
    assert shlex.split(earlier)[-3:] == ["--cast", f"ann={mind}", f"bob={mind}"]


def test_a_curriculum_that_says_little_is_shown_all_the_same(tmp_path):
    design(small(runs=tmp_path, frames=256))
    run = tmp_path / "maze-accel"
    needed = [
        {k: r[k] for k in ("id", "level", "kind", "format")}
        for r in read_curriculum(run / "curriculum.jsonl")
    ]
    (run / "curriculum.jsonl").write_text("".join(json.dumps(record) + "\n" for record in needed))
    assert main(["design", "show", str(run)]) == 0
    page = (run / "gallery/index.html").read_text()
    assert "The latest" in page and "Most replayed" not in page


def test_each_method_has_its_own_options_and_no_others(capsys):
    """What means nothing to a method is refused, and not read in silence."""
    assert "capacity" in flat(METHODS["accel"]()) and "capacity" not in flat(METHODS["random"]())
    with pytest.raises(SystemExit):
        main(["design", "random", "--capacity", "10"])
    assert "--capacity" in capsys.readouterr().err
    with pytest.raises(ValueError, match="Random has no option 'capacty'"):
        with_options(METHODS["random"](), capacty=10)
    for asked in (kind() for kind in METHODS.values()):
        names = list(flat(asked))
        assert len(names) == len(set(names)) and with_options(asked, **flat(asked)) == asked


def test_the_longest_line_of_descent_is_shown_from_the_ancestor_on():
    parents = {"a": "", "b": "a", "c": "b", "d": "a", "e": "gone", "f": "e"}
    records = [{"id": name, "parent": parent} for name, parent in parents.items()]
    assert [record["id"] for record in longest_family(records)] == ["a", "b", "c"]
    assert longest_family(records[:1]) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["accel", "--edits", "0"], "edits is 0"),
        (["plr", "--worlds", "7"], "--worlds is 7"),
        (["plr", "--temperature", "0"], "temperature is 0"),
        (["plr", "--set", "wals=1,2"], "walls"),
        (["learnability", "--tries", "1", "--candidates", "512"], "tries is 1"),
        (["learnability", "--candidates", "100"], "multiple of --worlds"),
        (["accel", "--begin", "wals=0,0"], "walls"),
        (["accel", "--begin", "side=14"], "--begin side=14"),
        (["learnability", "--unsolved", "2"], "unsolved is 2"),
        (["ncc", "--candidates", "100"], "multiple of --worlds"),
        (["ncc", "--floor", "0.1"], "floor is 0.1"),
        (["random", "--misplaced", "2"], "--misplaced is 2"),
        (["plr", "--resume", "nowhere"], "is no run"),
        (["paired", "--placed", "300"], "place less"),
        (["plr", "--coplayers", "exprt"], "--coplayers exprt: no policy is called 'exprt'"),
        (["plr", "--coplayers", "noisy:2"], "--coplayers noisy:2: the rate is '2'"),
        (["plr", "--coplayers", "still", "still"], "one is named twice"),
        (["plr", "--coplayers", "still", "--set", "agents=1"], "1 partner for 1 agent"),
    ],
)
def test_bad_options_are_named(tmp_path, capsys, arguments, said):
    assert main(["design", *arguments, "--runs", str(tmp_path)]) == 2
    assert said in capsys.readouterr().err


# ---- the mazes of the literature ----
def test_trap_13_the_protocol_gives_every_maze_its_episodes_beforehand():
    """Corridors have their goals in turn; families a new maze for each episode; all start east and last long enough."""
    for name in TABLE:
        bank = levels_of_maze(name, 20, 3, OURS.rule_of(name))
        n = {"SmallCorridor": 10, "LargeCorridor": 16}.get(name, 20 if name in FAMILIES else 1)
        assert len(bank.step_limit) == n and levels_solvable(bank).all()
        level = level_of(bank, 0)
        side = {"LargeCorridor": 19, "PerfectMazeMedium": 19, "FourRooms": 17, "SimpleCrossing": 9}.get(
            name, 13
        )
        assert level.step_limit == 2 * (side + 2) ** 2
        assert name in FAMILIES or level.agents[0].heading == "east"


def test_trap_13_the_worst_levels_are_chosen_by_one_set_of_episodes_and_scored_by_another():
    """All levels are alike, solved half the time: the worst tenth is worth .5, not the .2 of those that chose it."""
    one, other = np.random.default_rng(0).binomial(10, 0.5, (2, 10_000)) / 10
    assert worst_of(one, one, 0.1) < 0.25
    assert worst_of(one, other, 0.1) == pytest.approx(0.5, abs=0.02)


def test_designed_levels_are_played_elsewhere(tmp_path, capsys):
    design(small(runs=tmp_path, frames=512))
    path, file = tmp_path / "maze-accel/curriculum.jsonl", tmp_path / "r.json"
    words = [
        "run",
        "maze",
        "--levels",
        str(path),
        "--episodes",
        "12",
        "--worlds",
        "4",
        "--cast",
        "ann=expert",
    ]
    assert main([*words, "--json", str(file)]) == 0
    text = tmp_path / "one.txt"
    text.write_text(read_curriculum(path)[0]["level"])
    assert main(["run", "maze", "--levels", str(text), "--episodes", "2"]) == 0
    capsys.readouterr()
    assert main(["run", "house", "--levels", str(path)]) == 2
    assert "level 1 has 1 agent, scenario house has 2: choose --set agents=1" in capsys.readouterr().err
    assert main(["run", "maze", "--levels", str(tmp_path / "gone.txt")]) == 2
