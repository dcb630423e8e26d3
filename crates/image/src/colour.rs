//! Every colour type to RGB, 8 bits. Transparency is laid over white; profiles are not looked at.

/// Gray to RGB.
pub(crate) fn gray_to_rgb(gray: &[u8], rgb: &mut [u8]) {
    for (out, &g) in rgb.as_chunks_mut::<3>().0.iter_mut().zip(gray) {
        *out = [g; 3];
    }
}

/// Gray and alpha to RGB.
pub(crate) fn gray_alpha_to_rgb(gray_alpha: &[u8], rgb: &mut [u8]) {
    for (out, &[g, a]) in rgb.as_chunks_mut::<3>().0.iter_mut().zip(gray_alpha.as_chunks::<2>().0) {
        *out = [over_white(g, a); 3];
    }
}

/// RGBA to RGB.
pub(crate) fn rgba_to_rgb(rgba: &[u8], rgb: &mut [u8]) {
    for (out, &[r, g, b, a]) in rgb.as_chunks_mut::<3>().0.iter_mut().zip(rgba.as_chunks::<4>().0) {
        *out = [over_white(r, a), over_white(g, a), over_white(b, a)];
    }
}

/// Light that passes the inks: `cmyk` holds paper left free (0 = full ink), or ink if `is_ink`.
pub(crate) fn cmyk_to_rgb(cmyk: &[u8], is_ink: bool) -> Vec<u8> {
    let flip = if is_ink { 255 } else { 0 };
    let mut rgb = vec![0; cmyk.len() / 4 * 3];
    for (out, &[c, m, y, k]) in rgb.as_chunks_mut::<3>().0.iter_mut().zip(cmyk.as_chunks::<4>().0) {
        *out = [c, m, y].map(|v| times(v ^ flip, k ^ flip));
    }
    rgb
}

fn over_white(value: u8, alpha: u8) -> u8 {
    // Cannot overflow: the two parts add up to at most 255.
    times(value, alpha) + (255 - alpha)
}

/// `a` x `b` / 255, rounded.
fn times(a: u8, b: u8) -> u8 {
    ((u16::from(a) * u16::from(b) + 127) / 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transparency_shows_white() {
        for value in 0..=255 {
            assert_eq!(over_white(value, 0), 255);
            assert_eq!(over_white(value, 255), value);
            for alpha in 0..=255 {
                assert!(over_white(value, alpha) >= value);
            }
        }
        assert_eq!(over_white(0, 128), 127);
    }

    #[test]
    fn inks() {
        assert_eq!(cmyk_to_rgb(&[0, 0, 0, 0, 255, 0, 0, 0, 9, 9, 9, 255], true), [255, 255, 255, 0, 255, 255, 0, 0, 0]);
        assert_eq!(cmyk_to_rgb(&[255, 255, 255, 255, 0, 255, 255, 255], false), [255, 255, 255, 0, 255, 255]);
    }
}
