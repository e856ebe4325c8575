//! The JSON Schema of `programme.toml`, kept where editors and readers find it.

use crate::failure::Failure;
use crate::settings::Settings;

/// Writes `docs/reference/programme.schema.json`.
pub(crate) fn write(settings: &Settings) -> Result<(), Failure> {
    let path = settings.root.join("docs/reference/programme.schema.json");
    std::fs::create_dir_all(settings.root.join("docs/reference")).map_err(Failure::io("make", &path))?;
    std::fs::write(&path, daepyo_spec::json_schema()).map_err(Failure::io("write", &path))?;
    println!("{}", path.display());
    Ok(())
}
