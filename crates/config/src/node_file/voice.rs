//! What the switch itself says: sound files by language, in a folder of the node.

use std::collections::BTreeMap;
use std::sync::Arc;

use pointsman_media::Prompt;

use crate::files::Files;
use crate::source::{Collector, Source};
use crate::yaml::Span;

/// Languages of what callers hear; each has a folder of this name.
const LANGUAGES: [&str; 4] = ["fr", "nl", "de", "en"];

/// Sound files by name, such as `fr/drs-number`.
pub(crate) type Voice = BTreeMap<String, Arc<Prompt>>;

/// Reads every sound file below the folder that is `written`.
pub(crate) fn read_voice(
    collector: &mut Collector,
    source: &Source,
    (written, at): (&str, Span),
    files: &dyn Files,
) -> Voice {
    let folder = source.resolve(written);
    let mut voice = Voice::new();
    for language in LANGUAGES {
        let paths = files.list(&folder.join(language)).unwrap_or_default();
        for path in paths {
            let is_sound = path.extension().is_some_and(|kind| kind == "wav");
            let Some(stem) = path.file_stem().filter(|_| is_sound) else {
                continue;
            };
            let name = format!("{language}/{}", stem.to_string_lossy());
            let read = files.read(&path).map_err(|error| error.to_string());
            let sound = read.and_then(|bytes| {
                Prompt::from_wav(&bytes, &path.to_string_lossy()).map_err(|error| error.to_string())
            });
            match sound {
                Ok(sound) => {
                    voice.insert(name, Arc::new(sound));
                }
                Err(why) => {
                    let message = format!("{}: {why}", path.display());
                    collector.add(source, at, message, "write it as WAV, PCM, 8 bit, 11025 Hz, mono");
                }
            }
        }
    }
    if voice.is_empty() {
        let message = format!(
            "{} has no folder fr, nl, de or en with sound files",
            folder.display()
        );
        collector.add(
            source,
            at,
            message,
            "correct the path; it is relative to this file",
        );
    }
    voice
}
