// The way in: setting the first password, and signing in.

import { useState } from "preact/hooks";

import { account, type State } from "../lib/api";
import { useAction } from "../lib/load";
import { Button, Field, Page, Told } from "../ui/parts";

type Props = { onState: (state: State) => void };

const HINT = "At least 12 characters. A sentence that only you would say is good.";

/** First start: the code that the server printed, and a password. */
export function SetUp({ onState }: Props) {
  const [code, setCode] = useState("");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const { run, busy, error } = useAction(async () => {
    if (password !== again) throw new Error("The two passwords are not the same.");
    onState(await account.setUp(code, password));
  });
  return (
    <main class="entry">
      <Page title="Set up the console">
        <p>
          The server printed a set-up code when it started. If it is gone, restart the server, or run{" "}
          <code>facegate console password</code>.
        </p>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void run();
          }}
        >
          <Field label="Set-up code" value={code} onValue={setCode} autoComplete="off" spellcheck={false} required />
          <Field label="New password" type="password" value={password} onValue={setPassword} hint={HINT} minLength={12} autoComplete="new-password" required />
          <Field label="The same again" type="password" value={again} onValue={setAgain} autoComplete="new-password" required />
          <Button type="submit" kind="main" busy={busy}>
            Set the password
          </Button>
          <Told error={error} />
        </form>
      </Page>
    </main>
  );
}

/** The password for a session. */
export function SignIn({ onState }: Props) {
  const [password, setPassword] = useState("");
  const { run, busy, error } = useAction(async () => onState(await account.signIn(password)));
  return (
    <main class="entry">
      <Page title="facegate console">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void run();
          }}
        >
          <Field label="Password" type="password" value={password} onValue={setPassword} autoComplete="current-password" required />
          <Button type="submit" kind="main" busy={busy}>
            Sign in
          </Button>
          <Told error={error} />
        </form>
        <p class="hint">
          Forgotten? On the server, <code>facegate console password</code> sets a new one.
        </p>
      </Page>
    </main>
  );
}
