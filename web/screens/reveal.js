// @ts-check
/** A button beside a masked field shows what is typed; the field masks itself again when it is left (UI-03). */

/** Bring the buttons to life: without scripts they stay hidden. */
export function addRevealButtons() {
  for (const row of document.querySelectorAll("[data-reveal]")) {
    const input = row.querySelector("input");
    const button = row.querySelector("button");
    const status = row.querySelector("[role=status]");
    if (row instanceof HTMLElement && input && button && status) bind(row, input, button, status);
  }
}

/**
 * @param {HTMLElement} row
 * @param {HTMLInputElement} input
 * @param {HTMLButtonElement} button
 * @param {Element} status
 */
function bind(row, input, button, status) {
  const words = button.dataset;

  /** @param {boolean} visible */
  const show = (visible) => {
    input.type = visible ? "text" : "password";
    button.textContent = (visible ? words.hide : words.show) ?? "";
  };
  const mask = () => {
    if (input.type === "text") show(false);
  };

  button.hidden = false;
  // The field keeps the focus, or leaving it for the button would mask it just before the click shows it again.
  button.addEventListener("mousedown", (event) => event.preventDefault());
  button.addEventListener("click", () => {
    show(input.type === "password");
    status.textContent = (input.type === "text" ? words.shown : words.hidden) ?? "";
    input.focus();
  });
  row.addEventListener("focusout", (event) => {
    if (!(event.relatedTarget instanceof Node && row.contains(event.relatedTarget))) mask();
  });
  input.form?.addEventListener("submit", mask);
  window.addEventListener("pagehide", mask);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") mask();
  });
}
