// Small parts of every page.

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";

import { momentText } from "../lib/words";

/** A page, perhaps of an app: its heading gets the focus when it appears, so that a screen reader begins there. */
export function Page(props: { title: string; of?: string | undefined; actions?: ComponentChildren; children: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus();
  }, [props.title]);
  useEffect(() => {
    document.title = [props.title, props.of, "facegate"].filter(Boolean).join(" – ");
  }, [props.title, props.of]);
  return (
    <>
      <header class="page-head">
        <h1 tabIndex={-1} ref={heading}>
          {props.title}
          {props.of && <small> {props.of}</small>}
        </h1>
        {props.actions && <div class="row">{props.actions}</div>}
      </header>
      {props.children}
    </>
  );
}

type ButtonProps = JSX.ButtonHTMLAttributes<HTMLButtonElement> & { kind?: "main" | "danger"; busy?: boolean };

/** A button; while it is busy it says so and does nothing. */
export function Button({ kind, busy, children, ...rest }: ButtonProps) {
  return (
    <button type="button" {...rest} class={`button ${kind ?? ""}`} aria-disabled={busy || undefined} aria-busy={busy}>
      {children}
    </button>
  );
}

type FieldProps = JSX.InputHTMLAttributes<HTMLInputElement> & {
  label: string;
  hint?: string;
  value: string;
  onValue: (value: string) => void;
};

/** A labelled text field. */
export function Field({ label, hint, onValue, ...rest }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        {...rest}
        id={id}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
      {hint && (
        <small id={`${id}-hint`} class="hint">
          {hint}
        </small>
      )}
    </div>
  );
}

/** A labelled choice. */
export function Choice(props: {
  label: string;
  value: string;
  options: [value: string, text: string][];
  onValue: (value: string) => void;
}) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <select id={id} value={props.value} onChange={(event) => props.onValue(event.currentTarget.value)}>
        {props.options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

/** A labelled tick. */
export function Tick(props: { label: string; checked: boolean; onChange: (checked: boolean) => void; disabled?: boolean }) {
  return (
    <label class="tick">
      <input
        type="checkbox"
        checked={props.checked}
        disabled={props.disabled ?? false}
        onChange={(event) => props.onChange(event.currentTarget.checked)}
      />
      <span>{props.label}</span>
    </label>
  );
}

/** Something to be told; read out by screen readers when it appears. */
export function Notice(props: { kind: "good" | "bad" | "plain"; children: ComponentChildren }) {
  return <div class={`notice ${props.kind}`}>{props.children}</div>;
}

/** Where results are told: there from the beginning, or nothing is read out. */
export function Told(props: { error?: string; children?: ComponentChildren }) {
  return (
    <div role="status" aria-live="polite">
      {props.error && <Notice kind="bad">{props.error}</Notice>}
      {props.children}
    </div>
  );
}

/** Text to copy. */
export function Copy(props: { label: string; text: string; shown?: string }) {
  const [copied, setCopied] = useState("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(props.text);
      setCopied("Copied");
    } catch {
      setCopied("Select the text and copy it by hand");
    }
    setTimeout(() => setCopied(""), 3000);
  };
  return (
    <figure class="copy">
      <figcaption class="row between">
        <span>{props.label}</span>
        <span class="row">
          <span role="status" class="hint">
            {copied}
          </span>
          <Button onClick={() => void copy()} aria-label={`Copy: ${props.label}`}>
            Copy
          </Button>
        </span>
      </figcaption>
      <pre tabIndex={0} aria-label={props.label}>
        {props.shown ?? props.text}
      </pre>
    </figure>
  );
}

/** A question before something that cannot be undone. */
export function Confirm(props: {
  title: string;
  text: string;
  action: string;
  onYes: () => void;
  onNo: () => void;
  kind?: "danger" | "main";
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} onClose={props.onNo} aria-labelledby={id}>
      <h2 id={id}>{props.title}</h2>
      <p>{props.text}</p>
      <div class="row end">
        <Button onClick={() => dialog.current?.close()}>Cancel</Button>
        <Button kind={props.kind ?? "danger"} onClick={props.onYes}>
          {props.action}
        </Button>
      </div>
    </dialog>
  );
}

/** A moment; it never breaks over lines. */
export function Moment({ at }: { at: string }) {
  return <time dateTime={at}>{momentText(at)}</time>;
}

/** A table that scrolls by itself where it is too wide. */
export function Table(props: { label: string; head: string[]; wrap?: boolean; children: ComponentChildren }) {
  return (
    <div class={`scroll ${props.wrap ? "wrap" : ""}`} tabIndex={0} role="region" aria-label={props.label}>
      <table>
        <thead>
          <tr>
            {props.head.map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{props.children}</tbody>
      </table>
    </div>
  );
}
