-- What clients of 2.7 ask for is read by an index, page by page (docs/generations.md): the assets of an owner by id, the files of an
-- owner's device. The first index costs one row for each asset that comes or goes, the second replaces one.
create index asset_owner_idx on asset (owner_id, id);
alter table asset_device add column owner_id text;
update asset_device set owner_id = (select a.owner_id from asset a where a.id = asset_device.asset_id);
drop index asset_device_id_idx;
create index asset_device_owner_idx on asset_device (owner_id, device_id, device_asset_id, asset_id);
