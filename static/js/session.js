// What survives a reload of this tab: written only after the visitor has acted, gone with the tab.

export class Session {
  #name;

  /** What was kept. */
  value = {};

  constructor(name) {
    this.#name = name;
    try {
      this.value = JSON.parse(sessionStorage.getItem(name)) ?? {};
    } catch { /* storage is forbidden here: the page works without */ }
  }

  /** Changes some fields. */
  keep(fields) {
    Object.assign(this.value, fields);
    try {
      sessionStorage.setItem(this.#name, JSON.stringify(this.value));
    } catch { /* forbidden, or full */ }
  }

  /** Forgets all fields but these. */
  forget(kept = {}) {
    this.value = {};
    this.keep(kept);
  }
}
