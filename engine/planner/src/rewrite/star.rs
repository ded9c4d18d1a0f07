//! `* EXCLUDE (…) REPLACE (…) RENAME (…)`, `t.*` with the same, and `s.*` of a struct, spelled out.

use datafusion::arrow::datatypes::DataType;
use datafusion::sql::sqlparser::ast::{
    ExceptSelectItem, ExcludeSelectItem, Expr, Ident, IdentWithAlias, ObjectName, RenameSelectItem,
    SelectItem, SelectItemQualifiedWildcardKind, Spanned, TableFactor, TableWithJoins, Value,
    WildcardAdditionalOptions,
};
use extension::{Error, ErrorKind, Result};

use super::build::{call, is_name, last_ident, quoted};
use super::columns::{Column, unknown};
use super::walk::{Rewriter, SelectScope};
use crate::script::AtSpan;

pub(super) fn rewrite(rewriter: &mut Rewriter<'_>, scope: &mut SelectScope<'_>) -> Result<()> {
    let needs = scope.select.projection.iter().any(|item| needs_columns(item, &scope.select.from));
    if !needs {
        return Ok(());
    }
    let mut projection = Vec::with_capacity(scope.select.projection.len());
    for item in std::mem::take(&mut scope.select.projection) {
        if !needs_columns(&item, &scope.select.from) {
            projection.push(item);
            continue;
        }
        match &item {
            SelectItem::Wildcard(options) => {
                let columns = scope.columns(rewriter)?;
                projection.extend(expand(columns, None, options)?.items());
            }
            SelectItem::QualifiedWildcard(
                SelectItemQualifiedWildcardKind::ObjectName(name),
                options,
            ) => {
                let columns = scope.columns(rewriter)?;
                match columns.iter().any(|column| column.is_of(name)) {
                    true => projection.extend(expand(columns, Some(name), options)?.items()),
                    false => {
                        let field = struct_column(columns, name)?;
                        projection.extend(fields(rewriter, scope, field, options)?);
                    }
                }
            }
            SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::Expr(expr), options) => {
                projection.extend(fields(rewriter, scope, expr.clone(), options)?);
            }
            _ => {}
        }
    }
    scope.select.projection = projection;
    scope.is_expanded = true;
    Ok(())
}

/// Whether DataFusion's own star would not do.
fn needs_columns(item: &SelectItem, from: &[TableWithJoins]) -> bool {
    let plain = |options: &WildcardAdditionalOptions| {
        options.opt_ilike.is_none()
            && options.opt_exclude.is_none()
            && options.opt_except.is_none()
            && options.opt_replace.is_none()
            && options.opt_rename.is_none()
            && options.opt_alias.is_none()
    };
    match item {
        SelectItem::Wildcard(options) => !plain(options),
        SelectItem::QualifiedWildcard(
            SelectItemQualifiedWildcardKind::ObjectName(name),
            options,
        ) => !plain(options) || !is_relation(name, from),
        SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::Expr(_), _) => true,
        _ => false,
    }
}

/// Whether a table of FROM has this very name, without planning it.
fn is_relation(name: &ObjectName, from: &[TableWithJoins]) -> bool {
    let Some(wanted) = last_ident(name) else { return false };
    let named = |factor: &TableFactor| match factor {
        TableFactor::Table { alias: Some(alias), .. }
        | TableFactor::Derived { alias: Some(alias), .. }
        | TableFactor::UNNEST { alias: Some(alias), .. }
        | TableFactor::Function { alias: Some(alias), .. } => is_name(wanted, &alias.name.value),
        TableFactor::Table { name, alias: None, .. } => {
            last_ident(name).is_some_and(|ident| is_name(wanted, &ident.value))
        }
        _ => false,
    };
    from.iter()
        .any(|table| named(&table.relation) || table.joins.iter().any(|join| named(&join.relation)))
}

/// The columns that a star stands for, with the expression and the name of each.
pub(super) struct Expanded(pub(super) Vec<(Column, Expr, String)>);

impl Expanded {
    fn items(self) -> impl Iterator<Item = SelectItem> {
        self.0.into_iter().map(|(column, expr, name)| {
            match matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_))
                && name == column.name
            {
                true => SelectItem::UnnamedExpr(expr),
                false => {
                    let span = expr.span();
                    SelectItem::ExprWithAlias { expr, alias: quoted(name, span) }
                }
            }
        })
    }
}

/// Spells out a star.
pub(super) fn expand(
    columns: &[Column],
    relation: Option<&ObjectName>,
    options: &WildcardAdditionalOptions,
) -> Result<Expanded> {
    let span = options.wildcard_token.0.span;
    let candidates: Vec<&Column> = columns
        .iter()
        .filter(|column| relation.is_none_or(|relation| column.is_of(relation)))
        .collect();
    if columns.is_empty() {
        return Err(Error::invalid_input("SELECT * needs a FROM").at_span(span));
    }
    let owned: Vec<Column> = candidates.iter().map(|column| (*column).clone()).collect();
    let find = |what: &str, ident: &Ident| match candidates
        .iter()
        .any(|column| is_name(ident, &column.name))
    {
        true => Ok(()),
        false => Err(unknown(what, ident, &owned)),
    };
    let excluded = excluded(options);
    for name in &excluded {
        let Some(ident) = last_ident(name) else { continue };
        find("the EXCLUDE list", ident)?;
    }
    let is_excluded = |column: &Column| {
        excluded.iter().any(|name| {
            let qualifier = ObjectName(name.0[..name.0.len() - 1].to_vec());
            last_ident(name).is_some_and(|ident| is_name(ident, &column.name))
                && (qualifier.0.is_empty() || column.is_of(&qualifier))
        })
    };
    let replaced = options.opt_replace.as_ref().map_or(&[][..], |replace| &replace.items);
    for element in replaced {
        find("the REPLACE list", &element.column_name)?;
    }
    let renamed: Vec<&IdentWithAlias> = match &options.opt_rename {
        None => vec![],
        Some(RenameSelectItem::Single(one)) => vec![one],
        Some(RenameSelectItem::Multiple(all)) => all.iter().collect(),
    };
    for rename in &renamed {
        find("the RENAME list", &rename.ident)?;
    }
    let like = options.opt_ilike.as_ref().map(|like| like.pattern.to_lowercase());
    let expanded: Vec<_> = candidates
        .into_iter()
        .filter(|column| !is_excluded(column))
        .filter(|column| {
            like.as_ref().is_none_or(|pattern| matches_like(pattern, &column.name.to_lowercase()))
        })
        .map(|column| {
            let expr = replaced
                .iter()
                .find(|element| is_name(&element.column_name, &column.name))
                .map_or_else(|| column.expr(span), |element| element.expr.clone());
            let name = renamed
                .iter()
                .find(|rename| is_name(&rename.ident, &column.name))
                .map_or_else(|| column.name.clone(), |rename| rename.alias.value.clone());
            (column.clone(), expr, name)
        })
        .collect();
    match expanded.is_empty() {
        true => Err(Error::invalid_input("the star leaves no columns").at_span(span)),
        false => Ok(Expanded(expanded)),
    }
}

fn excluded(options: &WildcardAdditionalOptions) -> Vec<ObjectName> {
    let mut names: Vec<ObjectName> = match &options.opt_exclude {
        None => vec![],
        Some(ExcludeSelectItem::Single(name)) => vec![name.clone()],
        Some(ExcludeSelectItem::Multiple(names)) => names.clone(),
    };
    if let Some(ExceptSelectItem { first_element, additional_elements }) = &options.opt_except {
        let idents = std::iter::once(first_element).chain(additional_elements);
        names.extend(idents.map(|ident| ObjectName::from(vec![ident.clone()])));
    }
    names
}

/// Whether `text` is like `pattern`, with `%` and `_`.
fn matches_like(pattern: &str, text: &str) -> bool {
    match pattern.chars().next() {
        None => text.is_empty(),
        Some('%') => {
            let rest = &pattern[1..];
            matches_like(rest, text)
                || text
                    .char_indices()
                    .any(|(index, sign)| matches_like(rest, &text[index + sign.len_utf8()..]))
        }
        Some(sign) => {
            let rest = &pattern[sign.len_utf8()..];
            text.chars().next().is_some_and(|first| {
                (sign == '_' || sign == first) && matches_like(rest, &text[first.len_utf8()..])
            })
        }
    }
}

/// The column that the name before a star means, if it means none of the tables.
fn struct_column(columns: &[Column], name: &ObjectName) -> Result<Expr> {
    let idents: Vec<Ident> = name.0.iter().filter_map(|part| part.as_ident().cloned()).collect();
    let known = idents
        .first()
        .is_some_and(|first| columns.iter().any(|column| is_name(first, &column.name)))
        || idents.get(1).is_some_and(|second| columns.iter().any(|c| is_name(second, &c.name)));
    match (idents.as_slice(), known) {
        ([column], true) => Ok(Expr::Identifier(column.clone())),
        (_, true) => Ok(Expr::CompoundIdentifier(idents)),
        _ => {
            let message = format!("'{name}' in {name}.* is no table or struct of FROM");
            let error = Error::new(ErrorKind::NotFound, message);
            let relations: Vec<String> = columns
                .iter()
                .filter_map(|column| column.relation.as_ref().map(|r| r.table().to_string()))
                .collect();
            let near = extension::closest(&name.to_string(), relations.iter().map(String::as_str))
                .map(|near| format!("did you mean '{near}'?"));
            let error = match near {
                Some(hint) => error.with_hint(hint),
                None => error,
            };
            Err(error.at_span(name.span()))
        }
    }
}

/// The fields of a struct as columns.
fn fields(
    rewriter: &Rewriter<'_>,
    scope: &SelectScope<'_>,
    value: Expr,
    options: &WildcardAdditionalOptions,
) -> Result<Vec<SelectItem>> {
    let span = options.wildcard_token.0.span;
    let DataType::Struct(found) = rewriter.type_of(&value, &scope.select.from, scope.scope)? else {
        let message = format!("'{value}' in {value}.* is no table and no struct");
        return Err(Error::invalid_input(message).at_span(span));
    };
    let columns: Vec<Column> = found
        .iter()
        .map(|field| Column {
            relation: None,
            name: field.name().clone(),
            data_type: field.data_type().clone(),
        })
        .collect();
    let expanded = expand(&columns, None, options)?;
    Ok(expanded
        .0
        .into_iter()
        .map(|(column, expr, name)| {
            let replaced = !matches!(&expr, Expr::Identifier(ident) if ident.value == column.name);
            let expr = match replaced {
                true => expr,
                false => call(
                    "get_field",
                    vec![value.clone(), Expr::Value(Value::SingleQuotedString(column.name).into())],
                ),
            };
            SelectItem::ExprWithAlias { expr, alias: quoted(name, span) }
        })
        .collect())
}
