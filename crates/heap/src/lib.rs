//! Makes the C library give the memory of large, short-lived buffers back.
//!
//! Photos and the copies that a network is loaded from are megabytes that live for milliseconds. glibc serves such
//! blocks by `mmap` at first, but each one that is freed raises the size from which it does so (up to 32 MiB), and from
//! then on keeps them in its heap. A fixed threshold turns that off: measured here, a server with two workers settles
//! at 130 MB instead of 210. The one crate with `unsafe` code of ours.

/// Blocks of at least this many bytes are mapped on their own and unmapped when freed. A small photo and the inputs of the
/// networks are smaller: to map 200 KB anew for each costs more than to write them.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE: libc::c_int = 1 << 20;

/// So much free memory at the end of a thread's heap is kept for the next photo.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const KEPT: libc::c_int = 4 << 20;

/// Gives large blocks back when they are freed. To be called once, first thing in `main`. `false` where the C library
/// knows no such setting.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[must_use]
pub fn give_large_blocks_back() -> bool {
    // SAFETY: mallopt takes two integers, touches only the allocator's own parameters, under its own lock, and may be
    // called at any time.
    #[allow(unsafe_code)]
    let set = unsafe { [libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE), libc::mallopt(libc::M_TRIM_THRESHOLD, KEPT)] };
    set == [1, 1]
}

/// Gives large blocks back when they are freed. `false`: this C library knows no such setting.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
#[must_use]
pub fn give_large_blocks_back() -> bool {
    false
}

#[cfg(all(test, target_os = "linux", target_env = "gnu"))]
#[allow(clippy::unwrap_used)]
mod tests {
    /// Resident bytes of this process.
    fn resident() -> usize {
        let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
        pages.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
    }

    #[test]
    fn a_freed_photo_is_given_back() {
        assert!(super::give_large_blocks_back());
        // Without the setting, the first of these raises the threshold above the others, which then stay in the heap
        // below the small block that follows them.
        drop(std::hint::black_box(vec![1u8; 16 << 20]));
        let before = resident();
        let large: Vec<Vec<u8>> = (0..16).map(|_| std::hint::black_box(vec![1u8; 4 << 20])).collect();
        let small = std::hint::black_box(vec![1u8; 1024]);
        drop(large);
        assert!(resident() < before + (16 << 20), "{} then {}", before, resident());
        drop(small);
    }
}
