//! Bars on standard error, when somebody looks.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar of this form that moves by itself.
pub fn styled(template: &str, length: u64) -> ProgressBar {
    let bar = ProgressBar::new(length);
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// What to call with (done, of how many) subjects; `what` says what is done with them.
pub fn bar(what: &'static str) -> impl Fn(u64, u64) + Send + Sync + 'static {
    let bar = styled("{msg} {wide_bar} {pos}/{len} subjects, {per_sec}, {eta} left", 0);
    bar.set_message(what);
    move |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    }
}
