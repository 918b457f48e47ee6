// What survives a reload: written only after the visitor has acted; gone with the tab, or lasting as `localStorage` does.

export class Session {
  #name;
  #where;

  /** What was kept. */
  value = {};

  constructor(name, where = 'sessionStorage') {
    this.#name = name;
    this.#where = where;
    try {
      this.value = JSON.parse(window[where].getItem(name)) ?? {};
    } catch { /* storage is forbidden here: the page works without */ }
  }

  /** Changes some fields. */
  keep(fields) {
    Object.assign(this.value, fields);
    try {
      window[this.#where].setItem(this.#name, JSON.stringify(this.value));
    } catch { /* forbidden, or full */ }
  }

  /** Forgets all fields but these. */
  forget(kept = {}) {
    this.value = {};
    this.keep(kept);
  }
}
