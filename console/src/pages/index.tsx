// Which page an address shows, and the frame around all of them.

import type { State } from "../lib/api";
import { account } from "../lib/api";
import { useAction } from "../lib/load";
import { Link, match, usePath } from "../lib/router";
import { Button, Page, Told } from "../ui/parts";
import { AppPage } from "./app";
import { Apps } from "./apps";
import { Audit } from "./audit";
import { Health } from "./health";
import { Retention } from "./retention";
import { Settings } from "./settings";
import { Subjects } from "./subjects";
import { TryOut } from "./try";

const MENU: [to: string, text: string][] = [
  ["/apps", "Apps"],
  ["/audit", "Audit log"],
  ["/retention", "Retention"],
  ["/health", "Health"],
  ["/settings", "Settings"],
];

function chosen(path: string) {
  const one = (pattern: string) => match(pattern, path)?.id;
  if (path === "/" || path === "/apps") return <Apps />;
  if (path === "/audit") return <Audit />;
  if (path === "/retention") return <Retention />;
  if (path === "/health") return <Health />;
  if (path === "/settings") return <Settings />;
  let id = one("/apps/:id");
  if (id) return <AppPage key={id} id={id} />;
  id = one("/apps/:id/subjects");
  if (id) return <Subjects key={id} id={id} />;
  id = one("/apps/:id/try");
  if (id) return <TryOut key={id} id={id} />;
  return (
    <Page title="Not found">
      <p>
        There is no such page. <Link to="/apps">To the apps</Link>
      </p>
    </Page>
  );
}

export function Pages({ onState }: { onState: (state: State) => void }) {
  const path = usePath();
  const signOut = useAction(async () => onState(await account.signOut()));
  const here = (to: string) => path.startsWith(to) || (to === "/apps" && path === "/");
  return (
    <div class="frame">
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header class="top">
        <Link to="/apps" class="brand">
          facegate
        </Link>
        <nav aria-label="Pages">
          {MENU.map(([to, name]) => (
            <Link key={to} to={to} aria-current={here(to) ? "page" : undefined}>
              {name}
            </Link>
          ))}
        </nav>
        <Button busy={signOut.busy} onClick={() => void signOut.run()}>
          Sign out
        </Button>
      </header>
      <main id="main">
        <Told error={signOut.error} />
        {chosen(path)}
      </main>
    </div>
  );
}
