// @ts-check
/**
 * A keyboard on the screen for passwords, against programs that listen to the real one (RET-08).
 * The keys stand in other places each time; what is typed is seen as ● only and is nowhere in the page until 入力確定.
 */

/** @type {Readonly<Record<string, string>>} */
const CHARACTERS = {
  lower: "abcdefghijklmnopqrstuvwxyz",
  upper: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
  digits: "0123456789",
  symbols: "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
};
const FIRST_KIND = "lower";
/** How many keys stand in a row: as in the style sheet. */
const COLUMNS = 6;
const LONGEST = 64;

/** Let each password field be filled in by the keyboard; without scripts it is not offered. */
export function offerSoftwareKeyboard() {
  const dialog = document.querySelector("dialog[data-keyboard]");
  if (!(dialog instanceof HTMLDialogElement)) return;
  const keyboard = new Keyboard(dialog);
  for (const box of document.querySelectorAll("[data-with-keyboard]")) {
    const input = box.querySelector("[data-reveal] input");
    const label = box.querySelector(".keyboard-switch");
    const tick = label?.querySelector("input");
    if (box instanceof HTMLElement && input instanceof HTMLInputElement && label instanceof HTMLElement && tick) {
      label.hidden = false;
      offer(box, input, tick, keyboard);
    }
  }
}

/**
 * While the tick is set, the field takes nothing from the real keyboard: pressing it opens the other one.
 * @param {HTMLElement} box
 * @param {HTMLInputElement} input
 * @param {HTMLInputElement} tick
 * @param {Keyboard} keyboard
 */
function offer(box, input, tick, keyboard) {
  const open = () => keyboard.open(input, box.dataset.label ?? "", "symbols" in box.dataset);
  const change = () => {
    input.readOnly = tick.checked;
    if (tick.checked) open();
  };
  tick.addEventListener("change", change);
  input.addEventListener("click", () => {
    if (tick.checked) open();
  });
  input.addEventListener("keydown", (event) => {
    if (!tick.checked || (event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    open();
  });
}

class Keyboard {
  /** @param {HTMLDialogElement} dialog */
  constructor(dialog) {
    this.dialog = dialog;
    this.field = part(dialog, "[data-keyboard-field]");
    this.dots = part(dialog, "[data-keyboard-dots]");
    this.status = part(dialog, "[data-keyboard-status]");
    this.keys = part(dialog, "[data-keyboard-keys]");
    this.kinds = [...dialog.querySelectorAll("[data-keyboard-kind]")].filter((each) => each instanceof HTMLElement);
    this.typed = "";
    /** @type {HTMLInputElement | null} */
    this.input = null;
    this.listen();
  }

  listen() {
    const press = (/** @type {string} */ name, /** @type {() => void} */ act) =>
      part(this.dialog, `[data-keyboard-${name}]`).addEventListener("click", act);
    press("erase", () => this.hold(this.typed.slice(0, -1)));
    press("clear", () => this.hold(""));
    press("accept", () => this.accept());
    press("close", () => this.dialog.close());
    for (const button of this.kinds) {
      button.addEventListener("click", () => this.show(button.dataset.keyboardKind ?? FIRST_KIND));
    }
    this.keys.addEventListener("keydown", (event) => this.walk(event));
    // Escape closes it too; whichever way, what was typed and not accepted is forgotten
    this.dialog.addEventListener("close", () => this.leave());
    window.addEventListener("pagehide", () => this.dialog.close());
  }

  /**
   * @param {HTMLInputElement} input that is to be filled in
   * @param {string} label
   * @param {boolean} symbols whether signs may be in it
   */
  open(input, label, symbols) {
    if (this.dialog.open) return;
    this.input = input;
    this.field.textContent = label;
    for (const button of this.kinds) button.hidden = button.dataset.keyboardKind === "symbols" && !symbols;
    this.hold("");
    this.show(FIRST_KIND);
    this.dialog.showModal();
    this.focusable()?.focus();
  }

  /** @param {string} kind */
  show(kind) {
    for (const button of this.kinds) button.setAttribute("aria-pressed", String(button.dataset.keyboardKind === kind));
    const keys = shuffled([...(CHARACTERS[kind] ?? "")]).map((character) => this.key(character));
    this.keys.replaceChildren(...keys);
    if (keys[0]) keys[0].tabIndex = 0;
  }

  /** @param {string} character */
  key(character) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button second keyboard-key";
    button.textContent = character;
    button.tabIndex = -1;
    button.addEventListener("click", () => this.hold(this.typed + character));
    button.addEventListener("focus", () => this.rove(button));
    return button;
  }

  /**
   * One key at a time is reached by Tab; the arrows lead to the others.
   * @param {HTMLElement} button
   */
  rove(button) {
    const before = this.focusable();
    if (before) before.tabIndex = -1;
    button.tabIndex = 0;
  }

  /** @param {KeyboardEvent} event */
  walk(event) {
    const keys = /** @type {HTMLElement[]} */ ([...this.keys.children]);
    const now = keys.findIndex((key) => key === document.activeElement);
    const ways = new Map([
      ["ArrowRight", now + 1],
      ["ArrowLeft", now - 1],
      ["ArrowDown", now + COLUMNS],
      ["ArrowUp", now - COLUMNS],
      ["Home", 0],
      ["End", keys.length - 1],
    ]);
    const next = ways.get(event.key);
    if (next === undefined) return;
    event.preventDefault();
    keys[next]?.focus();
  }

  /** @returns {HTMLElement | null} the key that Tab reaches */
  focusable() {
    return this.keys.querySelector('[tabindex="0"]');
  }

  /** @param {string} text */
  hold(text) {
    const longest = this.input && this.input.maxLength > 0 ? this.input.maxLength : LONGEST;
    this.typed = text.slice(0, longest);
    this.dots.textContent = "●".repeat(this.typed.length);
    this.status.textContent = (this.dialog.dataset.count ?? "").replace("{count}", String(this.typed.length));
  }

  accept() {
    if (this.input) {
      this.input.value = this.typed;
      this.input.dispatchEvent(new Event("input", { bubbles: true }));
    }
    this.dialog.close();
  }

  leave() {
    const input = this.input;
    this.hold("");
    this.keys.replaceChildren();
    this.input = null;
    input?.focus();
  }
}

/**
 * @param {string[]} characters
 * @returns {string[]} the same in an order that nobody can foresee
 */
function shuffled(characters) {
  for (let last = characters.length - 1; last > 0; last -= 1) {
    const other = below(last + 1);
    const moved = /** @type {string} */ (characters[last]);
    characters[last] = /** @type {string} */ (characters[other]);
    characters[other] = moved;
  }
  return characters;
}

/**
 * @param {number} limit up to 256
 * @returns {number} a random whole number from 0 to below `limit`, each as likely
 */
function below(limit) {
  const fair = 256 - (256 % limit);
  for (;;) {
    const drawn = crypto.getRandomValues(new Uint8Array(1))[0] ?? 0;
    if (drawn < fair) return drawn % limit;
  }
}

/**
 * @param {HTMLElement} box
 * @param {string} selector
 */
function part(box, selector) {
  const found = box.querySelector(selector);
  if (!(found instanceof HTMLElement)) throw new TypeError(`no ${selector} in the keyboard`);
  return found;
}
