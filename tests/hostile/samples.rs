//! What a route is sent: forms and JSON of the right shape whose facts are wrong, so that little comes of them.

use serde_json::{Value, json};

use super::town::Town;

/// Far ahead of any version that is there.
const STALE: i64 = 999;

/// Forms that refuse what they do not know, and what they know.
const STRICT: &[(&str, &[&str])] = &[("/desk/customers", &["_csrf", "subscriber", "login", "name", "email"])];

/// One form for all other routes: they take no notice of fields that they do not know.
pub fn form(path: &str, csrf: &str) -> Vec<(&'static str, String)> {
    let mut fields = vec![("_csrf", csrf.to_owned()), ("version", STALE.to_string()), ("count", "1".to_owned())];
    fields.extend(EMPTY.iter().map(|name| (*name, String::new())));
    fields.extend(FILLED.iter().map(|(name, value)| (*name, (*value).to_owned())));
    if let Some((_, known)) = STRICT.iter().find(|(strict, _)| *strict == path) {
        fields.retain(|(name, _)| known.contains(name));
    }
    fields
}

/// Fields that a form wants to be there.
const EMPTY: &[&str] = &["email", "login", "password", "current", "new", "repeated", "name", "ground", "note", "csv"];

const FILLED: &[(&str, &str)] =
    &[("idem", "00000000-0000-4000-8000-000000000000"), ("role", "agent"), ("subscriber", "1")];

/// What a page has to be asked with.
pub fn query(path: &str) -> &'static str {
    match path {
        "/desk/settings/users/{id}/role" => "?role=agent",
        "/desk/contacts/new" => "?subscriber=1&role=procedure_contact",
        _ => "",
    }
}

/// The body of an API route.
pub fn body(address: &str) -> Value {
    match address.split('?').next().unwrap().rsplit('/').next().unwrap() {
        "subscribers" => json!({ "name": "" }),
        "contacts" | "contact_changes" => json!({
            "role": "boss", "name": "", "email": "", "phone": "", "phone_source": "", "verified_on": "2026-05-01",
        }),
        "customers" => json!({ "login": "", "name": "", "email": "" }),
        "certificates" => json!({ "subscriber_id": 1, "pem": "" }),
        "reissues" => {
            json!({ "certificate_id": 99, "reason": "other", "csr": "reuse", "consent": { "version": "" } })
        }
        "replacement" => json!({ "pem": "" }),
        "calls" => json!({ "outcome": "no_answer", "version": STALE }),
        "revocation" => json!({ "serial_suffix": "", "version": STALE }),
        "requested_on" => json!({ "requested_on": "2026-12-08", "version": STALE }),
        "hold" => json!({ "note": "x", "version": STALE }),
        "withdrawal" | "key_compromise" | "override" => json!({ "ground": "x", "version": STALE }),
        "webhooks" => json!({ "name": "", "url": "", "events": [], "reason": "" }),
        "removal" | "pause" | "resume" | "secret" => json!({ "reason": "" }),
        "batch_runs" => json!({ "task": "revoke_due", "dry_run": true }),
        "imports" => json!({ "kind": "" }),
        "rows" => json!({ "rows": [] }),
        _ => json!({}),
    }
}

/// What stands in a part of an address that has braces: of a tenant where there is a choice. One line for each place.
pub fn place(town: &Town, tenant: &super::town::Tenant, before: &str, name: &str) -> String {
    let id = |id: i64| id.to_string();
    match (before, name) {
        ("/desk/cases" | "/portal/requests" | "/api/v1/cases" | "/api/v1/reissues", _) => tenant.case_number(),
        ("/portal/certificates", "{no}") => tenant.certificate_number(),
        (before, "{file}") if before.starts_with("/portal/") => "certificate.pem".to_owned(),
        (before, "{form}") if before.starts_with("/portal/") => "revocation_application".to_owned(),
        ("/portal/password", _) => "no-such-token".to_owned(),
        ("/desk/bulk", _) => id(town.bulk),
        ("/desk/batches" | "/api/v1/batch_runs", _) => id(town.run),
        ("/desk/views", _) => id(town.view),
        ("/desk/imports/samples", _) => "contacts".to_owned(),
        ("/desk/imports" | "/api/v1/imports", _) => id(town.import),
        ("/desk/contacts/proposals", _) => id(tenant.proposal),
        ("/desk/contacts/changes" | "/api/v1/contact_changes", _) => id(tenant.change),
        ("/desk/mails" | "/api/v1/messages", _) => id(tenant.message),
        ("/desk/customers", _) => id(tenant.customer),
        ("/desk/evidence", _) => id(town.document),
        ("/api/v1/subscribers", _) => id(tenant.subscriber),
        ("/api/v1/certificates", _) => id(tenant.free.id),
        ("/desk/settings/users", _) => id(town.colleague),
        ("/desk/settings/tokens", _) => id(town.token),
        ("/desk/settings/webhooks" | "/api/v1/webhooks", _) => id(town.webhook),
        ("/desk/settings/texts", _) => town.text.clone(),
        ("/desk/settings/calendar/closures", _) => "2026-12-15".to_owned(),
        ("/crl", _) => format!("{}.crl", town.issuer),
        (before, "{hash}" | "{*name}") if before.starts_with("/assets") => "none".to_owned(),
        _ => "1".to_owned(),
    }
}
