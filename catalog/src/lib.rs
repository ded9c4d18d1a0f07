//! Names to tables: locations, object stores, secrets and file formats.

mod files;
mod formats;
mod memory;
mod secrets;
mod stores;
mod write;

use std::sync::Arc;

pub(crate) use extension::option_list;
use extension::{Extension, Registry, Result};

pub use secrets::{Secret, Secrets};
pub use stores::Stores;

/// The catalog part.
#[derive(Debug)]
pub struct Catalog;

impl Extension for Catalog {
    fn name(&self) -> &'static str {
        "catalog"
    }

    fn register(&self, registry: &mut Registry) -> Result<()> {
        let secrets = Arc::new(Secrets::default());
        stores::register(registry, &secrets);
        secrets::register(registry, &secrets);
        write::register(registry);
        memory::register(registry);
        files::register(registry);
        Ok(())
    }
}
