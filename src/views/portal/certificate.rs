//! 申請情報詳細 `/portal/certificates/{no}`: one certificate, whether it can be reissued, and what to do where it cannot.

use askama::Template;
use askama_web::WebTemplate;

use super::chrome::PortalChrome;
use super::reissue_picture::ReissuePicture;
use crate::views::parts::{Link, Serial, SiteNames, StatusLabel};

#[derive(Template, WebTemplate, Debug)]
#[template(path = "portal/certificate.html")]
pub struct CertificatePage {
    pub chrome: PortalChrome,
    pub csrf: String,
    pub reception_number: String,
    pub status: StatusLabel,
    pub names: SiteNames,
    pub ev: bool,
    pub kind: &'static str,
    /// `2026/08/06 – 2027/02/21`
    pub period: String,
    /// `残り90日`, or nothing.
    pub remaining: String,
    pub reissue: Reissue,
    pub open_requests: Vec<RequestRow>,
    pub past_requests: Vec<RequestRow>,
    pub facts: CertificateFacts,
    pub downloads: Vec<Download>,
    /// The CA of this certificate is not ours: only the certificate itself can be handed out.
    pub issuers_unknown: bool,
    pub contacts: Vec<ContactFact>,
    pub compromise: Compromise,
}

impl CertificatePage {
    /// `/portal/certificates/RQ-260806-0182`
    pub fn href(&self) -> String {
        format!("/portal/certificates/{}", self.reception_number)
    }
}

/// Whether the application may be filed.
#[derive(Debug)]
pub enum Reissue {
    Offered {
        /// It may be filed and will wait.
        notice: Option<String>,
        /// Where the term would be shortened.
        picture: Option<ReissuePicture>,
        /// Where the reissue brings back the days that a former one lost.
        regained: Option<String>,
    },
    /// Every reason against it, with what to do instead.
    Refused { obstacles: Vec<Obstacle>, ask_the_desk: bool },
}

#[derive(Debug)]
pub struct Obstacle {
    pub text: String,
    pub link: Option<Link>,
    /// Forms to ask the desk for.
    pub forms: Vec<FormOffer>,
}

#[derive(Debug)]
pub struct FormOffer {
    /// Where the form posts to.
    pub action: String,
    pub label: &'static str,
    /// When it was asked for, instead of the button.
    pub asked: Option<String>,
}

/// A request that is to revoke the certificate, or that it was issued on.
#[derive(Debug)]
pub struct RequestRow {
    pub reception_number: String,
    pub href: String,
    /// `2026/11/24(火)`
    pub filed: String,
    /// What it did for this certificate.
    pub what: String,
    pub status: StatusLabel,
}

#[derive(Debug)]
pub struct CertificateFacts {
    pub common_name: String,
    pub dns_names: Vec<String>,
    pub organization: String,
    pub period: String,
    /// The end of the order, where it is later than the certificate's.
    pub entitlement: Option<String>,
    pub serial: Serial,
    pub key: String,
    pub signature: String,
    pub issuer: String,
    pub sha256: String,
    /// 再発行元, 再発行先: name and link to each.
    pub chain: Vec<(&'static str, Link)>,
}

#[derive(Debug)]
pub struct Download {
    pub href: String,
    pub label: &'static str,
    pub note: &'static str,
}

#[derive(Debug)]
pub struct ContactFact {
    pub role: &'static str,
    pub name: String,
    /// `末尾4182`
    pub phone: String,
    /// Who is called on the day of revocation.
    pub called: bool,
}

/// How a customer tells of a compromised key.
#[derive(Debug)]
pub enum Compromise {
    /// The certificate is not in use any more.
    Over,
    /// By an application, or on the page of the request under way.
    Report { href: String },
    /// It is on its way.
    Reported { href: String },
    /// No application is possible: the desk is told by phone or mail.
    TellTheDesk,
}
