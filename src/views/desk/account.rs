//! ログインと本人確認 `/desk/account`: the second factor, the passkeys and the log-ins of the reader.

use askama::Template;
use askama_web::WebTemplate;
use serde::Deserialize;

use crate::messages::Texts;
use crate::views::chrome::Chrome;
use crate::views::form::FieldErrors;
use crate::views::portal::qr::QrPicture;

#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/account.html")]
pub struct StaffAccountPage {
    pub chrome: Chrome,
    /// How many recovery codes are left, where a code is asked for.
    pub recovery_left: Option<String>,
    /// Whether this browser's address allows passkeys.
    pub may_add_passkey: bool,
    pub passkeys: Vec<PasskeyRow>,
    pub sessions: Vec<SessionRow>,
    pub errors: FieldErrors,
}

#[derive(Debug, Clone)]
pub struct PasskeyRow {
    pub name: String,
    pub created: String,
    pub used: String,
    pub removal: String,
}

/// One log-in.
#[derive(Debug, Clone)]
pub struct SessionRow {
    /// Names it in the form that ends it.
    pub id: String,
    pub browser: String,
    pub address: String,
    pub by: String,
    pub began: String,
    pub seen: String,
    /// The one that shows the page.
    pub current: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndSessionForm {
    #[serde(rename = "_csrf")]
    pub csrf: String,
    /// None: all others.
    #[serde(default)]
    pub session: Option<String>,
}

/// `/desk/account/code`: the app gets its secret.
#[derive(Template, WebTemplate)]
#[template(path = "desk/account_code.html")]
pub struct StaffEnrolPage {
    pub chrome: Chrome,
    /// Nothing else can be done before.
    pub required: bool,
    /// A passkey would do as well.
    pub may_add_passkey: bool,
    /// In groups of four.
    pub secret: String,
    pub qr: Option<QrPicture>,
    pub errors: FieldErrors,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaffEnrolForm {
    #[serde(rename = "_csrf")]
    pub csrf: String,
    pub code: String,
}

/// The recovery codes, shown once.
#[derive(Template, WebTemplate)]
#[template(path = "desk/account_recovery.html")]
pub struct StaffRecoveryPage {
    pub chrome: Chrome,
    pub codes: Vec<String>,
}

/// `/desk/account/code/off`
#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/account_code_off.html")]
pub struct StaffCodeOffPage {
    pub chrome: Chrome,
    pub errors: FieldErrors,
}

/// `/desk/account/passkeys`
#[derive(Template, WebTemplate, Debug)]
#[template(path = "desk/account_passkey.html")]
pub struct NewPasskeyPage {
    pub chrome: Chrome,
    /// What the browser is asked to make.
    pub options: String,
    pub name: String,
    pub errors: FieldErrors,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPasskeyForm {
    #[serde(rename = "_csrf")]
    pub csrf: String,
    #[serde(default)]
    pub name: String,
    pub answer: String,
}

/// `Chrome・Windows`, as far as a browser says.
pub fn browser_name(t: Texts, told: &str) -> String {
    const PROGRAMS: [(&str, &str); 5] =
        [("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")];
    const SYSTEMS: [(&str, &str); 6] = [
        ("Windows", "Windows"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let first =
        |known: &[(&str, &'static str)]| known.iter().find(|(mark, _)| told.contains(mark)).map(|(_, name)| *name);
    let parts: Vec<&str> = [first(&PROGRAMS), first(&SYSTEMS)].into_iter().flatten().collect();
    if parts.is_empty() { t.s("sign_in.browser_unknown").to_owned() } else { parts.join(" / ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_named_as_people_know_it() {
        for (told, name) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36",
                "Chrome / Windows",
            ),
            ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge / Windows"),
            ("Mozilla/5.0 (Macintosh; Intel Mac OS X 15.0) Version/18.0 Safari/605.1.15", "Safari / macOS"),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox / Linux"),
            ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome / Android"),
            ("<script>", "不明なブラウザー"),
            ("", "不明なブラウザー"),
        ] {
            assert_eq!(browser_name(Texts::of(crate::domain::language::Language::Japanese), told), name);
        }
    }
}
