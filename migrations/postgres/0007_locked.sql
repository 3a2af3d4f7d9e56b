-- An asset that partners see no more, because it went into the archive or the locked folder.
create table asset_partner_audit (
  owner_id text not null,
  id text not null, -- update_id of the change
  asset_id text not null,
  primary key (owner_id, id)
);

-- One asset that a guest uploaded through a link, whatever became of it since.
create table shared_link_upload (
  shared_link_id text not null references shared_link (id) on delete cascade,
  asset_id text not null references asset (id) on delete cascade,
  primary key (shared_link_id, asset_id)
);
create index shared_link_upload_asset_id_idx on shared_link_upload (asset_id);

-- Partners see the timeline only. Who leaves it is told to them as removed, and who comes back comes whole.
create function asset_left_partners() returns trigger language plpgsql as $$
begin
  insert into asset_partner_audit (owner_id, id, asset_id) values (new.owner_id, new.update_id, new.id)
    on conflict (owner_id, id) do nothing;
  return null;
end $$;
create trigger asset_left_partners after update of visibility on asset for each row
  when (old.visibility <> new.visibility and new.visibility in ('archive', 'locked'))
  execute function asset_left_partners();

create function asset_back_to_partners() returns trigger language plpgsql as $$
begin
  update asset_exif set update_id = new.update_id where asset_id = new.id;
  update stack set update_id = new.update_id where primary_asset_id = new.id;
  return null;
end $$;
create trigger asset_back_to_partners after update of visibility on asset for each row
  when (old.visibility in ('archive', 'locked') and new.visibility in ('timeline', 'hidden'))
  execute function asset_back_to_partners();
