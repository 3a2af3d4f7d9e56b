-- Files of assets are found by their ids (api/v32.md section 4), and say whether one sees through them and
-- whether they are progressive; those of before say so when they are made anew.
alter table asset_file add column is_transparent integer not null default 0 check (is_transparent in (0, 1));
alter table asset_file add column is_progressive integer not null default 0 check (is_progressive in (0, 1));
create index asset_file_id_idx on asset_file (id);
