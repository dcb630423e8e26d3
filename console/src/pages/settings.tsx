// The settings in force, to read; and the operator's password, to change.

import { useState } from "preact/hooks";

import { account } from "../lib/api";
import { useAction, useLoad } from "../lib/load";
import { plain } from "../lib/words";
import { Button, Field, Page, Table, Told } from "../ui/parts";

type Tree = { [name: string]: unknown };

export function Settings() {
  const { data, error } = useLoad<{ settings: Tree }>("/settings");
  return (
    <Page title="Settings">
      <Password />
      <section aria-labelledby="in-force">
        <h2 id="in-force">Settings in force</h2>
        <p class="hint">
          They are set in the configuration file, the environment and flags; <code>facegate config default</code> explains each.
        </p>
        <Told error={error} />
        {data && (
          <Table wrap label="Settings" head={["Setting", "Value"]}>
            {flat(data.settings).map(([name, value]) => (
              <tr key={name}>
                <td>
                  <code>{name}</code>
                </td>
                <td>{value}</td>
              </tr>
            ))}
          </Table>
        )}
      </section>
    </Page>
  );
}

/** `limits.workers` and the like. */
function flat(tree: Tree, before = ""): [string, string][] {
  return Object.entries(tree).flatMap(([name, value]) =>
    value && typeof value === "object" && !Array.isArray(value)
      ? flat(value as Tree, `${before}${name}.`)
      : [[`${before}${name}`, shown(value)] as [string, string]],
  );
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.join(", ") || "none";
  return value === "" ? "not set" : plain(String(value));
}

function Password() {
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [again, setAgain] = useState("");
  const [saved, setSaved] = useState(false);
  const { run, busy, error } = useAction(async () => {
    setSaved(false);
    if (next !== again) throw new Error("The two new passwords are not the same.");
    await account.change(current, next);
    [setCurrent, setNext, setAgain].forEach((set) => set(""));
    setSaved(true);
  });
  return (
    <section class="card" aria-labelledby="password">
      <h2 id="password">Change the password</h2>
      <form
        class="grid"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <Field label="Present password" type="password" value={current} onValue={setCurrent} autoComplete="current-password" required />
        <Field label="New password" type="password" value={next} onValue={setNext} minLength={12} hint="At least 12 characters." autoComplete="new-password" required />
        <Field label="The new one again" type="password" value={again} onValue={setAgain} autoComplete="new-password" required />
        <div class="row">
          <Button type="submit" kind="main" busy={busy}>
            Change the password
          </Button>
        </div>
      </form>
      <Told error={error}>{saved && <p>The password is changed; everybody else is signed out.</p>}</Told>
    </section>
  );
}
