"""Does the labelling page work in a real browser: keys, undo, sides, a server that is away, texts that are scripts?"""

import os
import shutil
from collections.abc import Iterator

import pytest

pytest.importorskip("starlette", reason="the labelling page needs the extra label: starlette")
pytest.importorskip("playwright", reason="a browser is driven by playwright: pip install playwright")

from playwright.sync_api import Error, sync_playwright

from social_rl.human_feedback.labelling.clips import Line, clip_of
from tests.houses import act, level, scenario_of
from tests.social_rl.human_feedback.labelling.desks import MemoryDesk, comparison, item
from tests.social_rl.human_feedback.labelling.live import Site, running
from worlds.replay import record
from worlds.simulator import DISABLED, Simulator

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="there is no Chromium: apt-get install chromium"),
]
HOUSE = """
A..c
.##.
B...

A Ann facing east
B Bob facing east
c red cup
"""
READY = "!!document.querySelector('#answers button:enabled')"
TAGS = (
    "<script>hit()</script>", "<script src=//evil.example/x.js></script>", "<script type=module>hit()</script>",
    "<img src=x onerror=hit()>", "<svg onload=hit()>", "<svg><script>hit()</script></svg>", "<body onload=hit()>",
    "<iframe srcdoc='<script>parent.hit()</script>'></iframe>", "<iframe src=javascript:parent.hit()></iframe>",
    "<details open ontoggle=hit()>", "<input autofocus onfocus=hit()>", "<video><source onerror=hit()></video>",
    "<audio src=x onerror=hit()>", "<a href=javascript:hit()>x</a>", "<object data=javascript:hit()></object>",
    "<embed src=javascript:hit()>", "<math><mtext><script>hit()</script></mtext></math>",
    "<style>@import '//evil.example/x.css'</style>", "<link rel=stylesheet href=//evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>", "<base href=//evil.example/>",
    "<form action=//evil.example><button autofocus>x", "<marquee onstart=hit()>", "<template><img onerror=hit()>",
    "<noscript><p title='</noscript><img src=x onerror=hit()>'>", "${hit()}{{hit()}}<%= hit() %>", "javascript:hit()",
)  # fmt: skip
WRAPS = (
    "%s",
    "\"'><%s",
    "</pre></script></textarea></title>%s",
    "--><![CDATA[%s]]>\u2028\u202e",
    "&lt;b&gt;%s&#x3c;",
)
SCRIPTS = tuple(wrap % tag for tag in TAGS for wrap in WRAPS)


@pytest.fixture(scope="module")
def clip():
    scenario = scenario_of(
        [level(HOUSE, 20, ann="pick up the red cup", bob="go to the red cup")], needs_done=False
    )
    sim = Simulator(scenario, 1, levels=1, autoreset=DISABLED)
    recorder = record(sim)
    for _ in range(2):
        act(sim, ann="forward", bob="forward")
    act(sim, ann="pick up")
    return clip_of(recorder.replay, scenario)


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as driver:
        flags = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = driver.chromium.launch(executable_path=BROWSER, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def page(browser) -> Iterator:
    """A page of which no error, no dialog and no request elsewhere is forgiven."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(15_000)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on("dialog", lambda dialog: (wrong.append("a dialog"), dialog.dismiss()))
    page.on(
        "request",
        lambda asked: (
            asked.url.startswith(("http://127.0.0.1:", "about:")) or wrong.append(f"asked {asked.url}")
        ),
    )
    page.on("console", lambda said: "Content Security Policy" in said.text and wrong.append(said.text))
    page.add_init_script("window.hits = 0; window.hit = () => { window.hits += 1; };")
    page.wrong = wrong
    yield page
    assert wrong == []
    context.close()


def enter(page, site: Site, rater: str = "ann") -> None:
    """Open a rater's address, and wait for a question."""
    page.goto("about:blank")
    page.goto(f"http://{site.authority}/#token={site.tokens[rater]}")
    page.wait_for_selector("#answers button:enabled")


def until(page, expression: str) -> None:
    """Wait for something to hold. Playwright's own waiting is `eval` in the page, which the page forbids."""
    for _ in range(750):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(20)
    raise AssertionError(f"never: {expression}")


def answers(desk: MemoryDesk) -> list:
    return [sent.answer for sent, _ in desk.kept.values()]


def until_stored(page, number: int, desk: MemoryDesk) -> None:
    """Wait for the page to say that so many labels are stored, of all that there are."""
    until(page, f"document.getElementById('count').textContent.startsWith('{number} of')")
    assert len(desk.kept) == number


CLIPS = (item("one"), item("two"))


def test_every_kind_is_answered_by_keys(page, clip):
    desk = MemoryDesk(
        [
            comparison("choice", items=CLIPS, shown=(1, 0)),
            comparison("ranking", "ranking", tuple(item("x") for _ in range(4)), (2, 0, 3, 1)),
            comparison("progress", "progress", (item("one"),)),
            comparison("vote", "vote", (item("one"),)),
            comparison("correction", "correction"),
        ]
    )
    with running(desk, lambda replay: clip) as site:
        enter(page, site)
        assert page.url == f"http://{site.authority}/", "the token is no longer in the address"
        page.wait_for_selector("canvas >> nth=1")
        for keys in (
            ["1", "Enter"],
            ["2", "t", "3", "1", "4", "Enter", "Enter"],
            ["u", "ArrowRight", "n", "End", "d", "Backspace", "d", "Enter", "Enter"],
            ["d", "Enter"],
        ):
            number = len(desk.kept)
            until(page, READY)
            for key in keys:
                page.keyboard.press(key)
            until_stored(page, number + 1, desk)
        page.wait_for_selector("#correction")
        page.fill("#correction", "which cup?\nthe red one?")
        page.keyboard.press("Control+Enter")
        page.wait_for_selector("#message:not([hidden])")
        assert answers(desk) == [
            {"best": 1},
            {"order": [[0, 3], [2], [1]]},
            {"marks": [[0, 1], [1, 0], [3, -1]]},
            {"vote": -1},
            {"text": "which cup?\nthe red one?"},
        ]
        assert [sent.shown for sent, _ in desk.kept.values()][:2] == [(1, 0), (2, 0, 3, 1)]


def test_buttons_tie_skip_reason_and_later(page, clip):
    desk = MemoryDesk(
        [comparison(name, items=CLIPS) for name in "abc"] + [comparison("v", "vote", (item("x"),))]
    )
    with running(desk, lambda replay: clip) as site:
        enter(page, site)
        page.fill("#reason", "both <i>fine</i>")
        page.click("text=As good")
        until_stored(page, 1, desk)
        page.click("text=Skip")
        until_stored(page, 2, desk)
        page.click("#later")
        until(page, "document.getElementById('question').textContent === 'Is this good?'")
        page.click("#answers button >> nth=0")
        until_stored(page, 3, desk)
        page.click("text=Right")
        page.wait_for_selector("#message:not([hidden])")
        assert answers(desk) == [{"best": "tie"}, {"best": "skip"}, {"vote": 1}, {"best": 1}]
        assert [sent.reason for sent, _ in desk.kept.values()] == ["both <i>fine</i>", "", "", ""]


def test_a_ranking_and_a_vote_are_skipped_without_an_answer(page, clip):
    desk = MemoryDesk([comparison("r", "ranking"), comparison("v", "vote", (item("x"),))])
    with running(desk, lambda replay: clip) as site:
        enter(page, site)
        page.keyboard.press("s")
        until(page, "document.getElementById('question').textContent === 'Is this good?'")
        until(page, READY)
        page.click("#skip")
        page.wait_for_selector("#message:not([hidden])")
        assert desk.kept == {} and len(desk.skipped) == 2


def test_an_answer_can_be_taken_back_until_it_is_sent(page, clip):
    desk = MemoryDesk([comparison("only", items=CLIPS)])
    with running(desk, lambda replay: clip) as site:
        enter(page, site)
        page.keyboard.press("2")
        page.wait_for_selector(".clip.chosen")
        page.keyboard.press("z")
        page.wait_for_selector(".clip.chosen", state="detached")
        page.wait_for_timeout(3000)  # longer than an answer is held
        assert desk.kept == {}
        page.keyboard.press("1")
        page.wait_for_selector("#message:not([hidden])")
        assert answers(desk) == [{"best": 0}]


def test_clips_keep_step(page, clip):
    desk = MemoryDesk([comparison("pair", items=CLIPS)])
    look = "[...document.querySelectorAll('canvas')].map((canvas) => canvas.toDataURL())"
    with running(desk, lambda replay: clip) as site:
        enter(page, site)
        until(page, READY)
        seen = []
        for step in range(4):
            assert page.text_content("#step") == f"step {step} of 3"
            one, two = page.evaluate(look)
            assert one == two, "the same replay at the same step"
            seen.append(one)
            page.keyboard.press("ArrowRight")
        assert len(set(seen)) == 4, "at every step somebody moved or took something"
        page.evaluate(
            "const at = document.querySelector('#position'); at.value = 1; at.dispatchEvent(new Event('input'))"
        )
        assert page.evaluate(look) == [seen[1]] * 2, "scrubbed together"
        page.keyboard.press("End")
        page.keyboard.press("r")
        page.keyboard.press("Space")
        until(page, "document.querySelector('#step').textContent === 'step 0 of 3'")
        page.keyboard.press("r")
        for _ in range(9):
            page.keyboard.press(".")
        assert page.input_value("#speed") == "10"
        page.keyboard.press("Space")
        until(page, "document.querySelector('#step').textContent === 'step 3 of 3'")
        assert page.evaluate(look) == [seen[3]] * 2
        page.keyboard.press("?")
        assert page.is_visible("#keys") and "play backwards" in page.text_content("#keys")


def test_what_was_answered_while_the_server_was_away_is_stored_when_it_is_back(page, clip):
    desk = MemoryDesk([comparison("a", items=CLIPS), comparison("b", items=CLIPS)])
    with running(desk, lambda replay: clip) as site:
        enter(page, site)
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    until(page, "document.getElementById('state').textContent.startsWith('not stored yet')")
    assert desk.kept == {}
    with running(desk, lambda replay: clip, port=site.port):
        until_stored(page, 1, desk)
        page.reload()
        page.wait_for_selector("#answers button")
        assert page.text_content("#count") == "1 of 2", "it goes on where it stopped, by its cookie"
        page.keyboard.press("1")
        page.goto("about:blank")  # the page is left before the answer is sent
        page.goto(f"http://{site.authority}/")
        page.wait_for_selector("#message:not([hidden])")
        assert answers(desk) == [{"best": 1}, {"best": 0}]


def test_without_a_token_it_says_what_to_open(page, clip):
    desk = MemoryDesk([comparison("a")])
    with running(desk, lambda replay: clip) as site:
        for end in ("", "#token=" + "0" * 64):
            page.goto(f"http://{site.authority}/{end}")
            page.wait_for_selector("#message:not([hidden])")
            assert page.text_content("#message-title") == "This address is not complete"
        page.goto(f"http://{site.authority}/#token={site.tokens['ann']}")
        page.wait_for_selector("#answers button")


def test_a_clip_that_cannot_be_shown_is_told_and_passed_over(page):
    def load(replay: str):
        raise ValueError("damaged")

    desk = MemoryDesk([comparison("pair", items=CLIPS)])
    with running(desk, load) as site:
        enter(page, site)
        assert "its replay is missing or damaged" in page.text_content(".trouble")
        page.keyboard.press("s")
        page.wait_for_selector("#message:not([hidden])")
        assert answers(desk) == [{"best": "skip"}]


def test_there_are_many_scripts():
    assert len(set(SCRIPTS)) == len(TAGS) * len(WRAPS) >= 100


def test_scripts_are_shown_as_they_are_written(page, clip):
    """Each as a prompt, as a text, as what is said in a clip, as a name, and as what the server says is wrong."""
    lines = tuple(Line(0, "talk", script, script, script) for script in SCRIPTS)
    spoken = clip._replace(lines=lines, names=(SCRIPTS[0], SCRIPTS[3]))

    class Refusing(MemoryDesk):
        def keep(self, sent, rater):
            raise ValueError(SCRIPTS[3])

    desk = Refusing([])
    with running(desk, lambda replay: spoken) as site:
        for first in range(0, len(SCRIPTS), 4):
            four = (SCRIPTS + SCRIPTS[:3])[first : first + 4]
            ranked = comparison(f"four {first}", "ranking", [item(text=one, prompt=one) for one in four])
            desk.comparisons = {ranked.id: ranked}
            enter(page, site)
            until(page, "document.querySelectorAll('.text').length === 4")
            assert page.evaluate("[...document.querySelectorAll('.text')].map((one) => one.textContent)") == [
                *four
            ]
            assert page.evaluate("[...document.querySelectorAll('.own')].map((one) => one.textContent)") == [
                *four
            ]
        prompted = comparison("one", "correction", [item(prompt="\n".join(SCRIPTS))])
        desk.comparisons = {prompted.id: prompted}
        enter(page, site)
        assert page.text_content("#prompt") == "\n".join(SCRIPTS)
        said = comparison("clip", "vote", [item("clip")])
        desk.comparisons = {said.id: said}
        enter(page, site)
        page.wait_for_selector(".lines li")
        shown = page.evaluate(
            "[...document.querySelectorAll('.lines li')].map((one) => one.children[1].textContent)"
        )
        assert shown == [f"{one} to {one}: {one}" for one in SCRIPTS]
        page.fill("#reason", SCRIPTS[0])
        page.click("#answers button >> nth=0")
        until(page, "document.getElementById('state').textContent.startsWith('an answer was not stored')")
        assert SCRIPTS[3] in page.text_content("#state")
        assert page.evaluate("window.hits") == 0
        assert (
            page.evaluate(
                "document.querySelectorAll('iframe, object, embed, img, script:not([src=\"/label.js\"])').length"
            )
            == 0
        )


def test_markup_is_refused_even_if_the_page_asked_for_it(page, clip):
    """If a mistake came into the page: neither markup from text nor a script from elsewhere is carried out."""
    desk = MemoryDesk([comparison("a")])
    with running(desk, lambda replay: clip) as site:
        enter(page, site)
        for code in (
            "document.body.innerHTML = '<img src=x onerror=hit()>'",
            "document.body.append(Object.assign(document.createElement('script'), {textContent: 'hit()'}))",
            "setTimeout('hit()', 0)",
        ):
            with pytest.raises(Error, match="Trusted"):
                page.evaluate(f"() => {{ {code}; }}")
        assert page.evaluate("fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'refused')") == "refused"
        page.wait_for_timeout(200)
        assert page.evaluate("window.hits") == 0
        assert len(page.wrong) >= 1 and all("Security Policy" in one or "asked" in one for one in page.wrong)
        page.wrong.clear()
