-- Searches by what few assets have begin at those (docs/decisions/0017-search.md). What has none of it writes no entry.
create index asset_kind_idx on asset (owner_id, type, id) where type <> 'IMAGE';
create index asset_motion_idx on asset (owner_id, live_photo_video_id, id) where live_photo_video_id is not null;
create index asset_offline_idx on asset (owner_id, is_offline, id) where is_offline = 1;
create index asset_exif_rating_idx on asset_exif (owner_id, rating, asset_id) where rating is not null;
create index asset_exif_lens_idx on asset_exif (owner_id, lens_model, asset_id) where lens_model is not null;
create index asset_exif_model_idx on asset_exif (owner_id, model, asset_id) where model is not null;
create index asset_exif_state_idx on asset_exif (owner_id, state, asset_id) where state is not null;
