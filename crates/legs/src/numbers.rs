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
