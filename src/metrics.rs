//! What this process counts: calls of the CA, runs, mails, requests, refusals. One handle in `Services`, cheap to clone.
//!
//! Counting costs a short lock and an addition. What the database knows (queues, what is overdue) is read when somebody
//! asks for it and comes as [`Gauge`]s. Labels come from code, never from input: no numbers of cases, no names.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use chrono::TimeDelta;
use prometheus_client::encoding::text::encode_registry;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge as Level;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// In front of every name.
const PREFIX: &str = "revocation_desk";
/// Seconds. A CA or a mail server on the same machine answers within the first ones, a stalled one ends at the last.
const CALL_BUCKETS: [f64; 11] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 20.0, 60.0];
/// Seconds. Pages shall be below 0.05, writes below 0.1.
const REQUEST_BUCKETS: [f64; 9] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];
/// Seconds: from an empty run to one of hours.
const RUN_BUCKETS: [f64; 9] = [0.1, 1.0, 10.0, 60.0, 300.0, 900.0, 3600.0, 14_400.0, 86_400.0];

type Labels<const N: usize> = [(&'static str, Cow<'static, str>); N];
type Histograms<const N: usize> = Family<Labels<N>, Histogram, fn() -> Histogram>;

/// Names of labels and their values.
pub type LabelValues = Vec<(&'static str, Cow<'static, str>)>;

/// A figure read for one exposition.
#[derive(Debug, Clone, PartialEq)]
pub struct Gauge {
    /// Without the prefix; ends in its unit.
    pub name: &'static str,
    pub help: &'static str,
    /// One series for each set of label values; without labels there is one.
    pub series: Vec<(LabelValues, f64)>,
}

#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    ca_calls: Histograms<2>,
    runs: Histograms<2>,
    requests: Histograms<3>,
    mails: Family<Labels<1>, Counter>,
    errors: Family<Labels<1>, Counter>,
    rings: Family<Labels<1>, Level<f64, AtomicU64>>,
}

impl Default for Metrics {
    fn default() -> Self {
        let ca_calls: Histograms<2> = Family::new_with_constructor(|| Histogram::new(CALL_BUCKETS));
        let runs: Histograms<2> = Family::new_with_constructor(|| Histogram::new(RUN_BUCKETS));
        let requests: Histograms<3> = Family::new_with_constructor(|| Histogram::new(REQUEST_BUCKETS));
        let (mails, errors, rings) = (Family::default(), Family::default(), Family::default());
        let mut registry = Registry::with_prefix(PREFIX);
        registry.register(
            "ca_call_duration_seconds",
            "Calls of the CA by kind and outcome, with their duration",
            ca_calls.clone(),
        );
        registry.register("run_duration_seconds", "Ended runs by task and status, with their duration", runs.clone());
        registry.register(
            "http_request_duration_seconds",
            "Answered requests by method, route and class of status, with their duration",
            requests.clone(),
        );
        registry.register("mails", "Attempts to send a mail by how they ended", mails.clone());
        registry.register("errors", "Refused and failed requests by their code", errors.clone());
        registry.register(
            "scheduler_last_ring_timestamp_seconds",
            "When the schedule of this process last rang for a job",
            rings.clone(),
        );
        Self { registry: Arc::new(registry), ca_calls, runs, requests, mails, errors, rings }
    }
}

impl Metrics {
    /// One call of the CA: `revoke`, `status`, `issue`, and how it ended.
    pub fn ca_call(&self, kind: &'static str, outcome: &'static str, took: Duration) {
        let labels = [("kind", kind.into()), ("outcome", outcome.into())];
        self.ca_calls.get_or_create_owned(&labels).observe(took.as_secs_f64());
    }

    /// A run of a task that has ended, or this process's part in it.
    pub fn run_ended(&self, task: &str, status: &'static str, took: TimeDelta) {
        let took = took.to_std().unwrap_or_default();
        let labels = [("task", task.to_owned().into()), ("status", status.into())];
        self.runs.get_or_create_owned(&labels).observe(took.as_secs_f64());
    }

    /// Attempts to send mails, by how they ended: `[("sent", 3), ("retried", 0)]`.
    pub fn mails(&self, ends: &[(&'static str, u64)]) {
        for (end, n) in ends.iter().filter(|(_, n)| *n > 0) {
            self.mails.get_or_create_owned(&[("end", (*end).into())]).inc_by(*n);
        }
    }

    /// One answered request. `route` is the template, such as `/desk/cases/{no}`.
    pub fn request(&self, method: &'static str, route: &str, status: u16, took: Duration) {
        let class = match status {
            100..=199 => "1xx",
            200..=299 => "2xx",
            300..=399 => "3xx",
            400..=499 => "4xx",
            _ => "5xx",
        };
        let labels = [("method", method.into()), ("route", route.to_owned().into()), ("status", class.into())];
        self.requests.get_or_create_owned(&labels).observe(took.as_secs_f64());
    }

    /// A refusal or a fault by its stable code.
    pub fn error(&self, code: &'static str) {
        self.errors.get_or_create_owned(&[("code", code.into())]).inc();
    }

    /// The schedule rang for `job`, at this many seconds since 1970.
    pub fn rang(&self, job: &'static str, at: i64) {
        #[allow(clippy::cast_precision_loss, reason = "seconds since 1970 are exact in 52 bits")]
        self.rings.get_or_create_owned(&[("job", job.into())]).set(at as f64);
    }

    /// Everything counted, and these figures, in the Prometheus text format 0.0.4.
    pub fn exposition(&self, gauges: Vec<Gauge>) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode_registry(&mut text, &self.registry)?;
        encode_registry(&mut text, &registry_of(gauges))?;
        Ok(without_openmetrics(&text))
    }
}

fn registry_of(gauges: Vec<Gauge>) -> Registry {
    let mut registry = Registry::with_prefix(PREFIX);
    for gauge in gauges {
        if let [(labels, value)] = gauge.series.as_slice()
            && labels.is_empty()
        {
            let level: Level<f64, AtomicU64> = Level::default();
            level.set(*value);
            registry.register(gauge.name, gauge.help, level);
            continue;
        }
        let family: Family<LabelValues, Level<f64, AtomicU64>> = Family::default();
        for (labels, value) in gauge.series {
            family.get_or_create_owned(&labels).set(value);
        }
        registry.register(gauge.name, gauge.help, family);
    }
    registry
}

/// The encoder writes OpenMetrics, which names a counter without the `_total` of its samples. The older format, which
/// every collector reads, names it as its samples are named.
fn without_openmetrics(text: &str) -> String {
    let declared = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    let types: BTreeMap<&str, &str> = declared.collect();
    let mut plain = String::with_capacity(text.len());
    for line in text.lines() {
        let named = line.strip_prefix("# HELP ").or_else(|| line.strip_prefix("# TYPE "));
        match named.and_then(|rest| rest.split_once(' ')) {
            Some((name, rest)) if types.get(name) == Some(&"counter") => {
                plain.push_str(&line[..7]);
                plain.push_str(name);
                plain.push_str("_total ");
                plain.push_str(rest);
            }
            _ => plain.push_str(line),
        }
        plain.push('\n');
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_named_as_its_samples_are() {
        let metrics = Metrics::default();
        metrics.mails(&[("sent", 3), ("failed", 0)]);

        let text = metrics.exposition(Vec::new()).unwrap();

        assert_eq!(
            text,
            "# HELP revocation_desk_mails_total Attempts to send a mail by how they ended.\n\
             # TYPE revocation_desk_mails_total counter\n\
             revocation_desk_mails_total{end=\"sent\"} 3\n"
        );
    }

    #[test]
    fn a_figure_without_labels_is_one_series() {
        let gauge = Gauge { name: "overdue_cases", help: "Cases past their run", series: vec![(Vec::new(), 2.0)] };

        let text = Metrics::default().exposition(vec![gauge]).unwrap();

        assert_eq!(
            text,
            "# HELP revocation_desk_overdue_cases Cases past their run.\n\
             # TYPE revocation_desk_overdue_cases gauge\n\
             revocation_desk_overdue_cases 2.0\n"
        );
    }
}
