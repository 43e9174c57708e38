//! 対象: cases chosen in the list, by its conditions, or by a file of reception numbers.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::{act_href, state_label, steps, tell};
use crate::actions::prepare_bulk::{PrepareBulk, prepare_bulk};
use crate::controllers::desk::cases::filter_of;
use crate::controllers::desk::frame::Frame;
use crate::controllers::extractors::{Form, Query};
use crate::controllers::portal::upload::Upload;
use crate::domain::bulk::{self, BulkKind, BulkOrigin, LIMIT};
use crate::domain::problem::Problem;
use crate::domain::reception_number::ReceptionNumber;
use crate::domain::role::Permission;
use crate::errors::{Error, Result};
use crate::messages::{Texts, dates};
use crate::models::bulk_acts::{self, BulkAct, Page};
use crate::models::case_list::{self, CaseOrder};
use crate::models::revocation_cases;
use crate::views::chrome::Place;
use crate::views::desk::bulk::{ActRow, BulkStartPage};
use crate::views::desk::cases::CaseFilter as FilterForm;
use crate::views::form::FieldErrors;
use crate::views::parts::{Empty, Pager};
use crate::views::sheet;

const PAGE: u64 = 50;

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct FromAct {
    after: String,
    before: String,
}

/// `GET /desk/bulk`
pub async fn index(frame: Frame, Query(place): Query<FromAct>) -> Result<BulkStartPage> {
    start_page(&frame, &place, FieldErrors::default()).await
}

async fn start_page(frame: &Frame, place: &FromAct, errors: FieldErrors) -> Result<BulkStartPage> {
    let (t, db) = (frame.t, &frame.desk.db);
    let page = Page::of(place.after.parse().ok(), place.before.parse().ok());
    let (acts, more) = bulk_acts::revocations(db, page, PAGE).await?;
    let ids: Vec<i64> = acts.iter().map(|act| act.id).collect();
    let sizes = bulk_acts::sizes(db, &ids).await?;
    let (newer, older) = page.neighbours(more);
    let href = |way: &str, act: &BulkAct| format!("/desk/bulk?{way}={}", act.id);
    Ok(BulkStartPage {
        chrome: frame.chrome(Place::Bulk).await?,
        steps: steps(t, BulkKind::Revoke, None),
        upload: frame.may(Permission::WorkCases).then(|| frame.plain_guard()),
        limit: LIMIT,
        errors,
        pager: Pager {
            shown: String::new(),
            previous: acts.first().filter(|_| newer).map(|act| href("before", act)),
            next: acts.last().filter(|_| older).map(|act| href("after", act)),
        },
        empty: acts.is_empty().then(|| Empty { text: t.s("bulk.empty").to_owned(), link: None }),
        acts: acts.iter().map(|act| act_row(t, act, &sizes)).collect(),
    })
}

fn act_row(t: Texts, act: &BulkAct, sizes: &[(i64, i64, i64)]) -> ActRow {
    let (cases, left_out) =
        sizes.iter().find(|(id, ..)| *id == act.id).map_or((0, 0), |(_, cases, left_out)| (*cases, *left_out));
    let held = t.f("list.count", &[("n", &(cases - left_out))]);
    ActRow {
        href: act_href(act.id),
        number: act.id.to_string(),
        at: dates::short_instant(t, act.made_at),
        by: act.made_by_name.clone(),
        ground: act.ground.clone().unwrap_or_default(),
        cases: if left_out == 0 { held } else { t.f("bulk.held", &[("n", &held), ("left", &left_out)]) },
        status: state_label(t, act.state),
    }
}

/// What the list posts: the act, the ticked cases or all, and the conditions.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    act: String,
    case: Vec<String>,
    scope: String,
    view: String,
    from: String,
    to: String,
    validation: String,
    state: String,
    assignee: String,
    q: String,
    sort: String,
}

impl Chosen {
    fn filter(self) -> FilterForm {
        FilterForm {
            view: self.view,
            from: self.from,
            to: self.to,
            validation: self.validation,
            state: self.state,
            assignee: self.assignee,
            q: self.q,
            sort: self.sort,
            ..FilterForm::default()
        }
    }
}

/// `POST /desk/bulk`
pub async fn create(frame: Frame, Form(chosen): Form<Chosen>) -> Result<Redirect> {
    frame.staff.require(Permission::WorkCases)?;
    let kind = chosen.act.parse::<BulkKind>()?;
    let whole = chosen.scope == "all";
    let ticked = chosen.case.iter().map(|number| number.parse()).collect::<Result<Vec<ReceptionNumber>, _>>()?;
    let form = chosen.filter();
    let list = form.page_after("");
    let (origin, cases) =
        if whole { (BulkOrigin::Filter, matching(&frame, &form).await?) } else { (BulkOrigin::Rows, ticked) };
    let input = PrepareBulk { kind, origin, conditions: form.impersonal(), cases };
    match prepare_bulk(&frame.desk, input, &frame.actor(), frame.now).await {
        Ok(act) => Ok(Redirect::to(&act_href(act.id))),
        Err(error) => {
            tell(&frame, error).await?;
            Ok(Redirect::to(&list))
        }
    }
}

/// Every case that the conditions hold now, in the order of the list; one more than the limit when there are more.
async fn matching(frame: &Frame, form: &FilterForm) -> Result<Vec<ReceptionNumber>> {
    let (filter, first) = (filter_of(frame, form), case_list::Page::First);
    let limit = LIMIT as u64 + 1;
    let order = CaseOrder::default();
    let (rows, _) = case_list::page(&frame.desk.db, &filter, order, &first, limit, frame.today()).await?;
    Ok(rows.iter().map(|row| row.case.reception_number).collect())
}

/// `POST /desk/bulk/file`
pub async fn create_from_file(frame: Frame, upload: Upload) -> Result<Response> {
    frame.staff.require(Permission::WorkCases)?;
    match numbers_of(&frame, upload.bytes("file")).await {
        Ok(cases) => {
            let origin = BulkOrigin::File;
            let input = PrepareBulk { kind: BulkKind::Revoke, origin, conditions: String::new(), cases };
            let act = prepare_bulk(&frame.desk, input, &frame.actor(), frame.now).await?;
            Ok(Redirect::to(&act_href(act.id)).into_response())
        }
        Err(Error::Invalid(problems)) => {
            let page = start_page(&frame, &FromAct::default(), FieldErrors::of(frame.t, &problems)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error),
    }
}

/// The numbers of the file, all of which name a case; nothing is taken over of a file with a wrong line.
async fn numbers_of(frame: &Frame, file: &[u8]) -> Result<Vec<ReceptionNumber>> {
    if file.is_empty() {
        return Err(Problem::on("file", "bulk_file_missing").into());
    }
    let headings = [Texts::JA.s("col.reception_number"), frame.t.s("col.reception_number"), "reception_number"];
    let lines = bulk::read_file(file, &headings).map_err(Error::Invalid)?;
    let numbers: Vec<ReceptionNumber> = lines.iter().map(|line| line.number).collect();
    let known = revocation_cases::by_numbers(&frame.desk.db, &numbers).await?;
    let is_known = |number: ReceptionNumber| known.iter().any(|case| case.reception_number == number);
    let missing = lines.iter().filter(|line| !is_known(line.number));
    let problems: Vec<Problem> = missing.map(|line| bulk::unknown(line.line, &line.number.to_string())).collect();
    if problems.is_empty() { Ok(numbers) } else { Err(Error::Invalid(bulk::told(problems))) }
}

/// `GET /desk/bulk/sample.csv`
pub async fn sample(frame: Frame) -> impl IntoResponse {
    let lines = [frame.t.s("col.reception_number"), "RQ-261124-0001", "RQ-261124-0002"];
    let text = lines.iter().fold(sheet::MARK.to_owned(), |all, cell| all + &sheet::line([cell]));
    let name = "attachment; filename=\"sample.csv\"";
    ([(header::CONTENT_TYPE, "text/csv; charset=utf-8"), (header::CONTENT_DISPOSITION, name)], text)
}
