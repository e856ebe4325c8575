//! Scripted servers behind addresses that stay, so that one programme file can meet several scripts.

use daepyo_backend::faulty::{Arrival, Fault, Faults, FaultyServer, Script};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

pub(crate) struct Servers {
    runtime: Runtime,
    fronts: Vec<Front>,
}

struct Front {
    name: String,
    address: SocketAddr,
    /// Where connections are passed on to.
    behind: Arc<Mutex<SocketAddr>>,
    server: FaultyServer,
}

impl Servers {
    /// A server for each name.
    pub(crate) fn start(names: &[&str], script: &dyn Fn(&str) -> Script) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let start = async |name: &&str| {
            let server = FaultyServer::start(script(name)).await.unwrap();
            let behind = Arc::new(Mutex::new(address_of(&server)));
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            let address = listener.local_addr().unwrap();
            tokio::spawn(pass_on(listener, Arc::clone(&behind)));
            Front { name: (*name).to_owned(), address, behind, server }
        };
        let fronts = names.iter().map(|name| runtime.block_on(start(name))).collect();
        Self { runtime, fronts }
    }

    /// Puts new servers behind the same addresses; what arrived is forgotten.
    pub(crate) fn restart(&mut self, script: &dyn Fn(&str) -> Script) {
        for front in &mut self.fronts {
            front.server = self.runtime.block_on(FaultyServer::start(script(&front.name))).unwrap();
            *front.behind.lock().unwrap() = address_of(&front.server);
        }
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.fronts.iter().map(|front| front.name.as_str())
    }

    pub(crate) fn url(&self, name: &str) -> String {
        let front = self.fronts.iter().find(|front| front.name == name).unwrap();
        format!("http://{}/v1", front.address)
    }

    /// What came to the server of this name so far.
    pub(crate) fn arrivals(&self, name: &str) -> Vec<Arrival> {
        self.fronts.iter().find(|front| front.name == name).unwrap().server.arrivals()
    }

    /// How many requests came so far, to all of them.
    pub(crate) fn count(&self) -> usize {
        self.fronts.iter().map(|front| front.server.arrivals().len()).sum()
    }
}

/// Answers truly, but in small pieces with pauses.
pub(crate) fn slow() -> Script {
    let faults = Faults::Seeded {
        seed: 1,
        per_mille: 1000,
        most_per_request: u32::MAX,
        kinds: vec![Fault::SlowPieces],
    };
    Script { faults, ..Script::default() }
}

fn address_of(server: &FaultyServer) -> SocketAddr {
    let url = server.base_url();
    url.trim_start_matches("http://").trim_end_matches("/v1").parse().unwrap()
}

async fn pass_on(listener: TcpListener, behind: Arc<Mutex<SocketAddr>>) {
    while let Ok((mut client, _)) = listener.accept().await {
        let address = *behind.lock().unwrap();
        tokio::spawn(async move {
            if let Ok(mut server) = TcpStream::connect(address).await {
                // Either side may leave in the middle: half of the scripts want that.
                let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
            }
        });
    }
}
