-- Pages of the map go on behind a position, where several assets may have been taken.
drop index asset_exif_map_idx;
create index asset_exif_map_idx on asset_exif (owner_id, latitude, longitude, asset_id)
  where latitude is not null;

-- Memories of a day, and those that are too old to be kept.
create index memory_show_idx on memory (owner_id, show_at);
create index memory_created_idx on memory (created_at) where is_saved = 0;
