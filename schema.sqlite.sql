-- The part of the schema that only SQLite and D1 understand. In words of PostgreSQL it is in schema.postgres.sql.

create trigger asset_counts_of_insert after insert on asset
begin
  insert into asset_month (owner_id, visibility, local_month, total, trashed, stacked)
    values (new.owner_id, new.visibility, new.local_month, new.deleted_at is null, (new.deleted_at is not null and new.status <> 'deleted'),
      new.deleted_at is null and new.is_stacked = 1)
    on conflict (owner_id, visibility, local_month) do update set total = total + excluded.total,
      trashed = trashed + excluded.trashed, stacked = stacked + excluded.stacked;
  insert into asset_created_month (owner_id, visibility, created_month, total, stacked)
    select new.owner_id, new.visibility, new.created_month, 1, new.is_stacked where new.deleted_at is null
    on conflict (owner_id, visibility, created_month) do update set total = total + 1, stacked = stacked + excluded.stacked;
  insert into asset_total (owner_id, type, visibility, state, is_favorite, is_library, total, bytes)
    values (new.owner_id, new.type, new.visibility, case when new.deleted_at is null then 'shown' when new.status = 'deleted' then 'deleted' else 'trashed' end,
      new.is_favorite, new.library_id is not null, 1, coalesce(new.file_size_in_byte, 0))
    on conflict (owner_id, type, visibility, state, is_favorite, is_library)
      do update set total = total + 1, bytes = bytes + excluded.bytes;
end;

create trigger asset_counts_of_delete after delete on asset
begin
  update asset_month set total = total - (old.deleted_at is null), trashed = trashed - (old.deleted_at is not null and old.status <> 'deleted'),
      stacked = stacked - (old.deleted_at is null and old.is_stacked = 1)
    where owner_id = old.owner_id and visibility = old.visibility and local_month = old.local_month;
  update asset_created_month set total = total - 1, stacked = stacked - old.is_stacked
    where old.deleted_at is null and owner_id = old.owner_id and visibility = old.visibility
      and created_month = old.created_month;
  update asset_total set total = total - 1, bytes = bytes - coalesce(old.file_size_in_byte, 0)
    where owner_id = old.owner_id and type = old.type and visibility = old.visibility and state = case when old.deleted_at is null then 'shown' when old.status = 'deleted' then 'deleted' else 'trashed' end
      and is_favorite = old.is_favorite and is_library = (old.library_id is not null);
end;

create trigger asset_month_of_update after update of visibility, local_month, deleted_at, status, is_stacked on asset
  when old.visibility <> new.visibility or old.local_month <> new.local_month or old.is_stacked <> new.is_stacked
    or (old.deleted_at is null) <> (new.deleted_at is null) or (old.status = 'deleted') <> (new.status = 'deleted')
begin
  update asset_month set total = total - (old.deleted_at is null), trashed = trashed - (old.deleted_at is not null and old.status <> 'deleted'),
      stacked = stacked - (old.deleted_at is null and old.is_stacked = 1)
    where owner_id = old.owner_id and visibility = old.visibility and local_month = old.local_month;
  insert into asset_month (owner_id, visibility, local_month, total, trashed, stacked)
    values (new.owner_id, new.visibility, new.local_month, new.deleted_at is null, (new.deleted_at is not null and new.status <> 'deleted'),
      new.deleted_at is null and new.is_stacked = 1)
    on conflict (owner_id, visibility, local_month) do update set total = total + excluded.total,
      trashed = trashed + excluded.trashed, stacked = stacked + excluded.stacked;
end;

create trigger asset_created_month_of_update after update of visibility, created_month, deleted_at, is_stacked on asset
  when old.visibility <> new.visibility or old.created_month <> new.created_month or old.is_stacked <> new.is_stacked
    or (old.deleted_at is null) <> (new.deleted_at is null)
begin
  update asset_created_month set total = total - 1, stacked = stacked - old.is_stacked
    where old.deleted_at is null and owner_id = old.owner_id and visibility = old.visibility
      and created_month = old.created_month;
  insert into asset_created_month (owner_id, visibility, created_month, total, stacked)
    select new.owner_id, new.visibility, new.created_month, 1, new.is_stacked where new.deleted_at is null
    on conflict (owner_id, visibility, created_month) do update set total = total + 1, stacked = stacked + excluded.stacked;
end;

create trigger asset_total_of_update after update of type, visibility, deleted_at, status, is_favorite, library_id, file_size_in_byte on asset
  when old.type <> new.type or old.visibility <> new.visibility or old.is_favorite <> new.is_favorite
    or old.library_id is not new.library_id or old.file_size_in_byte is not new.file_size_in_byte
    or (old.deleted_at is null) <> (new.deleted_at is null) or (old.status = 'deleted') <> (new.status = 'deleted')
begin
  update asset_total set total = total - 1, bytes = bytes - coalesce(old.file_size_in_byte, 0)
    where owner_id = old.owner_id and type = old.type and visibility = old.visibility and state = case when old.deleted_at is null then 'shown' when old.status = 'deleted' then 'deleted' else 'trashed' end
      and is_favorite = old.is_favorite and is_library = (old.library_id is not null);
  insert into asset_total (owner_id, type, visibility, state, is_favorite, is_library, total, bytes)
    values (new.owner_id, new.type, new.visibility, case when new.deleted_at is null then 'shown' when new.status = 'deleted' then 'deleted' else 'trashed' end,
      new.is_favorite, new.library_id is not null, 1, coalesce(new.file_size_in_byte, 0))
    on conflict (owner_id, type, visibility, state, is_favorite, is_library)
      do update set total = total + 1, bytes = bytes + excluded.bytes;
end;

-- Places are copied to the asset, which the timeline shows.
create trigger asset_place_of_insert after insert on asset_exif
  when new.city is not null or new.country is not null or new.projection_type is not null
begin
  update asset set city = new.city, country = new.country, projection_type = new.projection_type
    where id = new.asset_id;
end;

create trigger asset_place_of_update after update of city, country, projection_type on asset_exif
  when new.city is not old.city or new.country is not old.country or new.projection_type is not old.projection_type
begin
  update asset set city = new.city, country = new.country, projection_type = new.projection_type
    where id = new.asset_id;
end;

-- The size of the original is copied to the asset, which is counted.
create trigger asset_size_of_insert after insert on asset_exif
  when new.file_size_in_byte is not null
begin
  update asset set file_size_in_byte = new.file_size_in_byte
    where id = new.asset_id and file_size_in_byte is not new.file_size_in_byte;
end;

create trigger asset_size_of_update after update of file_size_in_byte on asset_exif
  when new.file_size_in_byte is not old.file_size_in_byte
begin
  update asset set file_size_in_byte = new.file_size_in_byte where id = new.asset_id;
end;

-- Whether an asset stands behind another.
create trigger asset_stacked_of_insert after insert on asset
  when new.stack_id is not null
begin
  update asset set is_stacked = 1 where id = new.id
    and not exists (select 1 from stack s where s.id = new.stack_id and s.primary_asset_id = new.id);
end;

create trigger asset_stacked_of_update after update of stack_id on asset
  when new.stack_id is not old.stack_id
begin
  update asset set is_stacked = new.stack_id is not null
      and not exists (select 1 from stack s where s.id = new.stack_id and s.primary_asset_id = new.id)
    where id = new.id;
end;

create trigger asset_stacked_of_primary after update of primary_asset_id on stack
  when new.primary_asset_id <> old.primary_asset_id
begin
  update asset set is_stacked = id <> new.primary_asset_id
    where stack_id = new.id and is_stacked <> (id <> new.primary_asset_id);
end;

-- What an album shows of an asset is copied, and the copies are counted.
create trigger album_asset_of_insert after insert on album_asset
begin
  update album_asset set (owner_id, visibility, local_month, taken_at, changed_at, is_shown, is_stacked) =
      (select a.owner_id, a.visibility, a.local_month, a.local_date_time, a.updated_at,
      (a.deleted_at is null and a.visibility in ('archive', 'timeline')), a.is_stacked from asset a where a.id = new.asset_id)
    where album_id = new.album_id and asset_id = new.asset_id;
end;

create trigger album_asset_of_asset after update of visibility, local_month, local_date_time, updated_at, deleted_at, is_stacked on asset
begin
  update album_asset set (owner_id, visibility, local_month, taken_at, changed_at, is_shown, is_stacked) =
      (new.owner_id, new.visibility, new.local_month, new.local_date_time, new.updated_at,
      (new.deleted_at is null and new.visibility in ('archive', 'timeline')), new.is_stacked)
    where asset_id = new.id;
end;

create trigger album_counts_of_update after update of owner_id, visibility, local_month, is_shown, is_stacked on album_asset
  when old.owner_id is null or old.visibility <> new.visibility or old.local_month <> new.local_month
    or old.is_shown <> new.is_shown or old.is_stacked <> new.is_stacked
begin
  update album_total set total = total - old.is_shown where album_id = old.album_id and owner_id = old.owner_id;
  update album_month set total = total - 1, stacked = stacked - old.is_stacked
    where old.is_shown = 1 and album_id = old.album_id and owner_id = old.owner_id and visibility = old.visibility
      and local_month = old.local_month;
  insert into album_total (album_id, owner_id, total) values (new.album_id, new.owner_id, new.is_shown)
    on conflict (album_id, owner_id) do update set total = total + excluded.total;
  insert into album_month (album_id, owner_id, visibility, local_month, total, stacked)
    select new.album_id, new.owner_id, new.visibility, new.local_month, 1, new.is_stacked where new.is_shown = 1
    on conflict (album_id, owner_id, visibility, local_month)
      do update set total = total + 1, stacked = stacked + excluded.stacked;
end;

create trigger album_counts_of_delete after delete on album_asset
begin
  update album_total set total = total - old.is_shown where album_id = old.album_id and owner_id = old.owner_id;
  update album_month set total = total - 1, stacked = stacked - old.is_stacked
    where old.is_shown = 1 and album_id = old.album_id and owner_id = old.owner_id and visibility = old.visibility
      and local_month = old.local_month;
end;

-- When an asset was taken is copied into the links that show it.
create trigger shared_link_asset_of_insert after insert on shared_link_asset
begin
  update shared_link_asset set taken_at = (select a.local_date_time from asset a where a.id = new.asset_id)
    where shared_link_id = new.shared_link_id and asset_id = new.asset_id;
end;

create trigger shared_link_asset_of_asset after update of local_date_time on asset
  when new.local_date_time <> old.local_date_time
begin
  update shared_link_asset set taken_at = new.local_date_time where asset_id = new.id;
end;

-- Partners see the timeline only. Who leaves it is told to them as removed, and who comes back comes whole.
create trigger asset_left_partners after update of visibility on asset
  when old.visibility <> new.visibility and new.visibility in ('archive', 'locked')
begin
  insert into asset_partner_audit (owner_id, id, asset_id) values (new.owner_id, new.update_id, new.id)
    on conflict (owner_id, id) do nothing;
end;

-- A photo that partners see no more leaves their memories, too.
create trigger asset_left_memories after update of visibility on asset
  when old.visibility <> new.visibility and new.visibility in ('archive', 'locked')
begin
  insert into memory_asset_audit (memory_id, id, asset_id) select x.memory_id, new.update_id, x.asset_id
    from memory_asset x join memory m on m.id = x.memory_id where x.asset_id = new.id and m.owner_id <> new.owner_id
    on conflict (memory_id, id) do nothing;
  delete from memory_asset where asset_id = new.id
    and exists (select 1 from memory m where m.id = memory_asset.memory_id and m.owner_id <> new.owner_id);
end;

create trigger asset_back_to_partners after update of visibility on asset
  when old.visibility in ('archive', 'locked') and new.visibility in ('timeline', 'hidden')
begin
  update asset_exif set update_id = new.update_id where asset_id = new.id;
  update stack set update_id = new.update_id where primary_asset_id = new.id;
end;

-- Waiting and failed jobs are counted, those that wait for companions apart.
create trigger job_count_of_insert after insert on job when new.state <> 'active'
begin
  insert into job_count (owner_id, state, queue, total)
    values (coalesce(new.owner_id, ''), iif(new.state <> 'waiting', new.state,
      iif(new.turn is null, 'delayed', iif(new.runner = 'companion', 'companion', 'waiting'))), new.queue, 1)
    on conflict (owner_id, state, queue) do update set total = total + 1;
end;

create trigger job_count_of_delete after delete on job when old.state <> 'active'
begin
  update job_count set total = total - 1 where owner_id = coalesce(old.owner_id, '') and queue = old.queue
    and state = iif(old.state <> 'waiting', old.state,
      iif(old.turn is null, 'delayed', iif(old.runner = 'companion', 'companion', 'waiting')));
end;

create trigger job_count_of_update after update of state, turn, runner on job
  when old.state <> new.state or (old.turn is null) <> (new.turn is null) or old.runner <> new.runner
begin
  update job_count set total = total - 1 where old.state <> 'active' and owner_id = coalesce(old.owner_id, '')
    and queue = old.queue and state = iif(old.state <> 'waiting', old.state,
      iif(old.turn is null, 'delayed', iif(old.runner = 'companion', 'companion', 'waiting')));
  insert into job_count (owner_id, state, queue, total)
    select coalesce(new.owner_id, ''), iif(new.state <> 'waiting', new.state,
      iif(new.turn is null, 'delayed', iif(new.runner = 'companion', 'companion', 'waiting'))), new.queue, 1
    where new.state <> 'active'
    on conflict (owner_id, state, queue) do update set total = total + 1;
end;

-- The clock of update ids: the millisecond of the last batch that made any. It never goes back
-- (docs/decisions/0001-update-ids.md). One row.
create table update_clock (
  id integer not null primary key check (id = 1),
  at bigint not null
);

-- Which faces are shown, and how many a person has.
create trigger asset_face_of_insert after insert on asset_face
  when new.is_visible = 1 and new.deleted_at is null
begin
  update asset_face set is_shown = 1 where id = new.id
    and exists (select 1 from asset a where a.id = new.asset_id and a.visibility = 'timeline' and a.deleted_at is null);
end;

create trigger asset_face_of_update after update of is_visible, deleted_at on asset_face
  when new.is_visible <> old.is_visible or (new.deleted_at is null) <> (old.deleted_at is null)
begin
  update asset_face set is_shown = (new.is_visible = 1 and new.deleted_at is null and exists (select 1 from asset a
    where a.id = new.asset_id and a.visibility = 'timeline' and a.deleted_at is null)) where id = new.id;
end;

create trigger asset_face_of_asset after update of visibility, deleted_at on asset
  when (old.visibility = 'timeline' and old.deleted_at is null) <> (new.visibility = 'timeline' and new.deleted_at is null)
begin
  update asset_face set is_shown = (is_visible = 1 and deleted_at is null and new.visibility = 'timeline'
    and new.deleted_at is null) where asset_id = new.id;
end;

create trigger person_count_of_update after update of is_shown, person_id on asset_face
  when old.is_shown <> new.is_shown or old.person_id is not new.person_id
begin
  update person set face_count = face_count - 1 where id = old.person_id and old.is_shown = 1;
  update person set face_count = face_count + 1 where id = new.person_id and new.is_shown = 1;
end;

create trigger person_count_of_delete after delete on asset_face
  when old.is_shown = 1 and old.person_id is not null
begin
  update person set face_count = face_count - 1 where id = old.person_id;
end;

-- Words of names and descriptions, by which parts of them are found (docs/decisions/0017-search.md). Who has none written
-- has to be looked at whatever is looked for.
create table asset_word (
  owner_id text not null references users (id) on delete cascade,
  word text not null,
  source text not null, -- name, text (the description) or ocr (text in the picture)
  asset_id text not null,
  primary key (owner_id, word, source, asset_id)
) without rowid;

-- The ends of each word that an owner has or had: a word has a part where one of its ends begins with it.
create table word_part (
  owner_id text not null references users (id) on delete cascade,
  part text not null,
  word text not null,
  primary key (owner_id, part, word)
) without rowid;

create trigger asset_word_of_insert after insert on asset
begin
  insert into asset_word (owner_id, word, source, asset_id)
    select new.owner_id, w.value, 'name', new.id from json_each(coalesce(new.words, '["*"]')) w where true on conflict do nothing;
  insert into word_part (owner_id, part, word)
    select new.owner_id, substr(w.value, p.value), w.value
    from json_each(coalesce(new.words, '["*"]')) w cross join json_each('[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,41]') p where p.value <= length(w.value)
      and not exists (select 1 from word_part k where k.owner_id = new.owner_id and k.part = w.value and k.word = w.value)
    on conflict do nothing;
end;

create trigger asset_word_of_delete after delete on asset
begin
  delete from asset_word where owner_id = old.owner_id and source = 'name' and asset_id = old.id
    and word in (select w.value from json_each(coalesce(old.words, '["*"]')) w);
end;

create trigger asset_word_of_text after insert on asset_exif
  when new.description_folded <> ''
begin
  insert into asset_word (owner_id, word, source, asset_id)
    select new.owner_id, w.value, 'text', new.asset_id from json_each(coalesce(new.words, '["*"]')) w where true on conflict do nothing;
  insert into word_part (owner_id, part, word)
    select new.owner_id, substr(w.value, p.value), w.value
    from json_each(coalesce(new.words, '["*"]')) w cross join json_each('[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,41]') p where p.value <= length(w.value)
      and not exists (select 1 from word_part k where k.owner_id = new.owner_id and k.part = w.value and k.word = w.value)
    on conflict do nothing;
end;

create trigger asset_word_of_change after update of description_folded, words on asset_exif
  when new.description_folded <> old.description_folded or new.words is not old.words
begin
  delete from asset_word where owner_id = old.owner_id and source = 'text' and asset_id = old.asset_id
    and word in (select w.value from json_each(coalesce(old.words, '["*"]')) w)
    and (new.description_folded = '' or word not in (select w.value from json_each(coalesce(new.words, '["*"]')) w));
  insert into asset_word (owner_id, word, source, asset_id)
    select new.owner_id, w.value, 'text', new.asset_id from json_each(coalesce(new.words, '["*"]')) w
    where new.description_folded <> '' on conflict do nothing;
  insert into word_part (owner_id, part, word)
    select new.owner_id, substr(w.value, p.value), w.value
    from json_each(coalesce(new.words, '["*"]')) w cross join json_each('[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,41]') p
    where new.description_folded <> '' and p.value <= length(w.value)
      and not exists (select 1 from word_part k where k.owner_id = new.owner_id and k.part = w.value and k.word = w.value)
    on conflict do nothing;
end;

create trigger asset_word_of_text_delete after delete on asset_exif
  when old.description_folded <> ''
begin
  delete from asset_word where owner_id = old.owner_id and source = 'text' and asset_id = old.asset_id
    and word in (select w.value from json_each(coalesce(old.words, '["*"]')) w);
end;

create trigger asset_word_of_ocr after insert on ocr_search
begin
  insert into asset_word (owner_id, word, source, asset_id)
    select new.owner_id, w.value, 'ocr', new.asset_id from json_each(coalesce(new.words, '["*"]')) w where true on conflict do nothing;
  insert into word_part (owner_id, part, word)
    select new.owner_id, substr(w.value, p.value), w.value
    from json_each(coalesce(new.words, '["*"]')) w cross join json_each('[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,41]') p where p.value <= length(w.value)
      and not exists (select 1 from word_part k where k.owner_id = new.owner_id and k.part = w.value and k.word = w.value)
    on conflict do nothing;
end;

create trigger asset_word_of_ocr_delete after delete on ocr_search
begin
  delete from asset_word where owner_id = old.owner_id and source = 'ocr' and asset_id = old.asset_id
    and word in (select w.value from json_each(coalesce(old.words, '["*"]')) w);
end;

create trigger asset_transformation_delete after delete on asset_transformation
begin
  insert into object_deletion (object_key, run_after, created_at) values (old.path, 0, 0) on conflict (object_key) do nothing;
end;

create trigger library_total_of_insert after insert on asset
  when new.library_id is not null
begin
  insert into library_total (library_id, type, is_hidden, total, bytes)
    values (new.library_id, new.type, new.visibility = 'hidden', 1, coalesce(new.file_size_in_byte, 0))
    on conflict (library_id, type, is_hidden) do update set total = total + 1, bytes = bytes + excluded.bytes;
end;

create trigger library_total_of_delete after delete on asset
  when old.library_id is not null
begin
  update library_total set total = total - 1, bytes = bytes - coalesce(old.file_size_in_byte, 0)
    where library_id = old.library_id and type = old.type and is_hidden = (old.visibility = 'hidden');
end;

create trigger library_total_of_update after update of type, visibility, library_id, file_size_in_byte on asset
  when (old.library_id is not null or new.library_id is not null) and (old.library_id is not new.library_id or old.type <> new.type
    or (old.visibility = 'hidden') <> (new.visibility = 'hidden') or old.file_size_in_byte is not new.file_size_in_byte)
begin
  update library_total set total = total - 1, bytes = bytes - coalesce(old.file_size_in_byte, 0)
    where library_id = old.library_id and type = old.type and is_hidden = (old.visibility = 'hidden');
  insert into library_total (library_id, type, is_hidden, total, bytes)
    select new.library_id, new.type, new.visibility = 'hidden', 1, coalesce(new.file_size_in_byte, 0) where new.library_id is not null
    on conflict (library_id, type, is_hidden) do update set total = total + 1, bytes = bytes + excluded.bytes;
end;
