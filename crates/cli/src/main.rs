//! The facegate binary.
fn main() {}
