//! Statements that PostgreSQL keeps prepared. Spin's client has each text parsed and planned anew, which takes many
//! times as long as running it; a text that was given to `PREPARE` is planned once for a connection of the host's pool.
//!
//! `EXECUTE` takes no parameters from outside, so their values are written into its text. A batch becomes one
//! statement, because each call takes the host two round trips.

use std::{
    fmt::Write as _,
    hash::{DefaultHasher, Hash, Hasher},
    mem,
};

use crate::{Dialect, Statement, Value, together};

/// Longest text of a call, in bytes: with longer values planning is not what takes time.
const LONGEST: usize = 64 * 1024;

/// A statement, or a batch of them, in the words of `PREPARE`.
pub(crate) struct Prepared {
    /// What it is called by.
    pub name: String,
    text: String,
}

/// What makes a prepared text: the texts of statements, of which kinds their values are, and whether they are single.
pub(crate) struct Key<'a>(pub &'a [&'a Statement]);

impl Hash for Key<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for statement in self.0 {
            statement.sql.hash(state);
            for value in &statement.params {
                mem::discriminant(value).hash(state);
            }
            statement.is_single.hash(state);
            statement.common.hash(state);
        }
    }
}

impl Prepared {
    /// Several become one, whose rows [`together::split`] takes apart again; `are_few` says that the second one gives no
    /// more than a few rows. `None` for none.
    pub fn of(statements: &[&Statement], are_few: bool) -> Option<Self> {
        let (mut text, mut parts, mut earlier) = (String::new(), Vec::new(), 0);
        for (statement, share) in statements.iter().zip(shares(statements)?) {
            let params = share.params;
            text += &Dialect::typed_postgres(share.table, params, 0);
            parts.push(together::Part {
                // Places of nulls take the type that PostgreSQL finds for them, so these are texts of their own.
                text: Dialect::typed_postgres(share.sql, params, earlier),
                is_single: statement.is_single,
            });
            earlier += params.len();
        }
        text += &if parts.len() == 1 {
            parts.pop()?.text
        } else {
            together::join(parts, are_few)?
        };
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let name = format!("edge_{:016x}", hasher.finish());
        Some(Self { name, text })
    }

    /// Makes it known to a connection.
    pub fn preparation(&self) -> String {
        format!("prepare {} as {}", self.name, self.text)
    }

    /// Makes a connection forget it, for instance because its tables have changed since.
    pub fn removal(&self) -> String {
        format!("deallocate {}", self.name)
    }

    /// Runs it on a connection that knows it, with the values of `statements`, of which it was made or which have its key.
    /// `None` for values that do not go into a text, or when those of a common table are not the same for all; they are
    /// to be sent as parameters.
    pub fn call(&self, statements: &[&Statement]) -> Option<String> {
        let shares = shares(statements)?;
        let mut tables = shares.iter().filter_map(|share| share.common);
        let first = tables.next();
        if tables.any(|values| Some(values) != first) {
            return None;
        }
        let mut call = format!("execute {}", self.name);
        let mut is_first = true;
        for value in shares.iter().flat_map(|share| share.params) {
            call.push_str(if is_first { " (" } else { ", " });
            is_first = false;
            match value {
                Value::Null => call.push_str("null"),
                Value::Int(number) => write!(call, "'{number}'").ok()?,
                Value::Real(number) => write!(call, "'{number:?}'").ok()?,
                Value::Text(text) => quote(text, &mut call)?,
            }
        }
        if !is_first {
            call.push(')');
        }
        (call.len() <= LONGEST).then_some(call)
    }
}

/// What a statement adds to a batch that becomes one.
struct Share<'a> {
    /// The common table that it is written over, when the batch needs it from this statement.
    table: &'a str,
    sql: &'a str,
    params: &'a [Value],
    /// The values of the common table that the batch has from its first statement.
    common: Option<&'a [Value]>,
}

impl<'a> Share<'a> {
    /// Of a statement in a batch whose first one is over the common `table`, if over any. `None` for a statement that says
    /// wrongly what of it is that table.
    fn of(statement: &'a Statement, table: Option<&str>, is_first: bool) -> Option<Self> {
        let (sql, params) = (&*statement.sql, &statement.params[..]);
        let Some(over) = statement.common.filter(|over| Some(over.table) == table) else {
            return Some(Self {
                table: "",
                sql,
                params,
                common: None,
            });
        };
        let (front, sql) = sql.split_at_checked(over.text)?;
        let (own, values) = params.split_at_checked(params.len().checked_sub(over.params)?)?;
        let (table, params) = if is_first { (front, params) } else { ("", own) };
        Some(Self {
            table,
            sql,
            params,
            common: Some(values),
        })
    }
}

/// The shares of all statements: the common table of the first one serves the others that are over it.
fn shares<'a>(statements: &[&'a Statement]) -> Option<Vec<Share<'a>>> {
    let first = statements.first().filter(|_| statements.len() > 1);
    let table = first.and_then(|first| Some(first.common?.table));
    let shares = statements.iter().enumerate();
    shares
        .map(|(place, statement)| Share::of(statement, table, place == 0))
        .collect()
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

    fn call(statements: &[Statement]) -> Option<String> {
        let all: Vec<_> = statements.iter().collect();
        Prepared::of(&all, false)?.call(&all)
    }

    fn text(statements: &[Statement]) -> String {
        let all: Vec<_> = statements.iter().collect();
        Prepared::of(&all, false).unwrap().preparation()
    }

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
        let prepared = Prepared::of(&[&statement], false).unwrap();
        let call = prepared.call(&[&statement]).unwrap();
        let (name, values) = call.split_once(" (").unwrap();
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
            assert_eq!(call(&statements), None);
        }
        let without = call(&[stmt!("select 1")]).unwrap();
        assert!(!without.contains('('), "{without}");
    }

    #[test]
    fn the_values_of_a_batch_follow_each_other() {
        let statements = [stmt!("select ?2, ?1", 1, "a"), stmt!("select ?1", 2)];
        assert!(call(&statements).unwrap().ends_with(" ('1', 'a', '2')"));
        let text = text(&statements);
        assert!(text.contains("select $2::text, $1::bigint"), "{text}");
        assert!(text.contains("select $3::bigint"), "{text}");
    }

    #[test]
    fn a_common_table_is_asked_for_once() {
        let over = |sql: &str, params: Vec<Value>, select: &str, key: &str| {
            let select = select.replace("?k", &format!("?{}", params.len() + 1));
            Statement::new(sql.to_owned(), params).over("caller", &select, vec![key.into()])
        };
        let who = over(
            "select id from caller",
            Vec::new(),
            "select id, name from u where k = ?k",
            "key",
        );
        let what = over(
            "select b from caller where a = ?1",
            vec![5.into()],
            "select id from u where k = ?k",
            "key",
        );
        let else_what = stmt!("select ?1", 0.5);

        let batch = [who.clone(), what.clone(), else_what];
        let whole = text(&batch);
        assert_eq!(whole.matches("with caller as").count(), 1, "{whole}");
        assert!(
            whole
                .contains(" as with caller as (select id, name from u where k = $1::text) select "),
            "{whole}"
        );
        assert!(
            whole.contains("(select b from caller where a = $2::bigint)"),
            "{whole}"
        );
        assert!(whole.contains("(select $3::double precision)"), "{whole}");
        assert!(call(&batch).unwrap().ends_with(" ('key', '5', '0.5')"));

        let alone = text(&batch[1..2]);
        assert!(alone.ends_with("with caller as (select id from u where k = $2::text) select b from caller where a = $1::bigint"), "{alone}");
        assert!(call(&batch[1..2]).unwrap().ends_with(" ('5', 'key')"));

        let of_another = over(
            "select b from caller",
            Vec::new(),
            "select id from u where k = ?k",
            "other",
        );
        assert_eq!(call(&[who, of_another]), None);
        let behind = text(&[stmt!("select 1"), what]);
        assert!(
            behind.contains("(with caller as (select id from u where k = $2::text) select b"),
            "{behind}"
        );
    }

    #[test]
    fn what_has_one_key_has_one_text() {
        let key = |statements: &[&Statement]| {
            let mut hasher = DefaultHasher::new();
            Key(statements).hash(&mut hasher);
            hasher.finish()
        };
        let (one, two) = (stmt!("select ?1", 1), stmt!("select 2"));
        assert_eq!(key(&[&one]), key(&[&stmt!("select ?1", 5)]));
        for other in [Value::Null, "1".into(), 1.0.into()] {
            assert_ne!(key(&[&one]), key(&[&stmt!("select ?1", other)]));
        }
        for others in [vec![&one, &two], vec![&two, &one], vec![&two]] {
            assert_ne!(key(&[&one]), key(&others));
        }
        assert_ne!(key(&[&one, &two]), key(&[&two, &one]));
        assert_ne!(key(&[&one]), key(&[&one.clone().single()]));
    }
}
