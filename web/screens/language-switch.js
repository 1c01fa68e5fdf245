// @ts-check
/** Another language keeps what is typed (UI-02): the form goes to the server, which shows it again unjudged. */

/** Have the links to other languages send the form of the page along. */
export function keepTypedAcrossLanguages() {
  const form = document.querySelector("form[data-once]");
  if (!(form instanceof HTMLFormElement) || !form.querySelector("input:not([type=hidden]), select")) return;
  for (const link of document.querySelectorAll(".languages a")) {
    if (link instanceof HTMLAnchorElement) link.addEventListener("click", (event) => sendAlong(event, form, link));
  }
}

/**
 * @param {MouseEvent} event
 * @param {HTMLFormElement} form
 * @param {HTMLAnchorElement} link
 */
function sendAlong(event, form, link) {
  // into another tab or window: a page of its own
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (form.elements.namedItem("lang")) return;
  const chosen = document.createElement("input");
  chosen.type = "hidden";
  chosen.name = "lang";
  chosen.value = link.hreflang;
  form.append(chosen);
  for (const secret of form.querySelectorAll("[data-reveal] input")) {
    if (secret instanceof HTMLInputElement) secret.value = "";
  }
  form.submit();
}
