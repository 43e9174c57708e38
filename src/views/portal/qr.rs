//! A QR code as the path of an SVG, so that a template can draw it without a picture file.

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
                    path.push_str(&format!("M{} {}h{n}v1h-{n}z", x + QUIET_ZONE, y + QUIET_ZONE));
                }
                x += run.len();
            }
        }
        Some(Self { side: width + 2 * QUIET_ZONE, path })
    }
}
