// @ts-check
/** Shows the summary of errors as a modal dialog as well; closing it leads to the first field in error (LINK-04). */

/** Open the dialog where the page has a summary of errors. */
export function openErrorDialog() {
  const summary = document.querySelector("[data-error-summary]");
  if (!(summary instanceof HTMLElement)) return;
  const dialog = makeDialog(summary);
  dialog.addEventListener("close", () => {
    dialog.remove();
    focusFirstError(summary);
  });
  document.body.append(dialog);
  dialog.showModal();
}

/** @param {HTMLElement} summary */
function makeDialog(summary) {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  dialog.setAttribute("aria-labelledby", "error-dialog-title");
  dialog.setAttribute("aria-describedby", "error-dialog-text");
  const title = document.createElement("h2");
  title.id = "error-dialog-title";
  title.textContent = summary.querySelector("h2")?.textContent ?? "";
  dialog.append(title, copyOfText(summary), closeButton(summary.dataset.close ?? "", dialog));
  return dialog;
}

/**
 * The message of the summary, or else its list, the links as plain text: they lead behind the dialog.
 * @param {HTMLElement} summary
 */
function copyOfText(summary) {
  const text = document.createElement("div");
  text.id = "error-dialog-text";
  text.className = "dialog-text";
  const message = summary.querySelectorAll(".body > p");
  for (const part of message.length > 0 ? message : summary.querySelectorAll(".body > ul")) {
    text.append(part.cloneNode(true));
  }
  for (const link of text.querySelectorAll("a")) link.replaceWith(link.textContent ?? "");
  return text;
}

/**
 * @param {string} label
 * @param {HTMLDialogElement} dialog
 */
function closeButton(label, dialog) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button";
  button.textContent = label;
  button.autofocus = true;
  button.addEventListener("click", () => dialog.close());
  return button;
}

/** @param {HTMLElement} summary */
function focusFirstError(summary) {
  const invalid = document.querySelector('[aria-invalid="true"]');
  const field = invalid?.matches("input, select") ? invalid : invalid?.querySelector("input, select");
  if (field instanceof HTMLElement) {
    field.focus();
    return;
  }
  const only = document.querySelector("form[data-once] :is(input:not([type=hidden]), select)");
  if (only instanceof HTMLElement) {
    only.focus();
    return;
  }
  summary.tabIndex = -1;
  summary.focus();
}
