//! Where the files of a model come from, and what is alive between two stages.
use std::collections::BTreeMap;
use std::ops::Range;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;

use crate::{Error, Tensor};

/// Where the files of a model are: its folder in the bucket.
#[async_trait]
pub trait Source: Send + Sync {
    /// The bytes of `file`, or of a range of it, as they arrive. Errors: [`Error::Source`].
    async fn open(
        &self,
        file: &str,
        range: Option<Range<u64>>,
    ) -> Result<BoxStream<'static, Result<Bytes, Error>>, Error>;
}

/// Tensors by their names in the graph.
pub type Named = BTreeMap<String, Tensor>;

/// What is alive of one input of the batch, or why there is nothing.
pub(crate) type Alive = Result<Named, Error>;
