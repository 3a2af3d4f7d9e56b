-- The photos of a burst find each other when one comes in.
create index asset_exif_burst_idx on asset_exif (owner_id, auto_stack_id, asset_id)
  where auto_stack_id is not null;
