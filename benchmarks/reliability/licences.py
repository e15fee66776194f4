"""Under which licence is each package of the lock? As its own metadata tells, one row each."""

from importlib import metadata
from pathlib import Path

LOCK = Path(__file__).parents[2] / "constraints.txt"


def names():
    lines = (line.split("#")[0].strip() for line in LOCK.read_text(encoding="utf-8").splitlines())
    return [line.split("==")[0] for line in lines if line]


def licence(name):
    """Returns what the package says: an expression, else classifiers, else the first line of its text."""
    try:
        told = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return "not installed here"
    classes = [
        value.split(" :: ")[-1]
        for value in told.get_all("Classifier") or ()
        if value.startswith("License ::")
    ]
    text = (told.get("License") or "").strip().split("\n")[0]
    return told.get("License-Expression") or ", ".join(classes) or text or "not told"


def main():
    print("| package | licence |\n|---|---|")
    for name in names():
        print(f"| {name} | {licence(name)} |")


if __name__ == "__main__":
    main()
