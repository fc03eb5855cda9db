// A voice note: play, seek, speed. Only one in the page is heard at a time.
import { LitElement, html, nothing, svg } from "../../shared/vendor/lit.js";
import { fmt, t } from "../../shared/core/base.js";
import { icon, iconButton } from "../../shared/kit/kit.js";

const BARS = 48;
const SPEEDS = [1, 1.5, 2];
const STEP = 5;
/** What is heard at a time, told from player to player through the page. */
const STARTED = "xy-started";

/** So many bars as there is room for, from however many peaks the server made. */
export function barsOf(peaks, bars = BARS) {
  if (!peaks?.length) return Array.from({ length: bars }, () => 12);
  return Array.from({ length: bars }, (_, at) => {
    const from = Math.floor((at * peaks.length) / bars);
    const to = Math.max(from + 1, Math.floor(((at + 1) * peaks.length) / bars));
    return Math.max(6, ...peaks.slice(from, to));
  });
}

export class XyVoice extends LitElement {
  static properties = { part: { attribute: false }, bubble: { attribute: false }, app: { attribute: false }, end: { attribute: false } };

  constructor() {
    super();
    this._playing = false;
    this._at = 0;
    this._speed = 1;
    this._other = (event) => event.detail !== this && this.audio && !this.audio.paused && this.audio.pause();
  }

  createRenderRoot() {
    return this;
  }

  connectedCallback() {
    super.connectedCallback();
    document.addEventListener(STARTED, this._other);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    document.removeEventListener(STARTED, this._other);
    this.audio?.pause();
  }

  /** Made at the first touch: a thread of voice notes loads none of them. */
  player() {
    if (this.audio) return this.audio;
    const audio = (this.audio = new Audio());
    audio.preload = "metadata";
    audio.src = this.part.url;
    audio.onplay = () => {
      document.dispatchEvent(new CustomEvent(STARTED, { detail: this }));
      this._set({ _playing: true });
    };
    audio.onpause = () => this._set({ _playing: false });
    audio.ontimeupdate = () => this._set({ _at: audio.currentTime });
    audio.onended = () => this._set({ _playing: false, _at: 0 });
    audio.onloadedmetadata = () => this.requestUpdate();
    audio.onerror = () => this._renew();
    return audio;
  }

  /** The address has run out: ask for another one, and go on. */
  async _renew() {
    if (this._renewed === this.part.url) return this.app.toast(t("voice.failed"), "error");
    this._renewed = this.part.url;
    const was = this._playing;
    await this.app.refresh(this.bubble.id);
    await this.updateComplete;
    this.audio.src = this.part.url;
    if (was) this.audio.play().catch(() => {});
  }

  _set(fields) {
    Object.assign(this, fields);
    this.requestUpdate();
  }

  get length() {
    const own = this.audio?.duration;
    return Number.isFinite(own) && own > 0 ? own : (this.part.duration ?? 0);
  }

  toggle() {
    const audio = this.player();
    if (audio.paused) audio.play().catch((error) => error.name !== "AbortError" && this._renew());
    else audio.pause();
  }

  seek(to) {
    const audio = this.player();
    audio.currentTime = Math.min(Math.max(0, to), this.length || 0);
    this._set({ _at: audio.currentTime });
  }

  faster() {
    this._speed = SPEEDS[(SPEEDS.indexOf(this._speed) + 1) % SPEEDS.length];
    this.player().playbackRate = this._speed;
    this.requestUpdate();
  }

  _key(event) {
    const rtl = document.documentElement.dir === "rtl";
    const steps = { ArrowRight: rtl ? -STEP : STEP, ArrowLeft: rtl ? STEP : -STEP, ArrowUp: STEP, ArrowDown: -STEP, Home: -Infinity, End: Infinity };
    if (!(event.key in steps)) return;
    event.preventDefault();
    event.stopPropagation();
    this.seek(this._at + steps[event.key]);
  }

  _click(event) {
    const box = event.currentTarget.getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    const rtl = document.documentElement.dir === "rtl";
    this.seek((rtl ? 1 - share : share) * this.length);
  }

  wave() {
    const bars = barsOf(this.part.peaks);
    const done = this.length ? (this._at / this.length) * bars.length : 0;
    const bar = (height, at) => {
      const tall = Math.max(3, (height / 100) * 26);
      return svg`<rect class=${at < done ? "done" : ""} x=${at * 5} y=${15 - tall / 2} width="3" height=${tall} rx="1.5" />`;
    };
    return html`<svg class="wave" viewBox="0 0 ${bars.length * 5 - 2} 30" preserveAspectRatio="none" aria-hidden="true">${bars.map(bar)}</svg>`;
  }

  render() {
    const { _at: at, _playing: playing } = this;
    const now = at > 0 ? at : this.length;
    const name = this.part.kind === "voice" ? t("kind.voice") : this.part.name || t("kind.audio");
    return html`<div class="voice" role="group" aria-label=${name}>
      ${iconButton(playing ? "pause" : "play", playing ? t("voice.pause") : t("voice.play"), () => this.toggle(), { kind: "round" })}
      <div
        class="seek"
        role="slider"
        tabindex="0"
        aria-label=${t("voice.seek")}
        aria-valuemin="0"
        aria-valuemax=${Math.round(this.length)}
        aria-valuenow=${Math.round(at)}
        aria-valuetext=${fmt.duration(at)}
        @click=${this._click}
        @keydown=${this._key}
      >
        ${this.wave()}
      </div>
      ${playing || at > 0 || this._speed !== 1
        ? html`<button type="button" class="speed" aria-label=${t("voice.speed", { speed: this._speed })} @click=${() => this.faster()}>${fmt.number(this._speed)}×</button>`
        : html`<span class="mic">${icon(this.part.kind === "voice" ? "mic" : "file")}</span>`}
      <div class="under"><span>${fmt.duration(now)}</span>${this.part.kind === "audio" && this.part.name ? html`<bdi>${this.part.name}</bdi>` : nothing}${this.end?.()}</div>
    </div>`;
  }
}

customElements.define("xy-voice", XyVoice);
