"""What are the pages of the site? Documents of this folder, and pages made of the tables of the code.

    python docs/site/gather.py out/docs-source

Sphinx makes the site of what is put there. Documents are read on the repository's page, too: so they are plain
Markdown, and links to source files lead to pages with the source.
"""

import argparse
import os
import re
import shutil
from pathlib import Path

from social_rl.reports.command_page import command_page
from social_rl.reports.observation_page import observation_page
from social_rl.reports.scenario_page import scenario_page
from worlds.scenario import make_scenario, scenario_names

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
SECTION = re.compile(r"^## (\w+)\n(.*?)(?=^## |\Z)", re.M | re.S)  # of one scenario in scenarios.md
LINK = re.compile(r"(?<!\\)\]\(([^)\s]+)\)")
LISTED = ("docs/results", "docs/decisions")  # folders that have a page of their own

# The API: title and module of each page, and the names that stand on it.
API = {
    "worlds": (
        ("worlds", ("make_scenario", "scenario_names", "Scenario", "Simulator", "Level")),
        ("worlds", ("parallel_env", "vector_env", "single_env", "parse", "phrase", "canonical")),
        ("worlds.scenario", ("Rewards",)),
        ("worlds.envs.parallel_env", ("HouseParallelEnv", "env")),
        ("worlds.envs.vector_env", ("HouseVectorEnv", "HouseEnv")),
        ("worlds.replay", ("record", "Recorder", "resimulate", "check")),
        ("worlds.render.describe", ("explain", "scene")),
        ("worlds.render.draw", ("draw_world", "draw_view")),
    ),
    "agents": (
        ("agents.types", ("Policy", "Cast")),
        ("agents.batch", ("Batch", "Percept", "Transition")),
        ("agents.policies.planner", ("Planner",)),
        ("agents.policies.simple", ("Random", "Still")),
        ("agents.training.methods", ("Method",)),
        ("agents.training.rollout", ("RolloutWorker",)),
        ("agents.guessing.guesser", ("Guesser", "goals_of")),
    ),
    "adversarial_design": (
        ("adversarial_design.designer", ("LevelKind", "Proposal", "Play", "Scores", "Designer")),
        ("adversarial_design.buffer", ("Buffer",)),
    ),
    "social_rl": (("social_rl", ("show",)), ("social_rl.cli", ("main",))),
}

# Where each page stands in the menu.
MENU = {
    "Start": (
        "start",
        "tutorials/1-first-house",
        "tutorials/2-learning-loop",
        "tutorials/3-your-own",
        "tutorials/4-curriculum",
        "tutorials/5-labels",
    ),
    "Scenarios": ("scenarios",),
    "Agents and training": ("training", "social", "demonstrations", "goals", "sweeps"),
    "Designed worlds": ("designing",),
    "Language and feedback": ("language", "human-feedback"),
    "Viewer": ("viewer",),
    "Reference": (
        "commands",
        "observations",
        *(f"api/{name}" for name in API),
        "extending",
        "clients",
        "repository/CHANGELOG",
        "repository/CONTRIBUTING",
    ),
    "Results": ("results", "claims", "seed", "defects", "log"),
    "How it works": (
        "how/network",
        "how/expert",
        "how/language",
        "how/designers",
        "how/human-feedback",
        "decisions",
    ),
}


def main() -> None:
    """Put all pages into a folder, which is emptied first."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("to", type=Path)
    to = parser.parse_args().to
    if to.exists():
        shutil.rmtree(to)
    shutil.copytree(DOCS, to, ignore=shutil.ignore_patterns("gather.py", "home.md", "__pycache__"))
    shutil.copytree(ROOT / "examples", to / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    for name, page in pages().items():
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        (to / name).write_text(page, encoding="utf-8")
    sources: set[str] = set()
    for path in sorted(to.rglob("*.md")):
        text = path.read_text(encoding="utf-8")
        path.write_text(linked(text, path.relative_to(to).as_posix(), sources), encoding="utf-8")
    for name in sorted(sources):
        page = to / f"source/{name}.md"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(source_page(name), encoding="utf-8")
    (to / "conf.py").write_text((DOCS / "site/conf.py").read_text(encoding="utf-8"), encoding="utf-8")


def pages() -> dict[str, str]:
    """Pages that are no documents of this folder, by where they stand."""
    scenarios = (DOCS / "scenarios.md").read_text(encoding="utf-8")
    told = dict(SECTION.findall(scenarios))
    made = {
        f"scenarios/{name}.md": scenario_page(name, upwards(deeper(told[name]))) for name in scenario_names()
    }
    made["scenarios.md"] = overview(SECTION.sub(lambda m: "" if m[1] in told_of(m[1]) else m[0], scenarios))
    made["commands.md"] = command_page()
    made["observations.md"] = observation_page()
    made |= {f"api/{name}.md": api_page(name) for name in API}
    made["results.md"] = listing("Results", "results", "What was measured, with command, commit and machine.")
    made["decisions.md"] = listing("Decisions", "decisions", "Why it is built this way, one page each.")
    made["clients.md"] = out_of((DOCS / "results/interop.md").read_text(encoding="utf-8"), "results")
    for name in ("CHANGELOG", "CONTRIBUTING"):
        text = (ROOT / f"{name}.md").read_text(encoding="utf-8")
        made[f"repository/{name}.md"] = LINK.sub(lambda m: f"]({from_root(m[1])})", text)
    made["index.md"] = (DOCS / "site/home.md").read_text(encoding="utf-8") + "\n".join(map(toctree, MENU))
    return made


def told_of(name: str) -> tuple[str, ...]:
    """The name, if it is that of a scenario."""
    return (name,) if name in scenario_names() else ()


def deeper(text: str) -> str:
    """Headings of a section, one level down."""
    return re.sub(r"^(#+) ", r"#\1 ", text, flags=re.M)


def upwards(text: str) -> str:
    """Links of a document of this folder, as of a page one folder deeper."""
    return LINK.sub(lambda m: f"](../{m[1]})" if is_local(m[1]) else m[0], text)


def out_of(text: str, folder: str) -> str:
    """Links of a document of a folder, as of a page beside that folder."""
    return LINK.sub(
        lambda m: f"]({os.path.normpath(os.path.join(folder, m[1]))})" if is_local(m[1]) else m[0], text
    )


def from_root(target: str) -> str:
    """A link of a file that stands in the root, as of a page in a folder of the site."""
    if not is_local(target):
        return target
    return f"../{target.removeprefix('docs/')}" if target.startswith("docs/") else f"../../{target}"


def is_local(target: str) -> bool:
    """Does a link lead to a file?"""
    return not target.startswith(("http:", "https:", "#", "mailto:"))


def overview(text: str) -> str:
    """The page about all scenarios: cards that lead to each, and what holds for all."""
    cards = "\n".join(
        f":::{{grid-item-card}} {name}\n:img-top: pictures/scenario-{name}.png\n:link: scenarios/{name}\n"
        f":link-type: doc\n\n{make_scenario(name).summary}\n:::"
        for name in scenario_names()
    )
    first, rest = text.split("\n\n", 1)
    menu = "\n".join(f"scenarios/{name}" for name in scenario_names())
    return (
        f"{first}\n\n::::{{grid}} 1 2 3 3\n:gutter: 2\n\n{cards}\n::::\n\n{rest}\n"
        f"```{{toctree}}\n:hidden:\n\n{menu}\n```\n"
    )


def listing(title: str, folder: str, about: str) -> str:
    """A page that leads to all documents of a folder."""
    names = "\n".join(f"{folder}/{path.stem}" for path in sorted((DOCS / folder).glob("*.md")))
    return f"# {title}\n\n{about}\n\n```{{toctree}}\n:maxdepth: 1\n\n{names}\n```\n"


def api_page(name: str) -> str:
    """The public names of a package."""
    import importlib

    directives = [f"# {name}", (importlib.import_module(name).__doc__ or "").split("\n")[0]]
    for module, names in API[name]:
        for each in names:
            thing = getattr(importlib.import_module(module), each)
            kind = "autoclass" if isinstance(thing, type) else "autofunction"
            members = "   :members:\n" if kind == "autoclass" else ""
            directives.append(f"```{{eval-rst}}\n.. {kind}:: {module}.{each}\n{members}```")
    return "\n\n".join(directives) + "\n"


def toctree(caption: str) -> str:
    """A part of the menu."""
    names = "\n".join(MENU[caption])
    return f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{names}\n```\n"


def linked(text: str, page: str, sources: set[str]) -> str:
    """A page whose links to what is no page lead to one that shows it; its files are added to `sources`."""

    def target(match: re.Match[str]) -> str:
        path, hash_, anchor = match[1].partition("#")
        if not path or not is_local(match[1]):
            return match[0]
        place = os.path.normpath(os.path.join("docs", os.path.dirname(page), path))
        if place in LISTED:
            return f"]({up(page)}{place.removeprefix('docs/')}.md)"
        if place.startswith("docs/"):
            return match[0]
        if place == "README.md":
            return f"]({up(page)}index.md)"
        if place in ("CHANGELOG.md", "CONTRIBUTING.md"):
            return f"]({up(page)}repository/{place}{hash_}{anchor})"
        sources.add(place)
        return f"]({up(page)}source/{place}.md)"

    parts = re.split(r"(^```.*?^```$)", text, flags=re.M | re.S)  # what stands in fences stays as it is
    return "".join(part if part.startswith("```") else LINK.sub(target, part) for part in parts)


def up(page: str) -> str:
    """From a page to the root of the site."""
    return "../" * page.count("/")


def source_page(name: str) -> str:
    """A file of this repository as a page; a folder as a list of its files with what each one says first."""
    path = ROOT / name
    if path.is_dir():
        rows = "\n".join(f"- `{file.name}`: {first_line(file)}" for file in sorted(path.glob("*.*")))
        return f"---\norphan: true\n---\n\n# {name}\n\n{rows}\n"
    kind = {".py": "python", ".json": "json", ".toml": "toml", ".md": "markdown"}.get(path.suffix, "text")
    text = path.read_text(encoding="utf-8")
    return f"---\norphan: true\n---\n\n# {name}\n\n``````{{code-block}} {kind}\n{text}\n``````\n"


def first_line(path: Path) -> str:
    """What a file says that it is about."""
    return path.read_text(encoding="utf-8").split("\n", 1)[0].strip('"# ')


if __name__ == "__main__":
    main()
