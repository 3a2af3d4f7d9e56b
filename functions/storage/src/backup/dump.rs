//! Writing a dump, some pages in a turn. A turn that is lost is taken again and writes the same: what is too short for a part of the upload
//! waits in an object of its own until the next turn is done.

use bytes::Bytes;
use edge_http::{
    App,
    backup::{self, Dump},
    consumer::Failure,
};
use edge_platform::{Row, Rows, Value as Sql};
use edge_store::{
    backup::{ROWS, Section, page, sections},
    objects,
};
use serde_json::{Value, json};

/// Bytes of a part of the upload.
const PART: usize = 8 << 20;

/// Bytes of a rest at most; a turn that goes on has written all parts.
const REST: usize = PART;

/// Lines are packed when there are so many bytes of them.
const MEMBER: usize = 1 << 20;

/// Pages of one turn: each is a statement, of which four turns in a row may run less than a thousand.
const PAGES: usize = 40;

const CONTENT_TYPE: &str = "application/gzip";

/// Begins a dump. Its object is pending until it is complete: the upload of a lost writer is thrown away.
pub async fn begin(app: &App, prefix: &str) -> Result<Dump, Failure> {
    let name = backup::name(prefix, app.now());
    let key = backup::key(&name);
    app.db().run(objects::register(&key, app.now())).await?;
    let upload = app.objects.start_parts(&key, CONTENT_TYPE).await?;
    app.db().run(objects::set_upload_id(&key, &upload)).await?;
    Ok(Dump {
        name,
        upload,
        tags: Vec::new(),
        section: 0,
        after: None,
        rows: 0,
        turn: 0,
    })
}

fn rest_key(dump: &Dump, turn: u32) -> String {
    format!("{}.tmp.{turn}", backup::key(&dump.name))
}

/// Bytes on their way into the upload, and lines that are not packed yet.
struct Writer<'a> {
    app: &'a App,
    dump: Dump,
    packed: Vec<u8>,
    lines: String,
}

impl Writer<'_> {
    /// Packs the lines, and stores what makes a whole part.
    async fn pack(&mut self) -> Result<(), Failure> {
        if !self.lines.is_empty() {
            self.packed.extend(backup::gzip(&self.lines));
            self.lines.clear();
        }
        while self.packed.len() >= PART {
            let rest = self.packed.split_off(PART);
            let part = std::mem::replace(&mut self.packed, rest);
            self.part(part).await?;
        }
        Ok(())
    }

    async fn part(&mut self, bytes: Vec<u8>) -> Result<(), Failure> {
        let number = u16::try_from(self.dump.tags.len() + 1);
        let number = number.map_err(|error| Failure::Final(error.to_string()))?;
        let key = backup::key(&self.dump.name);
        let bytes = Bytes::from(bytes);
        let stored = self
            .app
            .objects
            .put_part(&key, &self.dump.upload, number, bytes);
        self.dump.tags.push(stored.await?);
        Ok(())
    }

    /// One page of rows. The next one is behind it, or of the next part of the dump.
    async fn page(&mut self, section: &Section) -> Result<(), Failure> {
        let after = self.dump.after.as_ref();
        let after: Option<Vec<Sql>> = after.map(|key| key.iter().map(sql_of).collect());
        let columns: Vec<&str> = section.columns().iter().map(|column| column.name).collect();
        let rows = self.app.db().run(page(section, after.as_deref())).await?;
        if after.is_none() && !rows.is_empty() {
            let head =
                json!({ "table": section.table.name, "columns": columns, "link": section.is_link });
            self.lines += &head.to_string();
            self.lines.push('\n');
        }
        self.dump.rows += i64::try_from(rows.len()).unwrap_or(0);
        for row in rows.iter() {
            self.lines.push_str(&line(row));
            if self.lines.len() >= MEMBER {
                self.pack().await?;
            }
        }
        self.dump.after = last_key(section, &rows)?;
        if rows.len() < ROWS {
            self.dump.after = None;
            self.dump.section += 1;
        }
        Ok(())
    }
}

fn line(row: Row<'_>) -> String {
    let values: Vec<Value> = row.values().iter().map(json_of).collect();
    format!("{}\n", Value::from(values))
}

fn json_of(value: &Sql) -> Value {
    match value {
        Sql::Null => Value::Null,
        Sql::Int(number) => Value::from(*number),
        Sql::Real(number) => Value::from(*number),
        Sql::Text(text) => Value::from(text.as_str()),
    }
}

/// A value of a key: a text or a whole number.
fn sql_of(value: &Value) -> Sql {
    match value {
        Value::Number(number) => number.as_i64().map_or(Sql::Null, Sql::Int),
        Value::String(text) => Sql::Text(text.clone()),
        _ => Sql::Null,
    }
}

fn last_key(section: &Section, rows: &Rows) -> Result<Option<Vec<Value>>, Failure> {
    let Some(last) = rows.iter().last() else {
        return Ok(None);
    };
    let columns = section.columns();
    let value = |name: &&str| {
        let place = columns.iter().position(|column| column.name == *name);
        let value = place.and_then(|place| last.values().get(place));
        value
            .map(json_of)
            .ok_or_else(|| Failure::Final(format!("no {name} in a page")))
    };
    section
        .table
        .key
        .iter()
        .map(value)
        .collect::<Result<_, _>>()
        .map(Some)
}

/// Writes some pages. `None`: the dump is complete.
pub async fn go_on(app: &App, dump: Dump) -> Result<Option<Dump>, Failure> {
    if app.objects.head(&backup::key(&dump.name)).await?.is_some() {
        // An attempt before completed it and was lost then.
        clean(app, &dump).await?;
        return Ok(None);
    }
    let sections = sections();
    let turn = dump.turn;
    let packed = match turn {
        0 => Vec::new(),
        _ => rest(app, &dump).await?,
    };
    let lines = match turn {
        0 => backup::header(app.now()),
        _ => String::new(),
    };
    let mut writer = Writer {
        app,
        dump,
        packed,
        lines,
    };
    for _ in 0..PAGES {
        let Some(section) = sections.get(writer.dump.section) else {
            return end(writer).await.map(|()| None);
        };
        writer.page(section).await?;
    }
    writer.pack().await?;
    let Writer {
        mut dump, packed, ..
    } = writer;
    let key = rest_key(&dump, turn + 1);
    app.objects.put(&key, packed.into(), CONTENT_TYPE).await?;
    if turn > 0 {
        app.objects.delete(&[rest_key(&dump, turn - 1)]).await?;
    }
    dump.turn = turn + 1;
    Ok(Some(dump))
}

/// What the turn before left.
async fn rest(app: &App, dump: &Dump) -> Result<Vec<u8>, Failure> {
    let object = app.objects.get(&rest_key(dump, dump.turn), None).await?;
    let object = object.ok_or_else(|| Failure::Final("a part of the dump is gone".to_owned()))?;
    Ok(object.body.collect(REST).await?.to_vec())
}

async fn end(mut writer: Writer<'_>) -> Result<(), Failure> {
    let end = json!({ "end": writer.dump.rows });
    writer.lines += &end.to_string();
    writer.lines.push('\n');
    writer.pack().await?;
    let last = std::mem::take(&mut writer.packed);
    if !last.is_empty() {
        writer.part(last).await?;
    }
    let Writer { app, dump, .. } = writer;
    let key = backup::key(&dump.name);
    app.objects
        .join_parts(&key, &dump.upload, &dump.tags)
        .await?;
    clean(app, &dump).await
}

/// The dump is complete.
async fn clean(app: &App, dump: &Dump) -> Result<(), Failure> {
    let rests: Vec<String> = (dump.turn.saturating_sub(1)..=dump.turn)
        .map(|turn| rest_key(dump, turn))
        .collect();
    app.objects.delete(&rests).await?;
    let key = backup::key(&dump.name);
    app.db().run(objects::settle(&[&key])).await?;
    Ok(())
}
