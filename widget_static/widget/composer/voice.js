// A voice note, where the browser may hear: recorded, listened to if one likes, then attached like any file.
import { html, nothing } from "../../shared/vendor/lit.js";
import { Bound, fmt, t } from "../../shared/core/base.js";
import { alertBox, button, icon, iconButton, openDialog } from "../../shared/kit/kit.js";
import { toOgg } from "./ogg.js";

/** WhatsApp plays Opus in Ogg as a voice note. Firefox records it; Chromium records the same sound in WebM, which is put into Ogg here. */
const TYPES = ["audio/ogg;codecs=opus", "audio/webm;codecs=opus"];
const MOST_SECONDS = 15 * 60;

export class Voice extends Bound {
  static properties = {
    app: { attribute: false }, composer: { attribute: false },
    _state: { state: true }, _seconds: { state: true }, _problem: { state: true },
  };

  #recorder = null;
  #stream = null;
  #chunks = [];
  #clock = null;

  constructor() {
    super();
    this._state = "asking";
    this._seconds = 0;
    this._problem = "";
  }

  connectedCallback() {
    super.connectedCallback();
    this.#start();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#quiet();
  }

  async #start() {
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    if (!mimeType) return this.#fail("voice.unable");
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: true } });
    } catch (error) {
      return this.#fail(error.name === "NotFoundError" ? "voice.none" : "voice.forbidden");
    }
    if (!this.isConnected) return this.#quiet();
    this.#recorder = new MediaRecorder(this.#stream, { mimeType, audioBitsPerSecond: 32_000 });
    this.#recorder.ondataavailable = (event) => this.#chunks.push(event.data);
    this.#recorder.start(1_000);
    this._state = "recording";
    this.#clock = setInterval(() => this.#tick(), 1_000);
  }

  updated(changed) {
    if (changed.has("_state")) (this.querySelector(".primary") ?? this.querySelector("button")).focus();
  }

  #tick() {
    this._seconds += 1;
    if (this._seconds >= MOST_SECONDS) this.#finish();
  }

  #fail(key) {
    this._state = "failed";
    this._problem = t(key);
  }

  /** The light of the microphone goes out at once. */
  #quiet() {
    clearInterval(this.#clock);
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
  }

  async #finish() {
    const recorder = this.#recorder;
    const stopped = new Promise((resolve) => (recorder.onstop = resolve));
    recorder.stop();
    await stopped;
    this.#quiet();
    try {
      const blob = new Blob(this.#chunks, { type: recorder.mimeType });
      const ogg = recorder.mimeType.startsWith("audio/ogg") ? await blob.arrayBuffer() : toOgg(await blob.arrayBuffer());
      const name = `voice-${new Date().toISOString().slice(0, 19).replaceAll(":", "-")}.ogg`;
      const file = new File([ogg], name, { type: "audio/ogg" });
      this.#close();
      this.composer.attach([file], "voice");
    } catch {
      this.#fail("voice.unable");
    }
  }

  #close() {
    this.closest("dialog").close();
  }

  render() {
    return html`<div class="recorder">
      <header class="dialog-head"><h2>${t("compose.voice")}</h2>${iconButton("close", t("close"), () => this.#close())}</header>
      ${this._problem ? alertBox("error", this._problem) : this.#meter()}
      ${this._state === "recording"
        ? html`<footer class="form-foot">
            ${button(t("voice.discard"), () => this.#close(), { kind: "secondary", symbol: "trash" })}
            ${button(t("voice.done"), () => this.#finish(), { kind: "primary", symbol: "check" })}
          </footer>`
        : nothing}
    </div>`;
  }

  #meter() {
    const words = this._state === "recording" ? t("voice.recording") : t("voice.asking");
    const clock = html`<time aria-hidden="true">${fmt.duration(this._seconds)}</time>`;
    return html`<p class="recorder-meter ${this._state}">${icon("mic")} <span role="status">${words}</span> ${clock}</p>`;
  }
}

customElements.define("xy-recorder", Voice);

export const openVoice = (app, composer) =>
  openDialog(() => html`<xy-recorder .app=${app} .composer=${composer}></xy-recorder>`, { label: t("compose.voice") });
