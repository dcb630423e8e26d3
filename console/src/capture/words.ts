// What the page says, in English and Indonesian.

export type Language = "en" | "id";

const en = {
  enroll: "Register your face",
  verify: "Confirm that it is you",
  introEnroll: "A photo of your face is taken and registered with {app}.",
  introVerify: "A photo of your face is taken and compared with the one that {app} has of you.",
  tips: "Look into the camera, in good light, without a mask or sunglasses. Nobody else should be in the picture.",
  start: "Start the camera",
  starting: "Starting the camera …",
  seen: "What the camera sees",
  ready: "Good. Hold still …",
  looking: "Looking for your face …",
  take: "Take the photo now",
  sending: "Checking the photo …",
  passedEnroll: "Your face is registered.",
  passedVerify: "It is you. Thank you.",
  mismatch: "The photo could not be matched. Try again in better light, facing the camera.",
  failed: "The photo was not good enough.",
  again: "Try again",
  left: "Attempts left: {count}",
  noneLeft: "No attempt is left. Go back and ask for a new link.",
  back: "Continue",
  invalid: "This link is not valid: it was used, or its time is over. Go back and ask for a new one.",
  noCamera: "The camera cannot be used. Allow it in the browser's settings and try again.",
  unsafe: "Browsers give the camera to pages with https only.",
  offline: "The server does not answer. Try again in a moment.",
  later: "There were too many attempts. Try again in some minutes.",
  tooLong: "This took too long. Take the photo yourself with the button.",
  language: "Bahasa Indonesia",
  privacy: "Pictures are sent to check them; only the last one may be kept.",
  no_face: "Show your face to the camera",
  one_face_only: "Only one person in the picture, please",
  move_closer: "Come closer",
  move_back: "Move back a little",
  look_at_the_camera: "Look straight at the camera",
  more_light: "More light, please",
  hold_still: "Hold still",
  use_colour: "Switch the camera to colour",
  take_off_sunglasses: "Take off your sunglasses",
  take_off_mask: "Take off your mask",
  be_live: "Look into the camera yourself, not at a picture",
};

export type Word = keyof typeof en;

const id: Record<Word, string> = {
  enroll: "Daftarkan wajah Anda",
  verify: "Pastikan bahwa ini Anda",
  introEnroll: "Foto wajah Anda akan diambil dan didaftarkan di {app}.",
  introVerify: "Foto wajah Anda akan diambil dan dibandingkan dengan foto Anda di {app}.",
  tips: "Lihat ke kamera, di tempat yang terang, tanpa masker atau kacamata hitam. Tidak boleh ada orang lain di dalam gambar.",
  start: "Nyalakan kamera",
  starting: "Menyalakan kamera …",
  seen: "Yang terlihat oleh kamera",
  ready: "Bagus. Jangan bergerak …",
  looking: "Mencari wajah Anda …",
  take: "Ambil foto sekarang",
  sending: "Memeriksa foto …",
  passedEnroll: "Wajah Anda sudah terdaftar.",
  passedVerify: "Benar, ini Anda. Terima kasih.",
  mismatch: "Foto tidak cocok. Coba lagi di tempat yang lebih terang, menghadap kamera.",
  failed: "Foto belum cukup baik.",
  again: "Coba lagi",
  left: "Sisa percobaan: {count}",
  noneLeft: "Percobaan sudah habis. Kembali dan minta tautan baru.",
  back: "Lanjutkan",
  invalid: "Tautan ini tidak berlaku: sudah dipakai atau sudah kedaluwarsa. Kembali dan minta tautan baru.",
  noCamera: "Kamera tidak dapat dipakai. Izinkan kamera di pengaturan peramban lalu coba lagi.",
  unsafe: "Peramban hanya memberi kamera kepada halaman dengan https.",
  offline: "Server tidak menjawab. Coba lagi sebentar lagi.",
  later: "Terlalu banyak percobaan. Coba lagi beberapa menit lagi.",
  tooLong: "Ini terlalu lama. Ambil foto sendiri dengan tombol.",
  language: "English",
  privacy: "Gambar dikirim untuk diperiksa; hanya yang terakhir yang mungkin disimpan.",
  no_face: "Tunjukkan wajah Anda ke kamera",
  one_face_only: "Hanya satu orang di dalam gambar",
  move_closer: "Lebih dekat",
  move_back: "Mundur sedikit",
  look_at_the_camera: "Lihat lurus ke kamera",
  more_light: "Cari tempat yang lebih terang",
  hold_still: "Jangan bergerak",
  use_colour: "Ubah kamera ke warna",
  take_off_sunglasses: "Lepaskan kacamata hitam",
  take_off_mask: "Lepaskan masker",
  be_live: "Lihat sendiri ke kamera, bukan gambar",
};

const ALL: Record<Language, Record<Word, string>> = { en, id };

/** The browser's language if it is one of ours, else English. */
export function preferred(): Language {
  const first = navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => tag === "id" || tag === "en" || tag === "in");
  return first === "id" || first === "in" ? "id" : "en";
}

export function say(language: Language, word: Word, filled: Record<string, string | number> = {}): string {
  return ALL[language][word].replace(/\{(\w+)\}/g, (_, name: string) => String(filled[name] ?? ""));
}

/** Advice of the server; what a newer server says is passed over. */
export function isAdvice(name: string): name is Word {
  return name in en;
}
