-- Pages of a link begin where the one before ended, however many photos lie before them (docs/data-model.md): in an album by time and id; of
-- single assets, too, to whose rows their time is copied.
drop index album_asset_taken_idx;
create index album_asset_taken_idx on album_asset (album_id, taken_at, asset_id) where is_shown = 1;

alter table shared_link_asset add column taken_at bigint;
update shared_link_asset set taken_at = (select a.local_date_time from asset a where a.id = shared_link_asset.asset_id);
create index shared_link_asset_taken_idx on shared_link_asset (shared_link_id, taken_at, asset_id);

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
