//! The site's secret and the keys that are made from it.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use daepyo_core::Digest;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// Bytes of the secret.
const SECRET_BYTES: usize = 32;

/// The keys of one site, each made from its secret by HMAC-SHA256 under a name of its own.
#[derive(Clone)]
pub struct Keys {
    subject: [u8; 32],
    csrf: [u8; 32],
    first_run: [u8; 32],
    code: [u8; 32],
    secret: [u8; SECRET_BYTES],
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
    }
}

impl Keys {
    /// The keys from a secret.
    pub fn of(secret: [u8; SECRET_BYTES]) -> Self {
        Self {
            subject: mac(&secret, &[b"daepyo site: subject"]),
            csrf: mac(&secret, &[b"daepyo site: csrf"]),
            first_run: mac(&secret, &[b"daepyo site: first run"]),
            code: mac(&secret, &[b"daepyo site: access code"]),
            secret,
        }
    }

    /// The file of the secret in a data folder.
    pub(crate) fn file(data: &Path) -> PathBuf {
        data.join("secret.key")
    }

    /// Reads `secret.key` of a data folder, making folder and file (mode 0600) where they are not there.
    pub fn open(data: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(data)?;
        let path = Self::file(data);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(&path) {
            Ok(mut file) => {
                let secret = random();
                file.write_all(&secret)?;
                file.sync_all()?;
                Ok(Self::of(secret))
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let mut bytes = Vec::new();
                let most = u64::try_from(SECRET_BYTES).unwrap_or(u64::MAX).saturating_add(1);
                std::fs::File::open(&path)?.take(most).read_to_end(&mut bytes)?;
                let secret = <[u8; SECRET_BYTES]>::try_from(bytes.as_slice());
                secret
                    .map(Self::of)
                    .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "secret.key must have 32 bytes"))
            }
            Err(error) => Err(error),
        }
    }

    /// What the store keeps of the site's secret: whose it is, and nothing by which a key could be made.
    pub(crate) fn owner(&self) -> String {
        Digest::from_bytes(self.derive("owner of the store")).hex()
    }

    /// A further key under a name, for a module of its own.
    pub fn derive(&self, name: &str) -> [u8; 32] {
        mac(&self.secret, &[b"daepyo site: ", name.as_bytes()])
    }

    /// An HMAC of parts under a named key; the caller sees to it that other parts give other bytes.
    pub(crate) fn mac(&self, name: &str, parts: &[&[u8]]) -> [u8; 32] {
        mac(&self.derive(name), parts)
    }

    /// Whether `given` is that HMAC; takes the same time for every wrong one.
    pub(crate) fn is_mac(&self, name: &str, parts: &[&[u8]], given: &[u8]) -> bool {
        begin(&self.derive(name), parts).verify_slice(given).is_ok()
    }

    /// The subject under which the store knows somebody: a keyed hash of what `provider` calls them.
    pub fn subject(&self, provider: &str, name: &str) -> Digest {
        let length = u64::try_from(provider.len()).unwrap_or(u64::MAX).to_be_bytes();
        Digest::from_bytes(mac(&self.subject, &[&length, provider.as_bytes(), name.as_bytes()]))
    }

    /// The token of forms that belongs to a cookie's token.
    pub(crate) fn csrf(&self, token: &[u8; 32]) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(mac(&self.csrf, &[token]))
    }

    /// Whether `given` is the token of forms for this cookie's token; takes the same time for every wrong one.
    pub(crate) fn is_csrf(&self, token: &[u8; 32], given: &str) -> bool {
        let Ok(given) = BASE64_URL_SAFE_NO_PAD.decode(given) else { return false };
        begin(&self.csrf, &[token]).verify_slice(&given).is_ok()
    }

    /// The token of the first-run link.
    pub(crate) fn first_run(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(mac(&self.first_run, &[]))
    }

    /// Whether `given` is the token of the first-run link.
    pub(crate) fn is_first_run(&self, given: &str) -> bool {
        let Ok(given) = BASE64_URL_SAFE_NO_PAD.decode(given) else { return false };
        begin(&self.first_run, &[]).verify_slice(&given).is_ok()
    }

    /// The part of an access code that shows that this site made it.
    pub(crate) fn code_check(&self, drawn: &[u8]) -> [u8; 32] {
        mac(&self.code, &[drawn])
    }
}

fn begin(key: &[u8], parts: &[&[u8]]) -> Hmac<Sha256> {
    // A key of any length serves; a shorter one than the block is padded.
    let mut whole = [0_u8; 64];
    for (place, byte) in whole.iter_mut().zip(key) {
        *place = *byte;
    }
    let mut mac = Hmac::<Sha256>::new(&whole.into());
    for part in parts {
        mac.update(part);
    }
    mac
}

fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    begin(key, parts).finalize().into_bytes().into()
}

/// Random bytes of the operating system. Without them there is neither a session nor a key: nothing may go on.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}
