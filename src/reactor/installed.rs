//! What is installed on this machine and changes which engines translate.

use super::error::ServeError;
use super::pipelines::modes;
use super::services::apertium;
use crate::config::Config;
use crate::vocabulary::EngineName;

/// The settings as they are on this machine: where nobody has named the engines, Apertium stands behind the others if it is
/// installed.
///
/// # Errors
/// It is named and not installed.
pub(super) fn on_this_machine(config: Config) -> Result<Config, ServeError> {
    let is_installed = modes::has_any(&apertium(&config));
    let config = if is_installed { config.with_apertium() } else { config };
    if !is_installed && config.all_engines().contains(&EngineName::Apertium) {
        return Err(ServeError::NoApertium { dir: config.apertium_dir });
    }
    Ok(config)
}
