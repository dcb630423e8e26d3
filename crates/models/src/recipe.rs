//! A profile's identity: the model id of the templates that it makes.

use facegate_domain::ModelId;
use sha2::{Digest, Sha256};

use crate::error::ModelsError;
use crate::manifest::Profile;

/// How a face is prepared for the networks (`facegate-vision`); to be changed when that changes.
const PREPARATION: &str = "umeyama-112-2";

/// The id changes with everything that decides a template's values, and with nothing else.
pub(crate) fn model_id<'a>(
    profile: &Profile,
    sha256: impl Fn(&str) -> Result<&'a str, ModelsError>,
) -> Result<ModelId, ModelsError> {
    let means = profile.means.as_deref().map_or(Ok("none"), &sha256)?;
    let mut recipe = format!("{PREPARATION}\nmirror {}\nmeans {means}\n", profile.mirror);
    for part in &profile.parts {
        let (network, output) = (sha256(&part.network)?, &part.output);
        let (colour, offset, scale, weight) = (part.colour, part.offset, part.scale, part.weight);
        recipe += &format!("{network} {output} {colour:?} {offset} {scale} {weight}\n");
    }
    Ok(ModelId::new(&profile.name, &hex::encode(Sha256::digest(recipe))))
}

/// What makes no sense in a profile.
pub(crate) fn check(profile: &Profile) -> Result<(), String> {
    if profile.parts.is_empty() {
        return Err("it has no [[part]]".into());
    }
    for part in &profile.parts {
        let positive = |value: f32| value.is_finite() && value > 0.0;
        if !positive(part.weight) || !positive(part.typical_norm) || part.dimension == 0 {
            return Err(format!("{}: weight, typical_norm and dimension must be more than 0", part.network));
        }
    }
    Ok(())
}
