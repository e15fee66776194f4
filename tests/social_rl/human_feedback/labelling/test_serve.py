"""Does `social-rl label --web` put up the page, keep addresses, say what is wrong, and lose nothing when killed?"""

import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from social_rl.cli import main
from social_rl.commands.label import Label
from social_rl.human_feedback.labelling.desk import clip_in
from social_rl.human_feedback.labelling.opening import folder_of
from social_rl.human_feedback.labelling.serve import (
    KEY,
    authorities_of,
    check,
    is_loopback,
    secret_in,
    server_of,
)
from tests.social_rl.human_feedback.labelling.desks import comparison
from tests.social_rl.human_feedback.labelling.live import Site, label_of

ROOT = Path(__file__).parents[4]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rater": ()}, "--rater is empty"),
        ({"rater": ("ann", "ann")}, "name each rater once"),
        ({"rater": ("ann smith",)}, "--rater 'ann smith'"),
        ({"rater": ("../ann",)}, "letters, digits"),
        ({"port": 70000}, "--port is 70000"),
        ({"host": "0.0.0.0"}, "name the one address"),
        ({"host": "::"}, "name the one address"),
    ],
)
def test_wrong_options_are_named(change, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        check(Label("labels.sqlite", **change))


def test_replays_are_beside_the_store_unless_named(tmp_path):
    assert folder_of(Label(str(tmp_path / "labels.sqlite"))) == tmp_path
    assert folder_of(Label(f"sqlite:///{tmp_path}/labels.sqlite")) == tmp_path
    assert folder_of(Label("postgresql+psycopg://host/x", replays=tmp_path)) == tmp_path
    with pytest.raises(ValueError, match="--replays is needed"):
        folder_of(Label("postgresql+psycopg://host/x"))
    with pytest.raises(ValueError, match="is no folder"):
        folder_of(Label(str(tmp_path / "gone/labels.sqlite")))


def test_the_key_is_drawn_once_for_its_owner_alone(tmp_path):
    secret = secret_in(tmp_path)
    assert secret_in(tmp_path) == secret and len(secret) == 32
    assert (tmp_path / KEY).stat().st_mode & 0o777 == 0o600
    (tmp_path / KEY).write_text("short")
    with pytest.raises(ValueError, match="holds no key"):
        secret_in(tmp_path)


def test_only_names_of_the_address_are_answered():
    assert authorities_of("127.0.0.1", 8) == {"127.0.0.1:8", "localhost:8", "[::1]:8"}
    assert authorities_of("192.0.2.7", 8) == {"192.0.2.7:8"} and not is_loopback("192.0.2.7")
    assert authorities_of("::1", 8) == {"127.0.0.1:8", "localhost:8", "[::1]:8"}


@pytest.mark.parametrize("replay", ["../secret.jsonl", "/etc/passwd", "a/../../secret.jsonl", "link.jsonl"])
def test_a_replay_outside_the_folder_is_not_read(tmp_path, replay):
    folder = tmp_path / "store"
    folder.mkdir()
    (tmp_path / "secret.jsonl").write_text("secret")
    (folder / "link.jsonl").symlink_to(tmp_path / "secret.jsonl")
    with pytest.raises(ValueError, match="is not below"):
        clip_in(folder, replay)


def test_missing_packages_are_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(ImportError, match=r"pip install -c constraints.txt -e \".\[label\]\""):
        server_of()


def test_no_store_is_made(tmp_path, capsys):
    pytest.importorskip("uvicorn", reason="the labelling page needs the extra label")
    pytest.importorskip("sqlalchemy", reason="the store needs sqlalchemy")
    assert main(["label", str(tmp_path / "labels.sqlite"), "--web"]) == 2
    assert (
        "labels.sqlite is not there" in capsys.readouterr().err and not (tmp_path / "labels.sqlite").exists()
    )


# ---- 50 raters, and a server that is killed ----------------------------------------------------------------
RATERS, EACH, KILLS = 50, 6, 3


def started(store: Path, raters: list[str], port: int) -> tuple[subprocess.Popen, Site]:
    """The page in a process of its own, and what it said of its addresses."""
    command = [sys.executable, "-u", "-m", "social_rl.cli", "label", str(store), "--web", "--port", str(port)]
    process = subprocess.Popen([*command, "--rater", *raters], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    found: dict[str, tuple[int, str]] = {}
    while len(found) < len(raters):
        line = process.stdout.readline()
        assert line, "it ended before it said where the page is"
        if match := re.match(r"(\S+): http://127\.0\.0\.1:(\d+)/#token=([0-9a-f]{64})", line):
            found[match[1]] = int(match[2]), match[3]
    return process, Site(found[raters[0]][0], {rater: token for rater, (_, token) in found.items()})


def end(process: subprocess.Popen, how: int) -> int:
    """End a server in some way; returns its exit status."""
    process.send_signal(how)
    status = process.wait()
    assert process.stdout is not None
    process.stdout.close()
    return status


@pytest.mark.slow
def test_what_is_acknowledged_is_stored_once_though_the_server_is_killed(tmp_path):
    pytest.importorskip("uvicorn", reason="the labelling page needs the extra label")
    pytest.importorskip("sqlalchemy", reason="the store needs sqlalchemy")
    from social_rl.human_feedback.preferences.store import open_store

    path, raters = tmp_path / "labels.sqlite", [f"rater{i}" for i in range(RATERS)]
    names = [f"c{i}" for i in range(EACH)]
    store = open_store(path)
    store.ask([comparison(name)._replace(id=name) for name in names])
    process, site = started(path, raters, 0)
    acknowledged: list[str] = []
    attempts: Counter[str] = Counter()
    alone = threading.Lock()

    def answer(number: int) -> None:
        for i, name in enumerate(names):
            label = label_of(name, number * EACH + i, reason=f"{number}")
            while True:
                with alone:
                    attempts[label["id"]] += 1
                try:
                    status, said = site.post("/api/label", label, raters[number])
                except (OSError, ValueError):  # nobody answered, or not to the end
                    time.sleep(0.1)
                    continue
                if status == 200:
                    assert said == {"stored": label["id"]}
                    with alone:
                        acknowledged.append(label["id"])
                    break
                assert status >= 500, said
                time.sleep(0.1)

    clients = [threading.Thread(target=answer, args=(number,), daemon=True) for number in range(RATERS)]
    for client in clients:
        client.start()
    for kill in range(KILLS):
        while len(acknowledged) < (kill + 1) * RATERS * EACH // (KILLS + 2):
            assert process.poll() is None
            time.sleep(0.01)
        end(process, signal.SIGKILL)
        with alone:
            heard = set(acknowledged)
        assert heard <= store.labels(human=True).keys(), "acknowledged, but not stored"
        process, again = started(path, raters, site.port)
        assert again == site, "addresses outlive the server"
    for client in clients:
        client.join()
    assert end(process, signal.SIGINT) == 130
    labels = store.labels(human=True)
    store.close()
    assert sorted(acknowledged) == sorted(labels) and len(labels) == RATERS * EACH
    assert Counter((label.rater, label.comparison) for label in labels.values()).most_common(1)[0][1] == 1
    assert max(attempts.values()) > 1, "nobody was cut off: the kills tested nothing"
