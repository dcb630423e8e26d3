//! Printing. A reader that went away (`facegate app list | head -1`) is no reason to panic, as `println!` would.

use std::io::Write;

/// A line on standard output.
pub fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// A line on standard error.
pub fn complain(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
