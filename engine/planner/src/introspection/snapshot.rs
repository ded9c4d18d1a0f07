//! The session at a moment: its databases, schemas, tables and views with what is known of them.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::execution::SessionState;
use datafusion::logical_expr::TableType;
use extension::{Comments, Result, TableDescribers, TableFacts};

use crate::SessionObjects;
use extension::TEMPORARY_SCHEMA as TEMPORARY;

/// The session.
pub(crate) struct Snapshot {
    pub(crate) databases: Vec<Database>,
    pub(crate) schemas: Vec<SchemaEntry>,
    pub(crate) relations: Vec<Relation>,
    pub(crate) objects: Arc<SessionObjects>,
    pub(crate) default_catalog: String,
    pub(crate) default_schema: String,
    /// Of things that are in no schema of their own.
    pub(crate) default_oids: (i64, i64),
}

/// A database.
pub(crate) struct Database {
    pub(crate) name: String,
    pub(crate) oid: i64,
}

/// A schema.
pub(crate) struct SchemaEntry {
    pub(crate) database: String,
    pub(crate) database_oid: i64,
    pub(crate) name: String,
    pub(crate) oid: i64,
    pub(crate) internal: bool,
}

/// A table or view.
pub(crate) struct Relation {
    pub(crate) database: String,
    pub(crate) database_oid: i64,
    pub(crate) schema: String,
    pub(crate) schema_oid: i64,
    pub(crate) name: String,
    pub(crate) oid: i64,
    pub(crate) is_view: bool,
    pub(crate) internal: bool,
    pub(crate) temporary: bool,
    pub(crate) comment: Option<String>,
    pub(crate) column_comments: Vec<Option<String>>,
    pub(crate) table: Arc<dyn TableProvider>,
    pub(crate) facts: TableFacts,
}

/// Numbers of things. They follow from the names, so they are the same in the next query.
#[derive(Default)]
struct Oids(HashSet<i64>);

impl Oids {
    /// Below lie the numbers that PostgreSQL gives to what it brings itself.
    const FIRST: u64 = 16384;

    fn of(&mut self, parts: &[&str]) -> i64 {
        // FNV-1a.
        let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
        for byte in parts.iter().flat_map(|part| part.bytes().chain([0])) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        let range = i32::MAX as u64 - Self::FIRST;
        let mut oid = (Self::FIRST + (hash ^ (hash >> 32)) % range) as i64;
        while !self.0.insert(oid) {
            oid = (oid + 1).max(Self::FIRST as i64);
        }
        oid
    }
}

impl Snapshot {
    pub(crate) async fn take(state: &SessionState, objects: Arc<SessionObjects>) -> Result<Self> {
        let mut oids = Oids::default();
        let catalogs = state.catalog_list();
        let comments = Comments::of(state.config());
        let describers = TableDescribers::of(state.config());
        let mut snapshot = Self {
            databases: vec![],
            schemas: vec![],
            relations: vec![],
            objects,
            default_catalog: state.config_options().catalog.default_catalog.clone(),
            default_schema: state.config_options().catalog.default_schema.clone(),
            default_oids: (0, 0),
        };
        let mut names = catalogs.catalog_names();
        names.sort();
        for database in names {
            let Some(catalog) = catalogs.catalog(&database) else { continue };
            let database_oid = oids.of(&[&database]);
            let is_default = database == snapshot.default_catalog;
            if is_default {
                snapshot.default_oids.0 = database_oid;
            }
            snapshot.databases.push(Database { name: database.clone(), oid: database_oid });
            let mut schemas = catalog.schema_names();
            // The catalog of PostgreSQL is made of views that stand in no schema of DataFusion's.
            schemas.extend(["information_schema", "pg_catalog"].map(ToString::to_string));
            schemas.sort();
            schemas.dedup();
            for schema in schemas {
                let schema_oid = oids.of(&[&database, &schema]);
                if is_default && schema == snapshot.default_schema {
                    snapshot.default_oids.1 = schema_oid;
                }
                let internal =
                    matches!(schema.as_str(), "information_schema" | "pg_catalog" | "system");
                snapshot.schemas.push(SchemaEntry {
                    database: database.clone(),
                    database_oid,
                    name: schema.clone(),
                    oid: schema_oid,
                    internal,
                });
                if internal && schema != "system" {
                    continue;
                }
                let Some(provider) = catalog.schema(&schema) else { continue };
                let mut tables = provider.table_names();
                tables.sort();
                for name in tables {
                    let Some(table) = provider.table(&name).await? else { continue };
                    let fields = table.schema();
                    let comment = |column: Option<&str>| comments.as_ref()?.get(&table, column);
                    snapshot.relations.push(Relation {
                        database: database.clone(),
                        database_oid,
                        schema: schema.clone(),
                        schema_oid,
                        oid: oids.of(&[&database, &schema, &name]),
                        is_view: internal || table.table_type() == TableType::View,
                        internal,
                        temporary: schema == TEMPORARY,
                        comment: comment(None),
                        column_comments: fields
                            .fields()
                            .iter()
                            .map(|field| comment(Some(field.name())))
                            .collect(),
                        facts: describers.facts(table.as_ref()),
                        name,
                        table,
                    });
                }
            }
        }
        Ok(snapshot)
    }

    /// The tables.
    pub(crate) fn tables(&self) -> impl Iterator<Item = &Relation> {
        self.relations.iter().filter(|relation| !relation.is_view)
    }

    /// The views.
    pub(crate) fn views(&self) -> impl Iterator<Item = &Relation> {
        self.relations.iter().filter(|relation| relation.is_view)
    }

    /// A number for something that the session keeps.
    pub(super) fn oid(&self, kind: &str, name: &str) -> i64 {
        Oids::default().of(&[kind, name])
    }
}
