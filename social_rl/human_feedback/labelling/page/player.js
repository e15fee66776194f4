// How are clips shown? Tiles on canvases, all at one time, which plays, runs back and is scrubbed.

const STEPS_A_SECOND = 5; // at speed 1
const ABSENT = -1;

// The clip of an item: {data, sheet, frames}; throws an Error with a sentence for people.
export async function loadClip(comparison, item) {
  const path = `/api/clip/${comparison}/${item}`;
  const [answer, sheet] = await Promise.all([fetch(path), pictureAt(`${path}.png`)]);
  const data = await answer.json();
  if (!answer.ok) throw new Error(data.error);
  return { data, sheet, frames: framesOf(data) };
}

async function pictureAt(path) {
  const picture = new Image();
  picture.src = path;
  try {
    await picture.decode();
    return picture;
  } catch {
    return null; // the clip itself says why
  }
}

// The tiles of every frame, so that any step is shown at once.
function framesOf(data) {
  const frames = [Uint16Array.from(data.first)];
  for (const change of data.changes) {
    const frame = frames[frames.length - 1].slice();
    for (let i = 0; i < change.length; i += 2) frame[change[i]] = change[i + 1];
    frames.push(frame);
  }
  return frames;
}

// A function that draws a step of a clip into a canvas, which is kept as large as its place allows.
export function screenOf(canvas, clip) {
  const { rows, cols, tile, columns, names, colours, where } = clip.data;
  const stage = document.createElement("canvas");
  stage.width = cols * tile;
  stage.height = rows * tile;
  const pen = stage.getContext("2d", { alpha: false });
  const shown = new Int32Array(rows * cols).fill(ABSENT);
  let last = 0;

  function fit() {
    const place = canvas.parentElement;
    const size = Math.max(1, Math.min(place.clientWidth / cols, place.clientHeight / rows, tile * 1.5));
    const density = window.devicePixelRatio || 1;
    canvas.style.width = `${Math.floor(size * cols)}px`;
    canvas.style.height = `${Math.floor(size * rows)}px`;
    canvas.width = Math.floor(size * cols * density);
    canvas.height = Math.floor(size * rows * density);
    draw(last);
  }

  function draw(step) {
    last = Math.min(step, clip.frames.length - 1);
    const frame = clip.frames[last];
    for (let cell = 0; cell < frame.length; cell++) {
      if (frame[cell] === shown[cell]) continue;
      const n = (shown[cell] = frame[cell]);
      pen.drawImage(
        clip.sheet, (n % columns) * tile, Math.floor(n / columns) * tile, tile, tile,
        (cell % cols) * tile, Math.floor(cell / cols) * tile, tile, tile,
      );
    }
    const screen = canvas.getContext("2d");
    screen.imageSmoothingQuality = "high";
    screen.drawImage(stage, 0, 0, canvas.width, canvas.height);
    nameAgents(screen, where[last]);
  }

  // Each agent's name on a tag below it, as in the window.
  function nameAgents(screen, cells) {
    const unit = canvas.width / cols;
    const size = Math.max(10 * (window.devicePixelRatio || 1), unit * 0.3);
    screen.font = `600 ${size}px system-ui, sans-serif`;
    screen.textAlign = "center";
    screen.textBaseline = "middle";
    cells.forEach((cell, a) => {
      if (cell === ABSENT) return;
      const wide = screen.measureText(names[a]).width + size * 0.8;
      const high = size * 1.35;
      const middle = (cell % cols + 0.5) * unit;
      const x = Math.min(Math.max(middle, wide / 2), canvas.width - wide / 2);
      const below = (Math.floor(cell / cols) + 1) * unit + high / 2 - unit * 0.08;
      const y = below + high / 2 > canvas.height ? below - unit - high * 0.7 : below;
      screen.beginPath();
      screen.roundRect(x - wide / 2, y - high / 2, wide, high, high / 3);
      screen.fillStyle = "#ffffff";
      screen.fill();
      screen.lineWidth = Math.max(1, size * 0.12);
      screen.strokeStyle = colours[a];
      screen.stroke();
      screen.fillStyle = "#2b3440";
      screen.fillText(names[a], x, y);
    });
  }

  const watch = new ResizeObserver(fit);
  watch.observe(canvas.parentElement);
  return { draw, stop: () => watch.disconnect() };
}

const OUTCOMES = { "has done it": "good", "has failed": "bad", "has run out of time": "bad" };

// In which tone a line of the clip is shown: coming and going is neither good nor bad.
export function toneOf({ kind, words }) {
  return kind === "outcome" ? OUTCOMES[words] || "soft" : kind;
}

// One time for all clips: `show(step)` is called whenever the whole step changes, or whether it plays.
export function makeClock(show) {
  const clock = { position: 0, last: 0, speed: 1, direction: 1, playing: false };
  let before = 0;

  function tick(now) {
    if (!clock.playing) return;
    const seconds = Math.min((now - before) / 1000, 0.25);
    before = now;
    goTo(clock.position + seconds * clock.speed * clock.direction * STEPS_A_SECOND);
    const isAtEnd = clock.direction > 0 ? clock.position >= clock.last : clock.position <= 0;
    if (isAtEnd) pause();
    else requestAnimationFrame(tick);
  }

  function goTo(position) {
    clock.position = Math.min(Math.max(position, 0), clock.last);
    show(step());
  }

  function step() {
    return clock.direction > 0 ? Math.floor(clock.position + 1e-9) : Math.ceil(clock.position - 1e-9);
  }

  function play() {
    if (clock.last === 0) return;
    if (clock.direction > 0 && clock.position >= clock.last) clock.position = 0;
    if (clock.direction < 0 && clock.position <= 0) clock.position = clock.last;
    clock.playing = true;
    before = performance.now();
    requestAnimationFrame(tick);
    show(step());
  }

  function pause() {
    clock.playing = false;
    clock.position = step();
    show(step());
  }

  return {
    clock, goTo, step, play, pause,
    begin(last) {
      Object.assign(clock, { position: 0, last, playing: false, direction: 1 });
      show(0);
    },
    toggle: () => (clock.playing ? pause() : play()),
    by(steps) {
      pause();
      goTo(step() + steps);
    },
    reverse() {
      clock.position = step();
      clock.direction = -clock.direction;
      show(step());
    },
  };
}
