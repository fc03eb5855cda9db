// An example file for a header: chosen, handed in at once, and from then on known by its handle.
import { createRef, html, nothing, ref } from "../../../shared/vendor/lit.js";
import { Bound, fmt, knows, t } from "../../../shared/core/base.js";
import { button, icon, iconButton } from "../../../shared/kit/kit.js";
import { path } from "../../kit/api.js";

const MB = 2 ** 20;
/** What Meta takes as an example; sizes as it writes them, who counts in steps of 1,024. */
const TAKES = {
  image: { mimes: ["image/jpeg", "image/png"], endings: "JPG, PNG", size: 5 },
  video: { mimes: ["video/mp4"], endings: "MP4", size: 16 },
  document: { mimes: ["application/pdf"], endings: "PDF", size: 100 },
};

class XyTemplateExample extends Bound {
  static properties = { app: { attribute: false }, tenant: {}, name: {}, label: {}, kind: {}, value: { attribute: false }, error: {}, set: { attribute: false }, going: { state: true }, failed: { state: true } };

  #input = createRef();

  willUpdate(changed) {
    if (changed.has("kind") && changed.get("kind") !== undefined) this._stop();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this._stop();
  }

  _stop() {
    this.going?.abort.abort();
    this.going = this.failed = null;
  }

  /** What can be said of a file before it travels. */
  _fault({ type, size }) {
    const { mimes, size: most } = TAKES[this.kind];
    if (!size) return { code: "empty" };
    if (!mimes.includes(type)) return { code: "not_taken" };
    return size > most * MB ? { code: "too_big" } : null;
  }

  async _take(file) {
    this._stop();
    if (this.value) this.set(null);
    this.failed = this._fault(file);
    if (this.failed) return;
    const going = (this.going = { name: file.name, done: 0, abort: new AbortController() });
    const query = { kind: this.kind, name: file.name };
    const onProgress = (done) => this._step(going, done);
    try {
      const told = await this.app.api.upload(path("tenants", this.tenant, "templates", "examples"), file, { query, onProgress, signal: going.abort.signal });
      this.set({ ...told, url: URL.createObjectURL(file) });
    } catch (error) {
      if (error.name !== "AbortError" && this.going === going) this.failed = error;
    } finally {
      if (this.going === going) this.going = null;
    }
  }

  _step(going, done) {
    going.done = done;
    this.requestUpdate();
  }

  /** In our words where we have some; else in those of the server, who speaks English. */
  _said({ code, status, detail }) {
    const { endings, size } = TAKES[this.kind];
    const key = `template.example.wrong.${status === 0 ? "offline" : code}`;
    return knows(key) ? t(key, { endings, most: fmt.size(size * 1_000_000) }) : html`<span lang="en" dir="ltr">${detail}</span>`;
  }

  _way() {
    if (this.failed?.code !== "app_unknown") return nothing;
    return html` <a href=${this.app.href(path("tenants", this.tenant, "whatsapp"))}>${t("template.example.app")}</a>`;
  }

  _stands() {
    const { going, value } = this;
    if (going) {
      const label = t("template.example.going", { name: `\u2068${going.name}\u2069` });
      // Once it has come to us it is on its way to Meta, and nobody says how far.
      return html`<p class="example-name"><bdi>${going.name}</bdi> ${going.done < 1 ? html`<small>${fmt.number(going.done, { style: "percent" })}</small>` : nothing}</p>
        ${going.done < 1 ? html`<progress max="1" value=${going.done} aria-label=${label}></progress>` : html`<progress aria-label=${label}></progress>`}
        ${iconButton("close", t("template.example.stop"), () => this._stop())}`;
    }
    if (!value?.handle) return nothing;
    return html`<p class="example-name done">${icon("check")} <bdi>${value.name ?? t("template.example.kept")}</bdi> ${value.size ? html`<small>${fmt.size(value.size)}</small>` : nothing}</p>`;
  }

  render() {
    const { kind, value, going, failed, name } = this;
    const { mimes, endings, size } = TAKES[kind];
    const id = `example-${name.replace(/\W/g, "-")}`;
    const error = failed ? html`${this._said(failed)}${this._way()}` : this.error && going ? t("template.example.wait") : this.error;
    const choose = button(t(value?.handle ? "template.example.other" : "template.example.choose"), () => this.#input.value.click(), { symbol: "attach", disabled: Boolean(going) });
    return html`<div class="field example ${error ? "wrong" : ""}" role="group" aria-labelledby="${id}-label" aria-describedby="${id}-help">
      <span class="label" id="${id}-label">${this.label}</span>
      <div class="example-file">${choose}${this._stands()}
        <input ${ref(this.#input)} type="file" hidden name=${name} accept=${mimes.join(",")} @change=${({ target }) => target.files[0] && this._take(target.files[0]).finally(() => (target.value = ""))} /></div>
      <p class="help" id="${id}-help">${t("template.example.help", { endings, most: fmt.size(size * 1_000_000) })}</p>
      ${error ? html`<p class="error" role=${failed ? "alert" : nothing}>${icon("alert")} ${error}</p>` : nothing}</div>`;
  }
}

customElements.define("xy-template-example", XyTemplateExample);

/** One in a form that offers `app`, `tenant`, `wrong(name)`. */
export const example = (form, name, { label, kind, value, set }) =>
  html`<xy-template-example .app=${form.app} .tenant=${form.tenant} .name=${name} .label=${label} .kind=${kind} .value=${value} .error=${form.wrong(name)} .set=${set}></xy-template-example>`;
