//! The pages of texts: what is in force, what is being written, what it will look like.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::{sample, typed};
use crate::controllers::desk::frame::Frame;
use crate::domain::mail::Recipient;
use crate::domain::text::script::{situations, steps};
use crate::domain::text::{Draft, Family, Place as TextPlace, Shape, TextKey, in_force, places, read};
use crate::errors::{Error, Result};
use crate::mail::filling::shipped_draft;
use crate::mail::sample::{Sample, call_facts, carrier, compose_sample};
use crate::mail::{Words, html};
use crate::messages::{Texts, dates, shipped};
use crate::models::text_versions::{self, TextVersion, VersionMark};
use crate::views::chrome::Place;
use crate::views::desk::texts::{
    ConfirmPage, DiffLine, EditPage, Overtaken, PlaceRow, Preview, TextHead, TextInput, TextRow, TextsPage,
    VersionPage, VersionRow, difference,
};
use crate::views::form::{Choice, FieldErrors, Guard};
use crate::views::parts::Link;

/// Versions that the page of a text lists.
const LISTED: u64 = 50;

/// `/desk/settings/texts/withdrawn`
pub fn href(key: TextKey) -> String {
    format!("/desk/settings/texts/{key}")
}

fn family_link(t: Texts, family: Family) -> Link {
    match family {
        Family::Mails => Link::new("/desk/settings/mail_texts", t.s("texts.mails")),
        Family::CallScripts => Link::new("/desk/settings/call_scripts", t.s("texts.call_scripts")),
    }
}

fn name(t: Texts, key: TextKey) -> &'static str {
    match key {
        TextKey::Mail(kind) => t.s(&format!("mail.kind.{}", kind.as_str())),
        TextKey::Signature | TextKey::ReissueAgain | TextKey::OvScript | TextKey::EvScript | TextKey::Situations => {
            t.s(&format!("texts.of.{key}"))
        }
    }
}

fn head(t: Texts, key: TextKey) -> TextHead {
    let form = match key {
        TextKey::Mail(_) | TextKey::Signature | TextKey::ReissueAgain => None,
        TextKey::OvScript | TextKey::EvScript => Some(t.s("texts.form_script")),
        TextKey::Situations => Some(t.s("texts.form_situations")),
    };
    TextHead {
        name: name(t, key),
        href: href(key),
        family: family_link(t, key.family()),
        has_subject: key.has_subject(),
        form,
    }
}

/// `第3版`; 0 is the text as shipped.
fn version_label(t: Texts, version: i64) -> String {
    if version == 0 { t.s("texts.shipped").to_owned() } else { t.f("texts.version", &[("n", &version)]) }
}

pub async fn index(frame: &Frame, family: Family) -> Result<TextsPage> {
    let t = frame.t;
    let marks = text_versions::marks(&frame.desk.db).await?;
    let mut of_name: HashMap<&str, Vec<&VersionMark>> = HashMap::new();
    for mark in &marks {
        of_name.entry(&mark.name).or_default().push(mark);
    }
    let rows = TextKey::of(family).map(|key| row(frame, key, of_name.get(key.as_str()).map_or(&[], Vec::as_slice)));
    let (title, explanation, other) = match family {
        Family::Mails => ("texts.mails", "texts.mails_explained", Family::CallScripts),
        Family::CallScripts => ("texts.call_scripts", "texts.call_scripts_explained", Family::Mails),
    };
    Ok(TextsPage {
        chrome: frame.chrome(Place::Settings).await?,
        title: t.s(title),
        explanation: t.s(explanation),
        other: family_link(t, other),
        rows: rows.collect(),
    })
}

fn row(frame: &Frame, key: TextKey, marks: &[&VersionMark]) -> TextRow {
    let (t, today) = (frame.t, frame.today());
    let current = current(marks.iter().copied(), today);
    let planned = marks.iter().filter(|mark| mark.effective_on > today).map(|mark| {
        let day = dates::table(t, mark.effective_on);
        t.f("texts.version_from", &[("version", &version_label(t, mark.version)), ("day", &day)])
    });
    let since = marks.iter().find(|mark| Some(mark.version) == current);
    TextRow {
        text: Link::new(href(key), name(t, key)),
        version: version_label(t, current.unwrap_or_default()),
        since: since.map(|mark| dates::table(t, mark.effective_on)).unwrap_or_default(),
        planned: planned.collect(),
    }
}

fn current<'a>(marks: impl Iterator<Item = &'a VersionMark>, day: NaiveDate) -> Option<i64> {
    in_force(marks.map(|mark| (mark.version, mark.effective_on)), day)
}

/// The text of one version.
pub async fn draft_of(frame: &Frame, key: TextKey, version: i64) -> Result<Draft> {
    match version {
        0 => Ok(shipped_draft(key)?),
        _ => Ok(text_versions::by_version(&frame.desk.db, key, version).await?.draft()),
    }
}

pub async fn edit(frame: &Frame, key: TextKey, input: TextInput, errors: FieldErrors) -> Result<EditPage> {
    let t = frame.t;
    let versions = text_versions::of(&frame.desk.db, key, LISTED).await?;
    let restoring = input.restored_from.parse().ok();
    Ok(EditPage {
        chrome: frame.chrome(Place::Settings).await?,
        head: head(t, key),
        guard: Guard { version: input.version, ..frame.plain_guard() },
        restoring: restoring.map(|version: i64| t.f("texts.restoring", &[("version", &version_label(t, version))])),
        places: places(key).iter().map(|place| place_row(t, key, place)).collect(),
        versions: version_rows(frame, key, &versions),
        input,
        errors,
    })
}

fn place_row(t: Texts, key: TextKey, place: &TextPlace) -> PlaceRow {
    let usage = match place.shape {
        Shape::Condition => t.s("texts.usage.condition"),
        Shape::Lines => t.s("texts.usage.lines"),
        Shape::Text if place.needed_in.is_some() => t.s("texts.usage.needed"),
        Shape::Text if key.has_subject() && place.in_subject => t.s("texts.usage.subject"),
        Shape::Text => "",
    };
    let written = match place.shape {
        Shape::Condition => format!("{{{{#{0}}}}}…{{{{/{0}}}}}", place.name),
        Shape::Lines | Shape::Text => format!("{{{{{}}}}}", place.name),
    };
    PlaceRow { written, meaning: t.s(&format!("texts.place.{}", place.name)), usage }
}

/// Newest first; the text as shipped is the last.
fn version_rows(frame: &Frame, key: TextKey, versions: &[TextVersion]) -> Vec<VersionRow> {
    let (t, today) = (frame.t, frame.today());
    let current = in_force(versions.iter().map(|row| (row.version, row.effective_on)), today).unwrap_or_default();
    let link = |version: i64| Link::new(format!("{}/versions/{version}", href(key)), version_label(t, version));
    let row = |one: &TextVersion| VersionRow {
        version: link(one.version),
        effective_on: dates::table(t, one.effective_on),
        saved: saved(t, one),
        reason: one.reason.clone(),
        current: one.version == current,
        planned: one.effective_on > today,
    };
    let shipped = VersionRow {
        version: link(0),
        effective_on: String::new(),
        saved: String::new(),
        reason: String::new(),
        current: current == 0,
        planned: false,
    };
    versions.iter().map(row).chain([shipped]).collect()
}

fn saved(t: Texts, version: &TextVersion) -> String {
    let at = dates::short_instant(t, version.saved_at);
    t.f("contacts.done_by", &[("name", &version.saved_by_name), ("at", &at)])
}

/// What came of the form so far.
#[derive(Default)]
pub struct Typed {
    pub errors: FieldErrors,
    pub sent: Option<String>,
    pub overtaken: Option<Overtaken>,
}

pub async fn confirm(frame: &Frame, key: TextKey, input: TextInput, so_far: Typed) -> Result<ConfirmPage> {
    let t = frame.t;
    let day = super::first_day(&input).unwrap_or_else(|_| frame.today()).max(frame.today());
    let marks = text_versions::marks(&frame.desk.db).await?;
    let standing = current(marks.iter().filter(|mark| mark.name == key.as_str()), day).unwrap_or_default();
    let before = draft_of(frame, key, standing).await?;
    let draft = typed(&input);
    let compared = version_label(t, standing);
    Ok(ConfirmPage {
        chrome: frame.chrome(Place::Settings).await?,
        head: head(t, key),
        guard: Guard { version: input.version, ..frame.plain_guard() },
        compared: t.f("texts.compared", &[("version", &compared), ("day", &dates::long(t, day))]),
        difference: between(key, &before, &draft),
        samples: samples(t, sample(&input)),
        preview: preview(frame, key, &draft, sample(&input)).await?,
        is_mail: carrier(key).is_some(),
        first_day: frame.today().to_string(),
        sent: so_far.sent,
        overtaken: so_far.overtaken,
        errors: so_far.errors,
        input: TextInput { subject: draft.subject, body: draft.body, ..input },
    })
}

/// The page for somebody who was overtaken: what came meanwhile, and everything typed. Saving again saves over it.
pub async fn overtaken(frame: &Frame, key: TextKey, input: TextInput) -> Result<ConfirmPage> {
    let t = frame.t;
    let newest = text_versions::newest(&frame.desk.db, key).await?;
    let newest = newest.ok_or_else(|| Error::not_found("text_version_not_found"))?;
    let seen = draft_of(frame, key, input.version).await?;
    let at = dates::time(newest.saved_at);
    let text = t.f("texts.overtaken", &[("name", &newest.saved_by_name), ("time", &at), ("n", &newest.version)]);
    let overtaken = Overtaken { text, difference: between(key, &seen, &newest.draft()) };
    let input = TextInput { version: newest.version, ..input };
    confirm(frame, key, input, Typed { overtaken: Some(overtaken), ..Typed::default() }).await
}

/// The subject counts as the first line.
fn between(key: TextKey, before: &Draft, after: &Draft) -> Vec<DiffLine> {
    let whole = |draft: &Draft| {
        if key.has_subject() { format!("{}\n\n{}", draft.subject, draft.body) } else { draft.body.clone() }
    };
    difference(&whole(before), &whole(after))
}

fn samples(t: Texts, chosen: Sample) -> Vec<Choice> {
    let choice = |one: Sample| Choice::new(one.as_str(), t.s(&format!("texts.sample.{}", one.as_str())), one == chosen);
    Sample::ALL.into_iter().map(choice).collect()
}

/// As it will be sent or said, with the other texts that are in force today.
async fn preview(frame: &Frame, key: TextKey, draft: &Draft, sample: Sample) -> Result<Preview> {
    let (settings, named) = (&frame.desk.settings, frame.desk.desk_on(frame.today()));
    let mut texts = frame.desk.texts.in_force(&frame.desk.db, frame.today()).await?.as_ref().clone();
    if let Ok(text) = read(key, draft) {
        texts = texts.with(key, text);
    }
    if let Some(kind) = carrier(key) {
        let reader = Recipient::new(Texts::JA.s("texts.sample.contact"), &settings.mail.alarm_to)?;
        let words = Words { desk: &named, texts: &texts };
        let mail = compose_sample(kind, sample, &reader, &settings.public_url, words)?;
        let body = html::shown(&mail.html).to_owned();
        return Ok(Preview::Mail { subject: mail.subject, text: mail.text, html: body });
    }
    let facts = call_facts(sample, &frame.staff.name, &named);
    let filled = shipped::fill(key, &facts, &texts)?.body;
    Ok(match key {
        TextKey::Situations => Preview::Situations(situations(&filled)),
        TextKey::Mail(_) | TextKey::Signature | TextKey::ReissueAgain | TextKey::OvScript | TextKey::EvScript => {
            Preview::Steps(steps(&filled))
        }
    })
}

pub async fn version(frame: &Frame, key: TextKey, version: i64) -> Result<VersionPage> {
    let t = frame.t;
    let fact = |key: &str, value: String| (t.s(key).to_owned(), value);
    let (draft, mut facts) = match version {
        0 => (shipped_draft(key)?, Vec::new()),
        _ => {
            let row = text_versions::by_version(&frame.desk.db, key, version).await?;
            let mut facts = vec![
                fact("texts.effective_on", dates::long(t, row.effective_on)),
                fact("texts.saved", saved(t, &row)),
                fact("texts.reason", row.reason.clone()),
            ];
            facts.extend(row.restored_from.map(|from| fact("texts.restored_from", version_label(t, from))));
            (row.draft(), facts)
        }
    };
    if facts.is_empty() {
        facts.push(fact("texts.saved", t.s("texts.shipped_explained").to_owned()));
    }
    let difference = match version {
        0 => Vec::new(),
        _ => between(key, &draft_of(frame, key, version - 1).await?, &draft),
    };
    Ok(VersionPage {
        chrome: frame.chrome(Place::Settings).await?,
        head: head(t, key),
        title: t.f("texts.title_of", &[("name", &name(t, key)), ("version", &version_label(t, version))]),
        facts,
        subject: draft.subject,
        body: draft.body,
        difference,
        restore: Link::new(format!("{}?from={version}", href(key)), t.s("texts.restore")),
    })
}
