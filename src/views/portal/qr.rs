//! A QR code as the path of an SVG, so that a template can draw it without a picture file.

use std::fmt::Write;

use qrcode::{Color, QrCode};

/// White modules around the code (ISO/IEC 18004 asks for four).
const QUIET_ZONE: usize = 4;

#[derive(Debug, Clone)]
pub struct QrPicture {
    /// Modules along one side, the quiet zone included: the `viewBox`.
    pub side: usize,
    /// The dark modules, for the attribute `d`.
    pub path: String,
}

impl QrPicture {
    /// Nothing where the text is too long for a QR code.
    pub fn of(text: &str) -> Option<Self> {
        let code = QrCode::new(text).ok()?;
        let width = code.width();
        let colors = code.to_colors();
        let mut path = String::new();
        for (y, row) in colors.chunks(width).enumerate() {
            let mut x = 0;
            for run in row.chunk_by(|left, right| left == right) {
                if run[0] == Color::Dark {
                    let n = run.len();
                    let _ = write!(path, "M{} {}h{n}v1h-{n}z", x + QUIET_ZONE, y + QUIET_ZONE);
                }
                x += run.len();
            }
        }
        Some(Self { side: width + 2 * QUIET_ZONE, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_draws_each_dark_module_and_no_other() {
        let picture = QrPicture::of("otpauth://totp/x:hana?secret=ABCD&issuer=x").unwrap();
        let code = QrCode::new("otpauth://totp/x:hana?secret=ABCD&issuer=x").unwrap();
        let mut drawn = vec![Color::Light; code.width() * code.width()];
        for run in picture.path.split('M').skip(1) {
            let (place, rest) = run.split_once('h').unwrap();
            let (x, y) = place.split_once(' ').unwrap();
            let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
            let n: usize = rest.split('v').next().unwrap().parse().unwrap();
            assert_eq!(rest, format!("{n}v1h-{n}z"));
            let start = (y - QUIET_ZONE) * code.width() + x - QUIET_ZONE;
            drawn[start..start + n].fill(Color::Dark);
        }
        assert_eq!(drawn, code.to_colors());
        assert_eq!(picture.side, code.width() + 8);
    }

    #[test]
    fn what_no_code_can_hold_is_not_drawn() {
        assert!(QrPicture::of(&"x".repeat(5000)).is_none());
    }
}
