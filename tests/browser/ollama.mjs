// A small Ollama with a phrase book: what it knows it translates both ways, at once or when it is let; anything else
// comes back unchanged, which the server does not take for a translation.

import http from 'node:http';

/** The phrases of all scenarios, by language. `{1}` stands for a word, a number or more. */
const BOOK = [
  { en: 'Hello! Where is my parcel?', pt: 'Olá! Onde está a minha encomenda?', es: '¡Hola! ¿Dónde está mi paquete?', ar: 'مرحبا! أين طردي؟', ja: 'こんにちは。私の荷物はどこですか？' },
  { en: 'Good morning, my order {1} has not arrived yet.', pt: 'Bom dia, a minha encomenda {1} ainda não chegou.', ar: 'صباح الخير، لم يصل طلبي رقم {1} بعد.' },
  { en: 'I will look it up for you.', pt: 'Vou verificar isso para si.', es: 'Voy a comprobarlo para usted.', ar: 'سأتحقق من ذلك من أجلك.', ja: 'すぐにお調べします。' },
  { en: 'It leaves our warehouse today, and you get the tracking number by e-mail.', pt: 'Sai hoje do nosso armazém e recebe o número de rastreio por correio eletrónico.', ar: 'ستغادر مستودعنا اليوم، وسيصلك رقم التتبع عبر البريد الإلكتروني.' },
  { en: 'Thank you very much, that helps me a lot!', pt: 'Muito obrigado, isso ajuda-me imenso!', es: '¡Muchas gracias, eso me ayuda mucho!', ar: 'شكرا جزيلا، هذا يساعدني كثيرا!' },
  { en: 'One more question, please.', pt: 'Mais uma pergunta, por favor.', es: 'Una pregunta más, por favor.', ar: 'سؤال آخر من فضلك.' },
  { en: 'Can I change the delivery address?', pt: 'Posso mudar a morada de entrega?', es: '¿Puedo cambiar la dirección de entrega?' },
  { en: 'This is my question number {1}, I hope that you can read it.', pt: 'Esta é a minha pergunta número {1}, espero que a consiga ler.' },
  { en: 'This is our answer number {1}, we hope that you can read it.', pt: 'Esta é a nossa resposta número {1}, esperamos que a consiga ler.' },
  { en: 'Please look at {1} for more.', pt: 'Por favor veja {1} para mais.' },
];

const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const pattern = (phrase) => new RegExp(`^${phrase.split('{1}').map(escape).join('(.+)')}$`, 'su');

/** The text in another language; undefined where the book has nothing. */
export function translate(text, to) {
  for (const phrases of BOOK) {
    for (const phrase of Object.values(phrases)) {
      const found = pattern(phrase).exec(text);
      if (found && phrases[to]) return phrases[to].replace('{1}', () => found[1]);
    }
  }
  return undefined;
}

/** The language a phrase of the book is in. */
function languageOf(text) {
  for (const phrases of BOOK) {
    const found = Object.entries(phrases).find(([, phrase]) => pattern(phrase).test(text));
    if (found) return found[0];
  }
  return 'und';
}

export class Ollama {
  #server;
  #held = [];
  #holding = false;

  /** How long an answer takes. */
  delayMs = 0;

  /** Whether translations are refused, as by a service that is ill. */
  failing = false;

  /** Whether it answers nothing but errors, as while it is started. */
  away = false;

  /** The texts translations were asked for. */
  asked = [];

  static async start() {
    const ollama = new Ollama();
    ollama.#server = http.createServer((request, response) => ollama.#serve(request, response));
    await new Promise((listening) => ollama.#server.listen(0, '127.0.0.1', listening));
    return ollama;
  }

  get url() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  /** From now on translations wait for `release`. */
  hold() {
    this.#holding = true;
  }

  release() {
    this.#holding = false;
    for (const answer of this.#held.splice(0)) answer();
  }

  stop() {
    this.release();
    this.#server.close();
    this.#server.closeAllConnections?.();
  }

  async #serve(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const call = JSON.parse(Buffer.concat(chunks).toString() || '{}');
    const answer = (status, body) => {
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (this.away) return answer(503, { error: 'starting' });
    if (request.url === '/api/version') return answer(200, { version: '0.33.0' });
    if (request.url !== '/api/generate') return answer(200, { models: [{ name: 'llama3.2:latest' }] });
    if (!call.prompt) return answer(200, done('', 'load'));
    const { text, to, tagged } = read(call.prompt);
    this.asked.push(text);
    if (this.#holding) await new Promise((go) => this.#held.push(go));
    if (this.delayMs) await new Promise((go) => setTimeout(go, this.delayMs));
    if (this.failing) return answer(500, { error: 'the model is ill' });
    const translation = translate(text, to) ?? text;
    const words = tagged ? JSON.stringify({ detected_language: languageOf(text), translation }) : translation;
    return answer(200, done(words, 'stop'));
  }
}

const done = (response, reason) => ({ model: 'llama3.2', response, done: true, done_reason: reason });

/** What a prompt of the server asks for, in either of its two wordings. */
function read(prompt) {
  const tagged = /<message>\n(.*)\n<\/message>/su.exec(prompt);
  const [, to] = / (?:to|into) [^()\n]+ \(([\w-]+)\)[. ]/.exec(prompt) ?? [];
  return { text: tagged ? tagged[1] : prompt.split('\n\n\n').slice(1).join('\n\n\n'), to, tagged: Boolean(tagged) };
}
