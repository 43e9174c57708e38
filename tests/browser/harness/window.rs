//! One person's browser: opens, reads, fills in and presses what the page names.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::Instant;

use super::driver;
use super::wire::{self, Refusal};

/// How long a step waits for what it needs. Far more than any takes: only a wrong page waits it out.
const LIMIT: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(25);
/// The key under which WebDriver keeps a reference to an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
const FIND: &str = include_str!("find.js");

/// How much a person sees, in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// 390 wide, with the viewport of a phone.
    Phone,
    /// 320 wide: a desk at 400 %.
    Narrow,
    /// 640 wide: a desk at 200 %.
    Half,
    /// 1280 wide.
    Desk,
}

impl Screen {
    fn metrics(self) -> Value {
        let (width, height, mobile) = match self {
            Self::Phone => (390, 844, true),
            Self::Narrow => (320, 640, true),
            Self::Half => (640, 450, false),
            Self::Desk => (1280, 900, false),
        };
        json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile })
    }
}

pub struct Window {
    browser: Arc<Browser>,
    base: String,
    pub(super) scripted: bool,
    screen: Screen,
}

/// A Chromium of its own. Starting one takes as long as several steps of a test, so the next window gets it, emptied.
struct Browser {
    session: String,
    downloads: TempDir,
    /// More than one tab was open, or script is off. (One that brought files is not used again either.)
    spoiled: AtomicBool,
}

/// Browsers that run script and are in no test.
static IDLE: Mutex<Vec<Arc<Browser>>> = Mutex::new(Vec::new());

impl Browser {
    async fn start(scripted: bool) -> Self {
        let downloads = tempfile::tempdir_in(driver::folder()).unwrap();
        let asked = json!({ "capabilities": { "alwaysMatch": capabilities(downloads.path(), scripted) } });
        let answer = wire::ask(driver::address(), "POST", "/session", Some(&asked)).await.unwrap();
        let session = format!("/session/{}", answer["sessionId"].as_str().unwrap());
        Self { session, downloads, spoiled: AtomicBool::new(!scripted) }
    }

    /// One that another window has left, without what it left there. Storage and cache go by origin, and each site has
    /// its own port; cookies are the host's.
    async fn idle(scripted: bool) -> Option<Arc<Self>> {
        let idle = || IDLE.lock().unwrap_or_else(PoisonError::into_inner).pop();
        while scripted && let Some(browser) = idle() {
            let blank = browser.command("POST", "/url", &json!({ "url": "about:blank" })).await;
            let forget = json!({ "cmd": "Network.clearBrowserCookies", "params": {} });
            let forgotten = browser.command("POST", "/goog/cdp/execute", &forget).await;
            let log = browser.command("POST", "/se/log", &json!({ "type": "browser" })).await;
            if blank.is_ok() && forgotten.is_ok() && log.is_ok() {
                return Some(browser);
            }
        }
        None
    }

    async fn command(&self, method: &str, path: &str, body: &Value) -> Result<Value, Refusal> {
        let body = Some(body).filter(|body| !body.is_null());
        wire::ask(driver::address(), method, &format!("{}{path}", self.session), body).await
    }
}

impl Window {
    pub(super) async fn open_on(base: &str, screen: Screen, scripted: bool) -> Self {
        let browser = match Browser::idle(scripted).await {
            Some(browser) => browser,
            None => Arc::new(Browser::start(scripted).await),
        };
        let window = Self { browser, base: base.to_owned(), scripted, screen };
        window.set_screen(screen).await;
        window
    }

    /// From here on the person sees this much.
    pub async fn set_screen(&self, screen: Screen) {
        self.cdp("Emulation.setDeviceMetricsOverride", screen.metrics()).await;
    }

    /// The person has chosen colours of the system for every program (WCAG 1.4.11, forced colours).
    pub async fn force_colours(&self, forced: bool) {
        let value = if forced { "active" } else { "none" };
        let features = json!({ "features": [{ "name": "forced-colors", "value": value }] });
        self.cdp("Emulation.setEmulatedMedia", features).await;
    }

    /// The person reads with more room between letters, words, lines and paragraphs (WCAG 1.4.12). For this page only.
    pub async fn widen_text(&self) {
        let script = "const sheet = new CSSStyleSheet(); sheet.replaceSync(`* { line-height: 1.5 !important; \
            letter-spacing: .12em !important; word-spacing: .16em !important } p { margin-bottom: 2em !important }`); \
            document.adoptedStyleSheets = [sheet]";
        self.script(script, json!([])).await;
    }

    /// No text is wider or higher than the box that cuts it off.
    pub async fn cuts_no_text(&self) {
        let script = "const cut = [...document.querySelectorAll('body *')].filter((element) => { \
            const style = getComputedStyle(element); \
            const hides = (value) => value === 'hidden' || value === 'clip'; \
            const shown = element.checkVisibility() && element.clientWidth > 1 && element.clientHeight > 1; \
            return shown && element.innerText?.trim() && (hides(style.overflowX) && element.scrollWidth > element.clientWidth + 1 \
                || hides(style.overflowY) && element.scrollHeight > element.clientHeight + 1); }); \
            return cut.slice(0, 5).map((element) => element.outerHTML.slice(0, 160)).join('\\n')";
        let complaint = self.script(script, json!([])).await;
        if complaint.as_str() != Some("") {
            self.fail(&format!("text is cut off: {complaint}")).await;
        }
    }

    /// What of these has neither a border nor an outline, and so no edge when colours are forced.
    pub async fn has_edges(&self, selector: &str) {
        let script = "const bare = [...document.querySelectorAll(arguments[0])].filter((element) => \
            element.checkVisibility() && parseFloat(getComputedStyle(element).borderBottomWidth) === 0); \
            return bare.slice(0, 5).map((element) => element.outerHTML.slice(0, 160)).join('\\n')";
        let complaint = self.script(script, json!([selector])).await;
        if complaint.as_str() != Some("") {
            self.fail(&format!("without an edge: {complaint}")).await;
        }
    }

    /// Types an address.
    pub async fn open(&self, path: &str) {
        self.command("POST", "/url", &json!({ "url": format!("{}{path}", self.base) })).await.unwrap();
    }

    pub async fn reload(&self) {
        self.command("POST", "/refresh", &json!({})).await.unwrap();
    }

    pub async fn back(&self) {
        self.command("POST", "/back", &json!({})).await.unwrap();
    }

    pub async fn forward(&self) {
        self.command("POST", "/forward", &json!({})).await.unwrap();
    }

    /// Presses a button or follows a link.
    pub async fn press(&self, name: &str) {
        self.click("return findControl(arguments[0])", json!([name]), &format!("nothing to press called {name}")).await;
    }

    /// The same within the part of the page under this heading, legend or region's name.
    pub async fn press_in(&self, part: &str, name: &str) {
        let find = "const part = findPart(arguments[0]); return part && findControl(arguments[1], part)";
        self.click(find, json!([part, name]), &format!("nothing to press called {name} in {part}")).await;
    }

    /// Chooses a radio button or ticks a box; what is chosen already stays.
    pub async fn choose(&self, name: &str) {
        let find = "const found = findChoice(arguments[0]); return (found?.control ?? found)?.checked ? true : found";
        self.click(find, json!([name]), &format!("nothing to choose called {name}")).await;
    }

    /// The same among the choices under this legend.
    pub async fn choose_in(&self, part: &str, name: &str) {
        let find = "const part = findPart(arguments[0]); const found = part && findChoice(arguments[1], part); \
            return (found?.control ?? found)?.checked ? true : found";
        self.click(find, json!([part, name]), &format!("nothing to choose called {name} in {part}")).await;
    }

    /// Takes the tick off a box.
    pub async fn untick(&self, name: &str) {
        let find = "const found = findChoice(arguments[0]); \
            return found && !(found.control ?? found).checked ? true : found";
        self.click(find, json!([name]), &format!("no box called {name}")).await;
    }

    pub async fn choose_from(&self, field: &str, option: &str) {
        let find = "const field = findField(arguments[0]); \
            return field && pick([...field.options], arguments[1], 'options')";
        self.click(find, json!([field, option]), &format!("no {option} in {field}")).await;
    }

    /// Replaces what a field holds. A date or a time is given as its value (2026-12-08, 11:30).
    pub async fn fill(&self, field: &str, text: &str) {
        self.fill_found("return findField(arguments[0])", json!([field]), text, &format!("no field {field}")).await;
    }

    /// Gives a file to a field.
    pub async fn attach(&self, field: &str, file: &Path) {
        let id = self.find("return findField(arguments[0])", json!([field]), &format!("no field {field}")).await;
        self.command("POST", &format!("/element/{id}/value"), &json!({ "text": file.display().to_string() }))
            .await
            .unwrap();
    }

    async fn fill_found(&self, find: &str, arguments: Value, text: &str, missing: &str) {
        let id = self.find(find, arguments, missing).await;
        let element = json!({ ELEMENT: id });
        // Browsers ask for dates part by part, in the order of their language: the value is set as WebDriver itself would.
        let set = "const [field, value] = arguments; if (!['date', 'time'].includes(field.type)) return false; \
            field.value = value; field.dispatchEvent(new Event('input', { bubbles: true })); \
            field.dispatchEvent(new Event('change', { bubbles: true })); return true";
        if self.script(set, json!([element, text])).await == Value::Bool(true) {
            return;
        }
        self.command("POST", &format!("/element/{id}/clear"), &json!({})).await.unwrap();
        self.command("POST", &format!("/element/{id}/value"), &json!({ "text": text })).await.unwrap();
    }

    /// Waits until a field holds this; of a box, `true` or `false`.
    pub async fn holds(&self, field: &str, value: &str) {
        let script = "const field = findField(arguments[0]); if (!field) return false; \
            const held = ['radio', 'checkbox'].includes(field.type) ? String(field.checked) : field.value; \
            return held === arguments[1]";
        self.wait_for(script, json!([field, value]), &format!("{field} does not hold {value}")).await;
    }

    /// What a field holds now.
    pub async fn value_of(&self, field: &str) -> String {
        let script = "return findField(arguments[0])?.value ?? null";
        let held = self.until(script, json!([field]), &format!("no field {field}")).await;
        held.as_str().unwrap().to_owned()
    }

    /// Whether a box or a radio button is chosen.
    pub async fn is_chosen(&self, name: &str) -> bool {
        let script = "const found = findChoice(arguments[0]); return (found?.control ?? found)?.checked ?? null";
        self.script(script, json!([name])).await.as_bool().unwrap_or_else(|| panic!("nothing to choose called {name}"))
    }

    /// Waits until the page shows this text.
    pub async fn sees(&self, text: &str) {
        let script = "return visibleText().includes(tidy(arguments[0]))";
        self.wait_for(script, json!([text]), &format!("{text} is not there")).await;
    }

    /// Waits until the page shows it no more.
    pub async fn sees_no(&self, text: &str) {
        let script = "return !visibleText().includes(tidy(arguments[0]))";
        self.wait_for(script, json!([text]), &format!("{text} is there")).await;
    }

    /// Whether there is a button or a link with this name.
    pub async fn offers(&self, name: &str) -> bool {
        self.script("return findControl(arguments[0]) !== null", json!([name])).await == Value::Bool(true)
    }

    /// Whether there is a field with this name, and it shows.
    pub async fn asks_for(&self, name: &str) -> bool {
        self.script("return findField(arguments[0]) !== null", json!([name])).await == Value::Bool(true)
    }

    /// Waits until the window is at this path (without its query).
    pub async fn is_at(&self, path: &str) {
        self.wait_for("return location.pathname === arguments[0]", json!([path]), &format!("not at {path}")).await;
    }

    /// Waits for a page with this heading.
    pub async fn is_on(&self, heading: &str) {
        let script = "return all('h1').some((h1) => nameOf(h1) === tidy(arguments[0]))";
        self.wait_for(script, json!([heading]), &format!("not on {heading}")).await;
    }

    pub async fn path(&self) -> String {
        self.text("return location.pathname").await
    }

    pub async fn title(&self) -> String {
        self.text("return document.title").await
    }

    pub async fn heading(&self) -> String {
        self.text("return all('h1').map(nameOf).join(' | ')").await
    }

    /// All that the page shows.
    pub async fn visible_text(&self) -> String {
        self.text("return visibleText()").await
    }

    /// The sentences of the summary on top of a refused form. Waits for it.
    pub async fn errors(&self) -> Vec<String> {
        self.wait_for("return all('.errs li').length > 0", json!([]), "nothing was refused").await;
        let errors = self.script("return all('.errs li').map((line) => tidy(line.textContent))", json!([])).await;
        serde_json::from_value(errors).unwrap()
    }

    /// Refused with exactly these sentences, as a refused form must be: the summary holds the focus, the title says so,
    /// and each sentence about a field stands at the field, too, and leads to it.
    pub async fn is_refused_with(&self, sentences: &[&str]) {
        assert_eq!(self.errors().await, sentences);
        assert!(self.title().await.starts_with("エラー: "), "the title is {}", self.title().await);
        let script = "return all('.errs a').filter((link) => { \
            const field = document.querySelector(link.hash); \
            const name = link.hash.replace('#f-', '#e-'); \
            return field === null || !document.querySelector(name)?.textContent.includes(tidy(link.textContent)); \
            }).map((link) => link.hash)";
        assert_eq!(self.script(script, json!([])).await, json!([]), "links of the summary that lead to no field");
    }

    /// The text of everything that matches a selector, for what has no name.
    pub async fn texts_of(&self, selector: &str) -> Vec<String> {
        let texts = self.script("return all(arguments[0]).map(nameOf)", json!([selector])).await;
        serde_json::from_value(texts).unwrap()
    }

    /// Opens another tab beside this one and goes on in it; the answer leads back with [`Window::to_tab`].
    pub async fn new_tab(&self) -> Tab {
        self.browser.spoiled.store(true, Ordering::Relaxed);
        let before = self.command("GET", "/window", &Value::Null).await.unwrap();
        let made = self.command("POST", "/window/new", &json!({ "type": "tab" })).await.unwrap();
        self.to_tab(&Tab(made["handle"].clone())).await;
        self.set_screen(self.screen).await;
        Tab(before)
    }

    /// The tab the person is in.
    pub async fn tab(&self) -> Tab {
        Tab(self.command("GET", "/window", &Value::Null).await.unwrap())
    }

    pub async fn to_tab(&self, tab: &Tab) {
        self.command("POST", "/window", &json!({ "handle": tab.0 })).await.unwrap();
    }

    /// Presses a link to a file and waits until it is saved; its bytes.
    pub async fn download(&self, name: &str) -> Vec<u8> {
        let id = self.find("return findControl(arguments[0])", json!([name]), &format!("no link {name}")).await;
        let whole =
            "return fetch(arguments[0].href).then(answer => answer.arrayBuffer()).then(file => file.byteLength)";
        let whole = self.script(whole, json!([{ ELEMENT: &id }])).await.as_u64().unwrap();
        let folder = self.browser.downloads.path();
        let files = || std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        assert_eq!(files().collect::<Vec<_>>(), Vec::<PathBuf>::new(), "nothing is left of another download");
        self.command("POST", &format!("/element/{id}/click"), &json!({})).await.unwrap();
        let end = Instant::now() + LIMIT;
        loop {
            // What is not complete has a name of Chromium's own; an empty file keeps the place for it.
            let own_name = |path: &PathBuf| {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                name.starts_with('.') || name.ends_with(".crdownload")
            };
            let complete = |path: &PathBuf| !own_name(path) && path.metadata().is_ok_and(|file| file.len() == whole);
            if let Some(file) = files().find(complete) {
                let bytes = std::fs::read(&file).unwrap();
                std::fs::remove_file(file).unwrap();
                return bytes;
            }
            assert!(
                Instant::now() < end,
                "{name} brought no file of {whole} octets: {:?}",
                files().collect::<Vec<_>>()
            );
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// The device from here on has a reader of fingers that knows this person, and keeps passkeys.
    pub async fn has_passkeys(&self) {
        self.browser.spoiled.store(true, Ordering::Relaxed);
        let device = json!({
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true,
            "isUserConsenting": true, "isUserVerified": true,
        });
        self.command("POST", "/webauthn/authenticator", &device).await.unwrap();
    }

    /// Copies a text and pastes it into a field, as from another program.
    pub async fn paste(&self, field: &str, text: &str) {
        let id = self.find("return findField(arguments[0])", json!([field]), &format!("no field {field}")).await;
        let focus = "arguments[0].focus(); arguments[0].value = ''; return true";
        self.script(focus, json!([{ ELEMENT: id }])).await;
        // What a paste does to a field, whatever the clipboard of this machine holds.
        self.cdp("Input.insertText", json!({ "text": text })).await;
    }

    /// The name and the value of the cookies that the page's server set.
    pub async fn cookies(&self) -> Vec<(String, String)> {
        let cookies = self.command("GET", "/cookie", &Value::Null).await.unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        cookies.as_array().unwrap().iter().map(|cookie| (text(&cookie["name"]), text(&cookie["value"]))).collect()
    }

    /// Puts a cookie into the browser. It must have been at the site.
    pub async fn set_cookie(&self, name: &str, value: &str) {
        let cookie = json!({ "cookie": { "name": name, "value": value, "path": "/", "httpOnly": true } });
        self.command("POST", "/cookie", &cookie).await.unwrap();
    }

    async fn text(&self, script: &str) -> String {
        self.script(script, json!([])).await.as_str().unwrap_or_default().to_owned()
    }

    /// Clicks what the script finds, as often as the page moves away under the click. A script that answers `true` wants
    /// no click.
    async fn click(&self, find: &str, arguments: Value, missing: &str) {
        let end = Instant::now() + LIMIT;
        loop {
            let found = self.until(find, arguments.clone(), missing).await;
            let Some(id) = found[ELEMENT].as_str() else { return };
            let leads_away = self.try_script("return leadsAway(arguments[0])", json!([found])).await;
            match self.command("POST", &format!("/element/{id}/click"), &json!({})).await {
                // Else the next step might still read the page that goes.
                Ok(_) if leads_away.is_ok_and(|leads| leads == Value::Bool(true)) => {
                    let script = "return !window.stillHere && document.readyState === 'complete'";
                    return self.wait_for(script, json!([]), "pressing it led nowhere").await;
                }
                Ok(_) => return,
                Err(refusal) if passes(&refusal) && Instant::now() < end => tokio::time::sleep(PAUSE).await,
                Err(refusal) => self.fail(&format!("cannot press it: {}", refusal.message)).await,
            }
        }
    }

    async fn find(&self, find: &str, arguments: Value, missing: &str) -> String {
        self.until(find, arguments, missing).await[ELEMENT].as_str().unwrap().to_owned()
    }

    /// Waits until a script answers true.
    pub(super) async fn wait_for(&self, script: &str, arguments: Value, missing: &str) {
        self.until(script, arguments, missing).await;
    }

    /// Waits until a script answers something, neither null nor false.
    async fn until(&self, script: &str, arguments: Value, missing: &str) -> Value {
        let end = Instant::now() + LIMIT;
        loop {
            match self.try_script(script, arguments.clone()).await {
                Ok(Value::Null | Value::Bool(false)) => {}
                Ok(answer) => return answer,
                Err(refusal) if passes(&refusal) => {}
                Err(refusal) => self.fail(&format!("{missing}: {}", refusal.message)).await,
            }
            if Instant::now() > end {
                self.fail(missing).await;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    pub(super) async fn script(&self, script: &str, arguments: Value) -> Value {
        match self.try_script(script, arguments).await {
            Ok(answer) => answer,
            Err(refusal) => self.fail(&refusal.message).await,
        }
    }

    async fn try_script(&self, script: &str, arguments: Value) -> Result<Value, Refusal> {
        let body = json!({ "script": format!("{FIND}\n{script}"), "args": arguments });
        self.command("POST", "/execute/sync", &body).await
    }

    /// Speaks to Chromium past WebDriver.
    pub(super) async fn cdp(&self, command: &str, parameters: Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        self.command("POST", "/goog/cdp/execute", &body).await.unwrap()
    }

    pub(super) async fn command(&self, method: &str, path: &str, body: &Value) -> Result<Value, Refusal> {
        self.browser.command(method, path, body).await
    }

    /// Ends the test with what the person sees.
    pub(super) async fn fail(&self, message: &str) -> ! {
        self.picture("failed").await;
        let script = "return `${location.href}, where it says: ${visibleText()}`";
        let place = self.try_script(script, json!([])).await.unwrap_or_else(|refusal| refusal.message.into());
        panic!("{message}\nat {place}")
    }
}

/// Names one tab of a window.
pub struct Tab(Value);

impl Drop for Window {
    fn drop(&mut self) {
        let has_downloads =
            std::fs::read_dir(self.browser.downloads.path()).is_ok_and(|mut files| files.next().is_some());
        if has_downloads || self.browser.spoiled.load(Ordering::Relaxed) || std::thread::panicking() {
            wire::ask_and_leave(driver::address(), "DELETE", &self.browser.session);
        } else {
            IDLE.lock().unwrap_or_else(PoisonError::into_inner).push(self.browser.clone());
        }
    }
}

/// What happens while a page goes and another comes.
fn passes(refusal: &Refusal) -> bool {
    let code = refusal.code.as_str();
    matches!(code, "stale element reference" | "no such element" | "element click intercepted")
        || code == "element not interactable"
        || refusal.message.contains("aborted by navigation")
}

fn capabilities(downloads: &Path, scripted: bool) -> Value {
    let mut arguments = vec![
        "--headless",
        "--lang=ja",
        "--disable-gpu",
        "--no-first-run",
        "--force-prefers-reduced-motion",
        // Ends the browser with chromedriver.
        "--remote-debugging-pipe",
        // Calls nobody but the site.
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-domain-reliability",
        "--disable-sync",
        "--disable-default-apps",
        "--no-pings",
    ];
    // Chromium has no sandbox for root.
    if std::fs::metadata("/proc/self").is_ok_and(|process| std::os::unix::fs::MetadataExt::uid(&process) == 0) {
        arguments.push("--no-sandbox");
    }
    let mut preferences = json!({
        "intl.accept_languages": "ja",
        "credentials_enable_service": false,
        "profile.password_manager_leak_detection": false,
        "download.default_directory": downloads,
        "download.prompt_for_download": false,
    });
    if !scripted {
        preferences["profile.managed_default_content_settings.javascript"] = 2.into();
    }
    json!({
        "browserName": "chrome",
        "goog:loggingPrefs": { "browser": "ALL" },
        "goog:chromeOptions": { "binary": driver::chromium(), "args": arguments, "prefs": preferences },
    })
}
