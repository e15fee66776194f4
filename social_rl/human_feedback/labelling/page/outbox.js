// Where are answers until they are stored? In this browser, one entry each, sent until the server says "stored".

const LONGEST = 30; // seconds between two tries

export function post(path, what) {
  return fetch(path, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(what), keepalive: true,
  });
}

// The answers of a rater that are not stored yet. `tell(waiting, trouble, isDone)` is called when that changes.
export function outboxOf(rater, tell) {
  const prefix = `label:${rater}:`;
  const waiting = () => Object.keys(localStorage).filter((key) => key.startsWith(prefix));
  let isSending = false;
  let wait = 1;

  async function send() {
    if (isSending) return;
    isSending = true;
    let trouble = "";
    for (const key of waiting()) {
      tell(1, trouble, false);
      const why = await sendOne(key);
      if (why === null) break;
      if (why) trouble = `an answer was not stored: ${why}`;
      wait = 1;
    }
    isSending = false;
    if (waiting().length === 0) return tell(0, trouble, true);
    tell(waiting().length, "not stored yet: the program does not answer; this page tries again", false);
    setTimeout(send, wait * 1000);
    wait = Math.min(2 * wait, LONGEST);
  }

  // "" when it is stored, null when nobody answers, else why it is refused: then it is dropped, and asked once more.
  async function sendOne(key) {
    const label = JSON.parse(localStorage.getItem(key));
    const answer = await post("/api/label", label).catch(() => null);
    if (!answer || answer.status >= 500 || answer.status === 401) return null;
    const said = await answer.json().catch(() => null);
    if (!said || (answer.ok && said.stored !== label.id)) return null;
    localStorage.removeItem(key);
    return answer.ok ? "" : said.error || "the program has refused it";
  }

  return {
    send,
    put: (label) => localStorage.setItem(prefix + label.id, JSON.stringify(label)),
    size: () => waiting().length,
  };
}
