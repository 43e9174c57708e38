//! 証明書一覧 `/portal/certificates`: where a customer begins. The filter lives in the address; paging is by keyset.

use askama::Template;
use askama_web::WebTemplate;
use serde::Deserialize;

use super::chrome::PortalChrome;
use crate::views::parts::{Empty, Pager, SiteNames, StatusLabel, Tab, query};

#[derive(Template, WebTemplate, Debug)]
#[template(path = "portal/certificates.html")]
pub struct CertificatesPage {
    pub chrome: PortalChrome,
    /// 有効, 手続き中, 失効・満了, すべて; each with what the search finds there.
    pub tabs: Vec<Tab>,
    pub filter: CertificatesFilter,
    pub rows: Vec<CertificateRow>,
    pub pager: Pager,
    pub empty: Option<Empty>,
}

#[derive(Debug, Clone)]
pub struct CertificateRow {
    /// A certificate without a number has no page.
    pub reception_number: Option<String>,
    pub names: SiteNames,
    pub ev: bool,
    /// `EV`
    pub kind: &'static str,
    /// `2026/08/06`
    pub from: String,
    pub to: String,
    pub status: StatusLabel,
}

/// The filter form; also what the tabs and the pager carry on.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct CertificatesFilter {
    pub view: String,
    pub q: String,
    /// Keyset cursors; at most one is set.
    pub after: String,
    pub before: String,
}

impl CertificatesFilter {
    /// The same search in another view.
    pub fn in_view(&self, view: &str) -> String {
        address(&[("view", view), ("q", &self.q)])
    }

    /// The list with the same filter, from a cursor on.
    pub fn page_after(&self, cursor: &str) -> String {
        address(&[("view", &self.view), ("q", &self.q), ("after", cursor)])
    }

    pub fn page_before(&self, cursor: &str) -> String {
        address(&[("view", &self.view), ("q", &self.q), ("before", cursor)])
    }
}

fn address(pairs: &[(&str, &str)]) -> String {
    match query(pairs) {
        none if none.is_empty() => "/portal/certificates".to_owned(),
        some => format!("/portal/certificates?{some}"),
    }
}
