//! What statements do, for adapters that treat those that only read in another way.

use crate::Statement;

/// What running a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It only reads.
    Reads,
    /// It only reads, but must see all that has been written so far, also what is being written right now: it asks for
    /// the bound of update ids. Where readers do not wait for writers by themselves (SQLite in WAL mode), its batch
    /// takes the writers' lock.
    ReadsBehindWriters,
    /// It may write.
    Writes,
}

impl Effect {
    /// Whether nothing is written.
    pub fn is_read(self) -> bool {
        self != Self::Writes
    }
}

impl Statement {
    /// What running it does, from its words: a `with` reads unless it holds a write.
    pub(crate) fn effect(&self) -> Effect {
        let sql = self.sql.trim_start();
        let starts = |word: &str| {
            sql.get(..word.len())
                .is_some_and(|s| s.eq_ignore_ascii_case(word))
        };
        if starts("with") || starts("select") {
            return effect_of_words(sql);
        }
        if starts("values") || starts("explain") {
            Effect::Reads
        } else {
            Effect::Writes
        }
    }
}

/// Looks for the words of a write and of the bound in one pass and without a copy: nearly every statement is asked.
fn effect_of_words(sql: &str) -> Effect {
    let bytes = sql.as_bytes();
    let begins = |at: usize, word: &[u8]| {
        let part = bytes.get(at..at + word.len());
        part.is_some_and(|part| part.eq_ignore_ascii_case(word))
    };
    let mut effect = Effect::Reads;
    for (at, byte) in bytes.iter().enumerate() {
        let writes = match byte {
            b'i' | b'I' => begins(at, b"insert into"),
            b'd' | b'D' => begins(at, b"delete from"),
            b'u' | b'U' => {
                if begins(at, b"uuid7_bound()") {
                    effect = Effect::ReadsBehindWriters;
                }
                begins(at, b"update ")
            }
            _ => false,
        };
        if writes {
            return Effect::Writes;
        }
    }
    effect
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_statement_tell_what_it_does() {
        for (sql, effect) in [
            ("select 1", Effect::Reads),
            (" SELECT updated_at from asset", Effect::Reads),
            ("values (1)", Effect::Reads),
            (
                "with a as (select 1) select deleted_at, inserted, updates from a",
                Effect::Reads,
            ),
            (
                "with a as (select 1) select uuid7_bound() as bound, updated_at from a",
                Effect::ReadsBehindWriters,
            ),
            ("update asset set id = ?1", Effect::Writes),
            (
                "with a as (select 1) insert into b select uuid7_bound() from a",
                Effect::Writes,
            ),
            ("with a as (select 1) UPDATE b set c = 1", Effect::Writes),
            ("WITH a as (select 'é') delete from b", Effect::Writes),
            ("begin", Effect::Writes),
        ] {
            assert_eq!(Statement::new(sql, Vec::new()).effect(), effect, "{sql}");
        }
    }
}
