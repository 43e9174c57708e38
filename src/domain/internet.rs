//! Which network addresses are machines of the internet, and which must not be connected to on somebody else's word.
//!
//! The registries are IANA's special-purpose address registries (RFC 6890 and its successors).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether an address is that of a machine anywhere on the internet: no private, local, shared, reserved or documentation
/// address, and none that leads to such a one in disguise.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

#[allow(clippy::match_same_arms, reason = "each kind of address on a line of its own")]
fn is_public_v4(address: Ipv4Addr) -> bool {
    let special = matches!(
        address.octets(),
        // This network, private use, loopback; multicast, reserved, broadcast.
        [0 | 10 | 127 | 224..=255, ..]
            // Shared between providers (RFC 6598).
            | [100, 64..=127, ..]
            // Link-local, and the metadata services of clouds.
            | [169, 254, ..]
            | [172, 16..=31, ..]
            // Protocol assignments, documentation, relays (RFC 7526), private use.
            | [192, 0, 0 | 2, _] | [192, 88, 99, _] | [192, 168, ..]
            // Benchmarks (RFC 2544), documentation.
            | [198, 18 | 19, ..] | [198, 51, 100, _] | [203, 0, 113, _]
    );
    !special
}

/// All that is given out lies within 2000::/3.
#[allow(clippy::match_same_arms, reason = "each kind of address on a line of its own")]
fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // An IPv4 address: mapped, behind a translator (RFC 6052), or 6to4.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            is_public_v4(v4(high, low))
        }
        // Protocol assignments, Teredo among them; documentation.
        [0x2001, second, ..] => second >= 0x200 && second != 0xdb8,
        // Documentation (RFC 9637).
        [0x3fff, second, ..] => second >= 0x1000,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

fn v4(high: u16, low: u16) -> Ipv4Addr {
    let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
    Ipv4Addr::new(a, b, c, d)
}
