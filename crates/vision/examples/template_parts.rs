//! Prints the unit vectors that templates are made of, before centring, one line for each photo named on standard input:
//! `ls photos/*.jpg | cargo run --release -p facegate-vision --example template_parts -- MODELS PROFILE`
//! The parts of a profile are separated by tabs, their numbers by commas; photos without a face are left out.

use std::io::BufRead;
use std::path::Path;

use facegate_image::{Limits, Photo};
use facegate_models::Pack;
use facegate_vision::{Analyzer, VisionError};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [models, profile] = arguments.as_slice() else { return Err("usage: template_parts MODELS PROFILE".into()) };
    let pack = Pack::open_profile(Path::new(models), Some(profile))?;
    let runtime = facegate_vision::load_runtime(&pack, 1, true)?;
    let mut analyzer = Analyzer::load(&pack, &runtime)?;
    for line in std::io::stdin().lock().lines() {
        let path = line?;
        let photo = Photo::open(std::fs::read(&path)?, &Limits::default());
        match photo.map_err(VisionError::from).and_then(|photo| analyzer.template_parts(&photo)) {
            Ok(parts) => println!("{}", parts.iter().map(|part| numbers(part)).collect::<Vec<_>>().join("\t")),
            Err(error) => eprintln!("{path}: {error}"),
        }
    }
    Ok(())
}

fn numbers(values: &[f32]) -> String {
    values.iter().map(|value| format!("{value:.6}")).collect::<Vec<_>>().join(",")
}
