//! The scripted server as a process of its own, for measuring clients: prints its address and serves until it is ended.

use daepyo_backend::faulty::{FaultyServer, Script};
use std::error::Error;
use std::io::Write;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = FaultyServer::start(Script::default()).await?;
    writeln!(std::io::stdout(), "{}", server.base_url())?;
    std::future::pending::<()>().await;
    Ok(())
}
