//! Reads `material.toml`: names, places and words of the demonstration data.

use serde::Deserialize;

use crate::domain::role::Role;
use crate::errors::{Error, Result};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Material {
    /// Of every account.
    pub password: String,
    /// Name, reading, in Latin letters.
    pub families: Vec<[String; 3]>,
    pub givens: Vec<[String; 3]>,
    /// Name, reading, name in English, domain, prefecture, city.
    pub organisations: Vec<[String; 6]>,
    pub staff: Vec<Person>,
    pub customers: Vec<KnownCustomer>,
    pub words: Words,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    pub name: String,
    pub email: String,
    role: String,
}

/// Somebody with a log-in for the portal that is told.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownCustomer {
    /// ユーザーID
    pub login: String,
    pub name: String,
    /// Place in `organisations`, from 0.
    pub organisation: usize,
}

impl Person {
    pub fn role(&self) -> Result<Role> {
        Ok(self.role.parse()?)
    }
}

/// What people write and say.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    pub phone_source: String,
    pub phone_source_ev: String,
    pub verifier: String,
    pub departments: Vec<String>,
    pub caller_ground: String,
    pub withdrawn: String,
    pub held: String,
    pub r#override: String,
    pub confirmed: String,
    pub no_answer: String,
    pub call_back: String,
    pub contact_changed: String,
    pub identity_failed: String,
    pub wrong_number: String,
    pub withdraw: String,
}

pub fn read() -> Result<Material> {
    toml::from_str(include_str!("material.toml")).map_err(Error::internal)
}
