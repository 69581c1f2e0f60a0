//! A reload: all of the new configuration, or none of it.

use crate::clock::Clock;
use pointsman_config::{Config, Report, diff, load_with};
use schemars::JsonSchema;
use serde::Serialize;

use crate::options::NodeOptions;

/// What a reload did, as `GET /status` and `POST /reload` show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ReloadReport {
    /// Unix milliseconds.
    pub at_ms: i64,
    /// Whether the new configuration is in force. If not, nothing changed.
    pub ok: bool,
    /// Version in force afterwards.
    pub version: String,
    /// What changed, one line each.
    pub changes: Vec<String>,
    /// Why it was refused, each with its place.
    pub mistakes: Vec<MistakeReport>,
    /// Settings that changed but take effect at the next start only.
    pub at_next_start: Vec<&'static str>,
}

/// One mistake of a refused configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MistakeReport {
    /// `file:line:column`, or the file alone.
    pub place: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl ReloadReport {
    /// The report of the first load, at start.
    pub(crate) fn first(config: &Config, clock: &Clock) -> Self {
        Self::accepted(clock, config.version.clone(), Vec::new(), Vec::new())
    }

    fn accepted(
        clock: &Clock,
        version: String,
        changes: Vec<String>,
        at_next_start: Vec<&'static str>,
    ) -> Self {
        Self {
            at_ms: clock.unix_ms(),
            ok: true,
            version,
            changes,
            mistakes: Vec::new(),
            at_next_start,
        }
    }

    fn refused(clock: &Clock, version: String, mistakes: Vec<MistakeReport>) -> Self {
        let changes = Vec::new();
        Self {
            at_ms: clock.unix_ms(),
            ok: false,
            version,
            changes,
            mistakes,
            at_next_start: Vec::new(),
        }
    }
}

/// Reads the configuration a node is started with.
pub(crate) fn load(options: &NodeOptions) -> Result<Config, Report> {
    load_with(
        &options.config,
        &options.registry,
        &*options.files,
        &options.overrides,
    )
}

/// Reads the files again. Returns the configuration to take, if it can be taken while running, and the report.
pub(crate) fn reload(options: &NodeOptions, current: &Config) -> (Option<Config>, ReloadReport) {
    let new = match load(options) {
        Ok(new) => new,
        Err(report) => {
            return (
                None,
                ReloadReport::refused(&options.clock, current.version.clone(), mistakes(&report)),
            );
        }
    };
    // Trunks name listeners by position, so routing for other listeners than the bound ones would go astray.
    if new.node.listeners != current.node.listeners {
        let mistake = MistakeReport {
            place: options
                .config
                .first()
                .map(|path| path.display().to_string())
                .unwrap_or_default(),
            message: "`listen` differs from the addresses this node is bound to".to_owned(),
            help: Some("restart the node to change its listeners".to_owned()),
        };
        return (
            None,
            ReloadReport::refused(&options.clock, current.version.clone(), vec![mistake]),
        );
    }
    let changes = diff(current, &new).iter().map(ToString::to_string).collect();
    let report = ReloadReport::accepted(
        &options.clock,
        new.version.clone(),
        changes,
        at_next_start(current, &new),
    );
    (Some(new), report)
}

fn mistakes(report: &Report) -> Vec<MistakeReport> {
    report
        .mistakes
        .iter()
        .map(|mistake| {
            let file = mistake.file.display();
            let place = match mistake.line {
                0 => file.to_string(),
                line => format!("{file}:{line}:{}", mistake.column),
            };
            MistakeReport {
                place,
                message: mistake.message.clone(),
                help: mistake.help.clone(),
            }
        })
        .collect()
}

fn at_next_start(old: &Config, new: &Config) -> Vec<&'static str> {
    let (old, new) = (&old.node, &new.node);
    [
        ("node.name", old.name != new.name),
        ("node.data", old.data != new.data),
        ("media", old.media != new.media),
        ("http", old.http != new.http),
        ("recordings.path", old.recordings != new.recordings),
        ("limits", old.limits != new.limits),
    ]
    .into_iter()
    .filter_map(|(key, changed)| changed.then_some(key))
    .collect()
}
