//! Made-up contents of 個人設定, in both languages, and the style guide.

use askama::Template;

use revocation_desk::domain::language::Language;
use revocation_desk::domain::problem::Problem;
use revocation_desk::messages::Texts;
use revocation_desk::views::assets;
use revocation_desk::views::chrome::Place;
use revocation_desk::views::desk::preferences::PreferencesPage;
use revocation_desk::views::form::{Choice, FieldErrors};
use revocation_desk::views::styleguide::StyleguidePage;

use crate::samples::chrome;

pub fn all() -> Vec<(&'static str, askama::Result<String>)> {
    let unknown = [Problem::on("language", "language_unknown").with("value", "fr")];
    vec![
        ("preferences", preferences(Texts::JA, true, &[]).render()),
        ("preferences-refused", preferences(Texts::JA, true, &unknown).render()),
        ("preferences-english", preferences(Texts::EN, false, &[]).render()),
        ("styleguide", StyleguidePage::new(Texts::JA, "失効デスク".to_owned(), assets::icons(), 1).render()),
        (
            "styleguide-english",
            StyleguidePage::new(Texts::EN, "Revocation desk".to_owned(), assets::icons(), 1).render(),
        ),
    ]
}

fn preferences(t: Texts, single_keys: bool, problems: &[Problem]) -> PreferencesPage {
    let mut chrome = chrome(Place::Preferences);
    (chrome.t, chrome.single_keys) = (t, single_keys);
    let choice = |language: Language| {
        let name = Texts::of(language).s("preferences.language_name");
        Choice::new(language.as_str(), name, language == t.language())
    };
    PreferencesPage {
        chrome,
        languages: Language::ALL.into_iter().map(choice).collect(),
        single_keys,
        errors: FieldErrors::of(t, problems),
    }
}
