//! What every page has to be, whatever it shows: accessible, as wide as the screen, and quiet.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use serde_json::{Value, json};

use super::window::Window;

/// axe-core, MPL-2.0; see THIRD-PARTY-NOTICES.md.
const AXE: &str = include_str!("../vendor/axe-core-4.14.1/axe.min.js");
const RULES: [&str; 6] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

impl Window {
    /// All of it, and a picture.
    pub async fn is_sound(&self, step: &str) {
        self.picture(step).await;
        self.fits_the_screen().await;
        self.is_quiet().await;
        if self.scripted {
            self.is_accessible().await;
        }
    }

    /// axe finds nothing (WCAG 2.2 A and AA, and best practice). Needs script.
    pub async fn is_accessible(&self) {
        let with_axe = format!("if (!window.axe) {{ {AXE} }}");
        self.command("POST", "/execute/sync", &json!({ "script": with_axe, "args": [] })).await.unwrap();
        let run = "const [rules, done] = arguments; \
            axe.run(document, { runOnly: { type: 'tag', values: rules }, resultTypes: ['violations'] }).then((result) => \
            done(result.violations.map((found) => `${found.id}: ${found.help}\\n    ` + \
                found.nodes.map((node) => `${node.target.join(' ')}  ${node.html.slice(0, 200)}`).join('\\n    '))), \
            (error) => done([String(error)]))";
        let body = json!({ "script": run, "args": [RULES] });
        let found: Vec<String> =
            serde_json::from_value(self.command("POST", "/execute/async", &body).await.unwrap()).unwrap();
        if !found.is_empty() {
            self.fail(&format!("axe finds {}:\n{}", found.len(), found.join("\n"))).await;
        }
    }

    /// The page does not scroll sideways; tables may, within themselves.
    pub async fn fits_the_screen(&self) {
        let script = "const width = document.documentElement.clientWidth; \
            if (document.documentElement.scrollWidth <= width) return ''; \
            const wide = [...document.querySelectorAll('body *')].filter((element) => \
                element.getBoundingClientRect().right > width + 1); \
            return `${document.documentElement.scrollWidth} wide on ${width}: ` + \
                wide.slice(0, 5).map((element) => element.outerHTML.slice(0, 120)).join('\\n')";
        let complaint = self.script(script, json!([])).await;
        if complaint.as_str() != Some("") {
            self.fail(&format!("the page scrolls sideways: {complaint}")).await;
        }
    }

    /// The browser has nothing to complain about since the last time: no script error, no breach of the content security
    /// policy, no missing part. That a page itself was answered with an error status is the journey's business.
    pub async fn is_quiet(&self) {
        let log = self.command("POST", "/se/log", &json!({ "type": "browser" })).await.unwrap();
        let pages = |entry: &Value| {
            entry["source"] == "network" && !entry["message"].as_str().unwrap_or_default().contains("/assets/")
        };
        let complaints: Vec<_> = log
            .as_array()
            .unwrap()
            .iter()
            .filter(|entry| entry["level"] == "SEVERE" && !pages(entry))
            .map(|entry| entry["message"].to_string())
            .collect();
        if !complaints.is_empty() {
            self.fail(&format!("the browser complains: {}", complaints.join("\n"))).await;
        }
    }

    /// The whole page, in `target/browser/<test>-<step>.png`.
    pub async fn picture(&self, step: &str) {
        let asked = json!({ "format": "png", "captureBeyondViewport": true, "optimizeForSpeed": true });
        let taken = self.cdp("Page.captureScreenshot", asked).await;
        let bytes = base64::engine::general_purpose::STANDARD.decode(taken["data"].as_str().unwrap()).unwrap();
        let file = picture_file(step);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
    }
}

fn picture_file(step: &str) -> PathBuf {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("main").replace("::", "-");
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("target/browser/{test}-{step}.png"))
}
