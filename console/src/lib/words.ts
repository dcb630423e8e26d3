// What codes of the server mean, in words for the operator.

/** What to tell the person, by the server's advice. */
export const ADVICE: Record<string, string> = {
  no_face: "Show your face.",
  one_face_only: "Only one person may be in the picture.",
  move_closer: "Come closer.",
  move_back: "Move back a little.",
  look_at_the_camera: "Look straight at the camera.",
  more_light: "More light, please.",
  hold_still: "Hold still.",
  use_colour: "Use a colour photo.",
  take_off_sunglasses: "Take off the sunglasses.",
  take_off_mask: "Take off the mask.",
  be_live: "Look into the camera yourself: a photo of a photo does not count.",
};

export const GATES: Record<string, string> = {
  liveness: "liveness",
  attribute: "sunglasses or mask",
  quality: "image quality",
  nface: "number of faces",
  match: "faces do not match",
};

export const CONCERNS: Record<string, string> = {
  face_too_close: "the face is too close for a sure answer",
  face_too_small: "the face is too small for a sure answer",
  face_covered: "the face is covered",
};

/** A moment as people read it, in their own time zone. */
export function momentText(iso: string): string {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? iso : at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

/** `inter_eye_distance` → `inter eye distance`. */
export function plain(name: string): string {
  return name.replaceAll("_", " ");
}

export function duration(seconds: number): string {
  const [days, hours, minutes] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  if (days) return `${days} d ${hours} h`;
  if (hours) return `${hours} h ${minutes} min`;
  return minutes ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}
