/** What the API refused, in words for a person. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(message);
  }
}

/** Call the API and return its answer; throws Refused. */
export async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
  const isFile = body instanceof Blob;
  const answer = await fetch(`/api${path}`, {
    method,
    credentials: 'same-origin',
    ...(body === undefined
      ? {}
      : {
          headers: { 'Content-Type': isFile ? 'application/octet-stream' : 'application/json' },
          body: isFile ? body : JSON.stringify(body),
        }),
  });
  if (!answer.ok) throw await refusal(answer);
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

export async function refusal(answer: Response): Promise<Refused> {
  const seconds = Number(answer.headers.get('Retry-After')) || null;
  if (answer.status === 429) {
    return new Refused(429, `Too fast. Try again in ${seconds ?? 60} seconds.`, seconds);
  }
  return new Refused(answer.status, await detail(answer), seconds);
}

async function detail(answer: Response): Promise<string> {
  try {
    const body: unknown = await answer.json();
    if (typeof body === 'object' && body !== null && 'detail' in body) {
      if (typeof body.detail === 'string') return body.detail;
      return 'Something about what you entered is not right.';
    }
  } catch {
    // Not JSON: a proxy answered, and its page is for nobody.
  }
  return `The server answered ${answer.status}. Try again in a moment.`;
}
