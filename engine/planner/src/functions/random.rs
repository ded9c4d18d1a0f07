//! `random()` and `setseed(x)`: numbers by chance, which a seed makes the same again.

use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::sync::Arc;

use datafusion::arrow::array::{AsArray, Float64Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, DocSection, Documentation, ScalarFunctionArgs, ScalarUDFImpl, Signature,
    TypeSignature, Volatility,
};
use extension::Error;

use crate::SessionObjects;

/// A generator of numbers (SplitMix64).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Generator(u64);

impl Generator {
    fn from_seed(seed: f64) -> Self {
        Self(seed.to_bits())
    }

    fn from_chance() -> Self {
        Self(RandomState::new().build_hasher().finish())
    }

    /// The next number from 0 on and below 1.
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        // The upper 53 bits fill a DOUBLE.
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

fn documentation(usage: &str, description: &str, example: &str) -> Documentation {
    let section = DocSection { include: true, label: "session", description: None };
    Documentation::builder(section, description, usage).with_sql_example(example).build()
}

macro_rules! same_by_name {
    ($type:ident) => {
        impl PartialEq for $type {
            fn eq(&self, other: &Self) -> bool {
                Arc::ptr_eq(&self.objects, &other.objects)
            }
        }

        impl Eq for $type {}

        impl Hash for $type {
            fn hash<H: Hasher>(&self, state: &mut H) {
                stringify!($type).hash(state);
            }
        }
    };
}

/// `random()`.
#[derive(Debug)]
pub(super) struct Random {
    objects: Arc<SessionObjects>,
    signature: Signature,
    documentation: Documentation,
}

same_by_name!(Random);

impl Random {
    pub(super) fn new(objects: Arc<SessionObjects>) -> Self {
        Self {
            objects,
            signature: Signature::nullary(Volatility::Volatile),
            documentation: documentation(
                "random()",
                "A number by chance, from 0 on and below 1: another one for each row. After setseed the numbers are the same \
                 again, as long as one thread asks for them.",
                "SELECT random() BETWEEN 0 AND 1; -- true",
            ),
        }
    }
}

impl ScalarUDFImpl for Random {
    fn name(&self) -> &str {
        "random"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let mut seeded = self.objects.random.lock();
        let mut by_chance = Generator::from_chance();
        let generator = seeded.as_mut().unwrap_or(&mut by_chance);
        let numbers = (0..arguments.number_rows).map(|_| generator.next());
        Ok(ColumnarValue::Array(Arc::new(Float64Array::from_iter_values(numbers))))
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}

/// `setseed(x)`.
#[derive(Debug)]
pub(super) struct SetSeed {
    objects: Arc<SessionObjects>,
    signature: Signature,
    documentation: Documentation,
}

same_by_name!(SetSeed);

impl SetSeed {
    pub(super) fn new(objects: Arc<SessionObjects>) -> Self {
        Self {
            objects,
            signature: Signature::new(TypeSignature::Any(1), Volatility::Volatile),
            documentation: documentation(
                "setseed(seed)",
                "Starts the numbers of random() at a seed from -1 to 1; the result is NULL.",
                "SELECT setseed(0.5) IS NULL; -- true",
            ),
        }
    }
}

impl ScalarUDFImpl for SetSeed {
    fn name(&self) -> &str {
        "setseed"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Null)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let seeds = arguments.args.first().map(|seed| seed.to_array(arguments.number_rows));
        let seeds = seeds.ok_or_else(|| Error::internal("the seed is missing"))??;
        let seeds = cast(&seeds, &DataType::Float64)?;
        for seed in seeds.as_primitive::<Float64Type>().iter().flatten() {
            if !(-1.0..=1.0).contains(&seed) {
                return Err(Error::invalid_input(
                    "SETSEED accepts seed values between -1.0 and 1.0, inclusive",
                )
                .into());
            }
            *self.objects.random.lock() = Some(Generator::from_seed(seed));
        }
        Ok(ColumnarValue::Scalar(ScalarValue::Null))
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}
