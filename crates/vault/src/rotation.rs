//! A secret rotation for the searchable column: a database can compare rotated vectors, and who does not know the
//! rotation cannot tell what they stand for. What that is worth, and what not, stands in docs/SECURITY.md.

use std::fmt;

use chacha20::ChaCha20;
use chacha20::cipher::{KeyIvInit, StreamCipher};
use zeroize::Zeroize;

use crate::derive::Key;

/// A random orthogonal map of vectors of one length, drawn evenly from all of them (Stewart's method: reflections at
/// Gaussian vectors of every length). Keeps every cosine up to rounding.
///
/// The same key gives the same map on every machine: only operations that IEEE 754 fixes to the bit are used, and the
/// logarithm of a library of its own.
pub struct Rotation {
    values: usize,
    /// For k = 2 ..= values a vector of k numbers, one after another: half the memory of doubles, and as good, since what
    /// is rounded is which mirror it is, not whether it is one.
    reflections: Vec<f32>,
    /// For each vector 2 / its squared length.
    scales: Vec<f64>,
    signs: Vec<f64>,
}

impl Rotation {
    pub(crate) fn new(values: usize, seed: &Key) -> Self {
        let mut random = Gaussian::new(seed);
        let mut reflections: Vec<f32> = Vec::with_capacity(packed(values));
        let (mut scales, mut signs) = (Vec::with_capacity(values), Vec::with_capacity(values));
        let mut vector = zeroize::Zeroizing::new(Vec::with_capacity(values));
        for length in 2..=values {
            vector.clear();
            vector.extend((0..length).map(|_| random.next()));
            let norm = vector.iter().map(|value| value * value).sum::<f64>().sqrt();
            let sign = if vector[0] < 0.0 { -1.0 } else { 1.0 };
            // The reflection that takes the vector to an axis; adding cancels nothing.
            vector[0] += sign * norm;
            let start = reflections.len();
            reflections.extend(vector.iter().map(|value| *value as f32));
            let square = reflections[start..].iter().map(|value| f64::from(*value) * f64::from(*value)).sum::<f64>();
            scales.push(if square > 0.0 { 2.0 / square } else { 0.0 });
            signs.push(-sign);
        }
        if values > 0 {
            signs.push(if random.next() < 0.0 { -1.0 } else { 1.0 });
        }
        Self { values, reflections, scales, signs }
    }

    /// The rotated vector. A vector of another length than the rotation's stays as it is beyond the shorter of both.
    pub fn apply(&self, vector: &[f32]) -> Vec<f32> {
        let mut rotated: Vec<f64> = vector.iter().map(|value| f64::from(*value)).collect();
        let mut rest = self.reflections.as_slice();
        for (length, scale) in (2..=self.values.min(rotated.len())).zip(&self.scales) {
            let Some((reflection, others)) = rest.split_at_checked(length) else { break };
            rest = others;
            let start = rotated.len() - length;
            let tail = &mut rotated[start..];
            let part = scale * reflection.iter().zip(&*tail).map(|(axis, value)| f64::from(*axis) * value).sum::<f64>();
            tail.iter_mut().zip(reflection).for_each(|(value, axis)| *value -= part * f64::from(*axis));
        }
        rotated.iter().zip(&self.signs).map(|(value, sign)| (value * sign) as f32).collect()
    }

    /// Bytes that it takes in memory.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(&*self.reflections) + size_of_val(&*self.scales) + size_of_val(&*self.signs)
    }
}

impl Drop for Rotation {
    fn drop(&mut self) {
        self.reflections.zeroize();
    }
}

impl fmt::Debug for Rotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rotation(of {} values)", self.values)
    }
}

fn packed(values: usize) -> usize {
    values * (values + 1) / 2
}

/// Normal numbers from a ChaCha20 stream (Marsaglia's polar method).
struct Gaussian {
    stream: ChaCha20,
    block: [u8; 1024],
    used: usize,
    spare: Option<f64>,
}

impl Gaussian {
    fn new(seed: &Key) -> Self {
        // The key is used for this stream only, so that the nonce may be anything.
        let stream = ChaCha20::new(&(**seed).into(), &[0; 12].into());
        let block = [0; 1024];
        Self { stream, used: block.len(), block, spare: None }
    }

    /// −1..1, in steps of 2⁻⁵².
    fn uniform(&mut self) -> f64 {
        if self.used == self.block.len() {
            self.block.fill(0);
            self.stream.apply_keystream(&mut self.block);
            self.used = 0;
        }
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&self.block[self.used..self.used + 8]);
        self.used += 8;
        (u64::from_le_bytes(bytes) >> 11) as f64 * f64::EPSILON - 1.0
    }

    fn next(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let (a, b) = (self.uniform(), self.uniform());
            let square = a * a + b * b;
            if square > 0.0 && square < 1.0 {
                let scale = (-2.0 * libm::log(square) / square).sqrt();
                self.spare = Some(b * scale);
                return a * scale;
            }
        }
    }
}

impl Drop for Gaussian {
    fn drop(&mut self) {
        self.block.zeroize();
        self.spare.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use facegate_domain::cosine;
    use proptest::prelude::*;

    use super::*;
    use crate::derive;

    fn unit(mut values: Vec<f32>) -> Vec<f32> {
        let norm = values.iter().map(|v| f64::from(*v) * f64::from(*v)).sum::<f64>().sqrt();
        values.iter_mut().for_each(|value| *value = (f64::from(*value) / norm) as f32);
        values
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn cosines_stay_and_values_do_not(
            (a, b) in prop::sample::select(&[1_usize, 2, 3, 64, 128, 512]).prop_flat_map(|n| {
                let vector = || prop::collection::vec(-1.0_f32..1.0, n);
                (vector(), vector())
            })
        ) {
            prop_assume!([&a, &b].iter().all(|vector| vector.iter().any(|value| value.abs() > 1e-3)));
            let (a, b) = (unit(a), unit(b));
            let rotation = Rotation::new(a.len(), &derive::random());
            let (ra, rb) = (rotation.apply(&a), rotation.apply(&b));
            prop_assert!((cosine(&a, &b) - cosine(&ra, &rb)).abs() < 1e-5);
            prop_assert!((cosine(&ra, &ra) - 1.0).abs() < 1e-5);
            if a.len() >= 64 {
                // The same direction would come out by chance about never: |cos| is about 1/√n.
                prop_assert!(cosine(&a, &ra).abs() < 0.8);
            }
        }
    }

    #[test]
    fn the_same_key_gives_the_same_rotation_for_ever() {
        let seed = Key::new([7; 32]);
        let rotated = Rotation::new(4, &seed).apply(&[0.5, 0.5, 0.5, 0.5]);
        assert_eq!(rotated, Rotation::new(4, &seed).apply(&[0.5, 0.5, 0.5, 0.5]));
        // In databases: another value would make every stored vector worthless.
        let bits: Vec<u32> = rotated.iter().map(|value| value.to_bits()).collect();
        assert_eq!(bits, [3_207_664_614, 1_049_896_299, 3_204_994_379, 1_053_363_828]);
        assert_ne!(rotated, Rotation::new(4, &Key::new([8; 32])).apply(&[0.5, 0.5, 0.5, 0.5]));
    }

    #[test]
    fn axes_go_anywhere() {
        // Over many keys the image of an axis has no preferred direction: its mean is near 0 in every coordinate.
        let mut mean = [0.0; 8];
        for number in 0..4000_u32 {
            let mut seed = Key::new([0; 32]);
            seed[..4].copy_from_slice(&number.to_le_bytes());
            let image = Rotation::new(8, &seed).apply(&[1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
            mean.iter_mut().zip(image).for_each(|(sum, value)| *sum += f64::from(value) / 4000.0);
        }
        // Standard deviation 1/√(8·4000) ≈ 0.0056.
        assert!(mean.iter().all(|value| value.abs() < 0.03), "{mean:?}");
    }
}
