//! Parameters of a statement that is written piece by piece.

use edge_platform::Value;

/// Parameters of a statement in the making.
#[derive(Debug, Default)]
pub(crate) struct Params(pub(crate) Vec<Value>);

impl Params {
    /// The place of a parameter, such as `?3`.
    pub(crate) fn bind(&mut self, value: impl Into<Value>) -> String {
        self.0.push(value.into());
        format!("?{}", self.0.len())
    }
}
