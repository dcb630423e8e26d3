//! A bar on standard error, when somebody looks.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// What to call with (done, of how many) subjects; `what` says what is done with them.
pub fn bar(what: &'static str) -> impl Fn(u64, u64) + Send + Sync + 'static {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} subjects, {per_sec}, {eta} left") {
        bar.set_style(style);
    }
    bar.set_message(what);
    bar.enable_steady_tick(Duration::from_millis(200));
    move |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    }
}
