//! From the arguments of a call to its node: which columns and nodes are meant, as plans over the inputs.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, LogicalPlanBuilder};
use extension::{Arguments, Error, RelationCall, Result, TableArgument, sql_type_name};

use algorithms::Direction;

use crate::build::Shape;
use crate::columns::{self, InputColumn, common_type, comparable};
use crate::function::{Algorithm, GraphFunction, List};
use crate::lists::{Collected, Source};
use crate::named::{GraphStore, NamedGraph, name_in};
use crate::node::{Call, GraphNode};

/// A call while its arguments are read.
pub(crate) struct Binder<'a> {
    function: &'static GraphFunction,
    call: &'a RelationCall<'a>,
    edges: &'a TableArgument,
    nodes: Option<&'a TableArgument>,
    ends: (InputColumn, InputColumn),
    weight: Option<InputColumn>,
    node_columns: Vec<InputColumn>,
    id: FieldRef,
    directed: bool,
    lists: Vec<ListPlan>,
    /// The named graph that the edges are of.
    graph: Option<Arc<NamedGraph>>,
}

enum ListPlan {
    Values(Collected),
    Table { plan: LogicalPlan, ids: usize },
}

impl<'a> Binder<'a> {
    /// Reads what all functions have in common.
    pub(crate) fn new(
        function: &'static GraphFunction,
        call: &'a RelationCall<'a>,
        store: &GraphStore,
    ) -> Result<Self> {
        let arguments = &call.arguments;
        let edges = call.required_table("edges")?;
        let nodes = call.table("nodes");
        let source = arguments.string("source_column")?;
        let target = arguments.string("target_column")?;
        let ends = columns::ends(edges, source.as_deref(), target.as_deref())
            .map_err(|error| error.context(function.signature.name))?;
        let of_nodes = match nodes {
            Some(nodes) => columns::all(nodes).into_iter().next().map(|column| column.field),
            None => None,
        };
        let mut fields = vec![("the source", &ends.0.field), ("the target", &ends.1.field)];
        fields.extend(of_nodes.as_ref().map(|field| ("the column of nodes", field)));
        let id = common_type(&fields).map_err(|error| error.context(function.signature.name))?;
        // What else is known about the type, such as that a text is a UUID.
        let metadata = match ends.0.field.data_type() == &id {
            true => ends.0.field.metadata().clone(),
            false => Default::default(),
        };
        let id = Arc::new(Field::new("node", id, false).with_metadata(metadata));
        let directed = arguments.boolean("directed")?.unwrap_or(true);
        Ok(Self {
            function,
            call,
            edges,
            nodes,
            ends,
            weight: None,
            node_columns: vec![],
            id,
            directed,
            lists: vec![],
            graph: name_in(&edges.plan).and_then(|name| store.get(&name)),
        })
    }

    /// The arguments.
    pub(crate) fn arguments(&self) -> &'a Arguments {
        &self.call.arguments
    }

    /// A column of nodes.
    pub(crate) fn node(&self, name: &str) -> FieldRef {
        Arc::new(self.id.as_ref().clone().with_name(name))
    }

    /// The weights that a parameter names, if any; whether there are some.
    pub(crate) fn weight(&mut self, parameter: &'static str) -> Result<bool> {
        if let Some(name) = self.arguments().string(parameter)? {
            self.set_weight(columns::named(self.edges, parameter, &name)?)?;
        }
        Ok(self.weight.is_some())
    }

    /// The weights that a parameter names, or those in a column of that name.
    pub(crate) fn weight_if_there(
        &mut self,
        parameter: &'static str,
        column: &str,
    ) -> Result<bool> {
        let given = self.arguments().given().any(|(name, _)| name == parameter);
        if !given && let Ok(found) = columns::named(self.edges, parameter, column) {
            self.set_weight(found)?;
        }
        self.weight(parameter)
    }

    fn set_weight(&mut self, column: InputColumn) -> Result<()> {
        let data_type = column.field.data_type();
        if !data_type.is_numeric() && !data_type.is_null() {
            return Err(Error::invalid_input(format!(
                "{}: the weight '{}' must be a number, not {}",
                self.function.signature.name,
                column.field.name(),
                sql_type_name(data_type)
            )));
        }
        self.weight = Some(column);
        Ok(())
    }

    /// A column of the table of nodes: its place among the node values.
    pub(crate) fn node_column(&mut self, parameter: &str, name: &str) -> Result<usize> {
        let Some(nodes) = self.nodes else {
            return Err(Error::invalid_input(format!(
                "{}: '{parameter}' names a column of the nodes, so nodes => table must be given",
                self.function.signature.name
            )));
        };
        self.node_columns.push(columns::named(nodes, parameter, name)?);
        Ok(self.node_columns.len() - 1)
    }

    /// The nodes of a parameter that must be given.
    pub(crate) fn required_nodes(&mut self, parameter: &'static str) -> Result<List> {
        let list = self.nodes(parameter)?;
        list.ok_or_else(|| {
            Error::invalid_input(format!(
                "{}: '{parameter}' must not be NULL",
                self.function.signature.name
            ))
        })
    }

    /// The nodes of a parameter: a value, a list of values, or a query's first column.
    pub(crate) fn nodes(&mut self, parameter: &'static str) -> Result<Option<List>> {
        self.list(parameter, 1, false)
    }

    /// The nodes of a parameter with a number beside each: a map, or a query's first two columns.
    pub(crate) fn weighted_nodes(&mut self, parameter: &'static str) -> Result<Option<List>> {
        self.list(parameter, 1, true)
    }

    /// The pairs of nodes of a parameter: a query's first two columns.
    pub(crate) fn pairs(&mut self, parameter: &'static str) -> Result<Option<List>> {
        self.list(parameter, 2, false)
    }

    fn list(
        &mut self,
        parameter: &'static str,
        ids: usize,
        with_values: bool,
    ) -> Result<Option<List>> {
        let plan = match (self.call.table(parameter), self.arguments().value(parameter)) {
            (Some(table), _) => self.list_of_table(parameter, table, ids, with_values)?,
            (None, Some(value)) => ListPlan::Values(self.list_of_values(parameter, value)?),
            (None, None) => return Ok(None),
        };
        self.lists.push(plan);
        Ok(Some(List { index: self.lists.len() - 1, parameter }))
    }

    fn list_of_table(
        &self,
        parameter: &str,
        table: &TableArgument,
        ids: usize,
        with_values: bool,
    ) -> Result<ListPlan> {
        let columns = columns::all(table);
        if columns.len() < ids {
            return Err(Error::invalid_input(format!("'{parameter}' needs {ids} columns")));
        }
        let mut exprs: Vec<Expr> = vec![];
        for (index, column) in columns.iter().take(ids).enumerate() {
            if !comparable(column.field.data_type(), self.id.data_type(), false) {
                return Err(self.other_type(parameter, column.field.data_type()));
            }
            exprs.push(column.as_type(self.id.data_type(), &format!("node{index}")));
        }
        if with_values && let Some(values) = columns.get(ids) {
            exprs.push(values.as_type(&DataType::Float64, "value"));
        }
        let plan = LogicalPlanBuilder::from(table.plan.clone()).project(exprs)?.build()?;
        Ok(ListPlan::Table { plan, ids })
    }

    fn list_of_values(&self, parameter: &str, value: &ScalarValue) -> Result<Collected> {
        let (keys, values) = match value {
            ScalarValue::Struct(fields) => {
                let keys =
                    fields.fields().iter().map(|field| ScalarValue::from(field.name().as_str()));
                let values = fields.columns().iter().map(|column| number(parameter, column, 0));
                (keys.collect(), values.collect::<Result<Vec<f64>>>()?)
            }
            ScalarValue::Map(map) => {
                let entries = map.value(0);
                let (keys, values) = (entries.column(0), entries.column(1));
                let keys = (0..keys.len()).map(|row| ScalarValue::try_from_array(keys, row));
                let values = (0..values.len()).map(|row| number(parameter, values, row));
                (keys.collect::<Result<_, _>>()?, values.collect::<Result<_>>()?)
            }
            _ => (self.arguments().elements(parameter)?, vec![]),
        };
        let mut ids: Vec<ScalarValue> = vec![];
        for key in keys {
            if key.is_null() {
                return Err(Error::invalid_input(format!("'{parameter}' holds a NULL")));
            }
            if !comparable(&key.data_type(), self.id.data_type(), true) {
                return Err(self.other_type(parameter, &key.data_type()));
            }
            let id = key.cast_to(self.id.data_type()).ok().filter(|id| !id.is_null());
            ids.push(id.ok_or_else(|| {
                Error::invalid_input(format!(
                    "{}: '{parameter}' is {key}, which is no {}",
                    self.function.signature.name,
                    sql_type_name(self.id.data_type())
                ))
            })?);
        }
        let ids = match ids.is_empty() {
            true => vec![],
            false => vec![ScalarValue::iter_to_array(ids)?],
        };
        Ok(Collected { ids, values })
    }

    fn other_type(&self, parameter: &str, found: &DataType) -> Error {
        Error::invalid_input(format!(
            "{}: '{parameter}' is {}, but the nodes are identified by {}",
            self.function.signature.name,
            sql_type_name(found),
            sql_type_name(self.id.data_type())
        ))
    }

    /// The direction that edges are followed in.
    pub(crate) fn direction(&self, default: Direction) -> Result<Direction> {
        self.choice(
            "direction",
            default,
            &[("out", Direction::Out), ("in", Direction::In), ("both", Direction::Both)],
        )
    }

    /// One of some words.
    pub(crate) fn choice<T: Copy>(
        &self,
        parameter: &str,
        default: T,
        choices: &[(&str, T)],
    ) -> Result<T> {
        let Some(word) = self.arguments().string(parameter)? else { return Ok(default) };
        let found = choices.iter().find(|(known, _)| known.eq_ignore_ascii_case(&word));
        found.map(|(_, choice)| *choice).ok_or_else(|| {
            let known: Vec<String> =
                choices.iter().map(|(known, _)| format!("'{known}'")).collect();
            let expected = format!("one of {}", known.join(", "));
            self.arguments().invalid(parameter, &expected, format_args!("'{word}'"))
        })
    }

    /// A count from 0 on, or from `least` on.
    pub(crate) fn count(&self, parameter: &str, least: i64) -> Result<Option<usize>> {
        let Some(number) = self.arguments().integer(parameter)? else { return Ok(None) };
        match usize::try_from(number) {
            Ok(count) if number >= least && number <= i64::from(u32::MAX - 1) => Ok(Some(count)),
            _ => {
                let expected = format!("a whole number from {least} on");
                Err(self.arguments().invalid(parameter, &expected, number))
            }
        }
    }

    /// A count that fits into 32 bits.
    pub(crate) fn count32(&self, parameter: &str, least: i64) -> Result<Option<u32>> {
        Ok(self.count(parameter, least)?.map(|count| count as u32))
    }

    /// A finite number that `is` allows.
    pub(crate) fn number(
        &self,
        parameter: &str,
        expected: &str,
        is: impl Fn(f64) -> bool,
    ) -> Result<Option<f64>> {
        let Some(number) = self.arguments().float(parameter)? else { return Ok(None) };
        match number.is_finite() && is(number) {
            true => Ok(Some(number)),
            false => Err(self.arguments().invalid(parameter, expected, number)),
        }
    }

    /// What the random choices come from.
    pub(crate) fn seed(&self) -> Result<u64> {
        Ok(self.arguments().integer("seed")?.unwrap_or(42) as u64)
    }

    /// The plan of the call.
    pub(crate) fn finish(mut self, algorithm: Algorithm) -> Result<LogicalPlan> {
        // The graph that is kept has its weights, wanted or not.
        if self.weight.is_none()
            && let Some(weight) = self.graph.as_ref().and_then(|graph| graph.weight.clone())
        {
            self.set_weight(columns::named(self.edges, "weight", &weight)?)?;
        }
        let id = self.id.data_type();
        let mut exprs = vec![self.ends.0.as_type(id, "source"), self.ends.1.as_type(id, "target")];
        if let Some(weight) = &self.weight {
            exprs.push(weight.as_type(&DataType::Float64, "weight"));
        }
        let project = |plan: &LogicalPlan, exprs: Vec<Expr>| {
            LogicalPlanBuilder::from(plan.clone()).project(exprs)?.build()
        };
        let mut inputs = vec![project(&self.edges.plan, exprs)?];
        if let Some(nodes) = self.nodes {
            let columns = columns::all(nodes);
            let Some(first) = columns.first() else {
                return Err(Error::invalid_input("the table of nodes has no columns"));
            };
            let mut exprs = vec![first.as_type(id, "node")];
            for (index, column) in self.node_columns.iter().enumerate() {
                exprs.push(column.as_type(&DataType::Float64, &format!("value{index}")));
            }
            inputs.push(project(&nodes.plan, exprs)?);
        }
        let mut lists = vec![];
        for list in self.lists {
            lists.push(match list {
                ListPlan::Values(values) => Source::Values(values),
                ListPlan::Table { plan, ids } => {
                    inputs.push(plan);
                    Source::Input { index: inputs.len() - 1, ids }
                }
            });
        }
        let options: Vec<String> = self
            .call
            .arguments
            .given()
            .filter(|(name, _)| self.call.table(name).is_none())
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let shape = Shape {
            id: id.clone(),
            directed: self.directed,
            weighted: self.weight.is_some(),
            node_columns: self.nodes.map(|_| self.node_columns.len()),
        };
        let fields = algorithm.fields.iter().map(|field| (None, Arc::clone(field))).collect();
        let schema = Arc::new(DFSchema::new_with_metadata(fields, Default::default())?);
        let call = Arc::new(Call {
            function: self.function,
            algorithm,
            shape,
            lists,
            options: options.join(", "),
            graph: self.graph.map(|graph| graph.name.clone()),
        });
        let node = GraphNode { call, inputs, schema };
        Ok(LogicalPlan::Extension(Extension { node: Arc::new(node) }))
    }
}

fn number(parameter: &str, array: &ArrayRef, row: usize) -> Result<f64> {
    let array = arrow::compute::cast(array, &DataType::Float64)?;
    let array = array.as_primitive::<arrow::datatypes::Float64Type>();
    match arrow::array::Array::is_valid(array, row) {
        true => Ok(array.value(row)),
        false => Err(Error::invalid_input(format!("'{parameter}' holds a NULL"))),
    }
}
