//! Which behaviour a called number has.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use pointsman_media::Prompt;
use serde::Deserialize;

use crate::behaviour::{Action, Behaviour, Speak};

/// Called numbers and what they do. A key is a whole user part, a prefix that ends in `*`, or `*` alone; the
/// longest match wins. A number that matches nothing is answered 404.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Numbers {
    #[serde(with = "serde_yaml::with::singleton_map_recursive")]
    entries: BTreeMap<String, Behaviour>,
}

/// Why a list of numbers is of no use.
#[derive(Debug, thiserror::Error)]
pub enum NumbersError {
    /// The text is no YAML of the right shape.
    #[error("numbers of the phones: {0}")]
    Yaml(#[from] serde_yaml::Error),
    /// A sound file cannot be read.
    #[error("{}: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// A sound file is no announcement.
    #[error("{message}")]
    Wav {
        /// What was found, with the file's name.
        message: String,
    },
}

impl Numbers {
    /// Reads a map of numbers. Sound files are named, not yet loaded: see [`Numbers::load_files`].
    pub fn from_yaml(text: &str) -> Result<Self, NumbersError> {
        Ok(serde_yaml::from_str(text)?)
    }

    /// Adds a number or replaces what it did.
    pub fn with(mut self, number: &str, behaviour: Behaviour) -> Self {
        self.entries.insert(number.to_owned(), behaviour);
        self
    }

    /// What this number does.
    pub fn find(&self, number: &str) -> Option<&Behaviour> {
        if let Some(behaviour) = self.entries.get(number) {
            return Some(behaviour);
        }
        self.entries
            .iter()
            .filter_map(|(key, behaviour)| Some((key.strip_suffix('*')?, behaviour)))
            .filter(|(prefix, _)| number.starts_with(prefix))
            .max_by_key(|(prefix, _)| prefix.len())
            .map(|(_, behaviour)| behaviour)
    }

    /// Loads every sound file named in a behaviour; relative paths start at `folder`.
    pub fn load_files(&mut self, folder: &Path) -> Result<(), NumbersError> {
        self.entries
            .values_mut()
            .flat_map(Behaviour::voices)
            .try_for_each(|voice| voice.load(folder))
    }

    pub(crate) fn has_silent(&self) -> bool {
        self.entries
            .values()
            .any(|behaviour| matches!(behaviour, Behaviour::Silent(_)))
    }

    /// The first sound file that is named but not loaded.
    pub(crate) fn unloaded(&mut self) -> Option<PathBuf> {
        self.entries
            .values_mut()
            .flat_map(Behaviour::voices)
            .find_map(|voice| voice.unloaded())
    }
}

impl Behaviour {
    fn voices(&mut self) -> Vec<&mut Speak> {
        match self {
            Self::Answer(answer) => {
                let mut voices = answer.talk.voices();
                voices.extend(answer.early.as_mut());
                voices
            }
            Self::Ring(ring) => ring.early.as_mut().into_iter().collect(),
            _ => Vec::new(),
        }
    }
}

impl crate::behaviour::Talk {
    pub(crate) fn voices(&mut self) -> Vec<&mut Speak> {
        let steps = self.steps.iter_mut().filter_map(|step| match &mut step.action {
            Action::Speak(voice) => Some(voice),
            _ => None,
        });
        std::iter::once(&mut self.speak).chain(steps).collect()
    }
}

impl Speak {
    /// Reads the file of [`Speak::File`]; does nothing for the others.
    pub fn load(&mut self, folder: &Path) -> Result<(), NumbersError> {
        let Self::File(file) = self else { return Ok(()) };
        let path = folder.join(&file.path);
        let bytes = std::fs::read(&path).map_err(|error| NumbersError::Read {
            path: path.clone(),
            error,
        })?;
        let prompt =
            Prompt::from_wav(&bytes, &path.display().to_string()).map_err(|error| NumbersError::Wav {
                message: error.to_string(),
            })?;
        let repeat = file.repeat;
        *self = Self::prompt(&prompt);
        if let Self::Samples(samples) = self {
            samples.repeat = repeat;
        }
        Ok(())
    }

    pub(crate) fn unloaded(&self) -> Option<PathBuf> {
        match self {
            Self::File(file) => Some(file.path.clone()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use pointsman_media::Codec;

    use super::*;
    use crate::behaviour::{Answer, Reject, Step};

    const EVERYTHING: &str = r##"
"+3232000100":
  answer:
    after: 2s
    talk:
      speak: { file: { path: nl.wav, repeat: true } }
      codecs: [pcmu]
      lose: 2.5
      hang_up: 20s
      steps:
        - { at: 1s, do: { digits: "12#" } }
        - { at: 3s, do: hold }
        - { at: 4s, do: resume }
        - { at: 5s, do: { info: { content_type: application/dtmf-relay, body: "Signal=5" } } }
        - { at: 6s, do: { speak: { tone: { hz: 1000 } } } }
"+3232000101": { answer: { early: { tone: {} }, reliable: true, after: 1s, talk: { speak: echo } } }
"+3232000102": { ring: {} }
"+3232000103": { busy: {} }
"+3232000104": { congested: { after: 500ms, ring: true } }
"+3232000105": { silent: {} }
"+3232000106": { reject: { status: 404, cause: 1, phrase: "Nobody here" } }
"+3232000107": { redirect: { to: ["sip:elsewhere@10.0.0.1"] } }
"+32320002*": { cause: { q850: 27 } }
"+3232*": { unassigned: {} }
"##;

    #[test]
    fn every_behaviour_can_be_written_as_one_key_map() {
        let numbers = Numbers::from_yaml(EVERYTHING).expect("good YAML");
        let Some(Behaviour::Answer(answer)) = numbers.find("+3232000100") else {
            panic!("it answers")
        };
        assert_eq!(answer.after, Duration::from_secs(2));
        assert_eq!(answer.talk.hang_up, Some(Duration::from_secs(20)));
        assert_eq!(answer.talk.codecs, [Codec::Pcmu]);
        assert_eq!(answer.talk.steps.len(), 5);
        let hold = Step {
            at: Duration::from_secs(3),
            action: Action::Hold,
        };
        assert_eq!(answer.talk.steps[1], hold);
        let reject = Reject {
            status: 404,
            cause: Some(1),
            phrase: Some("Nobody here".to_owned()),
            ..Reject::default()
        };
        assert_eq!(numbers.find("+3232000106"), Some(&Behaviour::Reject(reject)));
        assert!(numbers.has_silent());
    }

    #[test]
    fn the_longest_match_wins() {
        let numbers = Numbers::from_yaml(EVERYTHING).expect("good YAML");
        assert!(matches!(numbers.find("+3232000299"), Some(Behaviour::Cause(_))));
        assert!(matches!(
            numbers.find("+3232999999"),
            Some(Behaviour::Unassigned(_))
        ));
        assert_eq!(numbers.find("+49301234"), None);
        let all = numbers.with("*", Behaviour::Answer(Answer::default()));
        assert!(matches!(all.find("+49301234"), Some(Behaviour::Answer(_))));
    }

    #[test]
    fn a_mistake_says_where_it_is() {
        let error = Numbers::from_yaml("\"+32\": { answer: { afterwards: 2s } }").expect_err("no such key");
        assert!(error.to_string().contains("afterwards"), "{error}");
        let error = Numbers::from_yaml("\"+32\": { dance: {} }").expect_err("no such behaviour");
        assert!(error.to_string().contains("dance"), "{error}");
        let error = Numbers::from_yaml("\"+32\": { answer: { after: soon } }").expect_err("no such time");
        assert!(error.to_string().contains("soon"), "{error}");
    }

    #[test]
    fn a_sound_file_that_is_not_there_is_named() {
        let mut numbers = Numbers::from_yaml(EVERYTHING).expect("good YAML");
        assert_eq!(numbers.unloaded(), Some(PathBuf::from("nl.wav")));
        let error = numbers
            .load_files(Path::new("/no/such/folder"))
            .expect_err("no file");
        assert!(error.to_string().contains("/no/such/folder/nl.wav"), "{error}");
    }

    #[test]
    fn a_sound_file_is_loaded_from_its_folder() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../audio/nl");
        let yaml = "\"1\": { answer: { talk: { speak: { file: { path: welcome.wav, repeat: true } } } } }";
        let mut numbers = Numbers::from_yaml(yaml).expect("good YAML");
        numbers.load_files(&folder).expect("the file is there");
        assert_eq!(numbers.unloaded(), None);
        let Some(Behaviour::Answer(answer)) = numbers.find("1") else {
            panic!("it answers")
        };
        let Speak::Samples(samples) = &answer.talk.speak else {
            panic!("it is loaded")
        };
        assert!(samples.repeat && samples.samples.len() > 8_000);
    }
}
