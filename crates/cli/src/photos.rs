//! Which files are photos.

use std::path::Path;

/// By its name: `.jpg`, `.jpeg` or `.png`, in any case.
pub fn is_photo(path: &Path) -> bool {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    matches!(extension.as_str(), "jpg" | "jpeg" | "png")
}
