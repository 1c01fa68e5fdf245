// @ts-check
/** A page that the browser took out of its memory may be a screen left long ago: ask the server again (LINK-07). */

/** Reload a page that comes back from the back/forward cache. */
export function reloadStalePage() {
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) window.location.reload();
  });
}
