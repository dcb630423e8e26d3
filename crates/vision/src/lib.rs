//! Upright image to faces, measurements and templates; knows no HTTP and no store.
