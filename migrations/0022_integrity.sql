-- Which row names an object: asked of each key of the bucket by the integrity checks.
create index asset_original_path_idx on asset (original_path);
create index asset_file_path_idx on asset_file (path);
create index person_thumbnail_path_idx on person (thumbnail_path) where thumbnail_path <> '';
