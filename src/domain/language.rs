//! The languages of the staff pages and of the API's messages.

use super::problem::Problem;

/// Japanese is the default; the portal and the mails know no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    #[default]
    Japanese,
    English,
}

impl Language {
    pub const ALL: [Self; 2] = [Self::Japanese, Self::English];

    /// Also the tag of BCP 47.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Japanese => "ja",
            Self::English => "en",
        }
    }

    /// Which of ours `accept_language` (RFC 9110, 12.5.4) likes best; the earlier of two that it likes equally.
    pub fn accepted(accept_language: &str) -> Self {
        let mut best = (Self::default(), 0.0_f32);
        for range in accept_language.split(',') {
            let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
            let primary = tag.split('-').next().unwrap_or_default().trim();
            let language = Self::ALL.into_iter().find(|language| language.as_str().eq_ignore_ascii_case(primary));
            let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.parse().ok()).unwrap_or(0.0);
            if let Some(language) = language.filter(|_| weight > best.1) {
                best = (language, weight);
            }
        }
        best.0
    }
}

impl std::str::FromStr for Language {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        Self::ALL
            .into_iter()
            .find(|language| language.as_str() == text)
            .ok_or_else(|| Problem::on("language", "language_unknown").with("value", text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_a_program_likes_best_is_found_and_japanese_is_the_default() {
        for (asked, expected) in [
            ("", Language::Japanese),
            ("*", Language::Japanese),
            ("en", Language::English),
            ("EN-us", Language::English),
            ("en, ja", Language::English),
            ("ja, en", Language::Japanese),
            ("ja;q=0.5, en;q=0.6", Language::English),
            ("en;q=0.5, ja;q=0.6", Language::Japanese),
            ("fr, en;q=0.3", Language::English),
            ("en;q=0", Language::Japanese),
            ("en;q=x", Language::Japanese),
            ("end", Language::Japanese),
            ("fr", Language::Japanese),
        ] {
            assert_eq!(Language::accepted(asked), expected, "{asked:?}");
        }
    }

    #[test]
    fn each_language_is_read_from_its_stored_word() {
        for language in Language::ALL {
            assert_eq!(language.as_str().parse(), Ok(language));
        }
        assert!("fr".parse::<Language>().is_err());
    }
}
