//! Damage to bytes that were made right: the input says what is changed, moved, cut off or added.

use arbitrary::{Result, Unstructured};

/// Applies one to four edits.
pub fn edited(original: &[u8], input: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let mut bytes = original.to_vec();
    for _ in 0..input.int_in_range(1..=4)? {
        if bytes.is_empty() {
            break;
        }
        let at = input.choose_index(bytes.len())?;
        match input.int_in_range(0..=5)? {
            0 => bytes[at] ^= input.int_in_range(1..=255)?,
            1 => bytes[at] = input.arbitrary()?,
            2 => bytes.truncate(at),
            3 => {
                let end = at + input.choose_index(bytes.len() - at)?;
                bytes.drain(at..end);
            }
            4 => {
                let end = at + input.choose_index(bytes.len() - at)?;
                let part = bytes[at..end].to_vec();
                let to = input.choose_index(bytes.len())?;
                bytes.splice(to..to, part);
            }
            _ => {
                let part = input.bytes(input.len().min(16))?.to_vec();
                bytes.splice(at..at, part);
            }
        }
    }
    Ok(bytes)
}
