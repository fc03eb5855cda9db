// How the widget looks and behaves. Kept in memory: the panel has no storage of its own.
import { html } from "../../shared/vendor/lit.js";
import { LANGUAGES, language, loadWords, nearest, t } from "../../shared/core/base.js";
import { field, iconButton, openDialog } from "../../shared/kit/kit.js";

const CHOICES = { theme: ["auto", "light", "dark"], bubbles: ["whatsapp", "genesys"], size: ["s", "m", "l"], enter: ["send", "newline"] };

/** What the page's styles go by. */
export function apply({ theme, bubbles, size }) {
  const { dataset } = document.documentElement;
  if (theme === "auto") delete dataset.theme;
  else dataset.theme = theme;
  Object.assign(dataset, { bubbles, size });
}

export function open(app) {
  const { settings } = app.state;

  function set(fields) {
    settings.value = { ...settings.value, ...fields };
    apply(settings.value);
    update();
  }

  async function speak(tag) {
    try {
      await loadWords(tag);
      update();
    } catch (error) {
      app.failed(error);
    }
  }

  const segment = (name) => html`<fieldset class="settings-row">
    <legend>${t(`settings.${name}`)}</legend>
    <div>
      ${CHOICES[name].map((value) => html`<label><input type="radio" name=${name} value=${value} .checked=${settings.value[name] === value} @change=${() => set({ [name]: value })} /><span>${t(`settings.${name}.${value}`)}</span></label>`)}
    </div>
  </fieldset>`;

  const languages = ({ id }) => html`<select id=${id} @change=${(event) => speak(event.target.value)}>
    ${LANGUAGES.map((tag) => html`<option value=${tag} lang=${tag} ?selected=${tag === nearest(language.value)}>${new Intl.DisplayNames(tag, { type: "language" }).of(tag)}</option>`)}
  </select>`;

  const { update } = openDialog((close) => html`<div class="dialog-head"><h2>${t("settings")}</h2>${iconButton("close", t("close"), close)}</div>
    <div class="dialog-body">
      ${segment("theme")}${segment("bubbles")}${segment("size")}
      ${field("language", t("language"), languages)}
      ${segment("enter")}
      <label class="check"><input type="checkbox" .checked=${settings.value.sound} @change=${(event) => set({ sound: event.target.checked })} /><span>${t("settings.sound")}</span></label>
      <p class="help">${t("settings.kept")}</p>
    </div>`, { label: t("settings") });
}
