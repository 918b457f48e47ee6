// A conversation as a file. The server makes it while the chat is open; afterwards it is made of what the page holds.

import { call } from './api.js';
import { languageName, locale, t } from './text.js';

const TYPES = { text: 'text/plain', json: 'application/json' };

/** Saves it as `text` or `json`. `messages` are the server's events, as the page has kept them. */
export async function save({ roomId, token, over, format, messages }) {
  const kind = `${TYPES[format]};charset=utf-8`;
  const query = new URLSearchParams({ room_id: roomId, format });
  const asked = over ? Promise.resolve() : call(`/transcript?${query}`, token, undefined, {}, 'blob');
  const theirs = await asked.catch(() => undefined);
  const content = theirs ?? new Blob([format === 'text' ? asText(messages) : asJson(roomId, messages)], { type: kind });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = `chat-${roomId}.${format === 'text' ? 'txt' : 'json'}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** The text in the reader's language, and the other one where there are two. */
function texts({ content, original_content: original, original_language: first, language }) {
  return original && original !== content ? { content, original, first } : { content, first: language };
}

function asText(messages) {
  const lines = messages.map((message) => {
    const { content, original, first } = texts(message);
    const language = first ? ` (${languageName(first)})` : '';
    const words = original ? `${message.rough ? '≈ ' : ''}${content}\n  |${language} ${original}` : content;
    return `[${new Date(message.at).toLocaleString(locale)}] ${message.from ?? t('message.you')}: ${words}`;
  });
  return `${lines.join('\n')}\n`;
}

function asJson(roomId, messages) {
  const kept = messages.map((message) => {
    const { content, original, first } = texts(message);
    return { id: message.id, from: message.from, role: message.role, at: message.at, content, language: message.language, original_content: original, original_language: original && first, rough: message.rough };
  });
  return `${JSON.stringify({ room_id: roomId, messages: kept }, undefined, 2)}\n`;
}
