//! The node file: checked, and made what the daemon and the call path need.

mod limits;
mod listen;
mod media;
mod trunks;
mod voice;

use std::collections::BTreeSet;
use std::path::PathBuf;

use pointsman_call::Trunk;

use crate::config::{Listener, MediaConfig, NodeConfig, Overrides};
use crate::form::NodeFile;
use crate::numbers::{self, Number, Owner};
use crate::source::{Collector, Source};
use crate::yaml::{At, Span};
use limits::limits;
use listen::listeners;
use media::media;
use trunks::{Around, read_trunks};
pub(crate) use voice::{Voice, read_voice};

/// What the node file gives, as far as it is right.
#[derive(Debug, Default)]
pub(crate) struct NodeParts {
    /// `None`: something is missing, which has been reported.
    pub(crate) config: Option<NodeConfig>,
    pub(crate) trunks: Vec<Trunk>,
    /// Every trunk that is written, right or wrong.
    pub(crate) trunk_names: BTreeSet<String>,
    /// The trunks among them that are wrong.
    pub(crate) unread_trunks: BTreeSet<String>,
    /// The names of trunks are unknown, because the whole section is wrong.
    pub(crate) trunks_unknown: bool,
    /// Numbers of the node itself.
    pub(crate) numbers: Vec<Number>,
    /// Customer files and patterns as written.
    pub(crate) customers: Vec<(String, Span)>,
    /// The folder of what the switch says, as written.
    pub(crate) voice: Option<(String, Span)>,
    /// What the node itself can say, such as `fr/digit-1`.
    pub(crate) spoken: BTreeSet<String>,
}

/// Checks the node file.
pub(crate) fn read(collector: &mut Collector, source: &Source, overrides: &Overrides) -> NodeParts {
    let Some(file) = collector.decode::<NodeFile>(source, &source.value) else {
        return NodeParts {
            trunks_unknown: true,
            ..NodeParts::default()
        };
    };
    if !is_version_known(collector, source, file.version.as_ref()) {
        return NodeParts {
            trunks_unknown: true,
            ..NodeParts::default()
        };
    }
    let listeners = listeners(collector, source, file.listen.as_ref(), overrides);
    let written = file.media.as_ref();
    let media = written.and_then(|item| media(collector, source, item, overrides));
    let mut parts = NodeParts::default();
    let around = Around {
        listeners: &listeners,
        media: media.as_ref(),
        overrides,
    };
    read_trunks(collector, source, file.trunks.as_ref(), &around, &mut parts);
    parts.customers = file
        .customers
        .iter()
        .flat_map(|section| section.value.iter().flatten())
        .filter_map(|item| Some((item.value.clone()?, item.at)))
        .collect();
    parts.numbers = numbers::read(collector, source, &file.numbers, ("", Owner::Node));
    parts.voice = file
        .voice
        .as_ref()
        .and_then(|item| Some((item.value.clone()?, item.at)));
    parts.config = node_config(collector, source, &file, (listeners, media), overrides);
    parts
}

/// Whether the file is of a version that this release reads; of another one nothing more can be said.
pub(crate) fn is_version_known(
    collector: &mut Collector,
    source: &Source,
    version: Option<&At<u32>>,
) -> bool {
    require(collector, source, version, ("version", "1 as the first line"));
    match version {
        Some(At {
            value: Some(version),
            at,
            ..
        }) if *version != 1 => {
            let message = format!("version {version} of this format is not known to this release");
            collector.add(source, *at, message, "write version: 1, or use a newer release");
            false
        }
        _ => true,
    }
}

/// Reports a key of the file that must be there and is not.
pub(crate) fn require<T, const IS_WHOLE: bool>(
    collector: &mut Collector,
    source: &Source,
    item: Option<&At<T, IS_WHOLE>>,
    key: (&str, &str),
) {
    if item.is_none() {
        collector.missing(source, (&source.value, source.value.at), key);
    }
}

fn node_config(
    collector: &mut Collector,
    source: &Source,
    file: &NodeFile,
    (listeners, media): (Vec<Listener>, Option<MediaConfig>),
    overrides: &Overrides,
) -> Option<NodeConfig> {
    require(collector, source, file.node.as_ref(), ("node", "{ name: demo }"));
    let media_example = "{ address: \"127.0.0.1\", ports: \"20000-21999\" }";
    require(collector, source, file.media.as_ref(), ("media", media_example));
    let limits = limits(collector, source, file.limits.as_ref());
    let node = file.node.as_ref()?.value.as_ref()?;
    let data = source.resolve(node.data.as_deref().unwrap_or("data"));
    let data = overrides.data.clone().unwrap_or(data);
    let written = file
        .recordings
        .as_ref()
        .and_then(|item| item.value.as_ref()?.path.clone());
    let recordings: PathBuf = match (&overrides.recordings, written) {
        (Some(path), _) => path.clone(),
        (None, Some(written)) => source.resolve(&written),
        (None, None) => data.join("recordings"),
    };
    let http = file
        .http
        .as_ref()
        .and_then(|item| item.value)
        .map(|address| address.0);
    Some(NodeConfig {
        name: node.name.0.clone(),
        data,
        listeners,
        media: media?,
        http: overrides.http.or(http),
        recordings,
        limits,
    })
}
