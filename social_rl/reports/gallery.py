"""What did a run of design come up with? A page of pictures: hardest, most replayed, a family; difficulty over time."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, get_type_hints

import numpy as np
from rich.console import Console

from adversarial_design.coplayers import EARLIER
from adversarial_design.curriculum import Record, levels_of, read_curriculum
from adversarial_design.kinds import Grid
from social_rl.commands.design import Show, WorldOptions
from social_rl.design.designers import grid_of
from social_rl.reports.chart import chart
from social_rl.reports.curves import LINES
from social_rl.reports.page import Card, cards, charts, page, section
from social_rl.runs.run_folder import CONFIG, checkpoints_of, read_config, read_metrics
from worlds.checks import count
from worlds.render.draw import draw_world
from worlds.scenario import own_choices
from worlds.simulator import DISABLED, Simulator
from worlds.typed import typed

SHOWN = 12  # levels of a section
BINS = 60  # points of a line, at most
TILE = 20  # pixels of a cell
INTRODUCTION = (
    "Click a level for the command that plays it. Its number is that of its line in curriculum.jsonl, its cycle the "
    "one in which it came first. Solved: how often the student did, when that was last measured. Acts: what the expert "
    "needs. In pale: how it differs from the level that it was made from, in rows and columns from 0."
)
MEASURES = {
    "acts": "acts that the expert needs", "walls": "walls", "doors": "doors", "furniture": "pieces of furniture",
    "items": "items", "clauses": "clauses of what is told",
}  # fmt: skip
SOLVED = {
    "trained/solved": "levels that are learned from", "judged/solved": "new levels, when they are judged",
    "evaluation/mean_solved": "mazes of the literature",
}  # fmt: skip


def show(command: Show) -> int:
    """Write `gallery/index.html` into a run.

    Raises:
        ValueError: it has no curriculum, or one of other levels than its config says.
    """
    run = command.run
    path = run / "curriculum.jsonl"
    if not path.exists():
        raise ValueError(f"{run} has no curriculum.jsonl: it is no run of design, or nothing was saved yet")
    world, view = world_of(run)
    records = read_curriculum(path)
    parts = [part for part in sections(records) if part.records]
    shown = cards_of(run, grid_of(world, view), records, parts)
    body = [section(part.title, part.about, cards([shown[r["id"]] for r in part.records])) for part in parts]
    title = f"{run.name}: {count(len(records), 'level')}"
    file = run / "gallery" / "index.html"
    file.parent.mkdir(exist_ok=True)
    file.write_text(page(title, INTRODUCTION, [*body, *curves_of(run, records)]), encoding="utf-8")
    Console(highlight=False, soft_wrap=True).print(f"Wrote {file}: open it in a browser")
    return 0


def world_of(run: Path) -> tuple[WorldOptions, int]:
    """The worlds of a run, and the cells of a view.

    Raises:
        ValueError: its config is damaged: names the file and the field.
    """
    asked, hints = read_config(run), get_type_hints(WorldOptions)

    def told(kind: Any, name: str, usual: Any = None) -> Any:
        return typed(kind, asked.get(name, usual), f"{run / CONFIG}: config.{name}")

    named = {name: told(hints[name], name, []) for name in ("choices", "coplayers")}
    return WorldOptions(told(hints["world"], "world"), **named), told(int, "view")


# ---- which levels are shown -----------------------------------------------------------------------------
class Part(NamedTuple):
    """A section of the page."""

    title: str
    about: str
    records: Sequence[Record]


def sections(records: Sequence[Record]) -> list[Part]:
    """The levels of each part, some of them empty."""
    seen = [r for r in records if r.get("solved") is not None and r.get("solvable")]
    hardest = sorted(seen, key=lambda r: (r["solved"], -(numbers_of(r).get("acts") or 0)))
    replayed = sorted((r for r in records if r.get("replays")), key=lambda r: -r["replays"])
    impossible = [r for r in records if r.get("solvable") is False]
    family = longest_family(records)
    return [
        Part(
            "Hardest that can be done",
            "Solved least often; among equals, the longest way first.",
            hardest[:SHOWN],
        ),
        Part("Most replayed", "Came again most often after the first time.", replayed[:SHOWN]),
        Part("A family", "The longest line of descent, from an ancestor to its descendant.", family),
        Part("The latest", "The last lines of the file.", records[-SHOWN:]),
        Part(
            "Cannot be done", "No way to the end was found, nor did the expert find one.", impossible[:SHOWN]
        ),
    ]


def numbers_of(record: Record) -> dict[str, float | None]:
    """Difficulty by name, as far as it is on record."""
    return record.get("numbers", {})


def longest_family(records: Sequence[Record]) -> list[Record]:
    """The longest line of descent that is on record, ancestor first; nothing if no level has a parent here."""
    by_id = {record["id"]: record for record in records}
    depth: dict[str, int] = {}

    def generations(name: str) -> int:
        line = []
        while name in by_id and name not in depth and name not in line:
            line.append(name)
            name = by_id[name].get("parent", "")
        base = depth.get(name, 0)
        for number, member in enumerate(reversed(line), 1):
            depth[member] = base + number
        return depth.get(line[0] if line else name, base)

    for record in records:
        generations(record["id"])
    if not depth or max(depth.values()) < 2:
        return []
    name = max(depth, key=lambda n: depth[n])
    line: list[Record] = []
    while name in by_id and by_id[name] not in line:
        line.append(by_id[name])
        name = by_id[name].get("parent", "")
    line = line[::-1]
    if len(line) <= SHOWN:
        return line
    return [line[round(i * (len(line) - 1) / (SHOWN - 1))] for i in range(SHOWN)]


# ---- how a level is shown -------------------------------------------------------------------------------
def cards_of(run: Path, grid: Grid, records: Sequence[Record], parts: Sequence[Part]) -> dict[str, Card]:
    """The levels of all parts by id, as they begin."""
    number = {record["id"]: n for n, record in enumerate(records, 1)}
    chosen = list({record["id"]: record for part in parts for record in part.records}.values())
    if not chosen:
        return {}
    sim = Simulator(
        grid.scenario, len(chosen), bank=grid.bank(levels_of(chosen, grid.kind)), autoreset=DISABLED
    )
    sim.assign(np.arange(len(chosen))[None])
    sim.reset()
    return {
        record["id"]: Card(
            number[record["id"]],
            draw_world(sim.state, w, TILE),
            facts_of(record),
            told_in(record),
            record.get("edit", ""),
            command_of(run, record, sim.scenario.name, sim.names(w), sim.sizes.view),
        )
        for w, record in enumerate(chosen)
    }


def facts_of(record: Record) -> list[str]:
    """What is known of a level, in words."""
    solved, acts, who = record.get("solved"), numbers_of(record).get("acts"), record.get("coplayer", "")
    facts = [
        f"cycle {record['born']}" if "born" in record else "",
        count(record["replays"], "replay") if record.get("replays") else "",
        "" if solved is None else f"solved {100 * solved:.0f}\u00a0%",
        "cannot be done" if record.get("solvable") is False else count(round(acts), "act") if acts else "",
        f"with {'its earlier self' if who == EARLIER else who}" if who else "",
    ]
    return [fact for fact in facts if fact]


def told_in(record: Record) -> list[str]:
    """What agents are told in a house; in mazes all are told the same."""
    if record["kind"].startswith("maze"):
        return []
    return [line.strip() for line in record["level"].partition("\n\ninstructions\n")[2].splitlines()]


def command_of(run: Path, record: Record, world: str, agents: Sequence[str], view: int) -> str:
    """The command that plays a level, by its id: its number may change as the run goes on.

    The mind of the run plays, if there is one, with whom the level says; `earlier` is the mind itself.
    """
    usual = own_choices(world)
    chosen = {"agents": len(agents), "view": view}
    choices = [f"{name}={value}" for name, value in chosen.items() if usual.get(name) != value]
    words = ["social-rl", "play", world, "--levels", str(run / "curriculum.jsonl"), "--level", record["id"]]
    words += ["--set", *choices] if choices else []
    if checkpoints_of(run):
        cast = dict.fromkeys(agents, f"mind:{run}")
        if record.get("coplayer", EARLIER) != EARLIER:
            cast[agents[-1]] = record["coplayer"]
        words += ["--cast", *(f"{name.lower()}={policy}" for name, policy in cast.items())]
    return shlex.join(words)


# ---- what became of it over time ------------------------------------------------------------------------
def curves_of(run: Path, records: Sequence[Record]) -> list[str]:
    """Sections with charts, as far as there is something to draw."""
    measured, solved = over_time(records), solved_over_time(run)
    hard = [chart({name: points}, "cycle", name, LINES) for name, points in measured.items()]
    often = [chart(solved, "env steps in all", "episodes solved", LINES, is_share=True)] if solved else []
    about = "Means over the levels that the student was trained on."
    parts = [
        ("How hard levels were", about, hard),
        (
            "How often they were solved",
            "By the student; steps count judging, searching and rivals, too.",
            often,
        ),
    ]
    return [section(title, said, charts(drawn)) for title, said, drawn in parts if drawn]


def over_time(records: Sequence[Record]) -> dict[str, list[tuple[float, float]]]:
    """Mean difficulty of the levels that were trained on, by cycle; what never changes is left out."""
    visits = [(visit[0], record) for record in records for visit in record.get("visits", ())]
    last = max((cycle for cycle, _ in visits), default=0)
    width = max(1, -(-last // BINS))  # cycles that a point stands for
    lines = {}
    for name in {name: None for record in records for name in numbers_of(record)}:
        bins: dict[int, list[float]] = {}
        for cycle, record in visits:
            value = numbers_of(record).get(name)
            if value is not None:
                bins.setdefault(int(cycle) // width, []).append(value)
        points = [
            ((b + (width - 1) / (2 * width)) * width, float(np.mean(v))) for b, v in sorted(bins.items())
        ]
        if len({y for _, y in points}) > 1:
            lines[MEASURES.get(name, name)] = points
    return lines


def solved_over_time(run: Path) -> dict[str, list[tuple[float, float]]]:
    """Shares solved in training, when levels are judged, and on the mazes of the literature, by env steps."""
    lines: dict[str, list[tuple[float, float]]] = {}
    for figures in read_metrics(run):
        for name, words in SOLVED.items():
            if name in figures:
                lines.setdefault(words, []).append((figures["frames"], figures[name]))
    return lines
