//! What runs a neural network. One trait, so that another engine can take tract's place.
use std::sync::Arc;

use crate::{Error, Tensor, tensor::Kind};

/// What a network is given, before it is given: its name, what its numbers are, and its shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Name of the input in the graph.
    pub name: String,
    /// What its numbers are.
    pub kind: Kind,
    /// Its shape, known before the network is made ready: engines plan for it.
    pub shape: Vec<usize>,
}

/// Reads graphs.
pub trait Engine: Send + Sync {
    /// A graph of an ONNX file that [`crate::graph::check`] has let pass. Errors: [`Error::Graph`].
    fn open(&self, graph: &[u8]) -> Result<Box<dyn Draft>, Error>;

    /// What stayed loaded under this key, ready for inputs like `facts`: nothing, unless the engine keeps networks ([`crate::Keeping`]).
    fn kept(&self, _key: &str, _facts: &[Fact]) -> Option<Arc<dyn Model>> {
        None
    }

    /// Hears that a network was made ready that takes so many bytes; it may keep it.
    fn keep(&self, _key: &str, _facts: &[Fact], _model: &Arc<dyn Model>, _bytes: u64) {}
}

/// A graph whose weights are being filled in.
pub trait Draft: Send {
    /// Makes the graph's input `name` a constant. Errors: there is no such input, or it has another shape.
    fn fill(&mut self, name: &str, weight: Tensor) -> Result<(), Error>;

    /// Makes the network ready for inputs like `facts`, which are all that is left open. Errors: [`Error::Engine`] when the engine
    /// does not know an operation or the shapes do not fit.
    fn finish(self: Box<Self>, facts: &[Fact]) -> Result<Box<dyn Model>, Error>;
}

/// A network that is ready.
pub trait Model: Send + Sync {
    /// Its answers, in the order of the graph's outputs, to inputs in the order of the facts it was made ready with. Errors: their
    /// shapes are others.
    fn run(&self, inputs: &[&Tensor]) -> Result<Vec<Tensor>, Error>;
}
