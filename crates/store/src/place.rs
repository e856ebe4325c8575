//! Where finished shards are put and read from: a folder, shared or not, or a bucket that speaks S3, behind one interface.
//!
//! A file appears whole or not at all, in either.

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream::BoxStream};
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::buffered::BufWriter;
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::{ClientOptions, Error, ObjectStore, ObjectStoreExt as _, RetryConfig};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// A file is read and sent in pieces of at most so many bytes.
const PIECE_BYTES: usize = 1 << 20;

/// A server that is away is asked so often again, for so long, before that is told.
const RETRIES: usize = 6;
const RETRY_TIME: Duration = Duration::from_mins(2);

/// Why a place cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// Text that is the address of no place.
    #[error("place::address: `{address}` is neither a folder nor `s3://BUCKET/PREFIX`")]
    Address {
        /// The text.
        address: String,
    },
    /// A folder that is not there.
    #[error("place::no_folder: there is no folder {path}")]
    NoFolder {
        /// Its path.
        path: String,
    },
    /// A setting of the environment that does not serve.
    #[error("place::setting: `{address}` cannot be reached with these settings: {problem}")]
    Setting {
        /// The place.
        address: String,
        /// What is wrong.
        problem: String,
    },
    /// Reading or writing failed, after patient retries where a network lies between.
    #[error("place::failed: cannot {what} {path}: {problem}")]
    Failed {
        /// read, write, list, remove.
        what: &'static str,
        /// Where.
        path: String,
        /// What the system or the server said.
        problem: String,
    },
    /// A file that is longer than what may stand in its place.
    #[error("place::too_large: {path} has more than {limit_bytes} bytes")]
    TooLarge {
        /// The file.
        path: String,
        /// At most so many.
        limit_bytes: u64,
    },
}

impl PlaceError {
    /// The code, `place::…`, with which the text begins.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Address { .. } => "place::address",
            Self::NoFolder { .. } => "place::no_folder",
            Self::Setting { .. } => "place::setting",
            Self::Failed { .. } => "place::failed",
            Self::TooLarge { .. } => "place::too_large",
        }
    }
}

/// A folder or a bucket's prefix.
#[derive(Clone)]
pub struct Place {
    store: Arc<dyn ObjectStore>,
    prefix: ObjectPath,
    address: String,
}

/// The address alone: the rest holds keys.
impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Place").field(&self.address).finish()
    }
}

impl Place {
    /// The place at `address`: `s3://BUCKET/PREFIX`, `file:///FOLDER` or a folder's path. `variables` are those of the
    /// environment that begin with `AWS_` and say with which keys and through which server a bucket is reached
    /// (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_REGION`, `AWS_ENDPOINT_URL`, and the
    /// further ones of the crate `object_store`). Nothing is sent yet; a folder must exist.
    pub fn open(address: &str, variables: &BTreeMap<String, String>) -> Result<Self, PlaceError> {
        if let Some(rest) = address.strip_prefix("s3://") {
            return bucket(address, rest, variables);
        }
        let folder = address.strip_prefix("file://").unwrap_or(address);
        if folder.is_empty() || folder.contains("://") {
            return Err(PlaceError::Address { address: address.to_owned() });
        }
        if !Path::new(folder).is_dir() {
            return Err(PlaceError::NoFolder { path: folder.to_owned() });
        }
        let store = LocalFileSystem::new_with_prefix(folder).map_err(failed("read", folder))?;
        let store = Arc::new(store.with_fsync(true));
        Ok(Self { store, prefix: ObjectPath::default(), address: folder.to_owned() })
    }

    /// The same; a folder that does not exist is made.
    pub fn make(address: &str, variables: &BTreeMap<String, String>) -> Result<Self, PlaceError> {
        if !address.starts_with("s3://") {
            let folder = address.strip_prefix("file://").unwrap_or(address);
            if !folder.contains("://") && !folder.is_empty() {
                std::fs::create_dir_all(folder).map_err(|error| PlaceError::Failed {
                    what: "make",
                    path: folder.to_owned(),
                    problem: error.to_string(),
                })?;
            }
        }
        Self::open(address, variables)
    }

    /// The folder `name` in this place.
    #[must_use]
    pub fn below(&self, name: &str) -> Self {
        Self {
            store: Arc::clone(&self.store),
            prefix: self.prefix.clone().join(name),
            address: format!("{}/{name}", self.address.trim_end_matches('/')),
        }
    }

    /// The address, as it was given.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Names of the folders in this place, sorted.
    pub async fn folders(&self) -> Result<Vec<String>, PlaceError> {
        let prefix = Some(&self.prefix).filter(|prefix| !prefix.as_ref().is_empty());
        let listed = self.store.list_with_delimiter(prefix).await.map_err(failed("list", &self.address))?;
        let names = listed.common_prefixes.iter().filter_map(ObjectPath::filename);
        let mut names: Vec<_> = names.map(str::to_owned).collect();
        names.sort();
        Ok(names)
    }

    /// A whole file of at most so many bytes; `None` where there is none of this name.
    pub async fn read(&self, name: &str, limit_bytes: u64) -> Result<Option<Vec<u8>>, PlaceError> {
        let Some(mut pieces) = self.pieces(name).await? else { return Ok(None) };
        let mut bytes = Vec::new();
        while let Some(piece) = pieces.try_next().await? {
            bytes.extend_from_slice(&piece);
            if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit_bytes {
                return Err(PlaceError::TooLarge { path: self.shown(name), limit_bytes });
            }
        }
        Ok(Some(bytes))
    }

    /// A file piece by piece; `None` where there is none of this name.
    pub async fn pieces(
        &self,
        name: &str,
    ) -> Result<Option<BoxStream<'static, Result<Bytes, PlaceError>>>, PlaceError> {
        let path = self.shown(name);
        match self.store.get(&self.file(name)).await {
            Ok(found) => {
                Ok(Some(found.into_stream().map_err(move |error| failed("read", &path)(error)).boxed()))
            }
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed("read", &path)(error)),
        }
    }

    /// Writes a small file; when this returns, it is kept.
    pub async fn write(&self, name: &str, bytes: Vec<u8>) -> Result<(), PlaceError> {
        let written = self.store.put(&self.file(name), bytes.into()).await;
        written.map(|_| ()).map_err(failed("write", &self.shown(name)))
    }

    /// Copies a file of any size here, in several parts at once where it is large.
    pub async fn upload(&self, name: &str, file: &Path) -> Result<(), PlaceError> {
        let unread = |error: std::io::Error| PlaceError::Failed {
            what: "read",
            path: file.display().to_string(),
            problem: error.to_string(),
        };
        let shown = self.shown(name);
        let mut source = tokio::fs::File::open(file).await.map_err(unread)?;
        let mut writer = BufWriter::new(Arc::clone(&self.store), self.file(name)).with_max_concurrency(4);
        loop {
            let mut piece = Vec::with_capacity(PIECE_BYTES);
            let bound = u64::try_from(PIECE_BYTES).unwrap_or(u64::MAX);
            let count = (&mut source).take(bound).read_to_end(&mut piece).await.map_err(unread)?;
            if count == 0 {
                break;
            }
            if let Err(error) = writer.put(piece.into()).await {
                // What the server keeps of an unfinished file costs money; that it cannot be told is no news.
                let _ = writer.abort().await;
                return Err(failed("write", &shown)(error));
            }
        }
        writer.shutdown().await.map_err(|error| PlaceError::Failed {
            what: "write",
            path: shown,
            problem: error.to_string(),
        })
    }

    /// Removes a file; one that is not there is no failure.
    pub async fn remove(&self, name: &str) -> Result<(), PlaceError> {
        match self.store.delete(&self.file(name)).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed("remove", &self.shown(name))(error)),
        }
    }

    fn file(&self, name: &str) -> ObjectPath {
        self.prefix.clone().join(name)
    }

    fn shown(&self, name: &str) -> String {
        format!("{}/{name}", self.address.trim_end_matches('/'))
    }
}

fn failed(what: &'static str, path: &str) -> impl FnOnce(Error) -> PlaceError + use<> {
    let path = path.to_owned();
    move |error| PlaceError::Failed { what, path, problem: error.to_string() }
}

/// A bucket's prefix.
fn bucket(address: &str, rest: &str, variables: &BTreeMap<String, String>) -> Result<Place, PlaceError> {
    let wrong = || PlaceError::Address { address: address.to_owned() };
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
    let is_bucket = !bucket.is_empty() && !bucket.starts_with('.') && bucket.bytes().all(is_name);
    if !is_bucket || prefix.starts_with('/') {
        return Err(wrong());
    }
    let prefix = ObjectPath::parse(prefix).map_err(|_| wrong())?;
    // Fails only where a provider is installed already, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = AmazonS3Builder::new().with_bucket_name(bucket);
    // What the person wrote as an address is what is meant; a plain one serves a server of one's own.
    let is_plain = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"]
        .into_iter()
        .find_map(|name| variables.get(name))
        .is_some_and(|endpoint| endpoint.starts_with("http://"));
    let mut options = ClientOptions::new()
        .with_allow_http(is_plain)
        .with_connect_timeout(Duration::from_secs(20))
        .with_timeout(Duration::from_mins(5));
    if is_plain {
        // Without TLS the system's certificates are not needed, and a bare machine may have none.
        options = options.with_no_system_certificates(true);
    }
    // One deletion a request is what every server of this kind knows.
    builder = builder.with_client_options(options).with_disable_bulk_delete(true);
    for (name, value) in variables {
        // What object_store does not know is another program's.
        if let Ok(key) = name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>()
            && !matches!(key, AmazonS3ConfigKey::Bucket)
        {
            builder = builder.with_config(key, value);
        }
    }
    let retry = RetryConfig { max_retries: RETRIES, retry_timeout: RETRY_TIME, ..RetryConfig::default() };
    let store = builder.with_retry(retry).build();
    let store = store
        .map_err(|error| PlaceError::Setting { address: address.to_owned(), problem: error.to_string() })?;
    Ok(Place { store: Arc::new(store), prefix, address: address.trim_end_matches('/').to_owned() })
}
