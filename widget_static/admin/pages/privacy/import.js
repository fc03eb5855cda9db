// Many decisions at once, from a CSV file: what was noted, and what is wrong, line by line.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { fmt, n, t } from "../../../shared/core/base.js";
import { alertBox, button, field, iconButton, openDialog } from "../../../shared/kit/kit.js";
import { explained } from "../../kit/states.js";

const LARGEST = 1_000_000;
const SAMPLE = "contact,kind,given,at,wording,event\ntel:+393331234567,marketing,true,2026-11-01T09:00:00Z,Newsletter,form-17";

/** How it went: lines that are wrong cost the others nothing. */
function result(done) {
  const errors = Object.entries(done.errors);
  return html`${alertBox(errors.length ? "warning" : "success", html`${n("privacy.import.noted", done.noted)} ${n("privacy.import.known", done.known)}`)}
    ${errors.length ? html`<h3>${n("privacy.import.errors", errors.length)}</h3><div class="scroll-y" tabindex="0" role="region" aria-label=${n("privacy.import.errors", errors.length)}><table class="plain-table"><thead><tr><th scope="col">${t("privacy.import.line")}</th><th scope="col">${t("privacy.import.wrong")}</th></tr></thead>
      <tbody>${errors.map(([line, words]) => html`<tr><th scope="row">${fmt.number(Number(line))}</th><td>${words}</td></tr>`)}</tbody></table></div>` : nothing}`;
}

/** Resolves with what became of it, or null. */
export function bring(app, path) {
  return new Promise((resolve) => {
    const state = { file: null, busy: false, error: null, wrong: "", done: null };
    const become = (changes) => {
      Object.assign(state, changes);
      shown.update();
    };
    const choose = (event) => {
      const [file] = event.target.files;
      become({ file, error: null, wrong: file?.size > LARGEST ? t("privacy.import.large") : "" });
    };

    async function send(event) {
      event.preventDefault();
      become({ busy: true, error: null });
      try {
        become({ done: await app.api.post(path, { csv: await state.file.text() }) });
      } catch (error) {
        become({ error });
      } finally {
        become({ busy: false });
      }
    }

    const asked = () => html`<p>${t("privacy.import.words")}</p><pre class="json" dir="ltr" tabindex="0">${SAMPLE}</pre>
      ${state.error ? alertBox("error", explained(state.error)) : nothing}
      ${field("import-file", t("privacy.import.file"), ({ id, describedBy, invalid }) => html`<input id=${id} type="file" accept=".csv,text/csv" aria-describedby=${describedBy} aria-invalid=${invalid} @change=${choose} />`, { error: state.wrong })}`;
    const content = (close) => html`<form class="dialog-form" @submit=${send}>
      <header class="dialog-head"><h2>${t("privacy.import")}</h2>${iconButton("close", t("close"), close)}</header>
      <div class="dialog-body">${state.done ? result(state.done) : asked()}</div>
      <footer class="dialog-foot">${state.done ? button(t("close"), close, { kind: "primary" }) : html`${button(t("cancel"), close)}${button(t("privacy.import.do"), undefined, { kind: "primary", type: "submit", busy: state.busy, disabled: !state.file || Boolean(state.wrong) })}`}</footer>
    </form>`;
    const shown = openDialog(content, { label: t("privacy.import"), kind: "wide", onClose: () => resolve(state.done) });
  });
}
