//! The pages come from `console/dist`, which `make console` builds; without it the binary says so instead.

fn main() {
    // A path that is not there would make every build run this again.
    let built = std::path::Path::new("../../console/dist").exists();
    println!("cargo::rerun-if-changed={}", if built { "../../console/dist" } else { "../../console" });
}
