//! Who is measured at the same time: servers at different addresses at once, one candidate after the other at the same
//! address, local models one at a time. A slow server holds back nobody else.

use daepyo_core::ModelSpec;
use std::collections::BTreeMap;

/// What a candidate shares with those that wait for it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lane {
    /// This machine's cores and memory.
    Local,
    /// Recorded answers.
    Recorded,
    /// The server at this address.
    Server(String),
}

impl Lane {
    pub(crate) fn of(model: &ModelSpec) -> Self {
        match model {
            ModelSpec::Llama { .. } => Self::Local,
            ModelSpec::Replay { .. } => Self::Recorded,
            ModelSpec::OpenAi { url, .. } => Self::Server(endpoint(url)),
        }
    }
}

/// Scheme, host and port of an address.
fn endpoint(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let host = rest.split('/').next().unwrap_or(rest);
    format!("{scheme}://{host}").to_ascii_lowercase()
}

/// Does `work` for each place of `lanes`: in order within a lane, all lanes at once. Gives the results by place.
pub(crate) async fn each<T>(lanes: &[Lane], work: impl AsyncFn(usize) -> T) -> Vec<T> {
    let mut by_lane: BTreeMap<&Lane, Vec<usize>> = BTreeMap::new();
    for (place, lane) in lanes.iter().enumerate() {
        by_lane.entry(lane).or_default().push(place);
    }
    let work = &work;
    let one = move |places: Vec<usize>| async move {
        let mut done = Vec::new();
        for place in places {
            done.push((place, work(place).await));
        }
        done
    };
    let all = futures_util::future::join_all(by_lane.into_values().map(one)).await;
    let mut done: Vec<_> = all.into_iter().flatten().collect();
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::{Lane, each};
    use std::sync::Mutex;

    fn server(url: &str) -> Lane {
        Lane::of(&daepyo_core::ModelSpec::OpenAi { url: url.to_owned(), model: "m".to_owned() })
    }

    #[test]
    fn an_address_is_scheme_host_and_port() {
        assert_eq!(server("http://A.example:8000/v1"), server("http://a.example:8000/other"));
        assert_ne!(server("http://a.example:8000/v1"), server("http://a.example:8001/v1"));
        assert_ne!(server("http://a.example/v1"), server("https://a.example/v1"));
    }

    #[tokio::test]
    async fn lanes_go_on_while_one_waits_and_results_come_by_place() {
        let lanes = [server("http://slow"), server("http://fast"), server("http://slow"), Lane::Recorded];
        let order = Mutex::new(Vec::new());
        let fast_is_done = tokio::sync::Notify::new();
        let results = each(&lanes, async |place| {
            if place == 0 {
                fast_is_done.notified().await;
            }
            order.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(place);
            if place == 1 {
                fast_is_done.notify_one();
            }
            place * 10
        });
        assert_eq!(results.await, [0, 10, 20, 30]);
        let order = order.into_inner().unwrap_or_default();
        let at = |place| order.iter().position(|done| *done == place);
        assert!(at(1) < at(0) && at(0) < at(2), "{order:?}");
    }
}
