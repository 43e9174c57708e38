//! X.509 extensions, one after the other, as certificates, CRLs and OCSP messages carry them.

use super::der;

pub const BOOLEAN: u8 = 0x01;
const OBJECT_IDENTIFIER: u8 = 0x06;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extension<'a> {
    /// The content of the OBJECT IDENTIFIER.
    pub id: &'a [u8],
    pub critical: bool,
    pub value: &'a [u8],
}

/// The elements of `Extensions`, from its content. After an `Err`, which names the part, there is nothing more.
pub struct Extensions<'a>(pub &'a [u8]);

impl<'a> Iterator for Extensions<'a> {
    type Item = Result<Extension<'a>, &'static str>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let read = || {
            let (extension, after) = der::expect(self.0, der::SEQUENCE)?;
            let (id, rest) = der::expect(extension.content, OBJECT_IDENTIFIER)?;
            let (critical, rest) =
                der::expect(rest, BOOLEAN).map_or((false, rest), |(flag, rest)| (flag.content != [0], rest));
            let (value, rest) = der::expect(rest, der::OCTET_STRING)?;
            rest.is_empty().then_some((Extension { id: id.content, critical, value: value.content }, after))
        };
        let Some((extension, after)) = read() else {
            self.0 = &[];
            return Some(Err("extension"));
        };
        self.0 = after;
        Some(Ok(extension))
    }
}
