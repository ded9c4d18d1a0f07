//! `MERGE INTO … USING … WHEN … THEN … [RETURNING …]`.
//!
//! The rows are those of a join of the table, with the ids of its rows, and the source. A CASE over the
//! clauses, in their order, says what each row is for; another for each column says its new value.

use std::sync::Arc;

use datafusion::execution::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::sqlparser::ast::{
    CaseWhen, CastKind, DataType, Expr, Ident, Join, JoinConstraint, JoinOperator, Merge,
    MergeAction, MergeClause, MergeClauseKind, MergeInsertKind, ObjectName, OutputClause,
    SelectItem, TableAlias, TableFactor, TableWithJoins, Value, With,
    helpers::attached_token::AttachedToken,
};
use extension::{Error, Result};

use super::query::{
    self, alone, assignments, default_of, item, memory, row_id, value_name, with_default,
    with_types,
};
use super::returning::{self, Target};
use crate::memory::apply::action;
use crate::memory::definition::TableDefinition;
use crate::memory::names;
use crate::memory::parse::merge::{self as spelling, Extra};
use crate::memory::relations::{self, Hinted};
use crate::memory::table::ROW_ID;
use crate::memory::write::Operation;

/// The column by which a row of the join is known to have a row of the source.
const PRESENT: &str = "<present>";

pub(super) async fn plan(
    merge: &Merge,
    with: Option<&With>,
    state: &SessionState,
) -> Result<Option<LogicalPlan>> {
    let TableFactor::Table { name, alias, .. } = &merge.table else { return Ok(None) };
    let Some(found) = names::find(name, state).await? else { return Ok(None) };
    let Some(table) = memory(&found.table) else { return Ok(None) };
    let definition = table.definition();
    let returning = match &merge.output {
        None => None,
        Some(OutputClause::Returning { select_items, .. }) => Some(select_items.as_slice()),
        Some(_) => return Err(Error::unsupported("OUTPUT in MERGE is not supported")),
    };
    let source = source_columns(merge, with, state).await?;
    let clauses: Vec<Clause> = merge
        .clauses
        .iter()
        .map(|clause| Clause::new(clause, definition, &source, &merge.source))
        .collect::<Result<_>>()?;

    let written = definition.written();
    let mut columns: Vec<usize> = clauses.iter().flat_map(|clause| clause.updated()).collect();
    columns.sort_unstable();
    columns.dedup();
    let case = |value: &dyn Fn(&Clause) -> Expr, otherwise: Expr| Expr::Case {
        case_token: AttachedToken::empty(),
        end_token: AttachedToken::empty(),
        operand: None,
        conditions: clauses
            .iter()
            .map(|clause| CaseWhen { condition: clause.condition.clone(), result: value(clause) })
            .collect(),
        else_result: Some(Box::new(otherwise)),
    };
    let target_name = alias.as_ref().map_or_else(
        || found.name.0.last().and_then(|part| part.as_ident()).cloned(),
        |alias| Some(alias.name.clone()),
    );
    let target_name = target_name.ok_or_else(|| Error::syntax("the table has no name"))?;
    let mut items = vec![
        item(integer(case(&|clause| number(clause.action), number(0))), "<action>"),
        item(case(&|clause| clause.message.clone(), text("")), "<message>"),
        row_id(),
    ];
    for position in &written {
        let old = Expr::CompoundIdentifier(vec![
            target_name.clone(),
            Ident::with_quote('"', definition.columns[*position].field.name()),
        ]);
        let value = case(&|clause| clause.value(*position, &old), old.clone());
        items.push(item(value, &value_name(*position)));
    }
    let target = relations::factor(found.name.clone(), alias.clone());
    let from = joined(merge, target, &clauses)?;
    let query = query::select(items, vec![from], None, with)?;
    let rows = query::planned(query, Hinted::Target(Arc::clone(&found.table)), state).await?;
    let rows = with_types(rows, 3, &written, definition)?;
    let target = Target {
        name: found.name,
        reference: found.reference,
        alias: alias.clone(),
        table: Arc::clone(&found.table),
    };
    let operation = Operation::Merge { columns };
    returning::plan(target, operation, rows, returning, state).await.map(Some)
}

/// The names of the source's columns.
async fn source_columns(
    merge: &Merge,
    with: Option<&With>,
    state: &SessionState,
) -> Result<Vec<String>> {
    let all = SelectItem::Wildcard(Default::default());
    let query = query::select(vec![all], vec![alone(merge.source.clone())], None, with)?;
    let nothing = datafusion::logical_expr::LogicalPlanBuilder::empty(false).build()?;
    let plan = query::planned(query, Hinted::Plan(nothing), state).await?;
    Ok(plan.schema().fields().iter().map(|field| field.name().clone()).collect())
}

/// A clause as an action under a condition.
struct Clause {
    kind: MergeClauseKind,
    condition: Expr,
    action: i32,
    message: Expr,
    values: Vec<(usize, Expr)>,
    inserts: bool,
    updates: bool,
}

impl Clause {
    fn new(
        clause: &MergeClause,
        definition: &TableDefinition,
        source: &[String],
        factor: &TableFactor,
    ) -> Result<Self> {
        let mut made = Self {
            kind: clause.clause_kind,
            condition: condition(clause),
            action: 0,
            message: text(""),
            values: vec![],
            inserts: false,
            updates: false,
        };
        let extra = spelling::extra(clause);
        match (&clause.action, extra) {
            (_, Some(Extra::Nothing)) => {}
            (_, Some(Extra::Error(message))) => {
                made.action = action::ERROR;
                made.message = error_text(clause, message.map(|text| *text));
            }
            (_, Some(Extra::UpdateAll { by_name })) => {
                made.values = match by_name {
                    true => all_values(definition, source, factor)?,
                    false => in_order(definition, source, factor)?,
                };
                made.action = action::UPDATE;
                made.updates = true;
            }
            (_, Some(Extra::InsertAll { by_name })) => {
                made.values = match by_name {
                    true => all_values(definition, source, factor)?,
                    false => in_order(definition, source, factor)?,
                };
                made.action = action::INSERT;
                made.inserts = true;
            }
            (_, Some(Extra::InsertDefaults)) => {
                made.action = action::INSERT;
                made.inserts = true;
            }
            (MergeAction::Update(update), None) => {
                if update.update_predicate.is_some() || update.delete_predicate.is_some() {
                    return Err(Error::unsupported("WHERE in UPDATE of MERGE is not supported")
                        .with_hint("write the condition before THEN, as in WHEN MATCHED AND …"));
                }
                made.values = assignments(&update.assignments, definition)?;
                made.action = action::UPDATE;
                made.updates = true;
            }
            (MergeAction::Delete { .. }, None) => made.action = action::DELETE,
            (MergeAction::Insert(insert), None) => {
                if insert.insert_predicate.is_some() {
                    return Err(Error::unsupported("WHERE in INSERT of MERGE is not supported")
                        .with_hint(
                            "write the condition before THEN, as in WHEN NOT MATCHED AND …",
                        ));
                }
                let MergeInsertKind::Values(values) = &insert.kind else {
                    return Err(Error::unsupported("INSERT ROW is not supported"));
                };
                let [row] = values.rows.as_slice() else {
                    return Err(Error::invalid_input("INSERT of MERGE takes one row of values"));
                };
                made.values = inserted(&insert.columns, &row.content, definition)?;
                made.action = action::INSERT;
                made.inserts = true;
            }
        }
        if made.inserts {
            for position in definition.written() {
                if made.values.iter().all(|(other, _)| *other != position) {
                    made.values.push((position, default_of(position, definition)));
                }
            }
        }
        Ok(made)
    }

    fn updated(&self) -> impl Iterator<Item = usize> + '_ {
        self.values.iter().filter(|_| self.updates).map(|(position, _)| *position)
    }

    fn value(&self, position: usize, old: &Expr) -> Expr {
        let value = self.values.iter().find(|(other, _)| *other == position);
        value.map_or_else(|| old.clone(), |(_, value)| value.clone())
    }
}

/// Whether a row of the join is for the clause.
fn condition(clause: &MergeClause) -> Expr {
    let has = |column: &str, is_not: bool| {
        let column = Box::new(Expr::Identifier(Ident::with_quote('"', column)));
        if is_not { Expr::IsNotNull(column) } else { Expr::IsNull(column) }
    };
    let and = |left: Expr, right: Expr| Expr::BinaryOp {
        left: Box::new(left),
        op: datafusion::sql::sqlparser::ast::BinaryOperator::And,
        right: Box::new(Expr::Nested(Box::new(right))),
    };
    let matched = match clause.clause_kind {
        MergeClauseKind::Matched => and(has(ROW_ID, true), has(PRESENT, true)),
        MergeClauseKind::NotMatched | MergeClauseKind::NotMatchedByTarget => has(ROW_ID, false),
        MergeClauseKind::NotMatchedBySource => has(PRESENT, false),
    };
    match &clause.predicate {
        Some(predicate) => and(matched, predicate.clone()),
        None => matched,
    }
}

fn error_text(clause: &MergeClause, message: Option<Expr>) -> Expr {
    let mut words = format!("MERGE error condition WHEN {}", clause.clause_kind);
    if let Some(predicate) = &clause.predicate {
        words.push_str(&format!(" AND {predicate}"));
    }
    match message {
        None => text(&words),
        Some(message) => Expr::BinaryOp {
            left: Box::new(text(&format!("{words}: "))),
            op: datafusion::sql::sqlparser::ast::BinaryOperator::StringConcat,
            right: Box::new(Expr::Nested(Box::new(message))),
        },
    }
}

/// The table joined with the source: all rows of either that some clause is about.
fn joined(merge: &Merge, target: TableFactor, clauses: &[Clause]) -> Result<TableWithJoins> {
    let present = query::select(
        vec![item(Expr::Value(Value::Boolean(true).into()), PRESENT)],
        vec![],
        None,
        None,
    )?;
    let present = TableFactor::Derived {
        lateral: false,
        subquery: Box::new(present),
        alias: Some(returning::alias(Ident::with_quote('"', "<source>"))),
        sample: None,
    };
    let source = TableFactor::NestedJoin {
        table_with_joins: Box::new(TableWithJoins {
            relation: merge.source.clone(),
            joins: vec![Join {
                relation: present,
                global: false,
                join_operator: JoinOperator::CrossJoin(JoinConstraint::None),
            }],
        }),
        alias: None,
    };
    let on = match spelling::using(&merge.on) {
        Some(columns) => JoinConstraint::Using(columns),
        None => JoinConstraint::On(merge.on.as_ref().clone()),
    };
    let any = |wanted: &[MergeClauseKind]| clauses.iter().any(|c| wanted.contains(&c.kind));
    let unmatched_source = any(&[MergeClauseKind::NotMatched, MergeClauseKind::NotMatchedByTarget]);
    let unmatched_target = any(&[MergeClauseKind::NotMatchedBySource]);
    let join_operator = match (unmatched_target, unmatched_source) {
        (true, true) => JoinOperator::FullOuter(on),
        (true, false) => JoinOperator::LeftOuter(on),
        (false, true) => JoinOperator::RightOuter(on),
        (false, false) => JoinOperator::Inner(on),
    };
    let join = Join { relation: source, global: false, join_operator };
    Ok(TableWithJoins { relation: target, joins: vec![join] })
}

/// The name by which the source's columns are reached.
fn qualifier(source: &TableFactor) -> Option<Ident> {
    let alias = |alias: &Option<TableAlias>| alias.as_ref().map(|alias| alias.name.clone());
    match source {
        TableFactor::Table { name, alias: given, .. } => {
            alias(given).or_else(|| name.0.last()?.as_ident().cloned())
        }
        TableFactor::Derived { alias: given, .. } => alias(given),
        _ => None,
    }
}

fn of_source(name: &str, source: &TableFactor) -> Expr {
    let column = Ident::with_quote('"', name);
    match qualifier(source) {
        Some(table) => Expr::CompoundIdentifier(vec![table, column]),
        None => Expr::Identifier(column),
    }
}

/// The columns of the table that the source has too.
fn all_values(
    definition: &TableDefinition,
    source: &[String],
    factor: &TableFactor,
) -> Result<Vec<(usize, Expr)>> {
    source
        .iter()
        .map(|name| {
            let position = definition.index(&Ident::with_quote('"', name))?;
            match definition.columns[position].generated {
                None => Ok((position, of_source(name, factor))),
                Some(_) => Err(generated(name)),
            }
        })
        .collect()
}

/// The source's columns for those of the table, one after the other.
fn in_order(
    definition: &TableDefinition,
    source: &[String],
    factor: &TableFactor,
) -> Result<Vec<(usize, Expr)>> {
    let written = definition.written();
    if written.len() != source.len() {
        return Err(count(written.len(), source.len()));
    }
    Ok(written.into_iter().zip(source).map(|(at, name)| (at, of_source(name, factor))).collect())
}

fn inserted(
    columns: &[ObjectName],
    values: &[Expr],
    definition: &TableDefinition,
) -> Result<Vec<(usize, Expr)>> {
    let positions = match columns.is_empty() {
        true => definition.written(),
        false => columns
            .iter()
            .map(|name| match name.0.last().and_then(|part| part.as_ident()) {
                Some(ident) => definition.index(ident),
                None => Err(Error::syntax(format!("'{name}' is not a column"))),
            })
            .collect::<Result<_>>()?,
    };
    if positions.len() != values.len() {
        return Err(count(positions.len(), values.len()));
    }
    let mut pairs: Vec<(usize, Expr)> = vec![];
    for (position, value) in positions.into_iter().zip(values) {
        let name = definition.columns[position].field.name();
        if definition.columns[position].generated.is_some() {
            return Err(generated(name));
        }
        if pairs.iter().any(|(other, _)| *other == position) {
            return Err(Error::invalid_input(format!("column \"{name}\" is named twice")));
        }
        pairs.push((position, with_default(value.clone(), position, definition)));
    }
    Ok(pairs)
}

fn count(expected: usize, given: usize) -> Error {
    Error::invalid_input(format!("the row has {expected} columns but {given} values were supplied"))
}

fn generated(name: &str) -> Error {
    Error::invalid_input(format!("column \"{name}\" is generated, so nothing can be written to it"))
}

fn integer(expr: Expr) -> Expr {
    Expr::Cast {
        kind: CastKind::Cast,
        expr: Box::new(expr),
        data_type: DataType::Int(None),
        array: false,
        format: None,
    }
}

fn number(value: i32) -> Expr {
    Expr::Value(Value::Number(value.to_string(), false).into())
}

fn text(value: &str) -> Expr {
    Expr::Value(Value::SingleQuotedString(value.to_string()).into())
}
