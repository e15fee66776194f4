"""What did a run of design come up with? A page of pictures: hardest, most replayed, a family; difficulty over time."""

import html
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image
from rich.console import Console

from adversarial_design.curriculum import Record, read_curriculum
from adversarial_design.kinds import Grid
from social_rl.commands.design import Show, WorldOptions
from social_rl.design.designers import grid_of
from social_rl.runs.run_folder import read_config, read_metrics
from worlds.render.draw import draw_world
from worlds.simulator import DISABLED, Simulator

SHOWN, ACROSS, GAP = 12, 6, 8


def show(command: Show) -> int:
    """Write `gallery/index.html` and its pictures into a run.

    Raises:
        ValueError: it has no curriculum.
    """
    path = command.run / "curriculum.jsonl"
    if not path.exists():
        raise ValueError(
            f"{command.run} has no curriculum.jsonl: it is no run of design, or nothing was saved yet"
        )
    asked = read_config(command.run)
    world = WorldOptions(asked["world"], tuple(asked["choices"]), coplayers=tuple(asked.get("coplayers", ())))
    grid = grid_of(world, asked["view"])
    records = read_curriculum(path)
    folder = command.run / "gallery"
    folder.mkdir(exist_ok=True)
    parts = []
    for title, name, chosen in sections(records):
        if chosen:
            pictures = [picture(grid, record) for record in chosen]
            Image.fromarray(mosaic(pictures)).save(folder / f"{name}.png", optimize=True)
            parts.append(_section(title, name, chosen))
    parts.append(_chart("How hard levels are that students train on", "cycles", over_time(records)))
    parts.append(_chart("Solved", "env steps", solved_over_time(command.run)))
    page = _PAGE.format(
        title=html.escape(f"{command.run.name}: {len(records):,} levels"), body="\n".join(parts)
    )
    (folder / "index.html").write_text(page, encoding="utf-8")
    Console(highlight=False, soft_wrap=True).print(f"Wrote {folder / 'index.html'}")
    return 0


# ---- what is shown --------------------------------------------------------------------------------------
def sections(records: Sequence[Record]) -> list[tuple[str, str, list[Record]]]:
    """Title, file name and levels of each part."""
    seen = [record for record in records if record["solved"] is not None]
    hardest = sorted(
        (r for r in seen if r["solvable"]), key=lambda r: (r["solved"], -(r["numbers"].get("acts") or 0))
    )
    replayed = sorted(records, key=lambda r: -r["replays"])
    impossible = [record for record in records if not record["solvable"]]
    return [
        ("Hardest that can be done", "hardest", hardest[:SHOWN]),
        ("Most replayed", "replayed", [r for r in replayed[:SHOWN] if r["replays"]]),
        ("From an ancestor to its descendant", "family", longest_family(records)[:SHOWN]),
        ("The latest", "latest", list(records[-SHOWN:])),
        ("Cannot be done", "impossible", impossible[:SHOWN]),
    ]


def longest_family(records: Sequence[Record]) -> list[Record]:
    """The longest line of descent that is on record, ancestor first; nothing if no level has a parent here."""
    by_id = {record["id"]: record for record in records}
    depth: dict[str, int] = {}

    def generations(name: str) -> int:
        line = []
        while name in by_id and name not in depth and name not in line:
            line.append(name)
            name = by_id[name]["parent"]
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
        name = by_id[name]["parent"]
    line = line[::-1]
    if len(line) <= SHOWN:
        return line
    return [line[round(i * (len(line) - 1) / (SHOWN - 1))] for i in range(SHOWN)]


def over_time(records: Sequence[Record]) -> dict[str, list[tuple[float, float]]]:
    """Mean difficulty of the levels that were trained on, by cycle."""
    visits = [(visit[0], record) for record in records for visit in record["visits"]]
    if not visits:
        return {}
    lines = {}
    names = [name for name, value in records[0]["numbers"].items() if value is not None or name == "acts"]
    last = max(cycle for cycle, _ in visits)
    width = max(1, -(-last // 60))
    for name in names:
        bins: dict[int, list[float]] = {}
        for cycle, record in visits:
            value = record["numbers"].get(name)
            if value is not None:
                bins.setdefault(int(cycle) // width, []).append(value)
        points = [((b + 0.5) * width, float(np.mean(v))) for b, v in sorted(bins.items())]
        if len({y for _, y in points}) > 1:  # what never changes tells nothing
            lines[name] = points
    return lines


def solved_over_time(run: Path) -> dict[str, list[tuple[float, float]]]:
    """Shares solved in training, when levels are judged, and on the mazes of the literature, by env steps."""
    lines: dict[str, list[tuple[float, float]]] = {}
    for figures in read_metrics(run):
        for name in ("trained/solved", "judged/solved", "evaluation/mean_solved"):
            if name in figures:
                lines.setdefault(name, []).append((figures["frames"], figures[name]))
    return lines


# ---- how it is drawn ------------------------------------------------------------------------------------
def picture(grid: Grid, record: Record, tile: int = 16) -> np.ndarray:
    """A level as it begins."""
    bank = grid.bank(grid.kind.read([record["level"]]))
    sim = Simulator(grid.scenario, 1, bank=bank, autoreset=DISABLED)
    sim.reset(level=0)
    return draw_world(sim.state, 0, tile)


def mosaic(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """Pictures in rows of a few, on paper."""
    high, wide = (max(p.shape[axis] for p in pictures) + GAP for axis in (0, 1))
    across = min(ACROSS, len(pictures))
    whole = np.full((-(-len(pictures) // across) * high + GAP, across * wide + GAP, 3), 250, np.uint8)
    for number, pixels in enumerate(pictures):
        row, col = GAP + number // across * high, GAP + number % across * wide
        whole[row : row + pixels.shape[0], col : col + pixels.shape[1]] = pixels
    return whole


def _section(title: str, name: str, records: Sequence[Record]) -> str:
    def words(record: Record) -> str:
        solved = "?" if record["solved"] is None else f"{record['solved']:.0%}"
        acts = record["numbers"].get("acts")
        told = record["level"].partition("\n\ninstructions\n")[2].strip()
        if record["kind"].startswith("maze"):
            told = ""
        beside = f"with {record['coplayer']}" if "coplayer" in record else ""
        parts = [
            f"<b>{record['id']}</b>", f"born {record['born']}", f"{record['replays']} replays", f"solved {solved}",
            f"{acts:.0f} acts" if acts else "no way",
            *(html.escape(text) for text in (beside, told, record["edit"])),
        ]  # fmt: skip
        return "<li>" + " · ".join(part for part in parts if part) + "</li>"

    lines = "\n".join(words(record) for record in records)
    return (
        f'<h2>{html.escape(title)}</h2>\n<img src="{name}.png" alt="{html.escape(title)}">\n<ol>{lines}</ol>'
    )


def _chart(title: str, over: str, lines: dict[str, list[tuple[float, float]]]) -> str:
    """Lines as a picture in the page itself, each between its own lowest and highest value."""
    if not lines:
        return ""
    width, height = 720, 220
    right = max(x for points in lines.values() for x, _ in points)
    left = min(x for points in lines.values() for x, _ in points)
    drawn, key = [], []
    for number, (name, points) in enumerate(lines.items()):
        low, high = min(y for _, y in points), max(y for _, y in points)
        place: Callable[[float, float], str] = lambda x, y, low=low, high=high: (  # noqa: E731
            f"{(x - left) / ((right - left) or 1) * width:.1f},{height - (y - low) / ((high - low) or 1) * height:.1f}"
        )
        colour = f"hsl({number * 67 % 360} 60% 42%)"
        path = " ".join(place(x, y) for x, y in points)
        drawn.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        key.append(f'<span style="color:{colour}">{html.escape(name)} {low:.3g} to {high:.3g}</span>')
    return (
        f"<h2>{html.escape(title)}</h2>\n<p>{' · '.join(key)}</p>\n"
        f'<svg viewBox="-4 -4 {width + 8} {height + 8}" width="{width}">{"".join(drawn)}</svg>\n'
        f"<p>{left:,.0f} to {right:,.0f} {over}, each line between its own lowest and highest value</p>"
    )


_PAGE = """<!doctype html>
<meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 960px; margin: 2em auto; color: #222; background: #fafafa }}
img {{ max-width: 100% }} ol {{ columns: 2; column-gap: 3.5em; font-size: 12px }} svg {{ background: #fff }}
</style>
<h1>{title}</h1>
{body}
"""
