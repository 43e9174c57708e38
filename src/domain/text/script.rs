//! How a call script is written: paragraphs, parted by a blank line, are steps; a line that begins with ※ is for the agent
//! only. Among the situations a line that begins with ■ names one, and what to say follows it.

/// One step of a call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Step {
    pub say: String,
    /// Not to be said.
    pub note: String,
}

pub fn steps(text: &str) -> Vec<Step> {
    let mut steps = vec![Step::default()];
    for line in text.lines().map(str::trim) {
        let Some(step) = steps.last_mut() else { break };
        match line.strip_prefix('※') {
            _ if line.is_empty() => steps.push(Step::default()),
            Some(note) => step.note.push_str(note),
            None => step.say.push_str(line),
        }
    }
    steps.retain(|step| *step != Step::default());
    steps
}

/// Each situation with what to say in it. Lines before the first are no situation's.
pub fn situations(text: &str) -> Vec<(String, String)> {
    let mut situations: Vec<(String, String)> = Vec::new();
    for line in text.lines().map(str::trim) {
        match (line.strip_prefix('■'), situations.last_mut()) {
            (Some(name), _) => situations.push((name.trim().to_owned(), String::new())),
            (None, Some((_, say))) => say.push_str(line),
            (None, None) => {}
        }
    }
    situations
}
