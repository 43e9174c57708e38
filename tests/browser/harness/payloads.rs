//! Whether a payload ran, or the browser had to stop one.

use serde_json::json;

use super::window::Window;

impl Window {
    /// From the next page on: `hit()` is counted, and so is every breach of the content security policy.
    pub async fn counts_hits(&self) {
        let script = "window.hits = []; window.hit = () => window.hits.push('a payload ran'); \
            window.alert = window.hit; \
            document.addEventListener('securitypolicyviolation', (breach) => \
                window.hits.push(`${breach.violatedDirective} of ${breach.blockedURI} ${breach.sample}`));";
        self.cdp("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await;
    }

    /// The page that is open ran no payload and asked for nothing that its policy forbids.
    pub async fn was_not_hit(&self) {
        let hits = self.script("return window.hits ? window.hits.join('; ') : 'nobody counted'", json!([])).await;
        if hits.as_str() != Some("") {
            self.fail(&format!("hit: {hits}")).await;
        }
    }
}
