//! A person without a mouse: keys, and where the focus is.

use serde_json::{Value, json};

use super::window::Window;

/// Keys without a letter, as WebDriver names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    Tab,
    /// Shift and Tab.
    BackTab,
    Enter,
    Space,
    Escape,
    Up,
    Down,
    Left,
    Right,
}

const SHIFT: char = '\u{E008}';

impl Key {
    fn code(self) -> char {
        match self {
            Self::Tab | Self::BackTab => '\u{E004}',
            Self::Enter => '\u{E007}',
            Self::Space => ' ',
            Self::Escape => '\u{E00C}',
            Self::Left => '\u{E012}',
            Self::Up => '\u{E013}',
            Self::Right => '\u{E014}',
            Self::Down => '\u{E015}',
        }
    }
}

impl Window {
    pub async fn key(&self, key: Key) {
        let stroke = [down(key.code()), up(key.code())];
        let strokes = match key {
            Key::BackTab => [vec![down(SHIFT)], stroke.to_vec(), vec![up(SHIFT)]].concat(),
            _ => stroke.to_vec(),
        };
        self.strokes(strokes).await;
    }

    /// Types into what has the focus.
    pub async fn type_text(&self, text: &str) {
        self.strokes(text.chars().flat_map(|letter| [down(letter), up(letter)]).collect()).await;
    }

    /// Types a date into the field that has the focus, part by part: `2026-12-08`.
    pub async fn type_date(&self, date: &str) {
        // Parts follow each other as they are full. A year without a limit may have six digits.
        let unlimited = self.script("return document.activeElement.max === ''", json!([])).await == Value::Bool(true);
        for (at, part) in date.split('-').enumerate() {
            if at == 1 && unlimited {
                self.key(Key::Right).await;
            }
            self.type_text(part).await;
        }
    }

    /// What has the focus, by the name that [`Window::press`] and [`Window::fill`] would use.
    pub async fn focused(&self) -> String {
        let script = "const at = document.activeElement; if (at === null || at === document.body) return ''; \
            const label = at.labels?.length > 0 && at.getAttribute('aria-label') === null ? at.labels[0] : at; \
            return nameOf(label) || nameOf(label.closest('fieldset')?.querySelector('legend') ?? label)";
        self.script(script, json!([])).await.as_str().unwrap().to_owned()
    }

    /// Presses Tab until this has the focus; it must show that it has, and so must everything on the way.
    pub async fn tab_to(&self, name: &str) {
        self.walk_to(name, Key::Tab).await;
    }

    pub async fn tab_back_to(&self, name: &str) {
        self.walk_to(name, Key::BackTab).await;
    }

    async fn walk_to(&self, name: &str, key: Key) {
        let mut way = Vec::new();
        while way.len() < 150 {
            self.key(key).await;
            let at = self.focused().await;
            self.shows_the_focus(&at).await;
            if at == name || (at.starts_with(name) && !at.is_empty()) {
                return;
            }
            way.push(at);
        }
        self.fail(&format!("{name} is not on the way of the Tab key: {}", way.join(" → "))).await;
    }

    async fn shows_the_focus(&self, name: &str) {
        let script = "const at = document.activeElement; if (at === document.body || !at.matches(':focus-visible')) return true; \
            const drawn = (element) => { const style = getComputedStyle(element); \
                return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none'; }; \
            return drawn(at) || (at.labels?.[0] !== undefined && drawn(at.labels[0])) || drawn(at.parentElement)";
        if self.script(script, json!([])).await != Value::Bool(true) {
            self.fail(&format!("nobody sees that the focus is on {name}")).await;
        }
    }

    async fn strokes(&self, strokes: Vec<Value>) {
        let body = json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": strokes }] });
        self.command("POST", "/actions", &body).await.unwrap();
    }
}

fn down(key: char) -> Value {
    json!({ "type": "keyDown", "value": key.to_string() })
}

fn up(key: char) -> Value {
    json!({ "type": "keyUp", "value": key.to_string() })
}
