//! How SQLite/D1 and PostgreSQL spell what our SQL texts leave open.
//!
//! SQL is written once, in the common subset. Besides `?1`-style parameters these tokens are replaced
//! before a statement is sent:
//!
//! | token | meaning |
//! |---|---|
//! | `uuid7()` | a fresh UUID v7 made by the database at write time, never smaller than one of an earlier batch, whatever its clock does (docs/decisions/0001-update-ids.md) |
//! | `uuid7_bound()` | a UUID v7 below every one that is not visible to all yet, above all that are; readers stop before it (same page) |
//! | `json_list(?1)` | the texts of a JSON array parameter, as a sub-select usable after `in` |
//! | `json_rows(?1)` | the same as a table with the columns `position` and `value`, to be given an alias |
//! | `each_in(t.id, select …)` | whether the column is in a sub-select that names tables before `t` and has a limit: asked once for each of their rows, then looked up by its index |
//! | `looked_up(table t, condition)` | the table, whose rows are looked up by this condition for each row of the tables before it, whatever PostgreSQL expects of it; the condition is to be written behind `where`, too |
//! | `db_now()` | the database's clock, epoch milliseconds |
//! | `for_update()` | behind a `select`: its rows stay as they are until the batch ends, if others could change them meanwhile |
//! | `skip_locked()` | the same for a row to be taken: those that another batch is taking are passed over |
//! | `rarely(condition)` | the condition. Where it holds for no row, PostgreSQL need not be asked for it (docs/decisions/0010-prepared-on-spin.md): only in statements about one thing, whose rows are either all found without it or none |
//! | `json_column(t.a)` | an aggregate: the values of a column as the text of a JSON array, in the order of the rows |
//! | `json_text(t.a, b.c)` | what the text of a JSON object holds at these keys, as text (in SQLite numbers stay numbers: cast it); null when it holds nothing |
//! | `text_column(t.a)` | the same for texts in which nothing needs an escape (ids, base64, digits), quicker; `""` stands for null |

/// The SQL dialect of an adapter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite 3.45 or later, and D1.
    Sqlite,
    /// PostgreSQL 15 or later.
    Postgres,
}

const SQLITE_NOW: &str = "cast(unixepoch('subsec') * 1000 as integer)";
const POSTGRES_NOW: &str = "(extract(epoch from clock_timestamp()) * 1000)::bigint";
/// Moves the clock of update ids on, SQLite's: a batch that makes any begins with it. Batches come one after the other, so each
/// has a millisecond of its own.
pub(crate) const SQLITE_TICK: &str = "insert into update_clock (id, at) values (1, cast(unixepoch('subsec') * 1000 as integer)) \
     on conflict (id) do update set at = max(update_clock.at + 1, excluded.at)";

// The random part is in no sub-select: both databases evaluate one without outer columns once per statement, which would give
// all rows of an update the same id.
const SQLITE_UUID7: &str = "lower(printf('%08x-%04x-7', (select at from update_clock where id = 1) / 65536, \
     (select at from update_clock where id = 1) % 65536) || substr(hex(randomblob(2)), 2) || '-' \
     || substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))";
const POSTGRES_UUID7: &str = "(overlay(lpad(to_hex(update_clock_tick()), 12, '0') \
     placing '-' from 9 for 0) || '-7' || substr(gen_random_uuid()::text, 16))";

// The next batch's millisecond. A batch that asks for it waits for writers to end (`Effect::ReadsBehindWriters`).
const SQLITE_BOUND: &str = "printf('%08x-%04x-7000-8000-000000000000', \
     (coalesce((select at from update_clock where id = 1), 0) + 1) / 65536, \
     (coalesce((select at from update_clock where id = 1), 0) + 1) % 65536)";
// The function says how rows of transactions that are still open are left out.
const POSTGRES_BOUND: &str = "(overlay(lpad(to_hex(update_clock_bound()), 12, '0') placing '-' from 9 for 0) \
     || '-7000-8000-000000000000')";

/// Writes what stands for a token with this argument.
type Write = fn(Dialect, &str) -> String;

/// Tokens with an argument.
const CALLS: [(&str, Write); 7] = [
    ("each_in", Dialect::each_in),
    ("looked_up", Dialect::looked_up),
    ("json_list", Dialect::json_list),
    ("json_rows", Dialect::json_rows),
    ("json_column", Dialect::json_column),
    ("json_text", Dialect::json_text),
    ("text_column", Dialect::text_column),
];

impl Dialect {
    /// The statement text as this database wants it.
    pub fn render(self, sql: &str) -> String {
        let mut out = String::with_capacity(sql.len() + 64);
        let mut rest = sql;
        while let Some(at) = next_token(rest) {
            let (before, from) = rest.split_at(at);
            out.push_str(before);
            rest = self.token(from, before, &mut out);
        }
        out.push_str(rest);
        out
    }

    /// The statement text for PostgreSQL behind an interface that sends each parameter with a type of its
    /// own (Spin): `?1` becomes `$1::bigint`, so that the server expects what is sent. A null stays bare,
    /// and takes the type that its place asks for. `earlier` parameters, of other statements, come before those of this one.
    #[cfg(any(test, target_os = "wasi"))]
    pub(crate) fn typed_postgres(sql: &str, params: &[crate::Value], earlier: usize) -> String {
        use crate::Value;
        let rendered = Self::Postgres.render(sql);
        let mut out = String::with_capacity(rendered.len() + 8 * params.len());
        let mut quoted = false;
        let mut rest = rendered.as_str();
        while let Some(at) = rest.find(['$', '\'']) {
            let (before, from) = rest.split_at(at);
            let (mark, behind) = from.split_at(1);
            out.push_str(before);
            out.push_str(mark);
            rest = behind;
            if mark == "'" {
                quoted = !quoted;
                continue;
            }
            let digits = behind.bytes().take_while(u8::is_ascii_digit).count();
            let (digits, behind) = behind.split_at(digits);
            rest = behind;
            let number = digits.parse::<usize>().ok().filter(|_| !quoted);
            let place =
                number.and_then(|number| Some((number, params.get(number.checked_sub(1)?)?)));
            let Some((number, value)) = place else {
                out.push_str(digits);
                continue;
            };
            out.push_str(&(number + earlier).to_string());
            out.push_str(match value {
                Value::Null => "",
                Value::Int(_) => "::bigint",
                Value::Real(_) => "::double precision",
                Value::Text(_) => "::text",
            });
        }
        out.push_str(rest);
        out
    }

    /// The text with every condition that is `rarely(…)` true taken for false; `None` when there is none.
    #[cfg(any(test, target_os = "wasi"))]
    pub(crate) fn usual(sql: &str) -> Option<String> {
        let (mut out, mut rest) = (String::new(), sql);
        while let Some((before, condition)) = rest.split_once("rarely(") {
            out.push_str(before);
            out.push_str("(1 = 0");
            rest = condition.get(closing(condition)?..)?;
        }
        (!out.is_empty()).then(|| out + rest)
    }

    /// Handles what starts at `from` and returns the rest behind it.
    fn token<'a>(self, from: &'a str, before: &str, out: &mut String) -> &'a str {
        let inside_word = before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        if let Some(text) = from.strip_prefix('\'') {
            let end = text.find('\'').map_or(from.len(), |end| end + 2);
            let (literal, rest) = from.split_at(end);
            out.push_str(literal);
            return rest;
        }
        if let (Some(rest), Self::Postgres) = (from.strip_prefix('?'), self) {
            out.push('$');
            return rest;
        }
        if !inside_word {
            for (word, text) in self.words() {
                if let Some(rest) = from.strip_prefix(word) {
                    out.push_str(text);
                    return rest;
                }
            }
            for (name, write) in CALLS {
                let call = from.strip_prefix(name).and_then(|s| s.strip_prefix('('));
                let found = call.and_then(|call| call.split_at_checked(closing(call)?));
                if let Some((argument, rest)) = found {
                    out.push_str(&write(self, argument));
                    return rest.strip_prefix(')').unwrap_or(rest);
                }
            }
        }
        let first = from.chars().next().map_or(0, char::len_utf8);
        let (head, rest) = from.split_at(first);
        out.push_str(head);
        rest
    }

    /// Tokens without arguments and what they stand for.
    fn words(self) -> [(&'static str, &'static str); 6] {
        match self {
            Self::Sqlite => [
                ("uuid7()", SQLITE_UUID7),
                ("uuid7_bound()", SQLITE_BOUND),
                ("db_now()", SQLITE_NOW),
                // Who writes has the whole database to itself.
                ("for_update()", ""),
                ("skip_locked()", ""),
                ("rarely", ""),
            ],
            Self::Postgres => [
                ("uuid7()", POSTGRES_UUID7),
                ("uuid7_bound()", POSTGRES_BOUND),
                ("db_now()", POSTGRES_NOW),
                ("for_update()", "for update"),
                ("skip_locked()", "for update skip locked"),
                ("rarely", ""),
            ],
        }
    }

    fn json_rows(self, argument: &str) -> String {
        match self {
            Self::Sqlite => format!("(select key as position, value from json_each({argument}))"),
            Self::Postgres => format!(
                "(select ordinality as position, value from {} with ordinality as json_rows(value, ordinality))",
                unnested(argument)
            ),
        }
    }

    /// PostgreSQL would ask the sub-select again for each row of the table, an array once for all of them.
    fn each_in(self, argument: &str) -> String {
        let (column, select) = argument.split_once(',').unwrap_or((argument, ""));
        let select = self.render(select.trim_start());
        match self {
            Self::Sqlite => format!("{column} in ({select})"),
            Self::Postgres => format!("{column} = any(array({select}))"),
        }
    }

    /// What lies between two columns of other tables PostgreSQL takes for a ninth of a table, and reads all of it. Behind `offset` it
    /// knows no better than to look up what there is for each row.
    fn looked_up(self, argument: &str) -> String {
        let (table, condition) = argument.split_once(',').unwrap_or((argument, "1 = 1"));
        let table = table.trim();
        let name = table.rsplit(' ').next().unwrap_or(table);
        match self {
            Self::Sqlite => table.to_owned(),
            Self::Postgres => format!(
                "lateral (select {name}.* from {table} where {} offset 0) {name}",
                self.render(condition.trim_start())
            ),
        }
    }

    fn json_column(self, argument: &str) -> String {
        match self {
            Self::Sqlite => format!("json_group_array({argument})"),
            Self::Postgres => format!("coalesce(json_agg({argument}), '[]'::json)::text"),
        }
    }

    fn json_text(self, argument: &str) -> String {
        let (object, keys) = argument.rsplit_once(',').unwrap_or((argument, ""));
        let (object, keys) = (self.render(object), keys.trim());
        match self {
            Self::Sqlite => format!("json_extract({object}, '$.{keys}')"),
            Self::Postgres => format!("(({object})::json #>> '{{{}}}')", keys.replace('.', ",")),
        }
    }

    fn text_column(self, argument: &str) -> String {
        let joined = match self {
            Self::Sqlite => "group_concat",
            Self::Postgres => "string_agg",
        };
        format!(r#"coalesce('["' || {joined}(coalesce({argument}, ''), '","') || '"]', '[]')"#)
    }

    fn json_list(self, argument: &str) -> String {
        match self {
            Self::Sqlite => format!("(select value from json_each({argument}))"),
            Self::Postgres => format!(
                "(select value from {} as json_list(value))",
                unnested(argument)
            ),
        }
    }
}

/// The texts of a JSON array for PostgreSQL. It takes an array whose length it does not know for 10 long, and a function's rows for
/// 100, for which it would rather walk through a table of thousands than look each up.
fn unnested(argument: &str) -> String {
    let argument = argument.replace('?', "$");
    format!("unnest(array(select json_array_elements_text(({argument}::text)::json)))")
}

/// Where the parenthesis closes that was opened before this text.
fn closing(sql: &str) -> Option<usize> {
    let (mut open, mut is_quoted) = (1_u32, false);
    for (at, byte) in sql.bytes().enumerate() {
        match byte {
            b'\'' => is_quoted = !is_quoted,
            b'(' if !is_quoted => open += 1,
            b')' if !is_quoted => open -= 1,
            _ => {}
        }
        if open == 0 {
            return Some(at);
        }
    }
    None
}

/// Where the next token may begin. Every statement of every request passes here, and most letters begin none.
fn next_token(sql: &str) -> Option<usize> {
    let bytes = sql.as_bytes();
    let begins =
        |at: usize, word: &[u8]| bytes.get(at..).is_some_and(|rest| rest.starts_with(word));
    bytes.iter().enumerate().position(|(at, byte)| match byte {
        b'?' | b'\'' => true,
        b'u' => begins(at, b"uuid7"),
        b'j' => begins(at, b"json_"),
        b't' => begins(at, b"text_column"),
        b'd' => begins(at, b"db_now"),
        b'e' => begins(at, b"each_in"),
        b'f' => begins(at, b"for_update"),
        b'l' => begins(at, b"looked_up"),
        b'r' => begins(at, b"rarely"),
        b's' => begins(at, b"skip_locked"),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_words_of_their_own() {
        let sql = "select ddb_now(), uuid7x(), 'é' || duuid7(), json_rowsx(a), db_now()";
        let rest = sql.strip_suffix("db_now()").unwrap_or_default();
        assert_eq!(Dialect::Sqlite.render(sql), format!("{rest}{SQLITE_NOW}"));
    }

    #[test]
    fn what_is_rarely_true_may_be_left_out() {
        let sql =
            "select 1 where (?1 = 1 or rarely(exists (select ')') or ?2 = 1)) and rarely(?3 = 1)";
        let whole = "select 1 where (?1 = 1 or (exists (select ')') or ?2 = 1)) and (?3 = 1)";
        assert_eq!(Dialect::Sqlite.render(sql), whole);
        assert_eq!(Dialect::Postgres.render(sql), whole.replace('?', "$"));
        let usual = Dialect::usual(sql).unwrap();
        assert_eq!(usual, "select 1 where (?1 = 1 or (1 = 0)) and (1 = 0)");
        assert_eq!(Dialect::usual(whole), None);
        assert_eq!(Dialect::usual("select rarely((1)"), None);
    }

    #[test]
    fn parameters_become_dollars_only_in_postgres_and_never_in_literals() {
        let sql = "select '?1' from asset where id = ?1";
        assert_eq!(Dialect::Sqlite.render(sql), sql);
        assert_eq!(
            Dialect::Postgres.render(sql),
            "select '?1' from asset where id = $1"
        );
    }

    #[test]
    fn id_lists_travel_as_one_json_parameter() {
        let sql = "delete from asset where id in json_list(?2)";
        assert_eq!(
            Dialect::Sqlite.render(sql),
            "delete from asset where id in (select value from json_each(?2))"
        );
        assert!(
            Dialect::Postgres
                .render(sql)
                .contains("json_array_elements_text(($2::text)::json)")
        );
    }

    #[test]
    fn id_lists_keep_their_order_as_tables() {
        let sql = "select v.value from json_rows(?1) v order by v.position";
        assert!(
            Dialect::Sqlite
                .render(sql)
                .contains("select key as position, value from json_each(?1)) v order")
        );
        assert!(Dialect::Postgres.render(sql).contains("with ordinality"));
    }

    #[test]
    fn a_column_is_aggregated_into_one_json_text() {
        let sql = "select json_column(t.id) as id from asset t";
        assert_eq!(
            Dialect::Sqlite.render(sql),
            "select json_group_array(t.id) as id from asset t"
        );
        assert!(Dialect::Postgres.render(sql).contains("json_agg(t.id)"));
    }

    #[test]
    fn a_value_inside_a_json_text() {
        let sql = "select json_text(?1, people.minimumFaces)";
        assert_eq!(
            Dialect::Sqlite.render(sql),
            "select json_extract(?1, '$.people.minimumFaces')"
        );
        assert_eq!(
            Dialect::Postgres.render(sql),
            "select (($1)::json #>> '{people,minimumFaces}')"
        );
    }

    #[test]
    fn a_sub_select_is_asked_once_for_each_row() {
        let sql = "select 1 where each_in(t.id, select y.id from y where y.a > ?1 limit ?2) and reach_in(a)";
        assert_eq!(
            Dialect::Sqlite.render(sql),
            "select 1 where t.id in (select y.id from y where y.a > ?1 limit ?2) and reach_in(a)"
        );
        assert_eq!(
            Dialect::Postgres.render(sql),
            "select 1 where t.id = any(array(select y.id from y where y.a > $1 limit $2)) and reach_in(a)"
        );
    }

    #[test]
    fn rows_are_looked_up_for_each_row_before() {
        let sql = "from v cross join looked_up(y z, z.a >= v.a and z.b = coalesce(?1, ?2)) where z.a >= v.a";
        assert_eq!(
            Dialect::Sqlite.render(sql),
            "from v cross join y z where z.a >= v.a"
        );
        assert_eq!(
            Dialect::Postgres.render(sql),
            "from v cross join lateral (select z.* from y z where z.a >= v.a and z.b = coalesce($1, $2) offset 0) z where z.a >= v.a"
        );
    }

    #[test]
    fn texts_are_joined_into_one_column() {
        let sql = "select text_column(cast(t.n as text)) as n from t where text_columns = '('";
        let joined = |name| {
            let column =
                format!(r#"'["' || {name}(coalesce(cast(t.n as text), ''), '","') || '"]'"#);
            format!("select coalesce({column}, '[]') as n from t where text_columns = '('")
        };
        assert_eq!(Dialect::Sqlite.render(sql), joined("group_concat"));
        assert_eq!(Dialect::Postgres.render(sql), joined("string_agg"));
    }

    #[test]
    fn parameters_are_typed_as_they_are_sent() {
        use crate::Value;
        let params = [
            Value::Int(1),
            Value::from("it''s"),
            Value::Null,
            Value::Real(0.5),
        ];
        assert_eq!(
            Dialect::typed_postgres("select ?1, '$1 ?1', ?2, ?3, ?4, ?1 from t", &params, 0),
            "select $1::bigint, '$1 ?1', $2::text, $3, $4::double precision, $1::bigint from t"
        );
        assert_eq!(
            Dialect::typed_postgres("select ?1, '$1', ?3 from t", &params, 9),
            "select $10::bigint, '$1', $12 from t"
        );
    }

    #[test]
    fn tokens_inside_words_stay() {
        assert_eq!(
            Dialect::Postgres.render("select my_uuid7()"),
            "select my_uuid7()"
        );
    }
}
