//! Ed25519 keys in the text forms of C2SP signed-note, and the files that keep them.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use base64::prelude::{BASE64_STANDARD, Engine};
use signed_note::{StandardSigner, StandardVerifier};

/// The algorithm byte of an Ed25519 key in C2SP signed-note.
const ED25519: u8 = 1;

/// Why a key could not be made, read or written.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The name is empty or holds a space, a plus sign or a control character.
    #[error("`{name}` is no key name: it must not be empty or hold spaces, `+` or control characters")]
    Name {
        /// The name that was refused.
        name: String,
    },
    /// The text is no public key, or not in its one canonical spelling.
    #[error("this is no public key of the form `name+hash+base64`")]
    MalformedPublic,
    /// The text is no private key, or not in its one canonical spelling.
    #[error("this is no private key of the form `PRIVATE+KEY+name+hash+base64`")]
    MalformedPrivate,
    /// The operating system gave no random bytes.
    #[error("the system's random source failed")]
    Entropy(#[source] getrandom::Error),
    /// A key file with this path exists; it is never overwritten.
    #[error("{} exists already; a key file is never overwritten", path.display())]
    Exists {
        /// The path that is taken.
        path: PathBuf,
    },
    /// The key file could not be read or written.
    #[error("cannot {action} the key file {}", path.display())]
    Io {
        /// `read` or `write`.
        action: &'static str,
        /// The key file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl KeyError {
    /// The stable code, `evidence::...`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Name { .. } => "evidence::key_name",
            Self::MalformedPublic | Self::MalformedPrivate => "evidence::malformed_key",
            Self::Entropy(_) => "evidence::entropy",
            Self::Exists { .. } => "evidence::key_exists",
            Self::Io { .. } => "evidence::key_file",
        }
    }
}

fn check_name(name: &str) -> Result<(), KeyError> {
    if signed_note::is_key_name_valid(name) && !name.chars().any(char::is_control) {
        Ok(())
    } else {
        Err(KeyError::Name { name: name.to_owned() })
    }
}

/// The public key that a log's checkpoints are checked with.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    text: String,
}

impl VerifierKey {
    /// Reads `name+hash+base64`. Only the one canonical spelling is taken: lower-case hash, padded base64, no
    /// space or newline around it.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let malformed = || KeyError::MalformedPublic;
        StandardVerifier::new(text).map_err(|_| malformed())?;
        let mut fields = text.splitn(3, '+');
        let (Some(name), Some(_), Some(data)) = (fields.next(), fields.next(), fields.next()) else {
            return Err(malformed());
        };
        check_name(name)?;
        let data = BASE64_STANDARD.decode(data).map_err(|_| malformed())?;
        let public = data.strip_prefix(&[ED25519]).and_then(|raw| <&[u8; 32]>::try_from(raw).ok());
        let public = ed25519_dalek::VerifyingKey::from_bytes(public.ok_or_else(malformed)?)
            .ok()
            .filter(|key| !key.is_weak())
            .ok_or_else(malformed)?;
        let key = Self::new(name, &public);
        if key.text == text { Ok(key) } else { Err(malformed()) }
    }

    fn new(name: &str, public: &ed25519_dalek::VerifyingKey) -> Self {
        Self { name: name.to_owned(), text: signed_note::new_ed25519_verifier_key(name, public) }
    }

    /// The name of the key, which is the log's origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text `name+hash+base64`, without a newline.
    pub fn as_text(&self) -> &str {
        &self.text
    }

    /// The bytes of a `key.pub` file: the text and one newline.
    pub(crate) fn file_bytes(&self) -> Vec<u8> {
        format!("{}\n", self.text).into_bytes()
    }

    /// The reverse of [`Self::file_bytes`]; anything before or after is an error.
    pub(crate) fn parse_file(bytes: &[u8]) -> Result<Self, KeyError> {
        let text = std::str::from_utf8(bytes).map_err(|_| KeyError::MalformedPublic)?;
        Self::parse(text.strip_suffix('\n').ok_or(KeyError::MalformedPublic)?)
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({})", self.text)
    }
}

/// The private key that signs a log's checkpoints. Its secret is never displayed.
#[derive(Clone)]
pub struct SigningKey {
    name: String,
    secret: ed25519_dalek::SigningKey,
    file: Option<PathBuf>,
}

impl SigningKey {
    /// A new key from the system's random source. `name` becomes the log's origin, by custom a URL without
    /// its scheme such as `example.org/programme`.
    pub fn generate(name: &str) -> Result<Self, KeyError> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(KeyError::Entropy)?;
        Self::from_seed(name, &seed)
    }

    /// The key of this seed, which must come from a random source; the same seed gives the same key.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        check_name(name)?;
        Ok(Self { name: name.to_owned(), secret: ed25519_dalek::SigningKey::from_bytes(seed), file: None })
    }

    /// Reads `PRIVATE+KEY+name+hash+base64`; one newline after it is accepted.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text = text.strip_suffix('\n').unwrap_or(text);
        StandardSigner::new(text).map_err(|_| KeyError::MalformedPrivate)?;
        let mut fields = text.splitn(5, '+').skip(2);
        let (Some(name), Some(_), Some(data)) = (fields.next(), fields.next(), fields.next()) else {
            return Err(KeyError::MalformedPrivate);
        };
        let data = BASE64_STANDARD.decode(data).map_err(|_| KeyError::MalformedPrivate)?;
        let seed = data.strip_prefix(&[ED25519]).and_then(|raw| <&[u8; 32]>::try_from(raw).ok());
        let key = Self::from_seed(name, seed.ok_or(KeyError::MalformedPrivate)?)?;
        if key.private_text() == text { Ok(key) } else { Err(KeyError::MalformedPrivate) }
    }

    /// Reads a key file and remembers where it lies, so that a log refuses a key inside its own folder.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let text = fs::read_to_string(path).map_err(|source| KeyError::Io {
            action: "read",
            path: path.to_owned(),
            source,
        })?;
        Ok(Self { file: Some(path.to_owned()), ..Self::parse(&text)? })
    }

    /// Writes the private key to a new file that only its owner can read (mode 0600 on Unix).
    ///
    /// Fails where the path is taken: a key is never overwritten.
    pub fn write_new(&mut self, path: &Path) -> Result<(), KeyError> {
        let io_error = |source: io::Error| match source.kind() {
            io::ErrorKind::AlreadyExists => KeyError::Exists { path: path.to_owned() },
            _ => KeyError::Io { action: "write", path: path.to_owned(), source },
        };
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(io_error)?;
        file.write_all(format!("{}\n", self.private_text()).as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(io_error)?;
        self.file = Some(path.to_owned());
        Ok(())
    }

    /// The public key.
    pub fn verifier(&self) -> VerifierKey {
        VerifierKey::new(&self.name, &self.secret.verifying_key())
    }

    /// The name of the key, which is the log's origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file that the key was read from or written to.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// The signer for signed notes.
    pub(crate) fn signer(&self) -> Result<StandardSigner, KeyError> {
        StandardSigner::new(&self.private_text()).map_err(|_| KeyError::MalformedPrivate)
    }

    fn private_text(&self) -> String {
        let public = self.verifier();
        let hash = public
            .as_text()
            .strip_prefix(self.name.as_str())
            .and_then(|rest| rest.get(1..9))
            .unwrap_or_default();
        let mut data = vec![ED25519];
        data.extend_from_slice(self.secret.as_bytes());
        format!("PRIVATE+KEY+{}+{hash}+{}", self.name, BASE64_STANDARD.encode(data))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("name", &self.name)
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}
