// ---- one replay on a page of its own: what is above is player.js, as it stands ----
const SPEEDS = [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64];
const KEYS = {
  " ": "play", arrowleft: "back", arrowright: "forward", home: "first", end: "last", r: "reverse", ",": "slower", ".": "faster",
};
const at = (id) => document.getElementById(id);
const data = JSON.parse(at("clip").textContent);
const player = makeClock(showStep);
let screen = null;

const hands = {
  play: player.toggle, back: () => player.by(-1), forward: () => player.by(1), first: () => player.by(-Infinity),
  last: () => player.by(Infinity), reverse: player.reverse, slower: () => faster(-1), faster: () => faster(1),
};

function faster(paces) {
  const place = Math.min(Math.max(SPEEDS.indexOf(player.clock.speed) + paces, 0), SPEEDS.length - 1);
  player.clock.speed = SPEEDS[place];
  at("speed").value = String(SPEEDS[place]);
}

// All text comes in by textContent: nothing of a replay is ever read as markup.
function made(kind, className, ...children) {
  const element = document.createElement(kind);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

function lineOf(line) {
  const { step, kind, who, listener, words } = line;
  const text = kind === "task" ? `has the task: ${words}` : kind === "subgoal" ? `goes about: ${words}` : words;
  const speaker = made("span", "who", kind === "talk" ? `${who} to ${listener}:` : who);
  const row = made("li", "", made("span", "at", String(step)), made("span", "", speaker, " ", made("span", toneOf(line), text)));
  row.addEventListener("click", () => player.by(step - player.step()));
  return row;
}

function markOf(line) {
  const dot = made("i", toneOf(line));
  dot.style.left = `${(100 * line.step) / Math.max(1, data.changes.length)}%`;
  return dot;
}

function showStep(step) {
  if (screen) screen.draw(step);
  data.lines.forEach((line, i) => at("lines").children[i].classList.toggle("ahead", line.step > step));
  at("position").value = String(step);
  at("step").textContent = `step ${step} of ${player.clock.last}`;
  at("play").textContent = player.clock.playing ? "Pause" : "Play";
  at("reverse").setAttribute("aria-pressed", String(player.clock.direction < 0));
}

function listen() {
  for (const id of ["first", "back", "play", "forward", "reverse"]) at(id).addEventListener("click", hands[id]);
  at("position").addEventListener("input", () => player.by(Number(at("position").value) - player.step()));
  at("speed").append(...SPEEDS.map((speed) => Object.assign(made("option", "", `${speed}×`), { value: String(speed) })));
  at("speed").value = "1";
  at("speed").addEventListener("change", () => (player.clock.speed = Number(at("speed").value)));
  document.addEventListener("keydown", (event) => {
    const name = KEYS[event.key.toLowerCase()];
    const isPressed = event.target.matches("button, select, input") && event.key === " ";
    if (!name || isPressed || event.ctrlKey || event.altKey || event.metaKey || event.target.matches("select")) return;
    event.preventDefault();
    hands[name]();
  });
}

async function begin() {
  at("lines").replaceChildren(...data.lines.map(lineOf));
  at("marks").replaceChildren(...data.lines.filter((line) => line.step > 0).map(markOf));
  listen();
  const sheet = new Image();
  sheet.src = data.sheet;
  await sheet.decode();
  screen = screenOf(at("house"), { data, sheet, frames: framesOf(data) });
  at("position").max = String(data.changes.length);
  player.begin(data.changes.length);
}

begin();
