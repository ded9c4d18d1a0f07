//! Functions written in Python, for SQL: over whole columns, over the values of a group, and as tables.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use engine::arrow::array::{Array as _, ArrayRef, AsArray, ListArray, new_empty_array};
use engine::arrow::buffer::OffsetBuffer;
use engine::arrow::compute::{CastOptions, cast, cast_with_options, concat};
use engine::arrow::datatypes::{DataType, Field, FieldRef};
use engine::datafusion::catalog::{TableFunctionArgs, TableFunctionImpl, TableProvider};
use engine::datafusion::common::ScalarValue;
use engine::datafusion::error::Result as DataFusionResult;
use engine::datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use engine::datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, ColumnarValue, Expr, ScalarFunctionArgs,
    ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use engine::{Error, Result, parse_sql_type, sql_type_name};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyList, PyTuple};
use pyo3_arrow::error::PyArrowResult;
use pyo3_arrow::ffi::{to_array_pycapsules, to_schema_pycapsule};
use pyo3_arrow::input::AnyArray;

use crate::{input, values};

/// A column that a function of Python is called with.
#[pyclass(module = "parquetframe._rustic", frozen)]
pub(crate) struct Array(ArrayRef);

#[pymethods]
impl Array {
    fn __len__(&self) -> usize {
        self.0.len()
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyArrowResult<Bound<'py, PyTuple>> {
        let field = Arc::new(Field::new("", self.0.data_type().clone(), true));
        to_array_pycapsules(py, field, self.0.as_ref(), requested_schema)
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyArrowResult<Bound<'py, PyCapsule>> {
        to_schema_pycapsule(py, Field::new("", self.0.data_type().clone(), true))
    }

    /// The values as Python's own.
    fn to_list<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        values::list_of(py, self.0.as_ref())
    }
}

/// What SQL calls the function, what it takes and gives, and the object that is called.
struct Function {
    name: String,
    signature: Signature,
    returns: DataType,
    object: Py<PyAny>,
}

impl Function {
    fn new(
        name: &str,
        parameters: &[String],
        returns: &str,
        volatile: bool,
        object: Py<PyAny>,
    ) -> Result<Self> {
        let types =
            parameters.iter().map(|text| parse_sql_type(text)).collect::<Result<Vec<_>>>()?;
        let volatility = if volatile { Volatility::Volatile } else { Volatility::Immutable };
        let signature = match types.is_empty() {
            true => Signature::nullary(volatility),
            false => Signature::exact(types, volatility),
        };
        let returns = parse_sql_type(returns)?;
        Ok(Self { name: name.to_lowercase(), signature, returns, object })
    }

    /// Calls the function, whose answer is to have so many values.
    fn call(&self, columns: Vec<ArrayRef>, rows: usize) -> Result<ArrayRef> {
        let answer = Python::try_attach(|py| {
            let columns = columns
                .into_iter()
                .map(|column| Array(plain(column)?).into_pyobject(py))
                .collect::<PyResult<Vec<_>>>();
            let answer: PyResult<ArrayRef> = (|| {
                let answer = self.object.bind(py).call1((rows, PyTuple::new(py, columns?)?))?;
                chunks(&answer.extract::<AnyArray>()?.into_chunked_array()?)
            })();
            answer.map_err(|error| self.error(py, &error))
        })
        .unwrap_or_else(|| Err(Error::cancelled("the interpreter is shutting down")))?;
        if answer.len() != rows {
            return Err(Error::invalid_data(format!(
                "the function '{}' gave {} values for {rows} rows",
                self.name,
                answer.len()
            )));
        }
        let options = CastOptions { safe: false, ..CastOptions::default() };
        cast_with_options(&answer, &self.returns, &options).map_err(|error| {
            Error::invalid_data(format!(
                "the function '{}' gave {}, which is no {}: {error}",
                self.name,
                sql_type_name(answer.data_type()),
                sql_type_name(&self.returns)
            ))
        })
    }

    fn error(&self, py: Python<'_>, exception: &PyErr) -> Error {
        raised(&self.name, py, exception)
    }
}

/// The error that an exception within a function becomes, with its traceback.
fn raised(name: &str, py: Python<'_>, exception: &PyErr) -> Error {
    let traceback = exception.traceback(py).and_then(|traceback| traceback.format().ok());
    let message = format!("the function '{name}' raised {exception}");
    match traceback {
        Some(traceback) => Error::invalid_data(format!("{message}\n{}", traceback.trim_end())),
        None => Error::invalid_data(message),
    }
}

/// Text and bytes without views, for which pyarrow has few functions.
fn plain(column: ArrayRef) -> PyResult<ArrayRef> {
    let to = match column.data_type() {
        DataType::Utf8View => DataType::Utf8,
        DataType::BinaryView => DataType::Binary,
        _ => return Ok(column),
    };
    cast(&column, &to).map_err(|error| PyValueError::new_err(error.to_string()))
}

fn chunks(answer: &pyo3_arrow::PyChunkedArray) -> PyResult<ArrayRef> {
    let arrays: Vec<&dyn engine::arrow::array::Array> =
        answer.chunks().iter().map(AsRef::as_ref).collect();
    match arrays.is_empty() {
        true => Ok(new_empty_array(answer.field().data_type())),
        false => concat(&arrays).map_err(|error| PyValueError::new_err(error.to_string())),
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Function").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Functions of Python are one if they are the same object under the same name.
impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
            && self.object.as_ptr() == other.object.as_ptr()
            && self.returns == other.returns
            && self.signature == other.signature
    }
}

impl Eq for Function {}

impl Hash for Function {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Scalar(Function);

impl ScalarUDFImpl for Scalar {
    fn name(&self) -> &str {
        &self.0.name
    }

    fn signature(&self) -> &Signature {
        &self.0.signature
    }

    fn return_type(&self, _types: &[DataType]) -> DataFusionResult<DataType> {
        Ok(self.0.returns.clone())
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> DataFusionResult<ColumnarValue> {
        let rows = arguments.number_rows;
        let columns = arguments
            .args
            .into_iter()
            .map(|argument| argument.into_array(rows))
            .collect::<DataFusionResult<Vec<_>>>()?;
        Ok(ColumnarValue::Array(self.0.call(columns, rows)?))
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Aggregate(Arc<Function>);

impl AggregateUDFImpl for Aggregate {
    fn name(&self) -> &str {
        &self.0.name
    }

    fn signature(&self) -> &Signature {
        &self.0.signature
    }

    fn return_type(&self, _types: &[DataType]) -> DataFusionResult<DataType> {
        Ok(self.0.returns.clone())
    }

    fn accumulator(&self, arguments: AccumulatorArgs) -> DataFusionResult<Box<dyn Accumulator>> {
        if arguments.is_distinct || !arguments.order_bys.is_empty() {
            let message = format!(
                "the function '{}' of Python takes neither DISTINCT nor ORDER BY",
                self.0.name
            );
            return Err(Error::unsupported(message).into());
        }
        let types = arguments.expr_fields.iter().map(|field| field.data_type().clone()).collect();
        Ok(Box::new(Group { function: Arc::clone(&self.0), types, columns: vec![] }))
    }

    fn state_fields(&self, arguments: StateFieldsArgs) -> DataFusionResult<Vec<FieldRef>> {
        let list = |(index, field): (usize, &FieldRef)| {
            let item = Field::new_list_field(field.data_type().clone(), true);
            let name = format!("{}[{index}]", arguments.name);
            Arc::new(Field::new_list(name, item, true))
        };
        Ok(arguments.input_fields.iter().enumerate().map(list).collect())
    }
}

/// The values of one group, kept until the function is called with all of them.
#[derive(Debug)]
struct Group {
    function: Arc<Function>,
    types: Vec<DataType>,
    /// By batch, the columns.
    columns: Vec<Vec<ArrayRef>>,
}

impl Group {
    fn column(&self, index: usize) -> DataFusionResult<ArrayRef> {
        let parts: Vec<_> = self.columns.iter().map(|batch| batch[index].as_ref()).collect();
        Ok(match parts.is_empty() {
            true => new_empty_array(&self.types[index]),
            false => concat(&parts)?,
        })
    }
}

impl Accumulator for Group {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DataFusionResult<()> {
        self.columns.push(values.to_vec());
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DataFusionResult<()> {
        let rows = states.first().map_or(0, |state| state.len());
        for row in 0..rows {
            let columns = states.iter().map(|state| state.as_list::<i32>().value(row));
            self.columns.push(columns.collect());
        }
        Ok(())
    }

    fn state(&mut self) -> DataFusionResult<Vec<ScalarValue>> {
        (0..self.types.len())
            .map(|index| {
                let values = self.column(index)?;
                let item = Arc::new(Field::new_list_field(self.types[index].clone(), true));
                let offsets = OffsetBuffer::from_lengths([values.len()]);
                Ok(ScalarValue::List(Arc::new(ListArray::try_new(item, offsets, values, None)?)))
            })
            .collect()
    }

    fn evaluate(&mut self) -> DataFusionResult<ScalarValue> {
        let columns = (0..self.types.len())
            .map(|index| self.column(index))
            .collect::<DataFusionResult<_>>()?;
        let answer = self.function.call(columns, 1)?;
        ScalarValue::try_from_array(&answer, 0)
    }

    fn size(&self) -> usize {
        let arrays = self.columns.iter().flatten();
        size_of_val(self)
            + arrays
                .map(|array| array.to_data().get_slice_memory_size().unwrap_or(0))
                .sum::<usize>()
    }
}

struct Table {
    name: String,
    object: Py<PyAny>,
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("name", &self.name).finish_non_exhaustive()
    }
}

impl TableFunctionImpl for Table {
    fn call_with_args(
        &self,
        arguments: TableFunctionArgs,
    ) -> DataFusionResult<Arc<dyn TableProvider>> {
        let values = arguments
            .exprs()
            .iter()
            .map(|argument| match argument {
                Expr::Literal(value, _) => value.to_array(),
                other => Err(Error::invalid_input(format!(
                    "the function '{}' takes constants, and '{other}' is none",
                    self.name
                ))
                .into()),
            })
            .collect::<DataFusionResult<Vec<_>>>()?;
        let table = Python::try_attach(|py| {
            let answer = (|| {
                let arguments = values
                    .iter()
                    .map(|value| values::list_of(py, value.as_ref())?.get_item(0))
                    .collect::<PyResult<Vec<_>>>()?;
                let answer = self.object.bind(py).call1(PyTuple::new(py, arguments)?)?;
                input::table(&self.name, &answer)
            })();
            answer.map_err(|error: PyErr| raised(&self.name, py, &error))
        })
        .unwrap_or_else(|| Err(Error::cancelled("the interpreter is shutting down")));
        Ok(table?)
    }
}

/// The kinds of functions of Python.
#[derive(Clone, Copy)]
enum Kind {
    Scalar,
    Aggregate,
    Table,
}

/// Gives a function of Python a name in SQL. `kind` is `scalar`, `aggregate` or `table`.
pub(crate) fn register(
    session: &engine::Session,
    name: &str,
    kind: &str,
    parameters: &[String],
    returns: &str,
    volatile: bool,
    object: Py<PyAny>,
) -> Result<()> {
    let kind = match kind {
        "scalar" => Kind::Scalar,
        "aggregate" => Kind::Aggregate,
        "table" => Kind::Table,
        other => {
            let message = format!("'{other}' is no kind of function: scalar, aggregate or table");
            return Err(Error::invalid_input(message));
        }
    };
    match kind {
        Kind::Scalar => {
            let function = Function::new(name, parameters, returns, volatile, object)?;
            session.register_scalar_function(ScalarUDF::new_from_impl(Scalar(function)));
        }
        Kind::Aggregate => {
            let function = Function::new(name, parameters, returns, volatile, object)?;
            session.register_aggregate_function(AggregateUDF::new_from_impl(Aggregate(Arc::new(
                function,
            ))));
        }
        Kind::Table => {
            let name = name.to_lowercase();
            session.register_table_function(&name.clone(), Arc::new(Table { name, object }));
        }
    }
    Ok(())
}
