// What an element reads from the server: being read, there, or failed; and drawn anew with each of them.
import { Bound } from "../../shared/core/base.js";

/**
 * `load(fn)` reads; a later call makes an earlier answer void. With `quiet` what is shown stays until the new answer is there, and
 * also if there is none: for what is read again every few seconds.
 */
export class Reading {
  constructor(element) {
    this._element = element;
    this._turn = 0;
    this.state = "loading";
    this.value = null;
    this.error = null;
    this.again = () => this.load(this._fn);
  }

  async load(fn, { quiet = false } = {}) {
    const turn = ++this._turn;
    this._fn = fn;
    if (!quiet) this._become({ state: "loading", error: null });
    try {
      const value = await fn();
      if (turn === this._turn) this._become({ state: "ready", value, error: null });
    } catch (error) {
      if (turn === this._turn && !(quiet && this.state === "ready")) this._become({ state: "error", error });
    }
  }

  /** A value that is known without asking, e.g. the answer to a change. */
  put(value) {
    this._turn += 1;
    this._become({ state: "ready", value, error: null });
  }

  _become(changes) {
    Object.assign(this, changes);
    this._element.requestUpdate();
  }
}

/** An element that reads one thing. */
export class Reader extends Bound {
  constructor() {
    super();
    this.reading = new Reading(this);
  }
}
