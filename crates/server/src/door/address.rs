//! The client's address: the peer's, or what trusted proxies say.

use crate::settings::{ProxyHeader, Settings};
use axum::http::HeaderMap;
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};

/// The peer of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// Whether an address is one of the trusted proxies.
fn is_trusted(trusted: &[IpNet], address: IpAddr) -> bool {
    trusted.iter().any(|network| network.contains(&address))
}

/// Whether a peer is one of the trusted proxies.
pub(crate) fn is_proxy(peer: IpAddr, settings: &Settings) -> bool {
    is_trusted(&settings.trusted_proxies, peer.to_canonical())
}

/// The client's address. From the nearest hop on, every hop that is a trusted proxy is believed about the one before;
/// the first that is not is the client. What cannot be read ends the walk at the last address that was believed.
pub(crate) fn client(peer: IpAddr, headers: &HeaderMap, settings: &Settings) -> IpAddr {
    let mut client = peer.to_canonical();
    let name = match settings.proxy_header {
        ProxyHeader::XForwardedFor => "x-forwarded-for",
        ProxyHeader::Forwarded => "forwarded",
    };
    let lines = headers.get_all(name).iter().rev().filter_map(|value| value.to_str().ok());
    let hops = lines.flat_map(|line| line.rsplit(','));
    for hop in hops {
        if !is_trusted(&settings.trusted_proxies, client) {
            break;
        }
        let told = match settings.proxy_header {
            ProxyHeader::XForwardedFor => address(hop.trim()),
            ProxyHeader::Forwarded => told(hop),
        };
        match told {
            Some(told) => client = told.to_canonical(),
            None => break,
        }
    }
    client
}

/// Whether whoever asks is itself on loopback or a trusted proxy, and asks for nobody else.
pub(crate) fn is_near(peer: IpAddr, headers: &HeaderMap, settings: &Settings) -> bool {
    let peer = peer.to_canonical();
    let for_others = headers.contains_key("x-forwarded-for") || headers.contains_key("forwarded");
    !for_others && (peer.is_loopback() || is_trusted(&settings.trusted_proxies, peer))
}

/// The address after `for=` in one element of `Forwarded` (RFC 7239).
fn told(element: &str) -> Option<IpAddr> {
    let pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
    let mut values = pairs.filter(|(name, _)| name.eq_ignore_ascii_case("for")).map(|(_, value)| value);
    address(values.next()?.trim_matches('"'))
}

/// An address with or without a port, IPv6 with or without brackets.
fn address(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(address);
    }
    if let Ok(socket) = text.parse::<SocketAddr>() {
        return Some(socket.ip());
    }
    text.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

#[cfg(test)]
mod tests {
    //! Only trusted hops are believed.
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]
    use super::*;
    use axum::http::{HeaderName, HeaderValue};
    use std::path::Path;

    fn seen(peer: &str, trusted: &[&str], header: ProxyHeader, lines: &[(&'static str, &str)]) -> String {
        let base = "http://localhost/".parse().unwrap();
        let mut settings = Settings::new(Path::new("d"), SocketAddr::from(([127, 0, 0, 1], 0)), base);
        settings.trusted_proxies = trusted.iter().map(|network| network.parse().unwrap()).collect();
        settings.proxy_header = header;
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        client(peer.parse().unwrap(), &headers, &settings).to_string()
    }

    #[test]
    fn only_trusted_hops_are_believed() {
        let line = [("x-forwarded-for", "6.6.6.6, 203.0.113.9, 10.0.0.2")];
        let header = ProxyHeader::XForwardedFor;
        assert_eq!(seen("192.0.2.1", &[], header, &line), "192.0.2.1");
        assert_eq!(seen("192.0.2.1", &["10.0.0.0/8"], header, &line), "192.0.2.1");
        assert_eq!(seen("10.0.0.1", &["10.0.0.0/8"], header, &line), "203.0.113.9");
        assert_eq!(seen("::ffff:10.0.0.1", &["10.0.0.0/8"], header, &line), "203.0.113.9");
        let lines = [("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "203.0.113.9")];
        assert_eq!(seen("10.0.0.1", &["10.0.0.0/8"], header, &lines), "203.0.113.9");
        assert_eq!(seen("10.0.0.1", &["10.0.0.0/8"], header, &[("x-forwarded-for", "what")]), "10.0.0.1");
        assert_eq!(seen("10.0.0.1", &["10.0.0.0/8"], header, &[]), "10.0.0.1");
    }

    #[test]
    fn the_other_header_is_not_read() {
        let line = [("forwarded", "for=6.6.6.6")];
        assert_eq!(seen("10.0.0.1", &["10.0.0.0/8"], ProxyHeader::XForwardedFor, &line), "10.0.0.1");
        let line = [
            ("forwarded", "for=6.6.6.6, For=\"[2001:db8::7]:4711\";proto=https"),
            ("x-forwarded-for", "7.7.7.7"),
        ];
        assert_eq!(seen("10.0.0.1", &["10.0.0.0/8"], ProxyHeader::Forwarded, &line), "2001:db8::7");
    }
}
