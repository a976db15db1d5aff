//! A picture's four sizes by one way, in a process of its own: what it took of time and memory, that one alone. The other ways are what
//! `src/picture/jpeg` is held against: the same, decoded by a library.

use std::error::Error;
use std::fs;
use std::path::Path;

use fast_image_resize::Resizer;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, RgbImage};
use sharehold::config::Limits;
use sharehold::picture::Pictures;
use zune_core::bytestream::ZCursor;
use zune_core::options::DecoderOptions;

use crate::SIZES;

type Fault = Box<dyn Error>;

/// The ways, by name.
pub(crate) const WAYS: [&str; 3] = ["ours", "zune-jpeg", "jpeg-decoder"];

/// Makes them, and prints what it took: milliseconds of a core, MiB.
pub(crate) fn make(way: &str, file: &Path) -> Result<(), Fault> {
    let (time, before) = (cpu_ms()?, peak_mib()?);
    let bytes = fs::read(file)?;
    match way {
        "ours" => ours(bytes)?,
        "zune-jpeg" => smaller(by_zune(&bytes)?)?,
        _ => smaller(by_decoder(&bytes)?)?,
    }
    println!("{:>12.0} {:>12}", cpu_ms()? - time, peak_mib()? - before);
    Ok(())
}

/// As the server makes them.
pub(crate) fn ours(bytes: Vec<u8>) -> Result<(), Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let pictures = Pictures::new(&Limits::default())?;
    runtime.block_on(pictures.renditions(pictures.place("ann")?, bytes, &SIZES))?;
    Ok(())
}

fn by_zune(bytes: &[u8]) -> Result<RgbImage, Fault> {
    let options = DecoderOptions::default().set_max_width(32_768).set_max_height(32_768);
    let mut decoder = zune_jpeg::JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    let pixels = decoder.decode()?;
    let (width, height) = decoder.dimensions().ok_or("no size")?;
    RgbImage::from_raw(u32::try_from(width)?, u32::try_from(height)?, pixels).ok_or("no colours".into())
}

fn by_decoder(bytes: &[u8]) -> Result<RgbImage, Fault> {
    let mut decoder = jpeg_decoder::Decoder::new(bytes);
    decoder.read_info()?;
    let info = decoder.info().ok_or("no size")?;
    let full = u16::try_from(SIZES.map(sharehold::picture::Rendition::side).into_iter().max().unwrap_or(1))?;
    let part = |side: u16| u32::from(side) * u32::from(full) / u32::from(info.width.max(info.height));
    // It takes the smallest of an eighth, a quarter, a half and all that is not smaller than this.
    let (width, height) = decoder.scale(u16::try_from(part(info.width))?, u16::try_from(part(info.height))?)?;
    RgbImage::from_raw(width.into(), height.into(), decoder.decode()?).ok_or("no colours".into())
}

/// Each size from the one before.
fn smaller(picture: RgbImage) -> Result<(), Fault> {
    let mut picture = DynamicImage::from(picture);
    for which in SIZES.iter().rev() {
        let longer = picture.width().max(picture.height());
        let side = |own: u32| (own * which.side().min(longer) / longer).max(1);
        let mut made = DynamicImage::from(RgbImage::new(side(picture.width()), side(picture.height())));
        Resizer::new().resize(&picture, &mut made, None)?;
        made.write_with_encoder(JpegEncoder::new_with_quality(&mut Vec::new(), 85))?;
        picture = made;
    }
    Ok(())
}

/// The processor time of this process and of those that it waited for (`proc_pid_stat(5)`, fields 14 to 17, in hundredths of a second).
pub(crate) fn cpu_ms() -> Result<f64, Fault> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let (_, behind) = stat.rsplit_once(')').ok_or("no name")?;
    let ticks = behind.split_whitespace().skip(11).take(4).map(str::parse::<u32>).sum::<Result<u32, _>>()?;
    Ok(f64::from(ticks) * 10.0)
}

/// The most memory that this process has had, by the kernel's count.
fn peak_mib() -> Result<u64, Fault> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    let kib: u64 = line.trim().trim_end_matches(" kB").trim().parse()?;
    Ok(kib / 1024)
}
