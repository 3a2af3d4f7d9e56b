-- What devices of the generation 2.7 call the files that they sent (docs/generations.md). Assets without a row came otherwise.
create table asset_device (
  asset_id text not null primary key references asset (id) on delete cascade,
  device_id text not null,
  device_asset_id text not null
);
create index asset_device_id_idx on asset_device (device_id, device_asset_id);
