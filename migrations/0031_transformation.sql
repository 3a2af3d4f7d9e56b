-- Pictures in sizes that clients asked for (docs/transformations.md). Whatever removes a row has its object deleted.
create table asset_transformation (
  asset_id text not null references asset (id) on delete cascade,
  name text not null, -- size, fit, format and quality
  is_edited integer not null default 0 check (is_edited in (0, 1)),
  source_id text not null, -- asset_file.id, or the checksum of the original; when it is another one, the picture is made anew
  path text not null, -- object key
  mime_type text not null,
  size_in_byte bigint not null,
  created_at bigint not null,
  primary key (asset_id, name, is_edited)
);
create index asset_transformation_path_idx on asset_transformation (path);

create trigger asset_transformation_delete after delete on asset_transformation
begin
  insert into object_deletion (object_key, run_after, created_at) values (old.path, 0, 0) on conflict (object_key) do nothing;
end;
