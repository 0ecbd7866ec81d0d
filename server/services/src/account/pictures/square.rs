//! A picture that somebody sent, as a small square of ours.
use domain::FieldProblem;
use image::{
    DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage,
    codecs::jpeg::JpegEncoder, error::ImageError, metadata::Orientation,
};
use std::io::Cursor;

/// How large the file may be that somebody sends.
pub const MOST_BYTES: usize = 5 * 1024 * 1024;

/// How many pixels it may have, and how much memory it may take to read it: a small file can hold a
/// picture that fills all there is.
const MOST_PIXELS: u64 = 32_000_000;
const MOST_MEMORY: u64 = 256 * 1024 * 1024;
const LONGEST_SIDE: u32 = 16_384;

/// How many pixels a side has at least when it comes, and at most when it is kept.
const SHORTEST_SIDE: u32 = 48;
const SIDE: u32 = 384;
const QUALITY: u8 = 85;

fn problem(message: &'static str) -> FieldProblem {
    FieldProblem::new("picture", message)
}

const UNKNOWN: &str = "Choose a picture in the format JPEG, PNG or WebP.";
const BROKEN: &str =
    "We cannot read that picture. Its file seems damaged or cut off; please choose another one.";
const TOO_LARGE: &str = "That picture is larger than 5 MB. Please choose a smaller one.";
const TOO_MANY: &str = "That picture has more than 32 million pixels. Please choose a smaller one.";
const TOO_SMALL: &str =
    "That picture is very small. Please choose one of at least 48 by 48 pixels.";

/// The middle of the picture as a JPEG, upright, and without anything but its pixels: no place, no time, no
/// name of a camera. Takes up to some hundred megabytes and a second.
pub fn square(file: &[u8]) -> Result<Vec<u8>, FieldProblem> {
    if file.is_empty() {
        return Err(problem("Choose a picture first."));
    }
    if file.len() > MOST_BYTES {
        return Err(problem(TOO_LARGE));
    }
    let (image, orientation) = read(file)?;
    let side = image.width().min(image.height());
    let (left, top) = ((image.width() - side) / 2, (image.height() - side) / 2);
    let kept = side.min(SIDE);
    let mut square = image.crop_imm(left, top, side, side).thumbnail_exact(kept, kept);
    drop(image);
    square.apply_orientation(orientation);
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY)
        .encode_image(&on_white(&square))
        .map_err(|_| problem(BROKEN))?;
    Ok(jpeg)
}

fn read(file: &[u8]) -> Result<(DynamicImage, Orientation), FieldProblem> {
    // What the file is, whatever its name says.
    let format = image::guess_format(file).ok().filter(|format| {
        matches!(format, ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP)
    });
    let format = format.ok_or_else(|| problem(UNKNOWN))?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(file), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| unreadable(&error))?;
    let (width, height) = decoder.dimensions();
    if width.min(height) < SHORTEST_SIDE {
        return Err(problem(TOO_SMALL));
    }
    if u64::from(width) * u64::from(height) > MOST_PIXELS || decoder.total_bytes() > MOST_MEMORY {
        return Err(problem(TOO_MANY));
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let image = DynamicImage::from_decoder(decoder).map_err(|error| unreadable(&error))?;
    Ok((image, orientation))
}

fn unreadable(error: &ImageError) -> FieldProblem {
    match error {
        ImageError::Limits(_) => problem(TOO_MANY),
        _ => problem(BROKEN),
    }
}

/// A JPEG knows nothing transparent.
fn on_white(image: &DynamicImage) -> RgbImage {
    let pixels = image.to_rgba8();
    RgbImage::from_fn(pixels.width(), pixels.height(), |x, y| {
        let [red, green, blue, alpha] = pixels.get_pixel(x, y).0;
        let alpha = u16::from(alpha);
        let mixed = |colour: u8| (u16::from(colour) * alpha + 255 * (255 - alpha)) / 255;
        image::Rgb([red, green, blue].map(|colour| u8::try_from(mixed(colour)).unwrap_or(255)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, Rgba, RgbaImage};

    fn file(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    /// Red above, blue below.
    fn flag(width: u32, height: u32) -> DynamicImage {
        let half = |y| if y < height / 2 { Rgb([230, 20, 20]) } else { Rgb([20, 20, 230]) };
        RgbImage::from_fn(width, height, |_, y| half(y)).into()
    }

    fn said(file: &[u8]) -> String {
        square(file).unwrap_err().message.into_owned()
    }

    fn read_back(jpeg: &[u8]) -> RgbImage {
        image::load_from_memory_with_format(jpeg, ImageFormat::Jpeg).unwrap().to_rgb8()
    }

    #[test]
    fn each_format_becomes_a_square_of_ours() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
            let kept = read_back(&square(&file(&flag(900, 600), format)).unwrap());
            assert_eq!(kept.dimensions(), (384, 384), "{format:?}");
            let (above, below) = (kept.get_pixel(190, 40), kept.get_pixel(190, 340));
            assert!(above.0[0] > 200 && below.0[2] > 200, "{above:?} {below:?}");
        }
        let small = square(&file(&flag(48, 90), ImageFormat::Png)).unwrap();
        assert_eq!(read_back(&small).dimensions(), (48, 48));
    }

    #[test]
    fn what_the_camera_noted_turns_the_picture_and_is_gone() {
        let plain = file(&flag(200, 200), ImageFormat::Jpeg);
        // Exif in a segment APP1: one field, orientation 3 (upside down), and a name.
        let mut exif =
            b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x03\0\0\0\0\0\0".to_vec();
        exif.extend(b"Canon of Ana, 38.7N 9.1W");
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        let turned = [&plain[..2], &[0xff, 0xe1], &length, &exif, &plain[2..]].concat();

        let kept = square(&turned).unwrap();
        assert!(!kept.windows(5).any(|bytes| bytes == b"Canon" || bytes == b"Exif\0"));
        let kept = read_back(&kept);
        assert!(kept.get_pixel(100, 20).0[2] > 200, "not upside down");
    }

    #[test]
    fn what_is_transparent_becomes_white() {
        let glass = RgbaImage::from_pixel(64, 64, Rgba([0, 0, 0, 0])).into();
        let kept = read_back(&square(&file(&glass, ImageFormat::Png)).unwrap());
        assert!(kept.pixels().all(|pixel| pixel.0.iter().all(|&colour| colour > 250)));
    }

    #[test]
    fn what_is_no_picture_is_said_kindly() {
        assert_eq!(said(b""), "Choose a picture first.");
        for text in [b"GIF89a\x01\0\x01\0".as_slice(), b"<svg/>", b"%PDF-1.7", b"MZ"] {
            assert_eq!(said(text), UNKNOWN);
        }
        assert_eq!(said(&vec![0; MOST_BYTES + 1]), TOO_LARGE);
        assert_eq!(said(&file(&flag(47, 300), ImageFormat::Png)), TOO_SMALL);
    }

    #[test]
    fn a_file_that_was_cut_off_is_refused_or_read_but_never_a_panic() {
        for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Jpeg] {
            let whole = file(&flag(120, 120), format);
            for length in (1..whole.len()).step_by(whole.len() / 40 + 1) {
                let _ = square(&whole[..length]);
            }
        }
        let png = file(&flag(120, 120), ImageFormat::Png);
        assert_eq!(said(&png[..png.len() / 2]), BROKEN);
    }

    #[test]
    fn a_bomb_is_not_opened() {
        // The head of a PNG says 16 384 by 16 384 pixels; its checksum is right.
        let mut bomb = file(&flag(64, 64), ImageFormat::Png);
        bomb[16..20].copy_from_slice(&16_384_u32.to_be_bytes());
        bomb[20..24].copy_from_slice(&16_384_u32.to_be_bytes());
        let sum = crc(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&sum.to_be_bytes());
        assert_eq!(said(&bomb), TOO_MANY);
        bomb[16..20].copy_from_slice(&4_000_000_u32.to_be_bytes());
        let sum = crc(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&sum.to_be_bytes());
        assert_eq!(said(&bomb), TOO_MANY);
    }

    /// CRC-32 as PNG has it.
    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0, |sum, &byte| {
            (0..8).fold(sum ^ u32::from(byte), |sum, _| {
                if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 }
            })
        })
    }
}
