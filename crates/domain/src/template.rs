//! Templates: what remains of a face after embedding, and which model made it.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

/// Which embedding made a template: `name@hash`. Templates of different models are never compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModelId(Arc<str>);

impl ModelId {
    /// From a profile's name and the hash over everything that decides the template's values.
    pub fn new(name: &str, hash_hex: &str) -> Self {
        Self(format!("{name}@{hash_hex}").into())
    }

    /// From the stored form.
    pub fn from_stored(text: &str) -> Self {
        Self(text.into())
    }

    /// `name@hash`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Two templates of different models were about to be compared.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("templates of different models cannot be compared")]
pub struct ModelMismatch;

/// Why numbers are not a template.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum TemplateError {
    /// No direction: empty, all zero, or not finite.
    #[error("a template needs a finite, non-zero vector")]
    Degenerate,
    /// The bytes are not whole `f32` values.
    #[error("stored template has {0} bytes, not a multiple of 4")]
    Bytes(usize),
}

/// Cosine of two unit vectors of the same length, −1..1. Summed in `f64` and in order, so that every caller on every
/// machine gets the same bits.
pub fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let sum: f64 = a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum();
    sum.clamp(-1.0, 1.0) as f32
}

/// A unit vector that stands for a face, with the model that made it. `Debug` does not show the values.
#[derive(Clone, PartialEq)]
pub struct Template {
    model: ModelId,
    values: Vec<f32>,
}

impl Template {
    /// Normalises `values` to unit length. Errors when they have no direction.
    pub fn new(model: ModelId, mut values: Vec<f32>) -> Result<Self, TemplateError> {
        let norm = values.iter().map(|v| f64::from(*v) * f64::from(*v)).sum::<f64>().sqrt();
        if !norm.is_finite() || norm < 1e-12 {
            return Err(TemplateError::Degenerate);
        }
        values.iter_mut().for_each(|v| *v = (f64::from(*v) / norm) as f32);
        Ok(Self { model, values })
    }

    /// The model that made it.
    pub fn model(&self) -> &ModelId {
        &self.model
    }

    /// Unit vector.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Cosine of the angle between two templates, −1..1.
    pub fn cosine(&self, other: &Self) -> Result<f32, ModelMismatch> {
        if self.model != other.model || self.values.len() != other.values.len() {
            return Err(ModelMismatch);
        }
        Ok(cosine(&self.values, &other.values))
    }

    /// Little-endian `f32` values, for storage.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.values.iter().flat_map(|v| v.to_le_bytes()).collect()
    }

    /// The inverse of [`Template::to_bytes`]; the values are taken as they are, bit for bit.
    pub fn from_bytes(model: ModelId, bytes: &[u8]) -> Result<Self, TemplateError> {
        let (chunks, rest) = bytes.as_chunks::<4>();
        if !rest.is_empty() {
            return Err(TemplateError::Bytes(bytes.len()));
        }
        let values: Vec<f32> = chunks.iter().map(|c| f32::from_le_bytes(*c)).collect();
        if values.is_empty() || values.iter().any(|v| !v.is_finite()) {
            return Err(TemplateError::Degenerate);
        }
        Ok(Self { model, values })
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Template({}, {} values)", self.model, self.values.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(name: &str) -> ModelId {
        ModelId::new(name, "00")
    }

    #[test]
    fn a_template_is_a_unit_vector_and_survives_storage() {
        let t = Template::new(model("a"), vec![3.0, 4.0]).unwrap();
        assert_eq!(t.values(), &[0.6, 0.8]);
        assert_eq!(Template::from_bytes(model("a"), &t.to_bytes()).unwrap(), t);
        assert_eq!(Template::from_bytes(model("a"), &[0; 7]), Err(TemplateError::Bytes(7)));
    }

    #[test]
    fn no_direction_no_template() {
        for bad in [vec![], vec![0.0; 4], vec![f32::NAN, 1.0], vec![f32::INFINITY]] {
            assert_eq!(Template::new(model("a"), bad), Err(TemplateError::Degenerate));
        }
    }

    #[test]
    fn models_are_never_mixed() {
        let a = Template::new(model("a"), vec![1.0, 0.0]).unwrap();
        let b = Template::new(model("b"), vec![1.0, 0.0]).unwrap();
        assert_eq!(a.cosine(&b), Err(ModelMismatch));
        assert_eq!(a.cosine(&a), Ok(1.0));
        assert!(!format!("{a:?}").contains("1.0"));
    }
}
