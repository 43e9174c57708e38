//! Every route of the program with who may use it. One line each; the tests of this folder go through all of them.

use axum::http::Method;
use revocation_desk::domain::role::{Permission as P, Role};

/// Who gets past a route.
#[derive(Debug, Clone, Copy)]
pub enum Door {
    /// Everybody, logged in or not.
    Open,
    /// This machine only.
    Operator,
    /// Nobody outside development.
    Development,
    /// Whoever is logged in as a member of staff.
    Staff,
    /// Staff and tokens whose role may do all of this.
    Needs(&'static [P]),
    /// Staff and tokens whose role may do one of these.
    Either(&'static [P]),
    /// Customers, and of what has a number only their own.
    Customer,
}

impl Door {
    pub fn admits(self, role: Role) -> bool {
        match self {
            Self::Open | Self::Staff => true,
            Self::Needs(permissions) => permissions.iter().all(|permission| role.may(*permission)),
            Self::Either(permissions) => permissions.iter().any(|permission| role.may(*permission)),
            Self::Operator | Self::Development | Self::Customer => false,
        }
    }
}

use Door::{Customer, Development, Either, Needs, Open, Operator, Staff};

const READ: Door = Needs(&[P::ReadCases]);
const WORK: Door = Needs(&[P::WorkCases]);
const SUPERVISE: Door = Needs(&[P::Supervise]);
const RUN: Door = Needs(&[P::RunBatch]);
const ADMINISTER: Door = Needs(&[P::Administer]);
const APPROVE_CONTACT: Door = Needs(&[P::ApproveContactChange]);
const AUDIT: Door = Needs(&[P::ReadAudit]);
const INVITE: Door = Needs(&[P::InviteCustomers]);
const CLOSE: Door = Needs(&[P::CloseAccounts]);
/// Order systems and the desk.
const REGISTER: Door = Either(&[P::WorkCases, P::Administer]);

/// Many at once.
const IMPORT: Door = Needs(&[P::Import]);

pub const ROUTES: &[(&str, Door)] = &[
    // Outside the rooms.
    ("GET /", Staff),
    ("GET /_health", Operator),
    ("GET /_readiness", Operator),
    ("GET /metrics", Operator),
    ("GET /assets/{hash}/{*name}", Open),
    // Made-up data; not in production.
    ("GET /_styleguide", Open),
    ("GET /dev/mail", Development),
    ("GET /dev/mail/{name}", Development),
    ("GET /dev/mail/{name}/html", Development),
    ("GET /crl/{file}", Open),
    ("GET /ocsp/{issuer_id}/{*request}", Open),
    ("POST /ocsp/{issuer_id}", Open),
    ("GET /login/code", Open),
    ("POST /login/code", Open),
    ("POST /login/passkey", Open),
    ("GET /login/sso", Open),
    ("GET /login/sso/callback", Open),
    ("GET /login", Open),
    ("POST /login", Open),
    ("POST /logout", Staff),
    ("GET /password", Staff),
    ("POST /password", Staff),
    // The desk: the day and one case.
    ("GET /desk", Staff),
    ("GET /desk/today", READ),
    ("POST /desk/next", WORK),
    ("GET /desk/calls/incoming", WORK),
    ("GET /desk/kept", READ),
    ("GET /desk/news/events", READ),
    ("GET /desk/cases/{no}", READ),
    ("POST /desk/cases/{no}/claim", WORK),
    ("POST /desk/cases/{no}/claim/renewal", WORK),
    ("POST /desk/cases/{no}/claim/release", WORK),
    ("POST /desk/cases/{no}/calls", WORK),
    ("GET /desk/cases/{no}/revocation/new", WORK),
    ("POST /desk/cases/{no}/revocation", WORK),
    ("GET /desk/cases/{no}/requested_on/edit", WORK),
    ("POST /desk/cases/{no}/requested_on", WORK),
    ("GET /desk/cases/{no}/withdrawal/new", WORK),
    ("POST /desk/cases/{no}/withdrawal", WORK),
    ("POST /desk/cases/{no}/installation", WORK),
    ("GET /desk/cases/{no}/hold/new", WORK),
    ("POST /desk/cases/{no}/hold", WORK),
    ("GET /desk/cases/{no}/hold/release", WORK),
    ("POST /desk/cases/{no}/hold/release", WORK),
    ("GET /desk/cases/{no}/override/new", SUPERVISE),
    ("POST /desk/cases/{no}/override", SUPERVISE),
    ("POST /desk/cases/{no}/override/approval", SUPERVISE),
    ("GET /desk/cases/{no}/key_compromise/new", WORK),
    ("POST /desk/cases/{no}/key_compromise", WORK),
    ("GET /desk/reissues/new", WORK),
    ("POST /desk/reissues", WORK),
    ("GET /desk/agreement", READ),
    ("GET /desk/evidence/{id}", READ),
    ("GET /desk/preferences", READ),
    ("POST /desk/preferences", READ),
    ("GET /desk/account", Staff),
    ("GET /desk/account/code", Staff),
    ("POST /desk/account/code", Staff),
    ("GET /desk/account/code/off", Staff),
    ("POST /desk/account/code/off", Staff),
    ("GET /desk/account/passkeys", READ),
    ("POST /desk/account/passkeys", Staff),
    ("POST /desk/account/passkeys/{id}/removal", READ),
    ("POST /desk/account/sessions/end", Staff),
    // Lists.
    ("GET /desk/cases", READ),
    ("GET /desk/calendar", READ),
    ("POST /desk/columns", READ),
    ("POST /desk/exports/cases", READ),
    ("POST /desk/views", READ),
    ("GET /desk/views/new", READ),
    ("GET /desk/views/{id}", READ),
    ("POST /desk/views/{id}", READ),
    ("POST /desk/views/{id}/removal", READ),
    ("GET /desk/bulk", READ),
    ("POST /desk/bulk", WORK),
    ("POST /desk/bulk/file", WORK),
    ("GET /desk/bulk/sample.csv", READ),
    ("GET /desk/bulk/{id}", READ),
    ("POST /desk/bulk/{id}/execution", WORK),
    ("POST /desk/bulk/{id}/request", WORK),
    ("POST /desk/bulk/{id}/approval", SUPERVISE),
    ("POST /desk/bulk/{id}/decline", SUPERVISE),
    ("POST /desk/bulk/{id}/cancellation", WORK),
    ("GET /desk/imports", IMPORT),
    ("POST /desk/imports", IMPORT),
    ("GET /desk/imports/samples/{kind}", IMPORT),
    ("GET /desk/imports/{id}", IMPORT),
    ("POST /desk/imports/{id}/cancellation", IMPORT),
    ("POST /desk/imports/{id}/refused", IMPORT),
    // The machine, and what is read about the desk.
    ("GET /desk/batches", READ),
    ("POST /desk/batches", RUN),
    ("GET /desk/batches/{id}", READ),
    ("GET /desk/batches/{id}/events", READ),
    ("POST /desk/batches/{id}/release", SUPERVISE),
    ("POST /desk/batches/{id}/pause", RUN),
    ("POST /desk/batches/{id}/resume", RUN),
    ("POST /desk/batches/{id}/retry", RUN),
    ("GET /desk/reports", Needs(&[P::ReadReports])),
    ("POST /desk/reports/export", Needs(&[P::ReadReports, P::Export])),
    ("GET /desk/audit", READ),
    ("POST /desk/audit/export", Needs(&[P::ReadAudit, P::Export])),
    ("POST /desk/audit/checks", AUDIT),
    ("GET /desk/audit/unlock/new", AUDIT),
    ("POST /desk/audit/unlock", AUDIT),
    // People.
    ("GET /desk/contacts", READ),
    ("GET /desk/contacts/new", WORK),
    ("GET /desk/contacts/proposals/{id}", READ),
    ("POST /desk/contacts/proposals/{id}/verification", WORK),
    ("POST /desk/contacts/proposals/{id}/decline", WORK),
    ("POST /desk/contacts/changes", WORK),
    ("GET /desk/contacts/changes/{id}", READ),
    ("POST /desk/contacts/changes/{id}/approval", APPROVE_CONTACT),
    ("POST /desk/contacts/changes/{id}/decline", APPROVE_CONTACT),
    ("GET /desk/mails", READ),
    ("GET /desk/mails/{id}", READ),
    ("GET /desk/mails/{id}/resend/new", WORK),
    ("POST /desk/mails/{id}/resend", WORK),
    ("POST /desk/mails/{id}/cancel", WORK),
    ("GET /desk/customers", READ),
    ("POST /desk/customers", INVITE),
    ("GET /desk/customers/new", INVITE),
    ("GET /desk/customers/{id}", READ),
    ("POST /desk/customers/{id}/invitation", INVITE),
    ("POST /desk/customers/{id}/disable", CLOSE),
    ("POST /desk/customers/{id}/enable", CLOSE),
    ("POST /desk/customers/{id}/code/release", CLOSE),
    // What administrators change.
    ("GET /desk/settings/mail_texts", ADMINISTER),
    ("GET /desk/settings/call_scripts", ADMINISTER),
    ("GET /desk/settings/texts/{name}", ADMINISTER),
    ("POST /desk/settings/texts/{name}/edit", ADMINISTER),
    ("POST /desk/settings/texts/{name}/preview", ADMINISTER),
    ("POST /desk/settings/texts/{name}/test", ADMINISTER),
    ("POST /desk/settings/texts/{name}/versions", ADMINISTER),
    ("GET /desk/settings/texts/{name}/versions/{version}", ADMINISTER),
    ("GET /desk/settings", ADMINISTER),
    ("GET /desk/settings/calls", ADMINISTER),
    ("POST /desk/settings/calls", ADMINISTER),
    ("POST /desk/settings/calls/preview", ADMINISTER),
    ("GET /desk/settings/hours", ADMINISTER),
    ("POST /desk/settings/hours", ADMINISTER),
    ("POST /desk/settings/hours/preview", ADMINISTER),
    ("GET /desk/settings/installation", ADMINISTER),
    ("POST /desk/settings/installation", ADMINISTER),
    ("POST /desk/settings/installation/preview", ADMINISTER),
    ("GET /desk/settings/sso", ADMINISTER),
    ("POST /desk/settings/sso/check", ADMINISTER),
    ("POST /desk/settings/users/review", ADMINISTER),
    ("GET /desk/settings/users/{id}/factor", ADMINISTER),
    ("POST /desk/settings/users/{id}/factor", ADMINISTER),
    ("GET /desk/settings/users/{id}/sessions", ADMINISTER),
    ("POST /desk/settings/users/{id}/sessions", ADMINISTER),
    ("POST /desk/settings/ca/check/{name}", ADMINISTER),
    ("GET /desk/settings/ca/rate/{name}", ADMINISTER),
    ("POST /desk/settings/ca/rate/{name}", ADMINISTER),
    ("POST /desk/settings/ca/rate/{name}/preview", ADMINISTER),
    ("GET /desk/settings/validity", ADMINISTER),
    ("POST /desk/settings/validity", ADMINISTER),
    ("POST /desk/settings/validity/preview", ADMINISTER),
    ("GET /desk/settings/calendar", ADMINISTER),
    ("POST /desk/settings/calendar/holidays/preview", ADMINISTER),
    ("POST /desk/settings/calendar/holidays", ADMINISTER),
    ("POST /desk/settings/calendar/closures/preview", ADMINISTER),
    ("POST /desk/settings/calendar/closures", ADMINISTER),
    ("GET /desk/settings/calendar/closures/{date}/removal", ADMINISTER),
    ("POST /desk/settings/calendar/closures/{date}/removal", ADMINISTER),
    ("GET /desk/settings/users", ADMINISTER),
    ("POST /desk/settings/users", ADMINISTER),
    ("GET /desk/settings/users/new", ADMINISTER),
    ("GET /desk/settings/users/{id}", ADMINISTER),
    ("GET /desk/settings/users/{id}/role", ADMINISTER),
    ("POST /desk/settings/users/{id}/role", ADMINISTER),
    ("GET /desk/settings/users/{id}/disable", ADMINISTER),
    ("POST /desk/settings/users/{id}/disable", ADMINISTER),
    ("GET /desk/settings/users/{id}/enable", ADMINISTER),
    ("POST /desk/settings/users/{id}/enable", ADMINISTER),
    ("GET /desk/settings/users/{id}/password", ADMINISTER),
    ("POST /desk/settings/users/{id}/password", ADMINISTER),
    ("GET /desk/settings/tokens", ADMINISTER),
    ("POST /desk/settings/tokens", ADMINISTER),
    ("GET /desk/settings/tokens/new", ADMINISTER),
    ("GET /desk/settings/tokens/{id}/revocation", ADMINISTER),
    ("POST /desk/settings/tokens/{id}/revocation", ADMINISTER),
    ("GET /desk/settings/webhooks", ADMINISTER),
    ("POST /desk/settings/webhooks", ADMINISTER),
    ("GET /desk/settings/webhooks/new", ADMINISTER),
    ("GET /desk/settings/webhooks/{id}", ADMINISTER),
    ("POST /desk/settings/webhooks/{id}/test", ADMINISTER),
    ("GET /desk/settings/webhooks/{id}/pause", ADMINISTER),
    ("POST /desk/settings/webhooks/{id}/pause", ADMINISTER),
    ("GET /desk/settings/webhooks/{id}/resume", ADMINISTER),
    ("POST /desk/settings/webhooks/{id}/resume", ADMINISTER),
    ("GET /desk/settings/webhooks/{id}/secret", ADMINISTER),
    ("POST /desk/settings/webhooks/{id}/secret", ADMINISTER),
    ("GET /desk/settings/webhooks/{id}/removal", ADMINISTER),
    ("POST /desk/settings/webhooks/{id}/removal", ADMINISTER),
    ("POST /desk/settings/webhooks/{id}/deliveries/{delivery}/resend", ADMINISTER),
    ("GET /desk/settings/ca", ADMINISTER),
    ("POST /desk/settings/ca/check", ADMINISTER),
    ("GET /desk/settings/ca/pause", ADMINISTER),
    ("POST /desk/settings/ca/pause", ADMINISTER),
    ("GET /desk/settings/ca/resume", ADMINISTER),
    ("POST /desk/settings/ca/resume", ADMINISTER),
    // The portal.
    ("GET /portal", Customer),
    ("GET /portal/login", Open),
    ("POST /portal/login", Open),
    ("GET /portal/login/code", Open),
    ("POST /portal/login/code", Open),
    ("POST /portal/logout", Customer),
    ("GET /portal/password/new", Open),
    ("POST /portal/password/new", Open),
    ("GET /portal/password/{token}", Open),
    ("POST /portal/password/{token}", Open),
    ("GET /portal/account", Customer),
    ("GET /portal/account/password", Customer),
    ("POST /portal/account/password", Customer),
    ("GET /portal/account/code", Customer),
    ("POST /portal/account/code", Customer),
    ("GET /portal/account/code/off", Customer),
    ("POST /portal/account/code/off", Customer),
    ("GET /portal/certificates", Customer),
    ("GET /portal/certificates/{no}", Customer),
    ("GET /portal/certificates/{no}/{file}", Customer),
    ("POST /portal/certificates/{no}/forms/{form}", Customer),
    ("GET /portal/certificates/{no}/reissue", Customer),
    ("GET /portal/certificates/{no}/reissue/reason", Customer),
    ("POST /portal/certificates/{no}/reissue/reason", Customer),
    ("GET /portal/certificates/{no}/reissue/csr", Customer),
    ("POST /portal/certificates/{no}/reissue/csr", Customer),
    ("GET /portal/certificates/{no}/reissue/confirm", Customer),
    ("POST /portal/certificates/{no}/reissue/confirm", Customer),
    ("GET /portal/requests", Customer),
    ("GET /portal/requests/{no}", Customer),
    ("GET /portal/requests/{no}/done", Customer),
    ("GET /portal/requests/{no}/requested_on", Customer),
    ("POST /portal/requests/{no}/requested_on", Customer),
    ("GET /portal/requests/{no}/withdrawal", Customer),
    ("POST /portal/requests/{no}/withdrawal", Customer),
    ("GET /portal/requests/{no}/call_band", Customer),
    ("POST /portal/requests/{no}/call_band", Customer),
    ("GET /portal/requests/{no}/contact", Customer),
    ("POST /portal/requests/{no}/contact", Customer),
    ("GET /portal/requests/{no}/key_compromise", Customer),
    ("POST /portal/requests/{no}/key_compromise", Customer),
    ("GET /portal/requests/{no}/csr", Customer),
    ("POST /portal/requests/{no}/csr", Customer),
    // The JSON API.
    ("GET /api/openapi.json", Open),
    ("GET /api/docs", Open),
    ("POST /api/v1/subscribers", REGISTER),
    ("GET /api/v1/subscribers", READ),
    ("GET /api/v1/subscribers/{id}", READ),
    ("POST /api/v1/subscribers/{id}/contacts", REGISTER),
    ("POST /api/v1/subscribers/{id}/contact_changes", REGISTER),
    ("POST /api/v1/subscribers/{id}/customers", INVITE),
    ("GET /api/v1/contact_changes/{id}", READ),
    ("POST /api/v1/contact_changes/{id}/approval", APPROVE_CONTACT),
    ("POST /api/v1/certificates", REGISTER),
    ("GET /api/v1/certificates/{id}", READ),
    ("GET /api/v1/certificates/{id}/eligibility", READ),
    ("POST /api/v1/reissues", REGISTER),
    ("POST /api/v1/reissues/{reception_number}/replacement", REGISTER),
    ("GET /api/v1/imports", IMPORT),
    ("POST /api/v1/imports", IMPORT),
    ("GET /api/v1/imports/{id}", IMPORT),
    ("GET /api/v1/imports/{id}/rows", IMPORT),
    ("POST /api/v1/imports/{id}/rows", IMPORT),
    ("POST /api/v1/imports/{id}/start", IMPORT),
    ("POST /api/v1/imports/{id}/cancellation", IMPORT),
    ("GET /api/v1/cases", READ),
    ("GET /api/v1/cases/{reception_number}", READ),
    ("GET /api/v1/cases/{reception_number}/timeline", READ),
    ("GET /api/v1/cases/{reception_number}/evidence/{id}", READ),
    ("POST /api/v1/cases/next", WORK),
    ("POST /api/v1/cases/{reception_number}/claim", WORK),
    ("DELETE /api/v1/cases/{reception_number}/claim", WORK),
    ("POST /api/v1/cases/{reception_number}/calls", WORK),
    ("POST /api/v1/cases/{reception_number}/revocation", WORK),
    ("PUT /api/v1/cases/{reception_number}/requested_on", WORK),
    ("POST /api/v1/cases/{reception_number}/withdrawal", WORK),
    ("POST /api/v1/cases/{reception_number}/hold", WORK),
    ("DELETE /api/v1/cases/{reception_number}/hold", WORK),
    ("POST /api/v1/cases/{reception_number}/override", SUPERVISE),
    ("POST /api/v1/cases/{reception_number}/key_compromise", WORK),
    ("POST /api/v1/batch_runs", RUN),
    ("GET /api/v1/batch_runs", READ),
    ("GET /api/v1/batch_runs/{id}", READ),
    ("GET /api/v1/messages", READ),
    ("POST /api/v1/messages/{id}/resend", WORK),
    ("GET /api/v1/audit_events", AUDIT),
    ("GET /api/v1/audit_events/verification", AUDIT),
    ("POST /api/v1/webhooks", ADMINISTER),
    ("GET /api/v1/webhooks", ADMINISTER),
    ("GET /api/v1/webhooks/{id}", ADMINISTER),
    ("POST /api/v1/webhooks/{id}/removal", ADMINISTER),
    ("POST /api/v1/webhooks/{id}/pause", ADMINISTER),
    ("POST /api/v1/webhooks/{id}/resume", ADMINISTER),
    ("POST /api/v1/webhooks/{id}/secret", ADMINISTER),
    ("POST /api/v1/webhooks/{id}/test", ADMINISTER),
    ("GET /api/v1/webhooks/{id}/deliveries", ADMINISTER),
    ("POST /api/v1/webhooks/{id}/deliveries/{delivery}/resend", ADMINISTER),
];

#[derive(Debug, Clone)]
pub struct Route {
    pub method: Method,
    pub path: &'static str,
    pub door: Door,
}

impl Route {
    pub fn is_api(&self) -> bool {
        self.path.starts_with("/api/v1/")
    }

    pub fn is_portal(&self) -> bool {
        self.path == "/portal" || self.path.starts_with("/portal/")
    }

    pub fn is_stream(&self) -> bool {
        self.path.ends_with("/events")
    }

    pub fn ends_the_session(&self) -> bool {
        self.path.ends_with("/logout")
    }
}

/// All of them; those that log out come last.
pub fn all() -> Vec<Route> {
    let read = |(name, door): &(&'static str, Door)| {
        let (method, path) = name.split_once(' ').unwrap();
        Route { method: method.parse().unwrap(), path, door: *door }
    };
    let mut routes: Vec<Route> = ROUTES.iter().map(read).collect();
    routes.sort_by_key(Route::ends_the_session);
    routes
}

/// The route that an address leads to; parts with a name beat parts in braces.
pub fn find(method: &Method, address: &str) -> Option<Route> {
    let path = address.split(['?', '#']).next().unwrap();
    let mut fitting: Vec<Route> =
        all().into_iter().filter(|route| route.method == *method && fits(route.path, path)).collect();
    fitting.sort_by_key(|route| route.path.matches('{').count());
    fitting.into_iter().next()
}

fn fits(template: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (template.trim_end_matches('/').split('/'), path.trim_end_matches('/').split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(rest), Some(_)) if rest.starts_with("{*") => return true,
            (Some(part), Some(value)) if part.starts_with('{') || part == value => {}
            _ => return false,
        }
    }
}
