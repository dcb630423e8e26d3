//! What made a measurement: for the report, and so that a cache never answers for another pipeline.

use anyhow::{Context, Result};
use facegate_evaluation::Pipeline;
use facegate_evaluation::report::Origin;
use facegate_models::Pack;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::config::Config;

/// The model, and a hash of everything that can change a measurement: the manifest without its calibration, the limits
/// of photos, and this program itself.
pub fn pipeline(config: &Config, pack: &Pack) -> Result<Pipeline> {
    let path = config.models.join("manifest.toml");
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let mut manifest: toml::Table = toml::from_str(&text).with_context(|| path.display().to_string())?;
    forget_calibration(&mut manifest);
    let program = std::env::current_exe().and_then(std::fs::read).context("this program's own file")?;
    let model = pack.template_model()?;
    let mut hash = Sha256::new();
    for part in [model.as_str().as_bytes(), manifest.to_string().as_bytes(), &Sha256::digest(program)] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.update(format!("{:?}", config.image_limits()));
    Ok(Pipeline { model, id: hex::encode(hash.finalize()) })
}

/// It says what cosines mean, not what they are.
fn forget_calibration(table: &mut toml::Table) {
    table.remove("calibration");
    table.iter_mut().filter_map(|(_, value)| value.as_table_mut()).for_each(forget_calibration);
}

/// For the report's head.
pub fn origin(job: &str, pipeline: &Pipeline) -> Result<Origin> {
    let words = std::env::args().map(|word| if word.contains(' ') { format!("'{word}'") } else { word });
    Ok(Origin {
        job: job.to_owned(),
        command: words.collect::<Vec<_>>().join(" "),
        date: OffsetDateTime::now_utc().replace_nanosecond(0)?.format(&Rfc3339)?,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        model: pipeline.model.as_str().to_owned(),
        pipeline: pipeline.id.clone(),
    })
}
