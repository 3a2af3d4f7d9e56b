//! [`Engine`] on tract, the only file that knows it.
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tract_onnx::prelude::{
    Datum, DatumType, Framework as _, InferenceFact, InferenceModel, InferenceModelExt as _,
    IntoRunnable as _, TValue, TractResult, TypedRunnableModel, tvec,
};
use tract_onnx::tract_hir::ops::konst::Const;

use crate::engine::{Draft, Engine, Fact, Model};
use crate::tensor::{Data, Kind, MOST};
use crate::{Error, Tensor, graph};

type TractTensor = tract_onnx::prelude::Tensor;

/// The engine that is used everywhere.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tract;

/// `work` with everything that can go wrong in it as an error: a graph that tract did not foresee makes it panic. (In wasm a panic
/// ends the instance; graphs that were installed have run once before.)
fn guarded<T>(work: impl FnOnce() -> TractResult<T>) -> Result<T, Error> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(Error::Engine(format!("{error:#}"))),
        Err(_) => Err(Error::Engine("it could not cope with this graph".into())),
    }
}

impl Engine for Tract {
    fn open(&self, bytes: &[u8]) -> Result<Box<dyn Draft>, Error> {
        let proto = graph::check(bytes)?;
        let onnx = tract_onnx::onnx()
            .with_ignore_output_shapes(true)
            .with_ignore_value_info(true);
        let model = guarded(|| onnx.model_for_proto_model(&proto))?;
        Ok(Box::new(TractDraft { model }))
    }
}

struct TractDraft {
    model: InferenceModel,
}

impl Draft for TractDraft {
    fn fill(&mut self, name: &str, weight: Tensor) -> Result<(), Error> {
        let model = &mut self.model;
        let node = guarded(|| Ok(model.node_by_name(name)?.id))?;
        if !model.inputs.iter().any(|input| input.node == node) {
            return Err(Error::Graph(format!("{name:?} is no input")));
        }
        guarded(|| {
            let (kind, shape) = (datum(weight.kind()), weight.shape().to_vec());
            let constant = Const::new(Arc::new(to_tract(&weight)?))?;
            drop(weight);
            model.set_outlet_fact(node.into(), InferenceFact::dt_shape(kind, &shape))?;
            model.node_mut(node).op = Box::new(constant);
            model.inputs.retain(|input| input.node != node);
            Ok(())
        })
    }

    fn finish(self: Box<Self>, facts: &[Fact]) -> Result<Box<dyn Model>, Error> {
        let mut model = self.model;
        let runnable = guarded(move || {
            let mut inputs = Vec::new();
            for fact in facts {
                let node = model.node_by_name(&fact.name)?.id;
                model.set_outlet_fact(
                    node.into(),
                    InferenceFact::dt_shape(datum(fact.kind), &fact.shape),
                )?;
                inputs.push(node.into());
            }
            model.set_input_outlets(&inputs)?;
            model.analyse(false)?;
            Ok(model)
        })?;
        check_sizes(&runnable)?;
        let model = guarded(move || runnable.into_optimized()?.into_runnable())?;
        Ok(Box::new(TractModel { model }))
    }
}

/// No answer of an operation may be larger than a tensor may be.
fn check_sizes(model: &InferenceModel) -> Result<(), Error> {
    for node in model.nodes() {
        for output in &node.outputs {
            let volume = output.fact.shape.as_concrete_finite();
            let Ok(Some(shape)) = volume else { continue };
            let too_large = shape
                .iter()
                .try_fold(1_usize, |all, length| all.checked_mul(*length))
                .is_none_or(|all| all > MOST);
            if too_large {
                return Err(Error::Engine(format!("{} makes {shape:?}", node.name)));
            }
        }
    }
    Ok(())
}

struct TractModel {
    model: Arc<TypedRunnableModel>,
}

impl Model for TractModel {
    fn run(&self, inputs: &[&Tensor]) -> Result<Vec<Tensor>, Error> {
        let outputs = guarded(|| {
            let mut values = tvec!();
            for input in inputs {
                values.push(TValue::from(to_tract(input)?));
            }
            self.model.run(values)
        })?;
        outputs.iter().map(|output| from_tract(output)).collect()
    }
}

fn datum(kind: Kind) -> DatumType {
    match kind {
        Kind::F32 => f32::datum_type(),
        Kind::I32 => i32::datum_type(),
        Kind::I64 => i64::datum_type(),
    }
}

fn to_tract(tensor: &Tensor) -> TractResult<TractTensor> {
    match tensor.data() {
        Data::F32(numbers) => TractTensor::from_shape(tensor.shape(), numbers),
        Data::I32(numbers) => TractTensor::from_shape(tensor.shape(), numbers),
        Data::I64(numbers) => TractTensor::from_shape(tensor.shape(), numbers),
    }
}

fn from_tract(tensor: &TractTensor) -> Result<Tensor, Error> {
    let data = guarded(|| {
        let view = tensor.try_as_plain_ram()?;
        Ok(match tensor.datum_type() {
            DatumType::I32 => Data::I32(view.as_slice::<i32>()?.to_vec()),
            DatumType::I64 => Data::I64(view.as_slice::<i64>()?.to_vec()),
            _ => Data::F32(view.as_slice::<f32>()?.to_vec()),
        })
    })?;
    Tensor::new(tensor.shape(), data)
}
