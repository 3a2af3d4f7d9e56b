//! Vectors of pictures: the ones most like another are found by their signs, read block by block, and compared exactly by whoever
//! asks (docs/smart-search.md).

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use edge_platform::{
    DbError, TextQuery, TextVector,
    siblings::{self, CLIP_TEXT},
};
use edge_store::asset_vectors::{self, BLOCK, Block, Head, Loose};
use edge_vectors::{Damaged, code, signs};

use crate::{App, Error};

/// Bytes of blocks that an isolate keeps: those of about 200,000 pictures.
const MOST_BYTES: usize = 24 << 20;
/// Blocks that are read at once: about 2 MB.
const AT_ONCE: usize = 8;
/// Texts whose vectors an isolate keeps (api/jobs-ml.md section 6.6).
const MOST_TEXTS: usize = 100;

/// What this isolate has read: blocks by their versions, vectors of texts by model and text.
#[derive(Default)]
pub struct Kept {
    blocks: Mutex<Blocks>,
    texts: Mutex<VecDeque<(TextQuery, Vec<i8>)>>,
}

/// The ids and signs of a block.
struct Signs {
    ids: Vec<String>,
    words: Vec<u64>,
}

#[derive(Default)]
struct Blocks {
    by_version: BTreeMap<String, (u64, Arc<Signs>)>,
    bytes: usize,
    uses: u64,
}

impl Signs {
    fn of(block: Block) -> Result<Self, DbError> {
        Ok(Self {
            words: signs::read(&block.bits).map_err(damaged)?,
            ids: block.ids,
        })
    }

    fn bytes(&self) -> usize {
        self.words.len() * 8 + self.ids.iter().map(|id| id.len() + 32).sum::<usize>()
    }
}

impl Blocks {
    fn get(&mut self, version: &str) -> Option<Arc<Signs>> {
        self.uses += 1;
        let (used, block) = self.by_version.get_mut(version)?;
        *used = self.uses;
        Some(block.clone())
    }

    fn keep(&mut self, version: String, block: Arc<Signs>) {
        self.uses += 1;
        self.bytes += block.bytes();
        self.by_version.insert(version, (self.uses, block));
        while self.bytes > MOST_BYTES {
            let oldest = self.by_version.iter().min_by_key(|(_, (used, _))| *used);
            let Some(version) = oldest.map(|(version, _)| version.clone()) else {
                return;
            };
            if let Some((_, block)) = self.by_version.remove(&version) {
                self.bytes -= block.bytes();
            }
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn damaged(error: Damaged) -> DbError {
    DbError::Other(error.to_string())
}

/// The numbers of a stored vector. Errors: it is damaged.
pub fn read(code: &str) -> Result<Vec<i8>, DbError> {
    code::read(code).map_err(damaged)
}

/// Vectors of one length, with their signs one behind the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Even {
    /// In the order in which they came.
    pub vectors: Vec<Loose>,
    /// Of all of them.
    pub words: Vec<u64>,
}

/// Vectors parted by their lengths: signs of several lengths cannot stand in one block. Errors: one is damaged.
pub fn by_length(vectors: Vec<Loose>) -> Result<BTreeMap<usize, Even>, DbError> {
    let mut parts: BTreeMap<usize, Even> = BTreeMap::new();
    for vector in vectors {
        let numbers = read(&vector.code)?;
        let part = parts.entry(numbers.len()).or_default();
        part.words.extend(signs::of(&numbers));
        part.vectors.push(vector);
    }
    Ok(parts)
}

/// Pictures that are like another by their signs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Alike {
    /// Their ids, the most alike first.
    pub ids: Vec<String>,
    /// There are no others.
    pub is_all: bool,
}

impl App {
    /// The assets of these owners whose vectors are most like `wanted`, at most `most`. `heads`: the blocks of all of them. A round trip for what is behind the blocks, and one for each eight blocks that were not read before.
    pub async fn alike(
        &self,
        model: &str,
        owners: &[String],
        heads: &[Head],
        wanted: &[i8],
        most: usize,
    ) -> Result<Alike, DbError> {
        let mut ranking = signs::Ranking::new(wanted, most);
        self.look_behind(model, owners, heads, &mut ranking).await?;
        let mut unread = Vec::new();
        for head in heads {
            match self.blocks().get(&head.version) {
                Some(block) => ranking.look(&block.ids, &block.words),
                None => unread.push(head),
            }
        }
        for some in unread.chunks(AT_ONCE) {
            let statements = some.iter().map(|head| asset_vectors::block(head, model));
            for rows in self.db().batch(statements.collect()).await? {
                let Some(block) = asset_vectors::read_block(&rows)? else {
                    continue;
                };
                let version = block.version.clone();
                let block = Arc::new(Signs::of(block)?);
                ranking.look(&block.ids, &block.words);
                self.blocks().keep(version, block);
            }
        }
        // A picture that was looked at anew stands in its old block still.
        let mut seen = BTreeSet::new();
        let is_all = ranking.has_all();
        let mut ids = ranking.ranked();
        ids.retain(|id| seen.insert(id.clone()));
        Ok(Alike { ids, is_all })
    }

    async fn look_behind(
        &self,
        model: &str,
        owners: &[String],
        heads: &[Head],
        ranking: &mut signs::Ranking,
    ) -> Result<(), DbError> {
        let last = |owner: &String| {
            let own = heads.iter().filter(|head| head.owner_id == *owner);
            own.map(|head| head.last_seq).max().unwrap_or(0)
        };
        let mut left: Vec<(&str, i64)> = owners.iter().map(|it| (it.as_str(), last(it))).collect();
        while !left.is_empty() {
            let some: Vec<_> = left.drain(..left.len().min(AT_ONCE)).collect();
            let statements = some
                .iter()
                .map(|(owner, after)| asset_vectors::behind(owner, model, *after));
            let results = self.db().batch(statements.collect()).await?;
            for ((owner, _), rows) in some.iter().zip(&results) {
                let vectors = asset_vectors::read_loose(rows)?;
                for vector in &vectors {
                    ranking.look(&[&vector.id], &signs::of(&read(&vector.code)?));
                }
                let last = vectors.last().filter(|_| vectors.len() == BLOCK);
                left.extend(last.map(|last| (*owner, last.seq)));
            }
        }
        Ok(())
    }

    /// The numbers of a text's vector by an installed model, or by an external service. Errors: nobody answers who could make it
    /// (503 where that is a service which is away).
    pub async fn text_code(&self, query: TextQuery) -> crate::Result<Vec<i8>> {
        if let Some(numbers) = self.vectors.kept_text(&query) {
            return Ok(numbers);
        }
        let asked = siblings::ask(&*self.siblings, CLIP_TEXT, &query).await;
        let TextVector { vector } = asked.map_err(|error| {
            if query.service.is_some() && !error.is_final {
                Error::Unavailable(error.to_string())
            } else {
                Error::internal(error)
            }
        })?;
        let numbers = code::numbers(&vector);
        self.vectors.keep_text(query, &numbers);
        Ok(numbers)
    }

    fn blocks(&self) -> std::sync::MutexGuard<'_, Blocks> {
        let blocks = self.vectors.blocks.lock();
        blocks.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn texts(&self) -> std::sync::MutexGuard<'_, VecDeque<(TextQuery, Vec<i8>)>> {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn kept_text(&self, query: &TextQuery) -> Option<Vec<i8>> {
        let texts = self.texts();
        let found = texts.iter().find(|(kept, _)| kept == query);
        found.map(|(_, numbers)| numbers.clone())
    }

    fn keep_text(&self, query: TextQuery, numbers: &[i8]) {
        let mut texts = self.texts();
        texts.push_front((query, numbers.to_vec()));
        texts.truncate(MOST_TEXTS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_kept_as_long_as_they_fit() {
        let mut blocks = Blocks::default();
        let block = || {
            Arc::new(Signs {
                ids: Vec::new(),
                words: vec![0; MOST_BYTES / 32],
            })
        };
        for version in ["a", "b", "c", "d"] {
            blocks.keep(version.to_owned(), block());
        }
        assert!(blocks.get("a").is_some());
        blocks.keep("e".to_owned(), block());
        let kept: Vec<&String> = blocks.by_version.keys().collect();
        assert_eq!(kept, ["a", "c", "d", "e"], "what was not used longest goes");
        assert_eq!(blocks.bytes, MOST_BYTES);
    }

    #[test]
    fn vectors_are_parted_by_their_lengths() {
        let loose = |seq: i64, length: usize| Loose {
            id: seq.to_string(),
            code: code::of(&vec![0.5; length]),
            seq,
        };
        let parts = by_length(vec![loose(1, 128), loose(2, 64), loose(3, 128)]).unwrap();
        let parts = parts.into_values().map(|part| {
            let seqs: Vec<i64> = part.vectors.iter().map(|vector| vector.seq).collect();
            (seqs, part.words.len())
        });
        assert_eq!(parts.collect::<Vec<_>>(), [(vec![2], 1), (vec![1, 3], 4)]);
    }

    #[test]
    fn texts_are_kept_a_hundred_at_most() {
        let kept = Kept::default();
        let query = |n: usize| TextQuery {
            model: "m".to_owned(),
            text: n.to_string(),
            service: None,
            language: None,
        };
        for n in 0..=MOST_TEXTS {
            kept.keep_text(query(n), &[1]);
        }
        assert_eq!(kept.kept_text(&query(0)), None);
        assert_eq!(kept.kept_text(&query(1)), Some(vec![1]));
    }
}
