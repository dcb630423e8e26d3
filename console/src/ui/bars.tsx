// Measurements as bars, with the threshold that decides.

import type { Measurement, Seen } from "../lib/types";
import { plain } from "../lib/words";

/** What a measurement decides: its words for no and for yes. */
const WORDS: Record<string, [no: string, yes: string]> = {
  blur: ["sharp", "blurred"],
  dark: ["bright", "dark"],
  grayscale: ["in colour", "black and white"],
  liveness: ["not live", "live"],
};

function verdict(one: Measurement): { good: boolean; text: string; yes: string } {
  const good = one.good_above ? one.flag : !one.flag;
  const [no, yes] = WORDS[one.name] ?? ["no", "yes"];
  return { good: good || one.gate === null, text: one.flag ? yes : no, yes };
}

/** One measurement: a bar, a tick where it changes its answer, and both as numbers. */
function Bar({ one }: { one: Measurement }) {
  const { good, text, yes } = verdict(one);
  const yes_no = one.name === "grayscale";
  const numbers = yes_no ? "" : `${one.value.toFixed(2)}, ${yes} from ${one.threshold.toFixed(2)}`;
  return (
    <li class={`bar ${good ? "good" : "bad"}`}>
      <span class="bar-name">{plain(one.name)}</span>
      <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
        <rect class="bar-track" width="100" height="8" rx="1" />
        <rect class="bar-fill" width={Math.max(0.5, Math.min(1, one.value) * 100)} height="8" rx="1" />
        <rect class="bar-threshold" x={one.threshold * 100 - 0.4} width="0.8" height="8" />
      </svg>
      <span class="bar-text">
        {text}
        {numbers && <small> {numbers}</small>}
      </span>
    </li>
  );
}

/** All measurements, and below them what describes the photo without deciding anything. */
export function Bars({ seen }: { seen: Seen }) {
  if (!seen.measurements.length) return <p class="hint">Nothing was measured: choose quality, attributes or liveness.</p>;
  return (
    <>
      <ul class="bars" aria-label="Measurements">
        {seen.measurements.map((one) => (
          <Bar key={one.name} one={one} />
        ))}
      </ul>
      {seen.components.length > 0 && (
        <details>
          <summary>Components of image quality</summary>
          <ul class="bars" aria-label="Components of image quality, 0 to 100">
            {seen.components.map((one) => (
              <li class="bar" key={one.name}>
                <span class="bar-name">{plain(one.name)}</span>
                <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
                  <rect class="bar-track" width="100" height="8" rx="1" />
                  <rect class="bar-fill" width={one.score} height="8" rx="1" />
                </svg>
                <span class="bar-text">
                  {one.score.toFixed(0)} <small>measured {one.raw.toFixed(2)}</small>
                </span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}
