// Photos in the browser: read, made upright, drawn on.

import type { Seen } from "./types";

/** Base64 of a file. */
export async function base64(file: Blob): Promise<string> {
  const url = await new Promise<string>((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(new Error("The file cannot be read."));
    reader.readAsDataURL(file);
  });
  return url.slice(url.indexOf(",") + 1);
}

/** What a video shows now, as a JPEG with at most so many pixels on its longer side. */
export async function still(video: HTMLVideoElement, longest: number, quality: number): Promise<Blob> {
  const scale = Math.min(1, longest / Math.max(video.videoWidth, video.videoHeight));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  canvas.getContext("2d")?.drawImage(video, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("No picture."))), "image/jpeg", quality);
  });
}

/** Draws the photo as the machine saw it: upright, turned, with boxes and landmarks. */
export async function draw(canvas: HTMLCanvasElement, photo: Blob, seen: Seen | null): Promise<void> {
  const picture = await createImageBitmap(photo, { imageOrientation: "from-image" });
  const turned = seen?.rotation ?? 0;
  const lying = turned % 180 === 90;
  const [width, height] = lying ? [picture.height, picture.width] : [picture.width, picture.height];
  // A canvas of the photo's own size would be large; the page scales what is there.
  const scale = Math.min(1, 1200 / Math.max(width, height));
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const pen = canvas.getContext("2d");
  if (!pen) return;
  pen.save();
  pen.translate(canvas.width / 2, canvas.height / 2);
  pen.rotate((turned * Math.PI) / 180);
  pen.scale(scale, scale);
  pen.drawImage(picture, -picture.width / 2, -picture.height / 2);
  pen.restore();
  picture.close();
  seen?.faces.forEach((face, index) => mark(pen, face, canvas.width / seen.width, index === 0));
}

function mark(pen: CanvasRenderingContext2D, face: Seen["faces"][number], scale: number, first: boolean): void {
  const [left, top, right, bottom] = face.bounding_box.map((value) => value * scale) as [number, number, number, number];
  const line = Math.max(2, pen.canvas.width / 250);
  // A dark line under a light one is seen on any photo.
  for (const [colour, width] of [["#000", line * 2], [first ? "#3ddc84" : "#ffb300", line]] as const) {
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.strokeRect(left, top, right - left, bottom - top);
  }
  const dot = Math.max(line * 1.5, (right - left) / 40);
  for (const [x, y] of face.landmarks) {
    pen.beginPath();
    pen.arc(x * scale, y * scale, dot, 0, 2 * Math.PI);
    pen.fillStyle = first ? "#3ddc84" : "#ffb300";
    pen.strokeStyle = "#000";
    pen.lineWidth = line / 2;
    pen.fill();
    pen.stroke();
  }
}
