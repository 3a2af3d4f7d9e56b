-- The part of the schema that only SQLite and D1 understand. In words of PostgreSQL it is in schema.postgres.sql.

create trigger asset_month_of_insert after insert on asset when new.deleted_at is null
begin
  insert into asset_month (owner_id, visibility, local_month, total)
    values (new.owner_id, new.visibility, new.local_month, 1)
    on conflict (owner_id, visibility, local_month) do update set total = total + 1;
end;

create trigger asset_month_of_delete after delete on asset when old.deleted_at is null
begin
  update asset_month set total = total - 1
    where owner_id = old.owner_id and visibility = old.visibility and local_month = old.local_month;
end;

create trigger asset_month_of_update after update of visibility, local_month, deleted_at on asset
  when old.visibility <> new.visibility or old.local_month <> new.local_month
    or (old.deleted_at is null) <> (new.deleted_at is null)
begin
  update asset_month set total = total - 1
    where old.deleted_at is null and owner_id = old.owner_id and visibility = old.visibility
      and local_month = old.local_month;
  insert into asset_month (owner_id, visibility, local_month, total)
    select new.owner_id, new.visibility, new.local_month, 1 where new.deleted_at is null
    on conflict (owner_id, visibility, local_month) do update set total = total + 1;
end;

-- Places are copied to the asset, which the timeline shows.
create trigger asset_place_of_insert after insert on asset_exif
  when new.city is not null or new.country is not null or new.projection_type is not null
begin
  update asset set city = new.city, country = new.country, projection_type = new.projection_type
    where id = new.asset_id;
end;

create trigger asset_place_of_update after update of city, country, projection_type on asset_exif
  when new.city is not old.city or new.country is not old.country or new.projection_type is not old.projection_type
begin
  update asset set city = new.city, country = new.country, projection_type = new.projection_type
    where id = new.asset_id;
end;
