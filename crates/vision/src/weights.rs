//! Our own small weights, from safetensors files.

use safetensors::{Dtype, SafeTensors};

use crate::error::VisionError;

/// Reads the table of contents.
pub(crate) fn open(file: &[u8]) -> Result<SafeTensors<'_>, VisionError> {
    SafeTensors::deserialize(file).map_err(|error| VisionError::Weights(format!("not a safetensors file: {error}")))
}

/// The `count` values of the `f32` tensor `key`.
pub(crate) fn f32_values(tensors: &SafeTensors<'_>, key: &str, count: usize) -> Result<Vec<f32>, VisionError> {
    let bad = |reason: String| VisionError::Weights(format!("weights {key:?}: {reason}"));
    let tensor = tensors.tensor(key).map_err(|error| bad(error.to_string()))?;
    let (bytes, rest) = tensor.data().as_chunks::<4>();
    if tensor.dtype() != Dtype::F32 || bytes.len() != count || !rest.is_empty() {
        return Err(bad(format!("is not {count} f32 values")));
    }
    Ok(bytes.iter().map(|b| f32::from_le_bytes(*b)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_size_and_a_wrong_file_are_errors() {
        let values: Vec<u8> = [1.0f32, 2.0].iter().flat_map(|v| v.to_le_bytes()).collect();
        let view = safetensors::tensor::TensorView::new(Dtype::F32, vec![2], &values).unwrap();
        let file = safetensors::serialize([("mean", view)], None).unwrap();
        let tensors = open(&file).unwrap();
        assert_eq!(f32_values(&tensors, "mean", 2).unwrap(), [1.0, 2.0]);
        assert!(f32_values(&tensors, "mean", 3).is_err());
        assert!(f32_values(&tensors, "other", 2).is_err());
        assert!(open(b"not a file of weights").is_err());
    }
}
