//! What the machine has to offer: folder, disk, port.

use std::net::TcpListener;
use std::path::{Path, PathBuf};

use super::Report;
use crate::config::Config;

/// Less free space than this is worth a warning, in MiB: a thousand photos or a few.
const LOW_DISK_MIB: u64 = 1024;

/// Whether the data folder can be written and is private.
pub fn folder(config: &Config, report: &mut Report) {
    let data = &config.data;
    if !data.exists() {
        return report.ok("data", format!("{} is not there yet; the first start makes it", data.display()));
    }
    let probe = data.join(format!(".doctor-{}", std::process::id()));
    let written = std::fs::write(&probe, b"x");
    let _ = std::fs::remove_file(&probe);
    if let Err(error) = written {
        let text = format!("{} cannot be written ({error}); give it to the user that serves", data.display());
        return report.fail("data", text);
    }
    report.ok("data", format!("{} can be written", data.display()));
    if open_to_others(data) {
        let data = data.display();
        report.warn("data", format!("others may look into {data}, which holds biometric data; run `chmod 700 {data}`"));
    }
}

#[cfg(unix)]
fn open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|meta| meta.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn open_to_others(_: &Path) -> bool {
    false
}

/// Free space where the data is or will be.
pub fn disk(config: &Config, report: &mut Report) {
    let absolute = std::path::absolute(&config.data).unwrap_or_else(|_| config.data.clone());
    let existing: PathBuf = absolute.ancestors().find(|path| path.exists()).map(Path::to_owned).unwrap_or_default();
    match rustix::fs::statvfs(&existing) {
        Err(error) => report.warn("disk", format!("free space is not known ({error})")),
        Ok(disk) => {
            let mib = disk.f_bavail.saturating_mul(disk.f_frsize) >> 20;
            match mib {
                0..16 => report.fail("disk", format!("{mib} MiB are free; make room, or enrolments will be refused")),
                16..LOW_DISK_MIB => report.warn("disk", format!("only {mib} MiB are free; make room")),
                _ => report.ok("disk", format!("{} GiB are free", mib >> 10)),
            }
        }
    }
}

/// Whether the address can be served on.
pub fn port(config: &Config, report: &mut Report) {
    let listen = &config.listen;
    match TcpListener::bind(listen) {
        Ok(_) => report.ok("listen", format!("{listen} is free")),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            report.warn("listen", format!("{listen} is taken: by a running facegate, or choose another with --listen"));
        }
        Err(error) => {
            report.fail("listen", format!("cannot serve on {listen} ({error}); choose another with --listen"))
        }
    }
}
