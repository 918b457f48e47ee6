// The REST calls. Each gives the answer, or throws `{ status, code, message }`: `status` 0 where there was no answer.

const TIMEOUT_MS = 20_000;

/** The answer to a call, read as `json`, or as another kind of body. */
export async function call(path, token, body, headers = {}, read = 'json') {
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body) headers['Content-Type'] = 'application/json';
  let response;
  let answer;
  try {
    response = await fetch(path, {
      method: body ? 'POST' : 'GET',
      headers,
      body: body && JSON.stringify(body),
      cache: 'no-store',
      signal: AbortSignal.timeout?.(TIMEOUT_MS),
    });
    answer = await response[response.ok ? read : 'json']();
  } catch {
    // A refusal without our body comes from something in between.
    answer = { code: 'network' };
    if (response?.ok) response = undefined;
  }
  if (!response?.ok) throw Object.assign(new Error(), answer, { status: response?.status ?? 0 });
  return answer;
}

export const health = () => call('/health');

export const endChat = (token, roomId) => call('/end-chat', token, { room_id: roomId });
