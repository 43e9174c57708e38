//! S8 メール送信履歴: the list, one mail, sending one once more (after a look at it), taking that back.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::NaiveDate;

use super::case::people::role_label;
use super::claims::NoFields as Nothing;
use super::frame::Frame;
use crate::actions::cancel_message::cancel_message;
use crate::actions::resend_message::{FIELDS, ResendMessage, TIME_TO_CANCEL, resend_message};
use crate::controllers::extractors::{Form, Path, Query};
use crate::domain::bounce::BounceAction;
use crate::domain::calendar::start_of_day;
use crate::domain::mail::MailKind;
use crate::domain::role::Permission;
use crate::errors::{Error, Result};
use crate::messages::{Texts, dates};
use crate::models::bounces::{self, Bounce};
use crate::models::columns::MessageStatus;
use crate::models::contacts::{self, Contact};
use crate::models::counting::Count;
use crate::models::messages::{self, Addressee, Message, MessageFilter, MessageView, Page};
use crate::models::revocation_cases::{self, Case};
use crate::views::chrome::{Flash, FlashKind, Place};
use crate::views::desk::mails::{
    AddressField, Cancel, Delivery, MailFilter, MailPage, MailRow, MailsPage, ResendForm, ResendPage,
};
use crate::views::form::{Choice, FieldErrors};
use crate::views::parts::{Empty, Link, Pager, StatusLabel, Tab, Tone, counted, counted_items};

const PAGE: u64 = 50;

/// `GET /desk/mails`
pub async fn index(frame: Frame, Query(form): Query<MailFilter>) -> Result<MailsPage> {
    let (t, db) = (frame.t, &frame.desk.db);
    let filter = filter_of(&form);
    let page = Page::of(form.after.parse().ok(), form.before.parse().ok());
    let (mails, more) = messages::page(db, &filter, page, PAGE).await?;
    let of_view = |view| MessageFilter { view, ..MessageFilter::default() };
    let mut counts = messages::counts(db, MessageView::ALL.map(of_view).into_iter().chain([filter.clone()])).await?;
    let total = counted_items(t, counts.pop().unwrap_or_default());
    let cases = revocation_cases::by_ids(db, mails.iter().filter_map(|mail| mail.case_id)).await?;
    let rows: Vec<MailRow> = mails.iter().map(|mail| row(t, mail, &cases)).collect();
    Ok(MailsPage {
        chrome: frame.chrome(Place::Mails).await?,
        pager: pager(t, &form, page, &mails, more, &total),
        total,
        tabs: tabs(t, filter.view, &counts),
        kinds: kinds(t, &form.kind),
        empty: rows.is_empty().then(|| Empty {
            text: t.s("mails.empty").to_owned(),
            link: Some(Link::new("/desk/mails", t.s("list.clear"))),
        }),
        rows,
        filter: form,
    })
}

fn filter_of(form: &MailFilter) -> MessageFilter {
    let day = |text: &str| text.parse::<NaiveDate>().ok();
    MessageFilter {
        view: form.view.parse().unwrap_or_default(),
        kind: form.kind.parse().ok(),
        from: day(&form.from).map(start_of_day),
        until: day(&form.to).and_then(|day| day.succ_opt()).map(start_of_day),
        q: Some(form.q.clone()),
    }
}

fn tabs(t: Texts, current: MessageView, counts: &[Count]) -> Vec<Tab> {
    let tab = |(view, count): (MessageView, &Count)| Tab {
        href: format!("/desk/mails?view={}", view.as_str()),
        label: t.s(&format!("mails.tab.{}", view.as_str())).to_owned(),
        count: Some(counted(t, *count)),
        hot: view == MessageView::Failed && !count.is_zero(),
        current: view == current,
    };
    MessageView::ALL.into_iter().zip(counts).map(tab).collect()
}

fn kinds(t: Texts, chosen: &str) -> Vec<Choice> {
    let mut choices = vec![Choice::new("", t.s("list.all"), chosen.is_empty())];
    for kind in MailKind::ALL {
        let label = t.s(&format!("mail.kind.{}", kind.as_str()));
        choices.push(Choice::new(kind.as_str(), label, chosen == kind.as_str()));
    }
    choices
}

fn pager(t: Texts, form: &MailFilter, page: Page, mails: &[Message], more: bool, total: &str) -> Pager {
    let (newer, older) = page.neighbours(more);
    let cursor = |mail: &Message| mail.id.to_string();
    Pager {
        shown: t.f("list.shown", &[("total", &total), ("n", &mails.len())]),
        previous: mails.first().filter(|_| newer).map(|mail| form.page_before(&cursor(mail))),
        next: mails.last().filter(|_| older).map(|mail| form.page_after(&cursor(mail))),
    }
}

fn row(t: Texts, mail: &Message, cases: &[Case]) -> MailRow {
    MailRow {
        href: format!("/desk/mails/{}", mail.id),
        at: dates::short_instant(t, mail.sent_at.unwrap_or(mail.created_at)),
        kind: t.s(&format!("mail.kind.{}", mail.kind)).to_owned(),
        to: recipients(mail),
        subject: mail.subject.clone(),
        case: cases.iter().find(|case| Some(case.id) == mail.case_id).map(case_link),
        status: status(t, mail),
        reason: mail.last_error.clone().unwrap_or_default(),
    }
}

fn recipients(mail: &Message) -> String {
    let to = mail.addressees().unwrap_or_default();
    to.iter().map(|one| one.recipient.email().to_owned()).collect::<Vec<_>>().join(", ")
}

fn case_link(case: &Case) -> Link {
    Link::new(super::frame::case_href(case.reception_number), case.reception_number.to_string())
}

fn status(t: Texts, mail: &Message) -> StatusLabel {
    let (icon, tone, key) = match mail.status {
        MessageStatus::Queued if mail.attempts > 0 => ("refresh-cw", Tone::Wait, "mails.status.retrying"),
        MessageStatus::Queued => ("clock", Tone::Hold, "mails.status.queued"),
        MessageStatus::Sent => ("circle-check", Tone::Ok, "mails.status.sent"),
        MessageStatus::Failed if mail.was_refused() => ("mail-warning", Tone::Bad, "mails.status.bounced"),
        MessageStatus::Failed => ("mail-warning", Tone::Bad, "mails.status.stopped"),
        MessageStatus::Cancelled => ("ban", Tone::Hold, "mails.status.cancelled"),
    };
    StatusLabel { icon, tone, text: t.f(key, &[("n", &mail.attempts)]) }
}

/// `GET /desk/mails/{id}`
pub async fn show(frame: Frame, Path(id): Path<i64>) -> Result<MailPage> {
    let t = frame.t;
    let mail = messages::by_id(&frame.desk.db, id).await?;
    let case = revocation_cases::by_ids(&frame.desk.db, mail.case_id).await?;
    let mut headers = vec![
        (t.s("mails.to").to_owned(), recipients(&mail)),
        (t.s("mails.subject").to_owned(), mail.subject.clone()),
        (t.s("mails.message_id").to_owned(), mail.message_id.clone()),
        (t.s("mails.queued_at").to_owned(), dates::long_instant(t, mail.created_at)),
    ];
    headers.extend(mail.sent_at.map(|at| (t.s("mails.sent_at").to_owned(), dates::long_instant(t, at))));
    Ok(MailPage {
        chrome: frame.chrome(Place::Mails).await?,
        kind: t.s(&format!("mail.kind.{}", mail.kind)).to_owned(),
        status: status(t, &mail),
        headers,
        case: case.first().map(case_link),
        subject: mail.subject.clone(),
        body: (!mail.holds_secret()).then(|| mail.body_text.clone()),
        deliveries: deliveries(t, &mail, bounces::of_message(&frame.desk.db, id).await?),
        resend: may_be_resent(&frame, &mail)
            .then(|| Link::new(format!("{}/resend/new", href(id)), t.s("mails.resend"))),
        cancel: (frame.may(Permission::WorkCases) && mail.may_be_taken_back(frame.now)).then(|| Cancel {
            href: format!("{}/cancel", href(id)),
            leaves_at: t.f("mails.leaves_at", &[("time", &dates::seconds(mail.next_attempt_at))]),
            guard: frame.plain_guard(),
        }),
        copies: messages::copies_of(&frame.desk.db, id).await?.iter().map(|copy| copy_link(t, copy)).collect(),
        original: mail.resend_of.map(|original| Link::new(href(original), t.s("mails.original"))),
    })
}

/// How the handing over ended, and what came back later.
fn deliveries(t: Texts, mail: &Message, bounces: Vec<Bounce>) -> Vec<Delivery> {
    // The last word of a mail that came back is that of the report below.
    let answer = mail.last_error.clone().filter(|answer| bounces.iter().all(|bounce| bounce.words != *answer));
    let handed_over = answer.map(|answer| Delivery {
        at: dates::short_instant(t, mail.sent_at.unwrap_or(mail.next_attempt_at)),
        status: status(t, mail),
        answer,
    });
    let came_back = bounces.into_iter().map(|bounce| Delivery {
        at: dates::short_instant(t, bounce.arrived_at),
        status: bounce_status(t, bounce.action),
        answer: format!("{} {}", bounce.recipient, bounce.words),
    });
    handed_over.into_iter().chain(came_back).collect()
}

fn bounce_status(t: Texts, action: BounceAction) -> StatusLabel {
    let (icon, tone) = match action {
        BounceAction::Failed => ("mail-warning", Tone::Bad),
        BounceAction::Delayed => ("clock", Tone::Wait),
    };
    StatusLabel { icon, tone, text: t.s(&format!("mails.bounce.{}", action.as_str())).to_owned() }
}

fn href(id: i64) -> String {
    format!("/desk/mails/{id}")
}

fn copy_link(t: Texts, copy: &Message) -> (Link, StatusLabel) {
    let at = dates::short_instant(t, copy.created_at);
    (Link::new(href(copy.id), t.f("mails.copy", &[("at", &at)])), status(t, copy))
}

/// A mail that is still on its way is not sent beside itself; one with a secret is never sent again.
fn may_be_resent(frame: &Frame, mail: &Message) -> bool {
    frame.may(Permission::WorkCases) && mail.status != MessageStatus::Queued && !mail.holds_secret()
}

/// `GET /desk/mails/{id}/resend/new`: what will be sent, and to whom.
pub async fn new_resend(frame: Frame, Path(id): Path<i64>) -> Result<Response> {
    frame.staff.require(Permission::WorkCases)?;
    let mail = messages::by_id(&frame.desk.db, id).await?;
    if !may_be_resent(&frame, &mail) {
        return Ok(Redirect::to(&href(id)).into_response());
    }
    let contacts = contacts(&frame, &mail).await?;
    let to = mail.addressees()?.iter().map(|one| address_now(one, &contacts)).collect();
    Ok(resend_page(&frame, &mail, to, FieldErrors::default()).await?.into_response())
}

/// The people of the case as they are registered now.
async fn contacts(frame: &Frame, mail: &Message) -> Result<Vec<Contact>> {
    let case = revocation_cases::by_ids(&frame.desk.db, mail.case_id).await?;
    match case.first() {
        Some(case) => Ok(contacts::current(&frame.desk.db, case.subscriber_id).await?),
        None => Ok(Vec::new()),
    }
}

/// For an address that did not work: the one that the same person has by now.
fn address_now(one: &Addressee, contacts: &[Contact]) -> String {
    let same = |contact: &&Contact| one.refused.is_some() && contact.name == one.recipient.name();
    contacts.iter().find(same).map_or(one.recipient.email(), |contact| &contact.email).to_owned()
}

async fn resend_page(frame: &Frame, mail: &Message, to: Vec<String>, errors: FieldErrors) -> Result<ResendPage> {
    let t = frame.t;
    let case = revocation_cases::by_ids(&frame.desk.db, mail.case_id).await?;
    let contacts = contacts(frame, mail).await?;
    let fields = mail.addressees()?.into_iter().zip(FIELDS).enumerate();
    let addresses = fields.map(|(place, (one, field))| AddressField {
        field,
        label: t.f("mails.address_of", &[("name", &one.recipient.name())]),
        value: to.get(place).cloned().unwrap_or_default(),
        replaced: (address_now(&one, &contacts) != one.recipient.email())
            .then(|| t.f("mails.bounce.replaced", &[("before", &one.recipient.email())])),
        refused: one.refused,
    });
    Ok(ResendPage {
        chrome: frame.chrome(Place::Mails).await?,
        href: href(mail.id),
        kind: t.s(&format!("mail.kind.{}", mail.kind)).to_owned(),
        status: status(t, mail),
        reason: mail.last_error.clone(),
        contact: case.first().map(|case| {
            Link::new(format!("/desk/contacts/new?case={}", case.reception_number), t.s("contacts.register"))
        }),
        case: case.first().map(case_link),
        addresses: addresses.collect(),
        contacts: (!contacts.is_empty()).then(|| t.f("mails.bounce.contacts", &[("contacts", &listed(t, &contacts))])),
        subject: mail.subject.clone(),
        body: mail.body_text.clone(),
        guard: frame.plain_guard(),
        errors,
    })
}

fn listed(t: Texts, contacts: &[Contact]) -> String {
    let one = |contact: &Contact| format!("{} {} <{}>", role_label(t, contact.role), contact.name, contact.email);
    contacts.iter().map(one).collect::<Vec<_>>().join(t.s("alarm.and"))
}

/// `POST /desk/mails/{id}/resend`
pub async fn resend(frame: Frame, Path(id): Path<i64>, Form(form): Form<ResendForm>) -> Result<Response> {
    frame.staff.require(Permission::WorkCases)?;
    let addresses = Some(form.to.clone()).filter(|to| !to.is_empty());
    let input = ResendMessage { message_id: id, addresses, delay: TIME_TO_CANCEL };
    match resend_message(&frame.desk, input, &frame.actor(), frame.now).await {
        Ok(copy) => {
            frame.desk.nudge_after(TIME_TO_CANCEL.to_std().unwrap_or_default());
            frame.done(frame.t.f("mails.resent", &[("n", &TIME_TO_CANCEL.num_seconds())])).await?;
            Ok(Redirect::to(&href(copy.id)).into_response())
        }
        Err(Error::Invalid(problems)) => {
            let mail = messages::by_id(&frame.desk.db, id).await?;
            let page = resend_page(&frame, &mail, form.to, FieldErrors::of(frame.t, &problems)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => refused(&frame, id, error).await.map(IntoResponse::into_response),
    }
}

/// `POST /desk/mails/{id}/cancel`
pub async fn cancel(frame: Frame, Path(id): Path<i64>, Form(_): Form<Nothing>) -> Result<Redirect> {
    frame.staff.require(Permission::WorkCases)?;
    match cancel_message(&frame.desk, id, &frame.actor(), frame.now).await {
        Ok(mail) => {
            frame.done(frame.t.s("mails.taken_back")).await?;
            Ok(Redirect::to(&href(mail.resend_of.unwrap_or(id))))
        }
        Err(error) => refused(&frame, id, error).await,
    }
}

/// Back to the mail, with why it cannot be done any more.
async fn refused(frame: &Frame, id: i64, error: Error) -> Result<Redirect> {
    let Error::Conflict(problem) = error else { return Err(error) };
    let text = frame.t.problem(&problem);
    frame.flashes.put(Flash { kind: FlashKind::Error, text, next_call: false }).await?;
    Ok(Redirect::to(&href(id)))
}
