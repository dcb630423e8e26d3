// The console: who is signed in sees its pages, everybody else the way in.

import "./styles.css";

import { render } from "preact";
import { useEffect, useState } from "preact/hooks";

import { account, type State, whenSignedOut } from "./lib/api";
import { text } from "./lib/load";
import { Pages } from "./pages";
import { SetUp, SignIn } from "./pages/entry";
import { Notice } from "./ui/parts";

function Console() {
  const [state, setState] = useState<State | null>(null);
  const [error, setError] = useState("");
  useEffect(() => {
    whenSignedOut(() => setState("signed_out"));
    account.state().then(setState, (refusal) => setError(text(refusal)));
  }, []);
  if (error) return <Notice kind="bad">{error}</Notice>;
  if (state === "setup") return <SetUp onState={setState} />;
  if (state === "signed_out") return <SignIn onState={setState} />;
  if (state === "signed_in") return <Pages onState={setState} />;
  return <p class="hint">Loading …</p>;
}

const root = document.getElementById("root");
if (root) render(<Console />, root);
