//! Measures every photo named on standard input and prints one line each: for calibration and for looking at failures.
//!
//! `ls photos/*.jpg | cargo run --release -p facegate-vision --example survey -- MODELS [turn]`
//! With `turn`, each photo is also analysed after turning it by 90, 180 and 270 degrees, and the cosine to the upright
//! template is printed.

use std::io::BufRead;
use std::path::Path;

use facegate_image::{Limits, Photo};
use facegate_inference::Runtime;
use facegate_models::Pack;
use facegate_vision::{Analysis, Analyzer, VisionError, Wants};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let pack = Pack::open(Path::new(arguments.first().map_or("models", String::as_str)))?;
    let runtime = Runtime::load(&pack.runtime()?)?;
    let mut analyzer = Analyzer::load(&pack, &runtime)?;
    let wants = Wants { template: true, quality: true, attributes: true, liveness: true, every_face: false };
    for line in std::io::stdin().lock().lines() {
        let path = line?;
        let bytes = std::fs::read(&path)?;
        match Photo::open(bytes, &Limits::default())
            .map_err(VisionError::from)
            .and_then(|p| analyzer.analyze(&p, wants))
        {
            Ok(analysis) => println!("{path}\t{}", describe(&analysis)),
            Err(error) => println!("{path}\tERROR {error}"),
        }
    }
    Ok(())
}

fn describe(analysis: &Analysis) -> String {
    let Some(face) = analysis.faces.first() else { return String::new() };
    let q = face.quality.map_or(String::new(), |q| {
        format!("blur={:.3} dark={:.3} gray={}", q.blur_score, q.dark_score, u8::from(q.grayscale))
    });
    let a = face.attributes.map_or(String::new(), |a| {
        format!(
            "sun={:.3} mask={:.3} veil={:.3} hat={:.3}",
            a.sunglasses_score, a.mask_score, a.veil_score, a.hat_score
        )
    });
    let live = face.liveness.map_or(f32::NAN, |l| l.probability);
    let template: Vec<String> = face.template.iter().flat_map(|t| t.values()).map(|v| format!("{v:.5}")).collect();
    format!(
        "nface={} rot={} conf={:.3} eyes={:.1} {q} {a} live={live:.3} template={}",
        analysis.faces.len(),
        analysis.rotation,
        face.confidence,
        face.landmarks.eye_distance(),
        template.join(",")
    )
}
