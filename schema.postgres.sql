-- The part of the schema that only PostgreSQL understands. In words of SQLite it is in schema.sqlite.sql. Whole statements
-- are counted, in the order of the key, so that two of them never wait for each other.

create function asset_counts_of_insert() returns trigger language plpgsql as $$
begin
  insert into asset_month as m (owner_id, visibility, local_month, total, trashed, stacked)
    select c.owner_id, c.visibility, c.local_month, sum(c.total), sum(c.trashed), sum(c.stacked) from (
      select owner_id, visibility, local_month, case when deleted_at is null then 1 else 0 end as total,
        case when (r.deleted_at is not null and r.status <> 'deleted') then 1 else 0 end as trashed,
        case when deleted_at is null then 1 * is_stacked else 0 end as stacked from new_rows r
    ) c
    group by c.owner_id, c.visibility, c.local_month
    having sum(c.total) <> 0 or sum(c.trashed) <> 0 or sum(c.stacked) <> 0
    order by c.owner_id, c.visibility, c.local_month
    on conflict (owner_id, visibility, local_month) do update set total = m.total + excluded.total,
      trashed = m.trashed + excluded.trashed, stacked = m.stacked + excluded.stacked;
  insert into asset_created_month as m (owner_id, visibility, created_month, total, stacked)
    select c.owner_id, c.visibility, c.created_month, sum(c.total), sum(c.stacked) from (
      select owner_id, visibility, created_month, 1 as total, 1 * is_stacked as stacked from new_rows r where deleted_at is null
    ) c
    group by c.owner_id, c.visibility, c.created_month having sum(c.total) <> 0 or sum(c.stacked) <> 0
    order by c.owner_id, c.visibility, c.created_month
    on conflict (owner_id, visibility, created_month) do update set total = m.total + excluded.total,
      stacked = m.stacked + excluded.stacked;
  insert into asset_total as m (owner_id, type, visibility, state, is_favorite, is_library, total, bytes)
    select c.owner_id, c.type, c.visibility, c.state, c.is_favorite, c.is_library, sum(c.total), sum(c.bytes) from (
      select owner_id, type, visibility, case when r.deleted_at is null then 'shown' when r.status = 'deleted' then 'deleted' else 'trashed' end as state,
        is_favorite, case when library_id is null then 0 else 1 end as is_library, 1 as total,
        1 * coalesce(file_size_in_byte, 0) as bytes from new_rows r
    ) c
    group by c.owner_id, c.type, c.visibility, c.state, c.is_favorite, c.is_library
    having sum(c.total) <> 0 or sum(c.bytes) <> 0
    order by c.owner_id, c.type, c.visibility, c.state, c.is_favorite, c.is_library
    on conflict (owner_id, type, visibility, state, is_favorite, is_library)
      do update set total = m.total + excluded.total, bytes = m.bytes + excluded.bytes;
  return null;
end $$;
create trigger asset_counts_of_insert after insert on asset referencing new table as new_rows
  for each statement execute function asset_counts_of_insert();

-- An account that goes takes its rows along.
create function asset_counts_of_delete() returns trigger language plpgsql as $$
begin
  insert into asset_month as m (owner_id, visibility, local_month, total, trashed, stacked)
    select c.owner_id, c.visibility, c.local_month, sum(c.total), sum(c.trashed), sum(c.stacked) from (
      select owner_id, visibility, local_month, case when deleted_at is null then -1 else 0 end as total,
        case when (r.deleted_at is not null and r.status <> 'deleted') then -1 else 0 end as trashed,
        case when deleted_at is null then -1 * is_stacked else 0 end as stacked from old_rows r
    ) c
    where exists (select 1 from users u where u.id = c.owner_id)
    group by c.owner_id, c.visibility, c.local_month
    having sum(c.total) <> 0 or sum(c.trashed) <> 0 or sum(c.stacked) <> 0
    order by c.owner_id, c.visibility, c.local_month
    on conflict (owner_id, visibility, local_month) do update set total = m.total + excluded.total,
      trashed = m.trashed + excluded.trashed, stacked = m.stacked + excluded.stacked;
  insert into asset_created_month as m (owner_id, visibility, created_month, total, stacked)
    select c.owner_id, c.visibility, c.created_month, sum(c.total), sum(c.stacked) from (
      select owner_id, visibility, created_month, -1 as total, -1 * is_stacked as stacked from old_rows r where deleted_at is null
    ) c
    where exists (select 1 from users u where u.id = c.owner_id)
    group by c.owner_id, c.visibility, c.created_month having sum(c.total) <> 0 or sum(c.stacked) <> 0
    order by c.owner_id, c.visibility, c.created_month
    on conflict (owner_id, visibility, created_month) do update set total = m.total + excluded.total,
      stacked = m.stacked + excluded.stacked;
  insert into asset_total as m (owner_id, type, visibility, state, is_favorite, is_library, total, bytes)
    select c.owner_id, c.type, c.visibility, c.state, c.is_favorite, c.is_library, sum(c.total), sum(c.bytes) from (
      select owner_id, type, visibility, case when r.deleted_at is null then 'shown' when r.status = 'deleted' then 'deleted' else 'trashed' end as state,
        is_favorite, case when library_id is null then 0 else 1 end as is_library, -1 as total,
        -1 * coalesce(file_size_in_byte, 0) as bytes from old_rows r
    ) c
    where exists (select 1 from users u where u.id = c.owner_id)
    group by c.owner_id, c.type, c.visibility, c.state, c.is_favorite, c.is_library
    having sum(c.total) <> 0 or sum(c.bytes) <> 0
    order by c.owner_id, c.type, c.visibility, c.state, c.is_favorite, c.is_library
    on conflict (owner_id, type, visibility, state, is_favorite, is_library)
      do update set total = m.total + excluded.total, bytes = m.bytes + excluded.bytes;
  return null;
end $$;
create trigger asset_counts_of_delete after delete on asset referencing old table as old_rows
  for each statement execute function asset_counts_of_delete();

create function asset_counts_of_update() returns trigger language plpgsql as $$
begin
  insert into asset_month as m (owner_id, visibility, local_month, total, trashed, stacked)
    select c.owner_id, c.visibility, c.local_month, sum(c.total), sum(c.trashed), sum(c.stacked) from (
      select owner_id, visibility, local_month, case when deleted_at is null then 1 else 0 end as total,
        case when (r.deleted_at is not null and r.status <> 'deleted') then 1 else 0 end as trashed,
        case when deleted_at is null then 1 * is_stacked else 0 end as stacked from new_rows r
      union all
      select owner_id, visibility, local_month, case when deleted_at is null then -1 else 0 end as total,
        case when (r.deleted_at is not null and r.status <> 'deleted') then -1 else 0 end as trashed,
        case when deleted_at is null then -1 * is_stacked else 0 end as stacked from old_rows r
    ) c
    group by c.owner_id, c.visibility, c.local_month
    having sum(c.total) <> 0 or sum(c.trashed) <> 0 or sum(c.stacked) <> 0
    order by c.owner_id, c.visibility, c.local_month
    on conflict (owner_id, visibility, local_month) do update set total = m.total + excluded.total,
      trashed = m.trashed + excluded.trashed, stacked = m.stacked + excluded.stacked;
  insert into asset_created_month as m (owner_id, visibility, created_month, total, stacked)
    select c.owner_id, c.visibility, c.created_month, sum(c.total), sum(c.stacked) from (
      select owner_id, visibility, created_month, 1 as total, 1 * is_stacked as stacked from new_rows r where deleted_at is null
      union all
      select owner_id, visibility, created_month, -1 as total, -1 * is_stacked as stacked from old_rows r where deleted_at is null
    ) c
    group by c.owner_id, c.visibility, c.created_month having sum(c.total) <> 0 or sum(c.stacked) <> 0
    order by c.owner_id, c.visibility, c.created_month
    on conflict (owner_id, visibility, created_month) do update set total = m.total + excluded.total,
      stacked = m.stacked + excluded.stacked;
  insert into asset_total as m (owner_id, type, visibility, state, is_favorite, is_library, total, bytes)
    select c.owner_id, c.type, c.visibility, c.state, c.is_favorite, c.is_library, sum(c.total), sum(c.bytes) from (
      select owner_id, type, visibility, case when r.deleted_at is null then 'shown' when r.status = 'deleted' then 'deleted' else 'trashed' end as state,
        is_favorite, case when library_id is null then 0 else 1 end as is_library, 1 as total,
        1 * coalesce(file_size_in_byte, 0) as bytes from new_rows r
      union all
      select owner_id, type, visibility, case when r.deleted_at is null then 'shown' when r.status = 'deleted' then 'deleted' else 'trashed' end as state,
        is_favorite, case when library_id is null then 0 else 1 end as is_library, -1 as total,
        -1 * coalesce(file_size_in_byte, 0) as bytes from old_rows r
    ) c
    group by c.owner_id, c.type, c.visibility, c.state, c.is_favorite, c.is_library
    having sum(c.total) <> 0 or sum(c.bytes) <> 0
    order by c.owner_id, c.type, c.visibility, c.state, c.is_favorite, c.is_library
    on conflict (owner_id, type, visibility, state, is_favorite, is_library)
      do update set total = m.total + excluded.total, bytes = m.bytes + excluded.bytes;
  -- In the order of their keys, as everybody takes them.
  perform 1 from album_asset aa where aa.asset_id in (select n.id from new_rows n)
    order by aa.asset_id, aa.album_id for update;
  if found then
    update album_asset aa set owner_id = n.owner_id, visibility = n.visibility, local_month = n.local_month,
      taken_at = n.local_date_time, changed_at = n.updated_at, is_shown = n.is_shown, is_stacked = n.is_stacked
      from (select r.*, case when (r.deleted_at is null and r.visibility in ('archive', 'timeline')) then 1 else 0 end as is_shown from new_rows r) n
      where aa.asset_id = n.id and (aa.visibility, aa.local_month, aa.taken_at, aa.changed_at, aa.is_shown, aa.is_stacked)
        is distinct from (n.visibility, n.local_month, n.local_date_time, n.updated_at, n.is_shown, n.is_stacked);
  end if;
  return null;
end $$;
create trigger asset_counts_of_update after update on asset referencing old table as old_rows new table as new_rows
  for each statement execute function asset_counts_of_update();

-- Places are copied to the asset, which the timeline shows.
create function asset_place() returns trigger language plpgsql as $$
begin
  update asset set city = new.city, country = new.country, projection_type = new.projection_type
    where id = new.asset_id;
  return null;
end $$;
create trigger asset_place_of_insert after insert on asset_exif for each row
  when (new.city is not null or new.country is not null or new.projection_type is not null)
  execute function asset_place();
create trigger asset_place_of_update after update of city, country, projection_type on asset_exif for each row
  when (new.city is distinct from old.city or new.country is distinct from old.country
    or new.projection_type is distinct from old.projection_type)
  execute function asset_place();

-- The size of the original is copied to the asset, which is counted.
create function asset_size() returns trigger language plpgsql as $$
begin
  update asset set file_size_in_byte = new.file_size_in_byte
    where id = new.asset_id and file_size_in_byte is distinct from new.file_size_in_byte;
  return null;
end $$;
create trigger asset_size_of_insert after insert on asset_exif for each row
  when (new.file_size_in_byte is not null) execute function asset_size();
create trigger asset_size_of_update after update of file_size_in_byte on asset_exif for each row
  when (new.file_size_in_byte is distinct from old.file_size_in_byte) execute function asset_size();

-- Whether an asset stands behind another.
create function asset_stacked() returns trigger language plpgsql as $$
begin
  new.is_stacked := case when new.stack_id is null or exists (select 1 from stack s
    where s.id = new.stack_id and s.primary_asset_id = new.id) then 0 else 1 end;
  return new;
end $$;
create trigger asset_stacked_of_insert before insert on asset for each row
  when (new.stack_id is not null) execute function asset_stacked();
create trigger asset_stacked_of_update before update of stack_id on asset for each row
  when (new.stack_id is distinct from old.stack_id) execute function asset_stacked();
create function asset_stacked_of_primary() returns trigger language plpgsql as $$
begin
  update asset set is_stacked = case when id = new.primary_asset_id then 0 else 1 end
    where stack_id = new.id and is_stacked <> case when id = new.primary_asset_id then 0 else 1 end;
  return null;
end $$;
create trigger asset_stacked_of_primary after update of primary_asset_id on stack for each row
  when (new.primary_asset_id <> old.primary_asset_id) execute function asset_stacked_of_primary();

-- What an album shows of an asset is copied, and the copies are counted.
create function album_asset_of_insert() returns trigger language plpgsql as $$
begin
  select a.owner_id, a.visibility, a.local_month, a.local_date_time, a.updated_at,
      case when (a.deleted_at is null and a.visibility in ('archive', 'timeline')) then 1 else 0 end, a.is_stacked
    into new.owner_id, new.visibility, new.local_month, new.taken_at, new.changed_at, new.is_shown, new.is_stacked
    from asset a where a.id = new.asset_id;
  return new;
end $$;
create trigger album_asset_of_insert before insert on album_asset for each row
  execute function album_asset_of_insert();

create function album_counts_of_insert() returns trigger language plpgsql as $$
begin
  insert into album_total as m (album_id, owner_id, total)
    select c.album_id, c.owner_id, sum(c.total) from (
      select album_id, owner_id, 1 * is_shown as total from new_rows
    ) c
    group by c.album_id, c.owner_id order by c.album_id, c.owner_id
    on conflict (album_id, owner_id) do update set total = m.total + excluded.total;
  insert into album_month as m (album_id, owner_id, visibility, local_month, total, stacked)
    select c.album_id, c.owner_id, c.visibility, c.local_month, sum(c.total), sum(c.stacked) from (
      select album_id, owner_id, visibility, local_month, 1 as total, 1 * is_stacked as stacked from new_rows where is_shown = 1
    ) c
    group by c.album_id, c.owner_id, c.visibility, c.local_month having sum(c.total) <> 0 or sum(c.stacked) <> 0
    order by c.album_id, c.owner_id, c.visibility, c.local_month
    on conflict (album_id, owner_id, visibility, local_month)
      do update set total = m.total + excluded.total, stacked = m.stacked + excluded.stacked;
  return null;
end $$;
create trigger album_counts_of_insert after insert on album_asset referencing new table as new_rows
  for each statement execute function album_counts_of_insert();

create function album_counts_of_update() returns trigger language plpgsql as $$
begin
  insert into album_total as m (album_id, owner_id, total)
    select c.album_id, c.owner_id, sum(c.total) from (
      select album_id, owner_id, 1 * is_shown as total from new_rows
      union all
      select album_id, owner_id, -1 * is_shown as total from old_rows
    ) c
    group by c.album_id, c.owner_id having sum(c.total) <> 0 order by c.album_id, c.owner_id
    on conflict (album_id, owner_id) do update set total = m.total + excluded.total;
  insert into album_month as m (album_id, owner_id, visibility, local_month, total, stacked)
    select c.album_id, c.owner_id, c.visibility, c.local_month, sum(c.total), sum(c.stacked) from (
      select album_id, owner_id, visibility, local_month, 1 as total, 1 * is_stacked as stacked from new_rows where is_shown = 1
      union all
      select album_id, owner_id, visibility, local_month, -1 as total, -1 * is_stacked as stacked from old_rows where is_shown = 1
    ) c
    group by c.album_id, c.owner_id, c.visibility, c.local_month having sum(c.total) <> 0 or sum(c.stacked) <> 0
    order by c.album_id, c.owner_id, c.visibility, c.local_month
    on conflict (album_id, owner_id, visibility, local_month)
      do update set total = m.total + excluded.total, stacked = m.stacked + excluded.stacked;
  return null;
end $$;
create trigger album_counts_of_update after update on album_asset referencing old table as old_rows new table as new_rows
  for each statement execute function album_counts_of_update();

-- An album that goes takes its rows along.
create function album_counts_of_delete() returns trigger language plpgsql as $$
begin
  insert into album_total as m (album_id, owner_id, total)
    select c.album_id, c.owner_id, sum(c.total) from (
      select album_id, owner_id, -1 * is_shown as total from old_rows
    ) c
    where exists (select 1 from album al where al.id = c.album_id)
    group by c.album_id, c.owner_id having sum(c.total) <> 0 order by c.album_id, c.owner_id
    on conflict (album_id, owner_id) do update set total = m.total + excluded.total;
  insert into album_month as m (album_id, owner_id, visibility, local_month, total, stacked)
    select c.album_id, c.owner_id, c.visibility, c.local_month, sum(c.total), sum(c.stacked) from (
      select album_id, owner_id, visibility, local_month, -1 as total, -1 * is_stacked as stacked from old_rows where is_shown = 1
    ) c
    where exists (select 1 from album al where al.id = c.album_id)
    group by c.album_id, c.owner_id, c.visibility, c.local_month having sum(c.total) <> 0 or sum(c.stacked) <> 0
    order by c.album_id, c.owner_id, c.visibility, c.local_month
    on conflict (album_id, owner_id, visibility, local_month)
      do update set total = m.total + excluded.total, stacked = m.stacked + excluded.stacked;
  return null;
end $$;
create trigger album_counts_of_delete after delete on album_asset referencing old table as old_rows
  for each statement execute function album_counts_of_delete();

-- When an asset was taken is copied into the links that show it.
create function shared_link_asset_of_insert() returns trigger language plpgsql as $$
begin
  -- Whoever changes the time meanwhile comes before or behind, and does not miss this row.
  select a.local_date_time into new.taken_at from asset a where a.id = new.asset_id for share;
  return new;
end $$;
create trigger shared_link_asset_of_insert before insert on shared_link_asset for each row
  execute function shared_link_asset_of_insert();

create function shared_link_asset_of_asset() returns trigger language plpgsql as $$
begin
  update shared_link_asset set taken_at = new.local_date_time where asset_id = new.id;
  return null;
end $$;
create trigger shared_link_asset_of_asset after update of local_date_time on asset for each row
  when (new.local_date_time <> old.local_date_time) execute function shared_link_asset_of_asset();

-- Partners see the timeline only. Who leaves it is told to them as removed, and who comes back comes whole.
create function asset_left_partners() returns trigger language plpgsql as $$
begin
  insert into asset_partner_audit (owner_id, id, asset_id) values (new.owner_id, new.update_id, new.id)
    on conflict (owner_id, id) do nothing;
  return null;
end $$;
create trigger asset_left_partners after update of visibility on asset for each row
  when (old.visibility <> new.visibility and new.visibility in ('archive', 'locked'))
  execute function asset_left_partners();

-- A photo that partners see no more leaves their memories, too.
create function asset_left_memories() returns trigger language plpgsql as $$
begin
  insert into memory_asset_audit (memory_id, id, asset_id) select x.memory_id, new.update_id, x.asset_id
    from memory_asset x join memory m on m.id = x.memory_id where x.asset_id = new.id and m.owner_id <> new.owner_id
    on conflict (memory_id, id) do nothing;
  delete from memory_asset where asset_id = new.id
    and exists (select 1 from memory m where m.id = memory_asset.memory_id and m.owner_id <> new.owner_id);
  return null;
end $$;
create trigger asset_left_memories after update of visibility on asset for each row
  when (old.visibility <> new.visibility and new.visibility in ('archive', 'locked'))
  execute function asset_left_memories();

create function asset_back_to_partners() returns trigger language plpgsql as $$
begin
  update asset_exif set update_id = new.update_id where asset_id = new.id;
  update stack set update_id = new.update_id where primary_asset_id = new.id;
  return null;
end $$;
create trigger asset_back_to_partners after update of visibility on asset for each row
  when (old.visibility in ('archive', 'locked') and new.visibility in ('timeline', 'hidden'))
  execute function asset_back_to_partners();

-- Waiting and failed jobs are counted, those that wait for companions apart.
create function job_count_of_insert() returns trigger language plpgsql as $$
begin
  insert into job_count as k (owner_id, state, queue, total)
    select c.owner_id, c.state, c.queue, sum(c.change) from (
      select coalesce(owner_id, '') as owner_id, case when state <> 'waiting' then state when turn is null then 'delayed'
        when runner = 'companion' then 'companion' else 'waiting' end as state,
        queue, 1 as change from new_rows where state <> 'active'
    ) c
    group by c.owner_id, c.state, c.queue having sum(c.change) <> 0
    order by c.owner_id, c.state, c.queue
    on conflict (owner_id, state, queue) do update set total = k.total + excluded.total;
  return null;
end $$;
create trigger job_count_of_insert after insert on job referencing new table as new_rows
  for each statement execute function job_count_of_insert();

create function job_count_of_delete() returns trigger language plpgsql as $$
begin
  insert into job_count as k (owner_id, state, queue, total)
    select c.owner_id, c.state, c.queue, sum(c.change) from (
      select coalesce(owner_id, '') as owner_id, case when state <> 'waiting' then state when turn is null then 'delayed'
        when runner = 'companion' then 'companion' else 'waiting' end as state,
        queue, -1 as change from old_rows where state <> 'active'
    ) c
    group by c.owner_id, c.state, c.queue having sum(c.change) <> 0
    order by c.owner_id, c.state, c.queue
    on conflict (owner_id, state, queue) do update set total = k.total + excluded.total;
  return null;
end $$;
create trigger job_count_of_delete after delete on job referencing old table as old_rows
  for each statement execute function job_count_of_delete();

create function job_count_of_update() returns trigger language plpgsql as $$
begin
  insert into job_count as k (owner_id, state, queue, total)
    select c.owner_id, c.state, c.queue, sum(c.change) from (
      select coalesce(owner_id, '') as owner_id, case when state <> 'waiting' then state when turn is null then 'delayed'
        when runner = 'companion' then 'companion' else 'waiting' end as state,
        queue, 1 as change from new_rows where state <> 'active'
      union all
      select coalesce(owner_id, '') as owner_id, case when state <> 'waiting' then state when turn is null then 'delayed'
        when runner = 'companion' then 'companion' else 'waiting' end as state,
        queue, -1 as change from old_rows where state <> 'active'
    ) c
    group by c.owner_id, c.state, c.queue having sum(c.change) <> 0
    order by c.owner_id, c.state, c.queue
    on conflict (owner_id, state, queue) do update set total = k.total + excluded.total;
  return null;
end $$;
create trigger job_count_of_update after update on job referencing old table as old_rows new table as new_rows
  for each statement execute function job_count_of_update();

-- The clock of update ids: the millisecond of the last ones that were made (docs/decisions/0001-update-ids.md). A sequence,
-- because it is not part of transactions: nobody waits for anybody, and what was given out is known before it is visible.
create sequence update_clock;

create function update_clock_tick() returns bigint language plpgsql as $$
declare
  last_at bigint;
  now_at bigint;
begin
  -- From here on the reader's bound sees that this transaction writes.
  perform pg_current_xact_id();
  now_at := floor(extract(epoch from clock_timestamp()) * 1000);
  select c.last_value into last_at from update_clock c;
  if now_at > last_at then
    perform setval('update_clock', now_at);
    return now_at;
  end if;
  return last_at;
end $$;

-- First the mark, then who is writing: whoever begins to write after that gives ids behind the mark. Who writes already
-- gives ids of his transaction's beginning on. Vacuum and the like write no rows of ours.
create function update_clock_bound() returns bigint language plpgsql as $$
declare
  mark bigint;
  oldest bigint;
begin
  mark := floor(extract(epoch from clock_timestamp()) * 1000);
  if mark > (select c.last_value from update_clock c) then
    perform setval('update_clock', mark);
  else
    mark := nextval('update_clock');
  end if;
  -- A transaction looks at this only once otherwise.
  perform pg_stat_clear_snapshot();
  select floor(extract(epoch from min(a.xact_start)) * 1000) - 1 into oldest from pg_stat_activity a
    where a.datname = current_database() and a.pid <> pg_backend_pid() and a.backend_type = 'client backend'
    and a.backend_xid is not null;
  return least(mark, oldest);
end $$;

-- Which faces are shown, and how many a person has.
create function asset_face_shown() returns trigger language plpgsql as $$
begin
  new.is_shown := case when new.is_visible = 1 and new.deleted_at is null and exists (select 1 from asset a
    where a.id = new.asset_id and a.visibility = 'timeline' and a.deleted_at is null) then 1 else 0 end;
  return new;
end $$;
create trigger asset_face_of_insert before insert on asset_face for each row execute function asset_face_shown();
create trigger asset_face_of_update before update of is_visible, deleted_at on asset_face for each row
  when (new.is_visible <> old.is_visible or (new.deleted_at is null) <> (old.deleted_at is null))
  execute function asset_face_shown();

create function asset_face_of_asset() returns trigger language plpgsql as $$
declare
  changed text[];
begin
  select array_agg(n.id) into changed from new_rows n join old_rows o on o.id = n.id
    where (o.visibility = 'timeline' and o.deleted_at is null) <> (n.visibility = 'timeline' and n.deleted_at is null);
  if changed is not null then
    update asset_face f set is_shown = case when f.is_visible = 1 and f.deleted_at is null and a.visibility = 'timeline'
        and a.deleted_at is null then 1 else 0 end
      from asset a where f.asset_id = any(changed) and a.id = f.asset_id;
  end if;
  return null;
end $$;
create trigger asset_face_of_asset after update on asset referencing old table as old_rows new table as new_rows
  for each statement execute function asset_face_of_asset();

-- People are taken in the order of their ids, so that two batches never wait for each other.
create function person_count_of_insert() returns trigger language plpgsql as $$
declare
  changed record;
begin
  for changed in
    select r.person_id, count(*) as total from new_rows r where r.is_shown = 1 and r.person_id is not null
      group by r.person_id order by r.person_id
  loop
    update person set face_count = face_count + changed.total where id = changed.person_id;
  end loop;
  return null;
end $$;
create trigger person_count_of_insert after insert on asset_face referencing new table as new_rows
  for each statement execute function person_count_of_insert();

create function person_count_of_update() returns trigger language plpgsql as $$
declare
  changed record;
begin
  for changed in
    select c.person_id, sum(c.total) as total from (
      select r.person_id, 1 as total from new_rows r where r.is_shown = 1 and r.person_id is not null
      union all
      select r.person_id, -1 as total from old_rows r where r.is_shown = 1 and r.person_id is not null
    ) c group by c.person_id having sum(c.total) <> 0 order by c.person_id
  loop
    update person set face_count = face_count + changed.total where id = changed.person_id;
  end loop;
  return null;
end $$;
create trigger person_count_of_update after update on asset_face referencing old table as old_rows new table as new_rows
  for each statement execute function person_count_of_update();

create function person_count_of_delete() returns trigger language plpgsql as $$
declare
  changed record;
begin
  for changed in
    select r.person_id, count(*) as total from old_rows r where r.is_shown = 1 and r.person_id is not null
      group by r.person_id order by r.person_id
  loop
    update person set face_count = face_count - changed.total where id = changed.person_id;
  end loop;
  return null;
end $$;
create trigger person_count_of_delete after delete on asset_face referencing old table as old_rows
  for each statement execute function person_count_of_delete();

-- Words of names and descriptions, by which parts of them are found (docs/decisions/0017-search.md). Who has none written
-- has to be looked at whatever is looked for.
create table asset_word (
  owner_id text not null references users (id) on delete cascade,
  word text collate "C" not null,
  source text not null, -- name, text (the description) or ocr (text in the picture)
  asset_id text not null,
  primary key (owner_id, word, source, asset_id)
);

-- The ends of each word that an owner has or had: a word has a part where one of its ends begins with it.
create table word_part (
  owner_id text not null references users (id) on delete cascade,
  part text collate "C" not null,
  word text collate "C" not null,
  primary key (owner_id, part, word)
);

create function add_asset_words(owner text, words text, of_source text, of_asset text) returns void language plpgsql as $$
begin
  insert into asset_word (owner_id, word, source, asset_id)
    select owner, w.value, of_source, of_asset from json_array_elements_text(coalesce(words, '["*"]')::json) w(value)
    order by w.value on conflict do nothing;
  insert into word_part (owner_id, part, word)
    select owner, substr(w.value, p.at), w.value from json_array_elements_text(coalesce(words, '["*"]')::json) w(value)
    cross join lateral generate_series(1, length(w.value)) p(at)
    where not exists (select 1 from word_part k where k.owner_id = owner and k.part = w.value and k.word = w.value)
    order by 2, 3 on conflict do nothing;
end $$;

create function drop_asset_words(owner text, words text, of_source text, of_asset text) returns void language plpgsql as $$
begin
  delete from asset_word where owner_id = owner and source = of_source and asset_id = of_asset
    and word in (select w.value from json_array_elements_text(coalesce(words, '["*"]')::json) w(value));
end $$;

create function asset_word_of_insert() returns trigger language plpgsql as $$
begin
  perform add_asset_words(new.owner_id, new.words, 'name', new.id);
  return null;
end $$;
create trigger asset_word_of_insert after insert on asset for each row execute function asset_word_of_insert();

create function asset_word_of_delete() returns trigger language plpgsql as $$
begin
  perform drop_asset_words(old.owner_id, old.words, 'name', old.id);
  return null;
end $$;
create trigger asset_word_of_delete after delete on asset for each row execute function asset_word_of_delete();

create function asset_word_of_text() returns trigger language plpgsql as $$
begin
  perform add_asset_words(new.owner_id, new.words, 'text', new.asset_id);
  return null;
end $$;
create trigger asset_word_of_text after insert on asset_exif for each row
  when (new.description_folded <> '') execute function asset_word_of_text();

create function asset_word_of_change() returns trigger language plpgsql as $$
begin
  perform drop_asset_words(old.owner_id, old.words, 'text', old.asset_id);
  if new.description_folded <> '' then
    perform add_asset_words(new.owner_id, new.words, 'text', new.asset_id);
  end if;
  return null;
end $$;
create trigger asset_word_of_change after update of description_folded, words on asset_exif for each row
  when (new.description_folded <> old.description_folded or new.words is distinct from old.words)
  execute function asset_word_of_change();

create function asset_word_of_text_delete() returns trigger language plpgsql as $$
begin
  perform drop_asset_words(old.owner_id, old.words, 'text', old.asset_id);
  return null;
end $$;
create trigger asset_word_of_text_delete after delete on asset_exif for each row
  when (old.description_folded <> '') execute function asset_word_of_text_delete();

create function asset_word_of_ocr() returns trigger language plpgsql as $$
begin
  perform add_asset_words(new.owner_id, new.words, 'ocr', new.asset_id);
  return null;
end $$;
create trigger asset_word_of_ocr after insert on ocr_search for each row execute function asset_word_of_ocr();

create function asset_word_of_ocr_delete() returns trigger language plpgsql as $$
begin
  perform drop_asset_words(old.owner_id, old.words, 'ocr', old.asset_id);
  return null;
end $$;
create trigger asset_word_of_ocr_delete after delete on ocr_search for each row execute function asset_word_of_ocr_delete();

create function asset_transformation_delete() returns trigger language plpgsql as $$
begin
  insert into object_deletion (object_key, run_after, created_at) values (old.path, 0, 0) on conflict (object_key) do nothing;
  return null;
end $$;
create trigger asset_transformation_delete after delete on asset_transformation
  for each row execute function asset_transformation_delete();

create function library_total_of_insert() returns trigger language plpgsql as $$
begin
  insert into library_total as m (library_id, type, is_hidden, total, bytes)
    select c.library_id, c.type, c.is_hidden, sum(c.total), sum(c.bytes) from (
      select r.library_id, r.type, case when r.visibility = 'hidden' then 1 else 0 end as is_hidden, 1 as total,
        coalesce(r.file_size_in_byte, 0) as bytes from new_rows r where r.library_id is not null
    ) c
    group by c.library_id, c.type, c.is_hidden having sum(c.total) <> 0 or sum(c.bytes) <> 0
    order by c.library_id, c.type, c.is_hidden
    on conflict (library_id, type, is_hidden) do update set total = m.total + excluded.total, bytes = m.bytes + excluded.bytes;
  return null;
end $$;
create trigger library_total_of_insert after insert on asset referencing new table as new_rows
  for each statement execute function library_total_of_insert();

-- A library that goes takes its rows along.
create function library_total_of_delete() returns trigger language plpgsql as $$
begin
  insert into library_total as m (library_id, type, is_hidden, total, bytes)
    select c.library_id, c.type, c.is_hidden, sum(c.total), sum(c.bytes) from (
      select r.library_id, r.type, case when r.visibility = 'hidden' then 1 else 0 end as is_hidden, -1 as total,
        -coalesce(r.file_size_in_byte, 0) as bytes from old_rows r where r.library_id is not null
    ) c
    where exists (select 1 from library l where l.id = c.library_id)
    group by c.library_id, c.type, c.is_hidden having sum(c.total) <> 0 or sum(c.bytes) <> 0
    order by c.library_id, c.type, c.is_hidden
    on conflict (library_id, type, is_hidden) do update set total = m.total + excluded.total, bytes = m.bytes + excluded.bytes;
  return null;
end $$;
create trigger library_total_of_delete after delete on asset referencing old table as old_rows
  for each statement execute function library_total_of_delete();

create function library_total_of_update() returns trigger language plpgsql as $$
begin
  insert into library_total as m (library_id, type, is_hidden, total, bytes)
    select c.library_id, c.type, c.is_hidden, sum(c.total), sum(c.bytes) from (
      select r.library_id, r.type, case when r.visibility = 'hidden' then 1 else 0 end as is_hidden, 1 as total,
        coalesce(r.file_size_in_byte, 0) as bytes from new_rows r where r.library_id is not null
      union all
      select r.library_id, r.type, case when r.visibility = 'hidden' then 1 else 0 end as is_hidden, -1 as total,
        -coalesce(r.file_size_in_byte, 0) as bytes from old_rows r where r.library_id is not null
    ) c
    group by c.library_id, c.type, c.is_hidden having sum(c.total) <> 0 or sum(c.bytes) <> 0
    order by c.library_id, c.type, c.is_hidden
    on conflict (library_id, type, is_hidden) do update set total = m.total + excluded.total, bytes = m.bytes + excluded.bytes;
  return null;
end $$;
create trigger library_total_of_update after update on asset referencing old table as old_rows new table as new_rows
  for each statement execute function library_total_of_update();
