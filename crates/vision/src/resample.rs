//! Parts of a picture at another size. The only place that resizes.

use facegate_image::Pixels;
use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x3;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};

/// A part of a picture in pixels; may be fractional, must lie inside.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Region {
    pub left: f64,
    pub top: f64,
    pub width: f64,
    pub height: f64,
}

/// How pixels are mixed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Filter {
    /// Averages what falls together when shrinking (triangle kernel): no aliasing.
    Smooth,
    /// Four neighbours, whatever the scale, as OpenCV's `INTER_LINEAR`: what some networks were trained on.
    Plain,
}

/// Keeps the buffers of the resizer between calls.
#[derive(Default)]
pub(crate) struct Resampler {
    resizer: Resizer,
}

impl Resampler {
    /// `region` of `source` (all of it if `None`) at `width` × `height`.
    pub fn resample(
        &mut self,
        source: &Pixels,
        region: Option<Region>,
        width: u32,
        height: u32,
        filter: Filter,
    ) -> Pixels {
        let (width, height) = (width.max(1), height.max(1));
        if region.is_none() && (width, height) == (source.width(), source.height()) {
            return source.clone();
        }
        let algorithm = match filter {
            Filter::Smooth => ResizeAlg::Convolution(FilterType::Bilinear),
            Filter::Plain => ResizeAlg::Interpolation(FilterType::Bilinear),
        };
        let mut options = ResizeOptions::new().resize_alg(algorithm).use_alpha(false);
        if let Some(part) = region.map(|region| clamp(region, source)) {
            options = options.crop(part.left, part.top, part.width, part.height);
        }
        let mut data = vec![0; width as usize * height as usize * 3];
        // For this one pixel type: the untyped call takes minutes to compile.
        let view = TypedImageRef::<U8x3>::from_buffer(source.width(), source.height(), source.data());
        let target = TypedImage::<U8x3>::from_buffer(width, height, &mut data);
        // Fails only on buffers of a wrong size, which the types rule out: a black picture then.
        if let (Ok(view), Ok(mut target)) = (view, target) {
            let resized = self.resizer.resize_typed(&view, &mut target, &options);
            debug_assert!(resized.is_ok(), "{resized:?}");
        }
        Pixels::padded(width, height, data)
    }
}

fn clamp(region: Region, source: &Pixels) -> Region {
    let (w, h) = (f64::from(source.width()), f64::from(source.height()));
    let left = region.left.clamp(0.0, w - 1.0);
    let top = region.top.clamp(0.0, h - 1.0);
    Region { left, top, width: region.width.clamp(1.0, w - left), height: region.height.clamp(1.0, h - top) }
}
