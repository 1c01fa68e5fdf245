// @ts-check
/** What scripts add to the screens. Each page works without any of it. */

import { waitForCall } from "./call-wait.js";
import { openErrorDialog } from "./error-dialog.js";
import { reloadStalePage } from "./fresh-page.js";
import { keepTypedAcrossLanguages } from "./language-switch.js";
import { addRevealButtons } from "./reveal.js";
import { offerSoftwareKeyboard } from "./software-keyboard.js";
import { watchSession } from "./session-idle.js";
import { guardForms } from "./submit-guard.js";

reloadStalePage();
guardForms();
addRevealButtons();
offerSoftwareKeyboard();
keepTypedAcrossLanguages();
waitForCall();
openErrorDialog();
watchSession();
