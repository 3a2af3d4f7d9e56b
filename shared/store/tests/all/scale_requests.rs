//! Requests about ten of the 200,000 assets of `search.rs`: what is shown, uploaded, put into albums, stacks, memories, links and under
//! tags, and taken out again. They cost what ten assets cost.

use edge_api::enums::{AssetType, AssetVisibility, JobName};
use edge_platform::Statement;
use edge_store::{
    albums,
    assets::{
        files::{self, FileType},
        insert::{self, NewAsset},
        read, remove,
    },
    jobs::many,
    memories, shared_links, stacks, tags,
};
use edge_testkit::library;

/// What each statement asks or changes, in the order of requests; the assets are gone in the end.
pub fn all() -> Vec<(&'static str, Statement)> {
    let ids: Vec<String> = (1..=10)
        .map(|n| library::asset_id(20_000 + n * 37))
        .collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut all = shown(ids[0]);
    let mut add = |name, statements: Vec<Statement>| {
        all.extend(statements.into_iter().map(|statement| (name, statement)));
    };
    add("an upload", upload());
    add("into an album", into_album(&ids));
    add("out of an album", out_of_album(&ids));
    add("tagging", tagging(&ids));
    add("stacking", stacks::batch_create("new stack", &ids, 1));
    let stacked = ["stack 1007", "stack 1008"];
    add("unstacking", stacks::batch_delete(&stacked, 1));
    add("a link", links(&ids));
    add("a memory", remembering(&ids));
    add("purging", remove::purge(&ids, 1));
    all
}

fn shown(own: &str) -> Vec<(&'static str, Statement)> {
    let foreign = library::bobs_asset_id(7);
    let mut all = vec![
        ("a thumbnail", files::view(own, FileType::Thumbnail)),
        (
            "a thumbnail of a partner's",
            files::view(&foreign, FileType::Thumbnail),
        ),
        ("an original", files::download(own, FileType::Fullsize)),
    ];
    let info = read::detail_statements(own).into_iter();
    all.extend(info.map(|statement| ("an asset", statement)));
    let info = read::detail_statements(&foreign).into_iter();
    all.extend(info.map(|statement| ("an asset of a partner's", statement)));
    all
}

fn upload() -> Vec<Statement> {
    let new = NewAsset {
        id: "00000000-0000-4000-8000-0000000000a5",
        owner_id: library::ALICE,
        kind: AssetType::Image,
        visibility: AssetVisibility::Timeline,
        checksum: "a new one",
        checksum_sha256: None,
        original_path: "upload/new",
        file_name: "new.jpg",
        size: 1,
        duration_ms: None,
        is_favorite: false,
        live_photo_video_id: None,
        file_created_at: 1,
        file_modified_at: 1,
        now: 1,
    };
    let mut all = vec![
        insert::facts_statement(library::ALICE, new.checksum, None),
        insert::register_unless_known(new.original_path, library::ALICE, new.checksum, 1),
    ];
    all.extend(insert::statements(&new, None, &[]));
    all
}

fn into_album(ids: &[&str]) -> Vec<Statement> {
    let album = library::SMALL_ALBUM;
    let mut all = vec![albums::editable(&[album]), albums::recipients(&[album])];
    all.extend(albums::existing(album, ids));
    all.extend(albums::addable(ids));
    all.extend(albums::batch_add(&[album], ids, 1));
    all
}

fn out_of_album(ids: &[&str]) -> Vec<Statement> {
    let album = library::SMALL_ALBUM;
    let mut all = albums::contents(album, ids);
    all.extend(albums::batch_remove(album, ids, 1));
    all
}

fn tagging(ids: &[&str]) -> Vec<Statement> {
    let owned: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let sidecars =
        many::insert_for_assets(JobName::SidecarWrite, &owned, None, Some(tags::SET_NOW), 1);
    vec![
        tags::tagged("tag 7", ids),
        tags::insert_pairs(&["tag 7"], ids),
        tags::set_by_hand(ids, 1),
        sidecars,
        tags::delete_pairs("tag 7", ids),
    ]
}

fn links(ids: &[&str]) -> Vec<Statement> {
    vec![
        shared_links::existing("link", ids),
        shared_links::insert_assets("link", ids),
        shared_links::delete_assets("link", ids),
    ]
}

fn remembering(ids: &[&str]) -> Vec<Statement> {
    let mut all = vec![
        memories::existing("memory 7", ids),
        memories::insert_assets("memory 7", ids, 1),
    ];
    all.extend(memories::batch_remove_assets("memory 7", ids));
    all
}
