// @ts-check
/** A minute before the session ends for want of input, ask; one click stays (RET-12). */

const WARN_SECONDS = 60;

/** Watch the session that the page's bar tells of, if any. */
export function watchSession() {
  const bar = document.querySelector("[data-session-left]");
  if (bar instanceof HTMLElement) new Watch(bar).begin(Number(bar.dataset.sessionLeft));
}

class Watch {
  /** @param {HTMLElement} bar */
  constructor(bar) {
    this.words = bar.dataset;
    this.dialog = makeDialog(this.words);
    this.dialog.addEventListener("cancel", (event) => event.preventDefault());
    this.dialog.querySelector("button")?.addEventListener("click", () => void this.stay());
    this.timer = 0;
  }

  /** @param {number} secondsLeft */
  begin(secondsLeft) {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.look(), Math.max(0, secondsLeft - WARN_SECONDS) * 1000);
  }

  /** Another tab may have had input since: only the server knows. */
  async look() {
    const left = await this.ask("GET");
    if (left === null) {
      this.timer = window.setTimeout(() => void this.look(), 5000);
    } else if (left <= 0) {
      window.location.assign(this.words.sessionOver ?? "");
    } else if (left > WARN_SECONDS) {
      this.dialog.close();
      this.begin(left);
    } else {
      if (!this.dialog.open) this.dialog.showModal();
      this.timer = window.setTimeout(() => void this.look(), Math.min(left, 5) * 1000);
    }
  }

  async stay() {
    const left = await this.ask("POST");
    this.dialog.close();
    if (left === 0) window.location.assign(this.words.sessionOver ?? "");
    else this.begin(left ?? 0);
  }

  /**
   * @param {"GET" | "POST"} method
   * @returns {Promise<number | null>} seconds; null where nobody answered
   */
  async ask(method) {
    const body = method === "POST" ? new URLSearchParams({ csrf: this.words.sessionCsrf ?? "" }) : undefined;
    try {
      const answer = await fetch(this.words.sessionUrl ?? "", { method, body });
      return answer.status === 503 ? null : Number((await answer.json()).seconds_left);
    } catch {
      return null;
    }
  }
}

/** @param {DOMStringMap} words */
function makeDialog(words) {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  const heading = document.createElement("h2");
  heading.id = "session-dialog-title";
  heading.textContent = words.sessionTitle ?? "";
  const text = document.createElement("p");
  text.textContent = words.sessionText ?? "";
  const button = document.createElement("button");
  button.className = "button main-action";
  button.type = "button";
  button.textContent = words.sessionStay ?? "";
  dialog.setAttribute("aria-labelledby", heading.id);
  dialog.append(heading, text, button);
  document.body.append(dialog);
  return dialog;
}
