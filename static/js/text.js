// The words of the interface, and the names of languages. A page comes with a table of words in the language its browser asks
// for; another one is fetched (`text/en.json`). When the reader picks it, every word changes in place: what named its words by
// attribute here, the rest on the event `words`.

const UI = ['en', 'pt', 'es', 'de', 'fr', 'ar', 'ja'];
const KEPT = 'dragoman.words';
const RIGHT_TO_LEFT = /[\p{Script=Arabic}\p{Script=Hebrew}]/u;

const came = { code: document.documentElement.lang, words: JSON.parse(document.getElementById('table').textContent) };
let words = came.words;

/** The language of the interface as the browser has it ("pt-BR"): for times, numbers and names of languages. */
export let locale = 'en';

/** The words for `key` with `{name}` replaced, or nothing if the table has none. */
export function known(key, values = {}) {
  return words[key]?.replace(/\{(\w+)\}/g, (_, name) => {
    const value = (values[name] ?? '').toLocaleString(locale);
    // A name of the other direction must not rearrange the sentence around it.
    return RIGHT_TO_LEFT.test(value + words[key]) ? `\u2068${value}\u2069` : value;
  });
}

/** The words for `key`. A missing one shows its key: wrong, but visible. */
export const t = (key, values) => known(key, values) ?? key;

/** The words for a number of things, by the plural rules of the language. */
export function plural(key, count) {
  const form = count ? new Intl.PluralRules(locale).select(count) : 'zero';
  return known(`${key}.${form}`, { count }) ?? t(`${key}.other`, { count });
}

/** What to tell a person about an error event or failed call. */
export function sentence({ code, message }) {
  const why = code === 'network' && !navigator.onLine ? 'offline' : code;
  return known(`error.${why}`) ?? (message || t('error.unknown'));
}

/** Gives the elements that name their words those words. */
export function fill(root) {
  for (const node of root.querySelectorAll('[data-text]')) node.textContent = t(node.dataset.text);
  for (const node of root.querySelectorAll('[data-label]')) node.setAttribute('aria-label', t(node.dataset.label));
  for (const node of root.querySelectorAll('[data-hint]')) node.placeholder = t(node.dataset.hint);
  for (const node of root.querySelectorAll('select.words')) {
    if (!node.length) node.append(...languageOptions(UI));
    node.value = document.documentElement.lang;
    node.onchange = () => speak(picked(node.value) ?? node.value);
  }
}

const made = new Map();

/** A name-giver or format, made once: to make one takes longer than to use it a hundred times. */
function once(key, make) {
  if (!made.has(key)) made.set(key, make());
  return made.get(key);
}

/** A format of times, with the options of `Intl.DateTimeFormat`. */
export const timeFormat = (options) =>
  once(`time ${locale} ${JSON.stringify(options)}`, () => new Intl.DateTimeFormat(locale, options));

function nameOf(code, language) {
  try {
    return once(`names ${language}`, () => new Intl.DisplayNames([language], { type: 'language' })).of(code);
  } catch {
    return code;
  }
}

/** A language as the reader of the interface calls it within a sentence: "Portuguese", "português". */
export const languageName = (code) => nameOf(code, locale);

/** A language as its speakers call it: "Português". */
export const nativeName = (code) => nameOf(code, code).replace(/^./u, (first) => first.toLocaleUpperCase(code));

/** Options in the order of their words. */
export const sorted = (options) => options.sort((a, b) => a.text.localeCompare(b.text, locale));

/** An option for each language, in its own words. */
export const languageOptions = (codes) =>
  sorted(codes.map((code) => Object.assign(new Option(nativeName(code), code), { lang: code })));

/** The first language of the browser that is among `codes`, read as the server reads codes. */
export function guessLanguage(codes) {
  for (const tag of navigator.languages) {
    const [first] = tag.toLowerCase().split('-');
    const code = { no: 'nb', nn: 'nb', fil: 'tl' }[first] ?? first;
    const traditional = /^zh\b.*-(hant|tw|hk|mo)\b/i.test(tag);
    const found = traditional ? 'zh-Hant' : code;
    if (codes.includes(found)) return found;
  }
  return undefined;
}

/** What was picked, to be kept or remembered. */
function picked(code) {
  try {
    if (code) localStorage.setItem(KEPT, code);
    return localStorage.getItem(KEPT);
  } catch {
    return undefined; // storage is forbidden here
  }
}

const tableOf = async (code) => (await fetch(new URL(`../text/${code}.json`, import.meta.url))).json();

/** Changes the language of the interface. */
async function speak(code) {
  const root = document.documentElement;
  try {
    words = code === came.code ? came.words : await tableOf(code);
    root.lang = code;
    root.dir = code === 'ar' ? 'rtl' : 'ltr';
    locale = navigator.languages.find((tag) => tag.split('-')[0] === code) ?? code;
  } catch { /* not to be had now */ }
  fill(document);
  dispatchEvent(new Event('words'));
}

await speak([picked(), guessLanguage(UI)].find((code) => UI.includes(code)) ?? 'en');
