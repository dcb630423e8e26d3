// What the server is asked: one place knows the addresses, the CSRF token and how errors look.

/** An answer that is no success. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

let csrf = "";
let onSignedOut: () => void = () => {};

/** Called when the server says that the session is over. */
export function whenSignedOut(then: () => void): void {
  onSignedOut = then;
}

async function send(method: string, path: string, body?: unknown): Promise<Response> {
  const headers: Record<string, string> = { accept: "application/json" };
  if (method !== "GET") headers["x-csrf-token"] = csrf;
  if (body !== undefined) headers["content-type"] = "application/json";
  const request: RequestInit = { method, headers, credentials: "same-origin", cache: "no-store" };
  if (body !== undefined) request.body = JSON.stringify(body);
  let response: Response;
  try {
    response = await fetch(`/console/api${path}`, request);
  } catch {
    throw new Refusal(0, "The server does not answer.");
  }
  if (response.ok) return response;
  const error = (await response.json().catch(() => ({}))) as { message?: string };
  // Signing in is refused with the same status, while nobody is signed in.
  if (response.status === 401 && csrf && path !== "/password") {
    csrf = "";
    onSignedOut();
  }
  throw new Refusal(response.status, sentence(error.message ?? `The server answered ${response.status}.`));
}

function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}

/** Asks and reads JSON. */
export async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  return (await (await send(method, path, body)).json()) as T;
}

/** Asks for bytes. */
export async function askBytes(path: string, body: unknown): Promise<Blob> {
  return (await send("POST", path, body)).blob();
}

/** Whether there is a password, and whether this browser is signed in. */
export type State = "setup" | "signed_out" | "signed_in";
type SessionAnswer = { state: State; csrf?: string };

async function session(method: string, path: string, body?: unknown): Promise<State> {
  const answer = await ask<SessionAnswer>(method, path, body);
  csrf = answer.csrf ?? "";
  return answer.state;
}

export const account = {
  state: () => session("GET", "/session"),
  setUp: (code: string, password: string) => session("POST", "/setup", { code, password }),
  signIn: (password: string) => session("POST", "/session", { password }),
  signOut: () => session("DELETE", "/session"),
  change: (current: string, next: string) => session("POST", "/password", { current, new: next }),
};

/** The address of something of an app. */
export function ofApp(id: string, rest = ""): string {
  return `/apps/${encodeURIComponent(id)}${rest}`;
}
