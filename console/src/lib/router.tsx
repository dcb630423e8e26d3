// Real links: every page has an address, which the server answers with the same document.

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

const BASE = "/console";

/** The address below `/console`, without query and fragment. */
function current(): string {
  return location.pathname.slice(BASE.length) || "/";
}

/** Goes to an address below `/console`. */
export function navigate(to: string): void {
  history.pushState(null, "", BASE + to);
  dispatchEvent(new PopStateEvent("popstate"));
}

/** The address, as it changes. */
export function usePath(): string {
  const [path, setPath] = useState(current());
  useEffect(() => {
    const changed = () => setPath(current());
    addEventListener("popstate", changed);
    return () => removeEventListener("popstate", changed);
  }, []);
  return path;
}

/** The parts of `path` that `pattern` names (`/apps/:id`), or nothing if it does not fit. */
export function match(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split("/").filter(Boolean);
  const found = path.split("/").filter(Boolean);
  if (wanted.length !== found.length) return null;
  const parts: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = found[index] ?? "";
    if (part.startsWith(":")) parts[part.slice(1)] = decodeURIComponent(value);
    else if (part !== value) return null;
  }
  return parts;
}

type LinkProps = JSX.AnchorHTMLAttributes<HTMLAnchorElement> & { to: string; children?: ComponentChildren };

/** A link within the console; with a modifier key the browser opens it as any other. */
export function Link({ to, children, ...rest }: LinkProps) {
  const follow = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    navigate(to);
  };
  return (
    <a {...rest} href={BASE + to} onClick={follow}>
      {children}
    </a>
  );
}
