//! The model manifest: files, hashes, preprocessing, thresholds, licences.
