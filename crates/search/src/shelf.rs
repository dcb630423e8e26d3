//! One app's templates: vectors in blocks (no doubling, so no more memory than they need), names beside them.

use facegate_domain::{ModelMismatch, cosine};
use hashbrown::{DefaultHashBuilder, HashTable};
use simsimd::SpatialSimilarity;
use std::hash::BuildHasher;

/// Vectors in one block: 2 MiB of 128-dimensional templates.
const BLOCK: usize = 4096;

/// More than the SIMD kernel's rounding can be off for unit vectors: 512 dimensions × 2⁻²⁴ is 3·10⁻⁵.
const ROUNDING: f32 = 1e-4;

pub(crate) struct Shelf {
    dimension: usize,
    blocks: Vec<Box<[f32]>>,
    names: Vec<Box<str>>,
    /// Name → position in `names` and in the blocks.
    slots: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Shelf {
    pub fn new(dimension: usize) -> Self {
        let (blocks, names, slots) = (Vec::new(), Vec::new(), HashTable::new());
        Self { dimension, blocks, names, slots, hasher: DefaultHashBuilder::default() }
    }

    pub fn len(&self) -> usize {
        self.names.len()
    }

    pub fn put(&mut self, name: &str, values: &[f32]) -> Result<(), ModelMismatch> {
        if values.len() != self.dimension {
            return Err(ModelMismatch);
        }
        let slot = match self.slot(name) {
            Some(slot) => slot,
            None => self.append(name)?,
        };
        self.vector_mut(slot).copy_from_slice(values);
        Ok(())
    }

    pub fn remove(&mut self, name: &str) -> bool {
        let Some(slot) = self.slot(name) else { return false };
        let last = self.len() - 1;
        self.forget_slot(slot);
        if slot != last {
            // The last one moves into the gap.
            self.forget_slot(last);
            let moved = self.vector(last).to_vec();
            self.vector_mut(slot).copy_from_slice(&moved);
        }
        self.vector_mut(last).fill(0.0);
        self.names.swap_remove(slot);
        if slot != last {
            self.remember_slot(slot);
        }
        self.blocks.truncate(self.names.len().div_ceil(BLOCK));
        true
    }

    /// Name and cosine of the best `limit` with at least `min_score`, best first, ties by name.
    pub fn nearest(&self, probe: &[f32], limit: usize, min_score: f32) -> Result<Vec<(&str, f32)>, ModelMismatch> {
        if probe.len() != self.dimension {
            return Err(ModelMismatch);
        }
        let limit = limit.min(self.len());
        if limit == 0 {
            return Ok(Vec::new());
        }
        let exact = |(_, slot): (f32, usize)| (&*self.names[slot], cosine(probe, self.vector(slot)));
        let mut found: Vec<(&str, f32)> = self.candidates(probe, limit, min_score).into_iter().map(exact).collect();
        found.retain(|(_, score)| *score >= min_score);
        found.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        found.truncate(limit);
        Ok(found)
    }

    /// Everything that could be among the best `limit`, given the kernel's rounding.
    fn candidates(&self, probe: &[f32], limit: usize, min_score: f32) -> Vec<(f32, usize)> {
        let mut kept: Vec<(f32, usize)> = Vec::with_capacity(limit * 4 + BLOCK);
        let mut floor = min_score - ROUNDING;
        for (number, block) in self.blocks.iter().enumerate() {
            let first = number * BLOCK;
            let filled = (self.len() - first).min(BLOCK);
            for (offset, vector) in block.chunks_exact(self.dimension).take(filled).enumerate() {
                let score = f32::dot(probe, vector).unwrap_or(f64::NEG_INFINITY) as f32;
                if score >= floor {
                    kept.push((score, first + offset));
                }
            }
            if kept.len() > limit {
                floor = floor.max(raise(&mut kept, limit));
            }
        }
        kept
    }

    fn append(&mut self, name: &str) -> Result<usize, ModelMismatch> {
        let slot = self.len();
        if slot == self.blocks.len() * BLOCK {
            self.blocks.push(vec![0.0; BLOCK * self.dimension].into_boxed_slice());
        }
        self.names.push(name.into());
        self.remember_slot(slot);
        Ok(slot)
    }

    fn slot(&self, name: &str) -> Option<usize> {
        let found = self.slots.find(self.hasher.hash_one(name), |slot| &*self.names[*slot as usize] == name);
        found.map(|slot| *slot as usize)
    }

    fn remember_slot(&mut self, slot: usize) {
        let (names, hasher) = (&self.names, &self.hasher);
        let hash = |slot: &u32| hasher.hash_one(&*names[*slot as usize]);
        let slot = slot as u32;
        self.slots.insert_unique(hash(&slot), slot, hash);
    }

    fn forget_slot(&mut self, slot: usize) {
        let hash = self.hasher.hash_one(&*self.names[slot]);
        if let Ok(entry) = self.slots.find_entry(hash, |candidate| *candidate as usize == slot) {
            entry.remove();
        }
    }

    fn vector(&self, slot: usize) -> &[f32] {
        let start = slot % BLOCK * self.dimension;
        &self.blocks[slot / BLOCK][start..start + self.dimension]
    }

    fn vector_mut(&mut self, slot: usize) -> &mut [f32] {
        let start = slot % BLOCK * self.dimension;
        &mut self.blocks[slot / BLOCK][start..start + self.dimension]
    }
}

/// Drops what cannot be among the best `limit` any more and returns the score that a newcomer needs.
fn raise(kept: &mut Vec<(f32, usize)>, limit: usize) -> f32 {
    kept.select_nth_unstable_by(limit - 1, |a, b| b.0.total_cmp(&a.0));
    // Both the last place and its rival may be off by the rounding.
    let floor = kept[limit - 1].0 - 2.0 * ROUNDING;
    kept.retain(|(score, _)| *score >= floor);
    floor
}
