//! The index and the tensor.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use facegate_vision::feature_count;
use safetensors::Dtype;
use safetensors::tensor::TensorView;

use crate::job::Outcome;

/// Writes `out.jsonl` and `out.safetensors`; the tensor last, so that its presence means that both are complete.
pub fn write(out: &Path, outcomes: &[Outcome]) -> Result<()> {
    let (mut index, mut data, mut row) = (Vec::new(), Vec::new(), 0);
    for outcome in outcomes {
        let mut line = serde_json::to_value(outcome)?;
        line["row"] = serde_json::Value::Null;
        if !outcome.features.is_empty() {
            line["row"] = row.into();
            row += 1;
            data.extend(outcome.features.iter().flat_map(|value| value.to_le_bytes()));
        }
        writeln!(index, "{line}")?;
    }
    std::fs::write(out.with_extension("jsonl"), index).context("the index cannot be written")?;
    let tensor = TensorView::new(Dtype::F32, vec![row, feature_count()], &data)?;
    let part = out.with_extension("part");
    safetensors::serialize_to_file([("features", tensor)], None, &part).context("the tensor cannot be written")?;
    Ok(std::fs::rename(part, out.with_extension("safetensors"))?)
}
