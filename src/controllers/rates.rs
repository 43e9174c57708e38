//! How often one address or one token may ask within a minute. In memory of each process: n nodes let n times as much pass.
//!
//! Log-ins have a limit of their own that all nodes share (`actions/lockout.rs`); the desk's pages have none, because many
//! members of staff may share one address.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use loco_rs::app::AppContext;
use sha2::{Digest, Sha256};

use super::extractors::{ClientAddress, bearer};
use crate::{services::Services, settings::Limits};

/// Askers remembered at most; beyond it those who have all their turns again are forgotten.
const REMEMBERED: usize = 50_000;

/// What is counted apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Asker {
    /// Requests to the portal.
    Portal(IpAddr),
    /// Requests of a program with a token, by the token's hash.
    Token([u8; 32]),
    /// Answers 401 of the API.
    Unknown(IpAddr),
}

/// What is left to an asker at an instant. Turns come back evenly, up to the limit of a minute.
#[derive(Debug, Clone, Copy)]
struct Turns {
    left: f64,
    at: DateTime<Utc>,
}

/// The counts of one process.
#[derive(Clone)]
pub struct Rates {
    limits: Limits,
    turns: Arc<Mutex<HashMap<Asker, Turns>>>,
}

impl Rates {
    pub fn new(limits: Limits) -> Self {
        Self { limits, turns: Arc::default() }
    }

    fn limit(&self, asker: &Asker) -> f64 {
        f64::from(match asker {
            Asker::Portal(_) => self.limits.portal_per_minute,
            Asker::Token(_) => self.limits.api_per_minute,
            Asker::Unknown(_) => self.limits.unknown_tokens_per_minute,
        })
    }

    /// Whether there is a turn left; takes it when `take`.
    fn admits(&self, asker: Asker, take: bool, now: DateTime<Utc>) -> bool {
        let limit = self.limit(&asker);
        let mut all = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= REMEMBERED {
            all.retain(|asker, turns| regained(*turns, self.limit(asker), now) < self.limit(asker));
        }
        let known = all.get(&asker).copied();
        let mut left = known.map_or(limit, |turns| regained(turns, limit, now));
        let admitted = left >= 1.0;
        if admitted && take {
            left -= 1.0;
            // Full of askers who all have used turns within the last minute: better to forget one than to grow.
            if all.len() < REMEMBERED || known.is_some() {
                all.insert(asker, Turns { left, at: now });
            }
        }
        admitted
    }
}

/// The clock may have been set back: nothing is lost by that.
fn regained(turns: Turns, limit: f64, now: DateTime<Utc>) -> f64 {
    let milliseconds = i32::try_from((now - turns.at).num_milliseconds().clamp(0, 60_000)).unwrap_or_default();
    (turns.left + limit * f64::from(milliseconds) / 60_000.0).min(limit)
}

/// An IPv6 network of one customer counts as one address: its hosts are as many as somebody likes.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => IpAddr::V4(v4),
            None => IpAddr::V6(Ipv6Addr::from(u128::from(v6) & !u128::from(u64::MAX))),
        },
    }
}

/// The layer around all routes: 429 with the time to wait.
pub async fn limit(State((ctx, rates)): State<(AppContext, Rates)>, request: Request, next: Next) -> Response {
    let Ok(desk) = Services::of(&ctx) else { return next.run(request).await };
    let (mut parts, body) = request.into_parts();
    let Ok(ClientAddress(address)) = ClientAddress::from_request_parts(&mut parts, &ctx).await;
    let address = address.map(network);
    let (path, token) = (parts.uri.path(), token(&parts.headers));
    let api = path.starts_with("/api/v1/");
    let portal = path == "/portal" || path.starts_with("/portal/");
    let unknown = address.filter(|_| api).map(Asker::Unknown);
    let counted = match (token, address) {
        (Some(token), _) if api => Some(Asker::Token(token)),
        (_, Some(address)) if portal => Some(Asker::Portal(address)),
        _ => None,
    };
    let now = desk.clock.now();
    let guessing = unknown.clone().is_some_and(|asker| !rates.admits(asker, false, now));
    if guessing || counted.is_some_and(|asker| !rates.admits(asker, true, now)) {
        return refused();
    }
    let response = next.run(Request::from_parts(parts, body)).await;
    if response.status() == StatusCode::UNAUTHORIZED
        && let Some(asker) = unknown
    {
        rates.admits(asker, true, now);
    }
    response
}

fn token(headers: &HeaderMap) -> Option<[u8; 32]> {
    bearer(headers).map(|token| Sha256::digest(token.as_bytes()).into())
}

fn refused() -> Response {
    const SECONDS: HeaderValue = HeaderValue::from_static("60");
    (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, SECONDS)]).into_response()
}

#[cfg(test)]
mod tests {
    use chrono::Duration;

    use super::*;

    fn rates() -> Rates {
        Rates::new(Limits { portal_per_minute: 6, api_per_minute: 600, unknown_tokens_per_minute: 3 })
    }

    #[test]
    fn turns_are_used_up_and_come_back_evenly() {
        let (rates, start) = (rates(), DateTime::UNIX_EPOCH);
        let ask = |second| rates.admits(Asker::Portal([192, 0, 2, 1].into()), true, start + Duration::seconds(second));
        assert_eq!((0..7).map(|_| ask(0)).collect::<Vec<_>>(), [true, true, true, true, true, true, false]);
        for (second, admitted) in [(9, false), (10, true), (10, false), (5, false), (30, true), (30, true), (30, false)]
        {
            assert_eq!(ask(second), admitted, "after {second} s");
        }
        assert_eq!((0..7).filter(|_| ask(3600)).count(), 6, "no more than a minute's are saved up");
    }

    #[test]
    fn each_address_and_each_kind_is_counted_apart_but_not_each_host_of_a_network() {
        let (rates, now) = (rates(), DateTime::UNIX_EPOCH);
        let unknown = |address: &str| rates.admits(Asker::Unknown(network(address.parse().unwrap())), true, now);
        for (address, admitted) in [
            ("192.0.2.1", true),
            ("192.0.2.1", true),
            ("::ffff:192.0.2.1", true),
            ("192.0.2.1", false),
            ("192.0.2.2", true),
            ("2001:db8:0:1::1", true),
            ("2001:db8:0:1::2", true),
            ("2001:db8:0:1:ffff::", true),
            ("2001:db8:0:1::9", false),
            ("2001:db8:0:2::1", true),
        ] {
            assert_eq!(unknown(address), admitted, "{address}");
        }
        assert!(rates.admits(Asker::Portal([192, 0, 2, 1].into()), true, now));
    }

    #[test]
    fn looking_takes_no_turn() {
        let (rates, now) = (rates(), DateTime::UNIX_EPOCH);
        assert!((0..10).all(|_| rates.admits(Asker::Unknown([192, 0, 2, 1].into()), false, now)));
    }

    #[test]
    fn askers_who_are_long_gone_are_forgotten() {
        let (rates, now) = (rates(), DateTime::UNIX_EPOCH);
        for n in 0..u32::try_from(REMEMBERED).unwrap() {
            assert!(rates.admits(Asker::Portal(IpAddr::V4(n.into())), true, now));
        }
        assert!(rates.admits(Asker::Portal([203, 0, 113, 1].into()), true, now + Duration::minutes(2)));
        assert_eq!(rates.turns.lock().unwrap().len(), 1);
    }
}
