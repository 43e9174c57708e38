//! The accounts of the demonstration: known password, no change demanded.

use sea_orm::prelude::DateTimeUtc;

use super::Account;
use super::material::Material;
use crate::domain::actor::{Actor, Identity};
use crate::domain::role::Role;
use crate::errors::{Error, Result};
use crate::models::passwords::Passwords;
use crate::models::users;
use crate::services::Services;

pub struct Staff {
    pub agents: Vec<Actor>,
    pub supervisors: Vec<Actor>,
    pub accounts: Vec<Account>,
}

/// Accounts that exist already are used as they are.
pub async fn hire(desk: &Services, passwords: &Passwords, material: &Material, now: DateTimeUtc) -> Result<Staff> {
    let mut staff = Staff { agents: Vec::new(), supervisors: Vec::new(), accounts: Vec::new() };
    for person in &material.staff {
        let role = person.role()?;
        let known = users::Entity::find_by_email(&desk.db, &person.email).await?;
        let user = if let Some(user) = known {
            user
        } else {
            let password_hash = passwords.hash(material.password.clone()).await.map_err(Error::internal)?;
            let (email, name) = (person.email.clone(), person.name.clone());
            let new = users::NewUser { email, name, role, password_hash, must_change_password: false };
            users::insert(&desk.db, new, now).await?
        };
        staff.accounts.push(Account { name: user.name.clone(), email: user.email, role });
        let actor = Actor::new(Identity::Staff { id: user.id, name: user.name, role }, None);
        match role {
            Role::Agent => staff.agents.push(actor),
            Role::Supervisor => staff.supervisors.push(actor),
            Role::Admin | Role::Auditor => {}
        }
    }
    Ok(staff)
}
