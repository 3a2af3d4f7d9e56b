-- Data model of immich-edge: one text for SQLite >= 3.45, Cloudflare D1 and PostgreSQL >= 15. Only triggers have to be written
-- for each engine, in schema.sqlite.sql and schema.postgres.sql.
-- docs/data-model.md explains the rules. In short:
--   ids         lower-case UUID text, made by the server (v4) unless a comment says v7
--   *_at        epoch milliseconds, UTC. The same unit, with the names of the API: date_time_original,
--               modify_date, local_date_time (wall clock written as if it were UTC), run_after
--   0/1         booleans. checksum, digest, thumbhash: base64 text. "JSON": a JSON text
--   update_id   UUID v7 set by every insert and update with uuid7() (docs/decisions/0001-update-ids.md)
--   object key  name of an object in the bucket. Bytes never enter the database
-- A comment never contains a semicolon or a quote, so that a naive statement splitter works.

-- ---------------------------------------------------------------------------------------------
-- Accounts
-- ---------------------------------------------------------------------------------------------

-- One account. Called users because user is a reserved word of PostgreSQL.
create table users (
  id text not null primary key,
  email text not null unique, -- lower case
  name text not null,
  password text not null default '', -- bcrypt, empty when the account has none (OAuth only)
  pin_code text, -- bcrypt of six digits
  is_admin integer not null default 0 check (is_admin in (0, 1)),
  avatar_color text, -- null: derived from the e-mail address
  profile_image_path text not null default '', -- object key, empty when there is none
  profile_changed_at bigint not null,
  should_change_password integer not null default 1 check (should_change_password in (0, 1)),
  storage_label text unique,
  quota_size_in_bytes bigint, -- null: unlimited
  quota_usage_in_bytes bigint not null default 0, -- originals outside libraries
  oauth_id text not null default '', -- subject of the identity provider, empty when not linked
  status text not null default 'active' check (status in ('active', 'removing', 'deleted')),
  created_at bigint not null,
  updated_at bigint not null,
  deleted_at bigint,
  update_id text not null,
  cluster_group_id text -- accounts in which people are recognised together. A new account is alone in one with its own id
);
create index users_cluster_group_idx on users (cluster_group_id);
create unique index users_oauth_id_idx on users (oauth_id) where oauth_id <> '';

-- One setting family of an account: key preferences, onboarding or license. Preferences are
-- sparse: only what differs from the defaults.
create table user_metadata (
  user_id text not null references users (id) on delete cascade,
  key text not null,
  value text not null, -- JSON object
  updated_at bigint not null,
  update_id text not null,
  primary key (user_id, key)
);

-- One logged-in device, or a child of one (POST /sessions).
create table session (
  id text not null primary key,
  token_digest text not null unique, -- SHA-256 of the token
  user_id text not null references users (id) on delete cascade,
  parent_id text references session (id) on delete cascade,
  device_type text not null default '',
  device_os text not null default '',
  app_version text,
  is_pending_sync_reset integer not null default 0 check (is_pending_sync_reset in (0, 1)),
  pin_expires_at bigint, -- elevated until then
  oauth_sid text, -- session id at the identity provider, for back-channel logout
  oauth_bearer_token text, -- id token, the hint for logging out at the provider
  expires_at bigint, -- null: never
  created_at bigint not null,
  updated_at bigint not null -- last use, refreshed hourly
);
create index session_user_id_idx on session (user_id, updated_at);
create index session_parent_id_idx on session (parent_id) where parent_id is not null;
create index session_oauth_sid_idx on session (oauth_sid) where oauth_sid is not null;

-- The last acknowledged line of one entity type in one session (api/sync.md section 2).
create table session_sync_checkpoint (
  session_id text not null references session (id) on delete cascade,
  type text not null, -- SyncEntityType
  ack text not null, -- the whole string, TYPE|updateId or TYPE|updateId|extraId
  updated_at bigint not null,
  primary key (session_id, type)
);

-- One API key.
create table api_key (
  id text not null primary key,
  key_digest text not null unique, -- SHA-256 of the secret
  user_id text not null references users (id) on delete cascade,
  name text not null,
  permissions text not null, -- JSON array of permission names
  created_at bigint not null,
  updated_at bigint not null
);
create index api_key_user_id_idx on api_key (user_id);

-- Failed logins of one subject: account:<digest of e-mail and address> or address:<digest of the
-- address>. Nothing counts per account alone: guessing must not lock its owner out.
create table login_attempt (
  subject text not null primary key,
  failure_count integer not null,
  window_started_at bigint not null,
  blocked_until_at bigint, -- null: not blocked
  updated_at bigint not null
);

-- What was used once in logins through the identity provider and may not be used again (docs/oauth.md).
create table oauth_seen (
  digest text not null primary key, -- of issuer, nonce and code of a login, or of issuer and id of a logout token
  created_at bigint not null
);
create index oauth_seen_created_at_idx on oauth_seen (created_at);

-- shared_by_id shows all timeline assets to shared_with_id.
create table partner (
  shared_by_id text not null references users (id) on delete cascade,
  shared_with_id text not null references users (id) on delete cascade,
  in_timeline integer not null default 0 check (in_timeline in (0, 1)), -- chosen by the receiver
  created_at bigint not null,
  updated_at bigint not null,
  create_id text not null, -- UUID v7, set once
  update_id text not null,
  primary key (shared_by_id, shared_with_id)
);
create index partner_shared_with_id_idx on partner (shared_with_id);

-- Whom members of a cluster group have asked to join it (api/v32.md section 5).
create table cluster_group_request (
  id text not null primary key,
  cluster_group_id text not null,
  user_id text not null references users (id) on delete cascade, -- who is asked
  created_at bigint not null,
  unique (cluster_group_id, user_id)
);
create index cluster_group_request_user_idx on cluster_group_request (user_id, created_at);

-- One message for one account (bell of the web app).
create table notification (
  id text not null primary key,
  user_id text not null references users (id) on delete cascade,
  level text not null default 'info', -- success, error, warning, info
  type text not null default 'Custom', -- NotificationType of the API
  title text not null,
  description text,
  data text, -- JSON
  read_at bigint,
  created_at bigint not null,
  updated_at bigint not null,
  deleted_at bigint
);
create index notification_user_id_idx on notification (user_id, created_at);

-- ---------------------------------------------------------------------------------------------
-- Assets
-- ---------------------------------------------------------------------------------------------

-- One external library.
create table library (
  id text not null primary key,
  owner_id text not null references users (id) on delete cascade,
  name text not null,
  import_paths text not null, -- JSON array
  exclusion_patterns text not null, -- JSON array of globs
  created_at bigint not null,
  updated_at bigint not null,
  refreshed_at bigint, -- last complete scan
  deleted_at bigint
);
create index library_owner_id_idx on library (owner_id);

-- Assets shown as one. Members point here by asset.stack_id.
create table stack (
  id text not null primary key,
  owner_id text not null references users (id) on delete cascade,
  primary_asset_id text not null unique, -- no foreign key: the two tables would need each other
  created_at bigint not null,
  updated_at bigint not null,
  update_id text not null
);
create index stack_owner_id_idx on stack (owner_id, update_id);

-- One photo or video. Its asset_exif row is inserted in the same batch, so both always exist.
-- The owner never changes, which is why the asset_* tables may repeat owner_id.
create table asset (
  id text not null primary key,
  owner_id text not null references users (id) on delete cascade,
  library_id text references library (id) on delete cascade, -- null: uploaded
  type text not null check (type in ('IMAGE', 'VIDEO', 'AUDIO', 'OTHER')),
  status text not null default 'active' check (status in ('active', 'trashed', 'deleted')),
  visibility text not null default 'timeline'
    check (visibility in ('archive', 'timeline', 'hidden', 'locked')),
  checksum text not null, -- SHA-1 of the content, in libraries of path:<path>
  checksum_sha256 text, -- only for uploads in the second dialect
  original_path text not null, -- object key
  original_file_name text not null,
  file_name_folded text not null, -- original_file_name in lower case without accents, for searching
  thumbhash text,
  width integer, -- pixels as displayed: after orientation and edits
  height integer,
  duration_ms bigint, -- null: a still
  is_favorite integer not null default 0 check (is_favorite in (0, 1)),
  is_edited integer not null default 0 check (is_edited in (0, 1)),
  is_external integer not null default 0 check (is_external in (0, 1)),
  is_offline integer not null default 0 check (is_offline in (0, 1)),
  live_photo_video_id text references asset (id) on delete set null,
  stack_id text references stack (id) on delete set null,
  duplicate_id text, -- group of look-alikes
  file_created_at bigint not null, -- when taken
  file_modified_at bigint not null,
  local_date_time bigint not null,
  local_day integer not null, -- YYYYMMDD of local_date_time
  local_month integer not null, -- YYYYMM of local_date_time
  created_at bigint not null, -- when uploaded
  created_month integer not null, -- YYYYMM of created_at
  updated_at bigint not null,
  deleted_at bigint, -- in the trash since
  update_id text not null,
  -- What a bucket of the timeline shows of asset_exif, so that it need not be looked up for each asset. Triggers on
  -- asset_exif keep these (schema.sqlite.sql, schema.postgres.sql), and nothing else writes them.
  city text,
  country text,
  projection_type text,
  file_size_in_byte bigint,
  is_stacked integer not null default 0, -- 1: behind the primary asset of its stack. Triggers on asset and stack keep it
  words text, -- JSON array of the words of file_name_folded
  path_folded text, -- original_path in lower case without accents, for searching; null: it has none of those
  unstacked_at bigint -- its owner took it out of a stack: the photos of its burst are not stacked anew
);
create unique index asset_checksum_idx on asset (owner_id, checksum) where library_id is null;
create unique index asset_library_checksum_idx on asset (library_id, checksum)
  where library_id is not null;
-- SQLite reads a row it finds by a partial index unless the index also holds the columns of the
-- condition, so deleted_at (always null here) ends the next three: they answer buckets alone.
create index asset_timeline_idx on asset
  (owner_id, visibility, local_month, local_day, file_created_at, id, stack_id, type, deleted_at)
  where deleted_at is null;
create index asset_recent_idx on asset
  (owner_id, visibility, created_month, created_at, id, stack_id, deleted_at)
  where deleted_at is null;
create index asset_favorite_idx on asset
  (owner_id, visibility, local_month, local_day, file_created_at, id, stack_id, deleted_at, is_favorite)
  where deleted_at is null and is_favorite = 1;
create index asset_original_path_idx on asset (original_path);
create index asset_taken_idx on asset (owner_id, file_created_at, id);
create index asset_update_idx on asset (owner_id, update_id);
create index asset_owner_idx on asset (owner_id, id);
create index asset_trash_idx on asset (owner_id, deleted_at) where deleted_at is not null;
create index asset_trashed_idx on asset (deleted_at) where deleted_at is not null;
create index asset_purge_idx on asset (owner_id, id) where status = 'deleted';
create index asset_live_photo_idx on asset (live_photo_video_id)
  where live_photo_video_id is not null;
create index asset_stack_idx on asset (stack_id) where stack_id is not null;
create index asset_duplicate_idx on asset (owner_id, duplicate_id) where duplicate_id is not null;
create index asset_city_idx on asset (owner_id, city, file_created_at, id) where city is not null;
create index asset_size_idx on asset (owner_id, file_size_in_byte, id);
-- Where a search by the kind, a motion part or an absent file begins; those by EXIF below are for searches, too.
create index asset_kind_idx on asset (owner_id, type, id) where type <> 'IMAGE';
create index asset_motion_idx on asset (owner_id, live_photo_video_id, id) where live_photo_video_id is not null;
create index asset_offline_idx on asset (owner_id, is_offline, id) where is_offline = 1;
-- By folder: what is left of the path without the letters at the end that are no slash.
create index asset_folder_idx on asset (owner_id, rtrim(original_path, replace(original_path, '/', '')))
  where deleted_at is null and visibility = 'timeline';

-- How many assets of one owner show in one month, those in the trash aside: the list of buckets reads this instead of a row
-- of an index for each asset. Triggers on asset keep it (schema.sqlite.sql, schema.postgres.sql), and nothing else writes it.
create table asset_month (
  owner_id text not null references users (id) on delete cascade,
  visibility text not null,
  local_month integer not null, -- YYYYMM
  total bigint not null,
  trashed bigint not null default 0, -- in the trash, those that wait for their removal aside. Not part of total
  stacked bigint not null default 0, -- part of total: behind the primary asset of their stack
  primary key (owner_id, visibility, local_month)
);

-- How many assets of one owner were uploaded in one month, those in the trash aside. Triggers on asset keep it.
create table asset_created_month (
  owner_id text not null references users (id) on delete cascade,
  visibility text not null,
  created_month integer not null, -- YYYYMM
  total bigint not null,
  stacked bigint not null, -- of these behind the primary asset of their stack
  primary key (owner_id, visibility, created_month)
);

-- How many assets of one kind an owner has and how large their originals are. Triggers on asset keep it.
create table asset_total (
  owner_id text not null references users (id) on delete cascade,
  type text not null,
  visibility text not null,
  state text not null check (state in ('shown', 'trashed', 'deleted')), -- deleted: waits for its removal
  is_favorite integer not null,
  is_library integer not null, -- 1: of an external library
  total bigint not null,
  bytes bigint not null,
  primary key (owner_id, type, visibility, state, is_favorite, is_library)
);

-- How many assets of one kind an external library has, also in the trash, and how large their originals are. Triggers on asset keep it.
create table library_total (
  library_id text not null references library (id) on delete cascade,
  type text not null,
  is_hidden integer not null, -- 1: motion parts of live photos
  total bigint not null,
  bytes bigint not null,
  primary key (library_id, type, is_hidden)
);

-- One stored object beside the original of an asset.
create table asset_file (
  asset_id text not null references asset (id) on delete cascade,
  type text not null
    check (type in ('thumbnail', 'preview', 'fullsize', 'encoded_video', 'sidecar')),
  is_edited integer not null default 0 check (is_edited in (0, 1)),
  id text not null, -- new whenever the bytes are new, so it serves as entity tag
  path text not null, -- object key
  mime_type text not null,
  size_in_byte bigint not null,
  created_at bigint not null,
  updated_at bigint not null,
  is_transparent integer not null default 0 check (is_transparent in (0, 1)), -- one sees through the picture
  is_progressive integer not null default 0 check (is_progressive in (0, 1)), -- a progressive JPEG
  primary key (asset_id, type, is_edited)
);
create index asset_file_path_idx on asset_file (path);
create index asset_file_id_idx on asset_file (id);

-- Pictures in sizes that clients asked for (docs/transformations.md). Whatever removes a row has its object deleted.
create table asset_transformation (
  asset_id text not null references asset (id) on delete cascade,
  name text not null, -- size, fit, format and quality
  is_edited integer not null default 0 check (is_edited in (0, 1)),
  source_id text not null, -- asset_file.id, or the checksum of the original; when it is another one, the picture is made anew
  path text not null, -- object key
  mime_type text not null,
  size_in_byte bigint not null,
  created_at bigint not null,
  primary key (asset_id, name, is_edited)
);
create index asset_transformation_path_idx on asset_transformation (path);

-- What was read from the file (api/assets.md section 9) or set by the owner. One row per asset.
create table asset_exif (
  asset_id text not null primary key references asset (id) on delete cascade,
  owner_id text not null,
  make text,
  model text,
  lens_model text,
  exif_image_width integer, -- pixels as stored in the file
  exif_image_height integer,
  file_size_in_byte bigint,
  orientation text, -- 1 to 8
  date_time_original bigint,
  modify_date bigint,
  time_zone text,
  f_number double precision,
  focal_length double precision, -- millimetres
  iso integer,
  exposure_time text, -- such as 1/250
  fps double precision,
  latitude double precision, -- degrees
  longitude double precision,
  city text,
  state text,
  country text,
  description text not null default '',
  description_folded text not null default '', -- description in lower case without accents
  rating integer, -- 1 to 5, or -1
  projection_type text, -- such as EQUIRECTANGULAR
  profile_description text,
  colorspace text,
  bits_per_sample integer,
  live_photo_cid text, -- joins the two halves of a live photo
  auto_stack_id text, -- burst
  tags text, -- JSON array of tag values found in the file
  locked_properties text not null default '[]', -- JSON array of columns set by hand, not yet in a sidecar
  updated_at bigint not null,
  update_id text not null,
  words text -- JSON array of the words of description_folded
);
create index asset_exif_update_idx on asset_exif (owner_id, update_id);
create index asset_exif_country_idx on asset_exif (owner_id, country, state, city)
  where country is not null;
create index asset_exif_camera_idx on asset_exif (owner_id, make, model, lens_model)
  where make is not null;
create index asset_exif_map_idx on asset_exif (owner_id, latitude, longitude, asset_id)
  where latitude is not null;
create index asset_exif_live_photo_idx on asset_exif (owner_id, live_photo_cid)
  where live_photo_cid is not null;
create index asset_exif_burst_idx on asset_exif (owner_id, auto_stack_id, asset_id)
  where auto_stack_id is not null;
create index asset_exif_rating_idx on asset_exif (owner_id, rating, asset_id) where rating is not null;
create index asset_exif_lens_idx on asset_exif (owner_id, lens_model, asset_id) where lens_model is not null;
create index asset_exif_model_idx on asset_exif (owner_id, model, asset_id) where model is not null;
create index asset_exif_state_idx on asset_exif (owner_id, state, asset_id) where state is not null;

-- One value that a client attached to an asset, such as mobile-app.
create table asset_metadata (
  asset_id text not null references asset (id) on delete cascade,
  key text not null,
  owner_id text not null,
  value text not null, -- JSON object
  created_at bigint not null,
  updated_at bigint not null,
  update_id text not null,
  primary key (asset_id, key)
);
create index asset_metadata_update_idx on asset_metadata (owner_id, update_id);

-- One step of the edit of an image.
create table asset_edit (
  id text not null primary key,
  asset_id text not null references asset (id) on delete cascade,
  owner_id text not null,
  sequence integer not null, -- from 0
  action text not null check (action in ('crop', 'rotate', 'mirror')),
  parameters text not null, -- JSON object
  update_id text not null,
  unique (asset_id, sequence)
);
create index asset_edit_update_idx on asset_edit (owner_id, update_id);

-- One line of text found in an image. Corners are fractions (0 to 1) of width and height, clockwise
-- from top left.
create table asset_ocr (
  id text not null primary key,
  asset_id text not null references asset (id) on delete cascade,
  owner_id text not null,
  x1 double precision not null,
  y1 double precision not null,
  x2 double precision not null,
  y2 double precision not null,
  x3 double precision not null,
  y3 double precision not null,
  x4 double precision not null,
  y4 double precision not null,
  box_score double precision not null,
  text_score double precision not null,
  text text not null,
  is_visible integer not null default 1 check (is_visible in (0, 1)), -- 0: cropped away by an edit
  update_id text not null,
  position integer not null default 0 -- among the lines of the image, in reading order
);
create index asset_ocr_asset_id_idx on asset_ocr (asset_id);
create index asset_ocr_update_idx on asset_ocr (owner_id, update_id);

-- All text of an image as folded search tokens (api/jobs-ml.md section 6.4). Rows are never updated: triggers keep
-- their words in asset_word.
create table ocr_search (
  asset_id text not null primary key references asset (id) on delete cascade,
  owner_id text not null,
  text text not null,
  words text -- JSON array of the words of the text
);
create index ocr_search_owner_id_idx on ocr_search (owner_id);

-- When each kind of job last ended well for an asset. No row or null: missing.
create table asset_job_status (
  asset_id text not null primary key references asset (id) on delete cascade,
  metadata_extracted_at bigint,
  sidecar_checked_at bigint,
  thumbnails_generated_at bigint,
  video_encoded_at bigint, -- also when nothing had to be encoded
  smart_search_at bigint,
  faces_recognized_at bigint,
  duplicates_detected_at bigint,
  ocr_at bigint,
  thumbnails_warning text -- what is wrong with the original that renditions were made of; null: nothing
);
create index asset_job_status_warning_idx on asset_job_status (thumbnails_generated_at) where thumbnails_warning is not null;

-- What devices of the generation 2.7 call the files that they sent (docs/generations.md). Assets without a row came otherwise.
create table asset_device (
  asset_id text not null primary key references asset (id) on delete cascade,
  device_id text not null,
  device_asset_id text not null,
  owner_id text -- of the asset
);
create index asset_device_owner_idx on asset_device (owner_id, device_id, device_asset_id, asset_id);

-- What the preview of an asset looks like as a vector of numbers (docs/smart-search.md).
create table asset_vector (
  asset_id text not null primary key references asset (id) on delete cascade,
  owner_id text not null,
  model text not null, -- vectors of different models are never compared
  seq bigint not null, -- order within the owner and the model
  code text not null -- base64 of numbers of 8 bits; how large they are together does not matter
);
create index asset_vector_seq_idx on asset_vector (owner_id, model, seq);

-- Older vectors of an owner, many in a row: a search reads their signs in few rows.
create table asset_vector_block (
  owner_id text not null references users (id) on delete cascade,
  model text not null,
  block integer not null, -- 0, 1, 2 and so on
  version text not null, -- another one when the block is made anew
  last_seq bigint not null, -- what is behind it is in asset_vector only
  ids text not null, -- JSON array of asset ids
  bits text not null, -- base64 of the signs of their numbers, one vector after the other
  primary key (owner_id, model, block)
);

-- What a picture looks like, for finding copies: 128 bits, of which copies have all or nearly all in common, so that at
-- least one of the four parts is the same.
create table asset_look (
  asset_id text not null primary key references asset (id) on delete cascade,
  owner_id text not null,
  part_1 bigint not null, -- 32 bits each
  part_2 bigint not null,
  part_3 bigint not null,
  part_4 bigint not null
);
create index asset_look_1_idx on asset_look (owner_id, part_1);
create index asset_look_2_idx on asset_look (owner_id, part_2);
create index asset_look_3_idx on asset_look (owner_id, part_3);
create index asset_look_4_idx on asset_look (owner_id, part_4);

-- ---------------------------------------------------------------------------------------------
-- People
-- ---------------------------------------------------------------------------------------------

-- One person of one owner.
create table person (
  id text not null primary key,
  owner_id text not null references users (id) on delete cascade,
  name text not null default '',
  name_folded text not null default '', -- name in lower case without accents
  birth_date text, -- YYYY-MM-DD
  color text,
  is_hidden integer not null default 0 check (is_hidden in (0, 1)),
  is_favorite integer not null default 0 check (is_favorite in (0, 1)),
  face_asset_id text, -- asset_face shown as portrait. No foreign key: the tables would need each other
  thumbnail_path text not null default '', -- object key, empty until made
  created_at bigint not null,
  updated_at bigint not null,
  update_id text not null,
  face_count integer not null default 0, -- faces that are shown. Triggers on asset_face keep it
  cluster_id text -- people of members of one cluster group with the same value are one and the same; null: nobody else knows them
);
create index person_cluster_idx on person (cluster_id, owner_id) where cluster_id is not null;
create index person_thumbnail_path_idx on person (thumbnail_path) where thumbnail_path <> '';
create index person_update_idx on person (owner_id, update_id);
-- Pages of people, and how many there are.
create index person_page_idx on person (owner_id, is_hidden, is_favorite desc, (case when name = '' then 1 else 0 end),
  face_count desc, name_folded, created_at, id);
create index person_name_idx on person (owner_id, name);

-- One face on an asset. The box is in pixels of an image of image_width x image_height.
create table asset_face (
  id text not null primary key,
  asset_id text not null references asset (id) on delete cascade,
  owner_id text not null,
  person_id text references person (id) on delete set null,
  image_width integer not null,
  image_height integer not null,
  bounding_box_x1 integer not null,
  bounding_box_y1 integer not null,
  bounding_box_x2 integer not null,
  bounding_box_y2 integer not null,
  source_type text not null default 'machine-learning'
    check (source_type in ('machine-learning', 'exif', 'manual')),
  is_visible integer not null default 1 check (is_visible in (0, 1)), -- 0: cropped away by an edit
  updated_at bigint not null,
  deleted_at bigint,
  update_id text not null,
  is_shown integer not null default 0 -- visible, not removed, and on a photo of the timeline. Triggers keep it
);
create index asset_face_asset_id_idx on asset_face (asset_id, person_id);
create index asset_face_person_id_idx on asset_face (person_id, asset_id)
  where person_id is not null;
create index asset_face_update_idx on asset_face (owner_id, update_id);
create index asset_face_shown_idx on asset_face (person_id, asset_id) where is_shown = 1;

-- What a face looks like as a vector of numbers, and whether it waits for a person (docs/faces.md).
create table face_vector (
  face_id text not null primary key references asset_face (id) on delete cascade,
  owner_id text not null,
  model text not null, -- vectors of different models are never compared
  seq bigint not null, -- order within the owner and the model
  code text not null, -- base64 of numbers of 8 bits; how large they are together does not matter
  turn integer not null, -- 0: waits for a person, 1: waits a second time, 2: was looked at
  former_person_id text -- whose it was before everything was sorted anew
);
create index face_vector_seq_idx on face_vector (owner_id, model, seq);
create index face_vector_waiting_idx on face_vector (owner_id, model, turn, seq) where turn < 2;
create index face_vector_former_idx on face_vector (former_person_id) where former_person_id is not null;

-- Older vectors of an owner, many in a row: what is compared with a new face is read in few rows.
create table face_vector_block (
  owner_id text not null references users (id) on delete cascade,
  model text not null,
  block integer not null, -- 0, 1, 2 and so on
  last_seq bigint not null, -- what is behind it is in face_vector only
  ids text not null, -- JSON array of face ids
  codes text not null, -- base64 of their codes, one after the other
  primary key (owner_id, model, block)
);

-- ---------------------------------------------------------------------------------------------
-- Albums, links, activity
-- ---------------------------------------------------------------------------------------------

-- One album. Its owner is the album_user row with role owner.
create table album (
  id text not null primary key,
  album_name text not null default 'Untitled Album',
  description text not null default '',
  thumbnail_asset_id text references asset (id) on delete set null,
  is_activity_enabled integer not null default 1 check (is_activity_enabled in (0, 1)),
  asset_order text not null default 'desc' check (asset_order in ('asc', 'desc')),
  created_at bigint not null,
  updated_at bigint not null,
  deleted_at bigint, -- set while the owner is soft-deleted
  update_id text not null
);
create index album_thumbnail_idx on album (thumbnail_asset_id)
  where thumbnail_asset_id is not null;

-- One member of an album, the owner included.
create table album_user (
  album_id text not null references album (id) on delete cascade,
  user_id text not null references users (id) on delete cascade,
  role text not null check (role in ('owner', 'editor', 'viewer')),
  created_at bigint not null,
  updated_at bigint not null,
  create_id text not null, -- UUID v7, set once
  update_id text not null,
  primary key (album_id, user_id)
);
create index album_user_user_id_idx on album_user (user_id, create_id);

-- One asset in an album. From owner_id on it repeats what lists of albums and their months show of asset: triggers on both
-- tables keep these columns, and nothing else writes them.
create table album_asset (
  album_id text not null references album (id) on delete cascade,
  asset_id text not null references asset (id) on delete cascade,
  created_at bigint not null,
  updated_at bigint not null,
  update_id text not null,
  owner_id text,
  visibility text,
  local_month integer,
  taken_at bigint, -- local_date_time
  changed_at bigint, -- updated_at
  is_shown integer, -- 1: neither in the trash nor hidden nor locked
  is_stacked integer,
  primary key (album_id, asset_id)
);
create index album_asset_asset_id_idx on album_asset (asset_id, album_id);
create index album_asset_update_idx on album_asset (album_id, update_id);
-- First and last date of an album and pages of its links, and when an asset of it was changed last.
create index album_asset_taken_idx on album_asset (album_id, taken_at, asset_id) where is_shown = 1;
create index album_asset_changed_idx on album_asset (album_id, changed_at) where is_shown = 1;

-- How much an album shows of one owner. A row stays when it comes to 0. Triggers on album_asset keep it.
create table album_total (
  album_id text not null references album (id) on delete cascade,
  owner_id text not null,
  total bigint not null,
  primary key (album_id, owner_id)
);

-- The same by month and visibility.
create table album_month (
  album_id text not null references album (id) on delete cascade,
  owner_id text not null,
  visibility text not null,
  local_month integer not null, -- YYYYMM
  total bigint not null,
  stacked bigint not null, -- of these behind the primary asset of their stack
  primary key (album_id, owner_id, visibility, local_month)
);

-- One like or comment in an album, on the album itself when asset_id is null. Goes with the asset
-- when that leaves the album.
create table activity (
  id text not null primary key,
  album_id text not null references album (id) on delete cascade,
  asset_id text,
  user_id text not null references users (id) on delete cascade,
  type text not null check (type in ('like', 'comment')),
  comment text,
  created_at bigint not null,
  updated_at bigint not null,
  foreign key (album_id, asset_id) references album_asset (album_id, asset_id) on delete cascade
);
create index activity_album_id_idx on activity (album_id, asset_id, created_at);
create index activity_user_id_idx on activity (user_id);
create unique index activity_asset_like_idx on activity (album_id, user_id, asset_id)
  where type = 'like' and asset_id is not null;
create unique index activity_album_like_idx on activity (album_id, user_id)
  where type = 'like' and asset_id is null;

-- One public link to an album or to single assets.
create table shared_link (
  id text not null primary key,
  key text not null unique, -- base64url of 50 random bytes
  slug text unique,
  user_id text not null references users (id) on delete cascade,
  type text not null check (type in ('ALBUM', 'INDIVIDUAL')),
  album_id text references album (id) on delete cascade,
  description text,
  password text, -- clear text, the API returns it
  allow_upload integer not null default 1 check (allow_upload in (0, 1)),
  allow_download integer not null default 1 check (allow_download in (0, 1)),
  show_metadata integer not null default 1 check (show_metadata in (0, 1)),
  expires_at bigint, -- null: never
  created_at bigint not null
);
create index shared_link_user_id_idx on shared_link (user_id, created_at);
create index shared_link_album_id_idx on shared_link (album_id) where album_id is not null;

-- One asset of a link of type INDIVIDUAL. Triggers on both tables keep taken_at.
create table shared_link_asset (
  shared_link_id text not null references shared_link (id) on delete cascade,
  asset_id text not null references asset (id) on delete cascade,
  taken_at bigint, -- local_date_time
  primary key (shared_link_id, asset_id)
);
create index shared_link_asset_asset_id_idx on shared_link_asset (asset_id);
create index shared_link_asset_taken_idx on shared_link_asset (shared_link_id, taken_at, asset_id);

-- One asset that a guest uploaded through a link, whatever became of it since.
create table shared_link_upload (
  shared_link_id text not null references shared_link (id) on delete cascade,
  asset_id text not null references asset (id) on delete cascade,
  primary key (shared_link_id, asset_id)
);
create index shared_link_upload_asset_id_idx on shared_link_upload (asset_id);

-- ---------------------------------------------------------------------------------------------
-- Tags, memories
-- ---------------------------------------------------------------------------------------------

-- One tag of one owner. Its name is the last part of value.
create table tag (
  id text not null primary key,
  owner_id text not null references users (id) on delete cascade,
  parent_id text references tag (id) on delete cascade,
  value text not null, -- whole path, such as travel/italy
  color text, -- #rrggbb
  created_at bigint not null,
  updated_at bigint not null,
  unique (owner_id, value)
);
create index tag_parent_id_idx on tag (parent_id) where parent_id is not null;

-- descendant is ancestor itself or somewhere below it.
create table tag_closure (
  ancestor_id text not null references tag (id) on delete cascade,
  descendant_id text not null references tag (id) on delete cascade,
  primary key (ancestor_id, descendant_id)
);
create index tag_closure_descendant_id_idx on tag_closure (descendant_id, ancestor_id);

-- One asset with a tag.
create table tag_asset (
  tag_id text not null references tag (id) on delete cascade,
  asset_id text not null references asset (id) on delete cascade,
  primary key (tag_id, asset_id)
);
create index tag_asset_asset_id_idx on tag_asset (asset_id, tag_id);

-- One memory of one owner.
create table memory (
  id text not null primary key,
  owner_id text not null references users (id) on delete cascade,
  type text not null, -- on_this_day
  data text not null, -- JSON, such as {year}
  is_saved integer not null default 0 check (is_saved in (0, 1)),
  memory_at bigint not null,
  seen_at bigint,
  show_at bigint,
  hide_at bigint,
  created_at bigint not null,
  updated_at bigint not null,
  deleted_at bigint,
  update_id text not null
);
create index memory_update_idx on memory (owner_id, update_id);
create index memory_show_idx on memory (owner_id, show_at);
create index memory_created_idx on memory (created_at) where is_saved = 0;

-- One asset in a memory.
create table memory_asset (
  memory_id text not null references memory (id) on delete cascade,
  asset_id text not null references asset (id) on delete cascade,
  created_at bigint not null,
  updated_at bigint not null,
  update_id text not null,
  primary key (memory_id, asset_id)
);
create index memory_asset_asset_id_idx on memory_asset (asset_id);

-- ---------------------------------------------------------------------------------------------
-- Server
-- ---------------------------------------------------------------------------------------------

-- One server-wide value: system-config (sparse, differences from the defaults), admin-onboarding,
-- reverse-geocoding-state, version-check-state, memories-state, maintenance-mode, license ...
create table system_metadata (
  key text not null primary key,
  value text not null, -- JSON
  updated_at bigint not null
);

-- One version that this server has run.
create table version_history (
  id text not null primary key,
  version text not null,
  created_at bigint not null
);

-- One piece of background work (DESIGN section 3). Finished jobs are deleted. The API counts a waiting
-- job as delayed when run_after lies ahead and as paused when its queue is paused.
create table job (
  id text not null primary key,
  queue text not null, -- QueueName
  kind text not null, -- JobName
  payload text not null, -- JSON object
  state text not null default 'waiting' check (state in ('waiting', 'active', 'failed')),
  runner text not null default 'edge' check (runner in ('edge', 'companion')), -- who may claim it
  runner_reason text, -- why the companion has to do it
  priority integer not null default 0, -- smaller comes first
  dedupe_key text, -- at most one waiting job per queue and key
  attempts integer not null default 0, -- claims so far
  last_error text,
  run_after bigint not null, -- epoch milliseconds
  lease_id text, -- made at claim. Only the holder finishes the job: where lease_id = mine
  lease_expires_at bigint, -- afterwards the sweeper makes the job waiting again
  created_at bigint not null,
  updated_at bigint not null,
  owner_id text, -- whose work it is; null: the server's own
  turn bigint, -- place among the waiting jobs of a function, so that owners take turns. Null: not due yet
  progress integer -- per cent, as the companion tells; null: unknown
);
create index job_turn_idx on job (queue, runner, priority, turn) where state = 'waiting' and turn is not null;
create index job_later_idx on job (queue, run_after) where state = 'waiting' and turn is null;
create index job_companion_later_idx on job (queue, run_after) where state = 'waiting' and turn is null and runner = 'companion';
create index job_failed_idx on job (queue, created_at) where state = 'failed';
create index job_lease_idx on job (lease_expires_at) where state = 'active';
create unique index job_dedupe_idx on job (queue, dedupe_key)
  where state = 'waiting' and dedupe_key is not null;

-- How many jobs of an owner wait or have failed, kept by triggers on job, and nothing else writes it. Active jobs are as
-- many as there are workers and are counted themselves.
create table job_count (
  owner_id text not null, -- empty for jobs of the server itself
  state text not null, -- waiting, companion (waiting for one), delayed (waiting without a turn), failed
  queue text not null, -- QueueName
  total integer not null,
  primary key (owner_id, state, queue)
);

-- The switch of one queue. No row: running.
create table queue_state (
  queue text not null primary key, -- QueueName
  is_paused integer not null default 0 check (is_paused in (0, 1)),
  updated_at bigint not null
);

-- One object that is being written and that no row names yet. Registered before the first byte and
-- removed in the batch that inserts the row. What is left after expires_at moves to object_deletion.
create table pending_object (
  object_key text not null primary key,
  upload_id text, -- multipart upload to abort
  created_at bigint not null,
  expires_at bigint not null
);
create index pending_object_expires_at_idx on pending_object (expires_at);

-- One object to delete from the bucket. Inserted in the batch that removes the last row naming it.
create table object_deletion (
  object_key text not null primary key,
  upload_id text, -- multipart upload to abort first
  attempts integer not null default 0,
  last_error text,
  run_after bigint not null, -- epoch milliseconds
  created_at bigint not null,
  taken_until bigint -- somebody deletes it: until then nobody else does, and nobody writes it anew
);
create index object_deletion_due_idx on object_deletion (run_after, object_key);

-- One finding of the integrity checks.
create table integrity_report (
  id text not null primary key, -- UUID v7
  type text not null check (type in ('untracked_file', 'missing_file', 'checksum_mismatch')),
  path text not null, -- object key
  asset_id text references asset (id) on delete cascade,
  asset_file_id text, -- asset_file.id, when the object is not an original
  created_at bigint not null,
  unique (type, path)
);
create index integrity_report_type_idx on integrity_report (type, id);
create index integrity_report_asset_id_idx on integrity_report (asset_id)
  where asset_id is not null;

-- One companion that has asked for work, or whose token was revoked (docs/companion.md).
create table companion (
  id text not null primary key, -- id of its token
  name text not null,
  about text not null, -- JSON: what it told of itself
  seen_at bigint not null, -- last asked for work, to the minute
  revoked_at bigint, -- its token is not taken any more
  streams_at bigint -- last asked for sessions of live transcoding, to the minute
);

-- What ffprobe told a companion of a video.
create table asset_video (
  asset_id text not null primary key references asset (id) on delete cascade,
  container text not null, -- names of the format
  video_codec text not null,
  audio_codec text,
  width integer not null, -- pixels as stored
  height integer not null,
  rotation integer not null, -- degrees
  fps double precision,
  duration_ms bigint,
  bit_rate bigint, -- bits a second
  pixel_format text,
  color_primaries text,
  color_transfer text,
  color_space text,
  updated_at bigint not null,
  packet_ticks bigint, -- sum of the durations of all packets; null: not read, or it cannot be cut into segments
  packet_count bigint, -- packets that are shown
  frame_count bigint, -- frames of an output with a constant rate
  base_numerator bigint, -- a tick is base_numerator / base_denominator seconds
  base_denominator bigint
);

-- One viewer of a live-transcoded video (HLS).
create table hls_session (
  id text not null primary key,
  asset_id text not null, -- no reference: its objects are deleted with the session, which ends by itself
  viewer text not null, -- id of the user, or of the shared link
  created_at bigint not null,
  expires_at bigint not null,
  beat_at bigint not null, -- last request for a segment
  change bigint not null default 0, -- grows with each request
  variant integer, -- wanted; null: nothing yet
  segment integer not null default 0, -- last one that was missing
  requested integer, -- last one that was asked for
  companion_id text, -- who serves it
  lease_id text,
  lease_expires_at bigint
);
create index hls_session_viewer_idx on hls_session (viewer, created_at);
create index hls_session_beat_idx on hls_session (beat_at);

-- One object of such a session: a segment, or the beginning of a variant (number -1).
create table hls_segment (
  session_id text not null references hls_session (id) on delete cascade,
  variant integer not null,
  number integer not null,
  object_key text not null unique,
  primary key (session_id, variant, number)
);

-- One installed plugin.
create table plugin (
  id text not null primary key,
  name text not null unique,
  version text not null,
  title text not null,
  description text not null,
  author text not null,
  wasm_path text not null, -- object key
  templates text not null default '[]', -- JSON array
  is_enabled integer not null default 1 check (is_enabled in (0, 1)),
  created_at bigint not null,
  updated_at bigint not null
);

-- One method that workflows may call.
create table plugin_method (
  id text not null primary key,
  plugin_id text not null references plugin (id) on delete cascade,
  name text not null,
  title text not null,
  description text not null,
  types text not null, -- JSON array of WorkflowType
  has_host_functions integer not null default 0 check (has_host_functions in (0, 1)),
  schema_json text, -- JSON schema of the configuration
  ui_hints text not null default '[]', -- JSON array
  unique (plugin_id, name)
);

-- One automation of one owner.
create table workflow (
  id text not null primary key,
  owner_id text not null references users (id) on delete cascade,
  trigger_name text not null, -- AssetCreate, AssetMetadataExtraction, AssetTagged
  name text,
  description text,
  is_enabled integer not null default 1 check (is_enabled in (0, 1)),
  created_at bigint not null,
  updated_at bigint not null,
  is_logging integer not null default 0 check (is_logging in (0, 1)),
  log_count bigint not null default 0 -- entries of workflow_log so far
);
create index workflow_owner_id_idx on workflow (owner_id, trigger_name);

-- One step of a workflow. The method is a name, so a plugin may be replaced by a newer version.
create table workflow_step (
  workflow_id text not null references workflow (id) on delete cascade,
  position integer not null, -- from 0
  method text not null, -- plugin#method
  config text, -- JSON object
  is_enabled integer not null default 1 check (is_enabled in (0, 1)),
  primary key (workflow_id, position)
);

-- How runs of workflows ended, while their owner wants to know (docs/workflows.md). A workflow has a bounded number of places,
-- and the next entry takes the oldest one.
create table workflow_log (
  workflow_id text not null references workflow (id) on delete cascade,
  place integer not null, -- log_count modulo the number of places
  id text not null,
  at bigint not null,
  result text not null check (result in ('completed', 'halted', 'error')),
  asset_id text, -- what the run was about; no reference: entries outlive it
  step_position integer, -- last step of a run that ended early, from 0
  step_method text,
  primary key (workflow_id, place)
);
create index workflow_log_page_idx on workflow_log (workflow_id, at, id);
create index workflow_log_at_idx on workflow_log (at);

-- ---------------------------------------------------------------------------------------------
-- Deleted rows, for sync (api/sync.md section 3). id is a UUID v7 made by uuid7(). The primary key starts
-- with the column a reader asks for, so it is the only index. No foreign keys: these rows
-- outlive what they name. Rows older than 31 days are pruned.
-- ---------------------------------------------------------------------------------------------

-- A removed account, told to everybody.
create table user_audit (
  id text not null primary key,
  user_id text not null
);

-- A removed setting family of an account.
create table user_metadata_audit (
  user_id text not null,
  id text not null,
  key text not null,
  primary key (user_id, id)
);

-- An ended partnership, told to both sides.
create table partner_audit (
  id text not null primary key,
  shared_by_id text not null,
  shared_with_id text not null
);

-- A removed asset, told to the owner and the partners.
create table asset_audit (
  owner_id text not null,
  id text not null,
  asset_id text not null,
  primary key (owner_id, id)
);

-- An asset that partners see no more, because it went into the archive or the locked folder.
create table asset_partner_audit (
  owner_id text not null,
  id text not null, -- update_id of the change
  asset_id text not null,
  primary key (owner_id, id)
);

-- A removed key of an asset.
create table asset_metadata_audit (
  owner_id text not null,
  id text not null,
  asset_id text not null,
  key text not null,
  primary key (owner_id, id)
);

-- A removed edit step.
create table asset_edit_audit (
  owner_id text not null,
  id text not null,
  asset_id text not null,
  edit_id text not null,
  primary key (owner_id, id)
);

-- Removed text of an asset.
create table asset_ocr_audit (
  owner_id text not null,
  id text not null,
  asset_id text not null,
  deleted_at bigint not null,
  primary key (owner_id, id)
);

-- A removed face.
create table asset_face_audit (
  owner_id text not null,
  id text not null,
  asset_id text not null,
  asset_face_id text not null,
  primary key (owner_id, id)
);

-- A removed person.
create table person_audit (
  owner_id text not null,
  id text not null,
  person_id text not null,
  primary key (owner_id, id)
);

-- A dissolved stack, told to the owner and the partners.
create table stack_audit (
  owner_id text not null,
  id text not null,
  stack_id text not null,
  primary key (owner_id, id)
);

-- A removed memory.
create table memory_audit (
  owner_id text not null,
  id text not null,
  memory_id text not null,
  primary key (owner_id, id)
);

-- An asset taken out of a memory that still exists.
create table memory_asset_audit (
  memory_id text not null,
  id text not null,
  asset_id text not null,
  primary key (memory_id, id)
);

-- An album that user_id no longer sees: removed, or its membership ended.
create table album_audit (
  user_id text not null,
  id text not null,
  album_id text not null,
  primary key (user_id, id)
);

-- A member who left an album that still exists, told to the other members.
create table album_user_audit (
  album_id text not null,
  id text not null,
  user_id text not null,
  primary key (album_id, id)
);

-- An asset taken out of an album that still exists, told to the members.
create table album_asset_audit (
  album_id text not null,
  id text not null,
  asset_id text not null,
  primary key (album_id, id)
);
