//! Ends the server and removes its folder as soon as the test's process ends, however it ends: statics are never dropped.

use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Waits for the end of this process at the other end of a pipe.
#[derive(Debug)]
pub(crate) struct Watchdog(Child);

impl Watchdog {
    /// Looks after the server whose data is in `data`; `folder` is removed in the end.
    pub fn new(data: &Path, folder: &Path) -> Self {
        // The number is read when it is needed: a server that was started again has another one.
        let script = r#"cat >/dev/null
            pid=$(head -n 1 "$1/postmaster.pid" 2>/dev/null)
            [ -z "$pid" ] || kill -QUIT "$pid" 2>/dev/null
            for _ in 1 2 3 4 5 6 7 8 9 10; do
                [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null && sleep 0.2
            done
            rm -rf "$2""#;
        let mut command = Command::new("sh");
        command.args(["-c", script, "watchdog"]).args([data, folder]);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // A signal to the test's group (Ctrl-C) must not reach it.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        Self(command.spawn().expect("sh"))
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        // Closing the pipe lets it do its work; it is reaped here.
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}
