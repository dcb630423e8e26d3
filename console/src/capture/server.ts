// What the capture page asks the server. The token travels in a header, never in an address.

/** How often a photo is sent again where the server is not ready for it, and how long is waited before. */
const AGAIN = 5;
const AGAIN_MS = 1000;

export type Order = {
  purpose: "enroll" | "verify";
  app_name: string;
  return_url: string | null;
  origin: string | null;
  attempts_left: number;
};

export type Look = { ready: boolean; advice: string[] };

export type Outcome = {
  passed: boolean;
  /** The photo was good, but of somebody else. */
  mismatch: boolean;
  advice: string[];
  attempts_left: number;
  session_id: string;
};

/** The server's refusal. */
export class Refused extends Error {
  constructor(readonly status: number) {
    super(`status ${status}`);
  }
}

async function send<T>(token: string, path: string, photo?: Blob): Promise<T> {
  const headers: Record<string, string> = { authorization: `Bearer ${token}` };
  if (photo) headers["content-type"] = "image/jpeg";
  const request: RequestInit = { method: "POST", headers, credentials: "omit", cache: "no-store" };
  if (photo) request.body = photo;
  const response = await fetch(`/capture/api/${path}`, request);
  if (!response.ok) throw new Refused(response.status);
  return (await response.json()) as T;
}

export const open = (token: string) => send<Order>(token, "open");
export const look = (token: string, frame: Blob) => send<Look>(token, "look", frame);

/** The server takes one picture at a time for a token: one that is still looked at is waited for. */
export async function finish(token: string, photo: Blob): Promise<Outcome> {
  for (let again = 0; ; again += 1) {
    try {
      return await send<Outcome>(token, "finish", photo);
    } catch (error) {
      if (!(error instanceof Refused && error.status === 429) || again === AGAIN) throw error;
      await new Promise((next) => setTimeout(next, AGAIN_MS));
    }
  }
}

/** The token of the address, which is taken out of it: it is not to stay in the history. */
export function takeToken(): string {
  const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
  if (location.hash) history.replaceState(null, "", location.pathname);
  return token;
}

/** Tells the page around this one, and gives the address to go on to. Nothing biometric is in either. */
export function report(order: Order, outcome: Outcome): string | null {
  const told = { status: outcome.passed ? "passed" : "failed", purpose: order.purpose, session_id: outcome.session_id };
  if (order.origin && parent !== window) parent.postMessage({ type: "facegate:capture", ...told }, order.origin);
  if (!order.return_url) return null;
  const url = new URL(order.return_url);
  for (const [name, value] of Object.entries(told)) url.searchParams.set(name, value);
  return url.href;
}
