//! What people look at every day, in the library of 200,000 assets that `search.rs` fills: each read costs what its answer is long.
#![allow(clippy::unwrap_used, reason = "tests")]

use edge_api::{
    enums::PartnerDirection,
    id::{PersonId, TagId},
    input::{Input, from_query},
    map::MapMarkerQuery,
    time::Date,
    timeline::TimelineQuery,
};
use edge_platform::{Database, Statement, stmt};
use edge_store::{
    albums,
    assets::{device, whole},
    caller::{self, Credential},
    map, memories, partners, people,
    search::{
        Kin, Order, Page, Scope, Search, Shown,
        condition::{Column, Condition, Link},
        values,
    },
    shared_links, stacks, tags, timeline,
};
use edge_testkit::library;

/// The key of a link to 100 assets.
const LINK: &str = "key";

/// Ten thousand markers are an answer a hundred times as long as a page of photos; each has its asset looked up.
pub const MARKERS: i64 = 4;

/// A read, and what it may cost: so many times what a page of 100 results may.
pub struct Read {
    pub name: &'static str,
    pub statement: Statement,
    pub times: i64,
}

fn by_alice(statement: Statement) -> Statement {
    let credential = Credential::Session(library::DIGEST.to_owned());
    caller::scoped(&credential, 0, statement)
}

fn by_guest(statement: Statement) -> Statement {
    caller::scoped(&Credential::ShareKey(LINK.to_owned()), 0, statement)
}

fn query<T: Input>(text: &str) -> T {
    from_query(text).unwrap()
}

/// Reads of several statements.
fn lists() -> [(&'static str, Vec<Statement>); 6] {
    let (mine, link) = (query(""), query(""));
    [
        (
            "an album",
            albums::statements(albums::Which::One(library::LARGE_ALBUM)),
        ),
        ("albums", albums::statements(albums::Which::Mine(&mine))),
        ("people", people::page(&query(""))),
        ("explore", values::explore()),
        (
            "links",
            shared_links::statements(shared_links::Which::Mine(&link)),
        ),
        (
            "a link",
            shared_links::statements(shared_links::Which::One("link")),
        ),
    ]
}

/// Each hot read of the areas, once.
pub async fn all(db: &dyn Database) -> Vec<Read> {
    let person = "person 7";
    let one_by_one = [
        ("a person", people::find(person)),
        ("how many photos a person is on", people::statistics(person)),
        ("tags", tags::list()),
        ("a tag", tags::find("tag 7")),
        ("a stack", stacks::select(stacks::Which::One("stack 1007"))),
        ("memories", memories::search(&query(""))),
        ("a memory", memories::find("memory 7")),
        (
            "who shares with me",
            partners::list(PartnerDirection::SharedWith, None),
        ),
        (
            "with whom I share",
            partners::list(PartnerDirection::SharedBy, None),
        ),
        ("cities", values::cities()),
        ("countries", values::suggestions(&query("type=country"))),
    ];
    let guest = shared_links::statements(shared_links::Which::Guest);
    let read = |name, statement: Statement, times| Read {
        name,
        statement,
        times,
    };
    let mut all: Vec<Read> = one_by_one
        .into_iter()
        .map(|(name, statement)| read(name, by_alice(statement), 1))
        .collect();
    for (name, statements) in lists() {
        let scoped = statements.into_iter().map(by_alice);
        all.extend(scoped.map(|statement| read(name, statement, 1)));
    }
    let guest = guest.into_iter().map(by_guest);
    all.extend(guest.map(|statement| read("a link, as a guest", statement, 1)));
    for (name, statement) in timelines() {
        all.push(read(name, by_alice(statement), 1));
    }
    for (name, statement) in of_shared_people(db).await {
        all.push(read(name, by_alice(statement), 1));
    }
    for (name, statement) in of_2_7(db).await {
        all.push(read(name, by_alice(statement), 1));
    }
    for (name, statement) in markers_of_the_map(db).await {
        all.push(read(name, statement, MARKERS));
    }
    all
}

/// A person whom another member of the cluster group knows, too: who that is, and the photos of both.
async fn of_shared_people(db: &dyn Database) -> Vec<(&'static str, Statement)> {
    let person = Condition::HasAll(Link::Person, vec!["person 7".to_owned()]);
    let own = Search {
        scope: Scope::Timeline,
        condition: Condition::All(vec![Condition::Missing(Column::Trashed), person]),
    };
    let kin = own.kin().unwrap();
    let rows = db.run(by_alice(kin.clone())).await.unwrap();
    let both = own.with_kin(&Kin::read(Some(&rows)).unwrap());
    assert_ne!(both, own, "Bob knows the person, too");
    let first = Page::new(1, 100);
    let mut page = both.page(&first, Order::default(), Shown::default());
    vec![
        ("who is known to others", kin),
        ("photos of who is known to others", page.swap_remove(0)),
        ("how many photos of who is known to others", both.count()),
    ]
}

/// What clients of 2.7 ask for: pages of all assets, of a partner, too, who shows few of them; what has changed; the files of a device that
/// others have a device of the same name of.
async fn of_2_7(db: &dyn Database) -> Vec<(&'static str, Statement)> {
    let devices = "insert into asset_device (asset_id, device_id, device_asset_id, owner_id) \
                   select a.id, 'WEB', a.id, a.owner_id from asset a where a.owner_id <> ?1";
    db.run(stmt!(devices, library::ALICE)).await.unwrap();
    let (first, middle) = ("", library::asset_id(77));
    let since = 1_700_000_000_000;
    vec![
        (
            "2.7: all",
            whole::page(library::ALICE, i64::MAX, first, 100),
        ),
        (
            "2.7: where a page ends",
            whole::end(library::ALICE, &middle),
        ),
        (
            "2.7: all of a partner",
            whole::page(library::BOB, i64::MAX, first, 100),
        ),
        (
            "2.7: all that is old",
            whole::page(library::ALICE, 0, &middle, 100),
        ),
        (
            "2.7: what has changed",
            whole::changed(library::ALICE, since, 100),
        ),
        (
            "2.7: nothing has changed",
            whole::changed(library::ALICE, i64::MAX >> 16, 100),
        ),
        (
            "2.7: how much has changed",
            whole::more(library::ALICE, since, 100),
        ),
        ("2.7: what is gone", whole::gone(library::BOB, since, 100)),
        (
            "2.7: files of a device",
            device::of_device("WEB", &device::Last::default()),
        ),
        (
            "2.7: whether a device has sent files",
            device::existing("WEB", &["a".to_owned(), middle.clone()]),
        ),
    ]
}

/// The timeline of few of the photos: how many in which month, and one month.
fn timelines() -> Vec<(&'static str, Statement)> {
    let day = Date::parse("2016-06-01").unwrap();
    let all = || query::<TimelineQuery>("");
    let web = || query::<TimelineQuery>("visibility=timeline&withStacked=true&withPartners=true");
    let of_person = |id: &str, query: TimelineQuery| TimelineQuery {
        person_id: Some(PersonId::from_trusted(id)),
        ..query
    };
    let of_tag = |id: &str, query: TimelineQuery| TimelineQuery {
        tag_id: Some(TagId::from_trusted(id)),
        ..query
    };
    let of_place = |query: TimelineQuery| TimelineQuery {
        bbox: Some("10,10,20,11".to_owned()),
        ..query
    };
    let (person, tag) = ("person 7", "tag 7");
    let months = |query: &TimelineQuery| timeline::buckets(query);
    let month = |query: &TimelineQuery| timeline::bucket(query, day);
    vec![
        ("months of a person", months(&of_person(person, all()))),
        (
            "months of a person on the page",
            months(&of_person(person, web())),
        ),
        ("months of nobody", months(&of_person("nobody", all()))),
        ("months of a tag", months(&of_tag(tag, all()))),
        ("months of a tag on the page", months(&of_tag(tag, web()))),
        ("months of no tag", months(&of_tag("none", all()))),
        ("months of a place", months(&of_place(all()))),
        ("months of a place on the page", months(&of_place(web()))),
        ("a month of a person", month(&of_person(person, web()))),
        ("a month of a tag", month(&of_tag(tag, web()))),
        ("a month of a place", month(&of_place(web()))),
    ]
}

/// All of them as far as one page goes, and pages of one owner.
async fn markers_of_the_map(db: &dyn Database) -> Vec<(&'static str, Statement)> {
    let query = query::<MapMarkerQuery>("");
    let owner = map::Scope::Owner(library::ALICE.to_owned());
    let first = by_alice(map::page(&query, &owner, None));
    let rows = db.run(first.clone()).await.unwrap();
    let after = map::next(&rows, &owner).unwrap();
    assert!(after.is_some(), "there is more than a page");
    vec![
        ("markers of the map", by_alice(map::all(&query))),
        ("where markers come from", by_alice(map::scopes(&query))),
        ("a page of markers", first),
        (
            "the next page of markers",
            by_alice(map::page(&query, &owner, after.as_ref())),
        ),
    ]
}

fn numbers(count: i64) -> String {
    format!("with recursive n(i) as (select 1 union all select i + 1 from n where i < {count})")
}

/// Assets of Alice by the number in their size.
const NUMBER: &str = "(a.file_size_in_byte - 1000)";

/// People, tags, stacks, memories and links of Alice, whose triggers do not run: what they keep is written at once.
pub async fn fill(db: &dyn Database) {
    let all = people_and_tags().into_iter().chain(collections());
    for sql in all.chain(kept()) {
        let result = db.run(Statement::new(sql.clone(), Vec::new())).await;
        result.unwrap_or_else(|error| panic!("{error} in {sql}"));
    }
}

fn people_and_tags() -> Vec<String> {
    let (alice, bob, number) = (library::ALICE, library::BOB, NUMBER);
    vec![
        format!(
            "insert into person (id, owner_id, name, name_folded, created_at, updated_at, update_id) {} \
             select 'person ' || cast(i as text), '{alice}', 'Name ' || cast(i as text), 'name ' || cast(i as text), i, 0, 'u' from n",
            numbers(1_000)
        ),
        format!(
            "insert into asset_face (id, asset_id, owner_id, person_id, image_width, image_height, bounding_box_x1, bounding_box_y1, \
             bounding_box_x2, bounding_box_y2, updated_at, update_id, is_shown) select 'face ' || a.id, a.id, a.owner_id, \
             'person ' || cast({number} % 1000 + 1 as text), 4000, 3000, 1, 2, 3, 4, 0, 'u', 1 from asset a \
             where a.owner_id = '{alice}' and {number} % 2 = 0 and a.visibility = 'timeline' and a.deleted_at is null"
        ),
        format!(
            "insert into person (id, owner_id, name, name_folded, created_at, updated_at, update_id, cluster_id) \
             values ('bob 7', '{bob}', 'Seven', 'seven', 0, 0, 'u', 'seven')"
        ),
        format!(
            "insert into asset_face (id, asset_id, owner_id, person_id, image_width, image_height, bounding_box_x1, bounding_box_y1, \
             bounding_box_x2, bounding_box_y2, updated_at, update_id, is_shown) select 'face ' || a.id, a.id, a.owner_id, 'bob 7', \
             4000, 3000, 1, 2, 3, 4, 0, 'u', 1 from asset a where a.owner_id = '{bob}' and {number} % 400 = 0 \
             and a.visibility = 'timeline' and a.deleted_at is null"
        ),
        "update person set cluster_id = 'seven', update_id = 'v' where id = 'person 7'".to_owned(),
        format!(
            "update users set cluster_group_id = 'together', update_id = 'v' where id in ('{alice}', '{bob}')"
        ),
        "update person set face_count = (select count(*) from asset_face f where f.person_id = person.id), update_id = 'v'".to_owned(),
        format!(
            "insert into tag (id, owner_id, value, created_at, updated_at) {} select 'tag ' || cast(i as text), '{alice}', \
             'tag ' || cast(i as text), 0, 0 from n",
            numbers(300)
        ),
        "insert into tag_closure (ancestor_id, descendant_id) select id, id from tag".to_owned(),
        format!(
            "insert into tag_asset (tag_id, asset_id) select 'tag ' || cast({number} % 300 + 1 as text), a.id from asset a \
             where a.owner_id = '{alice}' and {number} % 10 = 0"
        ),
    ]
}

fn collections() -> Vec<String> {
    let (alice, number) = (library::ALICE, NUMBER);
    vec![
        format!(
            "insert into stack (id, owner_id, primary_asset_id, created_at, updated_at, update_id) select 'stack ' || \
             cast({number} / 3 as text), a.owner_id, a.id, 0, 0, 'u' from asset a where a.owner_id = '{alice}' and {number} % 3 = 0 \
             and {number} between 3000 and 6000"
        ),
        format!(
            "update asset set stack_id = s.id, update_id = 'w' from stack s where asset.owner_id = '{alice}' and s.id = 'stack ' || \
             cast((asset.file_size_in_byte - 1000) / 3 as text) and (asset.file_size_in_byte - 1000) between 3000 and 6000"
        ),
        format!(
            "insert into memory (id, owner_id, type, data, memory_at, created_at, updated_at, update_id) {} select \
             'memory ' || cast(i as text), '{alice}', 'on_this_day', '{{\"year\":2020}}', i, 0, 0, 'u' from n",
            numbers(50)
        ),
        format!(
            "insert into memory_asset (memory_id, asset_id, created_at, updated_at, update_id) select 'memory ' || \
             cast({number} % 50 + 1 as text), a.id, 0, 0, 'u' from asset a where a.owner_id = '{alice}' and {number} between 9000 and 9999"
        ),
        format!(
            "insert into shared_link (id, key, user_id, type, created_at) values ('link', '{LINK}', '{alice}', 'INDIVIDUAL', 0)"
        ),
        format!(
            "insert into shared_link_asset (shared_link_id, asset_id) select 'link', a.id from asset a where a.owner_id = '{alice}' \
             and {number} between 9000 and 9099"
        ),
        format!(
            "insert into album_total (album_id, owner_id, total) select aa.album_id, aa.owner_id, count(*) from album_asset aa \
             where aa.album_id = '{}' and aa.is_shown = 1 group by 1, 2 on conflict (album_id, owner_id) do update set total = excluded.total",
            library::LARGE_ALBUM
        ),
    ]
}

/// Counts that triggers keep.
fn kept() -> Vec<String> {
    let album = library::LARGE_ALBUM;
    vec![
        "insert into asset_month (owner_id, visibility, local_month, total) select a.owner_id, a.visibility, a.local_month, count(*) \
         from asset a where a.deleted_at is null group by 1, 2, 3 \
         on conflict (owner_id, visibility, local_month) do update set total = excluded.total"
            .to_owned(),
        "insert into asset_created_month (owner_id, visibility, created_month, total, stacked) select a.owner_id, a.visibility, \
         a.created_month, count(*), 0 from asset a where a.deleted_at is null group by 1, 2, 3 \
         on conflict (owner_id, visibility, created_month) do update set total = excluded.total"
            .to_owned(),
        "insert into asset_total (owner_id, type, visibility, state, is_favorite, is_library, total, bytes) select a.owner_id, \
         a.type, a.visibility, case when a.deleted_at is null then 'shown' else 'trashed' end, a.is_favorite, 0, count(*), \
         cast(sum(coalesce(a.file_size_in_byte, 0)) as bigint) from asset a group by 1, 2, 3, 4, 5 \
         on conflict (owner_id, type, visibility, state, is_favorite, is_library) do update set total = excluded.total"
            .to_owned(),
        format!(
            "insert into album_month (album_id, owner_id, visibility, local_month, total, stacked) select aa.album_id, aa.owner_id, \
             aa.visibility, aa.local_month, count(*), 0 from album_asset aa where aa.album_id = '{album}' and aa.is_shown = 1 \
             group by 1, 2, 3, 4 on conflict (album_id, owner_id, visibility, local_month) do update set total = excluded.total"
        ),
    ]
}
