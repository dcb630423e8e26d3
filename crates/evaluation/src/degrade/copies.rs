//! Which copies are made, and what is expected of each.

use rand::RngExt;

use super::Kind;
use crate::stats::generator;

/// Copies that are made of every photo.
#[derive(Clone, Copy, Debug)]
pub enum Copies {
    /// All alike.
    Alike(Kind),
    /// Motion over this many aligned pixels, for each photo in a direction of its own.
    Moved(f32),
}

/// The copies that ought to be refused, and the flag that ought to catch each.
pub const COPIES: &[(Copies, &str)] = &[
    (Copies::Alike(Kind::Gaussian(1.5)), "blur"),
    (Copies::Moved(8.0), "blur"),
    (Copies::Alike(Kind::Motion { length: 8.0, degrees: 0.0 }), "blur"),
    (Copies::Alike(Kind::Motion { length: 8.0, degrees: 45.0 }), "blur"),
    (Copies::Alike(Kind::Motion { length: 8.0, degrees: 90.0 }), "blur"),
    (Copies::Alike(Kind::Exposure(0.15)), "dark"),
    (Copies::Alike(Kind::Exposure(0.2)), "dark"),
    (Copies::Alike(Kind::Exposure(0.25)), "dark"),
    (Copies::Alike(Kind::Grayscale), "grayscale"),
];

/// The copies whose faces ought to be found and recognised all the same.
pub const AWKWARD: &[Kind] = &[
    Kind::Leaning(15.0),
    Kind::Leaning(-15.0),
    Kind::Leaning(30.0),
    Kind::Leaning(-30.0),
    Kind::Leaning(45.0),
    Kind::Leaning(-45.0),
    Kind::Filling(1.1),
    Kind::Small(120),
    Kind::Small(80),
    Kind::Small(50),
];

impl Copies {
    /// In words, for tables.
    pub fn name(&self) -> String {
        match self {
            Self::Alike(kind) => kind.name(),
            Self::Moved(length) => format!("motion blur, {length} px, any direction"),
        }
    }

    /// What is done to photo number `index`; `seed` and number give the direction of a motion, whole degrees of 0..180.
    pub fn kind(&self, seed: u64, index: u64) -> Kind {
        match *self {
            Self::Alike(kind) => kind,
            Self::Moved(length) => {
                let degrees: u16 = generator(seed, index).random_range(0..180);
                Kind::Motion { length, degrees: degrees.into() }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_are_drawn_again_with_the_same_seed() {
        let degrees = |seed| {
            let drawn = (0..50).map(|index| match Copies::Moved(8.0).kind(seed, index) {
                Kind::Motion { length: 8.0, degrees } if (0.0..180.0).contains(&degrees) => degrees as u16,
                other => panic!("{other:?}"),
            });
            drawn.collect::<Vec<_>>()
        };
        assert_eq!(degrees(3), degrees(3));
        assert_ne!(degrees(3), degrees(4));
        let mut all = degrees(3);
        all.sort_unstable();
        all.dedup();
        assert!(all.len() > 30 && all.iter().any(|d| *d < 60) && all.iter().any(|d| *d > 120), "{all:?}");
    }
}
