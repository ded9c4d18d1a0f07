//! Names of tables in statements: which table, and in which schema.

use std::sync::Arc;

use datafusion::catalog::{MemorySchemaProvider, SchemaProvider, TableProvider};
use datafusion::common::{ResolvedTableReference, TableReference};
use datafusion::execution::SessionState;
use datafusion::sql::planner::object_name_to_table_reference;
use datafusion::sql::sqlparser::ast::{Ident, ObjectName, ObjectNamePart};
use extension::{Error, Result, TEMPORARY_SCHEMA as TEMP, closest};

/// A table with the name that reaches it.
pub(crate) struct Found {
    pub(crate) name: ObjectName,
    pub(crate) reference: TableReference,
    pub(crate) table: Arc<dyn TableProvider>,
}

pub(crate) fn reference(name: &ObjectName, state: &SessionState) -> Result<TableReference> {
    let normalize = state.config_options().sql_parser.enable_ident_normalization;
    Ok(object_name_to_table_reference(name.clone(), normalize)?)
}

pub(crate) fn resolved(reference: TableReference, state: &SessionState) -> ResolvedTableReference {
    let catalog = &state.config_options().catalog;
    reference.resolve(&catalog.default_catalog, &catalog.default_schema)
}

/// The table of a name; a temporary one comes before others of its bare name.
pub(crate) async fn find(name: &ObjectName, state: &SessionState) -> Result<Option<Found>> {
    for name in [in_temp(name, state), Some(name.clone())].into_iter().flatten() {
        let reference = reference(&name, state)?;
        if let Ok(schema) = state.schema_for_ref(reference.clone())
            && let Some(table) = schema.table(reference.table()).await?
        {
            return Ok(Some(Found { name, reference, table }));
        }
    }
    Ok(None)
}

/// The bare name with the schema of temporary tables before it, if one of them has it.
pub(crate) fn in_temp(name: &ObjectName, state: &SessionState) -> Option<ObjectName> {
    let [ObjectNamePart::Identifier(_)] = name.0.as_slice() else { return None };
    let reference = reference(name, state).ok()?;
    let schema = state.schema_for_ref(TableReference::partial(TEMP, reference.table())).ok()?;
    schema.table_exist(reference.table()).then(|| temporary(name))
}

/// The name as the one table is written that has it in another case, if there is none of the very name.
pub(crate) fn respelled(name: &ObjectName, state: &SessionState) -> Option<ObjectName> {
    let reference = reference(name, state).ok()?;
    let schema = state.schema_for_ref(reference.clone()).ok()?;
    if schema.table_exist(reference.table()) {
        return None;
    }
    let names = schema.table_names();
    let mut same = names.iter().filter(|known| known.eq_ignore_ascii_case(reference.table()));
    let (Some(known), None) = (same.next(), same.next()) else { return None };
    let mut parts = name.0.clone();
    *parts.last_mut()? = ObjectNamePart::Identifier(Ident::with_quote('"', known));
    Some(ObjectName(parts))
}

/// The name in the schema of temporary tables.
pub(crate) fn temporary(name: &ObjectName) -> ObjectName {
    let mut parts = vec![ObjectNamePart::Identifier(Ident::new(TEMP))];
    parts.extend(name.0.last().cloned());
    ObjectName(parts)
}

/// The name under which a statement makes a table or view.
pub(crate) fn for_creation(
    name: &ObjectName,
    is_temporary: bool,
    state: &SessionState,
) -> Result<ObjectName> {
    let reference = reference(name, state)?;
    match (is_temporary, reference.schema()) {
        (false, _) | (true, Some(TEMP)) => Ok(name.clone()),
        (true, None) => Ok(temporary(name)),
        (true, Some(schema)) => Err(Error::invalid_input(format!(
            "a temporary table stands in the schema {TEMP}, not in {schema}"
        ))),
    }
}

/// The schema of a table that is to be; the one of temporary tables is made when first needed.
pub(crate) fn schema(
    name: &ResolvedTableReference,
    state: &dyn datafusion::catalog::Session,
) -> Result<Arc<dyn SchemaProvider>> {
    let catalog = state
        .catalog_list()
        .catalog(&name.catalog)
        .ok_or_else(|| Error::not_found(format!("catalog '{}' does not exist", name.catalog)))?;
    if *name.schema == *TEMP && catalog.schema(TEMP).is_none() {
        catalog.register_schema(TEMP, Arc::new(MemorySchemaProvider::new()))?;
    }
    catalog.schema(&name.schema).ok_or_else(|| {
        let names = catalog.schema_names();
        let error = Error::not_found(format!("schema '{}' does not exist", name.schema));
        match closest(&name.schema, names.iter().map(String::as_str)) {
            Some(near) => error.with_hint(format!("did you mean '{near}'?")),
            None => error.with_hint(format!("CREATE SCHEMA {} makes it", name.schema)),
        }
    })
}

/// The error for a name that no table has.
pub(crate) fn unknown(name: &ObjectName, state: &SessionState) -> Error {
    let Ok(reference) = reference(name, state) else {
        return Error::not_found(format!("table '{name}' does not exist"));
    };
    let error = Error::not_found(format!("table '{reference}' does not exist"));
    let names = match state.schema_for_ref(reference.clone()) {
        Ok(schema) => schema.table_names(),
        Err(_) => vec![],
    };
    match closest(reference.table(), names.iter().map(String::as_str)) {
        Some(near) => error.with_hint(format!("did you mean '{near}'?")),
        None => error,
    }
}
