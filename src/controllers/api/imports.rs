//! Imports: opened, filled call by call, started, watched.

use axum::{Json, response::Response};

use super::{
    body::Body,
    lists::{after_id, created, cut, limit},
};
use crate::{
    actions::{
        add_import_rows::{AddImportRows, add_import_rows},
        cancel_import::{CancelImport, cancel_import},
        open_import::{OpenImport, open_import},
        run_imports::run_in_background,
        start_import::start_import,
    },
    controllers::extractors::{ApiCaller, Path, Query},
    domain::{
        import::{Content, ImportKind},
        problem::Problem,
        role::Permission,
    },
    errors::Result,
    models::{
        import_rows::{self, NewRow},
        imports,
    },
    services::Services,
    views::api::{
        Page, PageQuery,
        imports::{Import, ImportRow, ImportRowQuery},
        registrations::{NewImport, NewImportRow, NewImportRows},
    },
};

/// Open an import
///
/// Bring its rows, then start it. An import that nobody starts within 7 days is cancelled.
#[utoipa::path(post, path = "/imports", request_body = NewImport, responses((status = 201, body = Import)))]
pub async fn open(desk: Services, caller: ApiCaller, Body(new): Body<NewImport>) -> Result<Response> {
    caller.require(Permission::Import)?;
    let input = OpenImport { kind: new.kind.parse()?, file_sha256: None };
    let import = open_import(&desk, input, &caller.actor(), desk.clock.now()).await?;
    Ok(created(&format!("/api/v1/imports/{}", import.id), Import::from(import)))
}

/// List imports, newest first
#[utoipa::path(get, path = "/imports", params(PageQuery), responses((status = 200, body = Page<Import>)))]
pub async fn list(desk: Services, caller: ApiCaller, Query(query): Query<PageQuery>) -> Result<Json<Page<Import>>> {
    caller.require(Permission::Import)?;
    let (before, limit) = (after_id(query.after.as_deref())?, limit(query.limit.as_deref())?);
    let (mut found, _) = imports::page(&desk.db, imports::Page::of(before, None), limit + 1).await?;
    let next = cut(&mut found, limit, |import| import.id.to_string());
    Ok(Json(Page { items: found.into_iter().map(Import::from).collect(), next }))
}

/// Show an import and how far it has come
#[utoipa::path(get, path = "/imports/{id}", params(("id" = i64, Path)), responses((status = 200, body = Import)))]
pub async fn show(desk: Services, caller: ApiCaller, Path(id): Path<i64>) -> Result<Json<Import>> {
    caller.require(Permission::Import)?;
    Ok(Json(imports::by_id(&desk.db, id).await?.into()))
}

/// Bring rows, 1,000 at most in one call
///
/// A row that is there already with the same values is left alone, so that a call whose answer was lost can simply be made
/// again; with other values the call is refused (409) and nothing of it is kept. Needs no `Idempotency-Key`. The body may
/// have 8 MiB (1 MiB with such a key), a row 64 KiB.
#[utoipa::path(post, path = "/imports/{id}/rows", params(("id" = i64, Path)), request_body = NewImportRows,
    responses((status = 200, body = Import)))]
pub async fn add_rows(
    desk: Services,
    caller: ApiCaller,
    Path(id): Path<i64>,
    Body(new): Body<NewImportRows>,
) -> Result<Json<Import>> {
    caller.require(Permission::Import)?;
    let kind = imports::by_id(&desk.db, id).await?.kind;
    let rows = new.rows.into_iter().map(|row| read(kind, row)).collect::<Result<Vec<_>, _>>()?;
    Ok(Json(add_import_rows(&desk, AddImportRows { import_id: id, rows }).await?.into()))
}

/// A column that there is not is a mistake of the program, not of the row.
fn read(kind: ImportKind, row: NewImportRow) -> Result<NewRow, Problem> {
    let content = Content::new(kind, row.values).map_err(|problem| problem.with("row", row.row))?;
    Ok(NewRow { line: row.row, content: Ok(content) })
}

/// Start an import
///
/// No more rows are taken. They are carried out in the background, in your name; watch the counts until `state` is
/// `finished`. Started once more it stays as it is.
#[utoipa::path(post, path = "/imports/{id}/start", params(("id" = i64, Path)),
    responses((status = 200, body = Import)))]
pub async fn start(desk: Services, caller: ApiCaller, Path(id): Path<i64>) -> Result<Json<Import>> {
    caller.require(Permission::Import)?;
    let import = start_import(&desk, id, &caller.actor(), desk.clock.now()).await?;
    run_in_background(&desk, import.id);
    Ok(Json(import.into()))
}

/// Cancel an import
///
/// What was carried out stays.
#[utoipa::path(post, path = "/imports/{id}/cancellation", params(("id" = i64, Path)),
    responses((status = 200, body = Import)))]
pub async fn cancel(desk: Services, caller: ApiCaller, Path(id): Path<i64>) -> Result<Json<Import>> {
    caller.require(Permission::Import)?;
    let input = CancelImport { id, started_too: true };
    Ok(Json(cancel_import(&desk, input, &caller.actor(), desk.clock.now()).await?.into()))
}

/// List what became of the rows, in their order
#[utoipa::path(get, path = "/imports/{id}/rows", params(("id" = i64, Path), ImportRowQuery),
    responses((status = 200, body = Page<ImportRow>)))]
pub async fn list_rows(
    desk: Services,
    caller: ApiCaller,
    Path(id): Path<i64>,
    Query(query): Query<ImportRowQuery>,
) -> Result<Json<Page<ImportRow>>> {
    caller.require(Permission::Import)?;
    let (after, limit) = (after_id(query.after.as_deref())?, limit(query.limit.as_deref())?);
    let state = query.state.as_deref().map(str::parse).transpose()?;
    imports::by_id(&desk.db, id).await?;
    let place = import_rows::Page::of(after, None);
    let (mut rows, _) = import_rows::page(&desk.db, id, state, place, limit + 1).await?;
    let next = cut(&mut rows, limit, |row| row.line.to_string());
    Ok(Json(Page { items: rows.into_iter().map(|row| ImportRow::of(caller.t, row)).collect(), next }))
}
