//! Names inside a certificate or a request: the subject's fields, and a readable text of a whole name.

use x509_parser::{
    asn1_rs::{Any, Tag},
    x509::X509Name,
};

/// The subject's fields that the desk works with. All values as the CA wrote them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubjectFacts {
    /// The whole name, in the way of RFC 4514.
    pub text: String,
    pub common_name: Option<String>,
    pub organization: Option<String>,
    /// All OU values in their order, also those in one multi-valued RDN.
    pub organizational_units: Vec<String>,
    pub street: Option<String>,
    pub locality: Option<String>,
    pub state: Option<String>,
    pub country: Option<String>,
    pub postal_code: Option<String>,
    /// EV: the registration number of the organisation.
    pub registration_number: Option<String>,
    pub business_category: Option<String>,
    pub jurisdiction_country: Option<String>,
}

impl SubjectFacts {
    pub(crate) fn read(name: &X509Name<'_>) -> Result<Self, Unreadable> {
        let mut facts = Self { text: text(name)?, ..Self::default() };
        for attribute in name.iter_attributes() {
            let oid = attribute.attr_type().to_id_string();
            if oid == "2.5.4.11" {
                facts.organizational_units.push(value(attribute.attr_value())?);
                continue;
            }
            let field = match oid.as_str() {
                "2.5.4.3" => &mut facts.common_name,
                "2.5.4.5" => &mut facts.registration_number,
                "2.5.4.6" => &mut facts.country,
                "2.5.4.7" => &mut facts.locality,
                "2.5.4.8" => &mut facts.state,
                "2.5.4.9" => &mut facts.street,
                "2.5.4.10" => &mut facts.organization,
                "2.5.4.15" => &mut facts.business_category,
                "2.5.4.17" => &mut facts.postal_code,
                "1.3.6.1.4.1.311.60.2.1.3" => &mut facts.jurisdiction_country,
                _ => continue,
            };
            if field.is_none() {
                *field = Some(value(attribute.attr_value())?);
            }
        }
        Ok(facts)
    }
}

/// A value that cannot be shown: not in its own encoding, or with control or text-direction characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unreadable;

/// RFC 4514: most specific first, non-ASCII characters as they are.
pub(crate) fn text(name: &X509Name<'_>) -> Result<String, Unreadable> {
    let rdns: Result<Vec<String>, Unreadable> = name
        .iter_rdn()
        .map(|rdn| {
            let parts: Result<Vec<String>, Unreadable> = rdn
                .iter()
                .map(|attribute| {
                    let oid = attribute.attr_type().to_id_string();
                    Ok(format!("{}={}", short_name(&oid), written(attribute.attr_value())?))
                })
                .collect();
            Ok(parts?.join("+"))
        })
        .collect();
    let mut rdns = rdns?;
    rdns.reverse();
    Ok(rdns.join(","))
}

/// An attribute's value as it stands in a name: escaped, or in hex when it has no text (RFC 4514 2.4).
fn written(any: &Any<'_>) -> Result<String, Unreadable> {
    let text = value(any)?;
    Ok(if is_text(any.tag()) { escaped(&text) } else { text })
}

fn value(any: &Any<'_>) -> Result<String, Unreadable> {
    if !is_text(any.tag()) {
        return Ok(format!("#{}", hex::encode(any.data)));
    }
    let text = match any.tag() {
        Tag::Utf8String => std::str::from_utf8(any.data).ok().map(str::to_owned),
        Tag::BmpString => utf16(any.data),
        Tag::UniversalString => utf32(any.data),
        // T.61 was never implemented by anybody: in practice Latin-1, here and there UTF-8. Some CAs do the same to the
        // ASCII types.
        _ => Some(std::str::from_utf8(any.data).map_or_else(|_| latin_1(any.data), str::to_owned)),
    };
    text.filter(|text| !text.chars().any(is_unshowable)).ok_or(Unreadable)
}

fn is_text(tag: Tag) -> bool {
    matches!(
        tag,
        Tag::Utf8String
            | Tag::BmpString
            | Tag::UniversalString
            | Tag::T61String
            | Tag::PrintableString
            | Tag::Ia5String
            | Tag::VisibleString
            | Tag::NumericString
    )
}

fn latin_1(octets: &[u8]) -> String {
    octets.iter().copied().map(char::from).collect()
}

fn utf16(octets: &[u8]) -> Option<String> {
    let (pairs, rest) = octets.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().copied().map(u16::from_be_bytes).collect();
    if rest.is_empty() { String::from_utf16(&units).ok() } else { None }
}

fn utf32(octets: &[u8]) -> Option<String> {
    let (fours, rest) = octets.as_chunks::<4>();
    if !rest.is_empty() {
        return None;
    }
    fours.iter().map(|four| char::from_u32(u32::from_be_bytes(*four))).collect()
}

/// Characters that would change how the text around them is read.
pub(crate) fn is_unshowable(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn escaped(value: &str) -> String {
    let last = value.chars().count().saturating_sub(1);
    let mut text = String::new();
    for (index, c) in value.chars().enumerate() {
        let special = matches!(c, ',' | '+' | '"' | '\\' | '<' | '>' | ';');
        if special || (index == 0 && (c == '#' || c == ' ')) || (index == last && c == ' ') {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

fn short_name(oid: &str) -> &str {
    match oid {
        "2.5.4.3" => "CN",
        "2.5.4.5" => "serialNumber",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.9" => "STREET",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "2.5.4.15" => "businessCategory",
        "2.5.4.17" => "postalCode",
        "2.5.4.97" => "organizationIdentifier",
        "0.9.2342.19200300.100.1.1" => "UID",
        "0.9.2342.19200300.100.1.25" => "DC",
        "1.2.840.113549.1.9.1" => "emailAddress",
        "1.3.6.1.4.1.311.60.2.1.1" => "jurisdictionL",
        "1.3.6.1.4.1.311.60.2.1.2" => "jurisdictionST",
        "1.3.6.1.4.1.311.60.2.1.3" => "jurisdictionC",
        other => other,
    }
}
