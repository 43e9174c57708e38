//! The JSON API as an order system, a telephone system and a monitor meet it.

mod accounts;
mod contract;
mod desk;
mod idempotency;
mod imports;
mod lists;
mod main_job;
mod ocsp;
mod refusals;
mod roles;
mod webhooks;
