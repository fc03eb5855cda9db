// Whose people, sessions and keys: those of the chosen tenant, or Xyper's own. What a page of them has in common.
import { path } from "../../kit/api.js";
import { Reader } from "../../kit/reading.js";

/** Where they lie in the API. */
export const realm = (app, what, ...more) => (app.tenant.value ? path("tenants", app.tenant.value, what, ...more) : path(what, ...more));

/** An element that lists something of the realm, read anew when the tenant or the page of the list is another. */
export class Listed extends Reader {
  static properties = { app: { attribute: false }, route: { attribute: false } };

  connectedCallback() {
    super.connectedCallback();
    if (!this._begun) this.watch(this.app.tenant);
    this._begun = true;
  }

  willUpdate() {
    const asked = `${this.app.tenant.value} ${this.route.query.get("cursor")}`;
    if (asked !== this._asked) this.read();
    this._asked = asked;
  }

  read = (quiet = false) => this.reading.load(() => this.ask(this.route.query.get("cursor")), { quiet });

  /** What every table of them is given. */
  get paging() {
    const { app, reading } = this;
    return {
      next: reading.value?.next,
      onMore: (cursor) => app.query({ cursor }, { push: true }),
      onFirst: this.route.query.get("cursor") ? () => app.query({ cursor: null }) : undefined,
    };
  }

  /** Try; what went wrong is told, and the list is read anew. */
  async act(work, told) {
    try {
      await work();
      if (told) this.app.toast(told, "success");
    } catch (error) {
      this.app.fail(error);
    }
    await this.read(true);
  }
}
