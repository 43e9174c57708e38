//! The staff's pages. Each handler extracts, calls one action or reads one page, and renders or redirects.

pub mod account;
pub mod audit;
pub mod batches;
pub mod bulk;
pub mod calendar;
mod call_report;
pub mod calls;
pub mod case;
pub mod cases;
pub mod claims;
mod conflict;
pub mod contacts;
pub mod customers;
pub mod events;
pub mod evidence;
mod frame;
pub mod imports;
pub mod incoming;
mod installation;
pub mod kept;
pub mod live;
pub mod mails;
pub mod preferences;
pub mod reissues;
pub mod reports;
pub mod revocation;
pub mod settings;
pub mod texts;
pub mod today;

use axum::{
    extract::DefaultBodyLimit,
    response::Redirect,
    routing::{get, post},
};
use loco_rs::controller::Routes;

use super::{extractors::Staff, security::IMPORT_BODY_LIMIT};

pub fn routes() -> Routes {
    administration(people(machine(lists(the_day(Routes::new().prefix("/desk"))))))
}

/// What is to be done today, and cases one by one.
fn the_day(routes: Routes) -> Routes {
    routes
        .add("/", get(home))
        .add("/today", get(today::index))
        .add("/next", post(claims::create_next))
        .add("/calls/incoming", get(incoming::show))
        .add("/kept", get(kept::show))
        .add("/news/events", get(live::news::show))
        .add("/cases/{no}", get(case::show))
        .add("/cases/{no}/claim", post(calls::claim))
        .add("/cases/{no}/claim/renewal", post(claims::renew))
        .add("/cases/{no}/claim/release", post(claims::destroy))
        .add("/cases/{no}/calls", post(calls::create))
        .add("/cases/{no}/installation", post(installation::create))
        .add("/cases/{no}/revocation/new", get(revocation::new))
        .add("/cases/{no}/revocation", post(revocation::create))
        .add("/cases/{no}/requested_on/edit", get(events::edit_requested_on))
        .add("/cases/{no}/requested_on", post(events::update_requested_on))
        .add("/cases/{no}/withdrawal/new", get(events::new_withdrawal))
        .add("/cases/{no}/withdrawal", post(events::create_withdrawal))
        .add("/cases/{no}/hold/new", get(events::new_hold))
        .add("/cases/{no}/hold", post(events::create_hold))
        .add("/cases/{no}/hold/release", get(events::edit_hold).post(events::destroy_hold))
        .add("/cases/{no}/override/new", get(events::new_override))
        .add("/cases/{no}/override", post(events::create_override))
        .add("/cases/{no}/override/approval", post(events::approve_override))
        .add("/cases/{no}/key_compromise/new", get(events::new_key_compromise))
        .add("/cases/{no}/key_compromise", post(events::create_key_compromise))
        .add("/reissues/new", get(reissues::new))
        .add("/reissues", post(reissues::create))
        .add("/agreement", get(reissues::agreement))
        .add("/evidence/{id}", get(evidence::show))
        .add("/preferences", get(preferences::edit).post(preferences::update))
        .add("/account", get(account::show))
        .add("/account/code", get(account::new_code).post(account::create_code))
        .add("/account/code/off", get(account::edit_code).post(account::destroy_code))
        .add("/account/passkeys", get(account::new_passkey).post(account::create_passkey))
        .add("/account/passkeys/{id}/removal", post(account::destroy_passkey))
        .add("/account/sessions/end", post(account::destroy_sessions))
}

/// Many cases at once, and what is planned.
fn lists(routes: Routes) -> Routes {
    routes
        .add("/cases", get(cases::index))
        .add("/calendar", get(calendar::index))
        .add("/columns", post(cases::choose_columns))
        .add("/exports/cases", post(cases::export))
        .add("/views", post(cases::save_view))
        .add("/views/new", get(cases::new_view))
        .add("/views/{id}", get(cases::edit_view).post(cases::change_view))
        .add("/views/{id}/removal", post(cases::remove_view))
        .add("/bulk", get(bulk::index).post(bulk::create))
        .add("/bulk/file", post(bulk::create_from_file))
        .add("/bulk/sample.csv", get(bulk::sample))
        .add("/bulk/{id}", get(bulk::show))
        .add("/bulk/{id}/execution", post(bulk::execute))
        .add("/bulk/{id}/request", post(bulk::request))
        .add("/bulk/{id}/approval", post(bulk::approve))
        .add("/bulk/{id}/decline", post(bulk::decline))
        .add("/bulk/{id}/cancellation", post(bulk::cancel))
        .add("/imports", get(imports::index))
        .add("/imports", post(imports::create).layer(DefaultBodyLimit::max(IMPORT_BODY_LIMIT)))
        .add("/imports/samples/{kind}", get(imports::sample))
        .add("/imports/{id}", get(imports::show))
        .add("/imports/{id}/cancellation", post(imports::cancel))
        .add("/imports/{id}/refused", post(imports::download))
}

/// What the machine does, and what is read about the desk.
fn machine(routes: Routes) -> Routes {
    routes
        .add("/batches", get(batches::index).post(batches::create))
        .add("/batches/{id}", get(batches::show))
        .add("/batches/{id}/events", get(live::runs::show))
        .add("/batches/{id}/release", post(batches::release))
        .add("/batches/{id}/pause", post(batches::pause))
        .add("/batches/{id}/resume", post(batches::resume))
        .add("/batches/{id}/retry", post(batches::retry))
        .add("/reports", get(reports::index))
        .add("/reports/export", post(reports::export))
        .add("/audit", get(audit::index))
        .add("/audit/export", post(audit::export))
        .add("/audit/checks", post(audit::check))
        .add("/audit/unlock/new", get(audit::new_unlock))
        .add("/audit/unlock", post(audit::unlock))
}

/// Whom the desk writes to and phones.
fn people(routes: Routes) -> Routes {
    routes
        .add("/contacts", get(contacts::index))
        .add("/contacts/new", get(contacts::new))
        .add("/contacts/proposals/{id}", get(contacts::show_proposal))
        .add("/contacts/proposals/{id}/verification", post(contacts::verify))
        .add("/contacts/proposals/{id}/decline", post(contacts::decline_proposal))
        .add("/contacts/changes", post(contacts::create))
        .add("/contacts/changes/{id}", get(contacts::show_change))
        .add("/contacts/changes/{id}/approval", post(contacts::approve))
        .add("/contacts/changes/{id}/decline", post(contacts::decline_change))
        .add("/mails", get(mails::index))
        .add("/mails/{id}", get(mails::show))
        .add("/mails/{id}/resend/new", get(mails::new_resend))
        .add("/mails/{id}/resend", post(mails::resend))
        .add("/mails/{id}/cancel", post(mails::cancel))
        .add("/customers", get(customers::index).post(customers::create))
        .add("/customers/new", get(customers::new))
        .add("/customers/{id}", get(customers::show))
        .add("/customers/{id}/invitation", post(customers::invite_again))
        .add("/customers/{id}/disable", post(customers::disable))
        .add("/customers/{id}/enable", post(customers::enable))
        .add("/customers/{id}/code/release", post(customers::release_code))
}

/// What administrators change.
fn administration(routes: Routes) -> Routes {
    routes
        .add("/settings/mail_texts", get(texts::mails))
        .add("/settings/call_scripts", get(texts::call_scripts))
        .add("/settings/texts/{name}", get(texts::edit))
        .add("/settings/texts/{name}/edit", post(texts::edit_again))
        .add("/settings/texts/{name}/preview", post(texts::preview))
        .add("/settings/texts/{name}/test", post(texts::test))
        .add("/settings/texts/{name}/versions", post(texts::create))
        .add("/settings/texts/{name}/versions/{version}", get(texts::show))
        .add("/settings", get(settings::index))
        .add("/settings/calls", get(settings::calls::show).post(settings::calls::update))
        .add("/settings/calls/preview", post(settings::calls::preview))
        .add("/settings/hours", get(settings::hours::show).post(settings::hours::update))
        .add("/settings/hours/preview", post(settings::hours::preview))
        .add("/settings/validity", get(settings::validity::show).post(settings::validity::update))
        .add("/settings/validity/preview", post(settings::validity::preview))
        .add("/settings/calendar", get(settings::calendar::show))
        .add("/settings/calendar/holidays/preview", post(settings::calendar::preview_holidays))
        .add("/settings/calendar/holidays", post(settings::calendar::import))
        .add("/settings/calendar/closures/preview", post(settings::closures::preview))
        .add("/settings/calendar/closures", post(settings::closures::create))
        .add(
            "/settings/calendar/closures/{date}/removal",
            get(settings::closures::edit_removal).post(settings::closures::destroy),
        )
        .add("/settings/users", get(settings::users::index).post(settings::users::create))
        .add("/settings/users/new", get(settings::users::new))
        .add("/settings/users/{id}", get(settings::users::show))
        .add("/settings/users/{id}/role", get(settings::users::edit_role).post(settings::users::update_role))
        .add("/settings/users/{id}/disable", get(settings::users::edit_disable).post(settings::users::disable))
        .add("/settings/users/{id}/enable", get(settings::users::edit_enable).post(settings::users::enable))
        .add("/settings/users/{id}/password", get(settings::users::edit_password).post(settings::users::reset_password))
        .add("/settings/users/{id}/factor", get(settings::access::edit_factor).post(settings::access::release))
        .add("/settings/users/{id}/sessions", get(settings::access::edit_sessions).post(settings::access::end_sessions))
        .add("/settings/users/review", post(settings::access::review))
        .add("/settings/sso", get(settings::sso::show))
        .add("/settings/sso/check", post(settings::sso::check))
        .add("/settings/tokens", get(settings::tokens::index).post(settings::tokens::create))
        .add("/settings/tokens/new", get(settings::tokens::new))
        .add("/settings/tokens/{id}/revocation", get(settings::tokens::edit).post(settings::tokens::revoke))
        .add("/settings/installation", get(settings::installation::show).post(settings::installation::update))
        .add("/settings/installation/preview", post(settings::installation::preview))
        .add("/settings/webhooks", get(settings::webhooks::index).post(settings::webhooks::create))
        .add("/settings/webhooks/new", get(settings::webhooks::new))
        .add("/settings/webhooks/{id}", get(settings::webhooks::show))
        .add("/settings/webhooks/{id}/test", post(settings::webhooks::test))
        .add("/settings/webhooks/{id}/pause", get(settings::webhooks::edit_pause).post(settings::webhooks::pause))
        .add("/settings/webhooks/{id}/resume", get(settings::webhooks::edit_resume).post(settings::webhooks::resume))
        .add("/settings/webhooks/{id}/secret", get(settings::webhooks::edit_secret).post(settings::webhooks::rotate))
        .add("/settings/webhooks/{id}/removal", get(settings::webhooks::edit_removal).post(settings::webhooks::destroy))
        .add("/settings/webhooks/{id}/deliveries/{delivery}/resend", post(settings::deliveries::resend))
        .add("/settings/ca", get(settings::ca::show))
        .add("/settings/ca/check", post(settings::ca::check))
        .add("/settings/ca/check/{name}", post(settings::authorities::check))
        .add("/settings/ca/rate/{name}", get(settings::authorities::edit_rate).post(settings::authorities::change_rate))
        .add("/settings/ca/rate/{name}/preview", post(settings::authorities::preview_rate))
        .add("/settings/ca/pause", get(settings::ca::edit_pause).post(settings::ca::pause))
        .add("/settings/ca/resume", get(settings::ca::edit_resume).post(settings::ca::resume))
}

async fn home(_: Staff) -> Redirect {
    Redirect::to("/desk/today")
}
