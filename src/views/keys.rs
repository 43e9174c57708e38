//! The keys of the staff pages: the one table that is shown (`?`, 個人設定) and that `assets/desk.js` reads from the page.
//!
//! A key does what its `act` in `desk.js` does, to what `on` names; on a page without that it does nothing.

/// A heading and its keys.
#[derive(Debug)]
pub struct KeyGroup {
    /// Key of its text.
    pub title: &'static str,
    pub keys: &'static [Key],
}

#[derive(Debug)]
pub struct Key {
    /// As pressed: one key, two one after the other (`g t`), or a range of digits.
    pub keys: &'static str,
    /// Key of the text that says what it does.
    pub label: &'static str,
    /// Empty where the browser or a listener of its own does it.
    pub act: &'static str,
    /// A selector or an address.
    pub on: &'static str,
}

impl Key {
    /// Whether the script listens to it; single characters, which a voice or a slip may press, can be switched off
    /// (WCAG 2.1.4).
    pub fn works(&self, single_keys: bool) -> bool {
        let character = |key: &str| key.trim_start_matches("Shift+").chars().count() == 1;
        let single = self.keys == DIGITS || self.keys.split(' ').all(character);
        !self.act.is_empty() && (single_keys || !single)
    }

    /// One by one, as they stand on a keyboard.
    pub fn caps(&self) -> Vec<String> {
        let cap = |key: &str| match key {
            "ArrowLeft" => "←".to_owned(),
            "ArrowRight" => "→".to_owned(),
            "ArrowUp" => "↑".to_owned(),
            "ArrowDown" => "↓".to_owned(),
            letter if letter.len() == 1 => letter.to_uppercase(),
            name => name.to_owned(),
        };
        self.keys.split(' ').map(cap).collect()
    }
}

/// The results of a call, by their place.
const DIGITS: &str = "1–8";

pub const GROUPS: &[KeyGroup] = &[
    KeyGroup {
        title: "keys.everywhere",
        keys: &[
            key("/", "keys.search", "focus", "#q"),
            key("g t", "nav.today", "go", "/desk/today"),
            key("g l", "nav.cases", "go", "/desk/cases"),
            key("g b", "nav.batches", "go", "/desk/batches"),
            key("g c", "nav.calendar", "go", "/desk/calendar"),
            key("g m", "nav.mails", "go", "/desk/mails"),
            key("?", "keys.help", "help", ""),
            key("Esc", "keys.close", "", ""),
        ],
    },
    KeyGroup { title: "keys.on_today", keys: &[key("n", "today.next_call", "press", "[data-key=n]")] },
    KeyGroup {
        title: "keys.on_lists",
        keys: &[
            key("j", "keys.next_row", "next_row", ""),
            key("k", "keys.previous_row", "previous_row", ""),
            key("x", "lists.key_select", "elsewhere", ""),
            key("Shift+X", "lists.key_range", "elsewhere", ""),
            key("Enter", "keys.open", "", ""),
            key("f", "keys.filter", "focus", "[data-filter]"),
            key("u", "keys.refresh", "refresh", ""),
        ],
    },
    KeyGroup {
        title: "nav.calendar",
        keys: &[
            key("ArrowLeft", "keys.day_before", "day", "-1"),
            key("ArrowRight", "keys.day_after", "day", "1"),
            key("ArrowUp", "keys.week_before", "day", "-7"),
            key("ArrowDown", "keys.week_after", "day", "7"),
            key("PageUp", "keys.month_before", "press", "[data-month=previous]"),
            key("PageDown", "keys.month_after", "press", "[data-month=next]"),
        ],
    },
    KeyGroup {
        title: "keys.on_case",
        keys: &[
            key(DIGITS, "keys.outcome", "outcome", ""),
            key("t", "keys.call", "press", "[data-call]"),
            key("c", "keys.copy", "copy_number", ""),
            key("m", "keys.memo", "focus", "#f-note"),
            key("Ctrl+Enter", "keys.record", "", ""),
        ],
    },
];

const fn key(keys: &'static str, label: &'static str, act: &'static str, on: &'static str) -> Key {
    Key { keys, label, act, on }
}
