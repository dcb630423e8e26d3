// The capture page: opened with a token, it takes one good photo of one person, and reports.

import "../styles.css";
import "./capture.css";

import { render } from "preact";
import { useEffect, useState } from "preact/hooks";

import { Camera } from "./camera";
import { finish, open, type Order, type Outcome, Refused, report, takeToken } from "./server";
import { isAdvice, type Language, preferred, say, type Word } from "./words";

const token = takeToken();

type Step =
  | { at: "opening" | "intro" | "camera" | "sending" }
  | { at: "stopped"; why: Word }
  | { at: "done"; outcome: Outcome; next: string | null };

function Capture() {
  const [language, setLanguage] = useState<Language>(preferred);
  const [order, setOrder] = useState<Order | null>(null);
  const [step, setStep] = useState<Step>({ at: "opening" });
  const word = (name: Word, filled?: Record<string, string | number>) => say(language, name, filled);
  const stop = (error: unknown) => setStep({ at: "stopped", why: reason(error) });
  useEffect(() => {
    document.documentElement.lang = language;
    document.title = order ? word(order.purpose) : "facegate";
  }, [language, order]);
  const begin = () => {
    setStep({ at: "opening" });
    open(token).then((found) => {
      setOrder(found);
      setStep({ at: "intro" });
    }, stop);
  };
  useEffect(begin, []);
  const send = async (photo: Blob) => {
    if (!order) return;
    setStep({ at: "sending" });
    try {
      const outcome = await finish(token, photo);
      const over = outcome.passed || outcome.attempts_left === 0;
      const next = over ? report(order, outcome) : null;
      setStep({ at: "done", outcome, next });
    } catch (error) {
      stop(error);
    }
  };
  return (
    <main class="capture">
      <div class="row end">
        <button type="button" class="button" lang={language === "en" ? "id" : "en"} onClick={() => setLanguage(language === "en" ? "id" : "en")}>
          {word("language")}
        </button>
      </div>
      {order && <h1>{word(order.purpose)}</h1>}
      {order && step.at === "intro" && <Intro order={order} word={word} onStart={() => setStep({ at: "camera" })} />}
      {step.at === "camera" && <Camera token={token} word={word} onPhoto={send} onStop={(why) => setStep({ at: "stopped", why })} onError={stop} />}
      <div role="status" aria-live="polite">
        {step.at === "sending" && <p>{word("sending")}</p>}
        {step.at === "stopped" && <p class="notice bad">{word(step.why)}</p>}
        {order && step.at === "done" && <Done order={order} outcome={step.outcome} word={word} />}
      </div>
      {step.at === "stopped" && step.why === "noCamera" && <Again word={word} onAgain={() => setStep({ at: "camera" })} />}
      {step.at === "stopped" && (step.why === "offline" || step.why === "later") && <Again word={word} onAgain={begin} />}
      {step.at === "done" && !step.outcome.passed && step.outcome.attempts_left > 0 && <Again word={word} onAgain={() => setStep({ at: "camera" })} />}
      {step.at === "done" && step.next && (
        <a class="button main" href={step.next}>
          {word("back")}
        </a>
      )}
    </main>
  );
}

/** Only "not found" says something about the link; everything else is the server's or the network's trouble. */
function reason(error: unknown): Word {
  if (!(error instanceof Refused)) return "offline";
  if (error.status === 404) return "invalid";
  return error.status === 429 ? "later" : "offline";
}

type Words = { word: (name: Word, filled?: Record<string, string | number>) => string };

function Intro({ order, word, onStart }: Words & { order: Order; onStart: () => void }) {
  return (
    <>
      <p>{word(order.purpose === "enroll" ? "introEnroll" : "introVerify", { app: order.app_name })}</p>
      <p>{word("tips")}</p>
      <p class="hint">{word("privacy")}</p>
      <button type="button" class="button main" onClick={onStart}>
        {word("start")}
      </button>
    </>
  );
}

function Done({ order, outcome, word }: Words & { order: Order; outcome: Outcome }) {
  if (outcome.passed) return <p class="notice good">{word(order.purpose === "enroll" ? "passedEnroll" : "passedVerify")}</p>;
  const count = outcome.attempts_left;
  return (
    <div class="notice bad">
      <p>{word(outcome.mismatch ? "mismatch" : "failed")}</p>
      {!outcome.mismatch && (
        <ul>
          {outcome.advice.filter(isAdvice).map((one) => (
            <li key={one}>{word(one)}</li>
          ))}
        </ul>
      )}
      <p>{count > 0 ? word("left", { count }) : word("noneLeft")}</p>
    </div>
  );
}

function Again({ word, onAgain }: Words & { onAgain: () => void }) {
  return (
    <button type="button" class="button main" onClick={onAgain}>
      {word("again")}
    </button>
  );
}

const root = document.getElementById("root");
if (root) render(<Capture />, root);
