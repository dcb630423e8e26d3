//! A bar on standard error, when somebody looks.

use crate::progress::styled;

/// What to call with (done, of how many).
pub fn bar() -> impl Fn(usize, usize) + Send + Sync + 'static {
    let bar = styled("{wide_bar} {pos}/{len} photos, {per_sec}, {eta} left", 0);
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
