//! Where typed statements are kept between sessions.

use std::path::PathBuf;

/// The file: `$PFRAME_HISTORY`, else one in the user's folder for state. None if there is no such
/// folder, or if the variable is empty.
pub(super) fn path() -> Option<PathBuf> {
    match std::env::var_os("PFRAME_HISTORY") {
        Some(path) if path.is_empty() => None,
        Some(path) => Some(PathBuf::from(path)),
        None => {
            let state = std::env::var_os("XDG_STATE_HOME")
                .filter(|path| !path.is_empty())
                .map(PathBuf::from);
            let home = || {
                std::env::var_os("HOME")
                    .map(|home| PathBuf::from(home).join(".local").join("state"))
            };
            Some(state.or_else(home)?.join("pframe").join("history"))
        }
    }
}
