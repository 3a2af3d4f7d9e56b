//! Statements that PostgreSQL keeps prepared. Spin's client has each text parsed and planned anew, which takes many
//! times as long as running it; a text that was given to `PREPARE` is planned once for a connection of the host's pool.
//!
//! `EXECUTE` takes no parameters from outside, so their values are written into its text. A batch becomes one
//! statement, because each call takes the host two round trips.

use std::{
    fmt::Write as _,
    hash::{DefaultHasher, Hash, Hasher},
};

use crate::{Dialect, Statement, Value, together};

/// Longest text of a call, in bytes: with longer values planning is not what takes time.
const LONGEST: usize = 64 * 1024;

/// A statement, or a batch of them, in the words of `PREPARE` and `EXECUTE`.
pub(crate) struct Prepared {
    /// What it is called by.
    pub name: String,
    text: String,
    /// Runs it on a connection that knows it.
    pub call: String,
}

impl Prepared {
    /// `None` for statements whose values do not go into a text; they are to be sent with parameters.
    ///
    /// Several become one, whose rows [`together::split`] takes apart again.
    pub fn of<'a>(statements: impl Iterator<Item = &'a Statement>) -> Option<Self> {
        let (mut texts, mut params) = (Vec::new(), Vec::new());
        for statement in statements {
            // Places of nulls take the type that PostgreSQL finds for them, so these are texts of their own.
            let own = &statement.params;
            texts.push(Dialect::typed_postgres(&statement.sql, own, params.len()));
            params.extend(own);
        }
        let text = if texts.len() == 1 {
            texts.pop()?
        } else {
            together::join(texts)?
        };
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let name = format!("edge_{:016x}", hasher.finish());
        let call = call(&name, &params)?;
        Some(Self { name, text, call })
    }

    /// Makes it known to a connection.
    pub fn preparation(&self) -> String {
        format!("prepare {} as {}", self.name, self.text)
    }

    /// Makes a connection forget it, for instance because its tables have changed since.
    pub fn removal(&self) -> String {
        format!("deallocate {}", self.name)
    }
}

fn call(name: &str, params: &[&Value]) -> Option<String> {
    let mut call = format!("execute {name}");
    for (index, value) in params.iter().enumerate() {
        call.push_str(if index == 0 { " (" } else { ", " });
        match *value {
            Value::Null => call.push_str("null"),
            Value::Int(number) => write!(call, "'{number}'").ok()?,
            Value::Real(number) => write!(call, "'{number:?}'").ok()?,
            Value::Text(text) => quote(text, &mut call)?,
        }
    }
    if !params.is_empty() {
        call.push(')');
    }
    (call.len() <= LONGEST).then_some(call)
}

/// As PostgreSQL's own `quote_literal`: right whatever `standard_conforming_strings` says. `None` for a text that no
/// PostgreSQL text can hold.
fn quote(text: &str, out: &mut String) -> Option<()> {
    if text.contains('\0') {
        return None;
    }
    out.push_str(if text.contains('\\') { "E'" } else { "'" });
    for part in text.split_inclusive(['\'', '\\']) {
        out.push_str(part);
        if let Some(mark @ ('\'' | '\\')) = part.chars().last() {
            out.push(mark);
        }
    }
    out.push('\'');
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stmt;

    #[test]
    fn values_are_written_as_postgresql_quotes_them() {
        let statement = stmt!(
            "select ?1, ?2, ?3, ?4, ?5",
            "it's",
            r"a\b'",
            -5,
            0.25,
            None::<String>
        );
        let prepared = Prepared::of([&statement].into_iter()).unwrap();
        let (name, values) = prepared.call.split_once(" (").unwrap();
        assert_eq!(name, format!("execute {}", prepared.name));
        assert_eq!(prepared.removal(), format!("deallocate {}", prepared.name));
        assert_eq!(values, r"'it''s', E'a\\b''', '-5', '0.25', null)");
        assert_eq!(
            prepared.preparation(),
            format!(
                "prepare {} as select $1::text, $2::text, $3::bigint, $4::double precision, $5",
                prepared.name
            )
        );
    }

    #[test]
    fn what_cannot_be_written_is_sent() {
        for value in ["a\0b".to_owned(), "x".repeat(LONGEST)] {
            let statements = [stmt!("select 1"), stmt!("select ?1", value)];
            assert!(Prepared::of(statements.iter()).is_none());
        }
        assert_eq!(call("name", &[]).unwrap(), "execute name");
    }

    #[test]
    fn the_values_of_a_batch_follow_each_other() {
        let statements = [stmt!("select ?2, ?1", 1, "a"), stmt!("select ?1", 2)];
        let prepared = Prepared::of(statements.iter()).unwrap();
        assert!(prepared.call.ends_with(" ('1', 'a', '2')"));
        let text = prepared.preparation();
        assert!(text.contains("select $2::text, $1::bigint"), "{text}");
        assert!(text.contains("select $3::bigint"), "{text}");
    }
}
