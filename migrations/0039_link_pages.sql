-- Pages of a link begin where the one before ended, however many photos lie before them (docs/data-model.md): in an album by time and id; of
-- single assets, too, to whose rows their time is copied.
drop index album_asset_taken_idx;
create index album_asset_taken_idx on album_asset (album_id, taken_at, asset_id) where is_shown = 1;

alter table shared_link_asset add column taken_at bigint;
update shared_link_asset set taken_at = (select a.local_date_time from asset a where a.id = shared_link_asset.asset_id);
create index shared_link_asset_taken_idx on shared_link_asset (shared_link_id, taken_at, asset_id);

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
