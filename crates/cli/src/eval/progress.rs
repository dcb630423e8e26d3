//! A bar on standard error, when somebody looks.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// What to call with (done, of how many).
pub fn bar() -> impl Fn(usize, usize) + Send + Sync + 'static {
    let bar = ProgressBar::new(0);
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} photos, {per_sec}, {eta} left");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    move |done, all| {
        if done == 0 {
            bar.reset();
            bar.set_length(all as u64);
        }
        bar.set_position(done as u64);
        if done == all {
            bar.finish_and_clear();
        }
    }
}
