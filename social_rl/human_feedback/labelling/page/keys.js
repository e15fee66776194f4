// Which keys are there? One table, which `?` shows.

const KEYS = [
  ["1 2 3 4", "this one is better; in a ranking: is the next best"],
  ["T", "both are as good; in a ranking: the next one ties with the last"],
  ["S", "skip: you cannot tell"],
  ["U  D  N", "good or gets on, bad or is set back, neither"],
  ["enter", "send: a ranking, marks, or an answer at once (ctrl enter while writing a text)"],
  ["backspace", "take the last mark away, begin a ranking again"],
  ["Z", "undo the last answer, until it is sent"],
  ["L", "later: show the next one first"],
  ["space", "play or pause"],
  ["← →", "one step; with shift ten"],
  ["home end", "the beginning, the end"],
  ["R", "play backwards"],
  [", .", "slower, faster"],
  ["E", "write why; esc goes back"],
  ["?", "these keys"],
];
const NAMES = {
  " ": "play", home: "first", end: "last", r: "reverse", ",": "slower", ".": "faster", t: "tie", s: "skip", u: "up",
  d: "down", n: "neither", enter: "send", backspace: "unmark", z: "undo", l: "later", e: "reason", "?": "help",
};

export const keyList = () => KEYS;

// Do what a key asks for; letters that are written stay letters.
export function keysOf(event, hands, clips) {
  const target = event.target;
  const isWriting = target.matches('textarea, input[type="text"]');
  if (document.querySelector("dialog[open]") || event.altKey || event.metaKey || event.isComposing) return;
  if (isWriting) {
    if (event.key === "Escape") target.blur();
    if (event.key === "Enter" && (event.ctrlKey || target.id === "reason")) {
      event.preventDefault();
      target.blur();
      if (event.ctrlKey) hands.send();
    }
    return;
  }
  if (event.ctrlKey) return;
  const name = nameOf(event, target, clips());
  if (name === null || name === undefined) return;
  event.preventDefault();
  if (typeof name === "number") hands.number(name);
  else hands[name]();
}

function nameOf(event, target, clips) {
  const key = event.key.toLowerCase();
  const isButton = target.matches("button, select");
  if (isButton && (key === " " || key === "enter")) return null; // it is pressed
  if (target.matches("select") && key.startsWith("arrow")) return null;
  if (key === "arrowleft") return event.shiftKey ? "farBack" : "back";
  if (key === "arrowright") return event.shiftKey ? "farForward" : "forward";
  if (/^[1-4]$/.test(key)) return Number(key) <= clips ? Number(key) - 1 : null;
  return event.repeat && ["tie", "skip", "up", "down", "send"].includes(NAMES[key]) ? null : NAMES[key];
}
