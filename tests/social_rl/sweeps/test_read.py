"""Is a sweep file read strictly, and does its grid come to the commands that it says?"""

from pathlib import Path

import pytest

from social_rl.cli import main
from social_rl.sweeps.cells import cells_of, chosen, point_label
from social_rl.sweeps.read import read_sweep

MAZES = """
name = "mazes"
command = "design {method} --frames {frames} --seed {seed}"
run = "{study}/{method}-{frames}-{seed}"
evaluate = "evaluate {run} --suite mazes"
seeds = [1, 2]

[grid]
method = ["random", "plr"]
frames = [256, 512]
"""


def cells(tmp_path, text, name="s.toml"):
    (tmp_path / name).write_text(text)
    return cells_of(read_sweep(tmp_path / name), name, Path("runs"))


def test_each_point_and_seed_is_a_cell_with_its_commands(tmp_path):
    found = cells(tmp_path, MAZES)
    assert [cell.name for cell in found] == [
        f"{method}-{frames}-{seed}"
        for method in ("random", "plr")
        for frames in (256, 512)
        for seed in (1, 2)
    ]
    assert found[-1].point == {"method": "plr", "frames": 512} and found[-1].seed == 2
    assert found[-1].folder == Path("runs/mazes/cells/plr-512-2")
    assert [" ".join(words) for words in found[-1].stages.values()] == [
        "design plr --frames 512 --seed 2 --runs runs/mazes --name plr-512-2",
        "evaluate runs/mazes/plr-512-2 --suite mazes --json runs/mazes/cells/plr-512-2/evaluation.json",
    ]
    assert found[-1].again == ["design", "plr", "--resume", "runs/mazes/plr-512-2"]


def test_rows_take_away_and_add(tmp_path):
    rows = """
        [[exclude]]
        method = "plr"
        frames = 512
        [[exclude]]
        method = "random"
        seed = 2
        [[include]]
        method = "accel"
    """
    assert [cell.name for cell in cells(tmp_path, MAZES + rows)] == [
        "random-256-1", "random-512-1", "plr-256-1", "plr-256-2",
        "accel-256-1", "accel-256-2", "accel-512-1", "accel-512-2",
    ]  # fmt: skip


def test_a_list_of_words_stands_for_several_or_for_none(tmp_path):
    found = cells(
        tmp_path,
        'name = "s"\ncommand = """\ntrain instruct\n  {map} --set {houses} --start "my mind"\n"""\n'
        '[grid]\nmap = [["--no-map"], []]\nhouses = [["rooms=1,2", "clauses=1,1"], "rooms=3,3"]\n',
    )
    assert [cell.stages["command"][2:] for cell in found] == [
        ["--no-map", "--set", "rooms=1,2", "clauses=1,1", "--start", "my mind"],
        ["--no-map", "--set", "rooms=3,3", "--start", "my mind"],
        ["--set", "rooms=1,2", "clauses=1,1", "--start", "my mind"],
        ["--set", "rooms=3,3", "--start", "my mind"],
    ]
    assert [cell.name for cell in found] == [
        "no-map-rooms_1_2_clauses_1_1-0", "no-map-rooms_3_3-0", "none-rooms_1_2_clauses_1_1-0", "none-rooms_3_3-0",
    ]  # fmt: skip


def test_long_values_and_numbers_below_0_are_told_apart(tmp_path):
    text = f'name = "s"\ncommand = "words {{a}}"\n[grid]\na = [-1, 1, "{"x" * 60}", "{"x" * 61}"]\n'
    names = [cell.name for cell in cells(tmp_path, text)]
    assert len({*names}) == 4 and names[1] == "1-0" and max(map(len, names)) < 60


def test_only_some_cells_are_chosen(tmp_path):
    found = cells(tmp_path, MAZES)
    assert [cell.name for cell in chosen(found, ["plr-*-1", "random-512-2"])] == [
        "random-512-2", "plr-256-1", "plr-512-1",
    ]  # fmt: skip
    assert chosen(found, []) == found
    with pytest.raises(
        ValueError, match=r"--only plr-256: no cell has such a name; did you mean 'plr-256-[12]'"
    ):
        chosen(found, ["plr-256"])


SMALL = 'name = "s"\ncommand = "words"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name = s", "s.toml cannot be read as TOML"),
        ('name = "s"\nsedes = [1]', "s.toml has an unknown field 'sedes': did you mean 'seeds'?"),
        ('command = "words"', "s.toml lacks the field 'name'"),
        ('name = "s"', "s.toml asks for nothing: add a command"),
        ('name = "a b"\ncommand = "words"', "name is 'a b': use letters, digits"),
        (SMALL + "seeds = []", "seeds is empty"),
        (SMALL + "seeds = [1, 1]", "seeds has 1 twice"),
        (SMALL + "seeds = [-1]", "seeds is -1, allowed are whole numbers from 0"),
        (SMALL + 'seeds = "1"', "seeds is '1', allowed is a list"),
        (SMALL + "seeds = [1, 2]", "there are 2 seeds, but command has no {seed}: add it"),
        (SMALL + "retries = -1", "retries is -1, allowed are 0 to 1000"),
        (SMALL + "threads = 0", "threads is 0, allowed are 1 to 1024"),
        (SMALL + "[grid]\na = [1]", "grid.a is used by no command: write {a} where it belongs"),
        (SMALL + "[grid]\na = 1", "grid.a is 1, allowed is a list"),
        (SMALL + "[grid]\na = []", "grid.a is empty"),
        (SMALL + "[grid]\na = [true]", "grid.a is True, allowed are texts, numbers and lists of words"),
        (SMALL + "[grid]\na = [[1]]", "grid.a[0] is 1, allowed is a text"),
        (SMALL + "[grid]\nseed = [1]", "grid has 'seed', a name that a sweep uses itself"),
        (SMALL + "[grid]\nvalue = [1]", "grid has 'value', a name that a sweep uses itself"),
        (SMALL + '[grid]\n"a b" = [1]', "grid has 'a b': use letters"),
        (SMALL + "[figures]\nmetric = []", "figures has an unknown field 'metric': did you mean 'metrics'?"),
        (
            SMALL + '[figures]\nmetrics = ["a"]',
            "figures.metrics are gathered from what 'run' writes: add run",
        ),
        (
            SMALL + '[figures]\nevaluation = ["a"]',
            "figures.evaluation are gathered from what 'evaluate' writes",
        ),
        ('name = "s"\nevaluate = "run maze"\nrun = "{study}/a"', "no command makes that run: add command"),
        ('name = "s"\ncommand = "words {metod}"\n[grid]\nmethod = ["a"]', "did you mean 'method'?"),
        ('name = "s"\ncommand = "words {run}"', "add run, the folder that the command writes"),
        ('name = "s"\ncommand = "words {a.b}"', "a place to fill in is a name in braces alone"),
        ('name = "s"\ncommand = "words {"', "write {{ for a brace"),
        ('name = "s"\ncommand = "words \\"a"', "command cannot be split into words: no closing quotation"),
        (
            'name = "s"\ncommand = "words x{a}"\n[grid]\na = [["b"]]',
            "a is a list of words, let it stand alone",
        ),
        ('name = "s"\nevaluate = "run maze --json=a"', "evaluate has --json, which a sweep adds itself"),
        (MAZES.replace("--seed", "--name a --seed"), "command has --name, which a sweep adds itself"),
        (MAZES.replace("/{method}-{frames}-{seed}", "/{method}-{seed}"), "have one run, runs/mazes/random-1"),
        (MAZES.replace("{study}/{method}", "{study}/cells/{method}"), "where the study keeps its own files"),
        (MAZES.replace("{study}/{method}", "{study}/ {method}"), "whose name cannot be that of a run"),
        (
            MAZES + '[[include]]\nmetod = "accel"',
            "include[0] names 'metod', which is no variable: did you mean",
        ),
        (MAZES + '[[include]]\nmethod = "plr"', "include[0] adds method = plr, frames = 256, which is there"),
        (MAZES + '[[exclude]]\nmethod = "accel"', "exclude[0] is method = accel, which is not there"),
        (MAZES + "[[exclude]]\n", "exclude[0] is empty: name a value of method, frames, seed"),
        (MAZES + "[[exclude]]\nseed = 1\n[[exclude]]\nseed = 2", "exclude leaves nothing of the grid"),
        (
            'name = "s"\ncommand = "words {a}"\n[grid]\na = ["x", "x "]',
            "a = x, seed = 0 have one name, x-0: tell",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_file(tmp_path, monkeypatch, capsys, text, said):
    monkeypatch.chdir(tmp_path)
    Path("s.toml").write_text(text)
    assert main(["sweep", "s.toml", "--dry-run"]) == 2
    told = capsys.readouterr().err
    assert said in told and "s.toml" in told and told.count("\n") == 1
    assert not Path("runs").exists()


def test_commands_are_read_before_any_of_them_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("s.toml").write_text('name = "s"\ncommand = "{what}"\n[grid]\nwhat = ["words", "wrods"]')
    assert main(["sweep", "s.toml"]) == 2
    assert "s.toml: command of wrods-0: social-rl wrods:" in capsys.readouterr().err
    Path("s.toml").write_text('name = "s"\ncommand = "run maze"\nrun = "{study}/a"')
    assert main(["sweep", "s.toml"]) == 2
    assert "--runs" in capsys.readouterr().err
    assert not Path("runs").exists()


def test_a_dry_run_prints_the_commands_and_leaves_no_trace(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("s.toml").write_text(MAZES)
    assert main(["sweep", "s.toml", "--dry-run", "--only", "plr-256-2"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "social-rl design plr --frames 256 --seed 2 --runs runs/mazes --name plr-256-2",
        "social-rl evaluate runs/mazes/plr-256-2 --suite mazes --json runs/mazes/cells/plr-256-2/evaluation.json",
    ]
    assert not Path("runs").exists()


@pytest.mark.parametrize(
    ("point", "shown"),
    [
        ({}, "all"),
        ({"method": ()}, "no method"),
        ({"method": ("--method", "influence"), "map": ()}, "--method influence"),
        ({"method": "plr", "side": 5}, "plr 5"),
    ],
)
def test_points_of_a_grid_are_told_apart_in_legends(point, shown):
    assert point_label(point) == shown
