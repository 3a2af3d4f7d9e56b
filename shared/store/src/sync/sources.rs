//! Which rows belong to which type of line (api/sync.md section 3, "Types and rows").
//!
//! Every template gives the id that orders the rows first, then the columns of the shape. Those that join pick the
//! ids of the page first, from an index where they can, and read the rows of those only: a page of a hundred
//! thousand rows costs a walk along the index, not a sort of the rows.

use edge_api::sync::entities as e;

use super::rows::Source;
use crate::access::still_shared;

/// Of the PIN code clients learn only whether there is one.
const AUTH_USER_COLUMNS: &str = "t.avatar_color, t.deleted_at, t.email, \
     case when t.profile_image_path = '' then 0 else 1 end as has_profile_image, t.id, t.is_admin, t.name, t.oauth_id, \
     case when t.pin_code is null then null else 'set' end as pin_code, t.profile_changed_at, t.quota_size_in_bytes, t.quota_usage_in_bytes, t.storage_label";
const USER_COLUMNS: &str = "t.avatar_color, t.deleted_at, t.email, \
     case when t.profile_image_path = '' then 0 else 1 end as has_profile_image, t.id, t.name, t.profile_changed_at";

/// Columns of an asset; `$favorite` tells who sees what is marked.
macro_rules! asset_columns {
    ($favorite:literal) => {
        concat!(
            "t.checksum, t.created_at, t.deleted_at, t.duration_ms as duration, t.file_created_at, t.file_modified_at, \
             t.height, t.id, t.is_edited, ",
            $favorite,
            " as is_favorite, t.library_id, t.live_photo_video_id, t.local_date_time, t.original_file_name, t.owner_id, \
             t.stack_id, t.thumbhash, t.type, t.visibility, t.width"
        )
    };
}
const ASSET_COLUMNS: &str = asset_columns!("t.is_favorite");
const PARTNER_ASSET_COLUMNS: &str = asset_columns!("0");
const ALBUM_ASSET_COLUMNS: &str =
    asset_columns!("case when t.owner_id = {me} then t.is_favorite else 0 end");

const EXIF_COLUMNS: &str = "t.asset_id, t.city, t.country, t.date_time_original, t.description, t.exif_image_height, \
     t.exif_image_width, t.exposure_time, t.f_number, t.file_size_in_byte, t.focal_length, t.fps, t.iso, t.latitude, \
     t.lens_model, t.longitude, t.make, t.model, t.modify_date, t.orientation, t.profile_description, \
     t.projection_type, t.rating, t.state, t.time_zone";
const STACK_COLUMNS: &str = "t.created_at, t.id, t.owner_id, t.primary_asset_id, t.updated_at";
const ALBUM_COLUMNS: &str = "t.created_at, t.description, t.id, t.is_activity_enabled, t.album_name as name, \
     t.asset_order as \"order\", t.thumbnail_asset_id, t.updated_at";
const ALBUM_V1_COLUMNS: &str = "t.created_at, t.description, t.id, t.is_activity_enabled, t.album_name as name, \
     t.asset_order as \"order\", coalesce((select min(o.user_id) from album_user o where o.album_id = t.id \
     and o.role = 'owner'), {me}) as owner_id, t.thumbnail_asset_id, t.updated_at";
const ALBUM_USER_COLUMNS: &str = "t.album_id, t.role, t.user_id";

/// Rows with an owner, and deletions of such.
const OWN: &str = "select t.update_id as ack_id, {columns} from {table} t where t.owner_id = {me} \
     and t.update_id > {after} and t.update_id < {until} order by t.update_id limit {limit}";
const OWN_DELETED: &str = "select t.id as ack_id, {columns} from {table} t where t.owner_id = {me} \
     and t.id > {after} and t.id < {until} order by t.id limit {limit}";

const ME: &str = "select t.update_id as ack_id, {columns} from users t where t.id = {me} \
     and t.update_id > {after} and t.update_id < {until} order by t.update_id limit {limit}";
const EVERYBODY: &str = "select t.update_id as ack_id, {columns} from users t \
     where t.update_id > {after} and t.update_id < {until} order by t.update_id limit {limit}";
const EVERYBODY_DELETED: &str = "select t.id as ack_id, {columns} from {table} t \
     where t.id > {after} and t.id < {until} order by t.id limit {limit}";
const MINE: &str = "select t.update_id as ack_id, {columns} from {table} t where t.user_id = {me} \
     and t.update_id > {after} and t.update_id < {until} order by t.update_id limit {limit}";
const MINE_DELETED: &str = "select t.id as ack_id, {columns} from {table} t where t.user_id = {me} \
     and t.id > {after} and t.id < {until} order by t.id limit {limit}";

const PARTNERS: &str = "select t.update_id as ack_id, {columns} from partner t \
     where (t.shared_by_id = {me} or t.shared_with_id = {me}) \
     and t.update_id > {after} and t.update_id < {until} order by t.update_id limit {limit}";
const PARTNERS_DELETED: &str = "select t.id as ack_id, {columns} from partner_audit t \
     where t.id > {after} and t.id < {until} and (t.shared_by_id = {me} or t.shared_with_id = {me}) \
     order by t.id limit {limit}";

/// What partners see of an asset (`access`): neither its archive nor its locked folder.
macro_rules! seen_by_partners {
    (asset $row:literal) => {
        concat!(" and ", $row, ".visibility in ('timeline', 'hidden')")
    };
    ($row:literal . $asset:literal) => {
        concat!(
            " and exists (select 1 from asset v where v.id = ",
            $row,
            ".",
            $asset,
            " and v.visibility in ('timeline', 'hidden'))"
        )
    };
}

/// What members of an album see of it: all but the locked folder.
macro_rules! not_locked {
    ($id:literal) => {
        concat!(
            " and exists (select 1 from asset v where v.id = ",
            $id,
            " and v.visibility <> 'locked')"
        )
    };
}

/// Rows of those who share with me, one page of each at most; `key` is the primary key of the table, `seen` what they show of it.
macro_rules! of_partners {
    ($key:literal, $($seen:tt)+) => {
        concat!(
            "select p.ack_id, {columns} from (select z.update_id as ack_id, z.",
            $key,
            " as id from partner s cross join {table} z where s.shared_with_id = {me} and each_in(z.",
            $key,
            ", select x.",
            $key,
            " from {table} x where x.owner_id = s.shared_by_id and x.update_id > {after} and x.update_id < {until}",
            seen_by_partners!($($seen)+),
            " order by x.update_id limit {limit}) order by z.update_id limit {limit}) p cross join {table} t where t.",
            $key,
            " = p.id order by p.ack_id"
        )
    };
}
const OF_PARTNERS_DELETED: &str = "select t.id as ack_id, {columns} from partner s cross join {table} t \
     where s.shared_with_id = {me} and each_in(t.id, select x.id from {table} x where x.owner_id = s.shared_by_id \
     and x.id > {after} and x.id < {until} order by x.id limit {limit}) and t.owner_id = s.shared_by_id \
     order by t.id limit {limit}";
/// Assets that were removed, and those that left the timeline for the archive or the locked folder, unless I see them in
/// an album still.
const OF_PARTNERS_ASSET_DELETED: &str = "select p.ack_id, p.asset_id from (\
     select * from (select t.id as ack_id, t.asset_id from partner s cross join {table} t \
     where s.shared_with_id = {me} and each_in(t.id, select x.id from {table} x where x.owner_id = s.shared_by_id \
     and x.id > {after} and x.id < {until} order by x.id limit {limit}) and t.owner_id = s.shared_by_id \
     order by t.id limit {limit}) page_gone union all \
     select * from (select t.id as ack_id, t.asset_id from partner s cross join asset_partner_audit t \
     where s.shared_with_id = {me} and each_in(t.id, select x.id from asset_partner_audit x \
     where x.owner_id = s.shared_by_id and x.id > {after} and x.id < {until} \
     and not exists (select 1 from album_asset aa join album_user m on m.album_id = aa.album_id \
     where aa.asset_id = x.asset_id and m.user_id = {me}) order by x.id limit {limit}) \
     and t.owner_id = s.shared_by_id order by t.id limit {limit}) page_hidden) p \
     order by p.ack_id limit {limit}";
/// Rows of one of those who share with me.
macro_rules! of_partner {
    ($($seen:tt)+) => {
        concat!(
            "select t.update_id as ack_id, {columns} from {table} t where t.owner_id = {within} \
             and t.update_id > {after} and t.update_id <= {until}",
            seen_by_partners!($($seen)+),
            " order by t.update_id limit {limit}"
        )
    };
}

const ALBUMS: &str = "select t.update_id as ack_id, {columns} from album_user m cross join album t \
     where m.user_id = {me} and t.id = m.album_id and t.update_id > {after} and t.update_id < {until} \
     order by t.update_id limit {limit}";
/// Rows of my albums, and deletions of such.
const IN_ALBUMS: &str = "select t.update_id as ack_id, {columns} from album_user m cross join {table} t \
     where m.user_id = {me} and t.album_id = m.album_id and t.update_id > {after} and t.update_id < {until} \
     order by t.update_id limit {limit}";
const IN_ALBUMS_DELETED: &str = "select t.id as ack_id, {columns} from album_user m cross join {table} t \
     where m.user_id = {me} and t.album_id = m.album_id and t.id > {after} and t.id < {until} \
     order by t.id limit {limit}";
/// What is in my albums.
const IN_ALBUMS_ASSETS: &str = concat!(
    "select t.update_id as ack_id, {columns} from album_user m cross join {table} t \
     where m.user_id = {me} and t.album_id = m.album_id and t.update_id > {after} and t.update_id < {until}",
    not_locked!("t.asset_id"),
    " order by t.update_id limit {limit}"
);
const IN_ALBUM_ASSETS: &str = concat!(
    "select t.update_id as ack_id, {columns} from {table} t where t.album_id = {within} \
     and t.update_id > {after} and t.update_id <= {until}",
    not_locked!("t.asset_id"),
    " order by t.update_id limit {limit}"
);
const IN_ALBUM: &str = "select t.update_id as ack_id, {columns} from {table} t where t.album_id = {within} \
     and t.update_id > {after} and t.update_id <= {until} order by t.update_id limit {limit}";

/// What hangs on the assets of albums, with `key` as their id, by when it came into the album.
macro_rules! album_assets {
    (mine, $key:literal) => {
        album_assets!(
            "album_user m cross join album_asset x where m.user_id = {me} and x.album_id = m.album_id",
            " and x.update_id > {after} and x.update_id < {until}",
            $key
        )
    };
    (one, $key:literal) => {
        album_assets!(
            "album_asset x where x.album_id = {within}",
            " and x.update_id > {after} and x.update_id <= {until}",
            $key
        )
    };
    ($from:literal, $bounds:literal, $key:literal) => {
        concat!(
            "select p.ack_id, {columns} from (select x.update_id as ack_id, x.asset_id as id from ",
            $from,
            $bounds,
            not_locked!("x.asset_id"),
            " order by x.update_id limit {limit}) p cross join {table} t where t.",
            $key,
            " = p.id order by p.ack_id"
        )
    };
}

/// Changes of what the client knows as part of an album. The changed rows are few and albums may be large, so they
/// are looked for by owner: `album_total` tells whose assets are in my albums.
macro_rules! album_updates {
    ($key:literal, $id:literal) => {
        concat!(
            "select p.ack_id, {columns} from (select z.update_id as ack_id, z.",
            $key,
            " as id from (select distinct st.owner_id from album_user mine join album_total st \
             on st.album_id = mine.album_id where mine.user_id = {me}) o cross join {table} z where each_in(z.",
            $key,
            ", select x.",
            $key,
            " from {table} x where x.owner_id = o.owner_id and x.update_id > {after} \
             and x.update_id < {until} and exists (select 1 from album_asset aa join album_user m \
             on m.album_id = aa.album_id where aa.asset_id = x.",
            $key,
            " and aa.update_id <= {within} and m.user_id = {me})",
            not_locked!($id),
            " order by x.update_id limit {limit}) \
             order by z.update_id limit {limit}) p cross join {table} t where t.",
            $key,
            " = p.id order by p.ack_id"
        )
    };
}

/// A partner's photo in a memory of mine is told while he shows it: otherwise the client has no asset of this id.
const MEMORY_ASSETS: &str = concat!(
    "select t.update_id as ack_id, {columns} from memory m cross join memory_asset t \
     where m.owner_id = {me} and t.memory_id = m.id and t.update_id > {after} and t.update_id < {until} \
     and exists (select 1 from asset a where a.id = t.asset_id and ",
    still_shared!("{me}"),
    ") order by t.update_id limit {limit}"
);
const MEMORY_ASSETS_DELETED: &str = "select t.id as ack_id, {columns} from memory m cross join memory_asset_audit t \
     where m.owner_id = {me} and t.memory_id = m.id and t.id > {after} and t.id < {until} order by t.id limit {limit}";

macro_rules! sources {
    ($( $(#[$meta:meta])* $name:ident: $shape:expr, $table:literal, $template:expr, $columns:expr; )*) => {
        $( $(#[$meta])* pub const $name: Source = Source {
            shape: &$shape,
            columns: $columns,
            table: $table,
            template: $template,
        }; )*

        /// All of them.
        pub const ALL: &[Source] = &[$($name),*];
    };
}

sources! {
    /// The caller.
    AUTH_USER: e::AUTH_USER, "users", ME, AUTH_USER_COLUMNS;
    /// All accounts.
    USER: e::USER, "users", EVERYBODY, USER_COLUMNS;
    /// Accounts that were removed.
    USER_DELETE: e::USER_DELETE, "user_audit", EVERYBODY_DELETED, "t.user_id";
    /// The caller's documents.
    USER_METADATA: e::USER_METADATA, "user_metadata", MINE, "t.key, t.user_id, t.value";
    /// The caller's documents that were removed.
    USER_METADATA_DELETE: e::USER_METADATA_DELETE, "user_metadata_audit", MINE_DELETED, "t.key, t.user_id";
    /// Partnerships in either direction.
    PARTNER: e::PARTNER, "partner", PARTNERS, "t.in_timeline, t.shared_by_id, t.shared_with_id";
    /// Partnerships that ended.
    PARTNER_DELETE: e::PARTNER_DELETE, "partner_audit", PARTNERS_DELETED, "t.shared_by_id, t.shared_with_id";

    /// Own assets.
    ASSET: e::ASSET, "asset", OWN, ASSET_COLUMNS;
    /// Own assets that were removed.
    ASSET_DELETE: e::ASSET_DELETE, "asset_audit", OWN_DELETED, "t.asset_id";
    /// Exif of own assets.
    ASSET_EXIF: e::ASSET_EXIF, "asset_exif", OWN, EXIF_COLUMNS;
    /// Values attached to own assets.
    ASSET_METADATA: e::ASSET_METADATA, "asset_metadata", OWN, "t.asset_id, t.key, t.value";
    /// Values taken off own assets.
    ASSET_METADATA_DELETE: e::ASSET_METADATA_DELETE, "asset_metadata_audit", OWN_DELETED, "t.asset_id, t.key";
    /// Edits of own assets.
    ASSET_EDIT: e::ASSET_EDIT, "asset_edit", OWN, "t.action, t.asset_id, t.id, t.parameters, t.sequence";
    /// Edits that were removed.
    ASSET_EDIT_DELETE: e::ASSET_EDIT_DELETE, "asset_edit_audit", OWN_DELETED, "t.edit_id";
    /// Text on own assets.
    ASSET_OCR: e::ASSET_OCR, "asset_ocr", OWN, "t.asset_id, t.box_score, t.id, t.is_visible, t.text, t.text_score, \
        t.x1, t.x2, t.x3, t.x4, t.y1, t.y2, t.y3, t.y4";
    /// Text that was removed.
    ASSET_OCR_DELETE: e::ASSET_OCR_DELETE, "asset_ocr_audit", OWN_DELETED, "t.asset_id, t.deleted_at, t.id";
    /// Faces on own assets.
    ASSET_FACE: e::ASSET_FACE, "asset_face", OWN, "t.asset_id, t.bounding_box_x1, t.bounding_box_x2, \
        t.bounding_box_y1, t.bounding_box_y2, t.deleted_at, t.id, t.image_height, t.image_width, t.is_visible, \
        t.person_id, t.source_type";
    /// Faces that were removed.
    ASSET_FACE_DELETE: e::ASSET_FACE_DELETE, "asset_face_audit", OWN_DELETED, "t.asset_face_id";
    /// Own people.
    PERSON: e::PERSON, "person", OWN, "t.birth_date, t.color, t.created_at, t.face_asset_id, t.id, t.is_favorite, \
        t.is_hidden, t.name, t.owner_id, t.updated_at";
    /// Own people who were removed.
    PERSON_DELETE: e::PERSON_DELETE, "person_audit", OWN_DELETED, "t.person_id";
    /// Own stacks.
    STACK: e::STACK, "stack", OWN, STACK_COLUMNS;
    /// Own stacks that were dissolved.
    STACK_DELETE: e::STACK_DELETE, "stack_audit", OWN_DELETED, "t.stack_id";
    /// Own memories.
    MEMORY: e::MEMORY, "memory", OWN, "t.created_at, t.data, t.deleted_at, t.hide_at, t.id, t.is_saved, t.memory_at, \
        t.owner_id, t.seen_at, t.show_at, t.type, t.updated_at";
    /// Own memories that were removed.
    MEMORY_DELETE: e::MEMORY_DELETE, "memory_audit", OWN_DELETED, "t.memory_id";
    /// Assets of own memories.
    MEMORY_ASSET: e::MEMORY_ASSET, "memory_asset", MEMORY_ASSETS, "t.asset_id, t.memory_id";
    /// Assets that were taken out of own memories.
    MEMORY_ASSET_DELETE: e::MEMORY_ASSET_DELETE, "memory_asset_audit", MEMORY_ASSETS_DELETED, "t.asset_id, t.memory_id";

    /// Assets of those who share with the caller.
    PARTNER_ASSET: e::ASSET, "asset", of_partners!("id", asset "x"), PARTNER_ASSET_COLUMNS;
    /// Assets of one of them.
    PARTNER_ASSET_BACKFILL: e::ASSET, "asset", of_partner!(asset "t"), PARTNER_ASSET_COLUMNS;
    /// Assets of theirs that were removed or are shown to partners no more.
    PARTNER_ASSET_DELETE: e::ASSET_DELETE, "asset_audit", OF_PARTNERS_ASSET_DELETED, "t.asset_id";
    /// Exif of their assets.
    PARTNER_EXIF: e::ASSET_EXIF, "asset_exif", of_partners!("asset_id", "x"."asset_id"), EXIF_COLUMNS;
    /// Exif of the assets of one of them.
    PARTNER_EXIF_BACKFILL: e::ASSET_EXIF, "asset_exif", of_partner!("t"."asset_id"), EXIF_COLUMNS;
    /// Stacks of theirs.
    PARTNER_STACK: e::STACK, "stack", of_partners!("id", "x"."primary_asset_id"), STACK_COLUMNS;
    /// Stacks of one of them.
    PARTNER_STACK_BACKFILL: e::STACK, "stack", of_partner!("t"."primary_asset_id"), STACK_COLUMNS;
    /// Stacks of theirs that were dissolved.
    PARTNER_STACK_DELETE: e::STACK_DELETE, "stack_audit", OF_PARTNERS_DELETED, "t.stack_id";

    /// Albums of the caller.
    ALBUM: e::ALBUM, "album", ALBUMS, ALBUM_COLUMNS;
    /// The same with an owner.
    ALBUM_V1: e::ALBUM_V1, "album", ALBUMS, ALBUM_V1_COLUMNS;
    /// Albums that are gone for the caller.
    ALBUM_DELETE: e::ALBUM_DELETE, "album_audit", MINE_DELETED, "t.album_id";
    /// Members of the caller's albums.
    ALBUM_USER: e::ALBUM_USER, "album_user", IN_ALBUMS, ALBUM_USER_COLUMNS;
    /// Members of one album.
    ALBUM_USER_BACKFILL: e::ALBUM_USER, "album_user", IN_ALBUM, ALBUM_USER_COLUMNS;
    /// Members who left.
    ALBUM_USER_DELETE: e::ALBUM_USER_DELETE, "album_user_audit", IN_ALBUMS_DELETED, "t.album_id, t.user_id";
    /// What is in the caller's albums.
    ALBUM_TO_ASSET: e::ALBUM_TO_ASSET, "album_asset", IN_ALBUMS_ASSETS, "t.album_id, t.asset_id";
    /// What is in one album.
    ALBUM_TO_ASSET_BACKFILL: e::ALBUM_TO_ASSET, "album_asset", IN_ALBUM_ASSETS, "t.album_id, t.asset_id";
    /// What was taken out.
    ALBUM_TO_ASSET_DELETE: e::ALBUM_TO_ASSET_DELETE, "album_asset_audit", IN_ALBUMS_DELETED, "t.album_id, t.asset_id";
    /// Assets by when they came into the caller's albums.
    ALBUM_ASSET: e::ASSET, "asset", album_assets!(mine, "id"), ALBUM_ASSET_COLUMNS;
    /// Assets of one album, likewise.
    ALBUM_ASSET_BACKFILL: e::ASSET, "asset", album_assets!(one, "id"), ALBUM_ASSET_COLUMNS;
    /// Changes of assets that are in the caller's albums.
    ALBUM_ASSET_UPDATE: e::ASSET, "asset", album_updates!("id", "x.id"), ALBUM_ASSET_COLUMNS;
    /// Exif of assets by when they came into the caller's albums.
    ALBUM_EXIF: e::ASSET_EXIF, "asset_exif", album_assets!(mine, "asset_id"), EXIF_COLUMNS;
    /// Exif of the assets of one album, likewise.
    ALBUM_EXIF_BACKFILL: e::ASSET_EXIF, "asset_exif", album_assets!(one, "asset_id"), EXIF_COLUMNS;
    /// Changes of the exif of assets that are in the caller's albums.
    ALBUM_EXIF_UPDATE: e::ASSET_EXIF, "asset_exif", album_updates!("asset_id", "x.asset_id"), EXIF_COLUMNS;
}
