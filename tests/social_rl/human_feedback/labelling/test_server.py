"""Does the labelling page answer its own raters, and nobody else? A real server, and requests of any bytes."""

import json

import pytest

pytest.importorskip("starlette", reason="the labelling page needs the extra label: starlette")
pytest.importorskip("uvicorn", reason="the labelling page needs the extra label: uvicorn")

from social_rl.human_feedback.labelling.clips import Clip
from social_rl.human_feedback.labelling.desk import key_of
from social_rl.human_feedback.labelling.guard import HEADERS, cookie_name
from tests.social_rl.human_feedback.labelling.desks import SECRET_POLICY, MemoryDesk, comparison, item
from tests.social_rl.human_feedback.labelling.hostile import HOSTILE
from tests.social_rl.human_feedback.labelling.live import label_of, running

CLIP = Clip(1, 2, ("Ann",), ("#DC4434",), (0, 1), ((1, 0),), ((0,), (1,)), (), b"\x89PNG sheet")


def load_clip(replay: str) -> Clip:
    if replay != "replays/first.jsonl":
        raise ValueError(f"/secret/folder/{replay} is damaged")
    return CLIP


@pytest.fixture(scope="module")
def desk():
    return MemoryDesk(
        [
            comparison(
                "clips", items=(item("replays/first.jsonl"), item("replays/gone.jsonl")), shown=(1, 0)
            ),
            comparison("four", "ranking"),
            comparison("marks", "progress"),
            comparison("thumb", "vote"),
            comparison("better", "correction", (item(prompt="be kind"),)),
            comparison("apart", items=(item(prompt="one"), item(prompt="two"))),
            comparison("shown", "demonstration"),
        ]
    )


@pytest.fixture(scope="module")
def site(desk):
    with running(desk, load_clip) as site:
        yield site


@pytest.fixture(autouse=True)
def empty(desk):
    desk.kept.clear()
    desk.skipped.clear()


# ---- what a page does ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "path", ["/", "/label.js", "/player.js", "/outbox.js", "/keys.js", "/label.css", "/icon.png"]
)
def test_the_page_is_there_for_all_with_hardened_headers(site, path):
    status, answer = site.ask("GET", path, {"Host": site.authority})
    assert status == 200
    head = answer.partition(b"\r\n\r\n")[0].decode().lower()
    for name, value in HEADERS:
        assert head.count(f"{name}: {value.lower()}\r\n") + head.endswith(f"{name}: {value.lower()}") == 1, (
            name
        )
    assert "server:" not in head and "access-control" not in head


def test_a_token_becomes_a_cookie(site):
    body = json.dumps({"token": site.tokens["ben"]}).encode()
    headers = {k: v for k, v in site.own().items() if k != "Cookie"} | {"Content-Length": str(len(body))}
    status, answer = site.ask("POST", "/api/enter", headers, body)
    assert status == 200
    cookie = next(line for line in answer.decode().split("\r\n") if line.lower().startswith("set-cookie"))
    assert f"{cookie_name(site.port)}={site.tokens['ben']}" in cookie
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie and "Path=/api" in cookie


def test_questions_do_not_tell_whose_items_they_are(site):
    status, body = site.get("/api/questions")
    found = json.loads(body)
    assert status == 200 and found["rater"] == "ann" and (found["done"], found["all"]) == (0, 7)
    assert found["questions"][0] == {
        "id": key_of("clips"),
        "kind": "choice",
        "prompt": "bring me the cup",
        "shown": [1, 0],
        "items": [{"clip": True, "text": "", "prompt": ""}] * 2,
    }
    for secret in (SECRET_POLICY, "a" * 64, "12.5", "utility", "replays/", "house-1"):
        assert secret.encode() not in body


def test_items_that_went_by_different_words_show_their_own(site, desk):
    site.post("/api/label", label_of("clips", 5))
    found = json.loads(site.get("/api/questions")[1])["questions"][0]
    assert found["id"] == key_of("apart") and found["prompt"] == ""
    assert [one["prompt"] for one in found["items"]] == ["one", "two"]


def test_a_clip_and_its_sheet(site):
    status, body = site.get(f"/api/clip/{key_of('clips')}/0")
    assert status == 200 and json.loads(body)["first"] == [0, 1]
    assert site.get(f"/api/clip/{key_of('clips')}/0.png") == (200, b"\x89PNG sheet")


def test_a_clip_that_cannot_be_shown_is_told_without_its_path(site):
    status, body = site.get(f"/api/clip/{key_of('clips')}/1")
    assert status == 409 and b"missing or damaged" in body and b"secret" not in body


def test_a_skip_puts_away_and_stores_nothing(site, desk):
    assert site.post("/api/skip", {"comparison": key_of("thumb")}) == (200, {"skipped": key_of("thumb")})
    assert "vote" not in {one["kind"] for one in json.loads(site.get("/api/questions")[1])["questions"]}
    assert "vote" in {one["kind"] for one in json.loads(site.get("/api/questions", "ben")[1])["questions"]}
    assert desk.kept == {}


@pytest.mark.parametrize(
    ("sent", "status", "said"),
    [
        ({"comparison": key_of("clips")}, 422, "by the answer"),
        ({"comparison": key_of("never")}, 404, "no such comparison"),
        ({"comparison": ["x"]}, 404, "no such comparison"),
        ({}, 404, "no such comparison"),
    ],
)
def test_a_skip_that_is_none_is_refused(site, desk, sent, status, said):
    found = site.post("/api/skip", sent)
    assert found[0] == status and said in found[1]["error"] and desk.skipped == set()


ANSWERS = {
    "clips": {"best": 1},
    "four": {"order": [[2], [0, 1], [3]]},
    "marks": {"marks": [[0, 1], [4, -1], [9, 0]]},
    "thumb": {"vote": -1},
    "better": {"text": "Here you are.\nAnything else?"},
    "apart": {"best": "tie"},
}


@pytest.mark.parametrize("id", ANSWERS)
def test_answers_of_every_kind_are_kept(site, desk, id):
    assert site.post("/api/label", label_of(id, 7, ANSWERS[id], reason="was: <b>nicer</b> ✓")) == (
        200,
        {"stored": f"{7:032x}"},
    )
    [(sent, rater)] = desk.kept.values()
    assert (sent.answer, sent.reason, sent.seconds, rater) == (ANSWERS[id], "was: <b>nicer</b> ✓", 1.5, "ann")


def test_a_label_that_is_sent_twice_counts_once(site, desk):
    label = label_of("clips", 1)
    assert [site.post("/api/label", label)[0] for _ in range(3)] == [200, 200, 200]
    assert len(desk.kept) == 1
    status, said = site.post("/api/label", label | {"answer": {"best": "tie"}})
    assert (status, said) == (422, {"error": "another label has this id"})
    assert site.post("/api/label", label, "ben")[0] == 422, "whose label it is cannot be changed"


def test_the_rater_is_whose_token_it_is(site, desk):
    site.post("/api/label", label_of("clips", 1), "ben")
    assert [rater for _, rater in desk.kept.values()] == ["ben"]


def test_what_could_not_be_stored_is_not_acknowledged(desk, caplog):
    class Full(MemoryDesk):
        def keep(self, sent, rater):
            raise OSError("/secret/labels.sqlite: the disk is full")

    with running(Full([*desk.comparisons.values()]), load_clip) as site:
        status, said = site.post("/api/label", label_of("clips", 1))
    assert (status, said) == (503, {"error": "nothing was stored: the program says why"})
    assert "the disk is full" in caplog.text


# ---- what nobody may do ----------------------------------------------------------------------------------
def test_there_are_many_of_them():
    assert len(HOSTILE) >= 100


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_hostile_does_not_succeed(site, desk, name):
    hostile = HOSTILE[name]

    def filled(text: str) -> str:
        token = site.tokens["ann"]
        for word, value in (
            ("PORT", str(site.port)),
            ("TOKEN", token),
            ("HALF", token[:32]),
            ("UPPER", token.upper()),
            ("CLIPS", key_of("clips")),
            ("APART", key_of("apart")),
        ):
            text = text.replace(word, value)
        return text

    body = json.dumps(label_of("clips")).encode() if hostile.body is None else hostile.body
    headers = {**site.own(), "Content-Length": hostile.length or str(len(body)), **hostile.change}
    pairs = [(name, filled(value)) for name, value in headers.items() if value is not None]
    pairs += [(name, filled(value)) for name, value in hostile.extra]
    sent = filled(body.decode("latin-1")).encode("latin-1")
    status, answer = site.ask(hostile.method, filled(hostile.path), pairs, sent, hostile.hangs_up)
    assert desk.kept == {}, "it was kept"
    assert status == 0 or 400 <= status < 500, answer[:200]
    if hostile.status:
        assert status == hostile.status, answer
    for secret in (site.tokens["ann"], "root:", SECRET_POLICY, "Traceback", "set-cookie"):
        assert secret not in answer.decode("latin-1")
    assert site.post("/api/label", label_of("clips", 99))[0] == 200, "the server has lost its wits"


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100),
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\r\n\r\n",
        b"\r\n" * 1000,
        b"POST /api/label HTTP/1.1\r\nHost: x\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET  / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"\x00" * 70000,
    ],
)
def test_what_is_no_request_is_not_answered_well(site, desk, data):
    status, _ = site.raw(data, hangs_up=True)
    assert status == 0 or 400 <= status < 500
    assert desk.kept == {} and site.get("/api/questions")[0] == 200


def test_a_second_request_hidden_in_the_first_is_not_carried_out(site, desk):
    good = json.dumps(label_of("clips", 1)).encode()
    hidden = "\r\n".join(
        [
            "POST /api/label HTTP/1.1",
            *(f"{k}: {v}" for k, v in site.own().items() if k != "Cookie"),
            f"Content-Length: {len(good)}",
            "",
            "",
        ]
    )
    outer = hidden.replace("/api/label", "/api/questions", 1).encode() + good
    status, answer = site.raw(outer + hidden.encode() + good, hangs_up=True)
    assert status in (0, 401) and desk.kept == {} and answer.count(b"HTTP/1.1 200") == 0


def test_a_socket_of_the_web_is_refused(site):
    headers = {
        **site.own(), "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }  # fmt: skip
    status, _ = site.ask("GET", "/api/questions", headers)
    assert status != 101


def test_the_page_sets_text_and_never_markup(site):
    for path in ("/label.js", "/player.js", "/outbox.js", "/keys.js"):
        source = site.get(path)[1].decode()
        for word in (
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "Function(",
            "srcdoc",
        ):
            assert word not in source, (path, word)
    markup = site.get("/")[1].decode()
    assert (
        "http:" not in markup
        and "https:" not in markup
        and "style=" not in markup
        and " on" not in markup.replace(" one ", " ").replace(" only", "").replace(' on"', "")
    )
