"""Does a page with a replay have all that it needs, and nothing that is markup, and does it play in a browser?"""

import json
import re
import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image

import social_rl
from social_rl.cli import main
from social_rl.human_feedback.labelling.clips import clip_of, frame_of
from tests.social_rl.replays.test_replays import played
from worlds.objects import WALL
from worlds.render.draw import Cell, draw_cell
from worlds.replay import record
from worlds.replay_files import load, save
from worlds.scenario import make_scenario
from worlds.simulator import DISABLED, Simulator

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def told(words: str):
    sim = Simulator(make_scenario("maze"), levels=1, autoreset=DISABLED)
    recorder, chance = record(sim, cast=["random"]), np.random.default_rng(0)
    for step in range(12):
        if step == 4:
            sim.speak(0, "person", "Ann", words)
        sim.step(chance.integers(0, 4, (1, 1)))
    return recorder.replay


def test_a_page_has_all_that_it_needs_and_no_word_becomes_markup():
    replay = told("</script><img src=x onerror=alert(1)>")
    page = social_rl.show(replay).html
    assert not re.search(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//|@import|url\(""", page), (
        "nothing from elsewhere"
    )
    assert "<img" not in page and page.count("</script>") == 2
    data = json.loads(re.search(r'<script id="clip" type="application/json">(.*?)</script>', page, re.S)[1])
    assert data["sheet"].startswith("data:image/png;base64,") and len(data["changes"]) == 12
    assert data["lines"][-1]["words"] == "</script><img src=x onerror=alert(1)>" or len(data["lines"]) > 1
    assert "import {" not in page and "\nexport " not in page


def test_a_notebook_shows_it_in_a_frame_and_a_file_can_be_written(tmp_path, capsys):
    replay, sim = played("red")
    shown = social_rl.show(replay, sim.scenario)
    assert shown._repr_html_().startswith('<iframe sandbox="allow-scripts"')
    save(told("hello"), tmp_path / "r.jsonl.gz")
    assert (
        social_rl.show(tmp_path / "r.jsonl.gz").save(tmp_path / "a.html").read_text()
        == social_rl.show(load(tmp_path / "r.jsonl.gz")).html
    )
    assert main(["replay", "page", str(tmp_path / "r.jsonl.gz"), "--to", str(tmp_path / "b.html")]) == 0
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()
    assert "open it in a browser" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="there is no Chromium: apt-get install chromium")
def test_it_plays_in_a_browser(tmp_path):
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="a browser is driven by playwright: pip install playwright"
    )
    replay = told("look there")
    path = social_rl.show(replay).save(tmp_path / "page.html")
    clip = clip_of(replay)
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1024, "height": 640})
        asked, failed = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: failed.append(str(error)))
        page.goto(path.as_uri())
        page.wait_for_function("document.getElementById('position').max === '12'")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        assert page.text_content("#step") == "step 2 of 12"
        page.keyboard.press("End")
        assert page.text_content("#step") == "step 12 of 12"
        pixel = page.evaluate(
            "() => { const c = document.getElementById('house');"
            " const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
            " return [c.width, c.height, d.some((v, i) => i % 4 !== 3 && v > 0)]; }"
        )
        assert pixel[2] and abs(pixel[0] / pixel[1] - clip.cols / clip.rows) < 0.02
        page.click("#reverse")
        page.click("#play")
        page.wait_for_function("document.getElementById('step').textContent === 'step 0 of 12'")
        assert page.text_content("#lines").count("look there") == 1
        assert (
            failed == [] and [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
        )
        browser.close()
    assert frame_of(clip, 12).shape == (clip.rows, clip.cols)


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="there is no Chromium: apt-get install chromium")
def test_its_first_picture_is_the_house(tmp_path):
    """A screenshot by the browser itself: the walls of the house take the room of the window that they should."""
    replay = told("look there")
    path, file = social_rl.show(replay).save(tmp_path / "page.html"), tmp_path / "page.png"
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1024,640"]
    subprocess.run(
        [str(BROWSER), *flags, "--virtual-time-budget=4000", f"--screenshot={file}", path.as_uri()],
        check=True, capture_output=True, timeout=240, cwd=tmp_path,
    )  # fmt: skip
    with Image.open(file) as picture:
        pixels = np.asarray(picture.convert("RGB"), int)
    assert pixels.shape == (640, 1024, 3)
    wall = draw_cell(Cell(WALL), 32).reshape(-1, 3).mean(0)
    is_wall = np.abs(pixels - wall).max(-1) < 24
    walls = (Simulator(make_scenario("maze"), levels=1).state.ground_at[0] == WALL).mean()
    house = 522 * 522 / is_wall.size  # what of a window of this size the house takes
    assert 0.8 < is_wall.mean() / (walls * house) < 1.2
