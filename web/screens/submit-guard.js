// @ts-check
/**
 * One click, one post (LINK-07). The server refuses a second effect anyway; this spares people the sight of it.
 * Buttons are never disabled: a page that comes back from the browser's memory would stay dead.
 */

const FREE_AGAIN_AFTER_MS = 8000;

/** Guard every form marked `data-once`. */
export function guardForms() {
  for (const form of document.querySelectorAll("form[data-once]")) {
    if (form instanceof HTMLFormElement) guard(form);
  }
}

/** @param {HTMLFormElement} form */
function guard(form) {
  const release = () => form.removeAttribute("aria-busy");
  form.addEventListener("submit", (event) => {
    if (form.getAttribute("aria-busy") === "true") {
      event.preventDefault();
      return;
    }
    form.setAttribute("aria-busy", "true");
    window.setTimeout(release, FREE_AGAIN_AFTER_MS);
  });
  window.addEventListener("pageshow", release);
}
