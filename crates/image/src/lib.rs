//! Bytes to upright pixels: limits, JPEG, PNG, EXIF, scaled decode.
