// The camera with live guidance: small pictures go to the server at a modest rate, and its advice is shown. When it has
// nothing left to say, the photo is taken.

import { useEffect, useRef, useState } from "preact/hooks";

import { still } from "../lib/photo";
import { look, pause, Refused } from "./server";
import { isAdvice, type Word } from "./words";

/** Pixels of the longer side of a picture that is looked at, and of the photo. */
const FRAME = 640;
const PHOTO = 1280;
/** Seconds between two pictures; the server takes two in a second. */
const PAUSE = 0.55;
/** So many good pictures in a row, then the photo is taken. */
const GOOD = 2;

type Props = {
  token: string;
  word: (name: Word) => string;
  onPhoto: (photo: Blob) => Promise<void>;
  onStop: (why: Word) => void;
  onError: (error: unknown) => void;
};

export function Camera({ token, word, onPhoto, onStop, onError }: Props) {
  const video = useRef<HTMLVideoElement>(null);
  const [said, setSaid] = useState<Word>("starting");
  const running = useRef(true);
  const looking = useRef<Promise<unknown>>(Promise.resolve());
  const take = async () => {
    if (!running.current || !video.current?.videoWidth) return;
    running.current = false;
    const photo = await still(video.current, PHOTO, 0.92);
    // The server takes one picture of a link at a time.
    await looking.current.catch(() => {});
    await onPhoto(photo);
  };
  useEffect(() => {
    let stream: MediaStream | null = null;
    running.current = true;
    const guide = async () => {
      let good = 0;
      while (running.current && video.current) {
        const asked = look(token, await still(video.current, FRAME, 0.8));
        looking.current = asked;
        let wait = PAUSE;
        try {
          const found = await asked;
          if (!running.current) return;
          good = found.ready ? good + 1 : 0;
          const first = found.advice.find(isAdvice) ?? "looking";
          setSaid(found.ready ? "ready" : (first as Word));
          if (good >= GOOD) return take();
        } catch (error) {
          if (!(error instanceof Refused && error.soonOver)) throw error;
          wait = Math.max(PAUSE, error.wait ?? PAUSE);
        }
        await pause(wait);
      }
    };
    const start = async () => {
      if (!navigator.mediaDevices) return onStop("unsafe");
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user", width: { ideal: 1280 } } });
      } catch {
        return onStop("noCamera");
      }
      const shown = video.current;
      if (!shown || !running.current) return stop();
      shown.srcObject = stream;
      await shown.play();
      setSaid("looking");
      await guide();
    };
    const stop = () => stream?.getTracks().forEach((track) => track.stop());
    start().catch((error: unknown) => {
      if (!running.current) return;
      // Guidance may run out; the button still takes a photo.
      if (error instanceof Refused && error.status === 429) setSaid("tooLong");
      else onError(error);
    });
    return () => {
      running.current = false;
      stop();
    };
  }, []);
  return (
    <>
      <div class="finder">
        <video ref={video} muted playsInline aria-label={word("seen")} />
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
          <ellipse class={said === "ready" ? "oval good" : "oval"} cx="50" cy="48" rx="28" ry="38" />
        </svg>
      </div>
      <p class="said" role="status" aria-live="polite">
        {word(said)}
      </p>
      <button type="button" class="button" onClick={() => void take()}>
        {word("take")}
      </button>
    </>
  );
}
