-- The part of the schema that only PostgreSQL understands. In words of SQLite it is in schema.sqlite.sql. Whole statements
-- are counted, in the order of the key, so that two of them never wait for each other.

create function asset_month_of_insert() returns trigger language plpgsql as $$
begin
  insert into asset_month as m (owner_id, visibility, local_month, total)
    select c.owner_id, c.visibility, c.local_month, sum(c.change) from (
      select owner_id, visibility, local_month, 1 as change from new_rows where deleted_at is null
    ) c
    group by c.owner_id, c.visibility, c.local_month having sum(c.change) <> 0
    order by c.owner_id, c.visibility, c.local_month
    on conflict (owner_id, visibility, local_month) do update set total = m.total + excluded.total;
  return null;
end $$;
create trigger asset_month_of_insert after insert on asset referencing new table as new_rows
  for each statement execute function asset_month_of_insert();

-- An account that goes takes its rows along.
create function asset_month_of_delete() returns trigger language plpgsql as $$
begin
  insert into asset_month as m (owner_id, visibility, local_month, total)
    select c.owner_id, c.visibility, c.local_month, sum(c.change) from (
      select owner_id, visibility, local_month, -1 as change from old_rows where deleted_at is null
    ) c
    where exists (select 1 from users u where u.id = c.owner_id)
    group by c.owner_id, c.visibility, c.local_month having sum(c.change) <> 0
    order by c.owner_id, c.visibility, c.local_month
    on conflict (owner_id, visibility, local_month) do update set total = m.total + excluded.total;
  return null;
end $$;
create trigger asset_month_of_delete after delete on asset referencing old table as old_rows
  for each statement execute function asset_month_of_delete();

create function asset_month_of_update() returns trigger language plpgsql as $$
begin
  insert into asset_month as m (owner_id, visibility, local_month, total)
    select c.owner_id, c.visibility, c.local_month, sum(c.change) from (
      select owner_id, visibility, local_month, 1 as change from new_rows where deleted_at is null
      union all
      select owner_id, visibility, local_month, -1 as change from old_rows where deleted_at is null
    ) c
    group by c.owner_id, c.visibility, c.local_month having sum(c.change) <> 0
    order by c.owner_id, c.visibility, c.local_month
    on conflict (owner_id, visibility, local_month) do update set total = m.total + excluded.total;
  return null;
end $$;
create trigger asset_month_of_update after update on asset referencing old table as old_rows new table as new_rows
  for each statement execute function asset_month_of_update();

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
