//! T8: script payloads in every text that people wrote, on every page, in Chromium (`reliability.md`).

mod payloads;

// The town and the list of routes of `tests/hostile`: a route that is added there is opened here.
#[path = "../../hostile/guests.rs"]
#[allow(dead_code, reason = "the other tests use it")]
mod guests;
#[path = "../../hostile/routes.rs"]
#[allow(dead_code, reason = "the other tests use it")]
mod routes;
#[path = "../../hostile/samples.rs"]
#[allow(dead_code, reason = "the other tests use it")]
mod samples;
#[path = "../../hostile/town.rs"]
#[allow(dead_code, reason = "the other tests use it")]
mod town;
