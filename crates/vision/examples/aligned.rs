//! Writes the aligned face of every photo named on standard input, for experiments outside of Rust.
//!
//! `ls photos/*.jpg | cargo run --release -p facegate-vision --example aligned -- MODELS OUT`
//! OUT gets 112 × 112 × 3 bytes a photo (RGB, row by row; zeros where no face was found), standard output the names.

use std::fs::File;
use std::io::{BufRead, BufWriter, Write};
use std::path::Path;

use facegate_image::{Limits, Photo};
use facegate_models::Pack;
use facegate_vision::{Analyzer, VisionError};

const BYTES: usize = 112 * 112 * 3;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [models, out] = arguments.as_slice() else { return Err("usage: aligned MODELS OUT".into()) };
    let pack = Pack::open(Path::new(models))?;
    let runtime = facegate_vision::load_runtime(&pack, 1, true)?;
    let mut analyzer = Analyzer::load(&pack, &runtime)?;
    let mut out = BufWriter::new(File::create(out)?);
    for line in std::io::stdin().lock().lines() {
        let path = line?;
        let photo = Photo::open(std::fs::read(&path)?, &Limits::default());
        match photo.map_err(VisionError::from).and_then(|photo| analyzer.aligned_face(&photo)) {
            Ok(face) => {
                out.write_all(face.data())?;
                println!("{path}\tok");
            }
            Err(error) => {
                out.write_all(&[0; BYTES])?;
                println!("{path}\tERROR {error}");
            }
        }
    }
    Ok(out.flush()?)
}
