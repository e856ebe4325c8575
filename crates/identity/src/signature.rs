//! Public keys and the algorithms that are taken.

use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RsaPublicKeyComponents, UnparsedPublicKey,
};

/// The algorithms that are taken. There is none without a signature and none with a shared secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA of 2048 to 8192 bits, PKCS #1 1.5, SHA-256.
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// The algorithm of a name as JOSE writes it (RFC 7518, RFC 8037, RFC 9864).
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Self::Rs256),
            "ES256" => Some(Self::Es256),
            "EdDSA" | "Ed25519" => Some(Self::EdDsa),
            _ => None,
        }
    }
}

/// A public key, for one algorithm only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicKey {
    /// Modulus and exponent, big-endian, without leading zeros.
    Rs256 {
        /// The modulus.
        n: Vec<u8>,
        /// The exponent.
        e: Vec<u8>,
    },
    /// An uncompressed point of P-256: 4, x, y.
    Es256([u8; 65]),
    /// A point of Ed25519.
    EdDsa([u8; 32]),
}

impl PublicKey {
    /// The algorithm that this key is for.
    pub fn algorithm(&self) -> Algorithm {
        match self {
            Self::Rs256 { .. } => Algorithm::Rs256,
            Self::Es256(_) => Algorithm::Es256,
            Self::EdDsa(_) => Algorithm::EdDsa,
        }
    }

    /// A point of P-256 from its coordinates, 32 bytes each.
    pub(crate) fn p256(x: &[u8], y: &[u8]) -> Option<Self> {
        let (x, y): ([u8; 32], [u8; 32]) = (x.try_into().ok()?, y.try_into().ok()?);
        let mut point = [4; 65];
        for (place, byte) in point.iter_mut().skip(1).zip(x.into_iter().chain(y)) {
            *place = byte;
        }
        Some(Self::Es256(point))
    }

    /// An RSA key from its numbers, with or without leading zeros.
    pub(crate) fn rsa(n: &[u8], e: &[u8]) -> Option<Self> {
        let (n, e) = (trimmed(n), trimmed(e));
        ((256..=1024).contains(&n.len()) && (1..=5).contains(&e.len())).then_some(Self::Rs256 { n, e })
    }

    /// Whether this is the key's signature of the message, as JOSE writes signatures (ECDSA: r and s, 32 bytes each).
    pub fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Rs256 { n, e } => {
                let key = RsaPublicKeyComponents { n, e };
                key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok()
            }
            Self::Es256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature).is_ok()
            }
            Self::EdDsa(point) => UnparsedPublicKey::new(&ED25519, point).verify(message, signature).is_ok(),
        }
    }

    /// Whether this is the key's signature of the message, as WebAuthn writes signatures (ECDSA: ASN.1).
    pub(crate) fn has_asserted(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Es256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(message, signature).is_ok()
            }
            Self::EdDsa(_) => self.has_signed(message, signature),
            // Passkeys of this kind are never registered.
            Self::Rs256 { .. } => false,
        }
    }
}

fn trimmed(number: &[u8]) -> Vec<u8> {
    number.iter().copied().skip_while(|byte| *byte == 0).collect()
}

/// The form in which a passkey's key is kept: a byte for the algorithm, then the point.
impl PublicKey {
    /// The bytes to keep; `None` for RSA, which no passkey here has.
    pub fn to_kept(&self) -> Option<Vec<u8>> {
        match self {
            Self::Rs256 { .. } => None,
            Self::Es256(point) => Some([&[1], point.as_slice()].concat()),
            Self::EdDsa(point) => Some([&[2], point.as_slice()].concat()),
        }
    }

    /// The key of bytes that were kept.
    pub fn from_kept(bytes: &[u8]) -> Option<Self> {
        match bytes.split_first()? {
            (1, point) => point.try_into().ok().map(Self::Es256),
            (2, point) => point.try_into().ok().map(Self::EdDsa),
            _ => None,
        }
    }
}
