//! A stage from bytes as they arrive: the graph first, then weights, of which at most one is held twice.
use sha2::{Digest as _, Sha256};

use crate::engine::{Draft, Engine, Fact, Model};
use crate::manifest::{Blob, Stage, Store, Weight};
use crate::{Error, Tensor, num, tensor};

/// Takes the bytes of a stage's file in pieces of any length.
pub struct Loader<'a> {
    engine: &'a dyn Engine,
    stage: &'a Stage,
    graph: Vec<u8>,
    draft: Option<Box<dyn Draft>>,
    weights: Weights<'a>,
}

/// The weights behind the graph.
struct Weights<'a> {
    waiting: std::slice::Iter<'a, Weight>,
    current: Option<Filling<'a>>,
    /// The start of a number that the last piece ended in.
    rest: Vec<u8>,
    hash: Sha256,
    got: u64,
}

struct Filling<'a> {
    weight: &'a Weight,
    numbers: Vec<f32>,
    volume: usize,
}

impl<'a> Loader<'a> {
    /// A loader for `stage` of a manifest that has been checked.
    pub fn new(engine: &'a dyn Engine, stage: &'a Stage) -> Self {
        Self {
            engine,
            stage,
            graph: Vec::new(),
            draft: None,
            weights: Weights {
                waiting: stage.tensors.iter(),
                current: None,
                rest: Vec::new(),
                hash: Sha256::new(),
                got: 0,
            },
        }
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// There are more than the manifest says; the graph has another checksum (nothing of it has been read then) or is refused.
    pub fn feed(&mut self, mut bytes: &[u8]) -> Result<(), Error> {
        if self.draft.is_none() {
            let missing = self.stage.graph_bytes - self.graph.len() as u64;
            let (now, later) = split(bytes, missing);
            self.graph.extend_from_slice(now);
            bytes = later;
            if (self.graph.len() as u64) < self.stage.graph_bytes {
                return Ok(());
            }
            let graph = std::mem::take(&mut self.graph);
            expect(
                &self.stage.file,
                &Sha256::digest(&graph),
                &self.stage.graph_sha256,
            )?;
            self.draft = Some(self.engine.open(&graph)?);
            self.weights.fill(self.draft.as_deref_mut(), &[])?;
        }
        self.weights.got += bytes.len() as u64;
        if self.weights.got > self.stage.blob_bytes {
            let wanted = self.stage.graph_bytes + self.stage.blob_bytes;
            let file = self.stage.file.clone();
            return Err(Error::TooLong { file, wanted });
        }
        self.weights.hash.update(bytes);
        self.weights.fill(self.draft.as_deref_mut(), bytes)
    }

    /// The network, ready for inputs like `facts`.
    ///
    /// # Errors
    /// Bytes are missing, the weights have another checksum, or the engine refuses the graph.
    pub fn finish(self, facts: &[Fact]) -> Result<Box<dyn Model>, Error> {
        let wanted = self.stage.graph_bytes + self.stage.blob_bytes;
        let file = self.stage.file.clone();
        let Some(draft) = self.draft else {
            let got = self.graph.len() as u64;
            return Err(Error::CutOff { file, wanted, got });
        };
        if self.weights.got < self.stage.blob_bytes {
            let got = self.stage.graph_bytes + self.weights.got;
            return Err(Error::CutOff { file, wanted, got });
        }
        expect(
            &file,
            &self.weights.hash.finalize(),
            &self.stage.blob_sha256,
        )?;
        draft.finish(facts)
    }
}

impl Weights<'_> {
    fn fill(
        &mut self,
        draft: Option<&mut (dyn Draft + 'static)>,
        mut bytes: &[u8],
    ) -> Result<(), Error> {
        let Some(draft) = draft else { return Ok(()) };
        loop {
            if self.current.is_none() {
                let Some(weight) = self.waiting.next() else {
                    return Ok(());
                };
                let volume = tensor::volume(&weight.shape)?;
                let numbers = Vec::with_capacity(volume);
                self.current = Some(Filling {
                    weight,
                    numbers,
                    volume,
                });
            }
            if let Some(filling) = &mut self.current {
                bytes = filling.take(bytes, &mut self.rest);
                if filling.numbers.len() < filling.volume {
                    return Ok(());
                }
            }
            if let Some(Filling {
                weight, numbers, ..
            }) = self.current.take()
            {
                draft.fill(&weight.name, Tensor::f32(weight.shape.clone(), numbers)?)?;
            }
        }
    }
}

impl Filling<'_> {
    /// Takes what belongs to this tensor; returns what is behind it.
    fn take<'b>(&mut self, mut bytes: &'b [u8], rest: &mut Vec<u8>) -> &'b [u8] {
        let width = self.weight.store.width();
        if !rest.is_empty() {
            let (now, later) = split(bytes, (width - rest.len()) as u64);
            rest.extend_from_slice(now);
            bytes = later;
            if rest.len() < width {
                return bytes;
            }
            decode(self.weight.store, rest, &mut self.numbers);
            rest.clear();
        }
        let whole = (bytes.len() / width).min(self.volume - self.numbers.len());
        let (now, later) = bytes.split_at(whole * width);
        decode(self.weight.store, now, &mut self.numbers);
        if self.numbers.len() < self.volume {
            rest.extend_from_slice(later);
            return &[];
        }
        later
    }
}

/// Numbers as they are stored, appended to `numbers`.
pub fn decode(store: Store, bytes: &[u8], numbers: &mut Vec<f32>) {
    match store {
        Store::F16 => {
            let (halves, _) = bytes.as_chunks::<2>();
            numbers.extend(
                halves
                    .iter()
                    .map(|half| num::half(u16::from_le_bytes(*half))),
            );
        }
        Store::F32 => {
            let (singles, _) = bytes.as_chunks::<4>();
            numbers.extend(singles.iter().map(|single| f32::from_le_bytes(*single)));
        }
    }
}

/// `numbers` as they are stored. A number that is too large for a half becomes infinite: such tensors are to be stored as singles.
pub fn encode(store: Store, numbers: &[f32]) -> Vec<u8> {
    match store {
        Store::F16 => numbers
            .iter()
            .flat_map(|x| num::to_half(*x).to_le_bytes())
            .collect(),
        Store::F32 => numbers.iter().flat_map(|x| x.to_le_bytes()).collect(),
    }
}

/// The first `wanted` bytes, as far as they are there, and the rest.
pub(crate) fn split(bytes: &[u8], wanted: u64) -> (&[u8], &[u8]) {
    let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
    bytes.split_at(wanted.min(bytes.len()))
}

/// Errors: it is another checksum.
pub(crate) fn expect(file: &str, got: &[u8], wanted: &str) -> Result<(), Error> {
    if hex::encode(got) == wanted {
        return Ok(());
    }
    Err(Error::Checksum {
        file: file.to_owned(),
    })
}

/// SHA-256, hexadecimal.
pub fn checksum(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Whether `bytes` are what the manifest says of this file. Errors: their length or checksum is another.
pub fn verify(blob: &Blob, bytes: &[u8]) -> Result<(), Error> {
    let (got, wanted) = (bytes.len() as u64, blob.bytes);
    let file = || blob.file.clone();
    match got.cmp(&wanted) {
        std::cmp::Ordering::Less => Err(Error::CutOff {
            file: file(),
            wanted,
            got,
        }),
        std::cmp::Ordering::Greater => Err(Error::TooLong {
            file: file(),
            wanted,
        }),
        std::cmp::Ordering::Equal => expect(&blob.file, &Sha256::digest(bytes), &blob.sha256),
    }
}
