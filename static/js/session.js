// What survives a reload: written only after the visitor has acted; gone with the tab (`sessionStorage`), or shared by all
// tabs and lasting (`localStorage`). What belongs to somebody has their token: a tab whose token is another one by now
// writes nothing.

export class Session {
  #name;
  #where;
  #lists;
  #own = {}; // by list, the names of entries that this tab has had

  /** What was kept. */
  value;

  /** `lists` says how the entries of lists are named: there, what other tabs have put stays. */
  constructor(name, where = 'sessionStorage', lists = {}) {
    this.#name = name;
    this.#where = where;
    this.#lists = lists;
    this.#take(this.#read());
  }

  #read() {
    try {
      return JSON.parse(window[this.#where].getItem(this.#name)) ?? {};
    } catch { // storage is forbidden here: the page works without
      return {};
    }
  }

  #write(value) {
    try {
      window[this.#where].setItem(this.#name, JSON.stringify(value));
    } catch { /* forbidden, or full */ }
  }

  #take(value) {
    this.value = value;
    for (const list in this.#lists) this.#own[list] = new Set((value[list] ?? []).map((entry) => entry[this.#lists[list]]));
  }

  /** Changes some fields. */
  keep(fields) {
    Object.assign(this.value, fields);
    const stored = this.#read();
    if (stored.token !== this.value.token) return;
    const merged = { ...fields };
    for (const list in this.#lists) {
      if (!fields[list]) continue;
      const [name, own] = [this.#lists[list], this.#own[list]];
      for (const entry of fields[list]) own.add(entry[name]);
      merged[list] = [...(stored[list] ?? []).filter((entry) => !own.has(entry[name])), ...fields[list]];
    }
    this.#write({ ...stored, ...merged });
  }

  /** Forgets all fields but these. */
  forget(kept = {}) {
    this.#take(kept);
    this.#write(kept);
  }

  /** Another tab is somebody else by now, or nobody. */
  onOther(then) {
    addEventListener('storage', ({ key }) => {
      if (key && key !== this.#name) return;
      const now = this.#read();
      if (now.token === this.value.token) return;
      this.#take(now);
      then();
    });
  }
}
