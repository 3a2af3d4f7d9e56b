//! A month of more assets than one result holds: its columns are read and sent one after the other, a page at a time, so that
//! memory holds the ids of all of them and one column of a page, however many there are.

use std::io;

use axum::body::Body;
use edge_api::{time::Date, timeline::TimelineQuery};
use edge_http::{App, Result, serve};
use edge_platform::Rows;
use edge_store::{
    caller::Caller,
    timeline::{self, Known},
};
use futures::stream;

use crate::columns::{self, Column, Wanted};

/// The ids of a page.
struct Page {
    /// The text of a JSON array.
    ids: String,
    count: usize,
}

/// An answer under way.
struct Large {
    app: App,
    caller: Caller,
    query: TimelineQuery,
    columns: Vec<Column>,
    pages: Vec<Page>,
    /// The column that comes next, and its page.
    at: (usize, usize),
}

/// The body of the month of `day`, of which `first` is the first page. Reads the ids of all further pages: what fails then is an
/// error of its own. What fails later breaks the body off, so that nobody takes what came for the whole.
pub async fn body(
    app: App,
    caller: Caller,
    query: TimelineQuery,
    day: Date,
    wanted: Wanted,
    first: Rows,
) -> Result<Body> {
    let mut pages = Vec::new();
    let mut rows = first;
    loop {
        let count = usize::try_from(timeline::bucket_size(&rows)?).unwrap_or(0);
        if count > 0 {
            let ids = timeline::bucket_column(&rows, "id")?.to_owned();
            pages.push(Page { ids, count });
        }
        let Some(after) = timeline::next_page(&rows)? else {
            break;
        };
        let next = timeline::bucket_ids(&query, day, after);
        rows = app.db().run(caller.scoped(next)).await?;
    }
    let columns = columns::list(wanted, &Known::of(&query, &caller.user_id));
    let large = Large {
        app,
        caller,
        query,
        columns,
        pages,
        at: (0, 0),
    };
    Ok(Body::from_stream(stream::try_unfold(
        large,
        |mut large| async {
            let piece = large.next().await.map_err(|error| {
                serve::log(&format!("GET /api/timeline/bucket: broke off: {error:?}"));
                io::Error::other("a bucket broke off")
            })?;
            Ok::<_, io::Error>(piece.map(|piece| (piece, large)))
        },
    )))
}

impl Large {
    /// The next page of a column, with what stands before and behind it. At most one round trip.
    async fn next(&mut self) -> Result<Option<String>> {
        let (at, page) = self.at;
        let Some(column) = self.columns.get(at).copied() else {
            return Ok(None);
        };
        let mut text = String::new();
        match (at, page) {
            (0, 0) => text.push('{'),
            _ => text.push(','),
        }
        if page == 0 {
            columns::open(&mut text, column);
        }
        if let Some(page) = self.pages.get(page) {
            self.elements(&mut text, column, page).await?;
        }
        self.at.1 += 1;
        if self.at.1 >= self.pages.len() {
            self.at = (at + 1, 0);
            text.push(']');
            if self.at.0 == self.columns.len() {
                text.push('}');
            }
        }
        Ok(Some(text))
    }

    async fn elements(&self, text: &mut String, column: Column, page: &Page) -> Result<()> {
        if column.name == "id" {
            text.push_str(columns::inner(&page.ids));
            return Ok(());
        }
        let rows = if column.from.is_empty() {
            Rows::default()
        } else {
            let statement = timeline::bucket_columns(&page.ids, column.from);
            self.app.db().run(self.caller.scoped(statement)).await?
        };
        let known = Known::of(&self.query, &self.caller.user_id);
        columns::elements_of(text, column, &rows, page.count, &known)
    }
}
