// @ts-check
/**
 * Counts down the time in which the call must come, and notices it by itself (LINK-21, LINK-23).
 * It says so, politely, and never moves on by itself.
 */

/**
 * @typedef {object} CallStatus  what GET ./call/status answers
 * @property {"waiting" | "confirmed" | "too-late" | "moved-on"} state
 * @property {number} seconds_left
 */

const ASK_EVERY_MS = 2000;
/** The status of the answer where this browser has no such visit any more. */
const GONE = 404;
const SAY_AT_SECONDS = [60, 30, 10];

/** Start where the page shows a countdown. */
export function waitForCall() {
  const box = document.querySelector("[data-call-wait]");
  if (box instanceof HTMLElement) new CallWait(box).start();
}

class CallWait {
  /** @param {HTMLElement} box */
  constructor(box) {
    this.box = box;
    this.words = box.dataset;
    this.clock = part(box, "[data-call-clock]");
    this.seconds = part(box, ".seconds");
    this.status = part(box, "[data-call-status]");
    this.bar = /** @type {HTMLProgressElement} */ (part(box, "[data-call-bar]"));
    this.end = endAfter(Number(this.words.secondsLeft));
    this.said = Infinity;
    this.over = false;
    this.asking = false;
  }

  start() {
    // the note stands beside the button, below a small screen's edge
    document.querySelector("[data-call-waiting]")?.scrollIntoView({ block: "center" });
    this.clock.hidden = false;
    this.bar.hidden = false;
    this.tick();
    this.timers = [
      window.setInterval(() => this.tick(), 250),
      window.setInterval(() => this.ask(), ASK_EVERY_MS),
    ];
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.ask();
    });
  }

  tick() {
    const left = Math.max(0, Math.ceil((this.end - performance.now()) / 1000));
    this.seconds.textContent = String(left);
    this.bar.value = left;
    const mark = SAY_AT_SECONDS.filter((at) => left <= at).at(-1);
    if (mark !== undefined && mark < this.said && left > 0) {
      if (this.said !== Infinity || left === mark) this.say((this.words.left ?? "").replace("{seconds}", String(left)));
      this.said = mark;
    }
  }

  async ask() {
    if (this.over || this.asking) return;
    this.asking = true;
    try {
      const answer = await fetch(this.words.statusUrl ?? "", {
        cache: "no-store",
        credentials: "same-origin",
        headers: { Accept: "application/json" },
        redirect: "error",
      });
      if (answer.ok) this.hear(/** @type {CallStatus} */ (await answer.json()));
      else if (answer.status === GONE) this.stop();
    } catch {
      // The line is bad, or the server is busy: the next question will tell.
    } finally {
      this.asking = false;
    }
  }

  /** @param {CallStatus} status */
  hear(status) {
    if (status.state === "waiting") {
      this.end = endAfter(status.seconds_left);
      return;
    }
    this.stop();
    // gone on in another window: 確定する shows where it is
    if (status.state === "moved-on") return;
    part(this.box, "[data-call-words]").hidden = true;
    for (const waiting of document.querySelectorAll("[data-call-waiting]")) waiting.remove();
    this.box.dataset.state = status.state;
    this.say((status.state === "confirmed" ? this.words.confirmed : this.words.tooLate) ?? "");
  }

  stop() {
    this.over = true;
    for (const timer of this.timers ?? []) window.clearInterval(timer);
    this.clock.hidden = true;
    this.bar.hidden = true;
  }

  /** @param {string} text */
  say(text) {
    this.status.textContent = text;
  }
}

/**
 * @param {number} seconds from now
 * @returns {number} on the clock of `performance.now`
 */
function endAfter(seconds) {
  return performance.now() + seconds * 1000;
}

/**
 * @param {HTMLElement} box
 * @param {string} selector
 */
function part(box, selector) {
  const found = box.querySelector(selector);
  if (!(found instanceof HTMLElement)) throw new TypeError(`no ${selector} in the countdown`);
  return found;
}
