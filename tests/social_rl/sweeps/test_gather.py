"""Are the figures of a study gathered as they were found, with intervals over seeds, a picture, and clear refusals?"""

import io
import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from agents.training.checkpoint import read_manifest
from social_rl.cli import main
from social_rl.runs.run_folder import checkpoints_of, read_metrics
from social_rl.sweeps.cells import cells_of
from social_rl.sweeps.gather import draw_curves, estimated, figures_of, summarised
from social_rl.sweeps.read import Figures, read_sweep
from social_rl.sweeps.results import summary_table, write_results, write_summary
from social_rl.sweeps.states import DONE, LEFT, State, known_state, read_state, write_state
from social_rl.sweeps.table import clock, seconds_left, shown, summary
from tests.social_rl.sweeps.test_sweep import attempts, process_of, sweeping, until

ROOT = Path(__file__).resolve().parents[3]
LONG = 300  # seconds to wait for what takes some ten
TINY = ROOT / "benchmarks/studies/tiny.toml"
STUDY = """
name = "s"
command = "design {method} {more} --seed {seed}"
run = "{study}/{method}-{seed}"
evaluate = "evaluate {run} --suite mazes"
seeds = [1, 2]
[grid]
method = ["random", "plr"]
more = [["--no-map"]]
[figures]
metrics = ["solved", "rare"]
evaluation = ["levels/Maze/solved", "by_seed/1"]
"""


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.fixture
def cells():
    """A study whose cells have run: plr solves .5 and .75 at the end, random nothing."""
    Path("s.toml").write_text(STUDY)
    found = cells_of(read_sweep(Path("s.toml")), "s.toml", Path("runs"))
    for cell in found:
        last = 0.25 + 0.25 * cell.seed if cell.point["method"] == "plr" else 0.0
        lines = [{"frames": 100, "solved": 0.0}, {"frames": 200, "solved": last, "rare": 1}]
        cell.run.mkdir(parents=True)
        (cell.run / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        cell.folder.mkdir(parents=True)
        write_state(cell, State(DONE, begun=cell.stages["command"], finished=cell.stages))
        maze = {"solved": last / 2, "ci95": [None, None]}
        (cell.folder / "evaluation.json").write_text(
            json.dumps({"levels": {"Maze": maze}, "by_seed": [0, cell.seed]})
        )
    return found


ASKED = Figures(("solved", "rare"), ("levels/Maze/solved", "by_seed/1"))


def test_each_figure_of_each_line_is_a_row(cells):
    write_results(figures_of(cells, ASKED), Path("new/all.jsonl"))
    rows = [json.loads(line) for line in Path("new/all.jsonl").read_text().splitlines()]
    assert len(rows) == 4 * (2 + 1 + 2)
    assert rows[-4] == {
        "cell": "plr-no-map-2", "method": "plr", "more": "--no-map", "seed": 2,
        "source": "metrics", "counted": "frames", "done": 200.0, "figure": "solved", "value": 0.75,
    }  # fmt: skip
    assert rows[-2]["figure"] == "levels/Maze/solved" and rows[-2]["value"] == 0.75 / 2
    assert (rows[-1]["source"], rows[-1]["done"], rows[-1]["value"]) == ("evaluation", 0.0, 2.0)


def test_parquet_holds_the_same_rows_with_their_types(cells):
    pytest.importorskip("pyarrow", reason="Parquet needs pyarrow")
    from pyarrow import parquet

    figures = figures_of(cells, ASKED)
    write_results(figures, Path("all.parquet"))
    write_results(figures, Path("all.jsonl"))
    table = parquet.read_table("all.parquet")
    assert table.to_pylist() == [json.loads(line) for line in Path("all.jsonl").read_text().splitlines()]
    assert {f.name: str(f.type) for f in table.schema} == {
        "cell": "string", "method": "string", "more": "string", "seed": "int64", "source": "string",
        "counted": "string", "done": "double", "figure": "string", "value": "double",
    }  # fmt: skip


def test_a_variable_of_several_types_becomes_text(cells):
    pytest.importorskip("pyarrow", reason="Parquet needs pyarrow")
    from pyarrow import parquet

    cells[0].point["method"] = 5  # the points of both seeds are one
    write_results(figures_of(cells, ASKED), Path("all.parquet"))
    assert {*parquet.read_table("all.parquet")["method"].to_pylist()} == {"5", "plr"}


def test_without_pyarrow_nothing_runs_and_the_extra_is_named(cells, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    assert main(["sweep", "s.toml"]) == 2
    said = capsys.readouterr().err
    assert "pip install 'social-rl[curriculum]', or --results runs/s/results.jsonl" in said
    assert main(["sweep", "s.toml", "--results", "all.csv"]) == 2
    assert (
        "--results all.csv: figures go into a file that ends in .parquet or .jsonl" in capsys.readouterr().err
    )
    assert main(["sweep", "s.toml", "--no-gather"]) == 0 and not Path("runs/s/curves.png").exists()


def test_a_study_that_is_done_is_gathered_by_the_command(cells, capsys):
    assert main(["sweep", "s.toml", "--results", "all.jsonl"]) == 0
    said = capsys.readouterr().out
    assert "4 done" in said and "Wrote all.jsonl, runs/s/summary.json, runs/s/curves.png" in said
    found = json.loads(Path("runs/s/summary.json").read_text())
    assert found["cells"] == 4 and found["commit"] and found["machine"]
    plr = next(r for r in found["found"] if r["point"]["method"] == "plr" and r["figure"] == "solved")
    assert plr == {
        "point": {"method": "plr", "more": "--no-map"}, "source": "metrics", "figure": "solved",
        "iqm": 0.625, "seeds": 2, "ci95": [0.5, 0.75],
    }  # fmt: skip
    assert Path("runs/s/curves.png").read_bytes().startswith(b"\x89PNG")


def test_seeds_come_to_their_interquartile_mean(cells):
    # of 0, 1, 2, 9: a quarter is left out on either side, (1 + 2) / 2
    assert estimated([9, 0, 2, 1])[0] == 1.5 and estimated([9, 0, 2, 1]).n == 4
    alone = estimated([3])
    assert alone.value == 3 and alone.low != alone.low, "one seed tells nothing of chance"
    found = summarised(figures_of(cells[:3], ASKED))
    assert [(one.point["method"], one.name, one.estimate.n) for one in found if one.name == "solved"] == [
        ("random", "solved", 2), ("plr", "solved", 1),
    ]  # fmt: skip
    console = Console(width=150, record=True, file=io.StringIO())
    console.print(summary_table(found))
    assert "plr --no-map" in (text := console.export_text()) and "levels/Maze/solved" in text
    write_summary(found, {}, Path("summary.json"))
    assert json.loads(Path("summary.json").read_text())["found"][-1]["ci95"] == [None, None]


def test_a_picture_has_a_line_for_each_point(cells, monkeypatch):
    drawn = {}
    monkeypatch.setattr("social_rl.reports.curves.draw", lambda groups, names, out: drawn.update(groups))
    draw_curves(cells, ["solved"], Path("c.png"))
    assert {name: len(runs) for name, runs in drawn.items()} == {"random --no-map": 2, "plr --no-map": 2}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (
            Figures(metrics=("solvd",)),
            "figures.metrics has 'solvd', which no cell has: did you mean 'solved'?",
        ),
        (Figures(evaluation=("levels/Maze/solve",)), "did you mean 'levels/Maze/solved'?"),
    ],
)
def test_a_figure_that_nobody_has_is_refused(cells, asked, said):
    with pytest.raises(ValueError) as raised:
        figures_of(cells, asked)
    assert said in str(raised.value)


def test_time_left_is_told_at_the_mean_of_what_is_done():
    states = {
        "a": State("done", seconds=60),
        "b": State("done", seconds=120),
        "c": State("running", began=1000.0),
        "d": State("left"),
        "e": State("failed", seconds=5),
    }
    # at 1030: c has 90 - 30 seconds left, d 90; side by side the longer of them, one after another both
    assert seconds_left(states, 2, 1030.0) == 90 and seconds_left(states, 1, 1030.0) == 150
    assert seconds_left({"d": State()}, 1, 0.0) is None
    assert summary(states, 1, 1030.0) == "2 done, 1 running, 1 failed, 1 left, 3:35 spent, about 2:30 left"
    assert clock(3723) == "1:02:03"


def test_a_terminal_shows_who_is_at_work_and_the_rest_in_numbers(cells):
    write_state(cells[0], State("failed", why="exit status 2 of command", attempts=3))
    console = Console(width=100, force_terminal=True, file=io.StringIO())
    with shown(cells, 1, console) as look:
        look()
    said = console.file.getvalue()
    assert "random-no-map-1" in said and "exit status 2 of command" in said and "3 done, 1 failed" in said
    assert "random-no-map-2" not in said, "it is done, which is told in numbers"


# ---- a whole study ---------------------------------------------------------------------------------------
def kept(run):
    """What a run comes to, whatever happened on its way."""
    return read_metrics(run), [read_manifest(found)["sha256"] for found in checkpoints_of(run)]


@pytest.mark.slow
def test_a_whole_study_comes_to_the_same_end_whoever_dies(capsys):
    """Once straight; once with a run that is killed, a sweep that is killed, and Ctrl-C."""
    Path("s.toml").write_text(TINY.read_text())
    assert main(["sweep", "s.toml", "--jobs", "2", "--results", "all.jsonl", "--runs", "straight"]) == 0
    rows = [json.loads(line) for line in Path("all.jsonl").read_text().splitlines()]
    assert {row["cell"] for row in rows} == {"random-1", "random-2", "plr-1", "plr-2"}
    assert Path("straight/tiny/curves.png").exists()

    cells = {cell.name: cell for cell in cells_of(read_sweep(Path("s.toml")), "s.toml", Path("runs"))}
    first = cells["random-1"]
    with sweeping("--no-gather", "--jobs", "1") as sweep:
        until(lambda: checkpoints_of(first.run), LONG)
        os.kill(process_of(first), signal.SIGKILL)
        until(lambda: len(attempts(first)) == 2, LONG)
        until(lambda: cells["random-2"].run.exists(), LONG)
        sweep.kill()
    with sweeping("--no-gather", "--jobs", "1") as sweep:
        until(lambda: cells["plr-1"].run.exists(), LONG)
        time.sleep(0.5)
        sweep.send_signal(signal.SIGINT)
        assert sweep.wait(LONG) == 130, Path("said.txt").read_text()
    left = [cell for cell in cells.values() if known_state(cell).status == LEFT]
    assert left and all(not read_state(cell).process for cell in left)
    assert main(["sweep", "s.toml", "--jobs", "1", "--results", "again.jsonl"]) == 0
    assert any("--resume runs/tiny/random-1" in words for words in attempts(first))
    for cell in cells.values():
        assert kept(cell.run) == kept(Path("straight") / cell.run.relative_to("runs")), cell.name
    assert Path("again.jsonl").read_text() == Path("all.jsonl").read_text()
