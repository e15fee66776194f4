// What does a rater do? Look, answer, and take back the last answer until it is sent.
//
// An answer waits a moment, so that it can be undone, and is kept in this browser until the server has said that it is
// stored; a label that is sent twice counts once. All text comes in by textContent: nothing is ever read as markup.

import { keyList, keysOf } from "/keys.js";
import { loadClip, makeClock, screenOf, toneOf } from "/player.js";
import { outboxOf, post } from "/outbox.js";

const UNDO_SECONDS = 2.5;
const SPEEDS = [0.25, 0.5, 1, 2, 4, 10];
const ORDINALS = ["1st", "2nd", "3rd", "4th"];
const TITLES = {
  choice: "Which is better?",
  ranking: "Rank them, best first",
  progress: "Where does it get on, and where is it set back?",
  vote: "Is this good?",
  correction: "What would have been better?",
};
const at = (id) => document.getElementById(id);
const state = {
  queue: [], question: null, isReady: false, screens: [], lists: [], clips: [], // what is asked, and how it is shown
  draft: {}, shownAt: 0, // what is answered so far
  held: null, holding: 0, // the answer, until it is sent
  outbox: null, asking: 0,
};
const player = makeClock(showStep);

// ---- what is asked ---------------------------------------------------------------------------------------
async function begin() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token) {
    const answer = await post("/api/enter", { token }).catch(() => null);
    if (answer?.ok) history.replaceState(null, "", "/");
  }
  next();
}

// Ask what is next, when all that was answered is stored; the server gives one question of each kind.
async function next() {
  clearTimeout(state.asking);
  const answer = await fetch("/api/questions").catch(() => null);
  if (!answer || answer.status >= 500) return say("The program does not answer", "It may have been stopped. This page tries again.", 3);
  const found = await answer.json();
  if (!answer.ok) return say("This address is not complete", found.error);
  if (!state.outbox) {
    state.outbox = outboxOf(found.rater, showOutbox);
    if (state.outbox.size()) return state.outbox.send();
  }
  at("rater").textContent = found.rater;
  at("count").textContent = `${found.done} of ${found.all}`;
  at("progress").value = found.all ? found.done / found.all : 0;
  state.queue = found.questions;
  if (state.queue.length) return ask(state.queue.shift());
  return say("Nothing is left to judge", "Thank you. This page looks for more by itself.", 10);
}

function say(title, text, seconds = 0) {
  clear();
  state.question = null;
  at("question").textContent = "";
  at("message-title").textContent = title;
  at("message-text").textContent = text;
  at("message").hidden = false;
  at("footer").hidden = true;
  if (seconds) state.asking = setTimeout(next, seconds * 1000);
}

function clear() {
  player.begin(0);
  state.screens.forEach((screen) => screen.stop());
  Object.assign(state, { screens: [], lists: [], clips: [], draft: {} });
  for (const id of ["clips", "answers", "marks"]) at(id).replaceChildren();
  at("prompt").hidden = true;
}

async function ask(question) {
  clear();
  Object.assign(state, { question, isReady: false });
  at("message").hidden = true;
  at("footer").hidden = false;
  at("undo").hidden = true;
  at("question").textContent = TITLES[question.kind];
  at("prompt").textContent = question.prompt;
  at("prompt").hidden = !question.prompt;
  at("reason").value = "";
  at("clips").style.setProperty("--across", String(Math.min(question.shown.length, 4)));
  const cards = question.shown.map((item, place) => cardOf(question, item, place));
  at("clips").replaceChildren(...cards.map((card) => card.box));
  makeAnswers(question);
  lock(true); // nobody judges what is not there yet
  await Promise.all(cards.map((card) => fill(card, question)));
  if (state.question !== question) return;
  at("transport").hidden = state.screens.length === 0;
  player.begin(Math.max(0, ...state.clips.map((clip) => clip.frames.length - 1)));
  at("position").max = String(player.clock.last);
  Object.assign(state, { shownAt: performance.now(), isReady: true });
  lock(false);
  if (!matchMedia("(prefers-reduced-motion: reduce)").matches) player.play();
}

// ---- what is shown ---------------------------------------------------------------------------------------
function made(kind, className, ...children) {
  const element = document.createElement(kind);
  if (className) element.className = className;
  element.append(...children); // strings become text
  return element;
}

function cardOf(question, item, place) {
  const title = made("h2", "", made("span", "", question.shown.length > 1 ? `${place + 1}` : ""));
  const body = made("div", "stage");
  const box = made("article", "clip", title, body);
  if (question.items[item].prompt) box.insertBefore(made("div", "own", question.items[item].prompt), body);
  box.dataset.item = String(item);
  return { box, title, body, item };
}

async function fill(card, question) {
  if (!question.items[card.item].clip) {
    card.body.replaceWith(made("pre", "text", question.items[card.item].text));
    return;
  }
  try {
    const clip = await loadClip(question.id, card.item);
    if (state.question !== question) return;
    const canvas = made("canvas", "");
    canvas.setAttribute("aria-label", "the house");
    card.body.append(canvas);
    const lines = made("ol", "lines", ...clip.data.lines.map(lineOf));
    card.box.append(lines);
    state.clips.push(clip);
    state.lists.push({ list: lines, steps: clip.data.lines.map((line) => line.step) });
    state.screens.push(screenOf(canvas, clip));
  } catch (error) {
    card.body.replaceChildren(made("p", "trouble", String(error.message)));
  }
}

function lineOf(line) {
  const { step, kind, who, listener, words } = line;
  const speaker = made("span", "who", kind === "talk" ? `${who} to ${listener}:` : who);
  const text = kind === "task" ? `has the task: ${words}` : kind === "subgoal" ? `goes about: ${words}` : words;
  return made("li", "", made("span", "at", String(step)), made("span", "", speaker, " ", made("span", toneOf(line), text)));
}

function showStep(step) {
  state.screens.forEach((screen) => screen.draw(step));
  for (const { list, steps } of state.lists) {
    let last = null;
    steps.forEach((when, i) => {
      list.children[i].classList.toggle("ahead", when > step);
      if (when <= step) last = list.children[i];
    });
    if (last) list.scrollTop = last.offsetTop - list.offsetTop - list.clientHeight + last.clientHeight + 8;
  }
  at("position").value = String(step);
  at("step").textContent = `step ${step} of ${player.clock.last}`;
  at("play-sign").toggleAttribute("hidden", player.clock.playing);
  at("pause-sign").toggleAttribute("hidden", !player.clock.playing);
  at("reverse").setAttribute("aria-pressed", String(player.clock.direction < 0));
}

function showOutbox(waiting, trouble, isDone) {
  at("state").textContent = trouble || (waiting ? "storing …" : "stored");
  if (isDone) next();
}

// ---- answers ---------------------------------------------------------------------------------------------
function button(words, key, act, id = "") {
  const one = made("button", "", words, ...(key ? [" ", made("kbd", "", key)] : []));
  one.type = "button";
  if (id) one.id = id;
  one.addEventListener("click", act);
  return one;
}

function makeAnswers({ kind, shown }) {
  const bar = at("answers");
  if (kind === "choice") {
    bar.replaceChildren(
      button("Left", "1", () => choose(0)), button("As good", "T", tie),
      button("Right", "2", () => choose(1)),
    );
  } else if (kind === "ranking") {
    state.draft = { rank: new Map(), ties: false };
    bar.replaceChildren(
      button("Tie with the last", "T", tieNext, "tie"), button("Begin again", "backspace", unmark),
      button("Send", "enter", finish, "send"),
    );
    [...at("clips").children].forEach((box, place) => {
      const ranks = shown.map((_, n) => button(ORDINALS[n], "", () => rank(place, n)));
      box.firstChild.append(made("span", "ranks", ...ranks));
    });
  } else if (kind === "progress") {
    state.draft = { marks: new Map() };
    bar.replaceChildren(
      button("Gets on", "U", () => mark(1)), button("Neither", "N", () => mark(0)), button("Is set back", "D", () => mark(-1)),
      button("Take one away", "backspace", unmark), button("Send", "enter", finish, "send"),
    );
  } else if (kind === "vote") {
    bar.replaceChildren(button("Good", "U", () => vote(1)), button("Bad", "D", () => vote(-1)));
  } else {
    const text = made("textarea", "");
    Object.assign(text, { id: "correction", maxLength: 4000, placeholder: "write what would have been better" });
    bar.replaceChildren(text, button("Send", "ctrl enter", finish, "send"));
  }
}

const choose = (place) => answer({ best: state.question.shown[place] }, [state.question.shown[place]]);
const tie = () => answer({ best: "tie" }, state.question.shown);
// A choice that is skipped is answered so; other kinds are put away, and nothing is stored.
function skip() {
  if (isKind("choice")) return answer({ best: "skip" });
  if (!state.question || !state.isReady || state.held) return;
  lock(true);
  post("/api/skip", { comparison: state.question.id }).then(next, next);
}

const vote = (value) => answer({ vote: value }, value > 0 ? state.question.shown : []);

// A clip gets a rank: the one that is given, or by keys the next one.
function rank(place, given = null) {
  const { rank: ranks } = state.draft;
  const highest = Math.max(-1, ...ranks.values());
  const n = given ?? (state.draft.ties && highest >= 0 ? highest : Math.min(highest + 1, state.question.shown.length - 1));
  ranks.set(place, n);
  state.draft.ties = false;
  showRanks();
}

function tieNext() {
  state.draft.ties = !state.draft.ties;
  showRanks();
}

function showRanks() {
  const { rank: ranks, ties } = state.draft;
  [...at("clips").children].forEach((box, place) => {
    box.classList.toggle("chosen", ranks.get(place) === 0);
    box.querySelectorAll(".ranks button").forEach((one, n) => one.setAttribute("aria-pressed", String(ranks.get(place) === n)));
  });
  at("tie").setAttribute("aria-pressed", String(ties));
  at("send").disabled = ranks.size < state.question.shown.length;
}

function mark(value) {
  state.draft.marks.set(player.step(), value);
  showMarks();
}

function unmark() {
  if (state.draft.rank) state.draft.rank.clear();
  if (state.draft.marks) state.draft.marks.delete([...state.draft.marks.keys()].pop());
  state.draft.rank ? showRanks() : showMarks();
}

function showMarks() {
  const last = Math.max(1, player.clock.last);
  at("marks").replaceChildren(...[...state.draft.marks].map(([step, value]) => {
    const dot = made("i", value > 0 ? "up" : value < 0 ? "down" : "");
    dot.style.left = `${(100 * step) / last}%`;
    return dot;
  }));
  at("send").disabled = state.draft.marks.size === 0;
}

// Answers that are put together first are sent by Enter; and so is one that is held.
function finish() {
  if (state.held) return release();
  if (!state.isReady || !at("send") || at("send").disabled) return;
  const { rank: ranks, marks } = state.draft;
  if (ranks) {
    const order = state.question.shown.map((_, n) => state.question.shown.filter((_item, place) => ranks.get(place) === n));
    answer({ order: order.filter((tied) => tied.length > 0) }, order[0]);
  } else if (marks) answer({ marks: [...marks].sort((a, b) => a[0] - b[0]) });
  else if (at("correction").value.trim()) answer({ text: at("correction").value });
}

// Hold an answer for a moment; `chosen` are the items that are shown as taken.
function answer(given, chosen = []) {
  if (!state.question || !state.isReady || state.held) return;
  const id = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const seconds = Math.round(performance.now() - state.shownAt) / 1000;
  const { id: comparison, shown } = state.question;
  state.held = { id, comparison, shown, answer: given, seconds };
  for (const box of at("clips").children) box.classList.toggle("chosen", chosen.includes(Number(box.dataset.item)));
  hold(true);
  state.holding = setTimeout(release, UNDO_SECONDS * 1000);
}

// While an answer cannot be given, its buttons are dead; else those are that wait for more.
function lock(isLocked) {
  for (const one of document.querySelectorAll("#answers button, #answers textarea, .ranks button")) one.disabled = isLocked;
  at("later").disabled = isLocked || state.queue.length === 0;
  at("skip").disabled = isLocked;
  if (isLocked) return;
  if (state.draft.rank) showRanks();
  if (state.draft.marks) showMarks();
}

function hold(isHeld) {
  lock(isHeld);
  at("undo").hidden = !isHeld;
  at("state").textContent = isHeld ? "enter sends it now" : "";
  if (isHeld) document.activeElement.blur(); // so that enter sends, whatever was clicked
}

// The answer can no longer be undone: it is kept in this browser, and sent. A reason may be written until then.
function release() {
  clearTimeout(state.holding);
  if (!state.held) return;
  state.outbox.put({ ...state.held, reason: at("reason").value });
  Object.assign(state, { held: null, question: null });
  at("undo").hidden = true;
  state.outbox.send();
}

function undo() {
  if (!state.held) return;
  clearTimeout(state.holding);
  state.held = null;
  for (const box of at("clips").children) box.classList.remove("chosen");
  hold(false);
}

function later() {
  if (!state.question || state.held || state.queue.length === 0) return;
  state.queue.push(state.question);
  ask(state.queue.shift());
}

// ---- hands -----------------------------------------------------------------------------------------------
function faster(steps) {
  const speed = SPEEDS[Math.min(Math.max(SPEEDS.indexOf(player.clock.speed) + steps, 0), SPEEDS.length - 1)];
  player.clock.speed = speed;
  at("speed").value = String(speed);
}

const isKind = (kind) => state.question?.kind === kind && state.isReady && !state.held;
const hands = {
  play: player.toggle, back: () => player.by(-1), forward: () => player.by(1), farBack: () => player.by(-10),
  farForward: () => player.by(10), first: () => player.by(-Infinity), last: () => player.by(Infinity),
  reverse: player.reverse, slower: () => faster(-1), faster: () => faster(1),
  number: (n) => (isKind("ranking") ? rank(n) : isKind("choice") && choose(n)),
  tie: () => (isKind("ranking") ? tieNext() : isKind("choice") && tie()),
  skip,
  up: () => (isKind("progress") ? mark(1) : isKind("vote") && vote(1)),
  down: () => (isKind("progress") ? mark(-1) : isKind("vote") && vote(-1)),
  neither: () => isKind("progress") && mark(0),
  unmark: () => (isKind("progress") || isKind("ranking")) && unmark(),
  send: finish, undo, later, reason: () => at("reason").focus(), help: () => at("keys").showModal(),
};

function listen() {
  for (const id of ["first", "back", "play", "forward", "reverse", "undo", "skip", "later", "help"]) {
    at(id).addEventListener("click", hands[id]);
  }
  at("position").addEventListener("input", () => player.by(Number(at("position").value) - player.step()));
  at("speed").append(...SPEEDS.map((speed) => Object.assign(made("option", "", `${speed}×`), { value: String(speed) })));
  at("speed").value = "1";
  at("speed").addEventListener("change", () => (player.clock.speed = Number(at("speed").value)));
  at("keys-list").append(...keyList().flatMap(([keys, words]) => [made("dt", "", made("kbd", "", keys)), made("dd", "", words)]));
  document.addEventListener("keydown", (event) => keysOf(event, hands, () => state.question?.shown.length ?? 0));
  addEventListener("pagehide", release);
  addEventListener("hashchange", () => location.reload()); // another address was pasted over this one
}

listen();
begin();
