// A photo from a file or the camera, and a photo with what was seen in it.

import { useEffect, useId, useRef, useState } from "preact/hooks";

import { draw, still } from "../lib/photo";
import type { Seen } from "../lib/types";
import { plain } from "../lib/words";
import { Button, Notice } from "./parts";

/** Lets the operator choose a file or take a photo. */
export function PhotoPicker(props: { label: string; photo: Blob | null; onPhoto: (photo: Blob | null) => void }) {
  const id = useId();
  const [camera, setCamera] = useState(false);
  return (
    <fieldset class="picker">
      <legend>{props.label}</legend>
      <div class="row">
        <label class="button" for={id}>
          Choose a file
        </label>
        <input
          id={id}
          class="visually-hidden"
          type="file"
          accept="image/jpeg,image/png"
          onChange={(event) => {
            setCamera(false);
            props.onPhoto(event.currentTarget.files?.[0] ?? null);
          }}
        />
        <Button aria-pressed={camera} onClick={() => setCamera(!camera)}>
          Use the camera
        </Button>
      </div>
      {camera && (
        <Camera
          onPhoto={(photo) => {
            setCamera(false);
            props.onPhoto(photo);
          }}
        />
      )}
      {props.photo && !camera && <Picture photo={props.photo} seen={null} label={`${props.label}, chosen`} />}
    </fieldset>
  );
}

function Camera({ onPhoto }: { onPhoto: (photo: Blob) => void }) {
  const video = useRef<HTMLVideoElement>(null);
  const [ready, setReady] = useState(false);
  const [error, setError] = useState("");
  useEffect(() => {
    let stream: MediaStream | null = null;
    let gone = false;
    const start = async () => {
      if (!navigator.mediaDevices) throw new Error("Browsers give the camera to https pages and to this machine only.");
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user", width: { ideal: 1280 } } });
      if (gone) return stop();
      const shown = video.current;
      if (!shown) return;
      shown.srcObject = stream;
      await shown.play();
      setReady(true);
    };
    const stop = () => stream?.getTracks().forEach((track) => track.stop());
    start().catch((refusal: Error) => {
      if (!gone) setError(`The camera cannot be used: ${refusal.message}`);
    });
    return () => {
      gone = true;
      stop();
    };
  }, []);
  const take = async () => {
    if (video.current && ready) onPhoto(await still(video.current, 1920, 0.92));
  };
  if (error) return <Notice kind="bad">{error}</Notice>;
  return (
    <div class="camera">
      <video ref={video} muted playsInline aria-label="What the camera sees" />
      <Button kind="main" busy={!ready} onClick={() => void take()}>
        {ready ? "Take the photo" : "Starting the camera …"}
      </Button>
    </div>
  );
}

/** A photo with what was seen in it. */
export function Picture(props: { photo: Blob; seen: Seen | null; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [error, setError] = useState("");
  useEffect(() => {
    setError("");
    if (canvas.current) draw(canvas.current, props.photo, props.seen).catch(() => setError("This browser cannot show the photo."));
  }, [props.photo, props.seen]);
  const { seen } = props;
  const found = seen && `${seen.faces.length} ${seen.faces.length === 1 ? "face" : "faces"}, turned by ${seen.rotation}°`;
  return (
    <figure class="picture">
      <canvas ref={canvas} role="img" aria-label={found ? `${props.label}: ${found}` : props.label} />
      {error && <Notice kind="bad">{error}</Notice>}
      {found && (
        <figcaption class="hint">
          {found}; {plain(`${seen.width} × ${seen.height} pixels`)}
        </figcaption>
      )}
    </figure>
  );
}
